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
        stopping = time.monotonic()
        self.vm.pause()
        stopped = time.monotonic()
        self.assertIsNone(self.vm.truth.exchange(0.3), "a machine that stands still answered")
        time.sleep(1)
        going = time.monotonic()
        self.vm.resume()
        went = time.monotonic()
        after = self.vm.truth.offset()
        late, error = before.value - after.value, before.bound + after.bound + 0.01
        # When exactly QEMU did it is not told: between the order and its answer.
        self.assertGreaterEqual(late, going - stopped - error)
        self.assertLessEqual(late, went - stopping + error)

    def test_the_engine_answers_in_the_machine(self):
        self.assertTrue(self.vm.api.version()["Version"].startswith(self.vm.engine))
