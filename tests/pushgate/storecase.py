# SPDX-License-Identifier: Apache-2.0
"""The stores of docker-credential-pushgate, spoken to through build/<variant>/tests/storectl."""

import json
import os
import subprocess
import sys
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))

STORECTL = os.path.join(os.environ.get("BUILD") or os.path.join(TOP, "build", "release"),
                        "tests", "storectl")
NOT_FOUND = "credentials not found in native keychain"
# Of a call that has nothing to wait for, on a machine under load.
PATIENCE = 60


class Answer:
    """What a helper said: status, out (text), kind and text of an error."""

    def __init__(self, status, out, err):
        self.status = status
        self.out = out.decode("utf-8", "replace")
        self.err = err.decode("utf-8", "replace")
        self.kind, _, self.text = self.out.strip().partition(": ")

    def __repr__(self):
        return "%d %r %r" % (self.status, self.out, self.err)


def call(argv, stdin, env):
    done = subprocess.run(argv, input=stdin, env=env, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=PATIENCE, check=False)
    return Answer(done.returncode, done.stdout, done.stderr)


def credential(server, username, secret):
    return json.dumps({"ServerURL": server, "Username": username, "Secret": secret}).encode() + b"\n"


class Helper:
    """Something that speaks the protocol: argv in front of the action."""

    def __init__(self, argv, env):
        self.argv = list(argv)
        self.env = env

    def call(self, action, stdin=b"", **env):
        return call(self.argv + [action], stdin, dict(self.env, **env))

    def get(self, server, **env):
        return self.call("get", server.encode(), **env)

    def store(self, server, username, secret, **env):
        return self.call("store", credential(server, username, secret), **env)

    def erase(self, server, **env):
        return self.call("erase", server.encode(), **env)

    def list(self, **env):
        return self.call("list", b"unused", **env)


def storectl(kind, env):
    return Helper([STORECTL, kind], env)


class Case(unittest.TestCase):
    def kept(self, answer):
        """(username, secret) of a get."""
        self.assertEqual((answer.status, answer.err), (0, ""), answer)
        found = json.loads(answer.out)
        return found["Username"], found["Secret"]

    def names(self, answer):
        self.assertEqual((answer.status, answer.err), (0, ""), answer)
        return json.loads(answer.out)

    def done(self, answer):
        self.assertEqual((answer.status, answer.out, answer.err), (0, "", ""), answer)

    def failed(self, answer, kind, text):
        self.assertEqual((answer.status, answer.kind, answer.err), (1, kind, ""), answer)
        self.assertIn(text, answer.text)
