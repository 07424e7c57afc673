# SPDX-License-Identifier: Apache-2.0
"""docker timesync: corrects the clock of a machine, and no other; measured again afterwards."""

import socket
import time
import unittest

from timecase import LABEL, MINUTE, MS, SECOND, TimeCase

import guest as wire
from bed import program
from bed.sleepy import Sleepy
from guest import own_boot_id


def own_address():
    """An address of this machine beyond loopback; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            address = probe.getsockname()[0]
        except OSError:
            return None
    return None if address.startswith("127.") else address


class Correcting(TimeCase):
    def test_every_distance(self):
        for offset in (-20 * MINUTE, 20 * MINUTE, -300 * MS, 300 * MS, -3 * 86400 * SECOND):
            with self.subTest(offset=offset):
                self.start_engine(offset)
                told = self.run_json("sync")
                self.assertEqual((told["action"], told["outcome"]), ("step", "corrected"))
                self.assertEqual(told["reason"], "ahead" if offset > 0 else "behind")
                self.assertInside(told["before"], offset)
                self.assertInside(told["after"], self.guest.offset)
                self.assertEqual(len(self.guest.steps), 1)
                self.assertAlmostEqual(self.guest.offset, 0,
                                       delta=told["before"]["bound_ns"] + 2 * MS)
                self.assertNothingLeft()

    def test_text_and_without_a_verb(self):
        self.start_engine(-17 * MINUTE - 3200 * MS)
        self.run_text(says=["engine was 17 min 3.2 s behind this machine (±",
                            "stepped forward; now "])
        self.run_text(says=["engine is in step with this machine (", "nothing to correct"])
        self.assertEqual(len(self.guest.steps), 1)

    def test_the_container_can_do_nothing_else(self):
        self.start_engine(-MINUTE)
        self.run_json("sync")
        body = self.created()[-1]
        host = body["HostConfig"]
        self.assertEqual((host["CapDrop"], host["CapAdd"]), (["ALL"], ["SYS_TIME"]))
        self.assertEqual((host["NetworkMode"], host["ReadonlyRootfs"], host["AutoRemove"]),
                         ("none", True, True))
        self.assertIn("no-new-privileges", host["SecurityOpt"])
        self.assertFalse(host.get("Privileged") or host.get("Binds") or host.get("Mounts"))
        self.assertTrue(body["OpenStdin"] and body["StdinOnce"] and not body["Tty"])
        self.assertIn(LABEL, body["Labels"])

    def test_the_image_is_loaded_once_and_never_pulled(self):
        self.start_engine()
        for _ in range(2):
            self.run_json("sync")
        self.assertEqual(len(self.fake.seen("POST", "/images/load")), 1)
        self.assertEqual(self.fake.seen("*", "/images/create"), [])
        self.assertEqual([row.arch for row in self.fake.world.images.values()], ["amd64"])

    def test_the_architecture_is_the_engines(self):
        for machine, arch in (("aarch64", "arm64"), ("armv7l", "arm/v7"), ("riscv64", "riscv64"),
                              ("ppc64le", "ppc64le"), ("s390x", "s390x")):
            world = self.start_engine(told={"Architecture": machine})
            self.run_json("sync")
            self.assertEqual([row.arch for row in world.images.values()], [arch])

    def test_the_architecture_that_version_knows(self):
        """What /info calls by a name of its own has its helper all the same, and is corrected."""
        world = self.start_engine(-MINUTE, told={"Architecture": "amd64-like"})
        self.assertEqual(self.run_json("sync")["outcome"], "corrected")
        self.assertEqual([row.arch for row in world.images.values()], ["amd64"])

    def test_a_32_bit_engine_on_a_64_bit_kernel(self):
        """Its seccomp profile ends programs for the kernel's own architecture."""
        world = self.start_engine(-MINUTE, told={"Architecture": "aarch64"})
        world.arch = "arm"
        self.guest.runs = ["arm/v7"]
        told = self.run_json("sync")
        self.assertEqual((told["outcome"], told["cannot"]), ("corrected", None))
        self.assertEqual([row.arch for row in world.images.values()], ["arm64", "arm/v7"])
        self.assertNothingLeft()

    def test_what_cannot_be_told_is_not_in_step(self):
        self.start_engine(300 * MS)
        self.guest.reply_delay = 1.0
        told = self.run_json("sync", status=1)
        self.assertEqual((told["action"], told["outcome"]), ("none", "uncertain"))
        self.run_text(status=1, says=["may be off this machine by up to", "cannot tell"])
        self.assertNotSet()

    def test_corrected_and_not_known_to_be_in_step(self):
        self.start_engine(-20 * MINUTE)
        self.guest.reply_delay = 1.2
        told = self.run_json("sync", status=1)
        self.assertEqual((told["action"], told["outcome"]), ("step", "uncertain"))
        self.assertInside(told["after"], self.guest.offset)

    def test_small_offsets_are_left_alone(self):
        self.start_engine(5 * MS)
        told = self.run_json("sync")
        self.assertEqual((told["action"], told["after"]), ("none", None))
        self.assertNotSet()
        self.guest.offset = 300 * MS
        self.assertEqual(self.run_json("sync", "--tolerance", "1s")["action"], "none")
        self.assertNotSet()

    def test_dry_run(self):
        self.start_engine(-MINUTE)
        told = self.run_json("sync", "--dry-run", status=3)
        self.assertEqual((told["action"], told["dry_run"], told["after"]), ("step", True, None))
        self.run_text("--dry-run", status=3, says=["would be stepped forward"])
        self.assertNotSet()
        for body in self.created():
            self.assertNotIn("CapAdd", body["HostConfig"])

    def test_orders(self):
        self.start_engine(MINUTE)
        told = self.run_json("sync", "--no-backward", status=3)
        self.assertEqual((told["action"], told["reason"]), ("refuse", "backward"))
        told = self.run_json("sync", "--max-step", "30s", status=3)
        self.assertEqual((told["action"], told["reason"]), ("refuse", "max-step"))
        self.assertNotSet()
        self.run_text("--max-step", "30s", status=3, says=["not corrected", "--max-step",
                                                           "this machine  "])

    def test_slew(self):
        self.start_engine(-100 * MS)
        told = self.run_json("sync", "--slew", "--no-backward")
        self.assertEqual((told["action"], told["outcome"]), ("slew", "slewing"))
        self.assertEqual(len(self.guest.slews), 1)
        self.assertAlmostEqual(self.guest.slews[0], 100 * MS, delta=told["before"]["bound_ns"] + MS)
        self.assertEqual(self.guest.steps, [])

    def test_a_bound_that_delays_make_honest(self):
        """All of the delay lies on the way back: the middle is wrong by half of it, the bound not."""
        self.start_engine(-10 * SECOND)
        self.guest.reply_delay = 0.03
        told = self.run_json("sync", "--dry-run", status=3)
        self.assertInside(told["before"], -10 * SECOND)
        self.assertGreater(told["before"]["bound_ns"], 14 * MS)


class NotOurs(TimeCase):
    """Clocks that are not a virtual machine's to set."""

    FLAGS = ([], ["--override"], ["--slew"], ["--tolerance", "1ms"], ["--max-step", "0"],
             ["--override", "--slew", "--tolerance", "0", "--max-step", "1d"])

    def test_the_same_kernel_is_never_set(self):
        for offset in (0, -20 * MINUTE, 100 * MS):
            self.start_engine(offset)
            self.guest.boot_id = own_boot_id()
            for flags in self.FLAGS:
                with self.subTest(offset=offset, flags=flags):
                    told = self.run_json("sync", *flags)
                    self.assertEqual(told["reason"], "same-clock")
                    self.assertEqual(told["outcome"], "same-clock")
                    self.assertNotSet()
            self.assertTrue(any(row[0] == wire.HELLO for row in self.guest.asked))
            self.assertNothingLeft()
        self.start_engine()
        self.guest.boot_id = own_boot_id()
        self.run_text(says=["engine has the clock of this machine"])
        self.run_text("check", "--precise", says=["engine has the clock of this machine"])

    def test_wsl_gets_a_hint(self):
        self.start_engine(told={"KernelVersion": "5.15.153.1-microsoft-standard-WSL2"})
        self.guest.boot_id = own_boot_id()
        self.run_text(says=["sudo hwclock -s", "wsl --shutdown"])

    def test_a_kernel_that_is_not_known(self):
        self.start_engine(-20 * MINUTE)
        self.guest.boot_id = bytes(16)
        for flags in self.FLAGS:
            told = self.run_json("sync", *flags, status=1)
            self.assertEqual(told["reason"], "kernel-unknown")
        self.assertNotSet()

    def test_a_kernel_that_keeps_its_clock(self):
        self.start_engine(-20 * MINUTE)
        self.guest.synchronised, self.guest.max_error = True, 5 * MS
        told = self.run_json("sync", status=3)
        self.assertEqual((told["action"], told["reason"], told["overridable"]),
                         ("refuse", "synchronised", True))
        self.run_text(status=3, says=["--override", "\n  engine  ", "\n  this machine  "])
        self.assertNotSet()
        self.assertEqual(self.run_json("sync", "--override")["outcome"], "corrected")

    def test_a_kernel_that_says_so_and_admits_to_more(self):
        """Its own bound is larger than the offset: it does not know better."""
        self.start_engine(-2 * SECOND)
        self.guest.synchronised, self.guest.max_error = True, 16 * SECOND
        self.assertEqual(self.run_json("sync")["outcome"], "corrected")

    def test_a_remote_engine(self):
        address = own_address()
        if not address:
            raise unittest.SkipTest("this machine has no address but loopback's")
        self.start_engine(-20 * MINUTE, unix=False, address=address)
        told = self.run_json("sync", status=3)
        self.assertEqual((told["reason"], told["overridable"]), ("remote", True))
        self.assertNotSet()
        # What is refused anyway is not even given the right.
        self.assertEqual([body["HostConfig"].get("CapAdd") for body in self.created()],
                         [None] * len(self.created()))
        self.assertEqual(self.run_json("sync", "--override")["outcome"], "corrected")

    def test_loopback_is_not_remote(self):
        self.start_engine(-20 * MINUTE, unix=False)
        self.assertEqual(self.run_json("sync")["outcome"], "corrected")


class Others(TimeCase):
    """Somebody else sets that clock, too."""

    def test_moved_is_measured_again(self):
        self.start_engine(-20 * MINUTE)
        hits = []

        def agent(guest):
            if not hits:
                guest.step(-5 * SECOND)
            hits.append(1)
        self.guest.before_set = agent
        told = self.run_json("sync")
        self.assertEqual((told["outcome"], told["attempts"]), ("corrected", 2))
        self.assertInside(told["before"], -20 * MINUTE - 5 * SECOND)
        self.assertAlmostEqual(self.guest.offset, 0, delta=told["before"]["bound_ns"] + 2 * MS)

    def test_an_agent_that_was_faster(self):
        """It has set the clock right: nothing is added to it."""
        self.start_engine(-20 * MINUTE)

        def agent(guest):
            guest.offset = 0
        self.guest.before_set = agent
        told = self.run_json("sync")
        self.assertEqual((told["action"], told["outcome"]), ("none", "in-step"))
        self.assertEqual(self.guest.steps, [])
        self.assertAlmostEqual(self.guest.offset, 0, delta=2 * MS)

    def test_raced(self):
        self.start_engine(-20 * MINUTE)
        self.guest.race = 3 * SECOND
        told = self.run_json("sync")
        self.assertEqual((told["outcome"], told["attempts"]), ("corrected", 2))
        self.assertAlmostEqual(self.guest.offset, 0, delta=told["before"]["bound_ns"] + 2 * MS)

    def test_this_machine_is_set_meanwhile(self):
        """What was set is its old time: that is nobody else's doing, and is corrected once more."""
        self.start_engine(-20 * MINUTE)
        sleepy = Sleepy(self.user.path("sleepy"))
        self.addCleanup(sleepy.end)
        moved = []

        def host(_):
            if not moved:
                sleepy.stepped(5)
            moved.append(1)
        self.guest.before_set = host
        told = self.run_json("sync", env=sleepy.env)
        self.assertEqual((told["outcome"], told["attempts"]), ("corrected", 2))
        # The program's host is 5 s ahead of this one.
        self.assertAlmostEqual(self.guest.offset, 5 * SECOND,
                               delta=told["before"]["bound_ns"] + 2 * MS)

    def test_an_agent_that_never_rests(self):
        self.start_engine(-20 * MINUTE)
        self.guest.before_set = lambda guest: guest.step(-SECOND)
        told = self.run_json("sync", status=1)
        self.assertEqual(told["outcome"], "failed")
        self.assertEqual(self.guest.steps, [])
        self.run_text(status=1, says=["keeps setting"])
        self.assertNothingLeft()

    def test_two_programs_at_once(self):
        self.start_engine(-20 * MINUTE)
        running = [self.user.start(["sync", "--format", "json"]) for _ in range(3)]
        told = [program.finish(process) for process in running]
        for result in told:
            self.assertEqual(result.status, 0, result)
        self.assertEqual(len(self.guest.steps), 1)
        self.assertAlmostEqual(self.guest.offset, 0, delta=20 * MS)
        self.assertNothingLeft()


class Strays(TimeCase):
    def test_one_that_another_run_is_about_to_start(self):
        """Old by the clock that was just set forward, not by that of the machine that made it."""
        world = self.start_engine(-MINUTE)
        image = world.image("docker-timesync/helper:old")
        fresh = world.container(image, labels={LABEL: str(int(time.time()))}, state="created",
                                age=3600)
        self.run_json("sync")
        self.assertIn(fresh.id, world.containers)

    def test_what_killed_runs_left(self):
        world = self.start_engine(-MINUTE)
        image = world.image("docker-timesync/helper:old")
        ended = world.container(image, labels={LABEL: "1"}, state="exited")
        forgotten = world.container(image, labels={LABEL: "1"}, state="created", age=3600)
        fresh = world.container(image, labels={LABEL: "1"}, state="created", age=10)
        running = world.container(image, labels={LABEL: "1"}, state="running", age=3600)
        foreign = world.container(image, state="exited")
        self.run_json("sync")
        deadline = time.monotonic() + 2
        while len(world.containers) > 3 and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertEqual(set(world.containers), {fresh.id, running.id, foreign.id})
        self.assertNotIn(ended.id, world.containers)
        self.assertNotIn(forgotten.id, world.containers)
