# SPDX-License-Identifier: Apache-2.0
"""docker timesync watch: wake-ups, engines that fall behind, die, hang and come back.

The host's sleeps and steps are those that tests/lib/sleepy.c makes the process believe in; the
engine's clock is a number (guest.py). No clock of this machine is touched.
"""

import asyncio
import os
import signal
import time
import unittest

from fakecase import Case  # first: it says where bed is

from attach import Wire
from bed.program import User
from bed.sleepy import Sleepy
from bed.watch import PATIENCE_S, Watch
from fake import Fake
from guest import own_boot_id
from world import World

SECOND = 10 ** 9
MILLISECOND = 10 ** 6
ASAN = os.environ.get("VARIANT") == "asan"


class Watching(Case):
    def engine(self, world, **options):
        fake = Fake(world, **options)
        fake.begin()
        self.addCleanup(fake.end)
        self.addCleanup(self.assertEqual, fake.failed, [])
        self.user = User(fake.host, "timesync")
        self.addCleanup(self.user.end)
        self.sleepy = Sleepy(self.user.path("sleepy"))
        self.addCleanup(self.sleepy.end)
        return fake

    def watch(self, *args):
        watch = Watch(self.user, args, self.sleepy.env)
        self.addCleanup(watch.end)
        return watch

    def in_step(self, fake, ahead=0, within=10 * MILLISECOND):
        """The engine's clock, as this process reads its own (which no shim moves)."""
        self.assertLess(abs(fake.world.guest.offset - ahead), within)

    def settled(self, fake, count=3):
        """The helper has measured what it measures at its start, and some beats went by."""
        asked, quiet = -1, 0
        deadline = time.monotonic() + PATIENCE_S
        while quiet < 5 or asked <= 0:
            self.assertLess(time.monotonic(), deadline, "no helper")
            quiet = quiet + 1 if len(fake.world.guest.asked) == asked else 0
            asked = len(fake.world.guest.asked)
            time.sleep(0.02)
        while len(fake.world.guest.asked) < asked + count:
            self.assertLess(time.monotonic(), deadline, "no beats")
            time.sleep(0.02)

    def helpers(self, fake):
        """How many were started."""
        return len(fake.seen("POST", "/containers/.*/start"))

    def kill(self, fake):
        """The helper ends."""
        with fake.lock:
            for row in list(fake.world.containers.values()):
                row.helper.exited = 4
                fake.loop.call_soon_threadsafe(fake.finish, row, 4)

    def restart(self, fake, seconds):
        """The engine ends with all connections, and is back after a while."""
        def stop():
            fake.server.close()
            for connection in list(fake.open):
                connection.transport.abort()
        fake.loop.call_soon_threadsafe(stop)
        time.sleep(seconds)
        asyncio.run_coroutine_threadsafe(fake.listen(), fake.loop).result(PATIENCE_S)

    def stopped(self, watch, fake):
        """Ends it as a service is ended: nothing of it is left on the engine."""
        status, errors = watch.stop()
        self.assertEqual((status, errors), (0, ""))
        self.assertEqual(watch.events[-2]["event"], "stopped", watch.events)
        self.assertEqual(fake.world.containers, {})


class Corrections(Watching):
    def test_what_is_off_at_the_start(self):
        fake = self.engine(World(skew=-40))
        watch = self.watch("--interval", "200ms")
        row = watch.until("corrected")
        self.assertEqual(watch.names()[:2], ["started", "corrected"])
        self.assertEqual(row["action"], "step")
        self.assertLess(abs(row["offset_ns"] + 40 * SECOND), 50 * MILLISECOND)
        self.assertLessEqual(abs(row["after_offset_ns"]), row["after_bound_ns"] + MILLISECOND)
        self.assertIsNone(row["since_wake_ns"])
        self.in_step(fake)
        # The idle helper is one, and stays the same.
        self.settled(fake)
        self.assertEqual(self.helpers(fake), 1)
        self.assertEqual(len(fake.world.containers), 1)
        self.stopped(watch, fake)

    def test_what_falls_behind_meanwhile(self):
        fake = self.engine(World())
        watch = self.watch("--interval", "200ms")
        self.settled(fake)
        for seconds in (-3, 2):
            mark = watch.mark()
            fake.world.guest.step(seconds * SECOND)
            off = watch.until("off", after=mark)
            row = watch.until("corrected", after=mark)
            self.assertEqual(off["method"], "helper")
            self.assertLess(abs(row["offset_ns"] - seconds * SECOND), 50 * MILLISECOND)
            self.in_step(fake)
        self.assertEqual(self.helpers(fake), 1)
        self.stopped(watch, fake)

    def test_without_a_helper_of_its_own(self):
        fake = self.engine(World())
        watch = self.watch("--interval", "200ms", "--no-idle-helper")
        watch.until("started")
        while len(fake.seen("GET", "/info")) < 3:
            time.sleep(0.05)
        self.assertEqual(self.helpers(fake), 0)
        fake.world.guest.step(-5 * SECOND)
        self.assertEqual(watch.until("off")["method"], "info")
        self.assertEqual(watch.until("corrected")["method"], "helper")
        self.in_step(fake)
        # The helper was for the correction alone.
        deadline = time.monotonic() + PATIENCE_S
        while fake.world.containers and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(fake.world.containers, {})
        self.stopped(watch, fake)

    def test_small_offsets_are_left(self):
        fake = self.engine(World())
        watch = self.watch("--interval", "100ms", "--tolerance", "500ms")
        self.settled(fake)
        fake.world.guest.step(300 * MILLISECOND)
        self.settled(fake, 5)
        self.assertEqual(watch.names(), ["started"])
        self.stopped(watch, fake)

    def test_a_slew_is_told_once(self):
        fake = self.engine(World(skew=0.08))
        watch = self.watch("--interval", "100ms", "--slew")
        row = watch.until("corrected")
        self.assertEqual(row["action"], "slew")
        self.settled(fake, 20)
        self.assertEqual(watch.names(), ["started", "corrected"])
        self.assertEqual(len(fake.world.guest.slews), 1)
        self.assertEqual(fake.world.guest.steps, [])
        self.stopped(watch, fake)


class WakeUps(Watching):
    def test_a_sleep(self):
        fake = self.engine(World())
        watch = self.watch()
        self.settled(fake, 0)
        mark = watch.mark()
        before = len(fake.world.guest.asked)
        began = time.monotonic()
        self.sleepy.slept(40)
        woke = watch.until("woke", after=mark)
        row = watch.until("corrected", after=mark)
        took = time.monotonic() - began
        self.assertLess(abs(woke["slept_ns"] - 40 * SECOND), 50 * MILLISECOND)
        self.assertEqual(woke["stepped_ns"], 0)
        self.assertLess(abs(row["offset_ns"] + 40 * SECOND), 50 * MILLISECOND)
        self.assertEqual(row["slept_ns"], woke["slept_ns"])
        # Long before the next look of its own: ten seconds.
        self.assertLess(took, 8)
        self.assertLess(row["since_wake_ns"], took * SECOND)
        self.in_step(fake, 40 * SECOND)
        self.assertGreater(len(fake.world.guest.asked), before)
        self.assertEqual(self.helpers(fake), 1)
        self.stopped(watch, fake)

    def test_nobody_tells(self):
        """As on macOS, and where the timer of the kernel is late: the next look notices."""
        fake = self.engine(World())
        watch = self.watch("--interval", "500ms")
        self.settled(fake)
        self.sleepy.slept(7, tell=False)
        self.assertGreater(watch.until("woke")["slept_ns"], 6 * SECOND)
        watch.until("corrected")
        self.in_step(fake, 7 * SECOND)
        self.stopped(watch, fake)

    def test_without_a_helper(self):
        fake = self.engine(World())
        watch = self.watch("--no-idle-helper")
        while not fake.seen("GET", "/info"):
            time.sleep(0.05)
        time.sleep(0.3)
        self.sleepy.slept(3600)
        row = watch.until("corrected")
        # Its next look of its own would have been after thirty seconds.
        self.assertLess(row["since_wake_ns"], 20 * SECOND)
        self.in_step(fake, 3600 * SECOND)
        self.stopped(watch, fake)

    def test_an_engine_that_wakes_up_slowly(self):
        """Its helper takes longer than anybody else's, and is waited for."""
        fake = self.engine(World())
        watch = self.watch("--no-idle-helper")
        while not fake.seen("GET", "/info"):
            time.sleep(0.05)
        time.sleep(0.3)
        fake.on("POST", "/containers/.*/start", hit=1).delay(11)
        self.sleepy.slept(40)
        watch.until("corrected")
        self.assertNotIn("refused", watch.names())
        self.in_step(fake, 40 * SECOND)
        self.stopped(watch, fake)

    def test_the_hosts_clock_is_set(self):
        for seconds in (-5, 3):
            with self.subTest(seconds):
                fake = self.engine(World())
                watch = self.watch()
                self.settled(fake, 0)
                self.sleepy.stepped(seconds)
                row = watch.until("woke")
                self.assertEqual(row["slept_ns"], 0)
                self.assertLess(abs(row["stepped_ns"] - seconds * SECOND), 50 * MILLISECOND)
                self.assertLess(abs(watch.until("corrected")["offset_ns"] + seconds * SECOND),
                                50 * MILLISECOND)
                self.in_step(fake, seconds * SECOND)
                self.stopped(watch, fake)

    def test_only_the_engine_slept(self):
        """The answer that was out comes when the engine goes on, and that is noticed."""
        fake = self.engine(World())
        watch = self.watch("--interval", "300ms")
        self.settled(fake)
        with fake.lock:
            fake.world.guest.pause()
            time.sleep(4)
            fake.world.guest.resume()
        row = watch.until("corrected")
        woke = watch.until("woke")
        self.assertGreater(woke["paused_ns"], SECOND)
        self.assertEqual(row["paused_ns"], woke["paused_ns"])
        self.assertLess(abs(row["offset_ns"] + 4 * SECOND), 100 * MILLISECOND)
        self.in_step(fake)
        self.assertEqual(self.helpers(fake), 1)
        self.stopped(watch, fake)

    def test_closed_for_days(self):
        """The helper ended itself long ago."""
        fake = self.engine(World())
        watch = self.watch()
        self.settled(fake, 0)
        self.kill(fake)
        watch.until("helper-lost")
        self.sleepy.slept(3 * 86400)
        watch.until("corrected")
        self.in_step(fake, 3 * 86400 * SECOND)
        self.stopped(watch, fake)


class Refusals(Watching):
    def test_the_same_kernel(self):
        fake = self.engine(World())
        fake.world.guest.boot_id = own_boot_id()
        watch = self.watch("--interval", "100ms")
        watch.until("same-clock")
        time.sleep(1.5)
        self.assertEqual(watch.names(), ["started", "same-clock"])
        self.assertEqual(fake.world.guest.sets(), [])
        # It does not keep a helper that has nothing to do, nor ask every 100 ms.
        self.assertEqual(fake.world.containers, {})
        self.assertLess(len(fake.seen("GET", "/info")), 4)
        # After a wake-up it compares again, whatever this process believes of its own clock.
        self.sleepy.slept(40)
        watch.until("woke")
        deadline = time.monotonic() + PATIENCE_S
        while self.helpers(fake) < 2 or fake.world.containers:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        self.assertEqual(fake.world.guest.sets(), [])
        self.assertEqual(watch.names(), ["started", "same-clock", "woke"])
        self.stopped(watch, fake)

    def test_told_once_and_again_after_a_wake_up(self):
        fake = self.engine(World(skew=-5))
        fake.world.guest.init_userns = False
        watch = self.watch("--interval", "100ms")
        row = watch.until("refused")
        self.assertEqual(row["reason"], "user-namespaces")
        self.assertLess(abs(row["offset_ns"] + 5 * SECOND), 50 * MILLISECOND)
        time.sleep(1)
        self.assertEqual(watch.names().count("refused"), 1)
        mark = watch.mark()
        self.sleepy.slept(40)
        watch.until("refused", after=mark)
        self.assertEqual(fake.world.guest.steps, [])
        self.stopped(watch, fake)

    def test_synchronised_by_itself(self):
        fake = self.engine(World(skew=-5))
        fake.world.guest.synchronised = True
        fake.world.guest.max_error = 10 * MILLISECOND
        watch = self.watch("--interval", "100ms")
        row = watch.until("refused")
        self.assertEqual(row["reason"], "synchronised")
        self.assertIn("--override", row["text"])
        self.assertEqual(fake.world.guest.steps, [])
        self.stopped(watch, fake)
        # One that slept is corrected all the same: its kernel does not know that it did.
        fake.world.guest.offset = 0
        watch = self.watch("--interval", "100ms")
        self.settled(fake)
        self.sleepy.slept(40)
        self.assertLess(abs(watch.until("corrected")["offset_ns"] + 40 * SECOND), SECOND)
        mark = watch.mark()
        # That is no excuse for what comes later.
        fake.world.guest.step(-5 * SECOND)
        self.assertEqual(watch.until("refused", after=mark)["reason"], "synchronised")
        self.stopped(watch, fake)
        watch = self.watch("--interval", "100ms", "--override")
        watch.until("corrected")
        self.in_step(fake, 40 * SECOND)
        self.stopped(watch, fake)

    def test_words(self):
        self.engine(World())
        rows = (
            (("--reference", "ntp:time.example.net"), "--verify", "nobody is polled for months"),
            (("--verify", "ntp:2.pool.ntp.org"), "pool", "a pool least of all"),
            (("--verify", "host"), "--verify", "nothing verifies itself"),
            (("--interval", "10ms"), "--interval", "too often"),
            (("--interval", "11m"), "--interval", "the helper would be gone by then"),
            (("--install", "--status"), "--status", "one thing at a time"),
        )
        for args, word, why in rows:
            with self.subTest(why):
                result = self.user.run("watch", *args)
                self.assertOneLine(result, 125, word)


class Troubles(Watching):
    def test_engine_restarts(self):
        fake = self.engine(World())
        watch = self.watch("--interval", "200ms")
        self.settled(fake)
        self.restart(fake, 1)
        self.assertLess(watch.until("reachable")["away_ns"], 20 * SECOND)
        self.assertEqual(watch.until("unreachable")["error"], "unreachable")
        watch.until("helper-lost")
        self.settled(fake)
        fake.world.guest.step(-3 * SECOND)
        watch.until("corrected")
        self.in_step(fake)
        self.stopped(watch, fake)

    def test_not_there_at_the_start(self):
        fake = self.engine(World(skew=-3))
        fake.loop.call_soon_threadsafe(fake.server.close)
        time.sleep(0.2)
        watch = self.watch("--interval", "200ms")
        watch.until("unreachable")
        asyncio.run_coroutine_threadsafe(fake.listen(), fake.loop).result(PATIENCE_S)
        watch.until("corrected")
        self.assertEqual(watch.names()[:4], ["started", "unreachable", "reachable", "corrected"])
        self.stopped(watch, fake)

    def test_accepts_and_never_answers(self):
        fake = self.engine(World())
        watch = self.watch("--interval", "300ms")
        self.settled(fake)
        # Just awake, it does not wait for half a minute.
        with fake.lock:
            self.sleepy.slept(5)
            row = watch.until("unreachable")
        self.assertEqual(row["error"], "timeout")
        watch.until("corrected")
        self.in_step(fake, 5 * SECOND)
        # The helper that stood still with its engine is still the one.
        self.assertEqual(self.helpers(fake), 1)
        self.stopped(watch, fake)

    def test_told_to_stop_while_nobody_answers(self):
        fake = self.engine(World())
        watch = self.watch("--interval", "300ms")
        self.settled(fake)
        with fake.lock:
            time.sleep(1)
            began = time.monotonic()
            status, _ = watch.stop()
        self.assertEqual(status, 0)
        self.assertLess(time.monotonic() - began, 40)

    def test_the_helper_alone_hangs(self):
        fake = self.engine(World())
        watch = self.watch("--interval", "100ms")
        self.settled(fake)
        with fake.lock:
            stalled, fake.wire = fake.wire, Wire()
            for row in fake.world.containers.values():
                stalled.stall = row.attached.sent
        self.sleepy.slept(5)
        self.assertEqual(watch.until("helper-lost")["error"], "timeout")
        watch.until("corrected")
        self.in_step(fake, 5 * SECOND)
        self.assertEqual(self.helpers(fake), 2)
        status, errors = watch.stop()
        self.assertEqual((status, errors), (0, ""))

    def lose(self, watch, fake):
        """The helper has done its work for a while, and dies; when that was."""
        mark = watch.mark()
        self.settled(fake)
        when = time.monotonic()
        self.kill(fake)
        watch.until("helper-lost", after=mark)
        return when

    def started(self, fake, count):
        """When the start of the count-th helper was asked for."""
        deadline = time.monotonic() + PATIENCE_S
        while self.helpers(fake) < count:
            self.assertLess(time.monotonic(), deadline, "no helper")
            time.sleep(0.02)
        return fake.seen("POST", "/containers/.*/start")[count - 1].at

    def test_helpers_that_die_do_not_make_a_storm(self):
        """The first is replaced at once, as after an engine's restart; the next after 10 s, however
        well it worked until then, and that after it after 20 s."""
        fake = self.engine(World())
        watch = self.watch("--interval", "100ms")
        self.lose(watch, fake)
        self.started(fake, 2)
        lost = self.lose(watch, fake)
        self.assertGreater(self.started(fake, 3) - lost, 10)
        # Until there is another one, /info is asked.
        self.lose(watch, fake)
        fake.world.guest.step(-3 * SECOND)
        self.assertEqual(watch.until("off")["method"], "info")
        watch.until("corrected")
        self.stopped(watch, fake)

    def test_the_helper_cannot_run(self):
        fake = self.engine(World(skew=-3))
        fake.on("POST", "/containers/.*/start").answer(500, {"message": "no runtime"})
        watch = self.watch("--interval", "100ms")
        row = watch.until("refused")
        self.assertEqual(row["reason"], "no-run")
        time.sleep(1)
        self.assertLess(self.helpers(fake), 4)
        self.assertEqual(watch.names().count("refused"), 1)
        status, errors = watch.stop()
        self.assertEqual(status, 0)
        self.assertIn("no runtime", errors)
        self.assertEqual(fake.world.containers, {})


class Endings(Watching):
    def test_signals(self):
        for number, status in ((signal.SIGTERM, 0), (signal.SIGINT, 2)):
            with self.subTest(number):
                fake = self.engine(World())
                watch = self.watch()
                self.settled(fake, 0)
                self.assertEqual(watch.stop(number)[0], status)
                self.assertEqual(watch.events[-2]["event"], "stopped")
                self.assertEqual(fake.world.containers, {})

    def test_nobody_reads(self):
        fake = self.engine(World())
        process = self.user.start(["watch", "--interval", "100ms"], env=self.sleepy.env)
        self.addCleanup(process.stderr.close)
        process.stdout.readline()
        process.stdout.close()
        self.settled(fake)
        fake.world.guest.step(-3 * SECOND)
        self.assertEqual(process.wait(PATIENCE_S), 1)
        self.assertEqual(fake.world.containers, {})

    def test_lines_for_people(self):
        fake = self.engine(World())
        process = self.user.start(["watch"], env=self.sleepy.env)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.stdout.close)
        stamp = r"^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d "
        self.assertRegex(process.stdout.readline().decode(),
                         stamp + "watching the clock of unix://.* every 10 s\n$")
        self.settled(fake, 0)
        self.sleepy.slept(41)
        self.assertRegex(process.stdout.readline().decode(), stamp + "this machine slept for 41 s\n")
        self.assertRegex(process.stdout.readline().decode(),
                         stamp + r"engine was 41 s behind after a sleep of 41 s: corrected, now "
                         r".*\(±.*s\), .* after waking\n$")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(PATIENCE_S), 0)


@unittest.skipIf(ASAN, "what ASan needs says nothing")
class Frugality(Watching):
    def memory(self, process):
        with open("/proc/%d/status" % process.pid, encoding="ascii") as file:
            for line in file:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
        raise AssertionError("no VmRSS")

    def cpu(self, process):
        with open("/proc/%d/stat" % process.pid, encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def test_memory(self):
        """Nothing grows with corrections and beats."""
        fake = self.engine(World(skew=-3))
        watch = self.watch("--interval", "100ms")
        watch.until("corrected")
        self.settled(fake, 20)
        before = self.memory(watch.process)
        # A look is due 250 ms after the last at the earliest.
        for seconds in (2, -2, 3):
            mark = watch.mark()
            fake.world.guest.step(seconds * SECOND)
            watch.until("corrected", after=mark)
            self.settled(fake, 10)
        after = self.memory(watch.process)
        self.assertLessEqual(after, 14 * 1024)
        self.assertLessEqual(after, before + 512)
        self.stopped(watch, fake)

    def test_idle(self):
        fake = self.engine(World())
        watch = self.watch()
        self.settled(fake, 0)
        time.sleep(1)
        before = self.cpu(watch.process)
        asked = len(fake.world.guest.asked)
        time.sleep(11)
        # One beat; a clock tick is 10 ms.
        self.assertEqual(len(fake.world.guest.asked), asked + 1)
        self.assertLessEqual(self.cpu(watch.process) - before, 0.02)
        self.stopped(watch, fake)


if __name__ == "__main__":
    unittest.main()
