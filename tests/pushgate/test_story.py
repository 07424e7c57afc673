# SPDX-License-Identifier: Apache-2.0
"""On one machine: a person's push to the gated registry is stopped and says why, and CI's goes
through. With real docker CLIs, an engine, and registries with passwords and with tokens."""

import json
import os
import re
import shutil
import unittest

import gatecase
from gatecase import (JENKINS, NOT_FOUND, PULL_SECRET, PULLER, PUSH_SECRET, PUSHER, GateCase)


def setUpModule():  # pylint: disable=invalid-name
    gatecase.up()


def tearDownModule():  # pylint: disable=invalid-name
    gatecase.down()


def gated_by_env(registry, **rule):
    return {"gates": {"jenkins": {"env": {"vendors": ["jenkins"]}}},
            "registries": [dict({"match": registry.host, "ci": ["jenkins"]}, **rule)]}


class Story(GateCase):
    """The env gate: what a person and a job of theirs are told apart by."""

    def story(self, cli, kind):
        docker, version = self.cli(cli)
        registry = gatecase.SHARED[kind]
        person = self.person
        name = "prod/story-%s-%s" % (cli, kind)
        person.policy(gated_by_env(registry))
        reference = self.tag(person, docker, registry, name + ":1")

        told = self.login(person, docker, registry, PUSHER, env=JENKINS)
        self.assertIn("pushgate: stored for pushing to %s until " % registry.host, told.err)
        told = self.login(person, docker, registry, PULLER)
        self.assertIn("pushgate: stored for pulling from " + registry.host, told.err)

        told = self.stopped(person.run(docker, "push", reference), registry)
        self.assertIn("(no CI's variables are set: JENKINS_URL is not set); see: "
                      "docker-credential-pushgate why " + reference.rsplit(":", 1)[0], told.err)
        self.assertFalse(registry.has(name, "1", PUSHER), "nothing got through")
        if gatecase.at_least(version, 28, 4):
            self.assertIn("error getting credentials", told.err, "this CLI stops by itself")

        self.good(person.run(docker, "push", reference, env=JENKINS))
        self.assertTrue(registry.has(name, "1", PUSHER), "CI's went through")
        self.good(person.run(docker, "rmi", reference))
        told = self.good(person.run(docker, "pull", reference))
        self.assertNotIn("pushgate", told.err, "a pull has nothing to hear")

    def test_system_cli_with_passwords(self):
        self.story("system", "htpasswd")

    def test_system_cli_with_tokens(self):
        self.story("system", "token")

    def test_trixie_cli_with_passwords(self):
        self.story("trixie", "htpasswd")

    def test_trixie_cli_with_tokens(self):
        self.story("trixie", "token")

    def test_newest_cli_with_passwords(self):
        self.story("newest", "htpasswd")

    def test_newest_cli_with_tokens(self):
        self.story("newest", "token")

    def test_one_account_that_can_do_both(self):
        registry = gatecase.SHARED["token"]
        person = self.person
        person.policy(gated_by_env(registry))
        for cli in ("system", "newest"):
            docker, _ = self.cli(cli)
            name = "prod/both-" + cli
            reference = self.tag(person, docker, registry, name + ":1")
            self.login(person, docker, registry, PUSHER, env=JENKINS)
            self.good(person.run(docker, "push", reference, env=JENKINS))
            told = self.login(person, docker, registry, PUSHER)
            self.assertIn("if this account can push, a push with it is stopped by pushgate alone",
                          told.err)
            other = self.tag(person, docker, registry, name + ":2")
            self.stopped(person.run(docker, "push", other), registry)
            self.assertFalse(registry.has(name, "2", PUSHER))
            self.good(person.run(docker, "rmi", reference))
            self.good(person.run(docker, "pull", reference))

    def test_the_policy_may_refuse_such_an_account(self):
        docker, _ = self.cli("newest")
        registry = gatecase.SHARED["token"]
        person = self.person
        person.policy(gated_by_env(registry, unproven_pull="refuse", pull_users=[PULLER]))
        told = self.bad(person.run(docker, "login", "-u", PUSHER, "--password-stdin",
                                   registry.host, stdin=PUSH_SECRET))
        self.assertIn("takes only pull-only accounts outside CI (puller)", told.err)
        told = self.login(person, docker, registry, PULLER)
        self.assertNotIn("pushgate", told.err, "known to be pull-only: nothing to warn of")
        self.assertIn(PULL_SECRET, self.good(person.get(registry.host)).out)

    def test_without_early_stop_a_push_has_the_pull_account_only(self):
        docker, _ = self.cli("newest")
        registry = gatecase.SHARED["token"]
        person = self.person
        person.policy(gated_by_env(registry, early_stop=False))
        reference = self.tag(person, docker, registry, "prod/forced:1")
        self.login(person, docker, registry, PUSHER, env=JENKINS)
        self.login(person, docker, registry, PULLER)
        told = self.bad(person.run(docker, "push", reference))
        self.assertIn("gets a pull credential, since this is not CI", told.err)
        self.assertIn("denied", told.err)
        self.assertFalse(registry.has("prod/forced", "1", PUSHER))
        asked = gatecase.SHARED["tokens"].asked
        self.assertEqual({account for account, scope, _ in asked
                          if "prod/forced" in scope and "push" in scope}, {PULLER})

    def test_a_push_that_hides(self):
        """By another name of the program, by other words, by a detour: no more than a pull gets."""
        docker, _ = self.cli("newest")
        registry = gatecase.SHARED["token"]
        person = self.person
        person.policy(gated_by_env(registry))
        reference = self.tag(person, docker, registry, "prod/hidden:1")
        self.login(person, docker, registry, PUSHER, env=JENKINS)
        self.login(person, docker, registry, PULLER)
        innocent = shutil.copy(docker, os.path.join(person.bin, "innocent"))
        told = self.bad(person.run(innocent, "push", reference))
        self.assertNotIn("is stopped", told.err, "it cannot be seen")
        self.assertIn("denied", told.err)
        for argv in (["bash", "-c", "exec -a 'docker pull' \"$0\" push " + reference, docker],
                     ["sh", "-c", "\"$0\" push %s; exit $?" % reference, docker]):
            self.stopped(person.run(*argv), registry)
        self.assertFalse(registry.has("prod/hidden", "1", PUSHER))
        asked = gatecase.SHARED["tokens"].asked
        self.assertEqual({account for account, scope, _ in asked
                          if "prod/hidden" in scope and "push" in scope}, {PULLER})


class Ways(GateCase):
    """Other ways to the push credential, none of which is one."""

    def setUp(self):
        super().setUp()
        self.docker, _ = self.cli("newest")
        self.registry = gatecase.SHARED["htpasswd"]
        self.person.policy(gated_by_env(self.registry))
        self.login(self.person, self.docker, self.registry, PUSHER, env=JENKINS)

    def test_list_then_get(self):
        person, host = self.person, self.registry.host
        self.assertEqual(self.good(person.helper("list")).out, "{}\n")
        self.login(person, self.docker, self.registry, PULLER)
        self.assertEqual(self.good(person.helper("list")).json, {host: PULLER})
        for server in (host, "https://" + host, host + "/prod/app", host + "/", "//" + host,
                       host + "/v2/", " %s\n" % host, "HTTP://" + host):
            told = person.get(server)
            self.assertNotIn(PUSH_SECRET, told.out + told.err, server)
        self.assertEqual(self.good(person.helper("list", env=JENKINS)).json, {host: PUSHER})
        self.assertEqual(self.good(person.get(host, env=JENKINS)).json,
                         {"ServerURL": host, "Username": PUSHER, "Secret": PUSH_SECRET})

    def test_list_by_class(self):
        self.login(self.person, self.docker, self.registry, PULLER)
        argv = ("list", "--class", "all", "--format", "json")
        pull = {"server": self.registry.host, "username": PULLER, "class": "pull",
                "state": "unproven", "proven_at": None}
        push = {"server": self.registry.host, "username": PUSHER, "class": "push",
                "state": "CI only", "proven_at": None}
        self.assertEqual(self.good(self.person.helper(*argv)).json, [pull])
        self.assertEqual(self.good(self.person.helper(*argv, env=JENKINS)).json, [push, pull])

    def test_nothing_stored_is_the_exact_answer(self):
        told = self.bad(self.person.get(self.registry.host))
        self.assertEqual((told.status, told.out), (1, NOT_FOUND + "\n"))
        self.assertEqual(told.err, "pushgate: no pull credential for %s is stored; docker login %s "
                         "with a pull-only account\n" % (self.registry.host, self.registry.host))

    def test_an_unnamed_registry_stays_silent(self):
        told = self.bad(self.person.get("https://index.docker.io/v1/"))
        self.assertEqual((told.status, told.out, told.err), (1, NOT_FOUND + "\n", ""))

    def test_configuration_elsewhere(self):
        person = self.person
        reference = self.tag(person, self.docker, self.registry, "prod/elsewhere:1")
        person.write("other/config.json", {"credHelpers": {self.registry.host: "pushgate"}})
        other = {"DOCKER_CONFIG": os.path.join(person.home, "other")}
        self.stopped(person.run(self.docker, "push", reference, env=other), self.registry)
        self.assertEqual(self.bad(person.get(self.registry.host, env=other)).out, NOT_FOUND + "\n")

    def test_home_elsewhere(self):
        """Without the user's policy the registry is on loopback and open: the push file is not for
        it."""
        person = self.person
        empty = os.path.join(person.home, "empty")
        os.mkdir(empty)
        state = os.path.dirname(os.path.dirname(person.state("x")))
        for env in ({"HOME": empty}, {"XDG_STATE_HOME": empty}, {"XDG_CONFIG_HOME": empty},
                    {"HOME": empty, "XDG_STATE_HOME": state}):
            for more in ({}, JENKINS):
                told = person.get(self.registry.host, env=dict(env, **more))
                if more and env == {"XDG_CONFIG_HOME": empty}:
                    continue
                self.assertNotIn(PUSH_SECRET, told.out + told.err, env)

    def test_the_push_file(self):
        person = self.person
        path = person.state("pushgate-push.json")
        self.assertEqual(gatecase.mode_of(path), 0o600)
        with open(path, encoding="utf-8") as content:
            entry, = json.load(content)["entries"]
        self.assertEqual((entry["server"], entry["username"]), (self.registry.host, PUSHER))
        self.assertLess(entry["stored"], entry["expires"])
        self.good(person.run(self.docker, "logout", self.registry.host, env=JENKINS))
        with open(path, encoding="utf-8") as content:
            self.assertEqual(json.load(content)["entries"], [])
        self.assertEqual(self.bad(person.get(self.registry.host, env=JENKINS)).out,
                         NOT_FOUND + "\n")

    def test_another_helper_behind_us_never_sees_it(self):
        person, host = self.person, self.registry.host
        seen = os.path.join(person.home, "seen")
        spy = os.path.join(person.bin, "docker-credential-spy")
        with open(spy, "w", encoding="ascii") as out:
            out.write("#!/bin/sh\n{ echo $1; cat; env; } >>%s\n"
                      "case $1 in list) echo {} ;; get) echo %s; exit 1 ;; esac\n"
                      % (seen, NOT_FOUND))
        os.chmod(spy, 0o755)
        person.policy(dict(gated_by_env(self.registry), store={"kind": "helper", "helper": "spy"}))
        self.login(person, self.docker, self.registry, PULLER)
        self.login(person, self.docker, self.registry, PUSHER, env=JENKINS)
        self.assertIn(PUSH_SECRET, self.good(person.get(host, env=JENKINS)).out)
        for action in ("list", "get", "erase"):
            person.helper(action, stdin=host, env=JENKINS)
        with open(seen, encoding="utf-8") as kept:
            log = kept.read()
        self.assertIn(PULL_SECRET, log, "what it is for")
        self.assertNotIn(PUSH_SECRET, log)

    def everything(self):
        """Each request once, as a person and as CI: whatever is written is written."""
        person, host = self.person, self.registry.host
        for env, account in (({}, PULLER), (JENKINS, PUSHER)):
            secret = gatecase.ACCOUNTS[account][0]
            for action, stdin in (("store", json.dumps({"ServerURL": host, "Username": account,
                                                        "Secret": secret})),
                                  ("get", host), ("list", ""), ("erase", "other.example")):
                told = person.helper(action, stdin=stdin, env=env)
                self.assertIn(told.status, (0, 1), told)

    def test_a_link_at_every_file_that_is_written(self):
        """None is followed: what it leads to stays as it is, or absent."""
        person = self.person
        log = os.path.join(person.home, "audit.jsonl")
        person.policy(dict(gated_by_env(self.registry), audit={"to": "file", "file": log}))
        self.everything()
        folder = os.path.dirname(person.state("x"))
        files = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
        files += [log, os.path.join(person.home, "pull.key")]
        self.assertGreaterEqual({os.path.basename(path) for path in files}, {
            "audit.jsonl", "pull.key", "pushgate-pull.enc", "pushgate-pull.enc.lock",
            "pushgate-push.json", "pushgate-push.json.lock", "pushgate-store.lock"})
        victim = os.path.join(person.top, "victim")
        for path in files:
            with self.subTest(path):
                os.rename(path, victim)
                os.symlink(victim, path)
                with open(victim, "rb") as kept:
                    before = kept.read()
                self.everything()
                with open(victim, "rb") as kept:
                    self.assertEqual(kept.read(), before)
                kept = os.path.join(person.top, "kept")
                os.rename(victim, kept)
                self.everything()
                self.assertFalse(os.path.lexists(victim), "it was made through the link")
                os.rename(kept, path)

    def test_a_person_or_a_stranger_in_a_job(self):
        for more, why in (({"SSH_TTY": "/dev/pts/3"}, "SSH_TTY is set"),
                          ({"CHANGE_ID": "9"}, "CHANGE_ID"),
                          ({"CI": "false"}, "CI is \"false\"")):
            env = dict(JENKINS, **more)
            self.assertNotIn(PUSH_SECRET, self.bad(self.person.get(self.registry.host,
                                                                   env=env)).out, more)
            told = self.good(self.person.helper("why", self.registry.host, env=env))
            self.assertRegex(told.out, "CI here +no")
            self.assertIn(why, told.out)

    def test_a_terminal_is_a_person(self):
        script = "printf %s | docker-credential-pushgate get" % self.registry.host
        terminal = gatecase.program.Terminal(["/bin/sh", "-c", script],
                                             dict(self.person.env, **JENKINS))
        self.assertEqual(terminal.finish(), 1)
        self.assertIn(NOT_FOUND, terminal.text)

    def test_a_broken_policy_gives_nothing_of_class_push(self):
        path = os.path.join(self.person.home, ".config/docker-hygiene/pushgate.json")
        with open(path, "a", encoding="utf-8") as out:
            out.write("}")
        for server in ("reg.example.com", self.registry.host):
            told = self.bad(self.person.get(server, env=JENKINS))
            self.assertEqual(told.out, NOT_FOUND + "\n")
        told = self.bad(self.person.get("reg.example.com", env=JENKINS))
        self.assertIn("pushgate: no push credential is released: " + path, told.err)
        docker, _ = self.cli("newest")
        told = self.bad(self.person.run(docker, "push", "reg.example.com/a:1", env=JENKINS))
        self.assertIn("is stopped: push credentials are for CI only (the policy cannot be used: "
                      + path[:30], told.err)
        login = json.dumps({"ServerURL": "reg.example.com", "Username": PUSHER,
                            "Secret": PUSH_SECRET})
        told = self.bad(self.person.helper("store", stdin=login, env=JENKINS))
        self.assertIn("pushgate: not stored: ", told.err)
        self.assertEqual(gatecase.tree_has(self.person.home, PUSH_SECRET), [])

    def test_the_classic_builder_lists_and_gets(self):
        person = self.person
        reference = self.tag(person, self.docker, self.registry, "prod/base:1")
        self.good(person.run(self.docker, "push", reference, env=JENKINS))
        self.login(person, self.docker, self.registry, PULLER)
        self.good(person.run(self.docker, "rmi", reference))
        self.good(person.run(self.docker, "build", "-q", "-t", "built:1", "-",
                             stdin="FROM %s\nLABEL a=b\n" % reference))
        self.good(person.run(self.docker, "rmi", "built:1"))

    def test_why_says_what_get_does(self):
        self.login(self.person, self.docker, self.registry, PULLER)
        argv = ("why", self.registry.host, "--format", "json")
        outside = self.good(self.person.helper(*argv)).json
        self.assertEqual((outside["attested"], outside["push"]["answer"]), (False, "stop"))
        self.assertEqual(outside["pull"], {"answer": "credential", "reason": "pull-only",
                                           "class": "pull", "username": PULLER,
                                           "pull_only": False})
        self.assertIn("advisory", outside["strength"])
        inside = self.good(self.person.helper(*argv, env=JENKINS)).json
        self.assertEqual((inside["attested"], inside["push"]["class"],
                          inside["push"]["username"]), (True, "push", PUSHER))
        for document in (outside, inside):
            self.assertNotIn("-secret-", json.dumps(document))

    def test_the_policies_of_the_page(self):
        with open(os.path.join(gatecase.TOP, "docs", "pushgate.md"), encoding="utf-8") as page:
            blocks = re.findall(r"```json\n(.*?)```", page.read(), re.S)
        policies = [json.loads(block) for block in blocks if '"version"' in block]
        self.assertGreaterEqual(len(policies), 4)
        for policy in policies:
            self.person.write(".config/docker-hygiene/pushgate.json", policy)
            told = self.good(self.person.helper("why", "registry.example.com/prod/app",
                                                "--format", "json")).json
            self.assertIsNone(told["policy"]["broken"], policy)
            self.assertTrue(told["gated"], policy)

    def test_audit(self):
        log = os.path.join(self.person.home, "audit.jsonl")
        self.person.policy(dict(gated_by_env(self.registry), audit={"to": "file", "file": log}))
        reference = self.tag(self.person, self.docker, self.registry, "prod/audit:1")
        self.bad(self.person.run(self.docker, "push", reference))
        self.good(self.person.run(self.docker, "push", reference, env=JENKINS))
        with open(log, encoding="utf-8") as content:
            first, *_, last = [json.loads(line) for line in content]
        self.assertEqual([first[key] for key in ("action", "registry", "verb", "class", "verdict",
                                                 "reason", "gate")],
                         ["get", self.registry.host, "docker push", "none", "stop", "stopped",
                          "no-ci"])
        self.assertEqual(os.path.basename(first["exe"]), "docker")
        self.assertEqual((last["class"], last["verdict"], last["reason"]),
                         ("push", "given", "attested"))
        self.assertEqual(gatecase.mode_of(log), 0o600)
        self.assertEqual(gatecase.tree_has(self.person.home, PUSH_SECRET), [])

    def test_audit_of_list(self):
        log = os.path.join(self.person.home, "audit.jsonl")
        self.person.policy(dict(gated_by_env(self.registry), audit={"to": "file", "file": log}))
        for env in ({}, JENKINS):
            self.good(self.person.helper("list", env=env))
        broken = os.path.join(self.person.home, "pull.key")
        self.login(self.person, self.docker, self.registry, PULLER)
        self.good(self.person.helper("list"))
        os.chmod(broken, 0o644)
        self.bad(self.person.helper("list"))
        with open(log, encoding="utf-8") as content:
            lines = [json.loads(line) for line in content]
        told = [line for line in lines if line["action"] == "list"]
        self.assertEqual([(line["class"], line["verdict"], line["reason"]) for line in told],
                         [("none", "listed", "pull-only"), ("push", "listed", "attested"),
                          ("pull", "listed", "pull-only"), ("none", "failed", "denied")])
        self.assertFalse(any("registry" in line or "username" in line for line in told), told)


if __name__ == "__main__":
    unittest.main()
