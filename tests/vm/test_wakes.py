# SPDX-License-Identifier: Apache-2.0
"""docker timesync after a machine woke up late, beside what people do then: set the clock to the
hardware's (hwclock -s). That keeps the host's time in some machines, and stands still in others."""

import os
import time

from bed import vm
from bed.runner import only
from case import SECOND, Case

SLEEP_S = 4
# A hardware clock has whole seconds.
COARSE_S = 1.5
# A machine boots with what its hardware clock says, and is saved a moment before the file is whole.
AGE_S = 5


@only("26.1")
class Wakes(Case):
    def sleep(self, machine):
        """It stands still, and then believes its hardware clock; for how long it stood."""
        machine.run("hwclock -u -w")
        machine.pause()
        time.sleep(SLEEP_S)
        stood = machine.resume()[1]
        late = -machine.truth.offset().value
        self.assertGreater(late, stood - COARSE_S)
        machine.run("hwclock -u -s")
        return stood

    def test_its_hardware_keeps_time(self):
        self.vm.skew(0)
        self.sleep(self.vm)
        self.assertOff(0, COARSE_S)
        self.assertEqual(self.watched("check", "--tolerance", "5s")["verdict"], "in-step")

    def test_saved_and_its_hardware_stands_still_too(self):
        self.addCleanup(setattr, self, "vm", self.vm)
        with vm.Machine(self.vm.engine, rtc=vm.RTC_GUEST) as self.vm:
            self.user.host = self.vm.host
            age = time.time() - os.stat(self.vm.image.state).st_mtime
            self.assertOff(-age, AGE_S)
            stood = self.sleep(self.vm)
            # No better than before.
            self.assertOff(-age - stood, AGE_S + COARSE_S)
            told = self.watched()
            self.assertEqual(told["outcome"], "corrected")
            self.assertOff(0)
            self.assertAlmostEqual(told["before"]["offset_ns"] / SECOND, -age - stood,
                                   delta=AGE_S + COARSE_S)
            self.nothing_left()
