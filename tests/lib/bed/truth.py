# SPDX-License-Identifier: Apache-2.0
"""How far a virtual machine's clock truly is from this machine's, by bed-clock's echo over TCP.

Independent of docker, of the engine and of every line of the program under test. An exchange bounds
the offset (there minus here) by [T3 - t4, T2 - t1], whatever the delays were; many exchanges within
a short time are intersected.
"""

import os
import socket
import struct
import threading
import time

from . import BedError

EXCHANGES = 20
WAIT_S = 0.25
# What two clocks may drift apart within the fraction of a second that a reading takes.
DRIFT_PPM = 500


class Offset:
    """there minus here in seconds, within bound: lo <= truth <= hi."""

    def __init__(self, lo, hi):
        self.lo = lo / 1e9
        self.hi = hi / 1e9
        self.value = (self.lo + self.hi) / 2
        self.bound = (self.hi - self.lo) / 2

    def __repr__(self):
        return "%+.6f s (+-%.6f)" % (self.value, self.bound)


class Truth:
    """Asks the echo server at a port of this machine's loopback."""

    def __init__(self, port):
        self.port = port
        self.link = None
        self.rest = b""

    def close(self):
        if self.link:
            self.link.close()
        self.link = None
        self.rest = b""

    def ask(self, cookie, seconds):
        """The 24 bytes that answer cookie."""
        if not self.link:
            self.link = socket.create_connection(("127.0.0.1", self.port), seconds)
            self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.link.settimeout(seconds)
        self.link.sendall(cookie)
        while True:
            got = self.link.recv(4096)
            if not got:
                raise ConnectionError("the echo server ended")
            self.rest += got
            # Answers to earlier questions, that came too late, are not this one's.
            while len(self.rest) >= 24:
                told, self.rest = self.rest[:24], self.rest[24:]
                if told[:8] == cookie:
                    return told

    def exchange(self, seconds=WAIT_S):
        """(lo, hi) in nanoseconds, or None if no answer came."""
        cookie = os.urandom(8)
        t1 = time.clock_gettime_ns(time.CLOCK_REALTIME)
        try:
            told = self.ask(cookie, seconds)
        except TimeoutError:
            return None
        except OSError:
            self.close()
            return None
        t4 = time.clock_gettime_ns(time.CLOCK_REALTIME)
        received, replied = struct.unpack("<qq", told[8:])
        return replied - t4, received - t1

    def offset(self, exchanges=EXCHANGES, seconds=20):
        """An Offset; raises BedError if the machine does not answer."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            began = time.monotonic()
            seen = [one for one in (self.exchange() for _ in range(exchanges)) if one]
            if not seen:
                continue
            drift = (time.monotonic() - began) * 1e9 * DRIFT_PPM / 1e6
            lo = max(row[0] for row in seen) - drift
            hi = min(row[1] for row in seen) + drift
            # Otherwise the clock was stepped in the middle.
            if lo <= hi:
                return Offset(lo, hi)
        raise BedError("the virtual machine's clock cannot be read")

    def until(self, good, seconds):
        """Ask until good(Offset) of a single exchange; the monotonic time when that was, or None."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            one = self.exchange(0.1)
            if one and good(Offset(*one)):
                return time.monotonic()
            time.sleep(0.005)
        return None


class Witness:
    """Reads the clock all the time, so that it is known afterwards how far it was at a moment that
    somebody made a claim about. As a context manager."""

    EVERY_S = 0.02
    ENOUGH = 5

    def __init__(self, port):
        self.truth = Truth(port)
        self.ended = threading.Event()
        self.rows = []
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()
        self.truth.close()

    def run(self):
        while not self.ended.wait(self.EVERY_S):
            began = time.clock_gettime_ns(time.CLOCK_REALTIME)
            one = self.truth.exchange()
            if one:
                self.rows.append((began, time.clock_gettime_ns(time.CLOCK_REALTIME)) + one)

    def before(self, when):
        """An Offset, by the last exchanges before `when` (ns of this machine's REALTIME)."""
        return self.at(when, [row for row in self.rows if row[1] <= when][-self.ENOUGH:])

    def after(self, when, seconds=5):
        """The same, by the first exchanges after it, which are waited for."""
        deadline = time.monotonic() + seconds
        while True:
            seen = [row for row in list(self.rows) if row[0] >= when][:self.ENOUGH]
            if len(seen) == self.ENOUGH or time.monotonic() > deadline:
                return self.at(when, seen)
            time.sleep(self.EVERY_S)

    @staticmethod
    def at(when, rows):
        if not rows:
            raise BedError("the virtual machine's clock was not read then")
        far = max(max(abs(row[0] - when), abs(row[1] - when)) for row in rows)
        drift = far * DRIFT_PPM / 1e6
        return Offset(max(row[2] for row in rows) - drift, min(row[3] for row in rows) + drift)
