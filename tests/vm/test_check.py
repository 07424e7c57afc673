# SPDX-License-Identifier: Apache-2.0
"""docker timesync check --precise: as good as sync's measurement, by a helper without any right."""

from bed.runner import only
from case import LABEL, SECOND, SET, SYS_TIME, Case


@only("20.10")
class Precise(Case):
    def test_measures_without_a_right(self):
        sent = bytearray()
        self.through_a_door(sent.extend)
        self.vm.skew(-2)
        status = self.vm.clock()["status"]
        told = self.watched("check", "--precise", status=3)
        self.assertEqual((told["verdict"], told["method"]), ("out-of-step", "helper"))
        self.assertAlmostEqual(told["offset_ns"] / SECOND, -2, delta=0.1)
        self.assertLess(told["bound_ns"], 0.1 * SECOND)
        self.assertIn(LABEL.encode(), sent)
        self.assertNotIn(SYS_TIME, sent)
        self.assertNotIn(SET, sent)
        self.assertOff(-2)
        self.assertEqual(self.vm.clock()["status"], status)
