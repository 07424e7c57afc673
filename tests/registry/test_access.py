# SPDX-License-Identifier: Apache-2.0
"""docker hygiene access: who can push from here, asked of real registries with passwords and with
tokens, read-only ones and copies, and of some that do not do as they should."""

import json
import os
import socket
import sys
import time
import unittest

import accesscase
from accesscase import (JENKINS, PULLER, PUSHER, ROBOT, SECRETS, SHARED, AccessCase,
                        open_uploads)
from clientcase import TOP
from fake_registry import Fake, basic, challenge, reply, token

sys.path.insert(0, os.path.join(TOP, "tests", "fake_engine"))

from fake import Fake as FakeEngine  # noqa: E402
from bed import program  # noqa: E402
from world import World  # noqa: E402

KEYS = {"registry", "repository", "as", "credential", "pull", "push", "why", "probed", "read_only",
        "gated", "ci"}
SHA = "@sha256:" + "0123456789abcdef" * 4


def setUpModule():  # pylint: disable=invalid-name
    accesscase.up()


def tearDownModule():  # pylint: disable=invalid-name
    accesscase.down()


def unused_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Accounts(AccessCase):
    """Of a token registry that gives tokens to all, for what each may."""

    def setUp(self):
        super().setUp()
        self.registry = SHARED["token"]
        self.host = self.registry.host
        self.app = self.host + "/prod/app"
        self.person.policy(self.host)
        self.before = len(self.posts("token"))
        self.left = open_uploads()

    def probed(self):
        """Where uploads were tried; the second token that a refusal is answered with is no try."""
        return len(set(self.posts("token")[self.before:]))

    def opened(self):
        return open_uploads() - self.left

    def test_without_trying(self):
        self.person.login(self.registry, PUSHER)
        asked = len(SHARED["tokens"].asked)
        item = self.access(self.app)[self.app]
        self.assertNotIn("no engine", self.told.err, "nothing is asked of it")
        self.assertEqual(set(item), KEYS)
        self.assertEqual(item, {
            "registry": self.host, "repository": "prod/app", "as": PUSHER,
            "credential": "credsStore pushgate", "pull": "yes", "push": "unknown",
            "why": "not tried (--probe)", "probed": False, "read_only": False, "gated": True,
            "ci": False})
        self.assertEqual(set(self.told.json), {"login", "host", "can_push_to_gated", "interrupted",
                                               "items"})
        self.assertEqual(self.told.json["host"], socket.gethostname())
        self.assertEqual((self.probed(), self.person.log()), (0, []))
        scopes = [scope for _, scope, _ in SHARED["tokens"].asked[asked:]]
        self.assertIn("repository:prod/app:pull,push", scopes)

    def test_who_cannot_push(self):
        self.person.login(self.registry, PULLER)
        item = self.access("--probe", self.app)[self.app]
        self.answers(item, "yes", "no", "an upload was refused")
        self.assertEqual((item["probed"], self.told.json["can_push_to_gated"]), (True, False))
        self.assertIn("opening an upload at %s as puller" % self.app, self.told.err)
        mark = self.proven(self.registry)
        self.assertEqual(mark["by"], "docker hygiene access")
        today = time.strftime("%Y-%m-%d", time.gmtime())
        self.assertIn(mark["at"][:10], (today, time.strftime("%Y-%m-%d",
                                                             time.gmtime(time.time() - 60))))
        self.assertIn("pushgate: %s: the stored credential of puller is marked as one that cannot "
                      "push\n" % self.host, self.told.err)
        told = self.person.pushgate("why", self.host)
        self.assertIn("(proven: docker hygiene access could not push with it at " + mark["at"],
                      told.out)
        told = self.person.pushgate("list", "--class", "pull")
        self.assertRegex(told.out, "puller +pull +proven " + mark["at"][:10])
        told = self.person.pushgate("list", "--class", "pull", "--format", "json")
        self.assertEqual((told.json[0]["state"], told.json[0]["proven_at"]), ("proven", mark["at"]))

    def test_log(self):
        self.person.login(self.registry, PULLER)
        self.access("--probe", self.app)
        line, = self.person.log()
        self.assertEqual(set(line), {"time", "login", "host", "registry", "repository", "as",
                                     "push", "cancelled"})
        self.assertEqual((line["registry"], line["repository"], line["as"], line["push"],
                          line["cancelled"]), (self.host, "prod/app", PULLER, "no", False))
        self.assertEqual((line["login"], line["host"]), (self.told.json["login"],
                                                         self.told.json["host"]))

    def test_who_can(self):
        self.person.login(self.registry, PUSHER)
        item = self.access("--probe", self.app, status=3)[self.app]
        self.answers(item, "yes", "yes", "let in")
        self.assertTrue(self.told.json["can_push_to_gated"])
        self.assertEqual((self.probed(), self.opened()), (1, set()), "opened, and cancelled")
        self.assertEqual(self.registry.answers()[-1][::2], ("DELETE", 204))
        self.assertEqual((self.person.log()[0]["push"], self.person.log()[0]["cancelled"]),
                         ("yes", True))
        self.assertIsNone(self.proven(self.registry))

    def test_who_may_not_cancel(self):
        """This registry wants the right to delete for that."""
        accounts = SHARED["tokens"].accounts
        accounts[PUSHER][1].discard("delete")
        self.addCleanup(accounts[PUSHER][1].add, "delete")
        self.person.login(self.registry, PUSHER)
        self.access("--probe", self.app, status=3)
        self.assertIn("the upload could not be cancelled, and is left to the registry: " + self.app,
                      self.told.err)
        self.assertFalse(self.person.log()[0]["cancelled"])
        self.assertEqual(len(self.opened()), 1)

    def test_said_to_people(self):
        self.person.login(self.registry, PUSHER)
        told = self.person.access("--probe", self.app)
        self.assertEqual(told.status, 3, told)
        rows = told.out.splitlines()
        self.assertEqual(rows[0].split(), ["REPOSITORY", "AS", "PULL", "PUSH", "GATED", "WHY"])
        self.assertEqual(rows[1].split()[:5], [self.app, PUSHER, "yes", "yes", "yes"])
        self.assertRegex(told.out, "\n.+ on %s can push to 1 of 1 \\(refused at 0, not known of "
                         "0\\)\\.\n" % socket.gethostname())
        self.assertIn(self.app + " is gated, and this is not CI.\nTake the right to push from the "
                      'account "pusher"', told.out)
        told = self.person.access(self.app)
        self.assertEqual(told.status, 0, told)
        self.assertIn("To know, try it: --probe", told.out)
        where = told.err.index("asking as ")
        self.assertLess(where, told.err.index("  " + self.app))

    def test_in_ci(self):
        self.person.login(self.registry, PUSHER, env=JENKINS)
        item = self.access("--probe", self.app, env=JENKINS)[self.app]
        self.answers(item, "yes", "yes")
        self.assertEqual((item["gated"], item["ci"], item["as"]), (True, True, PUSHER))
        self.access("--probe", self.app, env=dict(JENKINS, GITHUB_ACTIONS="true"))
        item = self.access("--probe", self.app, env={"GITHUB_ACTIONS": "true"})[self.app]
        self.assertIsNone(item["as"], "outside, there is no credential for it")

    def test_ci_proves_nothing_of_another_credential(self):
        """The same name: in CI its push credential is tried, which is not the one to be marked."""
        self.person.login(self.registry, PULLER)
        self.person.login(self.registry, PULLER, env=JENKINS)
        self.access("--probe", self.app, env=JENKINS)
        self.assertIn("nothing is marked: what is given out here is no pull credential",
                      self.told.err)
        self.assertIsNone(self.proven(self.registry))

    def test_a_mark_goes(self):
        accounts = SHARED["tokens"].accounts
        self.person.login(self.registry, PULLER)
        self.access("--probe", self.app)
        self.assertIsNotNone(self.proven(self.registry))
        accounts[PULLER][1].add("push")
        self.addCleanup(accounts[PULLER][1].discard, "push")
        self.access("--probe", self.app, status=3)
        self.assertIsNone(self.proven(self.registry))
        self.assertIn("can push, and is not marked", self.told.err)

    def test_a_policy_takes_what_is_proven(self):
        self.person.login(self.registry, PULLER)
        self.person.policy(self.host, unproven_pull="refuse")
        self.assertIsNone(self.access(self.app)[self.app]["as"], "it is not given out")
        self.person.policy(self.host)
        self.access("--probe", self.app)
        self.person.policy(self.host, unproven_pull="refuse")
        self.answers(self.access(self.app)[self.app], "yes", "unknown")

    def test_not_gated(self):
        self.person.policy("elsewhere.example")
        self.person.login(self.registry, PUSHER)
        item = self.access("--probe", self.app)[self.app]
        self.answers(item, "yes", "yes")
        self.assertEqual((item["gated"], item["ci"]), (False, False))

    def test_gated_below(self):
        self.person.policy(self.host + "/prod")
        self.person.login(self.registry, PUSHER)
        items = self.access("--probe", self.app, self.host + "/dev/tool", status=3)
        self.assertEqual([items[name]["gated"] for name in (self.app, self.host + "/dev/tool")],
                         [True, False])
        self.access("--probe", self.host + "/dev/tool")

    @unittest.skipIf(os.geteuid(), "not root")
    def test_the_systems_policy(self):
        self.person.login(self.registry, PUSHER)
        rule = json.dumps({"version": 1, "registries": [{"match": self.host, "ci": []}]})
        # Their own policy says nothing of it: both count.
        self.person.policy()
        wrap = ["unshare", "-m", "sh", "-euc",
                'mount -t tmpfs -o mode=755 none /etc/docker; '
                'printf %s "$0" >/etc/docker/pushgate.json; exec "$@"', rule]
        if not os.path.isdir("/etc/docker"):
            self.skipTest("no /etc/docker to mount over")
        item = self.access("--probe", self.app, wrap=wrap, status=3)[self.app]
        self.assertTrue(item["gated"])

    def test_a_registry_alone(self):
        """Nothing is known below it: that it answers says little."""
        self.person.login(self.registry, PUSHER)
        item = self.access("--probe", self.host)[self.host]
        self.answers(item, "unknown", "unknown", "name a repository")
        self.assertEqual((item["repository"], self.probed()), (None, 0))

    def test_wrong_password(self):
        self.person.login(self.registry, PUSHER, "wrong")
        items = self.access("--probe", self.app, self.host)
        self.answers(items[self.app], "no", "no", "not even a pull")
        self.assertEqual(self.probed(), 0)
        self.assertIsNone(self.proven(self.registry))

    def test_what_is_not_there(self):
        self.person.login(self.registry, PUSHER)
        name = self.host + "/no/such"
        self.answers(self.access("--probe", name)[name], "unknown", "unknown", "did not say")
        self.assertEqual(self.probed(), 0, "some registries would make it")

    def test_so_many_and_no_more(self):
        self.person.login(self.registry, PULLER)
        names = [self.host + "/" + name for name in ("dev/tool", "prod/app", "prod/web")]
        items = self.access("--probe", "--max-probes", "2", *names)
        self.assertEqual([items[name]["push"] for name in names], ["no", "no", "unknown"])
        self.assertEqual(items[names[2]]["why"], "not tried: --max-probes")
        self.assertEqual((self.probed(), len(self.person.log())), (2, 2))
        self.assertIsNone(self.proven(self.registry), "one is in doubt")
        items = self.access("--probe", "--max-probes", "0", names[0])
        self.assertEqual((items[names[0]]["probed"], self.probed()), (False, 2))


class Sources(AccessCase):
    """Whose credential was tried: pushgate marks its own alone."""

    def setUp(self):
        super().setUp()
        self.registry = SHARED["token"]
        self.app = self.registry.host + "/prod/app"
        self.person.policy(self.registry.host)
        # Of the same name, but this one may push.
        self.person.login(self.registry, PULLER, "another")

    def refused(self, source):
        item = self.access("--probe", self.app)[self.app]
        self.answers(item, "yes", "no")
        self.assertEqual((item["as"], item["credential"]), (PULLER, source))
        self.person.config({"credsStore": "pushgate"})
        self.assertIsNone(self.proven(self.registry))
        self.assertNotIn("marked", self.told.err)

    def test_auths(self):
        auth = basic(PULLER, SECRETS[PULLER]).split()[1]
        self.person.config({"auths": {self.registry.host: {"auth": auth}}})
        self.refused("auths")

    def test_another_helper(self):
        self.person.tool("docker-credential-other", "#!/bin/sh\necho '%s'\n" % json.dumps(
            {"ServerURL": self.registry.host, "Username": PULLER, "Secret": SECRETS[PULLER]}))
        self.person.config({"credHelpers": {self.registry.host: "other"}})
        self.refused("credHelpers other")

    def test_a_helper_that_fails(self):
        """Then nobody in particular was refused."""
        self.person.tool("docker-credential-other", "#!/bin/sh\necho vault sealed\nexit 1\n")
        self.person.config({"credHelpers": {self.registry.host: "other"}})
        item = self.access("--probe", self.app)[self.app]
        self.answers(item, "unknown", "unknown", "vault sealed")
        self.assertIsNone(item["as"])

    def test_without_any(self):
        self.person.config({})
        item = self.access("--probe", self.app)[self.app]
        self.answers(item, "no", "no", "there are no credentials for it")


class Registries(AccessCase):
    """Of other kinds."""

    def test_passwords(self):
        registry = SHARED["htpasswd"]
        name = registry.host + "/prod/app"
        self.person.policy(registry.host)
        self.person.login(registry, PUSHER)
        self.answers(self.access("--probe", name, status=3)[name], "yes", "yes")

    def test_everybody_is_let_in(self):
        registry = SHARED["open"]
        name = registry.host + "/prod/app"
        self.person.policy(registry.host)
        item = self.answers(self.access("--probe", name, status=3)[name], "yes", "yes")
        self.assertIsNone(item["as"])
        told = self.person.access("--probe", name)
        self.assertIn(registry.host + " lets everybody push", told.out)

    def test_read_only(self):
        for kind in ("readonly", "proxy"):
            with self.subTest(kind):
                registry = SHARED[kind]
                name = registry.host + "/prod/app"
                self.person.policy(registry.host)
                item = self.access("--probe", name)[name]
                self.answers(item, "yes", "no", "takes nothing from anybody")
                self.assertTrue(item["read_only"])

    def test_one_bad_one_harms_no_other(self):
        gone = "127.0.0.1:%d" % unused_port()
        good = SHARED["open"].host + "/prod/app"
        with Fake() as busy, Fake() as odd:
            busy.on("*", reply(429, ("Retry-After", "86400")))
            odd.on("*", reply(200, ("Content-Type", "text/html"), body=b"<html>"))
            names = [gone + "/a", busy.host + "/a", odd.host + "/a", good]
            items = self.access("--probe", *names)
            self.answers(items[gone + "/a"], "unknown", "unknown", "connect")
            self.answers(items[busy.host + "/a"], "unknown", "unknown")
            self.answers(items[good], "yes", "yes")
            self.assertNotEqual(items[odd.host + "/a"]["push"], "yes", "a 200 opens no upload")
            self.assertEqual([r.method for r in busy.asked() if r.method == "POST"], [])


class Oddities(AccessCase):
    """What no real registry here does."""

    def fake(self, **more):
        fake = Fake(**more)
        fake.__enter__()
        self.addCleanup(fake.__exit__)
        fake.on("/v2/aa/tags/list", reply(200, body=b'{"tags":["1"]}'))
        self.person.policy(fake.host)
        return fake

    def test_a_token_is_refused(self):
        fake = self.fake()
        auth = 'Bearer realm="%s/token",service="s"' % fake.url
        fake.on("/v2/aa/tags/list",
                lambda r: reply(200, body=b'{"tags":["1"]}') if r.auth else challenge(auth))
        fake.on("/token", lambda r: reply(403, body=b'{"details":"not you"}')
                if "push" in r.path else token())
        self.person.login(fake, PULLER)
        name = fake.host + "/aa"
        self.answers(self.access(name)[name], "yes", "no", "no token for it is given")
        self.assertEqual([r for r in fake.asked() if r.method == "POST"], [])

    def test_credentials_that_may_not_go_there(self):
        """Docker would send them; who was asked without them has refused nobody."""
        with Fake("127.0.0.2", secrets=[SECRETS[PULLER], basic(PULLER, SECRETS[PULLER])]) as other:
            fake = self.fake()
            auth = 'Bearer realm="%s/token",service="s"' % other.url
            other.on("/token", token())
            fake.on("/v2/aa/tags/list",
                    lambda r: reply(200, body=b'{"tags":["1"]}') if r.auth else challenge(auth))
            fake.on("POST /v2/aa/blobs/uploads/", reply(403))
            self.person.login(fake, PULLER)
            name = fake.host + "/aa"
            item = self.access("--probe", name)[name]
            self.answers(item, "yes", "unknown", "asked without its credentials")
            self.assertIsNone(item["as"])
            self.assertEqual(other.leaks, [])
            self.assertIsNone(self.proven(fake))

    def test_no_cancelling(self):
        for end in (reply(405), None):
            with self.subTest(end):
                fake = self.fake()
                where = [("Location", "/v2/aa/blobs/uploads/1")] if end else []
                fake.on("POST /v2/aa/blobs/uploads/", reply(202, *where))
                fake.on("DELETE /v2/aa/blobs/uploads/1", end or reply(204))
                name = fake.host + "/aa"
                self.answers(self.access("--probe", name, status=3)[name], "yes", "yes")
                self.assertIn("the upload could not be cancelled, and is left to the registry: " +
                              name, self.told.err)

    def test_words_of_strangers(self):
        fake = self.fake()
        words = "\x1b[31mred\x07\u202e\x9b"
        told = json.dumps({"errors": [{"code": "DENIED", "message": words}]}).encode()
        fake.on("POST /v2/aa/blobs/uploads/", reply(403, body=told))
        self.person.config({"auths": {"evil\x1b[2J.example": {"auth": "eDp5"}, "a b": {}},
                            "credHelpers": {"x\ny.example": "pushgate"}})
        told = self.person.access("--all", "--probe", fake.host + "/aa")
        self.assertEqual(told.status, 0, told)
        text = told.out + told.err
        for bad in ("\x1b", "\x07", "\u202e", "\x9b"):
            self.assertNotIn(bad, text)
        self.assertIn("red", told.out)

    def test_a_gate_that_does_not_answer(self):
        registry = SHARED["open"]
        name = registry.host + "/prod/app"
        self.person.tool("docker-credential-pushgate", "#!/bin/sh\necho broken >&2\nexit 1\n")
        self.person.config({})
        item = self.access("--probe", name, status=1)[name]
        self.assertEqual((item["push"], item["gated"], item["ci"]), ("yes", None, None))
        self.assertIn("whether it is gated is not known: docker-credential-pushgate why %s: broken"
                      % name, self.told.err)
        self.access(name)
        os.unlink(os.path.join(self.person.bin, "docker-credential-pushgate"))
        item = self.access("--probe", name)[name]
        self.assertEqual((item["gated"], item["ci"]), (False, None))
        self.assertIn("no pushgate", self.person.access(name).out)

    def test_interrupted_while_asking(self):
        fake = self.fake()
        fake.on("/v2/aa/tags/list", [60.0])
        good = SHARED["open"].host + "/prod/app"
        process = self.person.begin("--format", "json", fake.host + "/aa", good)
        self.wait_for(process, fake, "GET")
        told = self.interrupt(process)
        self.assertEqual(told.status, 2, told)
        self.assertTrue(told.json["interrupted"])
        items = {row["registry"]: row for row in told.json["items"]}
        self.answers(items[fake.host], "unknown", "unknown", "interrupted")
        self.assertIn("interrupted", told.err)

    def wait_for(self, process, fake, method):
        deadline = time.monotonic() + accesscase.PATIENCE
        while not [r for r in fake.asked() if r.method == method]:
            self.assertIsNone(process.poll())
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)

    def test_interrupted_while_trying(self):
        """What is on its way is waited for, and cancelled; what has not gone out stays so."""
        fake = self.fake()
        names = ["aa"] + ["b%02d" % number for number in range(20)]
        for name in names:
            fake.on("/v2/%s/tags/list" % name, reply(200, body=b'{"tags":["1"]}'))
            fake.on("POST /v2/%s/blobs/uploads/" % name,
                    [1.0] + reply(202, ("Location", "/v2/%s/blobs/uploads/u" % name)))
            fake.on("DELETE /v2/%s/blobs/uploads/u" % name, reply(204))
        process = self.person.begin("--format", "json", "--probe",
                                    *[fake.host + "/" + name for name in names])
        self.wait_for(process, fake, "POST")
        told = self.interrupt(process)
        self.assertEqual(told.status, 2, told)
        opened = {r.path.split("/")[2] for r in fake.asked() if r.method == "POST"}
        ended = {r.path.split("/")[2] for r in fake.asked() if r.method == "DELETE"}
        self.assertEqual(opened, ended)
        self.assertLess(len(opened), len(names))
        items = {row["repository"]: row for row in told.json["items"]}
        for name in names:
            self.answers(items[name], "yes", "yes" if name in opened else "unknown",
                         "let in" if name in opened else "interrupted")
        self.assertEqual({row["repository"]: row["cancelled"] for row in self.person.log()},
                         {name: True for name in opened})

    def test_interrupted_and_never_answered(self):
        """It does not wait for good."""
        fake = self.fake()
        fake.on("POST /v2/aa/blobs/uploads/", [60.0])
        process = self.person.begin("--format", "json", "--probe", fake.host + "/aa")
        self.wait_for(process, fake, "POST")
        told = self.interrupt(process)
        self.assertEqual(told.status, 2, told)
        self.answers(told.json["items"][0], "yes", "unknown")
        self.assertEqual([(row["push"], row["cancelled"]) for row in self.person.log()],
                         [("unknown", False)])


class All(AccessCase):
    """--all: what credentials are configured for, and what images came from."""

    def test_without_an_engine(self):
        registry = SHARED["token"]
        self.person.login(registry, PUSHER)
        items = self.access("--all")
        self.assertEqual(set(items), {registry.host})
        self.assertIn("which images came from where is not known", self.told.err)

    def test_a_context_that_is_not_there(self):
        process = self.person.start([accesscase.HYGIENE, "--context", "nosuch", "hygiene", "access",
                                     "reg.example/x"])
        told = program.finish(process, accesscase.PATIENCE)
        self.assertEqual((told.status, told.out), (1, ""), told)
        self.assertIn('context "nosuch" does not exist', told.err)

    def test_nothing(self):
        told = self.person.access("--all")
        self.assertEqual(told.status, 0, told)
        self.assertIn("nothing to ask about", told.err)

    def test_images(self):
        registry = SHARED["token"]
        world = World()
        for name in ("prod/app", "prod/web"):
            world.image(digests=[registry.host + "/" + name + SHA])
        world.image("only:here")
        world.image(digests=["<none>@<none>"])
        with FakeEngine(world) as engine:
            self.person.host = engine.host
            self.person.policy(registry.host)
            self.person.login(registry, PULLER)
            items = self.access("--all", "--probe")
            self.assertEqual({name: row["push"] for name, row in items.items()},
                             {registry.host + "/prod/app": "no", registry.host + "/prod/web": "no"})
            self.assertIsNotNone(self.proven(registry))
            self.assertEqual(set(self.access(registry.host)), set(items), "a registry by its name")

    def test_the_gated_ones_are_tried_first(self):
        registry = SHARED["token"]
        world = World()
        for name in ("dev/tool", "prod/app"):
            world.image(digests=[registry.host + "/" + name + SHA])
        with FakeEngine(world) as engine:
            self.person.host = engine.host
            self.person.policy(registry.host + "/prod")
            self.person.login(registry, PULLER)
            items = self.access("--all", "--probe", "--max-probes", "1")
            self.assertEqual({row["repository"]: row["probed"] for row in items.values()},
                             {"dev/tool": False, "prod/app": True})
            items = self.access("--all", "--probe", "--max-probes", "1",
                                registry.host + "/dev/tool")
            self.assertEqual({row["repository"]: row["probed"] for row in items.values()},
                             {"dev/tool": True, "prod/app": False})

    def test_who_may_only_push(self):
        """A pull is refused: only where an image came from is it known that something is there."""
        registry = SHARED["token"]
        name = registry.host + "/prod/app"
        self.person.policy(registry.host)
        self.person.login(registry, ROBOT)
        before = len(self.posts("token"))
        self.answers(self.access("--probe", name)[name], "no", "unknown", "nothing about a push")
        self.assertEqual(len(self.posts("token")), before)
        world = World()
        world.image(digests=[name + SHA])
        with FakeEngine(world) as engine:
            self.person.host = engine.host
            item = self.access("--probe", name)[name]
            # This registry wants both for an upload.
            self.answers(item, "no", "no", "an upload was refused")
            self.assertEqual(len(self.posts("token")), before + 1)


if __name__ == "__main__":
    unittest.main()
