# SPDX-License-Identifier: Apache-2.0
"""docker timesync on a clock that is off by all kinds of times: told by check, left alone where this
is asked for, corrected by sync; and what is claimed is true by the echo in the machine.

Under emulation a helper takes seconds to start, so each test does more than one thing, and of what
does not depend on the engine each engine has half. 20 minutes are test_story's.
"""

from bed.runner import only
from case import NEAR_S, SECOND, SET, STA_NANO, STA_UNSYNC, SYS_TIME, Case

DAY_S = 86400
STA_PLL = 1
UNKNOWN_US = 16000000  # maxerror of a clock that nobody keeps
CLOCKS = r"\n  engine +[0-9TZ:.-]+\n  this machine +[0-9TZ:.-]+\n"


class Skews(Case):
    def skewed(self, seconds, **kept):
        """Makes it so, and check, which needs no container, tells it."""
        self.vm.skew(seconds)
        if kept:
            self.addCleanup(self.vm.keep, STA_UNSYNC, UNKNOWN_US)
            self.vm.keep(**kept)
        result = self.run_tool("check", "--format", "json", status=None)
        told = result.json
        self.assertAlmostEqual(told["offset_ns"] / SECOND, seconds,
                               delta=told["bound_ns"] / SECOND + 0.01)
        self.assertEqual(told["method"], "info")
        if abs(seconds) > 1:
            self.assertEqual((told["verdict"], result.status), ("out-of-step", 3), result)
        elif max(-told["lo_ns"], told["hi_ns"]) <= SECOND / 2:
            self.assertEqual((told["verdict"], result.status), ("in-step", 0), result)
        else:  # this machine is too busy for a narrow bound
            self.assertEqual((told["verdict"], result.status), ("unknown", 1), result)

    def left_alone(self, seconds, outcome, reason, *args):
        """It was asked for."""
        told = self.watched(*args, status=3)
        self.assertEqual((told["outcome"], told["reason"]), (outcome, reason), told)
        self.assertEqual((told["attempts"], told["after"]), (0, None))
        self.assertOff(seconds)

    def corrected(self, seconds, *args, status=STA_UNSYNC):
        """status: what the kernel says of its clock afterwards."""
        told = self.watched(*args)
        self.assertEqual((told["outcome"], told["action"], told["attempts"]),
                         ("corrected", "step", 1), told)
        self.assertEqual(told["reason"], "behind" if seconds < 0 else "ahead")
        self.assertAlmostEqual(told["before"]["offset_ns"] / SECOND, seconds, delta=NEAR_S)
        self.assertAlmostEqual(told["delta_ns"], -told["before"]["offset_ns"], delta=1)
        self.assertEqual((told["before"]["method"], told["after"]["method"]), ("helper", "helper"))
        self.assertLess(told["after"]["bound_ns"], NEAR_S * SECOND)
        self.assertOff(0)
        self.assertEqual(self.vm.clock()["status"], status)

    @only("20.10")
    def test_behind_300_ms(self):
        self.skewed(-0.3)
        self.corrected(-0.3)

    @only("26.1")
    def test_ahead_300_ms_slewed_then_stepped(self):
        """In a kernel that counts nanoseconds, as some time service wanted; it goes on to do so."""
        status = STA_UNSYNC | STA_NANO
        self.skewed(0.3, status=status, maxerror_us=UNKNOWN_US)
        told = self.watched("--slew")
        self.assertEqual((told["outcome"], told["action"]), ("slewing", "slew"))
        first = self.vm.clock()
        self.assertAlmostEqual(first["left"], -300000, delta=30000)
        for _ in range(100):
            later = self.vm.clock()
            if later["left"] != first["left"]:
                break
        self.assertGreater(later["left"], first["left"])
        self.assertEqual(later["status"], status)
        self.corrected(0.3, status=status)
        self.assertEqual(self.vm.clock()["left"], 0)

    @only("20.10")
    def test_behind_30_s_in_a_kernel_that_is_kept_by_itself(self):
        self.skewed(-30, status=STA_PLL, maxerror_us=5000)
        result = self.run_tool(status=3)
        self.assertRegex(result.out, r"\Aengine is 30 s behind this machine \(±.*\): not corrected:"
                                     r" the engine's machine keeps its clock by itself" + CLOCKS +
                                     r"If this machine's clock is the right one, say --override.\n")
        self.assertOff(-30)
        self.assertEqual(self.vm.clock()["status"], STA_PLL)
        # Whoever steps a clock, its kernel takes it for unsynchronised since.
        self.corrected(-30, "--override", status=STA_PLL | STA_UNSYNC)

    @only("26.1")
    def test_ahead_30_s_after_a_dry_run(self):
        """Which starts nothing that could set a clock."""
        sent = bytearray()
        self.through_a_door(sent.extend)
        self.skewed(30)
        self.left_alone(30, "would-correct", "ahead", "--dry-run")
        self.assertIn(b'"CapDrop":["ALL"]', sent)
        self.assertNotIn(SYS_TIME, sent)
        self.assertNotIn(SET, sent)
        self.corrected(30)
        self.assertIn(b'"CapAdd":["SYS_TIME"]', sent)
        self.assertIn(SET, sent)

    @only("26.1")
    def test_behind_3_days_within_max_step(self):
        self.skewed(-3 * DAY_S)
        result = self.run_tool("--max-step", "2d", status=3)
        self.assertRegex(result.out, r"\Aengine is 3 d behind this machine \(±.*\): not corrected: "
                                     r"the correction is larger than --max-step" + CLOCKS +
                                     r"A larger --max-step allows it \(0: any\)\.\n\Z")
        self.assertOff(-3 * DAY_S)
        self.corrected(-3 * DAY_S, "--max-step", "4d")

    @only("20.10")
    def test_ahead_3_days_but_not_backward(self):
        self.skewed(3 * DAY_S)
        self.left_alone(3 * DAY_S, "refused", "backward", "--no-backward")
        self.corrected(3 * DAY_S)
