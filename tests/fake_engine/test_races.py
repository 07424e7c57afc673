# SPDX-License-Identifier: Apache-2.0
"""Races at the exact moment, every time: between check and deletion, and between two deletions."""

from fakecase import Case, Litter
from world import World


class Containers(Case):
    def test_started_just_before_its_deletion(self):
        litter = Litter()
        fake = self.engine(litter.world)
        box = litter.ended[0]
        fake.on("DELETE", "/containers/" + box.id).before(lambda world: world.start(box))
        told = self.prune()
        self.assertEqual(told["failed"], [])
        self.assertIn(("container", box.id), self.removals(told["skipped"]))
        self.assertIn(box.id, litter.world.containers)

    def test_removed_by_another_just_before(self):
        litter = Litter()
        fake = self.engine(litter.world)
        box = litter.ended[0]
        fake.on("DELETE", "/containers/" + box.id).before(lambda world: world.drop(box))
        told = self.prune()
        self.assertEqual(self.removals(told["skipped"]), {("container", box.id)})

    def test_being_removed_by_another(self):
        litter = Litter(api="1.45")
        fake = self.engine(litter.world)
        box = litter.ended[0]

        def removing(world):
            box.state = "removing"
        fake.on("DELETE", "/containers/" + box.id).before(removing)
        told = self.prune()
        self.assertEqual(self.removals(told["skipped"]), {("container", box.id)})


class Images(Case):
    def test_used_by_a_new_container_just_before(self):
        for store in ("overlay2", "containerd"):
            with self.subTest(store):
                litter = Litter(api="1.45", store=store)
                fake = self.engine(litter.world)
                image = litter.loose[0]
                fake.on("DELETE", "/images/" + image.id).before(
                    lambda world, image=image: world.container(image, state="running"))
                told = self.prune()
                self.assertEqual(told["failed"], [])
                self.assertEqual(self.removals(told["skipped"]), {("image", image.id)})
                self.assertIn(image.id, litter.world.images)

    def test_tag_moved_before_its_check(self):
        """Of several tags each is taken off by name: only where it still names the planned image."""
        world = World()
        old = world.image("app:1", "app:2", "other:1", tagged=90000)
        new = world.image("new:1", age=1, tagged=1)
        world.container(old)
        fake = self.engine(world)

        def move(_):
            # Once the containers go, the plan is being executed.
            if fake.deleted() and "app:1" in old.tags:
                world.retag("app:1", new)
        fake.on("GET", "/images/(app:1|%s)/json" % old.id).before(move)
        told = self.prune("--all", "--keep", "new:1")
        self.assertEqual(set(new.tags), {"new:1", "app:1"}, fake.requests)
        self.assertNotIn("/images/app:1", fake.deleted())
        self.assertTrue([row for row in told["skipped"] if row["id"] == old.id], told)

    def test_new_tag_just_before(self):
        """DELETE by ID would take the new tag along: two references make the engine refuse."""
        litter = Litter()
        fake = self.engine(litter.world)
        image = litter.app

        def tag(world):
            world.retag("precious:1", image)
        fake.on("DELETE", "/images/.*(app|%s).*" % image.id, hit=1).before(tag)
        self.prune("--images", "--all", "--keep", "base:1")
        self.assertIn(image.id, litter.world.images)
        self.assertIn("precious:1", image.tags)

    def test_new_child_just_before(self):
        litter = Litter()
        fake = self.engine(litter.world)
        image = litter.loose[0]
        fake.on("DELETE", "/images/" + image.id).before(lambda world: world.image(
            "child:1", layers=image.layers + [world.layer(5)], parent=image, age=1))
        told = self.prune()
        self.assertEqual(self.removals(told["skipped"]), {("image", image.id)})
        self.assertEqual(told["failed"], [])


class Volumes(Case):
    def test_recreated_before_its_check(self):
        """The same name, another volume: seen by the inspect right before the deletion."""
        litter = Litter()
        fake = self.engine(litter.world)

        def again(world):
            if world.volumes["data"].created == litter.named.created:
                world.drop(litter.named)
                world.volume("data", age=0)
        fake.on("GET", "/volumes/data", hit=1).before(again)
        told = self.prune("--volumes=all")
        self.assertIn("data", litter.world.volumes)
        self.assertIn(("volume", "data"), self.removals(told["skipped"]))
        self.assertNotIn("/volumes/data", fake.deleted())

    def test_each_is_inspected_right_before(self):
        litter = Litter()
        fake = self.engine(litter.world)
        self.prune("--volumes=all")
        order = [(row.method, row.path) for row in fake.requests
                 if row.path.startswith("/volumes/")]
        for name in ("data", litter.anonymous.name):
            self.assertLess(order.index(("GET", "/volumes/" + name)),
                            order.index(("DELETE", "/volumes/" + name)))

    def test_other_labels_driver_or_place(self):
        for change in ("labels", "driver", "created", "options"):
            with self.subTest(change):
                litter = Litter()
                fake = self.engine(litter.world)

                def alter(_, litter=litter, change=change):
                    volume = litter.named
                    if change == "labels":
                        volume.labels = {"new": "1"}
                    elif change == "driver":
                        volume.driver = "nfs"
                    elif change == "options":
                        litter.world.root = "/elsewhere"
                    else:
                        volume.created += 5 * 10 ** 9
                fake.on("GET", "/volumes/data", hit=1).before(alter)
                told = self.prune("--volumes=named")
                self.assertEqual(self.removals(told["skipped"]), {("volume", "data")})

    def test_used_since(self):
        litter = Litter()
        fake = self.engine(litter.world)
        fake.on("DELETE", "/volumes/data").before(lambda world: world.container(
            litter.base, state="created", mounts=[("volume", "data", "/data")]))
        told = self.prune("--volumes=named")
        self.assertEqual(self.removals(told["skipped"]), {("volume", "data")})
        self.assertEqual(told["failed"], [])


class Networks(Case):
    def test_used_since(self):
        litter = Litter()
        fake = self.engine(litter.world)
        fake.on("DELETE", "/networks/.*").before(lambda world: world.container(
            litter.base, state="running", networks=["unused"]))
        told = self.prune("--networks")
        self.assertEqual(told["failed"], [], told)
        self.assertEqual(len(told["skipped"]), 1)
