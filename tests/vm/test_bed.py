# SPDX-License-Identifier: Apache-2.0
"""What the other tests rely on: the machine's clock can be disturbed, and is read truly."""

import time

from case import Case


class Bed(Case):
    def test_a_skew_is_what_the_echo_says(self):
        for seconds in (-1200, 0.3):
            offset = self.vm.skew(seconds)
            self.assertAlmostEqual(seconds, offset.value, delta=0.005)
            self.assertLess(offset.bound, 0.005)

    def test_a_paused_machine_is_as_late_as_it_stood(self):
        before = self.vm.skew(0)
        self.vm.pause()
        self.assertIsNone(self.vm.truth.exchange(0.3), "a machine that stands still answered")
        time.sleep(1)
        _, stood = self.vm.resume()
        after = self.vm.truth.offset()
        self.assertAlmostEqual(stood, before.value - after.value, delta=0.05)

    def test_the_engine_answers_in_the_machine(self):
        self.assertTrue(self.vm.api.version()["Version"].startswith(self.vm.engine))
