# SPDX-License-Identifier: Apache-2.0
"""The user gate under a system policy: the build agent's uid is CI, and nobody else's is.

The system policy is compiled in as /etc/docker/pushgate.json: each command runs in a mount
namespace of its own in which a copy of /etc with it lies over /etc.
"""

import json
import os
import shutil
import tempfile
import unittest

import gatecase
from gatecase import (JENKINS, NOT_FOUND, PULLER, PUSH_SECRET, PUSHER, GateCase)

# Of nobody: numbers need no account.
AGENT, PERSON = 41801, 41802
OVER = 'mount --make-rprivate / && mount --bind "$1" /etc && shift && exec "$@"'


def setUpModule():  # pylint: disable=invalid-name
    if os.geteuid():
        raise unittest.SkipTest("other users, a mount namespace and a private dockerd need root")
    gatecase.up()
    engine = gatecase.SHARED["engine"]
    os.chmod(engine.folder, 0o711)
    os.chmod(engine.socket, 0o666)


def tearDownModule():  # pylint: disable=invalid-name
    gatecase.down()


class Users(GateCase):
    def setUp(self):
        super().setUp()
        self.registry = gatecase.SHARED["token"]
        self.agent = self.somebody(AGENT)
        self.person = self.somebody(PERSON)
        self.top = tempfile.mkdtemp(prefix="dh-etc-")
        self.addCleanup(shutil.rmtree, self.top, ignore_errors=True)
        os.chmod(self.top, 0o755)
        self.etc = os.path.join(self.top, "etc")
        shutil.copytree("/etc", self.etc, symlinks=True, ignore=self.only_what_counts)
        os.makedirs(os.path.join(self.etc, "docker"), exist_ok=True)
        self.docker = self.readable_cli()
        self.system({"gates": {"agent": {"user": {"users": [str(AGENT)]}}},
                     "registries": [{"match": self.registry.host, "ci": ["agent"]}]})
        for someone in (self.agent, self.person):
            someone.policy({})

    @staticmethod
    def only_what_counts(folder, names):
        """Enough for programs to find libraries, users and hosts."""
        keep = ("passwd", "group", "nsswitch.conf", "hosts", "resolv.conf", "ld.so.cache",
                "localtime", "gai.conf", "host.conf")
        return [name for name in names if name not in keep] if folder == "/etc" else []

    def readable_cli(self):
        """The place of the newest one may be closed to others."""
        path, _ = self.cli("newest")
        return shutil.copy(path, os.path.join(self.top, "docker"))

    def system(self, policy, mode=0o644):
        path = os.path.join(self.etc, "docker", "pushgate.json")
        with open(path, "w", encoding="utf-8") as out:
            json.dump(dict({"version": 1}, **policy), out)
        os.chmod(path, mode)
        return path

    def under(self):
        """The words in front of a command."""
        return ["unshare", "--mount", "--", "/bin/sh", "-c", OVER, "sh", self.etc]

    def as_user(self, someone, *argv, **more):
        return someone.run(*argv, wrap=self.under(), **more)

    def get(self, someone, **more):
        return someone.get(self.registry.host, wrap=self.under(), **more)

    def log_in(self):
        under = self.under()
        told = self.login(self.agent, self.docker, self.registry, PUSHER, wrap=under)
        self.assertIn("stored for pushing", told.err)
        self.login(self.person, self.docker, self.registry, PULLER, wrap=under)

    def test_the_story(self):
        self.log_in()
        reference = self.tag(self.person, self.docker, self.registry, "prod/users:1")
        for env in ({}, JENKINS):
            told = self.stopped(self.as_user(self.person, self.docker, "push", reference, env=env),
                                self.registry)
            self.assertIn("(another user's process: uid %d)" % PERSON, told.err)
            self.assertFalse(self.registry.has("prod/users", "1", PUSHER))
        self.good(self.as_user(self.agent, self.docker, "push", reference))
        self.assertTrue(self.registry.has("prod/users", "1", PUSHER))
        self.good(self.as_user(self.person, self.docker, "pull", reference))

    def test_the_agents_home(self):
        """Pointed at what the agent stored, a person's helper may not even read it."""
        self.log_in()
        for env in ({"HOME": self.agent.home},
                    {"XDG_STATE_HOME": os.path.join(self.agent.home, ".local", "state")},
                    {"HOME": self.agent.home, "XDG_CONFIG_HOME": self.person.home}):
            told = self.get(self.person, env=dict(env, **JENKINS))
            self.assertNotIn(PUSH_SECRET, told.out + told.err)
        self.assertIn(PUSH_SECRET, self.good(self.get(self.agent)).out)

    def test_a_users_policy_opens_nothing(self):
        self.log_in()
        for policy in ({"registries": [{"match": self.registry.host, "gated": False}]},
                       {"gates": {"me": {"user": {"users": [str(PERSON)]}}},
                        "registries": [{"match": self.registry.host, "ci": ["me"]}]}):
            self.person.policy(policy)
            reference = self.tag(self.person, self.docker, self.registry, "prod/mine:1")
            self.stopped(self.as_user(self.person, self.docker, "push", reference), self.registry)
            self.assertFalse(self.registry.has("prod/mine", "1", PUSHER))

    def test_both_words_are_needed(self):
        self.agent.policy(
            {"gates": {"jenkins": {"env": {"vendors": ["jenkins"]}}},
             "registries": [{"match": self.registry.host, "ci": ["jenkins"]}]})
        self.login(self.agent, self.docker, self.registry, PUSHER, wrap=self.under(), env=JENKINS)
        self.assertEqual(self.bad(self.get(self.agent)).out, NOT_FOUND + "\n")
        self.assertIn(PUSH_SECRET, self.good(self.get(self.agent, env=JENKINS)).out)

    def test_a_system_policy_that_others_may_write_is_none(self):
        self.log_in()
        path = os.path.join(self.etc, "docker", "pushgate.json")
        for spoil, word in ((lambda: os.chmod(path, 0o666), "chmod go-w"),
                            (lambda: os.chown(path, AGENT, AGENT), "belongs to user"),
                            (lambda: os.chmod(os.path.dirname(path), 0o777), "chmod go-w"),
                            (lambda: os.chmod(path, 0o600), "Permission denied")):
            spoil()
            told = self.get(self.agent)
            self.assertNotIn(PUSH_SECRET, told.out, word)
            told = self.as_user(self.agent, "docker-credential-pushgate", "get",
                                stdin="reg.example.com")
            self.assertIn("no push credential is released", told.err)
            self.assertIn(word, told.err)
            os.chown(path, 0, 0)
            os.chmod(path, 0o644)
            os.chmod(os.path.dirname(path), 0o755)
        self.assertIn(PUSH_SECRET, self.good(self.get(self.agent)).out)

    def test_a_weaker_gate_below_opens_not_the_whole(self):
        """What stands in the push file is good for all of the registry: the repository that is
        asked for is the caller's own word."""
        self.log_in()
        host = self.registry.host
        self.system({"gates": {"agent": {"user": {"users": [str(AGENT)]}},
                               "job": {"env": {"vendors": ["jenkins"]}}},
                     "registries": [{"match": host + "/dev", "ci": ["agent"]},
                                    {"match": host, "ci": ["job"]}]})
        for server in (host, host + "/dev/app"):
            told = self.agent.get(server, wrap=self.under())
            self.assertNotIn(PUSH_SECRET, told.out, server)
        why = self.good(self.as_user(self.agent, "docker-credential-pushgate", "why",
                                     host + "/dev/app"))
        self.assertRegex(why.out, "CI here +yes")
        self.assertIn(PUSH_SECRET, self.good(self.get(self.agent, env=JENKINS)).out)

    def test_why(self):
        told = self.good(self.as_user(self.person, "docker-credential-pushgate", "why",
                                      self.registry.host, env=JENKINS))
        self.assertIn("agent (user, /etc/docker/pushgate.json): another user's process: uid %d" %
                      PERSON, told.out)
        self.assertIn("advisory: the caller has the helper's user", told.out)


if __name__ == "__main__":
    unittest.main()
