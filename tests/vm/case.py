# SPDX-License-Identifier: Apache-2.0
"""What all tests in virtual machines share: one machine per run, and assertions about clocks."""

import calendar
import time
import unittest

from bed import program, vm
from bed.door import Door
from bed.truth import Witness

# What one run uses; set by Used before the first test.
SHARED = {}
LABEL = "io.github.docker-hygiene.timesync"
SECOND = 10 ** 9
# The right to set a clock, as a request for a container names it; how a request to set one begins
# (plugins/timesync/helper/wire.h).
SYS_TIME, SET = b"SYS_TIME", b"DTSq\3"
# What adjtimex(2) calls it: nobody keeps this clock; and, that its unit is a nanosecond.
STA_UNSYNC, STA_NANO = 0x40, 0x2000
# Less than any offset that the tests make, more than what any correction may leave.
NEAR_S = 0.1
# For one run of the program, on a machine that has much else to do.
PATIENCE_S = 180


class Used:
    """The virtual machine of this run."""

    def __init__(self, name):
        self.name = name
        self.machine = None
        self.engine_told = None
        self.clis = []
        SHARED["name"] = name

    def begin(self):
        self.machine = vm.Machine(self.name)
        self.machine.start()
        told = self.machine.api.info()
        self.engine_told = (told["ServerVersion"].split("+")[0], told["Driver"])
        SHARED["machine"] = self.machine

    def end(self):
        if self.machine:
            self.machine.end()


class Case(unittest.TestCase):
    """One test on the shared machine; its clock is as the test before left it."""

    maxDiff = None

    def setUp(self):
        self.vm = SHARED["machine"]
        self.user = program.User(self.vm.host, "timesync")
        self.addCleanup(self.user.end)
        self.addCleanup(self.nothing_left)

    def nothing_left(self):
        """No container is left over, whatever the test did. One that the program gave up on goes
        by itself, which may take a busy engine a while."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            left = [(row["Names"], row["State"]) for row in self.vm.api.containers()]
            if not left or time.monotonic() > deadline:
                break
            time.sleep(0.5)
        self.assertEqual([], left)

    # Running the program

    def run_tool(self, *args, status=0, **more):
        """status None: any will do."""
        result = self.user.run(*args, timeout=PATIENCE_S, **more)
        if status is not None:
            self.assertEqual(status, result.status, result)
        return result

    def json(self, *args, **more):
        """The document that a command prints with --format json."""
        return self.run_tool(*args, "--format", "json", **more).json

    def watched(self, *args, **more):
        """json() while the machine's clock is read: what it claims is held against that."""
        with Witness(self.vm.truth.port) as witness:
            told = self.json(*args, **more)
            readings = [told.get("before", told), told.get("after")]
            for reading, true in zip(readings, (witness.before, witness.after)):
                if reading:
                    self.assertHolds(reading, true(moment(reading["host_time"])))
        return told

    def through_a_door(self, look):
        """look(bytes) is called with what the program is about to send to the engine."""
        door = Door()
        self.addCleanup(door.close)
        door.look = look
        door.lead(self.vm.port)
        self.user.host = "tcp://127.0.0.1:%d" % door.port

    # What is true

    def assertHolds(self, reading, truth):
        """A reading's interval and what its clock was then have something in common."""
        lo, hi = reading["lo_ns"] / SECOND, reading["hi_ns"] / SECOND
        self.assertLessEqual(lo, truth.hi, (reading, truth))
        self.assertGreaterEqual(hi, truth.lo, (reading, truth))
        self.assertLessEqual(abs(reading["offset_ns"] / SECOND - (lo + hi) / 2), 1e-9)
        self.assertLessEqual(abs(reading["bound_ns"] / SECOND - (hi - lo) / 2), 1e-9)

    def assertOff(self, seconds, delta=NEAR_S):
        """The machine's clock is truly so far ahead of this one's (negative: behind)."""
        self.assertAlmostEqual(seconds, self.vm.truth.offset().value, delta=delta)


def moment(text):
    """Nanoseconds since 1970 of an RFC 3339 time in UTC."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    seconds = calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S"))
    return seconds * SECOND + int(fraction.ljust(9, "0") or 0)
