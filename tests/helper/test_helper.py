# SPDX-License-Identifier: Apache-2.0
"""Each built helper, natively or under qemu-user: measuring only, as nobody (conversation.py)."""
import ctypes
import os
import re
import shutil
import signal
import struct
import subprocess
import time
import unittest

import conversation as c


def host_anchor():
    """(REALTIME - MONOTONIC, how far off that may be) of this machine, ns."""
    best = None
    for _ in range(50):
        first, real, second = time.monotonic_ns(), time.time_ns(), time.monotonic_ns()
        if best is None or second - first < best[1]:
            best = real - (first + second) // 2, second - first
    return best


def host_timex():
    """(state, status, maxerror in ns), read: modes are 0."""
    timex = ctypes.create_string_buffer(512)
    state = ctypes.CDLL(None, use_errno=True).adjtimex(timex)
    long = struct.calcsize("l")
    return state, struct.unpack_from("i", timex, 5 * long)[0], \
        struct.unpack_from("l", timex, 3 * long)[0] * 1000


class Talk:
    """The cases of every architecture; `arch` is set by the classes below."""

    @classmethod
    def setUpClass(cls):
        cls.before = c.runner(cls.arch)
        if cls.before is None:
            raise unittest.SkipTest(f"neither this machine nor a qemu-user runs {cls.arch}")
        cls.copy = c.Copy(cls.arch)

    @classmethod
    def tearDownClass(cls):
        cls.copy.remove()

    def start(self):
        return c.Conversation(self.before + [self.copy.path])

    def test_hello(self):
        with self.start() as talk:
            _, reply, _ = talk.ask(c.HELLO, boot_id=c.own_boot_id())
            self.assertEqual(reply.status, c.OK)
            self.assertEqual(reply.boot_id, c.own_boot_id())
            self.assertEqual(reply.flags & (c.KERNELS_DIFFER | c.KERNEL_SAME | c.NO_BOOT_ID),
                             c.KERNEL_SAME)
            self.assertFalse(reply.flags & c.CAN_SET, "nobody must not be able to")
            with open("/proc/self/uid_map", encoding="ascii") as text:
                first = text.read().split() == ["0", "0", "4294967295"]
            self.assertEqual(bool(reply.flags & c.INIT_USERNS), first)
            _, reply, _ = talk.ask(c.HELLO)
            self.assertEqual(reply.flags & (c.KERNELS_DIFFER | c.KERNEL_SAME), 0)
            _, reply, _ = talk.ask(c.HELLO, boot_id=b"another kernel")
            self.assertEqual(reply.flags & (c.KERNELS_DIFFER | c.KERNEL_SAME), c.KERNELS_DIFFER)
            self.assertEqual(talk.end(), c.EXIT_EOF)

    def test_what_the_kernel_says(self):
        with self.start() as talk:
            _, reply, _ = talk.ask(c.HELLO)
            state, status, max_error = host_timex()
            self.assertTrue(reply.flags & c.CAN_READ_TIMEX)
            self.assertEqual((reply.kernel_state, reply.kernel_status), (state, status))
            self.assertLess(abs(reply.max_error - max_error), c.SECOND // 100)
            self.assertEqual(reply.error, 0)
            self.assertEqual(reply.resolution, int(time.clock_getres(time.CLOCK_REALTIME) * 1e9))

    def test_times_are_those_of_this_machine(self):
        with self.start() as talk:
            anchor, width = host_anchor()
            for _ in range(20):
                before, reply, after = talk.ask(c.PING)
                self.assertLessEqual(before, reply.received)
                self.assertLessEqual(reply.received, reply.sent)
                self.assertLessEqual(reply.sent, after)
                self.assertLessEqual(abs(reply.anchor - anchor), width + reply.width)
                self.assertEqual(reply.anchor, reply.anchor_before)
                self.assertLess(reply.width, c.SECOND // 100)

    def test_byte_by_byte(self):
        with self.start() as talk:
            for op in (c.HELLO, c.PING):
                before = time.time_ns()
                for byte in talk.request(op):
                    talk.write(bytes([byte]))
                    time.sleep(0.001)
                ready = time.time_ns()
                reply = c.Reply(*c.REPLY.unpack(talk.read()))
                self.assertEqual(reply.status, c.OK)
                # Stamped when it was complete, not when it began.
                self.assertGreater(reply.received, before + 50 * 10 ** 6)
                self.assertLess(reply.received, ready + c.SECOND)

    def test_several_at_once(self):
        with self.start() as talk:
            talk.write(b"".join(talk.request(c.PING) for _ in range(50)))
            for i in range(50):
                reply = c.Reply(*c.REPLY.unpack(talk.read()))
                self.assertEqual((reply.sequence, reply.status), (i + 1, c.OK))
            self.assertEqual(talk.end(), c.EXIT_EOF)

    def test_set_is_refused_without_comparison(self):
        anchor, _ = host_anchor()
        for mode in (c.STEP, c.SLEW):
            members = dict(mode=mode, delta=c.SECOND, expected=anchor, allowed=2 ** 62)
            for hello in (None, b"", c.own_boot_id()):
                with self.subTest(mode=mode, hello=hello), self.start() as talk:
                    if hello is not None:
                        talk.ask(c.HELLO, boot_id=hello)
                    _, reply, _ = talk.ask(c.SET, **members)
                    self.assertEqual(reply.status, c.NOT_COMPARED)
                    self.assertEqual(talk.end(), c.EXIT_EOF)
        self.assertLess(abs(host_anchor()[0] - anchor), c.SECOND // 2)

    def test_unknown_operation(self):
        with self.start() as talk:
            for op in (0, 4, 255):
                _, reply, _ = talk.ask(op)
                self.assertEqual(reply.status, c.BAD_REQUEST)

    def test_garbage_ends_it(self):
        for garbage, ends in ((b"\0" * 64, True), (b"GET / HTTP/1.1\r\n" * 4, True),
                              (b"short", False)):
            with self.subTest(garbage=garbage), self.start() as talk:
                talk.write(garbage)
                if ends:
                    self.assertEqual(talk.read(), b"")
                self.assertEqual(talk.end(), c.EXIT_PROTO)

    def test_eof_inside_a_request(self):
        with self.start() as talk:
            talk.write(talk.request(c.PING)[:63])
            self.assertEqual(talk.end(), c.EXIT_PROTO)

    def test_eof_at_once(self):
        with self.start() as talk:
            self.assertEqual(talk.end(), c.EXIT_EOF)

    def test_stopped_and_continued(self):
        with self.start() as talk:
            talk.ask(c.PING)
            for _ in range(3):
                os.kill(talk.process.pid, signal.SIGSTOP)
                time.sleep(0.02)
                os.kill(talk.process.pid, signal.SIGCONT)
                _, reply, _ = talk.ask(c.PING)
                self.assertEqual(reply.status, c.OK)

    def test_changes_nothing(self):
        """What it calls, and with which modes: under qemu by its own trace and by what it calls."""
        if not can_trace():
            self.skipTest("no strace, or it may not trace here")
        guest, host = (self.copy.empty(name) for name in ("guest", "host"))
        emulator = [*self.before, "-strace", "-D", guest] if self.before else []
        with c.Conversation(["strace", "-f", "-o", host, *emulator, self.copy.path]) as talk:
            measure_and_be_refused(talk)
            self.assertEqual(talk.end(), c.EXIT_EOF)
        names = {name for name, _ in calls_of(guest if self.before else host)}
        self.assertLessEqual(names, CALLS)
        self.assertGreaterEqual(names, CALLS - CLOCKS - {"execve"})
        check_modes(self, calls_of(host))


def measure_and_be_refused(talk):
    talk.ask(c.HELLO, boot_id=c.own_boot_id())
    for _ in range(3):
        talk.ask(c.PING)
    for mode in (c.STEP, c.SLEW):
        _, reply, _ = talk.ask(c.SET, mode=mode, delta=c.SECOND, allowed=2 ** 62)
        assert reply.status == c.NOT_COMPARED, reply


CLOCKS = {"clock_gettime", "clock_gettime64"}
CALLS = CLOCKS | {"execve", "openat", "fstatfs", "read", "close", "capget", "clock_getres",
                  "adjtimex", "ppoll", "write", "exit_group"}


def can_trace():
    """Whether nobody may trace a program here."""
    return shutil.which("strace") is not None and subprocess.run(
        ["strace", "-o", "/dev/null", "true"], capture_output=True, check=False,
        preexec_fn=c.become_nobody).returncode == 0


def calls_of(trace):
    """(name, the rest of the line) of each in a trace of strace or qemu."""
    with open(trace, encoding="utf-8", errors="replace") as text:
        return re.findall(r"^(?:\d+ +)?(\w+)\((.*)", text.read(), re.M)


def check_modes(test, calls):
    """adjtimex, or what a C library makes of it, only reads, and nothing else sets a clock."""
    setting = {"settimeofday", "clock_settime", "clock_settime64", "stime"}
    test.assertFalse(setting & {name for name, _ in calls})
    modes = [re.search(r"\{modes=([^,}]*)", rest).group(1) for name, rest in calls
             if name in ("adjtimex", "clock_adjtime", "clock_adjtime64")]
    test.assertEqual(set(modes), {"0", "ADJ_OFFSET_SS_READ"})


def make(arch):
    name = arch.capitalize()
    globals()[name] = type(name, (Talk, unittest.TestCase), {"arch": arch, "__module__": __name__})


for _arch in c.ARCHES:
    make(_arch)


class OldKernel(unittest.TestCase):
    """32-bit ARM where clock_gettime64 (403) is not known, as in kernels before 5.1 and in seccomp
    profiles of that time: the number is changed in the code to one that no kernel knows."""

    def test_older_clock_call(self):
        before = c.runner("armv7")
        if before is None:
            self.skipTest("nothing runs armv7")
        copy = c.Copy("armv7")
        self.addCleanup(copy.remove)
        with open(copy.path, "rb") as file:
            code = file.read()
        known, unknown = (struct.pack("<I", 0xE3007000 | number) for number in (0x193, 0x7FF))
        self.assertGreaterEqual(code.count(known), 1, "movw r7, #403 is not there")
        with open(copy.path, "wb") as file:
            file.write(code.replace(known, unknown))
        with c.Conversation(before + [copy.path]) as talk:
            for _ in range(5):
                before, reply, after = talk.ask(c.PING)
                self.assertTrue(before <= reply.received <= reply.sent <= after, reply)
            self.assertEqual(talk.end(), c.EXIT_EOF)


class Traced(unittest.TestCase):
    """The native one under strace: what it does when calls fail."""

    @classmethod
    def setUpClass(cls):
        native = [arch for arch in c.ARCHES if c.runner(arch) == []]
        if not native or not can_trace():
            raise unittest.SkipTest("no helper for this machine, or no strace that may trace")
        cls.copy = c.Copy(native[0])

    @classmethod
    def tearDownClass(cls):
        cls.copy.remove()

    def start(self, *flags):
        self.trace = self.copy.empty("trace")
        return c.Conversation(["strace", "-o", self.trace, *flags, self.copy.path])

    def test_waits_ten_minutes_at_most(self):
        with self.start() as talk:
            talk.ask(c.PING)
            talk.end()
        waits = [float(re.search(r"tv_sec=(\d+)", rest).group(1))
                 for name, rest in calls_of(self.trace) if name == "ppoll"]
        self.assertTrue(waits and all(590 < wait <= 600 for wait in waits), waits)

    def test_patience_ends(self):
        # The second reading of MONOTONIC, the first in the wait, says that centuries have passed.
        with self.start("-e", "inject=clock_gettime:poke_exit=@arg2=000000ff01000000:when=2") \
                as talk:
            self.assertEqual(talk.process.wait(timeout=20), c.EXIT_PATIENT)

    def test_failing_calls(self):
        for what, status in (("read:error=EIO", c.EXIT_IO), ("ppoll:error=EBADF", c.EXIT_IO),
                             ("write:error=EPIPE", c.EXIT_IO)):
            when = ":when=3" if what.startswith("read") else ""
            with self.subTest(what=what), self.start("-e", f"inject={what}{when}") as talk:
                talk.write(talk.request(c.PING))
                self.assertEqual(talk.process.wait(timeout=20), status)

    def test_interrupted_calls(self):
        for what in ("read:error=EINTR:when=3", "write:error=EINTR:when=1",
                     "ppoll:error=EINTR:when=1", "read:error=EAGAIN:when=3",
                     "write:error=EAGAIN:when=1"):
            with self.subTest(what=what), self.start("-e", f"inject={what}") as talk:
                for _ in range(3):
                    _, reply, _ = talk.ask(c.PING)
                    self.assertEqual(reply.status, c.OK)
                self.assertEqual(talk.end(), c.EXIT_EOF)

    def test_what_cannot_be_read(self):
        own = c.own_boot_id()
        for what, lacks, has in (("openat:error=ENOENT", c.KERNEL_SAME, c.NO_BOOT_ID),
                                 ("fstatfs:error=EPERM", c.KERNEL_SAME, c.NO_BOOT_ID),
                                 ("fstatfs:poke_exit=@arg2=94190201", c.KERNEL_SAME, c.NO_BOOT_ID),
                                 ("read:retval=0:when=1", c.KERNEL_SAME, c.NO_BOOT_ID),
                                 ("read:retval=36:when=1", c.KERNEL_SAME, c.NO_BOOT_ID),
                                 ("read:error=EIO:when=2", c.INIT_USERNS, c.KERNEL_SAME),
                                 ("adjtimex:error=EPERM", c.CAN_READ_TIMEX, c.KERNEL_SAME)):
            with self.subTest(what=what), self.start("-e", f"inject={what}") as talk:
                _, reply, _ = talk.ask(c.HELLO, boot_id=own)
                self.assertEqual(reply.flags & (lacks | has), has)
                self.assertEqual(reply.error, 1 if what.startswith("adjtimex") else 0)
                _, reply, _ = talk.ask(c.SET, mode=c.STEP, delta=c.SECOND, allowed=2 ** 62)
                self.assertEqual(reply.status, c.NOT_COMPARED)

    def test_capability_is_told(self):
        # The effective set with CAP_SYS_TIME (bit 25) in it, by the kernel's word only.
        with self.start("-e", "inject=capget:poke_exit=@arg2=00000002") as talk:
            _, reply, _ = talk.ask(c.HELLO)
            self.assertTrue(reply.flags & c.CAN_SET)


if __name__ == "__main__":
    unittest.main()
