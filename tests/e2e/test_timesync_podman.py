# SPDX-License-Identifier: Apache-2.0
"""docker timesync on a real Podman: it gives the image a name of its own, and answers in other words.

It runs on this kernel, whose clock is this machine's: measuring and dry runs only.
"""

import test_timesync
from bed import podman
from bed.program import User
from bed.runner import only
from case import Case


# Once is enough: these tests do not use the engine of the run.
@only("system")
class SameKernelOfPodman(Case):
    podman = None

    @classmethod
    def setUpClass(cls):
        podman.for_class(cls)

    def setUp(self):
        self.engine = self.podman
        self.user = User(self.podman.host, plugin="timesync")
        self.addCleanup(self.user.end)
        before = test_timesync.anchor()
        self.addCleanup(lambda: self.assertLess(abs(test_timesync.anchor() - before),
                                                test_timesync.MS))

    def told(self, *args):
        result = self.user.run(*args, "--format", "json")
        self.assertEqual(result.status, 0, result)
        # Both are one clock: the truth is 0.
        told = result.json
        reading = told.get("before", told)
        self.assertLessEqual(reading["lo_ns"], 0)
        self.assertGreaterEqual(reading["hi_ns"], 0)
        return told

    def test_check(self):
        told = self.told("check")
        self.assertEqual((told["verdict"], told["method"]), ("in-step", "info"))

    def test_precise(self):
        self.podman.run("rmi", "--all", "--force")
        for _ in range(2):
            told = self.told("check", "--precise")
            self.assertEqual((told["verdict"], told["method"]), ("same-clock", "helper"))
            self.assertEqual(self.podman.rows("ps", "--all"), [])
        names = [name for row in self.podman.rows("images") for name in row["Names"]]
        self.assertEqual(len(names), 1)
        self.assertRegex(names[0], "^localhost/docker-timesync/helper:[0-9a-f]{12}$")

    def test_dry_run(self):
        told = self.told("sync", "--dry-run", "--override")
        self.assertEqual((told["outcome"], told["attempts"]), ("same-clock", 0))
        self.assertEqual(self.podman.rows("ps", "--all"), [])
