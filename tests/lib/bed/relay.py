# SPDX-License-Identifier: Apache-2.0
"""A UDP port of this machine's loopback that leads to a UDP port inside a virtual machine.

QEMU's user network forwards TCP both ways but, cut off from the outside (restrict=on), no datagram
out. So datagrams go over TCP, each after two bytes of its length, to `bed-clock relay`.
"""

import socket
import threading


class Relay:
    """port: where datagrams are taken. One TCP connection for each who sends."""

    def __init__(self, there):
        self.there = there
        self.link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.link.bind(("127.0.0.1", 0))
        self.port = self.link.getsockname()[1]
        self.peers = {}
        threading.Thread(target=self.outward, daemon=True).start()

    def close(self):
        # A thread in recvfrom() is not woken by close(), but by shutdown() it is.
        try:
            self.link.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.link.close()
        for peer in self.peers.values():
            peer.close()

    def outward(self):
        while True:
            try:
                data, who = self.link.recvfrom(512)
                if not data:
                    return
                if who not in self.peers:
                    self.peers[who] = socket.create_connection(("127.0.0.1", self.there), 10)
                    self.peers[who].setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    threading.Thread(target=self.inward, args=(who,), daemon=True).start()
                self.peers[who].sendall(len(data).to_bytes(2, "big") + data)
            except OSError:
                return

    def inward(self, who):
        stream = self.peers[who].makefile("rb")
        try:
            while True:
                size = stream.read(2)
                if len(size) < 2:
                    return
                self.link.sendto(stream.read(int.from_bytes(size, "big")), who)
        except (OSError, ValueError):
            return
