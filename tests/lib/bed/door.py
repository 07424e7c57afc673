# SPDX-License-Identifier: Apache-2.0
"""A TCP port of this machine's loopback that leads to another one, which may change."""

import socket
import threading
import time


class Door:
    """port: where it is. Closed (as at first), it ends each connection at once.

    look    called with the bytes that want to go in, before they do; None: nobody looks
    """

    def __init__(self):
        self.to = None
        self.look = None
        self.lock = threading.Lock()
        self.links = set()
        self.last = False, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def lead(self, to):
        """Where new connections lead, None: nowhere. Those that are there end."""
        with self.lock:
            self.to = to
            for link in self.links:
                end(link)

    def close(self):
        self.lead(None)
        end(self.listener)
        self.listener.close()

    def answered(self, seconds):
        """Whether what passed last came out of it, so long ago: nobody waits for an answer."""
        outward, when = self.last
        return outward and time.monotonic() - when >= seconds

    def accept(self):
        while True:
            try:
                here, _ = self.listener.accept()
            except OSError:
                return
            self.enter(here)

    def enter(self, here):
        with self.lock:
            try:
                there = socket.create_connection(("127.0.0.1", self.to), 10) if self.to else None
            except OSError:
                there = None
            if not there:
                here.close()
                return
            there.settimeout(None)
            self.links |= {here, there}
        for one, other, outward in ((here, there, False), (there, here, True)):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.pass_on, args=(one, other, outward), daemon=True).start()

    def pass_on(self, one, other, outward):
        """What one side sends, to its end."""
        try:
            while True:
                data = one.recv(65536)
                if not data:
                    other.shutdown(socket.SHUT_WR)
                    break
                self.last = outward, time.monotonic()
                if self.look and not outward:
                    self.look(data)
                other.sendall(data)
        except OSError:
            end(one)
            end(other)


def end(link):
    """Wakes who reads from it, which closing does not."""
    try:
        link.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
