# SPDX-License-Identifier: Apache-2.0
"""The registry client through build/<variant>/tests/registryctl."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))

BUILD = os.environ.get("BUILD") or os.path.join(TOP, "build", "release")
CTL = os.path.join(BUILD, "tests", "registryctl")
PATIENCE = 120


class Run:
    """items in the order of the requests, tallies by registry, and all that was printed."""

    def __init__(self, out, err, status):
        self.text = out + err
        self.err = err
        self.status = status
        lines = [json.loads(line) for line in out.splitlines()]
        self.tallies = {row["registry"]: row for row in lines[-1]["tallies"]} if lines else {}
        self.items = sorted((row for row in lines if "n" in row), key=lambda row: row["n"])

    def __repr__(self):
        return self.text[-3000:]

    @property
    def outcomes(self):
        return [row["outcome"] for row in self.items]


class RegistryCase(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="dh-registry-client-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.config = {}
        self.env = {"PATH": os.environ["PATH"], "HOME": self.folder, "LC_ALL": "C.UTF-8"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]

    def ask(self, *lines, args=(), wrap=()):
        """Runs the lines as one run. wrap: words in front, of a program that runs the rest."""
        with open(os.path.join(self.folder, "config.json"), "w", encoding="utf-8") as out:
            json.dump(self.config, out)
        argv = list(wrap) + [CTL, "--config", self.folder, "--certs",
                             os.path.join(self.folder, "certs.d"), "--trace"] + list(args)
        done = subprocess.run(argv, input="".join(line + "\n" for line in lines).encode(),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.env,
                              timeout=PATIENCE, check=False)
        run = Run(done.stdout.decode(), done.stderr.decode("utf-8", "replace"), done.returncode)
        self.assertEqual(run.status, 0, run)
        return run
