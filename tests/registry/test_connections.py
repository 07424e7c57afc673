# SPDX-License-Identifier: Apache-2.0
"""Over how many connections a real registry is asked, by its own log."""

import os
import re

from clientcase import ClientCase

from bed import tls
from bed.registry import Registry

COUNT = 60


class Connections(ClientCase):
    def log_of(self, settings):
        """What the registry wrote of so many HEADs, each of another repository."""
        with Registry(counts=True, settings=settings) as registry:
            run = self.ask(*("head %s/r%d:1" % (registry.host, i) for i in range(COUNT)))
            self.assertEqual(run.outcomes, ["not-found"] * COUNT, run)
            self.assertEqual(run.tallies[registry.host]["retries"], 0)
            with open(registry.log, encoding="utf-8", errors="replace") as log:
                return log.read()

    def test_one_where_there_is_tls(self):
        pki = tls.Pki(os.path.join(self.folder, "pki"))
        log = self.log_of({"http": {"tls": {"certificate": pki.server_cert,
                                            "key": pki.server_key}}})
        self.assertEqual(set(re.findall(r"/manifests/1 (HTTP/[\d.]+)", log)), {"HTTP/2.0"})
        peers = re.findall(r'http\.request\.remoteaddr="?([\d.:]+)', log)
        self.assertGreaterEqual(len(peers), COUNT)
        self.assertEqual(len(set(peers)), 1, "connections of HTTP/2")

    def test_few_where_there_is_none(self):
        log = self.log_of({})
        peers = set(re.findall(r'http\.request\.remoteaddr="?([\d.:]+)', log))
        self.assertLess(len(peers), COUNT / 2, "connections are used again")
