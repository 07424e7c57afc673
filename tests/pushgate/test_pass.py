# SPDX-License-Identifier: Apache-2.0
"""The real docker-credential-pass, with pass and gpg, as the store behind us."""

import os
import shutil
import subprocess
import tempfile
import unittest

import storecase
from bed import parts

SERVERS = ("https://index.docker.io/v1/", "reg.example:5000", "é.example")
SECRETS = ("pw", 'a"b\\c', "ж€😀", "<token>", "x" * 5000, " blanks")
KEY = "bed@example.com"


class Pass(storecase.Case):
    part = None

    @classmethod
    def setUpClass(cls):
        for program in ("pass", "gpg"):
            if not shutil.which(program):
                raise unittest.SkipTest("no %s here" % program)
        try:
            made = parts.part(cls.part)["path"]
        except parts.Missing as why:
            raise unittest.SkipTest(str(why)) from why
        # Short: gpg's agent has its socket in it.
        cls.home = tempfile.mkdtemp(prefix="dhp-")
        cls.env = {"HOME": cls.home, "PATH": made + ":" + os.environ["PATH"], "LC_ALL": "C.UTF-8",
                   "GNUPGHOME": os.path.join(cls.home, "g")}
        os.mkdir(cls.env["GNUPGHOME"], 0o700)
        cls.run_quietly("gpg", "--batch", "--passphrase", "", "--quick-gen-key", KEY, "default",
                        "default", "never")
        cls.run_quietly("pass", "init", KEY)

    @classmethod
    def tearDownClass(cls):
        # Of the agents that this home has; it is theirs to end.
        cls.run_quietly("gpgconf", "--kill", "all")
        shutil.rmtree(cls.home, ignore_errors=True)

    @classmethod
    def run_quietly(cls, *argv):
        subprocess.run(argv, env=cls.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=storecase.PATIENCE, check=True)

    def setUp(self):
        self.ours = storecase.storectl("helper:pass", self.env)
        self.theirs = storecase.Helper(["docker-credential-pass"], self.env)


class Both:
    def test_what_we_store_is_theirs(self):
        for i, secret in enumerate(SECRETS):
            server = SERVERS[i % len(SERVERS)]
            self.done(self.ours.store(server, "ann", secret))
            self.assertEqual(self.kept(self.ours.get(server)), ("ann", secret))
            self.assertEqual(self.kept(self.theirs.get(server)), ("ann", secret))
        self.assertEqual(self.names(self.ours.list()), dict.fromkeys(SERVERS, "ann"))
        for server in SERVERS:
            self.done(self.ours.erase(server))
        self.assertEqual(self.names(self.theirs.list()), {})

    def test_one_account_is_left(self):
        """It keeps a file for each account, and gives out the first."""
        for user in ("ann", "zoe", "bob"):
            self.done(self.ours.store("reg.example", user, "of " + user))
            self.assertEqual(self.kept(self.theirs.get("reg.example")), (user, "of " + user))
        self.done(self.ours.erase("reg.example"))
        self.failed(self.ours.get("reg.example"), "not-found", storecase.NOT_FOUND)

    def test_what_is_not_there(self):
        self.failed(self.ours.get("none.example"), "not-found", storecase.NOT_FOUND)
        self.done(self.ours.erase("none.example"))


class Trixie(Both, Pass):
    """0.6."""

    part = "helpers-trixie"


class Newer(Both, Pass):
    """0.9, of Debian sid."""

    part = "helpers-sid"


if __name__ == "__main__":
    unittest.main()
