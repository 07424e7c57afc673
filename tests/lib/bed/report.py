# SPDX-License-Identifier: Apache-2.0
"""Lines about what a run of the tests stood on and how it ended, in build/test-report/SUITE.txt
(or where TEST_REPORT says); scripts/test-summary reads them.

  engine: VERSION STORE
  cli: VERSION
  pass: N
  fail: TEST: WHAT
  skip: TEST: REASON
"""

import os

from . import TOP


class Report:
    """One suite's file, begun anew; each line at once, so that a killed run has told its part."""

    def __init__(self, suite, path=None):
        self.path = path or os.environ.get("TEST_REPORT") or os.path.join(
            TOP, "build", "test-report", suite + ".txt")
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
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

    def fail(self, test, what):
        """what: enough to begin to look where only the summary can be seen."""
        self.line("fail: %s: %s" % (test, what[:400]))

    def passed(self, count):
        self.line("pass: %d" % count)
