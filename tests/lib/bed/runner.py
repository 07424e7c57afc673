# SPDX-License-Identifier: Apache-2.0
"""Runs a folder of unittest modules once per engine, all engines at the same time, and sums up.

A runner (tests/e2e/run, tests/vm/run) is a few lines around main(): its engines, and a class that
has what one of them uses:

  Used(name)    begin() before the first test, end() after the last; engine_told: (version, store)
                of the engine, and clis: versions of docker CLIs, for the report
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import unittest

from . import parts, report


class Result(unittest.TestResult):
    """Says each test as it ends, and keeps what the summary needs."""

    def __init__(self, engine):
        super().__init__()
        self.engine = engine
        self.rows = []
        self.began = 0

    def name(self, test):
        return "%s.%s" % (self.engine, test.id())

    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()

    def tell(self, word, test, more=""):
        took = time.monotonic() - self.began if self.began else 0
        print("%-4s %s (%.1f s)%s" % (word, self.name(test), took, more), flush=True)
        self.rows.append((word, self.name(test), more.strip()))

    def addSuccess(self, test):
        self.tell("ok", test)

    def addError(self, test, err):
        self.tell("FAIL", test, "\n" + "".join(traceback.format_exception(*err)))

    addFailure = addError

    def addSkip(self, test, reason):
        self.tell("skip", test, ": " + reason)

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.addError(subtest, err)


def only(*names):
    """A test, or a class of them, that need not run on every engine: what it tests does not depend
    on the engine."""
    def mark(what):
        what.only = names
        return what
    return mark


def is_for(test, name):
    """Whether a test runs on that engine; what stands at the method counts before the class."""
    method = getattr(test, getattr(test, "_testMethodName", ""), None)
    names = getattr(method, "only", None) or getattr(test, "only", None)
    return not names or name in names


def chosen(suite, name, patterns):
    """The tests of a nested suite for that engine that a pattern picks, by module and class."""
    found = []
    for one in suite:
        if isinstance(one, unittest.TestSuite):
            found += chosen(one, name, patterns)
        elif is_for(one, name) and (not patterns or
                                    any(pattern in one.id() for pattern in patterns)):
            found.append(one)
    return found


def run_one(here, used, name, patterns, out):
    """All tests on one engine, in this process; the rows as JSON to the file out."""
    loader = unittest.TestLoader()
    tests = chosen(loader.discover(here, pattern="test_*.py"), name, patterns)
    if loader.errors:
        print("\n".join(loader.errors))
        return 1
    result = Result(name)
    try:
        used.begin()
        unittest.TestSuite(tests).run(result)
    except parts.Missing as why:
        # One line for all of its tests, which are skipped for one reason.
        print("skip %s: %s" % (name, why), flush=True)
        result.rows.append(("skip", name, str(why)))
    finally:
        used.end()
        with open(out, "w", encoding="utf-8") as told:
            json.dump({"rows": result.rows, "engine": used.engine_told, "clis": used.clis}, told)
    return 0


def run_all(script, names, patterns):
    """One process per engine, at the same time: each mostly waits for its engine."""
    wrong = 0
    told = []
    with tempfile.TemporaryDirectory(prefix="dh-run-") as folder:
        running = []
        for name in names:
            out = os.path.join(folder, name)
            argv = [sys.executable, script, "--one", name, "--out", out]
            running.append((name, out, subprocess.Popen(argv + patterns, stdin=subprocess.DEVNULL)))
        try:
            for name, out, process in running:
                wrong |= process.wait()
                try:
                    with open(out, encoding="utf-8") as rows:
                        told.append(json.load(rows))
                except (OSError, ValueError):
                    told.append({"rows": [("FAIL", name, "ended without its results")],
                                 "engine": None, "clis": []})
        except BaseException:
            for _, _, process in running:
                process.terminate()
                process.wait()
            raise
    return told, wrong


def summary(suite, told, wrong):
    lines = report.Report(suite)
    counts = {"ok": 0, "FAIL": 0, "skip": 0}
    for one in told:
        if one["engine"]:
            lines.engine(*one["engine"])
        for version in one["clis"]:
            lines.cli(version)
        for word, test, more in one["rows"]:
            counts[word] += 1
            if word == "FAIL":
                lines.fail(test, (more or "no reason given").rstrip().splitlines()[-1])
            elif word == "skip":
                lines.skip(test, more.lstrip(": "))
    if wrong and not counts["FAIL"]:
        counts["FAIL"] += 1
        lines.fail(suite, "a run ended with a failure of its own")
    lines.passed(counts["ok"])
    for one in told:
        for word, test, _ in one["rows"]:
            if word == "FAIL":
                print("FAIL", test)
    print("%d passed, %d failed, %d skipped" % (counts["ok"], counts["FAIL"], counts["skip"]))
    return 1 if counts["FAIL"] else 0


def main(suite, script, engines, used, before=lambda: None, after=lambda: []):
    """suite: the report's name. engines: names to choose from. used: called with one of them.
    before and after: called around all of it, after() returns further rows (word, test, more)."""
    parser = argparse.ArgumentParser(usage="tests/%s/run [-e ENGINE]... [PATTERN...]" % suite)
    parser.add_argument("-e", "--engine", action="append", choices=engines)
    parser.add_argument("--one", choices=engines, help=argparse.SUPPRESS)
    parser.add_argument("--out", help=argparse.SUPPRESS)
    parser.add_argument("patterns", nargs="*")
    options = parser.parse_args()
    # A terminated run must still end its engines. Only this error ends unittest's loop, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if options.one:
        here = os.path.dirname(script)
        return run_one(here, used(options.one), options.one, options.patterns, options.out)
    before()
    told, wrong = run_all(script, options.engine or list(engines), options.patterns)
    told.append({"rows": after(), "engine": None, "clis": []})
    return summary(suite, told, wrong)
