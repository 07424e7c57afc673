# SPDX-License-Identifier: Apache-2.0
"""Many at the same time: of 200 gets and stores none fails and none is lost (for the two files that
is in tests/unit), and of logins to one registry with many accounts one is left, whole."""

import os
import shutil
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor

import keyring
import storecase

# A helper as others are: it knows nothing of accounts, names or turns.
OTHER = """#!/bin/sh
XDG_STATE_HOME=%s exec %s file:%s:%s "$1"
"""


class OneRegistry:
    """self.store is the one that all of them use."""

    def test_one_registry(self):
        """Each removes what it takes the place of, under other names of the registry too."""
        servers = ("reg", "https://reg", "reg:443", "https://REG/v2/")

        def one(number):
            return self.store.store(servers[number % len(servers)], "user%d" % number,
                                    "secret%d" % number)

        with ThreadPoolExecutor(40) as pool:
            for answer in pool.map(one, range(40)):
                self.done(answer)
        names = self.names(self.store.list())
        self.assertEqual(len(names), 1, names)
        username, secret = self.kept(self.store.get("reg"))
        self.assertEqual(list(names.values()), [username])
        self.assertEqual(username.replace("user", "secret"), secret)


class Together(OneRegistry):
    def test_two_hundred(self):
        def one(number):
            server = "reg%d" % (number // 2 % 20)
            if number % 2:
                return self.store.store(server, "u", "s")
            return self.store.get(server)

        with ThreadPoolExecutor(200) as pool:
            for answer in pool.map(one, range(200)):
                self.assertTrue(answer.status == 0 or answer.kind == "not-found", answer)
        self.assertEqual(self.names(self.store.list()), {"reg%d" % i: "u" for i in range(20)})


class Files(storecase.Case):
    def setUp(self):
        self.top = os.path.realpath(tempfile.mkdtemp(prefix="together."))
        self.addCleanup(shutil.rmtree, self.top, True)
        self.env = {"PATH": "%s:%s" % (self.top, os.environ["PATH"]), "HOME": self.top}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]

    def path(self, name):
        return os.path.join(self.top, "state", name)


class PullFile(OneRegistry, Files):
    def setUp(self):
        super().setUp()
        self.store = storecase.storectl("file:%s:%s" % (self.path("pull.enc"), self.path("key")),
                                        self.env)


class PushFile(OneRegistry, Files):
    def setUp(self):
        super().setUp()
        self.store = storecase.storectl("push:" + self.path("push.json"), self.env)


class AnotherHelper(Together, Files):
    def setUp(self):
        super().setUp()
        path = os.path.join(self.top, "docker-credential-other")
        with open(path, "w", encoding="ascii") as out:
            out.write(OTHER % (self.path("other"), storecase.STORECTL, self.path("pull.enc"),
                               self.path("key")))
        os.chmod(path, 0o755)
        self.store = storecase.storectl("helper:other", self.env)


WHY_NOT = keyring.missing()


@unittest.skipIf(WHY_NOT, WHY_NOT)
class SecretService(Together, storecase.Case):
    def setUp(self):
        session = keyring.Session()
        self.addCleanup(session.close)
        self.store = storecase.storectl("secretservice", session.env)


if __name__ == "__main__":
    unittest.main()
