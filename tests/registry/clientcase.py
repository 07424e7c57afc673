# SPDX-License-Identifier: Apache-2.0
"""Tests of the registry client, spoken to through build/<variant>/tests/registryctl."""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))

BUILD = os.environ.get("BUILD") or os.path.join(TOP, "build", "release")
CTL = os.path.join(BUILD, "tests", "registryctl")
PATIENCE = 120


def entry(user, password):
    return {"auth": base64.b64encode(("%s:%s" % (user, password)).encode()).decode()}


class Run:
    """One run: run[n] is what came of line n, items are all of them; text is all that was printed."""

    def __init__(self, done, took):
        out, self.err = done.stdout.decode(), done.stderr.decode("utf-8", "replace")
        self.status, self.took = done.returncode, took
        self.text = out + self.err
        lines = [json.loads(line) for line in out.splitlines()]
        self.tallies = {row["registry"]: row for row in lines[-1].get("tallies", [])} if lines else {}
        self.answers = {row["n"]: row for row in lines if "n" in row}

    def __getitem__(self, n):
        return self.answers[n]

    def __repr__(self):
        return self.text[-3000:]

    @property
    def items(self):
        return [self.answers[n] for n in sorted(self.answers)]

    @property
    def outcomes(self):
        return [row["outcome"] for row in self.items]


class ClientCase(unittest.TestCase):
    """config is docker's, env what the client finds beside a bare environment."""

    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="dh-client-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.config = {}
        self.env = {}

    def login(self, host, user="user", password="s3cret"):
        self.config.setdefault("auths", {})[host] = entry(user, password)

    def environment(self):
        env = {"PATH": os.environ["PATH"], "HOME": self.folder, "LC_ALL": "C.UTF-8"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                env[name] = os.environ[name]
        return dict(env, **self.env)

    def ask(self, *lines, options=(), wrap=()):
        """Runs the lines as one run. wrap: words in front, of a program that runs the rest."""
        with open(os.path.join(self.folder, "config.json"), "w", encoding="utf-8") as out:
            json.dump(self.config, out)
        argv = list(wrap) + [CTL, "--config", self.folder, "--certs",
                             os.path.join(self.folder, "certs.d"), "--seed", "7",
                             "--trace"] + list(options)
        began = time.monotonic()
        done = subprocess.run(argv, input="".join(line + "\n" for line in lines).encode(),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=self.environment(), timeout=PATIENCE, check=False)
        run = Run(done, time.monotonic() - began)
        self.assertEqual(run.status, 0, run)
        self.assertNotIn("Sanitizer", run.err)
        return run
