# SPDX-License-Identifier: Apache-2.0
"""Side by side with docker-credential-secretservice: what it wrote is read, what we wrote it reads,
the same sequences give the same answers, and where it is wrong (facts of 0.6.4 and 0.9.6) we are not.
"""

import json
import os
import random
import time
import unittest

import keyring
import storecase
from bed import parts

WHY_NOT = keyring.missing()
# Of keys that are no two names of one registry, since the peer tells those apart.
SERVERS = ("https://index.docker.io/v1/", "reg.example:5000", "127.0.0.1:5999",
           "http://plain.example", "https://url.example/path", "ftp://odd example/?q#f", "é.example")
SECRETS = ("pw", "a\"b\\c", "ж€😀", "<token>", "x" * 5000, " blanks ")


class Peer(storecase.Case):
    part = None

    @classmethod
    def setUpClass(cls):
        if not cls.part:
            raise unittest.SkipTest("the base of the others")
        if WHY_NOT:
            raise unittest.SkipTest(WHY_NOT)
        try:
            cls.made = parts.part(cls.part)
        except parts.Missing as why:
            raise unittest.SkipTest(str(why))
        cls.program = os.path.join(cls.made["path"], "docker-credential-secretservice")

    def session(self):
        session = keyring.Session()
        self.addCleanup(session.close)
        return session, storecase.storectl("secretservice", session.env), \
            storecase.Helper([self.program], session.env)


class Both:
    def test_reads_what_the_peer_wrote(self):
        session, ours, peer = self.session()
        self.done(peer.store("reg.example:5000", "u", "theirs"))
        self.assertEqual(self.kept(ours.get("reg.example:5000")), ("u", "theirs"))
        self.assertEqual(self.kept(ours.get("https://reg.example:5000/v2/")), ("u", "theirs"))
        # Since 0.9 the peer's label is a sentence, which its own list takes for the address.
        self.assertEqual(self.names(ours.list()), {"reg.example:5000": "u"})
        self.done(ours.store("reg.example:5000", "v", "ours"))
        self.assertEqual(self.kept(peer.get("reg.example:5000")), ("v", "ours"))
        self.assertEqual(len(session.items("docker_cli", "1")), 1)
        self.done(ours.erase("reg.example:5000"))
        self.assertEqual(peer.get("reg.example:5000").status, 1)

    def test_is_read_by_the_peer(self):
        _, ours, peer = self.session()
        for server in SERVERS:
            self.done(ours.store(server, "u", "s of " + server))
        for server in SERVERS:
            self.assertEqual(self.kept(peer.get(server)), ("u", "s of " + server))
        self.assertEqual(self.names(peer.list()), {server: "u" for server in SERVERS})
        self.done(peer.erase("reg.example:5000"))
        self.failed(ours.get("reg.example:5000"), "not-found", storecase.NOT_FOUND)



class Older(Both, Peer):
    """0.6.4, of Debian 12 and 13."""

    part = "helpers-trixie"

    def test_same_sequences_same_answers(self):
        seed = int(os.environ.get("TEST_SEED") or random.SystemRandom().randrange(1 << 32))
        dice = random.Random(seed)
        _, ours, _ = self.session()
        _, _, peer = self.session()
        kept = {}
        for step in range(30):
            server = dice.choice(SERVERS)
            verb = dice.choice(("get", "get", "store", "store", "erase", "list"))
            words = [] if verb == "list" else [server]
            if verb == "store":
                # One name an address: of two the peer keeps both.
                kept[server] = dice.choice(SECRETS)
                words += ["user of " + server, kept[server]]
            with self.subTest(seed=seed, step=step, verb=verb, words=words):
                one, other = getattr(ours, verb)(*words), getattr(peer, verb)(*words)
                self.assertEqual(one.status, other.status, (one, other))
                if verb in ("get", "list") and one.status == 0:
                    self.assertEqual(json.loads(one.out), json.loads(other.out))
                elif verb == "get":
                    self.assertEqual(one.text, other.out.strip())
                else:
                    self.assertEqual((one.out, other.out), ("", ""))

    def test_where_the_peer_keeps_an_old_account(self):
        session, ours, peer = self.session()
        self.done(peer.store("reg", "zoe", "one"))
        # The keyring counts seconds.
        second = int(time.time())
        while int(time.time()) == second:
            time.sleep(0.02)
        self.done(peer.store("reg", "bob", "two"))
        secrets = sorted(item["secret"] for item in session.items("docker_cli", "1"))
        self.assertEqual(secrets, ["one", "two"], "the peer has mended it")
        # The peer gives either; we the one that was stored last.
        self.assertEqual(self.kept(ours.get("reg")), ("bob", "two"))
        self.done(ours.store("reg", "carol", "three"))
        self.assertEqual([item["secret"] for item in session.items("docker_cli", "1")], ["three"])

    def test_where_the_peer_lies_about_a_locked_keyring(self):
        session, ours, peer = self.session()
        self.done(peer.store("reg", "u", "s"))
        session.lock()
        got, erased = peer.get("reg"), peer.erase("reg")
        self.assertTrue(got.status == 2 or got.out.strip() == storecase.NOT_FOUND, got)
        self.assertEqual(erased.status, 0, "the peer has mended it")
        self.failed(ours.get("reg"), "denied", "the keyring is locked")
        self.failed(ours.erase("reg"), "denied", "the keyring is locked")
        session.stop_daemon()
        session.start_daemon()
        self.assertEqual(self.kept(peer.get("reg")), ("u", "s"))

    def test_as_the_store_behind_us(self):
        """The other way of using it: as a helper that we ask."""
        session, _, peer = self.session()
        env = dict(session.env, PATH=self.made["path"] + ":" + session.env["PATH"])
        ours = storecase.storectl("helper:secretservice", env)
        self.failed(ours.get("reg"), "not-found", storecase.NOT_FOUND)
        self.done(ours.erase("reg"))
        self.done(ours.store("reg", "alice", "one"))
        self.done(ours.store("reg", "bob", "two"))
        self.assertEqual(self.kept(ours.get("reg")), ("bob", "two"))
        self.assertEqual(self.kept(peer.get("reg")), ("bob", "two"))
        self.assertEqual([item["secret"] for item in session.items("docker_cli", "1")], ["two"])
        self.done(ours.erase("reg"))
        self.assertEqual(session.items("docker_cli", "1"), [])


class Newer(Both, Peer):
    """0.9, of Debian sid: what moves on is asked for the common ground alone."""

    part = "helpers-sid"


if __name__ == "__main__":
    unittest.main()
