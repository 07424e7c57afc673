# SPDX-License-Identifier: Apache-2.0
"""Makes one process believe that the machine slept or that its clock was set (tests/lib/sleepy.c).

No clock is touched. With it as the environment of a process:

    sleepy = Sleepy(folder)
    watch = user.start(["watch"], env=sleepy.env)
    sleepy.slept(40)
"""

import mmap
import os
import struct

from . import TOP, BedError

NSEC = 10 ** 9


class Sleepy:
    def __init__(self, folder):
        """folder: where its two files are made; the caller removes it."""
        build = os.environ.get("BUILD") or os.path.join(TOP, "build", "release")
        shim = os.path.join(build, "tests", "sleepy.so")
        if not os.path.exists(shim):
            raise BedError("no %s: make it first" % shim)
        os.makedirs(folder, exist_ok=True)
        self.offsets = {"real": 0, "boot": 0, "mono": 0}
        path = os.path.join(folder, "offsets")
        with open(path, "wb") as file:
            file.write(bytes(24))
        with open(path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 24)
        self.fifo = os.path.join(folder, "told")
        os.mkfifo(self.fifo)
        self.env = {"LD_PRELOAD": os.path.abspath(shim), "SLEEPY": os.path.abspath(folder)}
        if os.environ.get("VARIANT") == "asan":
            # ASan wants to be the first library; it does not matter which of the two is.
            self.env["ASAN_OPTIONS"] = (os.environ.get("ASAN_OPTIONS", "") +
                                        ":verify_asan_link_order=0")

    def move(self, tell=True, **seconds):
        """Shift what the process reads: real=, boot=, mono= in seconds; tell: as the kernel would."""
        for index, clock in enumerate(self.offsets):
            if clock in seconds:
                self.offsets[clock] += round(seconds[clock] * NSEC)
                self.map[8 * index:8 * index + 8] = struct.pack("=q", self.offsets[clock])
        if tell:
            self.tell()

    def tell(self):
        """What the kernel does to a timerfd when the machine woke or its clock was set."""
        fd = os.open(self.fifo, os.O_RDWR | os.O_NONBLOCK)
        os.write(fd, b"x")
        os.close(fd)

    def slept(self, seconds, tell=True):
        """A sleep that did not happen: the host's clocks went on, everything else stood still."""
        self.move(tell, real=seconds, boot=seconds)

    def sleeping(self, seconds, tell=True):
        """A sleep that did: the process was stopped that long, and MONOTONIC with it."""
        self.move(tell, mono=-seconds)

    def stepped(self, seconds, tell=True):
        """The host's clock was set."""
        self.move(tell, real=seconds)

    def end(self):
        self.map.close()
