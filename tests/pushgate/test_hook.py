# SPDX-License-Identifier: Apache-2.0
"""docker's hook: after a push that the gate denied, and after nothing else, docker shows why and
what to do. With the CLIs that have hooks; those that ask after failures alone (error-hooks, 29.3)
give the plugin the same words, as the rows of `Entry` do."""

import json
import os
import stat
import unittest

import gatecase
from bed.program import Terminal, program
from gatecase import JENKINS, PULLER, PUSHER, GateCase
from test_story import gated_by_env

NEXT = "What's next:"
# docker asks plugins after its own commands since this version.
HOOKS = (26, 1)


def setUpModule():  # pylint: disable=invalid-name
    gatecase.up()


def tearDownModule():  # pylint: disable=invalid-name
    gatecase.down()


class HookCase(GateCase):
    def setUp(self):
        super().setUp()
        self.registry = gatecase.SHARED["token"]
        self.person.policy(gated_by_env(self.registry))
        self.configure({"credsStore": "pushgate"})
        plugins = os.path.join(self.person.config, "cli-plugins")
        os.mkdir(plugins)
        os.symlink(program(), os.path.join(plugins, "docker-hygiene"))

    def configure(self, content):
        self.person.write(".docker/config.json", dict(
            content, features={"hooks": "true"},
            plugins={"hygiene": {"hooks": "push,image,pull", "error-hooks": "push,image,pull"}}))


class Shown(HookCase):
    """What a person sees."""

    def shown(self, docker, *words, env=None):
        """What a terminal shows of a docker command."""
        terminal = Terminal([docker] + list(words), dict(self.person.env, TERM="xterm", **env or {}))
        self.status = terminal.finish()
        return terminal.text.replace("\r\n", "\n")

    def explains(self, shown, reference):
        name = reference.rsplit(":", 1)[0]
        self.assertEqual(self.status, 1, shown)
        first, second = shown.split(NEXT)[1].split("\n")[1:3]
        self.assertEqual(first.strip(), "Push credentials for %s are for CI only: no CI's variables "
                         "are set: JENKINS_URL is not set" % name)
        self.assertEqual(second.strip(), "Let the CI job push it; if this is one, its variables do "
                         "not reach docker (docker-credential-pushgate why %s)" % name)

    def with_hooks(self, cli):
        docker, version = self.cli(cli)
        if not gatecase.at_least(version, *HOOKS):
            self.skipTest("docker %s has no hooks" % version)
        return docker

    def story(self, cli):
        docker = self.with_hooks(cli)
        reference = self.tag(self.person, docker, self.registry, "prod/hook-%s:1" % cli)
        self.explains(self.shown(docker, "push", reference), reference)
        self.explains(self.shown(docker, "image", "push", "-q", reference), reference)
        shown = self.shown(docker, "pull", reference)
        self.assertIn("denied", shown)
        self.assertNotIn(NEXT, shown, "a pull")

        # A registry that is not gated, or is another helper's, denies by itself.
        self.person.policy({"registries": [{"match": self.registry.host, "gated": False}]})
        shown = self.shown(docker, "push", reference)
        self.assertIn("denied", shown)
        self.assertNotIn(NEXT, shown, "not gated")
        self.person.policy(gated_by_env(self.registry))
        self.configure({"auths": {"dummy.invalid": {}}})
        shown = self.shown(docker, "push", reference)
        self.assertIn("denied", shown)
        self.assertNotIn(NEXT, shown, "no helper")

        # No hook asks in CI, where nothing is a terminal; on one, nothing is denied.
        self.configure({"credsStore": "pushgate"})
        self.person.policy({"gates": {"ci": {"env": {"vendors": ["jenkins"], "allow_terminal": True}}},
                            "registries": [{"match": self.registry.host, "ci": ["ci"]}]})
        self.login(self.person, docker, self.registry, PUSHER, env=JENKINS)
        shown = self.shown(docker, "push", reference, env=JENKINS)
        self.assertEqual(self.status, 0, shown)
        self.assertNotIn(NEXT, shown, "CI")
        self.assertTrue(self.registry.has(reference.split("/", 1)[1].rsplit(":", 1)[0], "1",
                                          PUSHER))

    def test_trixie_cli(self):
        self.story("trixie")

    def test_newest_cli(self):
        self.story("newest")

    def test_with_the_pull_account(self):
        """Without an early stop it is the registry that denies the push."""
        self.person.policy(gated_by_env(self.registry, early_stop=False))
        docker = self.with_hooks("newest")
        reference = self.tag(self.person, docker, self.registry, "prod/hook-pull:1")
        self.login(self.person, docker, self.registry, PULLER)
        self.explains(self.shown(docker, "push", reference), reference)


class Entry(HookCase):
    """The plugin's own entry, as docker calls it."""

    def ask(self, error, command="push"):
        told = self.person.run(program(), "hygiene", "docker-cli-plugin-hooks", json.dumps(
            {"RootCmd": command, "Flags": {}, "CommandError": error}))
        self.assertEqual((told.status, told.err), (0, ""))
        return json.loads(told.out)["Template"] if told.out else ""

    def stopped_error(self, repository="prod/app"):
        return ("error getting credentials - err: exit status 1, out: `pushgate: docker push to "
                "%s is stopped: push credentials are for CI only (no CI's variables are set); see: "
                "docker-credential-pushgate why %s/%s`" % (self.registry.host, self.registry.host,
                                                           repository))

    def helper(self, script):
        path = os.path.join(self.person.bin, "docker-credential-pushgate")
        with open(path, "w", encoding="ascii") as out:
            out.write("#!/bin/sh\n" + script)
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)

    def test_words_of_error_hooks(self):
        lines = self.ask(self.stopped_error()).split("\n")
        self.assertEqual(len(lines), 2)
        self.assertIn("%s/prod/app are for CI only" % self.registry.host, lines[0])
        self.assertEqual(self.ask("exit status 1", "compose"), "")
        self.assertEqual(self.ask("manifest unknown"), "")
        self.assertEqual(self.ask(""), "")

    def test_others_than_the_gate(self):
        self.configure({"credHelpers": {self.registry.host: "pushgate"}})
        other = self.stopped_error().replace(self.registry.host, "reg.invalid")
        self.assertEqual(self.ask(other), "", "no helper of ours for it")
        self.assertNotEqual(self.ask(self.stopped_error()), "")

    def test_a_helper_that_fails(self):
        for script in ("sleep 600\n", "exit 1\n", "echo '{\"gated\":true'\n", "cat /dev/zero\n",
                       "kill -9 $$\n"):
            with self.subTest(script=script):
                self.helper(script)
                self.assertEqual(self.ask(self.stopped_error()), "")
        os.unlink(os.path.join(self.person.bin, "docker-credential-pushgate"))
        self.assertEqual(self.ask(self.stopped_error()), "")

    def test_its_words(self):
        """The helper is asked for a name, and for nothing that could be an option."""
        log = os.path.join(self.person.home, "asked")
        self.helper("printf '%%s\\n' \"$*\" >>%s; exit 1\n" % log)
        for repository in ("prod/app", "--help", "$(reboot)", "a;b"):
            self.ask(self.stopped_error(repository))
        with open(log, encoding="ascii") as lines:
            self.assertEqual(lines.read(), "why %s/prod/app --format json\n" % self.registry.host)


if __name__ == "__main__":
    unittest.main()
