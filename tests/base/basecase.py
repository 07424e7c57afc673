# SPDX-License-Identifier: Apache-2.0
"""An engine and a registry for tests of `docker hygiene base`; both are empty for each test."""

import json
import subprocess
import unittest

from bed import archive, oci, parts
from bed.engine import Engine
from bed.program import User
from bed.registry import Registry

SHARED = {}


class Used:
    """The engine of this run, in the machine's own network, and a registry that lets everybody in."""

    def __init__(self, name):
        self.name = name
        self.engine = self.engine_told = self.registry = None
        self.clis = []

    def begin(self):
        self.registry = Registry(counts=True)
        self.registry.start()
        self.engine = Engine(parts.engine(self.name), network=True)
        self.engine.start()
        info = self.engine.api.info()
        store = "containerd" if self.engine.kind.containerd_store else info["Driver"]
        self.engine_told = (info["ServerVersion"].split("+")[0], store)
        SHARED.update(engine=self.engine, registry=self.registry, used=self, number=0)

    def end(self):
        for part in (self.engine, self.registry):
            if part:
                part.end()


def layer(seed, size=2000):
    return archive.layer(size, seed)


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.engine = SHARED["engine"]
        self.api = self.engine.api
        self.api.wipe()
        self.user = User(self.engine.host)
        self.addCleanup(self.user.end)
        self.registry = SHARED["registry"]
        self.host = self.registry.host
        self.pusher = oci.Pusher(self.host)
        # The registry keeps what earlier tests put there: each test has repositories of its own.
        SHARED["number"] += 1
        self.prefix = "t%d" % SHARED["number"]

    @property
    def containerd(self):
        return self.engine.kind.containerd_store

    def open_registry(self, **options):
        """Another registry, for this test."""
        registry = Registry(**options)
        self.addCleanup(registry.end)
        registry.start()
        return registry

    def repository(self, name):
        """(repository, as people write it)"""
        return "%s/%s" % (self.prefix, name), "%s/%s/%s" % (self.host, self.prefix, name)

    def push(self, name, *seeds, tag="1", **image):
        """An image of these layers in the registry: its reference and its digest."""
        repository, full = self.repository(name)
        made = self.pusher.image(repository, [layer(seed) for seed in seeds], tag, **image)
        return "%s:%s" % (full, tag), made["digest"]

    def push_index(self, name, tag="1", annotations=None, **children):
        """An index of {architecture: layers}: its reference, its digest, and {arch: digest}."""
        repository, full = self.repository(name)
        made = [self.pusher.image(repository, [layer(seed) for seed in seeds], arch=arch)
                for arch, seeds in children.items()]
        index = self.pusher.index(repository, made, tag, annotations)
        return "%s:%s" % (full, tag), index["digest"], {
            row["platform"]["architecture"]: row["digest"] for row in made}

    def pull(self, reference, account=None):
        """Let the engine pull."""
        import base64  # pylint: disable=import-outside-toplevel
        name, _, tag = reference.rpartition(":")
        headers = {}
        if account:
            text = json.dumps({"username": account[0], "password": account[1]}).encode()
            headers["X-Registry-Auth"] = base64.urlsafe_b64encode(text).decode()
        if "@" in reference:
            name, tag = reference.split("@")
        told = self.api.call("POST", "/images/create", headers=headers, fromImage=name, tag=tag)
        rows = told if isinstance(told, list) else [told]
        for row in rows:
            self.assertNotIn("error", row or {}, rows)

    def build(self, tag, dockerfile, **files):
        """A classic build, as every engine has it."""
        content = {"Dockerfile": dockerfile.encode()}
        content.update({name: data.encode() for name, data in files.items()})
        self.api.build(archive.tar_of(content), tag)

    def build_on(self, tag, base):
        """An image of one layer more than its base."""
        self.build(tag, "FROM %s\nCOPY content /content\n" % base, content=tag)

    def load(self, tag, *seeds, labels=None):
        self.api.load(archive.archive([archive.Image([layer(seed) for seed in seeds], [tag],
                                                     labels)]))

    def skopeo(self, reference):
        """The digest that skopeo reads."""
        told = subprocess.run([parts.part("skopeo")["path"], "inspect", "--tls-verify=false",
                               "--no-tags", "--format", "{{.Digest}}", "docker://" + reference],
                              stdout=subprocess.PIPE, check=True, text=True)
        return told.stdout.strip()

    def status(self, *args, status=0, **run):
        """`base status --format json`."""
        result = self.user.run("base", "status", "--format", "json", *args, **run)
        self.assertEqual(result.status, status, result)
        return result.json

    def item(self, told, image):
        found = [row for row in told["items"] if row["image"] == image]
        self.assertEqual(len(found), 1, told)
        return found[0]

    def assertStatus(self, told, image, status, base=None, by=None):
        row = self.item(told, image)
        self.assertEqual(row["status"], status, row)
        if base:
            self.assertIsNotNone(row["base"], row)
            self.assertEqual((row["base"]["status"], row["base"]["found_by"]),
                             (base, by or row["base"]["found_by"]), row)
        return row
