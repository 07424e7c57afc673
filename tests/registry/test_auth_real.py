# SPDX-License-Identifier: Apache-2.0
"""A real registry that takes a token server's tokens, and credentials from docker-credential-pushgate
as docker's configuration names it."""

import hashlib
import http.client
import json
import os
import shutil
import subprocess
import unittest

from auth_fake import TYPE
from clientcase import CTL, ClientCase

from bed import parts
from bed.registry import Registry, TokenServer

PUSHGATE = os.environ.get("PUSHGATE") or os.path.join(os.path.dirname(os.path.dirname(CTL)),
                                                      "docker-credential-pushgate")
PULLER, PUSHER = "puller", "pusher"
ACCOUNTS = {PULLER: ("pull-secret-6a7b", {"pull"}), PUSHER: ("push-secret-8c9d", {"pull", "push"})}
COUNT = 60
SHARED = {}


def send(host, token, method, path, body=b"", kind="application/octet-stream"):
    connection = http.client.HTTPConnection(host, timeout=30)
    connection.request(method, path, body, {"Authorization": "Bearer " + token,
                                            "Content-Type": kind})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status >= 300:
        raise AssertionError("%s %s: %d" % (method, path, answer.status))
    return answer.headers


def push(registry, name):
    """The smallest image there is, without docker."""
    config = b"{}"
    named = "sha256:" + hashlib.sha256(config).hexdigest()
    token = registry.token.grant(PUSHER, ["repository:%s:pull,push" % name])
    where = send(registry.host, token, "POST", "/v2/%s/blobs/uploads/" % name)["Location"]
    where = where.split(registry.host, 1)[-1]
    send(registry.host, token, "PUT",
         where + ("&" if "?" in where else "?") + "digest=" + named, config)
    manifest = json.dumps({
        "schemaVersion": 2, "mediaType": TYPE, "layers": [],
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": named,
                   "size": len(config)}}).encode()
    send(registry.host, token, "PUT", "/v2/%s/manifests/1" % name, manifest, TYPE)
    return "sha256:" + hashlib.sha256(manifest).hexdigest()


def setUpModule():  # pylint: disable=invalid-name
    try:
        parts.part("registry")
    except parts.Missing as why:
        raise unittest.SkipTest(str(why)) from why
    SHARED["tokens"] = TokenServer(ACCOUNTS)
    SHARED["registry"] = Registry(token=SHARED["tokens"])
    try:
        SHARED["registry"].start()
        SHARED["digest"] = [push(SHARED["registry"], "team/app-%d" % i) for i in range(COUNT)][0]
    except BaseException:
        tearDownModule()
        raise


def tearDownModule():  # pylint: disable=invalid-name
    for name in ("registry", "tokens"):
        if name in SHARED:
            SHARED.pop(name).end()


class Real(ClientCase):
    def setUp(self):
        super().setUp()
        self.registry, self.server = SHARED["registry"], SHARED["tokens"]
        self.server.asked.clear()
        folder = os.path.join(self.folder, "bin")
        os.makedirs(folder)
        shutil.copy(PUSHGATE, os.path.join(folder, "docker-credential-pushgate"))
        self.env.update(PATH=folder + ":" + os.environ["PATH"], HOME=self.folder)
        self.config["credsStore"] = "pushgate"
        policy = os.path.join(self.folder, ".config", "docker-hygiene", "pushgate.json")
        os.makedirs(os.path.dirname(policy))
        os.chmod(self.folder, 0o755)
        self.policy = {"version": 1, "store": {"kind": "file", "key_file":
                                               os.path.join(self.folder, "key")}}
        with open(policy, "w", encoding="ascii") as out:
            json.dump(self.policy, out)

    def store(self, account):
        entry = {"ServerURL": self.registry.host, "Username": account,
                 "Secret": ACCOUNTS[account][0]}
        done = subprocess.run(["docker-credential-pushgate", "store"], env=dict(os.environ, **self.env),
                              input=json.dumps(entry).encode(), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout)

    def ask(self, *lines):
        run = super().ask(*lines)
        for _, (secret, _) in ACCOUNTS.items():
            self.assertNotIn(secret, run.text)
        return run

    def test_many_repositories(self):
        self.store(PULLER)
        run = self.ask(*("head %s/team/app-%d:1" % (self.registry.host, i) for i in range(COUNT)))
        self.assertEqual(set(run.outcomes), {"ok"}, run)
        self.assertEqual({row["digest"] for row in run.items}, {SHARED["digest"]})
        self.assertEqual({row["user"] for row in run.items}, {PULLER})
        self.assertEqual({account for account, _, _ in self.server.asked}, {PULLER})
        self.assertEqual(len(self.server.asked), COUNT)
        tally = run.tallies[self.registry.host]
        self.assertEqual(tally["tokens"], 3)
        # The first request twice.
        self.assertEqual(tally["requests"], COUNT + 1)

    def test_what_is_not_there(self):
        """The registry says so to who may know; a repository that is not there too."""
        self.store(PULLER)
        run = self.ask("head %s/team/app-1:2" % self.registry.host,
                       "head %s/nobody/app:1" % self.registry.host,
                       "head %s/team/app-2:1" % self.registry.host)
        self.assertEqual(run.outcomes, ["not-found", "not-found", "ok"], run)

    def test_nothing_stored(self):
        run = self.ask("head %s/team/app-1:1" % self.registry.host)
        self.assertEqual(run.outcomes, ["unauthorized"], run)
        self.assertIn("docker login " + self.registry.host, run.items[0]["error"])
        self.assertIsNone(run.items[0]["user"])

    def test_wrong_password(self):
        ACCOUNTS[PULLER] = ("pull-secret-old", {"pull"})
        try:
            self.store(PULLER)
        finally:
            ACCOUNTS[PULLER] = ("pull-secret-6a7b", {"pull"})
        run = self.ask(*("head %s/team/app-%d:1" % (self.registry.host, i) for i in range(5)))
        self.assertEqual(set(run.outcomes), {"unauthorized"}, run)
        self.assertIn("incorrect username or password", run.items[0]["error"])
        self.assertIn("it was asked as puller (credsStore pushgate)", run.items[0]["error"])
        self.assertNotIn("pull-secret-old", run.text)
        self.assertEqual(run.tallies[self.registry.host]["tokens"], 1)

    def test_who_may_push(self):
        for account, answer in ((PULLER, "no"), (PUSHER, "yes")):
            with self.subTest(account=account):
                self.store(account)
                run = self.ask("probe %s/team/app-1" % self.registry.host,
                               "head %s/team/app-1:1" % self.registry.host)
                self.assertEqual(run.items[0]["push"], answer, run)
                self.assertEqual(run.items[0]["user"], account)
                self.assertEqual(run.outcomes[1], "ok")
