# SPDX-License-Identifier: Apache-2.0
"""What the tests on the fake engine share."""

import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lib")]

from bed.program import User  # noqa: E402
from fake import Fake  # noqa: E402
from world import World  # noqa: E402

# API version and store of engines that shape their answers differently.
KINDS = (("1.40", "overlay2"), ("1.41", "overlay2"), ("1.43", "overlay2"), ("1.44", "overlay2"),
         ("1.45", "containerd"), ("1.47", "containerd"), ("1.48", "containerd"),
         ("1.51", "overlay2"), ("1.51", "containerd"), ("1.52", "containerd"), ("1.52", "overlay2"),
         ("1.53", "containerd"), ("1.54", "overlay2"), ("1.56", "containerd"))


class Litter:
    """A world with something of everything: goes and stays by default."""

    def __init__(self, **kind):
        world = self.world = World(**kind)
        self.base = world.image("base:1", size=5000, tagged=7200)
        self.app = world.image("app:1", "app:2", layers=self.base.layers + [world.layer(300)],
                               parent=self.base, tagged=90000)
        self.loose = [world.image(layers=self.base.layers + [world.layer(100 + number)],
                                  tagged=90000) for number in range(3)]
        self.ended = [world.container(self.base) for _ in range(3)]
        self.created = world.container(self.base, state="created")
        self.running = world.container(self.base, state="running")
        self.young = world.container(self.base, age=60)
        self.anonymous = world.volume()
        self.named = world.volume("data")
        self.used = world.volume("used")
        self.running.mounts.append(("volume", "used", "/used"))
        self.network = world.network("unused")
        parent = world.build_cache(1000)
        self.cache = [parent, world.build_cache(2000, parents=[parent])]
        world.build_cache(500, in_use=True)

    def goes(self):
        """{(kind, ID)} that go by default."""
        return ({("container", row.id) for row in self.ended + [self.created]} |
                {("image", row.id) for row in self.loose})


class Case(unittest.TestCase):
    maxDiff = None
    plugin = "hygiene"

    def engine(self, world, **options):
        """A running fake; also makes self.user, whose engine it is."""
        fake = Fake(world, **options)
        fake.begin()
        self.addCleanup(fake.end)
        self.addCleanup(self.assertEqual, fake.failed, [])
        self.user = User(fake.host, plugin=self.plugin)
        self.addCleanup(self.user.end)
        return fake

    def run_prune(self, *args, **run):
        return self.user.run("prune", "--format", "json", *args, **run)

    def plan(self, *args, status=0, **run):
        result = self.run_prune("--dry-run", *args, **run)
        self.assertEqual(result.status, status, result)
        return result.json

    def prune(self, *args, status=0, **run):
        result = self.run_prune("--yes", *args, **run)
        self.assertEqual(result.status, status, result)
        told = result.json
        self.assertEqual(self.rows(told["planned"]),
                         self.rows(told["removed"]) | self.rows(told["skipped"]) |
                         self.rows(told["failed"]))
        return told

    def rows(self, rows):
        return {(row["kind"], row["action"], row["id"], row["name"]) for row in rows}

    def removals(self, rows):
        return {(row["kind"], row["id"]) for row in rows if row["action"] == "remove"}

    def untouched(self, fake):
        self.assertEqual(fake.changing(), [])

    def assertOneLine(self, result, status, *words):
        """Refused with one line on stderr that has these words."""
        self.assertEqual(result.status, status, result)
        lines = [line for line in result.err.splitlines() if line.strip()]
        self.assertEqual(len(lines), 1, result)
        for word in words:
            self.assertIn(word.lower(), lines[0].lower(), result)
