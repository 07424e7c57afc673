# SPDX-License-Identifier: Apache-2.0
"""Lines about what a run of the tests stood on, in build/test-report/SUITE.txt.

  engine: VERSION STORE
  cli: VERSION
  skip: TEST: REASON
"""

import os

from . import TOP

FOLDER = os.path.join(TOP, "build", "test-report")


class Report:
    """One suite's file, begun anew; each line at once, so that a killed run has told its part."""

    def __init__(self, suite):
        os.makedirs(FOLDER, exist_ok=True)
        self.path = os.path.join(FOLDER, suite + ".txt")
        self.seen = set()
        with open(self.path, "w", encoding="utf-8"):
            pass

    def line(self, text):
        text = " ".join(text.split())
        if text in self.seen:
            return
        self.seen.add(text)
        with open(self.path, "a", encoding="utf-8") as out:
            out.write(text + "\n")

    def engine(self, version, store):
        self.line("engine: %s %s" % (version, store))

    def cli(self, version):
        self.line("cli: %s" % version)

    def skip(self, test, reason):
        self.line("skip: %s: %s" % (test, reason))
