# SPDX-License-Identifier: Apache-2.0
"""A built helper as a process of this machine, and the requests that may be sent to it here.

It runs as nobody, without capabilities and without a way to new ones. Independently of that, no
request is sent that could set a clock: see Conversation.send().
"""
import ctypes
import os
import platform
import shutil
import struct
import subprocess
import tempfile
import time
from collections import namedtuple

HERE = os.path.dirname(os.path.abspath(__file__))
BUILT = os.path.normpath(os.path.join(HERE, "../../plugins/timesync/helper/built"))

# Name of the files, of qemu's program, and what uname -m calls such a machine.
ARCHES = {
    "amd64": ("x86_64", ["x86_64"]),
    "arm64": ("aarch64", ["aarch64"]),
    "armv7": ("arm", ["armv7l", "armv8l"]),
    "riscv64": ("riscv64", ["riscv64"]),
    "ppc64le": ("ppc64le", ["ppc64le"]),
    "s390x": ("s390x", ["s390x"]),
}

# plugins/timesync/helper/wire.h
REQUEST = struct.Struct("<IBBHQ16sqqq8x")
REPLY = struct.Struct("<IBBHQqqqqIiiiqqqI4x16s16x")
REQUEST_MAGIC, REPLY_MAGIC = 0x71535444, 0x72535444
HELLO, PING, SET = 1, 2, 3
STEP, SLEW = 1, 2
OK, BAD_REQUEST, NOT_COMPARED = 0, 1, 2
KERNELS_DIFFER, KERNEL_SAME, NO_BOOT_ID, CAN_SET, INIT_USERNS, CAN_READ_TIMEX = 1, 2, 4, 8, 16, 32
EXIT_EOF, EXIT_PROTO, EXIT_IO, EXIT_PATIENT = 0, 2, 3, 4
NOBODY = 65534
PR_SET_NO_NEW_PRIVS = 38
SECOND = 10 ** 9

Reply = namedtuple("Reply", "magic op status flags sequence received sent anchor anchor_before "
                            "width error kernel_status kernel_state max_error est_error slew_left "
                            "resolution boot_id")


def own_boot_id():
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as text:
        return bytes.fromhex(text.read().strip().replace("-", ""))


def runner(arch):
    """What stands before the helper's path: nothing, or qemu; None if this machine can't run it."""
    emulator, machines = ARCHES[arch]
    if platform.system() == "Linux" and platform.machine() in machines:
        return []
    for name in (f"qemu-{emulator}-static", f"qemu-{emulator}"):
        if shutil.which(name):
            return [shutil.which(name)]
    return None


def become_nobody():
    """Between fork and exec: root's identity and capabilities go, and none can be had again."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    if ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        os._exit(99)
    os.chdir("/")


class Copy:
    """A helper where nobody may read it: the repository may be in somebody's private folder."""

    def __init__(self, arch):
        self.folder = tempfile.mkdtemp(prefix="helper-")
        os.chmod(self.folder, 0o755)
        self.path = shutil.copy(os.path.join(BUILT, arch), os.path.join(self.folder, "helper"))
        os.chmod(self.path, 0o755)

    def empty(self, name):
        """A file beside it that nobody may write to."""
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="ascii"):
            os.chmod(path, 0o666)
        return path

    def remove(self):
        shutil.rmtree(self.folder)


class Conversation:
    """preexec: what the child becomes; None where it is a client of an engine that starts the
    helper without capabilities."""

    def __init__(self, command, preexec=become_nobody):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, bufsize=0,
                                        preexec_fn=preexec)
        self.may_set = False
        self.sequence = 0

    def write(self, data):
        self.process.stdin.write(data)

    def read(self, size=REPLY.size):
        data = b""
        while len(data) < size:
            more = self.process.stdout.read(size - len(data))
            if not more:
                break
            data += more
        return data

    def request(self, op, mode=0, boot_id=b"", delta=0, expected=0, allowed=0):
        """The bytes. This machine's clock is never set: after a HELLO with a boot ID that is
        neither zeros nor this machine's own there is no SET, whatever a test asks for."""
        boot_id = boot_id.ljust(16, b"\0")
        if op == HELLO:
            self.may_set = boot_id not in (bytes(16), own_boot_id())
        if op == SET and self.may_set:
            raise AssertionError("this would set the clock of this machine if it were allowed to")
        self.sequence += 1
        return REQUEST.pack(REQUEST_MAGIC, op, mode, 0, self.sequence, boot_id, delta, expected,
                            allowed)

    def ask(self, op, **members):
        """(host's REALTIME before, reply, and after)"""
        request = self.request(op, **members)
        before = time.time_ns()
        self.write(request)
        data = self.read()
        after = time.time_ns()
        if len(data) != REPLY.size:
            raise AssertionError(f"a reply of {len(data)} bytes, exit status {self.end()}: "
                                 f"{self.process.stderr.read()}")
        reply = Reply(*REPLY.unpack(data))
        if reply.magic != REPLY_MAGIC or reply.sequence != self.sequence or reply.op != op:
            raise AssertionError(f"{reply} answers another request")
        return before, reply, after

    def end(self):
        """End of file for the helper; its exit status."""
        if not self.process.stdin.closed:
            try:
                self.process.stdin.close()
            except BrokenPipeError:
                pass
        return self.process.wait(timeout=20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.end()
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()
