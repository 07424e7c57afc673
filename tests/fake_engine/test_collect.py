# SPDX-License-Identifier: Apache-2.0
"""What is made of answers that are true in part, or twice, or of another engine."""

from fakecase import Case, Litter
from world import World


class Lists(Case):
    def test_a_container_twice_is_no_list(self):
        fake = self.engine(Litter().world)
        row = {"Id": "a" * 64, "Names": ["/x"], "Image": "base:1", "ImageID": "sha256:" + "b" * 64,
               "State": "exited", "Created": 5, "Labels": {}, "Mounts": []}
        fake.on("GET", "/containers/json").answer(200, [row, row])
        result = self.run_prune("--yes")
        self.assertEqual(result.status, 1, result)
        self.assertIn("twice", result.err)
        self.untouched(fake)

    def test_an_image_once_per_name_is_one_image(self):
        """Docker 23 and 24 with containerd's store; each row has one of the names."""
        world = World(api="1.43", store="containerd")
        image = world.image("app:1", "app:2", tagged=90000)
        fake = self.engine(world)
        rows = [{"Id": image.id, "ParentId": "", "RepoTags": [tag], "RepoDigests": [],
                 "Created": 5, "Size": 100, "SharedSize": -1, "Labels": None, "Containers": -1}
                for tag in ("app:1", "app:2")]
        fake.on("GET", "/images/json").answer(200, rows)
        told = self.plan("--all")
        self.assertEqual([(row["action"], row["name"]) for row in told["planned"]],
                         [("untag", "app:1"), ("remove", "app:2")])

    def test_the_image_of_a_container_is_asked_for(self):
        """Podman's lists may leave it out: the image must not look unused for it."""
        world = World()
        image = world.image("base:1", tagged=90000)
        box = world.container(image, state="running")
        fake = self.engine(world)
        row = {"Id": box.id, "Names": ["/x"], "Image": "", "State": "running", "Created": 5,
               "Labels": {}, "Mounts": []}
        fake.on("GET", "/containers/json").answer(200, [row])
        self.assertEqual(self.plan("--all")["planned"], [])
        self.assertEqual(len(fake.seen("GET", "/containers/%s/json" % box.id)), 1)

    def test_a_container_whose_image_nobody_tells(self):
        world = World()
        image = world.image("base:1", tagged=90000)
        box = world.container(image, state="running")
        fake = self.engine(world)
        row = {"Id": box.id, "Names": ["/x"], "State": "running", "Created": 5, "Mounts": []}
        fake.on("GET", "/containers/json").answer(200, [row])
        fake.on("GET", "/containers/.*/json").answer(200, {"Id": box.id, "State": {
            "Status": "running"}})
        result = self.run_prune("--yes", "--all")
        self.assertEqual(result.status, 1, result)
        self.assertIn(box.id, result.err)
        self.untouched(fake)


class Unknown(Case):
    def test_failed_inspects_are_told_and_keep(self):
        litter = Litter()
        fake = self.engine(litter.world)
        box, image = litter.ended[0], litter.loose[0]
        for path in ("/containers/%s/json" % box.id, "/images/%s/json" % image.id):
            fake.on("GET", path).answer(500, {"message": "layer does not exist"})
        result = self.run_prune("--yes")
        self.assertEqual(result.status, 0, result)
        self.assertEqual(self.removals(result.json["removed"]),
                         litter.goes() - {("container", box.id), ("image", image.id)})
        self.assertEqual(result.err.count("layer does not exist"), 2)
        self.assertIn(box.id[:12], result.err)

    def test_failed_history_makes_bytes_inexact(self):
        litter = Litter()
        fake = self.engine(litter.world)
        image = litter.loose[0]
        fake.on("GET", "/images/%s/history" % image.id).answer(500, {"message": "no"})
        result = self.run_prune("--dry-run")
        self.assertEqual(result.status, 0, result)
        row, = [row for row in result.json["planned"] if row["id"] == image.id]
        self.assertIs(row["bytes_exact"], False)
        self.assertIn("history", result.err)


class Histories(Case):
    def test_only_of_images_that_share_with_what_goes(self):
        world = World()
        base = world.image("base:1", tagged=90000)
        loose = world.image(layers=base.layers + [world.layer(100)], tagged=90000)
        world.image("other:1", tagged=90000)
        world.container(base, state="running")
        fake = self.engine(world)
        told = self.plan()
        self.assertEqual(self.removals(told["planned"]), {("image", loose.id)})
        self.assertEqual({row.path for row in fake.seen("GET", "/images/.*/history")},
                         {"/images/%s/history" % one.id for one in (base, loose)})


class Usage(Case):
    def usage(self, *args):
        result = self.user.run("usage", "--format", "json", *args)
        self.assertEqual(result.status, 0, result)
        return result.json

    def test_old_engine_is_walked_once(self):
        """Before 1.42 one /system/df tells of build cache and volumes both."""
        litter = Litter(api="1.41")
        fake = self.engine(litter.world)
        told = self.usage()
        self.assertEqual(len(fake.seen("GET", "/system/df")), 1)
        self.assertEqual(len(told["build_cache"]), 3)
        self.assertTrue(all(row["bytes"] is not None for row in told["volumes"]))

    def test_without_sizes_nothing_is_walked(self):
        for api in ("1.40", "1.44", "1.52"):
            with self.subTest(api):
                fake = self.engine(Litter(api=api).world)
                told = self.usage("--no-size")
                for row in fake.seen("GET", "/system/df"):
                    self.assertEqual(row.types, ["build-cache"])
                self.assertFalse(any(row.flag("size")
                                     for row in fake.seen("GET", "/containers/json")))
                self.assertIsNone(told["totals"]["volumes"]["bytes"])

    def test_podman_has_no_build_cache_of_its_own(self):
        fake = self.engine(Litter(api="1.41", podman=True, minimum="1.24").world)
        told = self.usage()
        self.assertEqual(fake.seen("GET", "/system/df"), [])
        self.assertEqual(told["build_cache"], [])

    def test_nothing_is_changed(self):
        for api in ("1.40", "1.52"):
            fake = self.engine(Litter(api=api).world)
            self.usage()
            self.untouched(fake)


class Disk(Case):
    """--free needs the engine's own disk; a path of the same name is no proof of it."""

    def refused(self, *words):
        result = self.user.run("prune", "--yes", "--free", "20%")
        self.assertOneLine(result, 1, "--max-size", *words)
        return result

    def test_listener_is_no_engine(self):
        fake = self.engine(Litter().world)
        self.refused()
        self.untouched(fake)

    def test_far_away(self):
        fake = self.engine(Litter().world, unix=False)
        self.refused("unix socket")
        self.untouched(fake)

    def test_usage_goes_without(self):
        self.engine(Litter().world)
        result = self.user.run("usage", "--format", "json")
        self.assertEqual(result.status, 0, result)
        self.assertIsNone(result.json["disk"])
        self.assertIsNone(result.json["totals"]["container_logs"])
