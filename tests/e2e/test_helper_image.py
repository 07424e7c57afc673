# SPDX-License-Identifier: Apache-2.0
"""The helper's images on an engine: loaded, found by their tag, run without any capability.

The engine shares this machine's kernel, so that nothing here may set a clock: conversation.py sends
no request that could.
"""

import os
import platform
import re
import sys

from case import Case

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helper"))
import conversation as c  # noqa: E402


def tags():
    """{architecture: tag} of the images."""
    with open(os.path.join(c.BUILT, "images.def"), encoding="ascii") as rows:
        return {arch: tag for arch, tag in re.findall(r'\((\w+), "[^"]*", "([^"]*)"', rows.read())}


def archive(arch):
    with open(os.path.join(c.BUILT, arch + ".tar"), "rb") as file:
        return file.read()


class HelperImage(Case):
    def native(self):
        for arch, (_, machines) in c.ARCHES.items():
            if platform.machine() in machines:
                return arch
        return self.skipTest("no helper for this machine")

    def test_is_found_by_its_tag(self):
        arch = self.native()
        self.api.load(archive(arch))
        image = self.api.image(tags()[arch])
        self.api.load(archive(arch))
        self.assertEqual(self.api.image(tags()[arch])["Id"], image["Id"])
        self.assertEqual((image["Os"], image["Architecture"]), ("linux", arch))
        self.assertEqual(len(self.api.images(everything=True)), 1)

    def test_all_of_them_load(self):
        for arch, tag in tags().items():
            with self.subTest(arch):
                self.api.load(archive(arch))
                self.assertIn(tag, [one for row in self.api.images() for one in row["RepoTags"]])

    def test_measures_without_capabilities(self):
        arch = self.native()
        self.api.load(archive(arch))
        command = [self.cli("system"), "-H", self.engine.host, "run", "-i", "--rm", "--read-only",
                   "--network", "none", "--cap-drop", "ALL", "--log-driver", "none", "--user", "0",
                   "--security-opt", "no-new-privileges", tags()[arch]]
        with c.Conversation(command, preexec=None) as talk:
            _, hello, _ = talk.ask(c.HELLO, boot_id=c.own_boot_id())
            self.assertEqual(hello.flags & (c.KERNEL_SAME | c.KERNELS_DIFFER | c.CAN_SET),
                             c.KERNEL_SAME)
            self.assertTrue(hello.flags & c.CAN_READ_TIMEX)
            for _ in range(8):
                before, reply, after = talk.ask(c.PING)
                self.assertTrue(before <= reply.received <= reply.sent <= after, reply)
            _, reply, _ = talk.ask(c.SET, mode=c.STEP, delta=c.SECOND, expected=reply.anchor,
                                   allowed=c.SECOND)
            self.assertEqual(reply.status, c.NOT_COMPARED)
            self.assertEqual(talk.end(), c.EXIT_EOF)
        self.assertEqual(self.api.containers(), [])
