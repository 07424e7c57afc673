# SPDX-License-Identifier: Apache-2.0
"""docker hygiene base status: engines of all API versions and stores, and what they may answer."""

import os

from fakecase import KINDS, Case  # first: it says where bed is

from bed.scripted import Scripted
from world import World


class Scene(Case):
    def setUp(self):
        self.registry = Scripted()
        self.addCleanup(self.registry.end)

    def name(self, text):
        return "%s/%s" % (self.registry.host, text)

    def status(self, *args, status=0, **run):
        result = self.user.run("base", "status", "--format", "json", *args, **run)
        self.assertEqual(result.status, status, result)
        return {row["image"]: row for row in result.json["items"]}


class Base(Scene):
    def pulled(self, world, text, **more):
        """An image that was pulled as host/text, and that the registry still has."""
        image = world.image(self.name(text), **more)
        repository, _, tag = text.rpartition(":")
        config = image.id
        if world.store == "containerd":
            # Its ID is the manifest's digest.
            digest = self.registry.image(repository, config, tag)
            del world.images[image.id]
            image.id = digest
            world.images[digest] = image
        else:
            digest = self.registry.image(repository, config, tag)
        image.digests = [self.name(repository) + "@" + digest]
        return image

    def test_all_versions(self):
        for api, store in KINDS:
            with self.subTest(api=api, store=store):
                world = World(api=api, store=store)
                base = self.pulled(world, "base:1")
                world.image("mine/app:1", layers=base.layers + [world.layer(10)])
                self.pulled(world, "moved:1")
                self.registry.image("moved", "sha256:" + "b" * 64, "1")
                self.engine(world)
                told = self.status(self.name("base:1"), self.name("moved:1"))
                self.assertEqual(told[self.name("base:1")]["status"], "fresh", told)
                self.assertEqual(told[self.name("moved:1")]["status"], "stale", told)
                # Nobody asks Docker Hub in these tests.
                told = self.status("mine/app:1", env={"https_proxy": "http://127.0.0.1:1"})
                row = told["mine/app:1"]
                self.assertEqual(row["status"],
                                 "unreachable" if store == "containerd" else "local-only", row)
                self.assertEqual((row["base"]["name"], row["base"]["status"]),
                                 (self.name("base:1"), "fresh"), row)

    def test_podman(self):
        """Names of its own making are of the host "localhost"; digests are of whatever has a name."""
        world = World(podman=True)
        self.pulled(world, "base:1")
        mine = world.image("localhost/app:1")
        mine.digests = ["localhost/app@" + mine.id]
        self.engine(world)
        told = self.status()
        self.assertEqual(told[self.name("base:1")]["status"], "fresh", told)
        self.assertEqual(told["localhost/app:1"]["status"], "local-only", told)

    def test_mirror(self):
        """What a mirror of the engine lacks is not gone."""
        world = World()
        image = self.pulled(world, "app:1")
        self.registry.has.clear()
        self.engine(world)
        name = self.name("app:1")
        self.assertEqual(self.status()[name]["status"], "gone", image)
        self.assertEqual(self.status("--mirror", self.registry.host)[name]["status"], "unknown")
        world.told["RegistryConfig"] = {"Mirrors": ["http://%s/" % self.registry.host]}
        self.assertEqual(self.status()[name]["status"], "unknown")

    def test_few_pulls_left(self):
        world = World()
        self.pulled(world, "app:1")
        self.registry.image("app", "sha256:" + "b" * 64, "1", **{
            "RateLimit-Limit": "100;w=21600", "RateLimit-Remaining": "19;w=21600"})
        self.engine(world)
        row = self.status()[self.name("app:1")]
        self.assertEqual(row["status"], "rate-limited", row)
        self.assertEqual({method for method, _ in self.registry.asked}, {"HEAD"})
        table = self.user.run("base", "status")
        self.assertIn("19 of 100 pulls left in 6 h", table.out)

    def test_vanishing_and_broken_images(self):
        world = World()
        names = [self.name("app%d:1" % number) for number in range(3)]
        images = [self.pulled(world, "app%d:1" % number) for number in range(3)]
        fake = self.engine(world)
        fake.on("GET", "/images/%s/json" % images[0].id).answer(404, {"message": "no such image"})
        fake.on("GET", "/images/%s/json" % images[1].id).answer(500, {"message": "it broke"})
        result = self.user.run("base", "status", "--format", "json")
        self.assertEqual(result.status, 0, result)
        told = {row["image"]: row["status"] for row in result.json["items"]}
        self.assertEqual(told, {names[1]: "fresh", names[2]: "fresh"})
        self.assertIn("it broke", result.err)

    def test_nonsense(self):
        world = World()
        image = self.pulled(world, "app:1")
        fake = self.engine(world)
        for path in ("/info", "/images/json", "/images/%s/json" % image.id):
            with self.subTest(path):
                fault = fake.on("GET", path)
                fault.answer(200, b"[{\"Id\": 5}, 3]")
                result = self.user.run("base", "status")
                self.assertEqual(result.status, 1, result)
                self.assertEqual(result.out, "")
                fake.faults.remove(fault)
        self.assertEqual(self.registry.asked, [])

    def test_digests_that_are_none(self):
        for store in ("overlay2", "containerd"):
            for digest in ("app:1", "app", "app@", "app@sha256:12", "@sha256:" + "a" * 64, ""):
                with self.subTest(store=store, digest=digest):
                    world = World(store=store, api="1.47")
                    world.image("app:1").digests = [digest]
                    self.engine(world)
                    row = self.status("--all")["app:1"]
                    self.assertEqual((row["status"], row["digest"]), ("local-only", None), row)

    def test_names_that_are_not_for_terminals(self):
        world = World()
        world.image("app:1", labels={"org.opencontainers.image.base.name": "os\x1b[2J:1"})
        self.engine(world)
        result = self.user.run("base", "status")
        self.assertEqual(result.status, 0, result)
        self.assertNotIn("\x1b", result.out)

    def test_nothing_is_changed(self):
        world = World()
        self.pulled(world, "app:1")
        fake = self.engine(world)
        self.status()
        self.untouched(fake)
        self.assertFalse(os.path.exists(self.user.path("state")), "it writes nothing")


class Access(Scene):
    def test_why_is_told_in_full_on_a_terminal(self):
        self.engine(World())
        name = self.name("a-rather-long-name-for-a-repository/of-a-team/in-a-registry/app")
        terminal = self.user.terminal("access", name)
        self.assertEqual(terminal.finish(), 0, terminal.text)
        self.assertIn("   it did not say: the registry answers 404\r\n", terminal.text)
