# SPDX-License-Identifier: Apache-2.0
"""Tests of the registry client, spoken to through build/<variant>/tests/registryctl."""

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

CTL = os.path.join(os.environ.get("BUILD") or os.path.join(TOP, "build", "release"), "tests",
                   "registryctl")
LIMIT_S = 120
# What a test says by itself, or not at all.
OWN = ("DOCKER_AUTH_CONFIG", "SSL_CERT_FILE", "CURL_CA_BUNDLE")


def entry(user, password):
    import base64
    return {"auth": base64.b64encode(("%s:%s" % (user, password)).encode()).decode()}


class Result:
    def __init__(self, done, took):
        self.status, self.err, self.took = done.returncode, done.stderr, took
        self.text = done.stdout + done.stderr
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.tallies = {t["registry"]: t for t in lines[-1].get("tallies", [])} if lines else {}
        self.answers = {line["n"]: line for line in lines if "n" in line}

    def __getitem__(self, n):
        return self.answers[n]

    def __repr__(self):
        return self.text[-3000:]

    @property
    def items(self):
        return [self.answers[n] for n in sorted(self.answers)]

    def outcomes(self):
        return [self.answers[n]["outcome"] for n in sorted(self.answers)]


class ClientCase(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="dh-client-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.config = {}
        self.env = {}

    def login(self, host, user="user", password="s3cret"):
        self.config.setdefault("auths", {})[host] = entry(user, password)

    def run_client(self, *lines, options=()):
        with open(os.path.join(self.folder, "config.json"), "w", encoding="utf-8") as out:
            json.dump(self.config, out)
        env = {name: value for name, value in os.environ.items()
               if "proxy" not in name.lower() and name not in OWN}
        env.update(self.env, HOME=self.folder)
        began = time.monotonic()
        done = subprocess.run([CTL, "--config", self.folder, "--seed", "7"] + list(options),
                              input="\n".join(lines) + "\n", stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, universal_newlines=True, timeout=LIMIT_S,
                              env=env, check=False)
        self.assertIn(done.returncode, (0, 2), done.stderr)
        self.assertNotIn("Sanitizer", done.stderr)
        return Result(done, time.monotonic() - began)
