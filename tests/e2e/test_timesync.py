# SPDX-License-Identifier: Apache-2.0
"""docker timesync on a real engine that shares this machine's kernel: it tells so, and sets nothing.

Setting clocks is tested where there is one to set: in the virtual machines of tests/vm.
"""

import signal
import time

from bed.program import Result, User
from case import Case

LABEL = "io.github.docker-hygiene.timesync"
MS = 10 ** 6


def anchor():
    """REALTIME - BOOTTIME of this machine, which moves only when somebody sets the clock (ns)."""
    best = None
    for _ in range(20):
        before = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        real = time.clock_gettime_ns(time.CLOCK_REALTIME)
        after = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        if best is None or after - before < best[0]:
            best = (after - before, real - (before + after) // 2)
    return best[1]


class SameKernel(Case):
    def setUp(self):
        super().setUp()
        self.user = User(self.engine.host, plugin="timesync")
        self.addCleanup(self.user.end)
        before = anchor()
        self.addCleanup(lambda: self.assertLess(abs(anchor() - before), MS,
                                                "the clock of this machine was set"))

    def helpers(self):
        return [row for row in self.api.containers() if LABEL in (row["Labels"] or {})]

    def assertNothingLeft(self, seconds=0):
        deadline = time.monotonic() + seconds
        while self.helpers() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(self.helpers(), [])

    def test_is_told_and_left_alone(self):
        for flags in ([], ["--override"], ["--dry-run"], ["--slew", "--tolerance", "0"],
                      ["--override", "--tolerance", "0", "--max-step", "0", "--no-backward"]):
            with self.subTest(flags):
                result = self.user.run(*flags, "--format", "json")
                self.assertEqual(result.status, 0, result)
                told = result.json
                self.assertEqual((told["outcome"], told["action"], told["reason"]),
                                 ("same-clock", "none", "same-clock"))
                self.assertEqual((told["attempts"], told["after"]), (0, None))
                # Both are one clock: the truth is 0.
                self.assertLessEqual(told["before"]["lo_ns"], 0)
                self.assertGreaterEqual(told["before"]["hi_ns"], 0)
                self.assertNothingLeft()

    def test_in_words(self):
        for words in ([], ["sync"]):
            result = self.user.run(*words)
            self.assertEqual((result.status, result.err), (0, ""), result)
            self.assertIn("has the clock of this machine", result.out)
            self.assertEqual(result.out.count("\n"), 1)

    def test_through_docker(self):
        result = self.user.run("check", "--precise", cli=self.cli("system"))
        self.assertEqual((result.status, result.err), (0, ""), result)
        self.assertIn("has the clock of this machine", result.out)

    def test_check_needs_no_container(self):
        result = self.user.run("check", "--format", "json")
        self.assertEqual(result.status, 0, result)
        told = result.json
        self.assertEqual((told["method"], told["verdict"]), ("info", "in-step"))
        self.assertLessEqual(told["lo_ns"], 0)
        self.assertGreaterEqual(told["hi_ns"], 0)
        self.assertEqual(self.api.images(everything=True), [])

    def test_precise_is_precise(self):
        """Measuring only, on this very kernel: half the round trip, and it holds 0."""
        told = self.user.run("check", "--precise", "--format", "json").json
        self.assertEqual((told["method"], told["verdict"]), ("helper", "same-clock"))
        self.assertLessEqual(told["lo_ns"], 0)
        self.assertGreaterEqual(told["hi_ns"], 0)
        self.assertLess(told["bound_ns"], told["delay_ns"])
        self.assertNothingLeft()

    def test_image_is_loaded_once(self):
        for _ in range(2):
            self.assertEqual(self.user.run("check", "--precise").status, 0)
            tags = [tag for row in self.api.images(everything=True) for tag in row["RepoTags"]]
            self.assertEqual(len(tags), 1)
            self.assertRegex(tags[0], r"^(docker\.io/)?docker-timesync/helper:[0-9a-f]{12}$")

    def test_strays_are_swept(self):
        self.base()
        ended = self.api.create("bb:1", labels={LABEL: "1"})
        self.api.start(ended)
        self.api.wait(ended)
        running = self.api.create("bb:1", ["sleep", "1000"], labels={LABEL: "1"})
        self.api.start(running)
        other = self.api.create("bb:1")
        self.assertEqual(self.user.run().status, 0)
        self.assertEqual({row["Id"] for row in self.api.containers()}, {running, other})
        self.api.remove(running)

    def test_interrupted(self):
        self.assertEqual(self.user.run().status, 0)
        statuses = set()
        for number, number_of_20_ms in ((signal.SIGINT, 1), (signal.SIGTERM, 3), (signal.SIGINT, 6),
                                        (signal.SIGINT, 10), (signal.SIGTERM, 14)):
            process = self.user.start([])
            time.sleep(0.02 * number_of_20_ms)
            process.send_signal(number)
            out, err = process.communicate(timeout=30)
            result = Result(process.args, process.returncode, out.decode(), err.decode())
            self.assertIn(result.status, (0, 2, -number), result)
            statuses.add(result.status)
            self.assertNothingLeft()
        self.assertIn(2, statuses)

    def test_killed(self):
        """Nobody is left to clean up: the helper ends at end of file, and the engine removes it."""
        self.assertEqual(self.user.run().status, 0)
        for number_of_20_ms in (8, 12, 16):
            process = self.user.start([])
            time.sleep(0.02 * number_of_20_ms)
            process.kill()
            process.communicate(timeout=30)
            running = [row for row in self.helpers() if row["State"] != "created"]
            if running:
                self.assertNothingLeft(seconds=10)
            for row in self.helpers():
                self.api.remove(row["Id"])

    def test_on_a_terminal(self):
        terminal = self.user.terminal("sync")
        self.assertEqual(terminal.finish(), 0, terminal.text)
        self.assertIn("starting the helper ...", terminal.text)
        # Wiped, and the answer stands on a line of its own.
        last = terminal.text.rstrip("\r\n").split("\r")[-1]
        self.assertTrue(last.startswith("\033[Kengine has the clock of this machine"), last)
