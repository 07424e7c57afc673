# SPDX-License-Identifier: Apache-2.0
"""What seal and rotate write, when the machine fails at a bad moment (each call that writes fails, or
the program is killed at it), and when somebody puts a file or a link in the way while it asks."""

import os
import shutil
import subprocess
import tempfile
import unittest

import moments
from gatecase import HELPER
from issuer import openssl

PATIENCE = 60
NAME = "registry.example.com.sealed"
# What a new file and a replaced one consist of, and how each call may fail.
CALLS = {"openat": "EACCES", "write": "ENOSPC", "fsync": "EIO", "rename": "EIO", "renameat": "EIO",
         "link": "EIO", "linkat": "EIO"}
WHY_NOT = moments.why_not()


class Case(unittest.TestCase):
    def setUp(self):
        self.top = os.path.realpath(tempfile.mkdtemp(prefix="seal."))
        self.addCleanup(shutil.rmtree, self.top, True)
        self.env = {"PATH": os.environ["PATH"], "HOME": self.top}
        self.certificate, self.key = self.path("ci.pem"), self.path("ci.key")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-days", "2", "-subj", "/CN=CI", "-keyout", self.key, "-out", self.certificate)
        self.folder = self.path("sealed")
        self.file = os.path.join(self.folder, NAME)
        self.fresh()

    def fresh(self):
        shutil.rmtree(self.folder, True)
        os.mkdir(self.folder)

    def path(self, name):
        return os.path.join(self.top, name)

    def argv(self, verb, recipient=None):
        more = ["registry.example.com", "-o", self.folder] if verb == "seal" else [self.file]
        return [HELPER, verb] + more + ["-u", "ci", "--recipient", recipient or self.certificate]

    def run_verb(self, verb, secret, wrap=()):
        return subprocess.run(list(wrap) + self.argv(verb), input=secret.encode(), env=self.env,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE,
                              check=False)

    def good(self, verb, secret):
        done = self.run_verb(verb, secret)
        self.assertEqual(done.returncode, 0, done)

    def opened(self, path):
        return openssl("cms", "-decrypt", "-inform", "PEM", "-in", path, "-inkey", self.key)

    def read(self, path):
        with open(path, "rb") as content:
            return content.read()


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Faults(Case):
    def traced(self, verb, secret, rule=None):
        log = self.path("log")
        return self.run_verb(verb, secret, moments.words(log, CALLS, rule)), log

    def moments(self, verb):
        """(call, n): the nth call of each that is about the folder."""
        told, log = self.traced(verb, "first")
        self.assertEqual(told.returncode, 0, told)
        found = moments.written(log, self.folder)
        self.assertGreaterEqual({name for name, _ in found}, {"openat", "write", "fsync"})
        return found

    def rules(self, verb):
        for call, number in self.moments(verb):
            for how in ("error=" + CALLS[call], "signal=SIGKILL"):
                yield call, how, "%s:%s:when=%d" % (call, how, number)

    def test_a_new_file_is_whole_or_is_not(self):
        for call, how, rule in list(self.rules("seal")):
            with self.subTest(rule):
                self.fresh()
                told, _ = self.traced("seal", "new", rule)
                whole = os.path.exists(self.file)
                if whole:
                    self.assertIn(b'"secret": "bmV3"', self.opened(self.file))
                # A folder's fsync cannot be had everywhere, and is not insisted on.
                if "error" in how and call != "fsync":
                    self.assertEqual((told.returncode, whole, os.listdir(self.folder)),
                                     (1, False, []), told)

    def test_a_rotated_file_is_the_old_or_the_new(self):
        self.good("seal", "old")
        for call, how, rule in list(self.rules("rotate")):
            with self.subTest(rule):
                self.fresh()
                self.good("seal", "old")
                before = self.read(self.file)
                told, _ = self.traced("rotate", "new", rule)
                if self.read(self.file) != before:
                    self.assertIn(b'"secret": "bmV3"', self.opened(self.file))
                    self.assertNotEqual(told.returncode, 1, told)
                if "error" in how and call != "fsync":
                    self.assertEqual((told.returncode, os.listdir(self.folder)), (1, [NAME]), told)


class Race(Case):
    """The recipient's certificate comes through a pipe: when it is asked for, the path has been
    looked at, and the file is not written."""

    def meanwhile(self, verb, act):
        pipe = os.path.join(tempfile.mkdtemp(dir=self.top), "pipe")
        os.mkfifo(pipe)
        with subprocess.Popen(self.argv(verb, pipe), env=self.env, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            process.stdin.write(b"new")
            process.stdin.close()
            process.stdin = None
            with open(pipe, "wb") as out:
                act()
                out.write(self.read(self.certificate))
            _, err = process.communicate(timeout=PATIENCE)
        return process.returncode, err.decode()

    def victim(self):
        path = self.path("victim")
        with open(path, "w", encoding="ascii") as out:
            out.write("of somebody")
        return path

    def test_seal_writes_over_nothing(self):
        rows = (
            ("a file", lambda: shutil.copy(self.victim(), self.file)),
            ("a link", lambda: os.symlink(self.victim(), self.file)),
            ("a link to nowhere", lambda: os.symlink(self.path("nowhere"), self.file)),
        )
        for what, act in rows:
            with self.subTest(what):
                self.fresh()
                status, err = self.meanwhile("seal", act)
                self.assertEqual(status, 1, err)
                self.assertIn("is there", err)
                self.assertEqual(self.read(self.victim()), b"of somebody")
                self.assertEqual(os.path.islink(self.file), "link" in what)
                self.assertFalse(os.path.exists(self.path("nowhere")))
                self.assertEqual(os.listdir(self.folder), [NAME])

    def test_rotate_follows_no_link(self):
        self.good("seal", "old")
        victim = self.path(NAME)

        def act():
            os.rename(self.file, victim)
            os.symlink(victim, self.file)

        status, err = self.meanwhile("rotate", act)
        self.assertIn(b'"secret": "b2xk"', self.opened(victim))
        self.assertEqual(status, 0, err)
        self.assertFalse(os.path.islink(self.file))
        self.assertIn(b'"secret": "bmV3"', self.opened(self.file))


if __name__ == "__main__":
    unittest.main()
