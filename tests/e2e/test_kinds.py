# SPDX-License-Identifier: Apache-2.0
"""Each kind of object: what goes by default, what on request, and what never."""

import time

from bed import archive
from case import Case, bare


class Defaults(Case):
    def test_stopped_containers_and_dangling_images(self):
        base = self.base()
        ended = self.api.run("bb:1")
        created = self.api.create("bb:1")
        running = self.api.create("bb:1", ["sleep", "1000"])
        self.api.start(running)
        paused = self.api.create("bb:1", ["sleep", "1000"])
        self.api.start(paused)
        self.api.post("/containers/%s/pause" % paused)
        loose = self.dangling(3)
        tagged = self.tagged("app:1")
        self.api.create_volume("data")
        self.api.create_volume()
        self.api.create_network("net")
        planned, done = self.plan_and_prune()
        self.assertGoes(planned, "container", ended, created)
        self.assertGoes(planned, "image", *loose)
        self.assertEqual(self.removals(planned["planned"]),
                         {("container", one) for one in (ended, created)} |
                         {("image", bare(one)) for one in loose})
        left = self.api.all_ids()
        self.assertEqual(left["container"], {running, paused})
        self.assertEqual(left["image"], {base, tagged})
        self.assertEqual((len(left["volume"]), len(left["network"])), (2, 1))
        self.assertIs(done["interrupted"], False)
        self.api.post("/containers/%s/unpause" % paused)

    def test_nothing_to_do(self):
        self.base()
        planned, done = self.plan_and_prune()
        self.assertEqual(planned["planned"], [])
        self.assertEqual(done["reclaimed_bytes"], 0)

    def test_report_names_the_engine(self):
        self.assertEqual(self.plan()["engine_id"], self.api.info()["ID"])

    def test_table_shows_the_plan(self):
        self.base()
        ended = self.api.run("bb:1", name="long-gone")
        result = self.user.run("prune", "--dry-run", "--older-than", "0")
        self.assertEqual(result.status, 0, result)
        self.assertIn("long-gone", result.out)
        self.assertIn(ended[:12], result.out)
        self.assertNotIn("\x1b", result.out, "colour without a terminal")


class Containers(Case):
    def test_only_containers(self):
        self.base()
        ended = self.api.run("bb:1")
        self.dangling()
        planned, _ = self.plan_and_prune("--containers")
        self.assertEqual(self.removals(planned["planned"]), {("container", ended)})

    def test_their_volumes_stay(self):
        self.base()
        ended = self.api.create("bb:1", Volumes={"/anonymous": {}})
        self.api.start(ended)
        self.api.wait(ended)
        self.plan_and_prune("--containers")
        self.assertEqual(len(self.api.volumes()), 1)

    def test_restarting_stays(self):
        self.base()
        made = self.api.create("bb:1", ["false"], HostConfig={
            "RestartPolicy": {"Name": "always"}})
        self.api.start(made)
        deadline = time.monotonic() + 20
        while self.api.container(made)["State"]["Status"] != "restarting":
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        planned = self.plan("--containers")
        self.assertGoes(planned, "container")


class Images(Case):
    def test_only_dangling_images(self):
        self.base()
        self.api.run("bb:1")
        loose = self.dangling(2)
        planned, _ = self.plan_and_prune("--images")
        self.assertEqual(self.removals(planned["planned"]), {("image", bare(one)) for one in loose})

    def test_all_takes_unused_tagged_images_too(self):
        self.base()
        running = self.api.create("bb:1", ["sleep", "1000"])
        self.api.start(running)
        unused = self.tagged("app:1")
        loose = self.dangling()
        planned, _ = self.plan_and_prune("--images", "--all")
        self.assertGoes(planned, "image", unused, *loose)
        self.assertEqual(set(self.api.tags()), {"bb:1"})


class Networks(Case):
    def test_unused_networks(self):
        self.base()
        unused = self.api.create_network("unused")
        # A container that is not running holds no endpoint, but it will want its network.
        wanted = self.api.create_network("wanted")
        self.api.create("bb:1", labels={"keep": "me"}, HostConfig={"NetworkMode": "wanted"})
        planned, _ = self.plan_and_prune("--networks", "--keep", "label=keep")
        self.assertIn(unused, self.ids(planned["planned"], "network"))
        self.assertNotIn(wanted, self.ids(planned["planned"], "network"))
        names = {row["Name"] for row in self.api.get("/networks")}
        self.assertLessEqual({"host", "none", "wanted"}, names)


class Volumes(Case):
    def make(self):
        self.base()
        self.anonymous = self.api.create_volume()
        self.named = self.api.create_volume("data")
        self.used = self.api.create_volume("used")
        self.api.create("bb:1", HostConfig={"Binds": ["used:/data"]})

    def test_anonymous(self):
        self.make()
        planned, _ = self.plan_and_prune("--volumes=anonymous")
        if self.containerd:
            self.assertGoes(planned, "volume", self.anonymous)
        # 20.10 marks no volume as anonymous: its name of 64 hex digits tells.
        self.assertNotIn(self.named, self.ids(planned["planned"], "volume"))
        self.assertNotIn(self.used, self.ids(planned["planned"], "volume"))

    def test_named(self):
        self.make()
        planned, _ = self.plan_and_prune("--volumes=named")
        self.assertGoes(planned, "volume", self.named)

    def test_all(self):
        self.make()
        planned, _ = self.plan_and_prune("--volumes=all")
        self.assertGoes(planned, "volume", self.anonymous, self.named)

    def test_only_what_is_unused_even_by_a_container_that_goes_too(self):
        """Removed containers free their volumes for the next run at the latest."""
        self.make()
        done = self.prune("--containers", "--volumes=all")
        self.assertEqual(done["failed"], [])
        self.prune("--volumes=all")
        self.assertEqual(self.api.volumes(), [])


class BuildCache(Case):
    def build(self):
        self.base()
        self.buildkit("FROM bb:1\nCOPY data /data\nRUN --mount=type=cache,target=/c echo 1 >/one\n",
                      "built:1", {"data": "x" * 5000})

    def test_build_cache(self):
        self.build()
        before = {row["ID"] for row in self.api.build_cache()}
        self.assertTrue(before)
        planned, done = self.plan_and_prune("--build-cache")
        self.assertTrue(self.ids(planned["planned"], "build-cache"))
        self.assertLessEqual(self.ids(planned["planned"], "build-cache"), before)
        self.assertIn("built:1", self.api.tags())
        self.assertGreaterEqual(planned["reclaimable_bytes"], 0)
        self.assertEqual(done["failed"], [])

    def test_records_that_share_with_an_image_free_nothing(self):
        """The engine's answers count them, though the image holds the bytes on."""
        self.build()
        planned, done = self.plan_and_prune("--build-cache")
        self.assertIn("built:1", self.api.tags())
        self.assertLessEqual(done["reclaimed_bytes"], planned["reclaimable_bytes"])
        self.assertGreaterEqual(done["reclaimed_bytes"], planned["reclaimable_bytes_min"])

    def test_reclaimed_with_images(self):
        """Layers that images and records hold count once they have both gone."""
        self.build()
        own = sum(row["Size"] for row in self.api.build_cache() if not row["Shared"])
        before = self.api.layers_size() + own
        done = self.prune("--images", "--all", "--build-cache")
        self.assertEqual(self.api.layers_size(), 0)
        if self.containerd:
            # The sizes that records tell are not those that snapshots have.
            self.assertGreater(done["reclaimed_bytes"], 0)
        else:
            self.assertEqual(done["reclaimed_bytes"], before)

    def test_is_left_alone_by_default(self):
        self.build()
        before = {row["ID"] for row in self.api.build_cache()}
        self.plan_and_prune()
        self.assertEqual({row["ID"] for row in self.api.build_cache()}, before)

    def test_age(self):
        self.build()
        planned = self.plan("--build-cache", older="1h")
        self.assertGoes(planned, "build-cache")

    def test_all_kinds_at_once(self):
        self.build()
        self.api.run("built:1")
        self.dangling(2)
        self.api.create_volume("vol")
        self.api.create_network("net")
        planned, _ = self.plan_and_prune("--containers", "--images", "--build-cache",
                                         "--volumes=all", "--networks", "--all")
        self.assertEqual({row["kind"] for row in planned["planned"]},
                         {"container", "image", "build-cache", "volume", "network"})
        self.prune("--images", "--all", "--build-cache")
        left = self.api.all_ids()
        self.assertEqual({kind: ids for kind, ids in left.items() if ids}, {})


class Sizes(Case):
    def test_exact_bytes_without_build_cache(self):
        """Shared layers are counted once, and only if nothing kept holds them."""
        self.base()
        shared, kept = archive.layer(30000, "shared"), archive.layer(70000, "kept")
        self.load(archive.Image([shared, archive.layer(1000, 1)]),
                  archive.Image([shared, archive.layer(2000, 2)]),
                  archive.Image([kept, archive.layer(4000, 3)]),
                  archive.Image([kept], ["app:1"]))
        before = self.api.layers_size()
        planned, done = self.plan_and_prune("--images")
        freed = before - self.api.layers_size()
        self.assertEqual(done["reclaimed_bytes"], freed)
        if self.containerd:
            self.assertLessEqual(planned["reclaimable_bytes_min"], freed)
            self.assertGreaterEqual(planned["reclaimable_bytes"], freed)
            self.assertIs(planned["reclaimable_bytes_exact"], False)
        else:
            self.assertEqual(freed, 30000 + 1000 + 2000 + 4000)
            self.assertEqual(planned["reclaimable_bytes"], freed)
            self.assertEqual(sum(row["bytes"] for row in planned["planned"]), freed)
            self.assertIs(planned["reclaimable_bytes_exact"], True)

    def test_unrelated_order_of_the_same_layers(self):
        """A layer on another base is another layer."""
        self.base()
        one, two = archive.layer(10000, "one"), archive.layer(20000, "two")
        self.load(archive.Image([one, two]), archive.Image([two, one], ["app:1"]))
        before = self.api.layers_size()
        planned, _ = self.plan_and_prune("--images")
        freed = before - self.api.layers_size()
        if not self.containerd:
            self.assertEqual(freed, 30000)
        self.assertGreaterEqual(planned["reclaimable_bytes"], freed)

    def test_reclaimed_counts_containers_once(self):
        """containerd's store has containers in the total of its layers; overlay2 has not."""
        self.base()
        box = self.api.run("bb:1", ("sh", "-c", "dd if=/dev/zero of=/file bs=1000 count=500"))
        self.tagged("app:1", size=100000)
        size, = [row["SizeRw"] for row in self.api.containers(size=True) if row["Id"] == box]
        before = self.api.layers_size()
        done = self.prune("--all", "--size")
        shrunk = before - self.api.layers_size()
        self.assertEqual(done["reclaimed_bytes"], shrunk if self.containerd else shrunk + size)

    def test_container_sizes_on_request(self):
        self.base()
        ended = self.api.run("bb:1", ["sh", "-c", "dd if=/dev/zero of=/tmp/x bs=1000 count=50"])
        planned = self.plan("--containers", "--size")
        size = self.row(planned["planned"], ended)["bytes"]
        self.assertGreaterEqual(size, 50000)
