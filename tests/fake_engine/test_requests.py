# SPDX-License-Identifier: Apache-2.0
"""What is asked of an engine, how, and how often."""

import json
import re
import time

from fakecase import KINDS, Case, Litter
from world import World, scaled

DEFAULT_KINDS = KINDS[::3]


class Discipline(Case):
    def run_everything(self, api, store):
        litter = Litter(api=api, store=store)
        fake = self.engine(litter.world)
        self.prune("--containers", "--images", "--volumes=all", "--networks", "--build-cache",
                   "--all", "--keep-last", "1")
        return fake

    def test_everything_is_deleted_by_id_and_never_forced(self):
        for api, store in DEFAULT_KINDS:
            with self.subTest(api=api, store=store):
                fake = self.run_everything(api, store)
                for row in fake.changing():
                    self.assertFalse(row.flag("force"), row)
                    self.assertFalse(row.flag("v"), row)
                    if row.path == "/build/prune":
                        continue
                    self.assertEqual(row.method, "DELETE")
                    self.assertRegex(row.path, "^/(containers/[0-9a-f]{64}|networks/[0-9a-f]{64}|"
                                     "images/sha256:[0-9a-f]{64}|images/[^/]+:[^/]+|volumes/.+)$")
                    if row.path.startswith("/images/"):
                        self.assertTrue(row.flag("noprune"), row)

    def test_build_cache_record_by_record(self):
        for api, store in DEFAULT_KINDS:
            with self.subTest(api=api, store=store):
                litter = Litter(api=api, store=store)
                fake = self.engine(litter.world)
                self.prune("--build-cache")
                asked = fake.seen("POST", "/build/prune")
                self.assertEqual(len(asked), 2)
                order = []
                for row in asked:
                    filters = json.loads(row.query["filters"])
                    (pattern,) = list(filters["id"])
                    self.assertTrue(re.fullmatch(r"\^[0-9a-z]+\$", pattern), pattern)
                    self.assertEqual(set(filters), {"id"})
                    order.append(pattern[1:-1])
                parent, child = litter.cache
                self.assertEqual(order, [child.id, parent.id], "children before parents")

    def test_the_engine_selects_nothing(self):
        for api, store in DEFAULT_KINDS:
            with self.subTest(api=api, store=store):
                fake = self.run_everything(api, store)
                for row in fake.seen("GET", "/(containers|images)/json|/volumes|/networks"):
                    self.assertNotIn("filters", row.query, row)
                self.assertEqual(fake.seen("POST", "/(?!build|grpc).*prune"), [])

    def test_no_walk_that_no_rule_asked_for(self):
        for api, store in DEFAULT_KINDS:
            with self.subTest(api=api, store=store):
                litter = Litter(api=api, store=store)
                fake = self.engine(litter.world)
                self.prune()
                for row in fake.seen("GET", "/system/df"):
                    self.assertIn("type", row.query, row)
                    self.assertFalse({"container", "volume"} & set(row.types), row)
                for row in fake.seen("GET", "/containers/json"):
                    self.assertFalse(row.flag("size"), row)
                self.assertEqual(fake.seen("GET", "/volumes.*|/networks.*"), [])

    def test_only_candidates_are_inspected(self):
        """Running containers and images in use are never in a plan: nothing about them matters."""
        world = World()
        base = world.image("base:1")
        for _ in range(50):
            world.container(base, state="running")
        ended = world.container(base)
        fake = self.engine(world)
        self.plan()
        self.assertEqual({row.path for row in fake.seen("GET", "/containers/.+/json")},
                         {"/containers/%s/json" % ended.id})

    def test_dry_run_only_reads(self):
        for api, store in KINDS:
            fake = self.engine(Litter(api=api, store=store).world)
            self.plan("--containers", "--images", "--volumes=all", "--networks", "--build-cache")
            self.untouched(fake)


class Parallel(Case):
    def test_many_in_flight_on_few_connections(self):
        world = World()
        image = world.image("base:1")
        for _ in range(200):
            world.container(image)
        fake = self.engine(world, latency=0.02)
        began = time.monotonic()
        self.prune()
        took = time.monotonic() - began
        self.assertGreaterEqual(fake.most_in_flight, 4)
        self.assertLessEqual(fake.most_connections, 40)
        # 200 inspects and 200 deletions one after the other would take 8 s.
        self.assertLess(took, 4)

    def test_connections_are_kept(self):
        world = scaled(300, 100)
        fake = self.engine(world)
        self.prune()
        self.assertLess(fake.connections, len(fake.requests) / 4)

    def test_children_wait_for_nothing_but_their_parents_do(self):
        """A chain of images over a slow engine: strictly children first."""
        world = World()
        parent = world.image(tagged=90000)
        chain = [parent]
        for _ in range(5):
            chain.append(world.image(layers=chain[-1].layers + [world.layer(10)], parent=chain[-1],
                                     tagged=90000))
        fake = self.engine(world, latency=0.01)
        done = self.prune()
        self.assertEqual(done["failed"] + done["skipped"], [])
        self.assertEqual(fake.deleted(), ["/images/" + row.id for row in reversed(chain)])

    def test_big_dry_run(self):
        fake = self.engine(scaled(2000, 1000))
        began = time.monotonic()
        planned = self.plan("--all")
        self.assertLess(time.monotonic() - began, 20)
        self.assertGreater(len(planned["planned"]), 1000)
        self.untouched(fake)
