# SPDX-License-Identifier: Apache-2.0
"""What a run outside CI leaves of a push credential: nothing, in no memory, system call, environment,
argument, file or log. The same looks at a run inside CI find it, so that none of them is blind."""

import base64
import json
import os
import shutil
import unittest

import gatecase
from bed import peek
from gatecase import JENKINS, PULL_SECRET, PULLER, PUSH_SECRET, PUSHER, GateCase
from test_story import gated_by_env

HELPER = "docker-credential-pushgate"


def base64_of(text):
    return base64.b64encode(text.encode()).decode()


# As it is, as the push file has it, and as docker's own files and a registry's header would.
PUSH_FORMS = {"push": PUSH_SECRET, "push in base64": base64_of(PUSH_SECRET),
              "push of a header": base64_of("%s:%s" % (PUSHER, PUSH_SECRET))}
ENV = ("SEEN_BY_PEEK", "yes-it-is-there")
NEEDLES = dict(PUSH_FORMS, pull=PULL_SECRET, environment=ENV[1])
WHY_NOT = peek.why_not()


def setUpModule():  # pylint: disable=invalid-name
    gatecase.up()


def tearDownModule():  # pylint: disable=invalid-name
    gatecase.down()


class Traces(GateCase):
    """Under the env gate all lies in one home: what CI stored, and what the person did."""

    def setUp(self):
        super().setUp()
        self.docker, _ = self.cli("newest")
        self.registry = gatecase.SHARED["token"]
        self.host = self.registry.host
        self.log = os.path.join(self.person.home, "audit.jsonl")
        self.person.policy(dict(gated_by_env(self.registry),
                                audit={"to": "file", "file": self.log}))
        self.person.env.update([ENV])
        self.login(self.person, self.docker, self.registry, PUSHER, env=JENKINS)
        self.login(self.person, self.docker, self.registry, PULLER)
        self.reference = self.tag(self.person, self.docker, self.registry, "prod/traces:1")

    def runs(self):
        """(argv, stdin) of everything that a person may ask for."""
        names = [self.host, self.host + "/prod/traces"]
        rows = [((HELPER, "get"), name) for name in names]
        rows += [((HELPER, "why", name, "--format", form), "") for name in names
                 for form in ("table", "json")]
        rows += [((HELPER, "list"), ""), ((HELPER, "list", "--class", "all"), ""),
                 ((HELPER, "version"), ""),
                 ((HELPER, "store"), json.dumps({"ServerURL": self.host, "Username": PULLER,
                                                 "Secret": PULL_SECRET})),
                 ((self.docker, "push", self.reference), ""),
                 ((self.docker, "pull", self.reference), "")]
        return rows

    def look(self, argv, stdin="", env=None, every=(HELPER,)):
        """What of the needles was in which program."""
        where = peek.Peek(self.person.top, NEEDLES, every)
        self.person.run(*argv, stdin=stdin, env=env, wrap=where.words)
        for program in {os.path.basename(argv[0]), HELPER} - {"docker"}:
            self.assertGreaterEqual(where.looks(program), 20 if every else 1, argv)
        found = where.found()
        self.assertTrue(all("environment" in names for names in found.values()), "a blind look")
        return {program: set(names) - {"environment"} for program, names in found.items()}

    @unittest.skipIf(WHY_NOT, WHY_NOT)
    def test_memory(self):
        for argv, stdin in self.runs():
            with self.subTest(argv=argv):
                for program, names in self.look(argv, stdin).items():
                    self.assertFalse(names & set(PUSH_FORMS), program)
        self.assertEqual(self.look((HELPER, "get"), self.host)[HELPER], {"pull"})
        found = self.look((HELPER, "get"), self.host, JENKINS)
        self.assertEqual(found[HELPER], {"push", "push in base64"})
        found = self.look((self.docker, "push", self.reference), env=JENKINS)
        # docker is looked at now and then only, and a garbage collector may have been there before.
        self.assertIn("push", found[HELPER])

    @unittest.skipIf(WHY_NOT, WHY_NOT)
    def test_memory_is_wiped(self):
        """In CI, too: as it ends, the helper holds no secret any more."""
        for env in (JENKINS, {}):
            for argv, stdin in self.runs():
                if argv[0] == HELPER:
                    with self.subTest(argv=argv, env=env):
                        self.assertEqual(self.look(argv, stdin, env, every=()), {HELPER: set()})

    def traced(self, argv, stdin="", env=None):
        """Every system call with all its data; with execve that is arguments and environment."""
        log = os.path.join(self.person.top, "strace")
        self.person.run(*argv, stdin=stdin, env=env,
                        wrap=["strace", "-f", "-v", "-s", "1000000", "-o", log])
        with open(log, encoding="utf-8", errors="replace") as lines:
            text = lines.read()
        os.unlink(log)
        self.assertIn("%s=%s" % ENV, text, "a blind look")
        return [name for name, needle in PUSH_FORMS.items() if needle in text]

    @unittest.skipUnless(shutil.which("strace"), "strace is not installed")
    def test_system_calls_arguments_and_environment(self):
        for argv, stdin in self.runs():
            with self.subTest(argv=argv):
                self.assertEqual(self.traced(argv, stdin), [])
        self.assertEqual(self.traced((self.docker, "push", self.reference), env=JENKINS),
                         ["push", "push in base64"])

    def test_files_and_logs(self):
        push_file = self.person.state("pushgate-push.json")
        for env in ({}, JENKINS):
            for argv, stdin in self.runs():
                if argv[1] != "store":
                    self.person.run(*argv, stdin=stdin, env=env)
        found = {name: gatecase.tree_has(self.person.top, text)
                 for name, text in PUSH_FORMS.items()}
        self.assertEqual(found, {"push": [], "push in base64": [push_file],
                                 "push of a header": []})
        self.assertEqual(gatecase.mode_of(push_file), 0o600)
        for log in (self.log, self.registry.log, gatecase.SHARED["engine"].log):
            with open(log, encoding="utf-8", errors="replace") as lines:
                text = lines.read()
            self.assertTrue(text)
            self.assertEqual([name for name, secret in NEEDLES.items() if secret in text], [], log)


if __name__ == "__main__":
    unittest.main()
