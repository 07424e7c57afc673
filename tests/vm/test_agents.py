# SPDX-License-Identifier: Apache-2.0
"""docker timesync beside a second agent in the machine that knows what time it is, too, and steps at
the same moment: nothing is corrected twice, and what is told is true."""

from bed.runner import only
from bed.truth import Offset, Witness
from case import NEAR_S, SECOND, SET, Case

WRONG_S = -40


def is_near(offset, seconds):
    return offset.lo - NEAR_S <= seconds <= offset.hi + NEAR_S


class Agents(Case):
    @only("20.10")
    def test_one_that_is_faster(self):
        """It corrects after the measurement, right before the request to set comes."""
        steps = [30]

        def look(data):
            if SET in data and steps:
                self.vm.shift(steps.pop())
        self.through_a_door(look)
        self.vm.skew(-30)
        told = self.json()
        self.assertEqual(steps, [])
        self.assertEqual((told["outcome"], told["reason"], told["attempts"], told["after"]),
                         ("in-step", "in-step", 1, None))
        self.assertAlmostEqual(told["before"]["offset_ns"], 0, delta=NEAR_S * SECOND)
        self.assertOff(0)

    def race(self, most_ms):
        """What sync did while an agent sets the clock wrong, right, wrong, ... all the time, and
        what the clock was meanwhile. The agent is killed: what comes out is not its last word."""
        self.vm.skew(0)
        agent = self.vm.run("setsid bed-clock race %d %d >/dev/null & echo $!" % (
            WRONG_S * SECOND, most_ms))
        try:
            with Witness(self.vm.truth.port) as witness:
                result = self.run_tool("--format", "json", status=None)
        finally:
            self.vm.run("kill -9 %d" % int(agent))
        return result, [Offset(*row[2:]) for row in witness.rows]

    def assertNeverTwice(self, seen):
        """Where the helper has corrected what the agent has corrected as well it takes that back at
        once: two readings after each other do not see it."""
        wild = [not is_near(offset, 0) and not is_near(offset, WRONG_S) for offset in seen]
        self.assertNotIn((True, True), list(zip(wild, wild[1:])), seen)
        for seconds in (0, WRONG_S):
            self.assertTrue(any(is_near(offset, seconds) for offset in seen), seen)

    @only("26.1")
    def test_one_that_does_not_stop(self):
        result, seen = self.race(1000)
        print("beside the agent: status %d, %s" % (
            result.status, result.json["outcome"] if result.out else result.err))
        self.assertNeverTwice(seen + [self.vm.truth.offset()])
        self.assertTruthful(result)

    def assertTruthful(self, result):
        if not result.out:  # the clock was stepped again and again while it was measured
            self.assertEqual(result.status, 1, result)
            self.assertIn("step", result.err)
            return
        told = result.json
        after = told["after"] or told["before"]
        off = abs(after["offset_ns"]) > NEAR_S * SECOND
        if told["outcome"] == "uncertain":  # a machine so busy that it cannot be told
            self.assertEqual(result.status, 1, result)
            return
        self.assertEqual(result.status, 1 if off else 0, result)
        if off:
            self.assertEqual(told["outcome"], "failed", told)
            self.assertEqual(told["cannot"], None if told["after"] else "contested")
        else:
            self.assertIn(told["outcome"], ("corrected", "in-step"))
