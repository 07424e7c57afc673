# SPDX-License-Identifier: Apache-2.0
"""doctor, install and uninstall, with docker CLIs, a registry and other helpers: a login that lay in
config.json as plain text works before, between and after, and nothing is lost on the way."""

import base64
import json
import os
import shutil
import subprocess
import unittest

import gatecase
import keyring
import moments
from gatecase import JENKINS, PULL_SECRET, PULLER, PUSH_SECRET, PUSHER, GateCase
from bed import parts

WHY_NOT = moments.why_not()
RECORD = "config.json.before-pushgate"
# A store of files, as simple as a helper may be.
HELPER = """#!/bin/sh
dir="$HOME/kept"
mkdir -p "$dir"
case $1 in
get)
	file="$dir/$(tr / + | tr -d '\\n')"
	if [ -e "$file" ]; then cat "$file"; else
		echo 'credentials not found in native keychain'
		exit 1
	fi ;;
store)
	line=$(cat)
	name=$(echo "$line" | sed 's/.*"ServerURL":"\\([^"]*\\)".*/\\1/' | tr / +)
	echo "$line" >"$dir/$name" ;;
erase) rm -f "$dir/$(tr / +)" ;;
list)
	sep=''
	printf '{'
	for file in "$dir"/*; do
		[ -e "$file" ] || continue
		user=$(sed 's/.*"Username":"\\([^"]*\\)".*/\\1/' "$file")
		printf '%s"%s":"%s"' "$sep" "$(basename "$file" | tr + /)" "$user"
		sep=,
	done
	echo '}' ;;
esac
"""


def setUpModule():  # pylint: disable=invalid-name
    gatecase.up()


def tearDownModule():  # pylint: disable=invalid-name
    gatecase.down()


def auth(account, secret):
    return {"auth": base64.b64encode(("%s:%s" % (account, secret)).encode()).decode()}


class Case(GateCase):
    def setUp(self):
        super().setUp()
        self.registry = gatecase.SHARED["token"]
        self.path = os.path.join(self.person.config, "config.json")
        self.gate()

    def gate(self, **more):
        self.person.policy(dict({"registries": [{"match": self.registry.host}]}, **more))

    def config(self, content=None):
        if content is not None:
            self.person.write(".docker/config.json", content)
        with open(self.path, encoding="utf-8") as text:
            return json.load(text)

    def bytes(self):
        with open(self.path, "rb") as content:
            return content.read()

    def findings(self, status=None, **env):
        told = self.person.helper("doctor", "--format", "json", env=env)
        found = told.json
        self.assertEqual(told.status, 0 if found["well"] else 1, told)
        if status is not None:
            self.assertEqual(told.status, status, told)
        self.assertNotRegex(told.out + told.err, "-secret-")
        return {(row["level"], row["name"], row["registry"]) for row in found["findings"]}

    def program(self, name, text):
        path = os.path.join(self.person.bin, name)
        with open(path, "w", encoding="ascii") as out:
            out.write(text)
        os.chmod(path, 0o755)

    def source(self, docker, name):
        """A reference that nobody has here, and the puller may pull."""
        self.config({"auths": {self.registry.host: auth(PUSHER, PUSH_SECRET)}})
        reference = self.tag(self.person, docker, self.registry, name)
        self.good(self.person.run(docker, "push", reference))
        self.good(self.person.run(docker, "rmi", reference))
        return reference

    def pulls(self, docker, reference):
        self.good(self.person.run(docker, "pull", reference))
        self.good(self.person.run(docker, "rmi", reference))


class Story(Case):
    def story(self, cli):
        docker, _ = self.cli(cli)
        person, host = self.person, self.registry.host
        reference = self.source(docker, "prod/install-%s:1" % cli)
        self.config({})
        self.login(person, docker, self.registry, PULLER)
        before = self.bytes()
        self.assertIn(base64.b64encode(("%s:%s" % (PULLER, PULL_SECRET)).encode()), before,
                      "docker login itself has written plain text")
        self.pulls(docker, reference)
        self.assertEqual(self.findings(1), {("wrong", "no-helper", None),
                                            ("wrong", "plain-auth", host)})

        dry = self.good(person.helper("install", "--dry-run"))
        self.assertIn("would be moved to the store: " + host, dry.out)
        self.assertEqual((self.bytes(), os.listdir(person.config)), (before, ["config.json"]))

        told = self.good(person.helper("install"))
        self.assertIn("moved to the store and read back: %s (account \"%s\")" % (host, PULLER),
                      told.out)
        self.assertEqual(told.err.count("pushgate: stored for pulling from " + host), 1, told)
        self.assertEqual(gatecase.tree_has(person.config, PULL_SECRET), [])
        self.assertEqual(self.config(), {"auths": {host: {}}, "credsStore": "pushgate"})
        self.assertEqual(self.findings(0), {("ok", "pushgate", None),
                                            ("note", "unproven", host)})
        self.pulls(docker, reference)
        tagged = self.tag(person, docker, self.registry, "prod/install-%s:2" % cli)
        self.stopped(person.run(docker, "push", tagged), self.registry)

        told = self.good(person.helper("uninstall", "--yes"))
        self.assertIn("plain text again (base64)", told.out)
        self.assertEqual(self.bytes(), before, "byte for byte as docker wrote it")
        self.assertEqual(os.listdir(person.config), ["config.json"])
        self.pulls(docker, reference)
        self.assertIn(PULL_SECRET, self.good(person.get(host)).out, "the store keeps it")

    def test_system_cli(self):
        self.story("system")

    def test_trixie_cli(self):
        self.story("trixie")

    def test_newest_cli(self):
        self.story("newest")

    def test_one_registry(self):
        docker, _ = self.cli("newest")
        host = self.registry.host
        reference = self.source(docker, "prod/one:1")
        before = {"auths": {host: auth(PULLER, PULL_SECRET), "other.example": auth("a", "b")},
                  "credHelpers": {"x.example": "x"}}
        self.config(before)
        self.good(self.person.helper("install", "--registry", host))
        self.assertEqual(self.config(), {
            "auths": {host: {}, "other.example": auth("a", "b")},
            "credHelpers": {"x.example": "x", host: "pushgate"}})
        self.pulls(docker, reference)
        self.good(self.person.helper("uninstall", "--yes", "--erase"))
        self.assertEqual(self.config(), before)
        self.assertEqual(self.good(self.person.helper("list")).json, {})

    def test_logout_and_login_in_between(self):
        """What docker changes meanwhile is kept; what is stored no more does not come back."""
        docker, _ = self.cli("newest")
        host = self.registry.host
        self.config({"auths": {host: auth(PULLER, PULL_SECRET), "other.example": auth("a", "b")}})
        self.good(self.person.helper("install"))
        self.good(self.person.run(docker, "logout", "other.example"))
        self.good(self.person.run(docker, "logout", host))
        self.login(self.person, docker, self.registry, PULLER)
        self.good(self.person.helper("uninstall", "--yes"))
        self.assertEqual(self.config()["auths"], {host: auth(PULLER, PULL_SECRET)})

    def test_a_push_credential_never_comes_back(self):
        docker, _ = self.cli("newest")
        host = self.registry.host
        self.config({"auths": {host: auth(PULLER, PULL_SECRET)}})
        self.good(self.person.helper("install"))
        self.login(self.person, docker, self.registry, PUSHER, env=JENKINS)
        self.assertIn(PUSH_SECRET, self.good(self.person.get(host, env=JENKINS)).out)
        self.good(self.person.helper("uninstall", "--yes", env=JENKINS))
        self.assertEqual(self.config()["auths"], {host: auth(PULLER, PULL_SECRET)})

    def test_in_ci_it_is_a_pull_credential_too(self):
        self.config({"auths": {self.registry.host: auth(PULLER, PULL_SECRET)}})
        told = self.good(self.person.helper("install", env=JENKINS))
        self.assertIn("pushgate: stored for pulling from", told.err)
        self.assertFalse(os.path.exists(self.person.state("pushgate-push.json")))
        self.assertIn(PULL_SECRET, self.good(self.person.get(self.registry.host)).out)

    def test_a_bearer_token_stays_and_is_told(self):
        docker, _ = self.cli("newest")
        host = self.registry.host
        self.config({"auths": {host: {"registrytoken": "bearer-secret-1"}}})
        told = self.person.helper("install")
        self.assertEqual(told.status, 1, told)
        self.assertIn("left in config.json: %s: a registrytoken goes around every helper" % host,
                      told.out)
        self.assertIn(("wrong", "registrytoken", host), self.findings(1))
        self.good(self.person.run(docker, "logout", host))
        self.assertEqual(self.findings(0), {("ok", "pushgate", None)}, "what it told mends it")

    def test_an_identity_token(self):
        host = self.registry.host
        before = {"auths": {host: {"identitytoken": "id-secret-1"}}}
        self.config(before)
        self.good(self.person.helper("install"))
        self.assertEqual(self.good(self.person.get(host)).json["Username"], "<token>")
        self.good(self.person.helper("uninstall", "--yes"))
        self.assertEqual(self.config(), before)

    def test_the_policy_refuses_it(self):
        host = self.registry.host
        self.gate(registries=[{"match": host, "unproven_pull": "refuse", "pull_users": ["x"]}])
        self.config({"auths": {host: auth(PULLER, PULL_SECRET)}})
        told = self.person.helper("install")
        self.assertEqual(told.status, 1, told)
        self.assertIn("pushgate: not stored: the policy for %s takes only" % host, told.err)
        self.assertEqual(self.config()["auths"][host], auth(PULLER, PULL_SECRET))

    def test_the_store_has_another_one(self):
        docker, _ = self.cli("newest")
        host = self.registry.host
        self.config({"credsStore": "pushgate"})
        self.login(self.person, docker, self.registry, PULLER)
        plain = {"auths": {host: auth(PUSHER, PUSH_SECRET)}}
        self.config(plain)
        told = self.person.helper("install")
        self.assertEqual(told.status, 1, told)
        self.assertIn("the store has another credential for it (account \"puller\")", told.out)
        self.assertEqual(self.config()["auths"], plain["auths"])
        self.assertIn(PULL_SECRET, self.good(self.person.get(host)).out)
        self.good(self.person.helper("install", "--replace"))
        self.assertEqual(self.config()["auths"], {host: {}})
        self.assertIn(PUSH_SECRET, self.good(self.person.get(host)).out)

    def test_two_spellings_of_one_registry(self):
        """docker asks by the host: that entry is the one in force."""
        host = self.registry.host
        other = {"https://" + host: auth("other", "x-secret-1")}
        self.config({"auths": dict(other, **{host: auth(PULLER, PULL_SECRET)})})
        self.assertEqual(self.person.helper("install").status, 1)
        self.assertEqual(self.config()["auths"], dict(other, **{host: {}}))
        self.assertIn(PULL_SECRET, self.good(self.person.get(host)).out)

    def test_a_link_and_a_mode(self):
        docker, _ = self.cli("newest")
        reference = self.source(docker, "prod/link:1")
        self.config({"auths": {self.registry.host: auth(PULLER, PULL_SECRET)}, "z": [1.5, {}]})
        target = os.path.join(self.person.home, "dots.json")
        os.rename(self.path, target)
        os.symlink("../dots.json", self.path)
        os.chmod(target, 0o640)
        self.good(self.person.helper("install"))
        self.pulls(docker, reference)
        for _ in range(2):
            self.assertTrue(os.path.islink(self.path))
            self.assertEqual(gatecase.mode_of(target), 0o640)
            self.assertEqual(self.config()["z"], [1.5, {}])
            self.good(self.person.helper("uninstall", "--yes"))
        self.pulls(docker, reference)

    def test_the_record_has_names_alone(self):
        self.config({"auths": {self.registry.host: auth(PULLER, PULL_SECRET)},
                     "HttpHeaders": {"X": "header-secret-1"},
                     "proxies": {"default": {"httpProxy": "http://u:proxy-secret-1@p"}}})
        self.good(self.person.helper("install"))
        path = os.path.join(self.person.config, RECORD)
        with open(path, encoding="utf-8") as content:
            self.assertEqual(json.load(content), {
                "pushgate": 1, "credsStore": None, "credHelpers": {},
                "moved": [self.registry.host]})
        self.assertEqual(gatecase.mode_of(path), 0o600)

    def test_somebody_chose_another_helper_since(self):
        """It stays, and what was moved is not lost with the record."""
        host = self.registry.host
        self.config({"auths": {host: auth(PULLER, PULL_SECRET)}})
        self.good(self.person.helper("install"))
        self.config(dict(self.config(), credsStore="other"))
        self.good(self.person.helper("uninstall", "--yes"))
        self.assertEqual(self.config(), {"auths": {host: auth(PULLER, PULL_SECRET)},
                                         "credsStore": "other"})
        self.assertEqual(os.listdir(self.person.config), ["config.json"])

    def test_many_at_once(self):
        """Each finds either all of it to do, or nothing left."""
        names = {"%d.example" % n: auth("u", "x-secret-%d" % n) for n in range(20)}
        self.config({"auths": names})
        running = [subprocess.Popen(["docker-credential-pushgate", "install"],
                                    env=self.person.env, stdin=subprocess.DEVNULL,
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                   for _ in range(8)]
        told = [process.communicate(timeout=gatecase.PATIENCE)[0].decode() for process in running]
        self.assertEqual([process.returncode for process in running], [0] * 8, told)
        self.assertEqual(sum("is docker's helper already" in text for text in told), 7, told)
        self.assertEqual(self.config(), {"auths": {name: {} for name in names},
                                         "credsStore": "pushgate"})
        self.assertEqual(len(self.good(self.person.helper("list")).json), 20)

    def test_a_question(self):
        self.config({"auths": {self.registry.host: auth(PULLER, PULL_SECRET)}})
        self.good(self.person.helper("install"))
        between = self.bytes()
        for answer, status in (("n", 1), ("y", 0)):
            terminal = gatecase.program.Terminal(
                [os.path.join(self.person.bin, "docker-credential-pushgate"), "uninstall"],
                self.person.env)
            terminal.until("Go on?")
            self.assertIn(self.registry.host, terminal.text)
            terminal.send(answer + "\n")
            self.assertEqual(terminal.finish(), status, terminal.text)
            self.assertEqual(self.bytes() == between, status == 1)
        self.assertNotIn(PULL_SECRET, terminal.text)


class Around(Case):
    """What doctor says of docker is so."""

    def push(self, docker, name, **env):
        """Of a person; whether it got through."""
        reference = self.tag(self.person, docker, self.registry, name + ":1")
        told = self.person.run(docker, "push", reference, env=env)
        self.assertEqual(told.status == 0, self.registry.has(name, "1", PUSHER), told)
        return told.status == 0

    def test_plain_auth(self):
        """Beside a helper it is what docker before 28.4 takes where the helper stops it."""
        plain = {"auths": {self.registry.host: auth(PUSHER, PUSH_SECRET)}}
        for cli in ("system", "newest"):
            docker, version = self.cli(cli)
            goes_on = not gatecase.at_least(version, 28, 4)
            self.config(plain)
            self.assertTrue(self.push(docker, "prod/plain-" + cli))
            self.config(dict(plain, credsStore="pushgate"))
            self.assertEqual(self.push(docker, "prod/both-" + cli), goes_on)
            self.assertEqual(self.findings(1), {("ok", "pushgate", None), (
                "wrong", "plain-auth", self.registry.host)})
            self.good(self.person.helper("install"))
            self.assertFalse(self.push(docker, "prod/moved-" + cli))
            self.good(self.person.helper("uninstall", "--yes", "--erase"))

    def test_on_a_terminal_nothing_is_cut(self):
        self.config({"auths": {self.registry.host: auth(PULLER, PULL_SECRET)}})
        terminal = gatecase.program.Terminal(
            [os.path.join(self.person.bin, "docker-credential-pushgate"), "doctor"],
            self.person.env, columns=60)
        self.assertEqual(terminal.finish(), 1, terminal.text)
        self.assertIn("config.json names no helper: docker login goes past pushgate\r\n",
                      terminal.text)
        self.assertIn("a credential lies in config.json as plain text\r\n", terminal.text)

    def test_an_audit_log_that_cannot_be_written(self):
        self.config({"credsStore": "pushgate"})
        self.person.policy({"audit": {"to": "file", "file": self.person.home + "/no/log"}})
        self.assertEqual(self.findings(1), {("ok", "pushgate", None), ("wrong", "audit", None)})
        self.assertIn("the audit log was not written", self.person.get(self.registry.host).err)
        self.person.policy({"audit": {"to": "file", "file": self.person.home + "/log"}})
        self.assertEqual(self.findings(0), {("ok", "pushgate", None)})

    def test_other_helper(self):
        self.program("docker-credential-simple", HELPER)
        docker, _ = self.cli("newest")
        host = self.registry.host
        self.config({"credsStore": "pushgate", "credHelpers": {host: "simple"}})
        self.login(self.person, docker, self.registry, PUSHER)
        self.assertTrue(self.push(docker, "prod/other"))
        self.assertIn(("wrong", "other-helper", host), self.findings(1))
        # The name that docker does not ask by changes nothing.
        self.config({"credsStore": "pushgate", "credHelpers": {"https://" + host: "simple"},
                     "auths": {host: {}}})
        self.assertFalse(self.push(docker, "prod/unused"))
        self.assertEqual(self.findings(0), {("ok", "pushgate", None),
                                            ("note", "unused-helper", "https://" + host)})

    def test_auth_config(self):
        docker, version = self.cli("newest")
        if not gatecase.at_least(version, 28, 3):
            self.skipTest("docker %s does not know DOCKER_AUTH_CONFIG" % version)
        self.config({"credsStore": "pushgate"})
        env = {"DOCKER_AUTH_CONFIG": json.dumps(
            {"auths": {self.registry.host: auth(PUSHER, PUSH_SECRET)}})}
        self.assertTrue(self.push(docker, "prod/variable", **env))
        self.assertIn(("wrong", "auth-config", self.registry.host), self.findings(1, **env))
        self.assertFalse(self.push(docker, "prod/no-variable"))
        self.assertEqual(self.findings(0), {("ok", "pushgate", None)})

    def test_registrytoken(self):
        """Sent as it is: with what the token server gives for a push, the push gets through."""
        docker, _ = self.cli("newest")
        name = "prod/bearer"
        bearer = self.registry.token.grant(PUSHER, ["repository:%s:pull,push" % name])
        self.config({"credsStore": "pushgate",
                     "auths": {self.registry.host: {"registrytoken": bearer}}})
        self.gate(registries=[{"match": self.registry.host, "early_stop": False}])
        self.assertTrue(self.push(docker, name))
        self.assertIn(("wrong", "registrytoken", self.registry.host), self.findings(1))


class Stores(Case):
    """A helper that docker asked before: what it has can be read afterwards, too."""

    def setUp(self):
        super().setUp()
        self.user_policy = os.path.join(self.person.home, ".config/docker-hygiene/pushgate.json")
        os.remove(self.user_policy)
        self.docker, _ = self.cli("newest")

    def user_store(self):
        with open(self.user_policy, encoding="utf-8") as content:
            return json.load(content)["store"]

    def test_another_helper_becomes_the_store(self):
        host = self.registry.host
        self.program("docker-credential-simple", HELPER)
        self.config({"credsStore": "simple"})
        reference = self.source(self.docker, "prod/stores:1")
        self.config({"credsStore": "simple"})
        self.login(self.person, self.docker, self.registry, PULLER)
        self.assertIn(("wrong", "other-store", None), self.findings(1))
        told = self.good(self.person.helper("install"))
        self.assertIn("store: docker-credential-simple", told.out)
        self.assertEqual(self.user_store(), {"kind": "helper", "helper": "simple"})
        self.assertIn(PULL_SECRET, self.good(self.person.get(host)).out)
        self.pulls(self.docker, reference)
        self.assertEqual(self.findings(0), {("ok", "pushgate", None)}, "on loopback all is open")
        self.good(self.person.helper("uninstall"))
        self.assertEqual(self.config()["credsStore"], "simple")
        self.pulls(self.docker, reference)

    def test_a_policy_that_names_a_store_is_not_changed(self):
        self.program("docker-credential-simple", HELPER)
        self.config({"credsStore": "simple"})
        self.gate()
        with open(self.user_policy, "rb") as content:
            before = content.read()
        told = self.good(self.person.helper("install"))
        self.assertIn("not moved: what docker-credential-simple has", told.out)
        with open(self.user_policy, "rb") as content:
            self.assertEqual(content.read(), before)

    def test_a_hung_store_is_told_in_time(self):
        self.program("docker-credential-hung", "#!/bin/sh\nsleep 20\necho '{}'\n")
        self.person.write(".config/docker-hygiene/pushgate.json",
                          {"version": 1, "store": {"kind": "helper", "helper": "hung"}})
        told = self.person.helper("doctor", "--format", "json")
        self.assertEqual((told.status, told.json["store"]["answers"]), (1, False), told)
        self.assertIn(("wrong", "store", None), self.findings(1))

    def test_the_keyring_is_shared(self):
        if keyring.missing():
            self.skipTest(keyring.missing())
        try:
            peer = parts.part("helpers-sid")["path"]
        except parts.Missing as why:
            self.skipTest(str(why))
        session = keyring.Session()
        self.addCleanup(session.close)
        for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"):
            self.person.env[name] = session.env[name]
        shutil.copy(os.path.join(peer, "docker-credential-secretservice"), self.person.bin)
        reference = self.source(self.docker, "prod/keyring:1")
        self.config({"credsStore": "secretservice"})
        self.login(self.person, self.docker, self.registry, PULLER)
        self.good(self.person.helper("install"))
        self.assertFalse(os.path.exists(self.user_policy), "it is the same store already")
        self.pulls(self.docker, reference)
        session.lock()
        self.config({"credsStore": "secretservice",
                     "auths": {self.registry.host: auth(PULLER, "other")}})
        before = self.bytes()
        told = self.bad(self.person.helper("install"))
        self.assertIn("the keyring is locked", told.err)
        self.assertEqual(self.bytes(), before)


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Faults(Case):
    """Each system call that writes fails, or the program is killed at it: the credential is in
    config.json or in the store then, config.json is whole, and the next run does the rest."""

    CALLS = {"openat": "EACCES", "fchmod": "EPERM", "write": "ENOSPC", "fsync": "EIO",
             "renameat": "EIO", "rename": "EIO", "unlink": "EIO", "unlinkat": "EIO",
             "flock": "ENOLCK"}

    def traced(self, verb, rule=None):
        log = os.path.join(self.person.top, "log")
        return self.person.helper(*verb, wrap=moments.words(log, self.CALLS, rule)), log

    def moments(self, verb):
        _, log = self.traced(verb)
        found = moments.written(log, self.person.home)
        self.assertGreater(len(found), 10)
        return found

    def kept(self):
        """Where the credential is."""
        entry = self.config()["auths"][self.registry.host]
        if entry:
            self.assertEqual(entry, auth(PULLER, PULL_SECRET))
            return
        self.assertIn(PULL_SECRET, self.good(self.person.get(self.registry.host)).out)

    def each(self, verb, prepare, finished):
        prepare()
        for call, number in self.moments(verb):
            for how in ("error=" + self.CALLS[call], "signal=SIGKILL"):
                rule = "%s:%s:when=%d" % (call, how, number)
                with self.subTest(verb=verb, rule=rule):
                    prepare()
                    told, _ = self.traced(verb, rule)
                    if "KILL" in how:
                        self.assertNotEqual(told.status, 0, told)
                    self.kept()
                    self.good(self.person.helper(*verb))
                    finished()

    def plain(self):
        for name in os.listdir(self.person.config):
            os.remove(os.path.join(self.person.config, name))
        shutil.rmtree(os.path.join(self.person.home, ".local"), ignore_errors=True)
        if os.path.exists(os.path.join(self.person.home, "pull.key")):
            os.remove(os.path.join(self.person.home, "pull.key"))
        self.config({"auths": {self.registry.host: auth(PULLER, PULL_SECRET)}})

    def installed(self):
        self.plain()
        self.good(self.person.helper("install"))

    def is_installed(self):
        self.assertEqual(self.config(), {"auths": {self.registry.host: {}},
                                         "credsStore": "pushgate"})
        self.assertIn(PULL_SECRET, self.good(self.person.get(self.registry.host)).out)
        self.assertEqual(sorted(os.listdir(self.person.config)),
                         ["config.json", RECORD, RECORD + ".lock"])
        self.assertEqual(gatecase.tree_has(self.person.home,
                                           auth(PULLER, PULL_SECRET)["auth"]), [])

    def is_plain(self):
        self.assertEqual(self.config(), {"auths": {self.registry.host: auth(PULLER, PULL_SECRET)}})
        self.assertNotIn("config.json.pushgate-new", os.listdir(self.person.config))

    def test_install(self):
        self.each(("install",), self.plain, self.is_installed)

    def test_uninstall(self):
        self.each(("uninstall", "--yes"), self.installed, self.is_plain)


if __name__ == "__main__":
    unittest.main()
