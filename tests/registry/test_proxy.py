# SPDX-License-Identifier: Apache-2.0
"""HTTPS_PROXY and NO_PROXY, with a proxy that knows where the registry's name leads."""

import os
import shutil
import socket
import threading

from clientcase import ClientCase
from fake_registry import Fake

from bed import tls

NAME = "registry.invalid"
COUNT = 12


class Connect:
    """A proxy that takes each CONNECT to one place; asked: the hosts that it was to connect to."""

    def __init__(self, there):
        self.there = there
        self.asked = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def end(self):
        self.listener.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                piece = client.recv(1)
                if not piece:
                    return
                head += piece
            method, host, _ = head.split(b"\r\n")[0].decode().split(" ")
            self.asked.append(host)
            if method != "CONNECT":
                client.sendall(b"HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n")
                return
            with socket.create_connection(self.there) as there:
                client.sendall(b"HTTP/1.1 200 Go\r\n\r\n")
                back = threading.Thread(target=self.copy, args=(there, client), daemon=True)
                back.start()
                self.copy(client, there)
                back.join()

    @staticmethod
    def copy(source, target):
        try:
            while True:
                data = source.recv(65536)
                if not data:
                    break
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Proxies(ClientCase):
    def setUp(self):
        super().setUp()
        pki = tls.Pki(os.path.join(self.folder, "pki"))
        pki.sign(pki.server_cert, pki.server_key, "named", "subjectAltName=DNS:%s\n" % NAME)
        fake = Fake(tls=(pki.server_cert, pki.server_key), secrets=["s3cret"])
        self.registry = fake.__enter__()  # pylint: disable=unnecessary-dunder-call
        self.addCleanup(fake.__exit__)
        address, port = self.registry.host.split(":")
        self.proxy = Connect((address, int(port)))
        self.addCleanup(self.proxy.end)
        self.port = port
        self.host = "%s:%s" % (NAME, port)
        certs = os.path.join(self.folder, "certs.d", self.host)
        os.makedirs(certs)
        shutil.copy(pki.ca, os.path.join(certs, "ca.crt"))

    def heads(self, **env):
        """The outcomes of HEADs, and what the proxy was asked for them."""
        self.env = env
        self.proxy.asked.clear()
        run = self.run_client(*("head %s/r%d:1" % (self.host, i) for i in range(COUNT)),
                              options=["--certs", os.path.join(self.folder, "certs.d")])
        return set(run.outcomes()), set(self.proxy.asked)

    def test_through(self):
        through = {"not-found"}, {self.host}
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            with self.subTest(variable=name):
                self.assertEqual(self.heads(**{name: self.proxy.url}), through)
        # As docker: its scheme may be left out, and plain http's proxy is none of https.
        self.assertEqual(self.heads(HTTPS_PROXY=self.proxy.url[len("http://"):]), through)
        self.assertEqual(self.heads(HTTP_PROXY=self.proxy.url), ({"unreachable"}, set()))
        self.assertEqual(self.registry.leaks, [])

    def test_who_needs_none(self):
        direct = {"unreachable"}, set()
        for entry in ("*", NAME, ".invalid", "*.invalid", "%s:%s" % (NAME, self.port)):
            with self.subTest(entry=entry):
                self.assertEqual(self.heads(HTTPS_PROXY=self.proxy.url, NO_PROXY="x, " + entry),
                                 direct)
        for entry in ("egistry.invalid", NAME + ":1", "127.0.0.0/8"):
            with self.subTest(entry=entry):
                self.assertEqual(self.heads(HTTPS_PROXY=self.proxy.url, no_proxy=entry),
                                 ({"not-found"}, {self.host}))

    def test_never_to_this_machine(self):
        self.env = {"HTTPS_PROXY": self.proxy.url, "HTTP_PROXY": self.proxy.url}
        run = self.run_client("head %s/r:1" % self.registry.host)
        self.assertEqual(run.outcomes(), ["not-found"])
        self.assertEqual(self.proxy.asked, [])
