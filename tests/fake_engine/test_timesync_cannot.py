# SPDX-License-Identifier: Apache-2.0
"""Engines whose clock cannot be set from a container: why, and what helps, are told."""

import errno

from timecase import MINUTE, MS, SECOND, TimeCase

ROOTLESS = {"SecurityOptions": ["name=seccomp,profile=builtin", "name=rootless"]}


class Cannot(TimeCase):
    def refused(self, why, *words, before=None):
        """Not set, told why in JSON and in words, measured all the same; nothing is left."""
        told = self.run_json("sync", status=1)
        self.assertEqual((told["action"], told["reason"], told["cannot"]), ("refuse", "denied", why))
        self.assertEqual((told["outcome"], told["after"]), ("cannot", None))
        self.assertInside(told["before"], -20 * MINUTE)
        if before:
            self.assertEqual(told["before"]["method"], before)
        for word in words:
            self.assertIn(word, told["mend"])
        self.run_text(status=1, says=["20 min behind this machine", "not corrected", *words])
        self.assertEqual((self.guest.steps, self.guest.slews), ([], []))
        self.assertNothingLeft()
        # Where there is nothing to correct, there is nothing to complain of.
        self.guest.offset = 0
        self.assertEqual(self.run_json("sync")["action"], "none")

    def test_rootless(self):
        self.start_engine(-20 * MINUTE, told=dict(ROOTLESS, Name="lima-default"))
        self.guest.init_userns = False
        self.refused("rootless", "rootless", "limactl shell default sudo date -u -s @$(date +%s)",
                     before="helper")
        self.assertNotSet()
        for body in self.created():
            self.assertNotIn("CapAdd", body["HostConfig"])

    def test_rootless_podman_machine(self):
        self.start_engine(-20 * MINUTE, podman=True, told=dict(
            ROOTLESS, DockerRootDir="/var/home/core/.local/share/containers/storage"))
        self.guest.init_userns = False
        self.refused("rootless", "podman machine ssh -- sudo date -u -s @$(date +%s)")

    def test_user_namespaces(self):
        self.start_engine(-20 * MINUTE)
        self.guest.init_userns = False
        self.refused("user-namespaces", "user namespace", before="helper")
        self.assertNotSet()

    def test_enhanced_container_isolation(self):
        self.start_engine(-20 * MINUTE, told={"OperatingSystem": "Docker Desktop",
                                              "Name": "docker-desktop"})
        self.guest.init_userns = False
        self.refused("enhanced-container-isolation", "Enhanced Container Isolation",
                     "docker desktop restart")

    def test_seccomp(self):
        self.start_engine(-20 * MINUTE)
        self.guest.can_read = False
        self.refused("seccomp", "seccomp")

    def test_capability(self):
        self.start_engine(-20 * MINUTE)
        self.guest.can_set = False
        self.refused("capability", "SYS_TIME")

    def test_a_security_module(self):
        """The capability is there, and the kernel refuses all the same."""
        self.start_engine(-20 * MINUTE, told={"Name": "minikube"})
        self.guest.set_error = errno.EPERM
        self.refused("capability", "minikube ssh -- sudo date -u -s @$(date +%s)")

    def test_a_kernel_without_the_call(self):
        self.start_engine(-20 * MINUTE)
        self.guest.set_error = errno.ENOSYS
        self.refused("kernel", "kernel")

    def test_gvisor(self):
        self.start_engine(-20 * MINUTE, told={"DefaultRuntime": "runsc", "Name": "colima"})
        self.refused("kernel", "gVisor", "colima ssh -- sudo date -u -s @$(date +%s)")

    def test_kata(self):
        self.start_engine(-20 * MINUTE, told={"DefaultRuntime": "kata-runtime"})
        self.refused("runtime", "virtual machines of their own", before="info")
        self.assertEqual(self.fake.changing(), [])

    def test_windows(self):
        world = self.start_engine(-20 * MINUTE, told={"OSType": "windows"})
        world.os = "windows"
        self.refused("windows-containers", "w32tm /resync", before="info")
        self.assertEqual(self.fake.changing(), [])

    def test_an_architecture_without_a_helper(self):
        world = self.start_engine(-20 * MINUTE, told={"Architecture": "mips64"})
        world.arch = "mips64le"
        self.refused("architecture", "mips64", before="info")
        self.assertEqual(self.fake.changing(), [])

    def test_an_arm_too_old_for_the_helper(self):
        """GOARCH "arm" is that of v6 and v7 alike; the machine's name is not."""
        world = self.start_engine(-20 * MINUTE, told={"Architecture": "armv6l"})
        world.arch = "arm"
        self.refused("architecture", "armv6l", before="info")
        self.assertEqual(self.fake.changing(), [])

    def test_an_engine_that_is_too_slow(self):
        """It is no engine that cannot: there is nothing to run there, but to try again."""
        self.start_engine(-20 * MINUTE)
        self.fake.on("POST", "/containers/create").hang()
        told = self.run_json("sync", status=1)
        self.assertEqual((told["outcome"], told["cannot"]), ("cannot", "too-slow"))
        self.assertInside(told["before"], -20 * MINUTE)
        self.assertIn("try again", told["mend"])
        self.assertNotIn("run: ", told["mend"])
        self.assertNotSet()

    def test_words_of_an_engine_are_no_commands(self):
        self.start_engine(-20 * MINUTE, told=dict(ROOTLESS, Name="lima-$(reboot)\033[2J"))
        self.guest.init_userns = False
        result = self.run_text(status=1)
        self.assertNotIn("reboot", result.out + result.err)
        self.assertNotIn("\033", result.out + result.err)

    def test_a_container_machine_with_a_clock_of_its_own(self):
        """A runtime that tells nothing: the helper's clock is not the engine's."""
        world = self.start_engine(-20 * MINUTE)
        # /info tells another clock than the helper sees.
        world.time_text = lambda ns: __import__("shapes").stamp(ns - 3600 * SECOND)
        told = self.run_json("sync", status=1)
        self.assertEqual(told["cannot"], "runtime")
        self.assertInside(told["before"], -20 * MINUTE - 3600 * SECOND, slack=20 * MS)
        self.assertNotSet()
