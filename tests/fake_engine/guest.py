# SPDX-License-Identifier: Apache-2.0
"""The machine that a fake engine runs on: its clock, and the helper of docker-timesync in it.

The clock is made of numbers: it follows this machine's, off by what a test says, and is stepped by
the helper (plugins/timesync/helper/wire.h is the contract, serve.c does the same for real) or by
the test, as an agent in a real guest would. No clock of this machine is touched.
"""

import errno
import struct
import threading
import time

NANOSECONDS = 10 ** 9

REQUEST_SIZE, REPLY_SIZE = 64, 128
REQUEST_MAGIC, REPLY_MAGIC = b"DTSq", b"DTSr"
HELLO, PING, SET = 1, 2, 3
STEP, SLEW = 1, 2
OK, BAD_REQUEST, NOT_COMPARED, MOVED, FAILED, RACED = range(6)
KERNELS_DIFFER, KERNEL_SAME, NO_BOOT_ID = 0x01, 0x02, 0x04
CAN_SET, INIT_USERNS, CAN_READ_TIMEX = 0x08, 0x10, 0x20
EXIT_EOF, EXIT_PROTO = 0, 2
STA_UNSYNC = 0x40
TIME_ERROR = 5
DELTA_MOST = 1 << 62
SLACK = 1000


def own_boot_id():
    """This machine's, as the program under test tells it to the helper."""
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return bytes.fromhex(file.read().strip().replace("-", ""))


class Guest:
    """A machine with a kernel and a clock of its own.

    offset        ns that its clock is ahead of this machine's; may be set, which is a step
    drift         ppm that it runs fast
    boot_id       of its kernel; bytes(16): the helper cannot read it
    init_userns   whether containers are in the first user namespace
    can_read      whether adjtimex without modes is allowed
    can_set       None: as the container's capabilities say; False: taken away all the same
    set_error     errno with which the kernel refuses to set, 0: it does not
    synchronised  its kernel says that it is, with max_error (ns)
    race          ns that somebody else steps by in the same instant as the next step, once
    before_set    called with the guest right before each SET is done: somebody was faster
    reply_delay   seconds between a request and its reply
    runs          architectures (of images) whose programs it runs; None: all
    exit_after    requests after which the helper ends without answering; None: it does not
    asked         [(op, mode, delta)] of all requests to all helpers
    steps         [ns] that clocks of it were stepped by, by a helper
    slews         [ns] the same of slews
    """

    def __init__(self, offset=0, drift=0):
        self.lock = threading.RLock()
        self.began = time.monotonic_ns()
        self.stopped = None
        self.slept = 0
        self.drift = drift
        self.anchor = time.time_ns() - self.began + int(offset)
        self.boot_id = bytes(range(100, 116))
        self.init_userns = True
        self.can_read = True
        self.can_set = None
        self.set_error = 0
        self.synchronised = False
        self.max_error = 16 * NANOSECONDS
        self.race = 0
        self.before_set = None
        self.reply_delay = 0
        self.runs = None
        self.exit_after = None
        self.asked = []
        self.steps = []
        self.slews = []

    def monotonic(self):
        with self.lock:
            now = (self.stopped or time.monotonic_ns()) - self.slept
            return now + (now - self.began) * self.drift // 10 ** 6

    def realtime(self):
        return self.monotonic() + self.anchor

    @property
    def offset(self):
        return self.realtime() - time.time_ns()

    @offset.setter
    def offset(self, ns):
        with self.lock:
            self.anchor += int(ns) - self.offset

    def step(self, ns):
        """As an agent in the guest does."""
        with self.lock:
            self.anchor += int(ns)

    def pause(self):
        """Stop the whole machine, as a laptop's sleep does: it falls behind."""
        with self.lock:
            self.stopped = self.stopped or time.monotonic_ns()

    def resume(self):
        with self.lock:
            if self.stopped:
                self.slept += time.monotonic_ns() - self.stopped
                self.stopped = None

    def sets(self):
        return [row for row in self.asked if row[0] == SET]


class Helper:
    """One run of the helper in a container, from its start to its end.

    feed() takes bytes of stdin and gives the replies; exited is None or the exit status.
    """

    def __init__(self, guest, capable, arch=None):
        self.guest = guest
        self.killed = guest.runs is not None and arch not in guest.runs
        self.flags = INIT_USERNS if guest.init_userns else 0
        if capable if guest.can_set is None else guest.can_set:
            self.flags |= CAN_SET
        self.compared = 0
        self.count = 0
        self.data = b""
        self.exited = None

    def feed(self, data):
        replies = []
        self.data += data
        while self.exited is None and len(self.data) >= REQUEST_SIZE:
            request, self.data = self.data[:REQUEST_SIZE], self.data[REQUEST_SIZE:]
            if self.killed:
                self.exited = 128 + 31
            elif request[:4] != REQUEST_MAGIC:
                self.exited = EXIT_PROTO
            elif self.guest.exit_after is not None and self.count >= self.guest.exit_after:
                self.exited = 1
            else:
                self.count += 1
                replies.append(self.answer(request))
        return replies

    def end(self):
        """End of file on stdin."""
        if self.exited is None:
            self.exited = EXIT_PROTO if self.data else EXIT_EOF

    def answer(self, request):
        guest = self.guest
        received = guest.realtime()
        operation, mode, sequence, boot_id, delta, expected, allowed = struct.unpack(
            "<4xBB2xQ16sqqq8x", request)
        guest.asked.append((operation, mode, delta))
        before, status, error = guest.anchor, OK, 0
        if operation == HELLO:
            self.compared = 0
            if any(boot_id) and any(guest.boot_id):
                self.compared = KERNEL_SAME if boot_id == guest.boot_id else KERNELS_DIFFER
        elif operation == SET:
            if guest.before_set:
                guest.before_set(guest)
            with guest.lock:
                before = guest.anchor
                status, error = self.set(mode, delta, expected, allowed)
        elif operation != PING:
            status = BAD_REQUEST
        state, kernel, most = TIME_ERROR, STA_UNSYNC, guest.max_error
        if guest.synchronised:
            state, kernel = 0, 0
        flags = self.flags | self.compared | (CAN_READ_TIMEX if guest.can_read else 0)
        if not any(guest.boot_id):
            flags |= NO_BOOT_ID
        if not guest.can_read:
            state, kernel, most = -1, 0, 0
            error = error or errno.EPERM
        return struct.pack("<4sBBHQqqqqIiiiqqqI4x16s16x", REPLY_MAGIC, operation, status, flags,
                           sequence, received, guest.realtime(), guest.anchor, before, 1, error,
                           kernel, state, most, most, 0, 1, guest.boot_id)

    def set(self, mode, delta, expected, allowed):
        """(status, errno); the rules of serve.c."""
        guest = self.guest
        if self.compared != KERNELS_DIFFER:
            return NOT_COMPARED, 0
        if mode not in (STEP, SLEW) or abs(delta) > DELTA_MOST or allowed < 0:
            return BAD_REQUEST, 0
        if abs(guest.anchor - expected) > allowed + 2:
            return MOVED, 0
        refused = guest.set_error
        if not refused and not (self.flags & CAN_SET and guest.init_userns):
            refused = errno.EPERM
        if refused:
            return FAILED, refused
        whole = abs(delta) // 1000 * 1000 * (1 if delta > 0 else -1)
        if mode == SLEW:
            guest.slews.append(whole)
            return OK, 0
        before = guest.anchor
        guest.anchor += whole + guest.race
        guest.race = 0
        off = abs(guest.anchor - before - whole)
        if off > 2 + SLACK:
            if off > abs(whole) // 2:
                guest.anchor -= whole
            return RACED, 0
        guest.steps.append(whole)
        return OK, 0
