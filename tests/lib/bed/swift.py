# SPDX-License-Identifier: Apache-2.0
"""Starts OpenStack Swift with its S3 API (see tests/lib/swiftd), and ends it."""

import os
import select
import shutil
import subprocess
import tempfile

from . import TOP, BedError
from .engine import bed_root
from .parts import Missing

# Debian's packages are seen by Debian's own Python only.
PYTHON = "/usr/bin/python3"
SCRIPT = os.path.join(TOP, "tests", "lib", "swiftd")
KEY, SECRET = "test:tester", "testing"
REGION = "us-east-1"
READY_S = 30


class Swift:
    """As a context manager; port: where its S3 API listens on 127.0.0.1."""

    def __init__(self):
        done = subprocess.run([PYTHON, "-c", "import swift"], stdin=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, check=False)
        if done.returncode:
            raise Missing("python3-swift is not installed")
        # Its files have user attributes, which a tmpfs may not have.
        self.folder = tempfile.mkdtemp(prefix="dh-swift-", dir=bed_root())
        self.process = None
        self.port = None

    def __enter__(self):
        log = os.path.join(self.folder, "log")
        with open(log, "wb") as errors:
            self.process = subprocess.Popen(
                [PYTHON, SCRIPT, self.folder, KEY, SECRET], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=errors, start_new_session=True)
        ready = select.select([self.process.stdout], [], [], READY_S)[0]
        line = self.process.stdout.readline() if ready else b""
        if not line.strip().isdigit():
            with open(log, encoding="utf-8", errors="replace") as errors:
                told = errors.read()[-2000:]
            self.end()
            raise BedError("Swift does not start:\n" + told)
        self.port = int(line)
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.process = None
        shutil.rmtree(self.folder, ignore_errors=True)
