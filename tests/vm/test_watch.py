# SPDX-License-Identifier: Apache-2.0
"""docker timesync watch on a real engine whose machine is paused, saved, crashed and raced with.

A laptop's sleep is a paused machine and a stopped process whose MONOTONIC stood still meanwhile
(tests/lib/sleepy.c). What the machine's clock truly is tells the echo in it (bed.truth).

All tests of a class have one watch, since under emulation a helper takes seconds to start; so their
order, which is that of their names, counts.
"""

import signal
import time

from bed.door import Door
from bed.program import User
from bed.sleepy import Sleepy
from bed.watch import PATIENCE_S, Watch
from case import LABEL, SHARED, Case

SECOND = 10 ** 9
# Less than any offset that the tests make, more than what any correction may leave.
NEAR_S = 0.2
# What the two clocks may drift apart.
DRIFT = 500e-6
# Generous: how fast it is on a machine that does nothing else is for the bench.
WITH_HELPER_S = 10
WITHOUT_HELPER_S = 100
NEW_ENGINE_S = 200
ENDS_S = 15
# How a request to set the clock begins; see plugins/timesync/helper/wire.h.
SET = b"DTSq\3"


class Watching(Case):
    ARGS = ()
    SKEW_S = 0
    QUIET_S = 0.1

    @classmethod
    def setUpClass(cls):
        cls.door = Door()
        cls.addClassCleanup(cls.door.close)
        cls.owner = User("tcp://127.0.0.1:%d" % cls.door.port, "timesync")
        cls.addClassCleanup(cls.owner.end)
        cls.sleepy = Sleepy(cls.owner.path("sleepy"))
        cls.addClassCleanup(cls.sleepy.end)
        cls.door.lead(SHARED["machine"].port)
        SHARED["machine"].skew(cls.SKEW_S)
        cls.addClassCleanup(gone)
        cls.watch = Watch(cls.owner, cls.ARGS, cls.sleepy.env)
        cls.addClassCleanup(cls.watch.end)

    def setUp(self):
        super().setUp()
        self.looked()

    def looked(self):
        """Watch has looked once more, and waits: what comes from now on is news to it."""
        before = self.door.last
        self.wait(lambda: self.door.last != before and self.door.answered(self.QUIET_S))
        self.mark = self.watch.mark()

    def wait(self, good):
        deadline = time.monotonic() + PATIENCE_S
        while not good():
            self.assertLess(time.monotonic(), deadline, self.watch.events)
            time.sleep(0.02)

    def nothing_left(self):
        """Whatever happened, helpers do not pile up: the one that is kept, or none."""
        self.assertLessEqual(len(helpers()), 1)

    # What happens to machine and host

    def pause(self):
        self.addCleanup(self.vm.resume)
        self.vm.pause()

    def sleep(self, seconds):
        """This host sleeps, and the machine too, which still stands afterwards."""
        self.watch.process.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        self.pause()
        time.sleep(seconds)
        self.sleepy.sleeping(time.monotonic() - began)
        self.watch.process.send_signal(signal.SIGCONT)

    # What is true afterwards

    def until(self, name):
        return self.watch.until(name, after=self.mark)

    def news(self):
        return self.watch.names()[self.mark:]

    def assertCorrected(self, since, most, what):
        """The machine's clock is in step within `most` seconds, and as right as watch claims, which
        has corrected it once. That event."""
        right = self.vm.truth.until(lambda offset: abs(offset.value) < NEAR_S, most)
        self.assertIsNotNone(right, (self.vm.truth.offset(), self.watch.events))
        print("%s: in step after %.2f s" % (what, right - since))
        row = self.until("corrected")
        truth = self.vm.truth.offset()
        allowed = row["after_bound_ns"] / SECOND + truth.bound + (time.monotonic() - since) * DRIFT
        self.assertLessEqual(abs(truth.value - row["after_offset_ns"] / SECOND), allowed,
                             (truth, row))
        self.assertEqual(self.news().count("corrected"), 1, self.watch.events)
        return row

    def stop_standing(self, number, status):
        """Told to stop while nobody answers, watch ends soon; its helper, when the machine goes on."""
        self.pause()
        began = time.monotonic()
        self.assertEqual(self.watch.stop(number)[0], status)
        took = time.monotonic() - began
        self.vm.resume()
        print("%s while the machine stands: ended after %.2f s" % (number.name, took))
        self.assertEqual(self.news()[-2], "stopped", self.watch.events)
        self.assertLess(took, ENDS_S)
        gone()


def helpers():
    return [row["Id"] for row in SHARED["machine"].api.containers() if LABEL in row["Labels"]]


def gone():
    """The engine removes a helper that ended, which takes it a moment."""
    deadline = time.monotonic() + PATIENCE_S
    while helpers():
        if time.monotonic() > deadline:
            raise AssertionError("a helper is left")
        time.sleep(0.1)


class IdleHelper(Watching):
    ARGS = ("--interval", "500ms")
    SKEW_S = -3

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.watch.until("corrected")
        cls.helpers = helpers()

    def test_a_sleep(self):
        self.sleep(6)
        row = self.assertCorrected(self.vm.resume()[0], WITH_HELPER_S, "a sleep, idle helper")
        self.assertGreater(row["slept_ns"], 5 * SECOND)
        self.assertLess(row["offset_ns"], -5 * SECOND)
        self.assertEqual(helpers(), self.helpers)

    def test_pauses(self):
        """Of the machine alone: its clock tells, or an answer that was out all the time."""
        for seconds in (1.5, 1.2, 1.8):
            self.looked()
            self.pause()
            time.sleep(seconds)
            self.assertCorrected(self.vm.resume()[0], WITH_HELPER_S, "a pause, idle helper")
            self.assertEqual(helpers(), self.helpers)

    def test_the_engine_is_killed(self):
        self.vm.kill_engine()
        try:
            self.until("helper-lost")
            self.until("unreachable")
            self.vm.shift(-3)
        finally:
            since = time.monotonic()
            self.vm.start_engine()
        self.assertCorrected(since, NEW_ENGINE_S, "an engine killed and started")
        self.until("reachable")
        self.assertEqual(len(helpers()), 1)
        self.assertNotEqual(helpers(), self.helpers)

    def when_set(self, steps):
        """Another agent steps the clock so, each time just before watch's request to set it."""
        def look(data):
            if SET in data and steps:
                self.vm.shift(steps.pop(0))
        self.door.look = look
        self.addCleanup(setattr, self.door, "look", None)
        return steps

    def test_we_are_not_the_only_one(self):
        """Nothing is corrected by the same amount twice, or again and again."""
        mark = self.mark
        steps = self.when_set([5])
        self.vm.shift(-5)
        self.until("off")
        self.wait(lambda: not steps)
        for _ in range(3):
            self.looked()
            self.assertLess(abs(self.vm.truth.offset().value), NEAR_S, self.watch.events)
        self.assertEqual(self.watch.names()[mark:], ["off"])
        steps = self.when_set([-2, -2, -2])
        self.vm.shift(-5)
        self.assertEqual(self.until("refused")["reason"], "contested")
        self.assertEqual(steps, [])
        self.assertLess(abs(self.vm.truth.offset().value + 11), NEAR_S, self.watch.events)
        self.assertEqual(len(helpers()), 1)
        self.stop_standing(signal.SIGTERM, 0)

    def test_what_was_saved_is_resumed(self):
        state = self.owner.path("state")
        self.door.lead(None)
        self.vm.save(state)
        self.until("helper-lost")
        self.until("unreachable")
        time.sleep(1)
        since = time.monotonic()
        self.vm.load(state)
        self.door.lead(self.vm.port)
        self.assertCorrected(since, NEW_ENGINE_S, "a machine saved and resumed")
        self.until("reachable")
        # Killed, watch can end nothing: at the end of what it reads, the helper ends by itself. So
        # does the one that was saved, whose engine finds out that nobody is there any more.
        self.watch.process.kill()
        gone()

    # Neither depends on the engine, and both end watch.
    if SHARED.get("name") == "26.1":
        del test_we_are_not_the_only_one
    else:
        del test_what_was_saved_is_resumed


class NoHelper(Watching):
    ARGS = ("--no-idle-helper",)
    QUIET_S = 0.5  # there is more than one request to a look

    def test_a_machine_that_wakes_later(self):
        """Whoever asks it is let in, and hears nothing."""
        self.sleep(1.5)
        self.assertGreater(self.until("woke")["slept_ns"], SECOND)
        self.assertEqual(self.until("unreachable")["error"], "timeout")
        row = self.assertCorrected(self.vm.resume()[0], WITHOUT_HELPER_S, "a sleep, no helper")
        self.assertGreater(row["slept_ns"], SECOND)
        self.assertLess(row["offset_ns"], -5 * SECOND)
        self.until("reachable")
        gone()
        self.stop_standing(signal.SIGINT, 2)
