# SPDX-License-Identifier: Apache-2.0
"""Two ways into a virtual machine without docker: QEMU's own protocol, and its second serial line."""

import itertools
import json
import os
import socket
import threading
import time

from . import BedError


def connect(path, seconds=10):
    """A unix socket that QEMU is just about to make."""
    deadline = time.monotonic() + seconds
    while True:
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            link.connect(path)
            return link
        except OSError as wrong:
            link.close()
            if time.monotonic() > deadline:
                raise BedError("%s: %s" % (path, wrong)) from wrong
        time.sleep(0.02)


class Qmp:
    """QEMU's machine protocol: one JSON object a line, answers in order, events between them."""

    def __init__(self, path):
        self.link = connect(path)
        self.link.settimeout(60)
        self.lines = self.link.makefile("r", encoding="utf-8")
        self.lines.readline()  # the greeting
        self.do("qmp_capabilities")

    def do(self, command, **arguments):
        """The command's answer; raises BedError if QEMU refuses."""
        order = {"execute": command}
        if arguments:
            order["arguments"] = {key.replace("_", "-"): value for key, value in arguments.items()}
        try:
            self.link.sendall(json.dumps(order).encode() + b"\n")
            while True:
                line = self.lines.readline()
                if not line:
                    raise BedError("QEMU ended at %s" % command)
                told = json.loads(line)
                if "error" in told:
                    raise BedError("QEMU: %s: %s" % (command, told["error"]["desc"]))
                if "return" in told:
                    return told["return"]
        except OSError as wrong:
            raise BedError("QEMU: %s: %s" % (command, wrong)) from wrong

    def close(self):
        self.lines.close()
        self.link.close()


class Serial:
    """The shell on the second serial line; see guest/init."""

    def __init__(self, path):
        self.link = connect(path)
        self.rest = b""
        self.numbers = itertools.count()
        self.lock = threading.Lock()

    def run(self, command, seconds=60):
        """(status, output) of a shell command line in the machine."""
        if "\n" in command:
            raise BedError("a command of one line, not: %r" % command)
        with self.lock:
            mark = "mark-%d-%d" % (os.getpid(), next(self.numbers))
            self.link.sendall(("%s %s\n" % (mark, command)).encode())
            return self.answer(mark.encode(), command, time.monotonic() + seconds)

    def answer(self, mark, command, deadline):
        while True:
            # What an earlier command that was given up still says stands before our own mark's line.
            at = self.rest.find(b"\n" + mark + b" ")
            end = self.rest.find(b"\n", at + 1) if at >= 0 else -1
            if end >= 0:
                text = self.rest[:at].decode("utf-8", "replace")
                status = int(self.rest[at + len(mark) + 2:end])
                self.rest = self.rest[end + 1:]
                return status, text
            left = deadline - time.monotonic()
            if left <= 0:
                raise BedError("no end of %r by the serial line: %r" % (command, self.rest[-500:]))
            self.link.settimeout(left)
            try:
                got = self.link.recv(65536)
            except TimeoutError:
                continue
            if not got:
                raise BedError("the serial line ended at %r" % command)
            self.rest += got

    def close(self):
        self.link.close()
