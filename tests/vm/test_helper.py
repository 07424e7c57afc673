# SPDX-License-Identifier: Apache-2.0
"""The helper's container as the kernel has it, not as it was asked for."""

import json
import time

from case import LABEL, Case

# Of linux/capability.h.
CAP_SYS_TIME = 25


class Confined(Case):
    def kept_pid(self):
        """The helper that a watch keeps, in the machine."""
        watch = self.user.start(["watch", "--format", "json"])
        self.addCleanup(watch.stdout.close)
        self.addCleanup(watch.stderr.close)
        self.addCleanup(watch.wait)
        self.addCleanup(watch.terminate)
        while json.loads(watch.stdout.readline())["event"] != "corrected":
            pass
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            for row in self.vm.api.containers():
                if LABEL in row["Labels"] and row["State"] == "running":
                    return self.vm.api.container(row["Id"])["State"]["Pid"]
        raise AssertionError("no helper runs")

    def test_it_reaches_nothing_and_may_do_nothing_else(self):
        self.vm.skew(-30)
        pid = self.kept_pid()
        own, first = (self.vm.run("readlink /proc/%d/ns/net" % one) for one in (pid, 1))
        self.assertNotEqual(own, first)
        devices = self.vm.run("cat /proc/%d/net/dev" % pid).splitlines()[2:]
        self.assertEqual([], [row for row in devices if row.strip() and
                              not row.strip().startswith("lo:")])
        status = dict(row.split(":\t", 1) for row in self.vm.run(
            "cat /proc/%d/status" % pid).splitlines() if ":\t" in row)
        self.assertEqual(1 << CAP_SYS_TIME, int(status["CapBnd"], 16))
        self.assertEqual("1", status["NoNewPrivs"])
