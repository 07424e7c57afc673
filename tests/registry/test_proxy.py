# SPDX-License-Identifier: Apache-2.0
"""HTTPS_PROXY and NO_PROXY, with a proxy that knows where the registry's name leads."""

import os
import shutil

from clientcase import ClientCase
from fake_registry import Fake, Proxy, reply

from bed import tls

NAME = "registry.invalid"
COUNT = 12


class Proxies(ClientCase):
    def setUp(self):
        super().setUp()
        pki = tls.Pki(os.path.join(self.folder, "pki"))
        pki.sign(pki.server_cert, pki.server_key, "named", "subjectAltName=DNS:%s\n" % NAME)
        fake = Fake(tls=(pki.server_cert, pki.server_key), secrets=["s3cret"])
        self.registry = fake.__enter__()  # pylint: disable=unnecessary-dunder-call
        self.addCleanup(fake.__exit__)
        self.port = self.registry.host.split(":")[1]
        self.host = "%s:%s" % (NAME, self.port)
        proxy = Proxy("127.0.0.1", {self.host: self.registry.host})
        self.proxy = proxy.__enter__()  # pylint: disable=unnecessary-dunder-call
        self.addCleanup(proxy.__exit__)
        certs = os.path.join(self.folder, "certs.d", self.host)
        os.makedirs(certs)
        shutil.copy(pki.ca, os.path.join(certs, "ca.crt"))

    def heads(self, **env):
        """The outcomes of HEADs, and what the proxy was asked for them."""
        self.env = env
        self.proxy.asked.clear()
        run = self.ask(*("head %s/r%d:1" % (self.host, i) for i in range(COUNT)))
        return set(run.outcomes), set(self.proxy.asked)

    def test_through(self):
        through = {"not-found"}, {"CONNECT " + self.host}
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            with self.subTest(variable=name):
                self.assertEqual(self.heads(**{name: self.proxy.url}), through)
        # As docker: its scheme may be left out, and plain http's proxy is none of https.
        self.assertEqual(self.heads(HTTPS_PROXY=self.proxy.url[len("http://"):]), through)
        self.assertEqual(self.heads(HTTP_PROXY=self.proxy.url), ({"unreachable"}, set()))
        self.assertEqual(self.registry.leaks, [])

    def test_password_is_not_told(self):
        for proxy in ("ftp://me:s3cret@proxy.invalid", "http://me:s3cret@pro xy", "m:s3cret@[::z]:1",
                      "http://me:s3cret@", "socks9://s3cret@" + "x" * 300,
                      "ftp://me:" + "s3cret" * 100 + "@x"):
            with self.subTest(proxy=proxy[:40]):
                self.env = {"HTTPS_PROXY": proxy}
                run = self.ask("head %s/r:1" % self.host)
                self.assertNotIn("s3cret", run.text)
                self.assertEqual(run.outcomes, ["unreachable"])

    def test_who_needs_none(self):
        direct = {"unreachable"}, set()
        for entry in ("*", NAME, ".invalid", "*.invalid", "%s:%s" % (NAME, self.port)):
            with self.subTest(entry=entry):
                self.assertEqual(self.heads(HTTPS_PROXY=self.proxy.url, NO_PROXY="x, " + entry),
                                 direct)
        for entry in ("egistry.invalid", NAME + ":1", "127.0.0.0/8"):
            with self.subTest(entry=entry):
                self.assertEqual(self.heads(HTTPS_PROXY=self.proxy.url, no_proxy=entry),
                                 ({"not-found"}, {"CONNECT " + self.host}))

    def test_its_port_may_be_left_out(self):
        """It is the scheme's, as docker has it; libcurl's is 1080."""
        for address, port in (("http://127.9.9.9", 80), ("127.9.9.9", 80),
                              ("https://127.9.9.9", 443)):
            with self.subTest(address=address):
                self.env = {"HTTPS_PROXY": address}
                run = self.ask("head %s/r:1" % self.host, options=("--max-wait", "-1"))
                self.assertIn("127.9.9.9 port %d " % port, run[0]["error"])

    def test_one_that_refuses(self):
        """Its password may be wrong: it is not asked again and again."""
        for status in (403, 407, 502):
            with self.subTest(status=status), Fake() as proxy:
                proxy.on("*", reply(status))
                self.env = {"HTTPS_PROXY": "http://me:s3cret@" + proxy.host}
                run = self.ask(*("head %s/r%d:1" % (self.host, i) for i in range(COUNT)),
                               options=("--parallel", "1", "--max-wait", "1"))
                self.assertEqual(set(run.outcomes), {"unreachable"})
                self.assertIn("the proxy answers %d" % status, run[0]["error"])
                self.assertEqual([r.method for r in proxy.requests], ["CONNECT"] * 2)
                self.assertNotIn("s3cret", run.text)

    def test_never_to_this_machine(self):
        self.env = {"HTTPS_PROXY": self.proxy.url, "HTTP_PROXY": self.proxy.url}
        run = self.ask("head %s/r:1" % self.registry.host)
        self.assertEqual(run.outcomes, ["not-found"])
        self.assertEqual(self.proxy.asked, [])
