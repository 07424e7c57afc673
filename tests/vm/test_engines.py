# SPDX-License-Identifier: Apache-2.0
"""docker timesync with engines that keep containers from what they may elsewhere."""

import unittest

from bed.runner import only
from case import SHARED, Case

# Everything may be done but what reads or sets the state of a clock.
PROFILE = ('{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["adjtimex","clock_adjtime",'
           '"clock_settime","settimeofday"],"action":"SCMP_ACT_ERRNO"}]}')
PROFILE_AT = "/run/no-clock.json"


def setUpModule():
    # The tests after these find it as those before did.
    unittest.addModuleCleanup(SHARED["machine"].restart_engine)


class Restarted(Case):
    ARGS = ()

    @classmethod
    def setUpClass(cls):
        SHARED["machine"].run("echo '%s' >%s" % (PROFILE, PROFILE_AT))
        SHARED["machine"].restart_engine(*cls.ARGS)


class UserNamespaces(Restarted):
    ARGS = ("--userns-remap=remapped",)

    def test_the_helper_is_outside(self):
        self.assertIn("name=userns", self.vm.api.info()["SecurityOptions"])
        self.vm.skew(-30)
        self.assertEqual(self.watched()["outcome"], "corrected")
        self.assertOff(0)


@only("20.10")
class NoClock(Restarted):
    ARGS = ("--seccomp-profile=" + PROFILE_AT,)

    def test_is_told_why(self):
        """It is measured all the same."""
        self.vm.skew(-30)
        told = self.watched(status=1)
        self.assertEqual((told["outcome"], told["reason"], told["cannot"], told["after"]),
                         ("cannot", "denied", "seccomp", None))
        self.assertEqual(told["before"]["method"], "helper")
        self.assertRegex(told["mend"], r"^a seccomp profile there refuses adjtimex\(2\), even for "
                                       r"reading; run.*: sudo .*hwclock -s")
        self.assertOff(-30)
