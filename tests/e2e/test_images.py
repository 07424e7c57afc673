# SPDX-License-Identifier: Apache-2.0
"""Images with several tags, several repositories and children."""

from bed import archive
from case import Case, bare


class Tags(Case):
    def test_several_tags_of_one_repository(self):
        image = self.tagged(["app:1", "app:2", "app:latest"])
        planned, _ = self.plan_and_prune("--images", "--all")
        self.assertGoes(planned, "image", image)
        self.assertEqual(self.api.tags(), {})

    def test_several_repositories(self):
        image = self.tagged(["app:1", "mirror.example/team/app:1", "app2:x"])
        planned, _ = self.plan_and_prune("--images", "--all")
        self.assertGoes(planned, "image", image)
        self.assertEqual(self.api.tags(), {})

    def test_one_kept_tag_keeps_the_image_and_all_its_tags(self):
        image = self.tagged(["app:1", "other:1"])
        planned, _ = self.plan_and_prune("--images", "--all", "--keep", "other:1")
        self.assertEqual(planned["planned"], [])
        self.assertKept(planned, image)
        self.assertEqual(set(self.api.tags()), {"app:1", "other:1"})

    def test_a_tag_that_moved_away(self):
        old = self.tagged("app:1", seed="old")
        new = self.tagged("new:1")
        self.api.tag("new:1", "app", "1")
        planned, _ = self.plan_and_prune("--images")
        self.assertGoes(planned, "image", old)
        self.assertEqual(self.api.tags(), {"app:1": new, "new:1": new})


class Children(Case):
    def chain(self):
        """A dangling image, a dangling child of it, and a dangling grandchild, by commits."""
        self.base("root:1")
        made = []
        parent = "root:1"
        for number in range(3):
            box = self.api.run(parent, ["sh", "-c", "echo %d >/tmp/%d" % (number, number)])
            parent = self.api.commit(box)
            made.append(parent)
            self.api.remove(box)
        return made

    def test_children_go_before_parents(self):
        made = self.chain()
        planned, done = self.plan_and_prune("--images")
        self.assertGoes(planned, "image", *made)
        order = [bare(row["id"]) for row in done["removed"]]
        if not self.containerd:
            self.assertEqual(order, [bare(one) for one in reversed(made)])

    def test_a_child_that_stays_keeps_its_parents(self):
        made = self.chain()
        box = self.api.create(made[2], ["sleep", "1000"])
        self.api.start(box)
        planned, _ = self.plan_and_prune("--images")
        if self.containerd:
            # The store lets a parent go: the child holds its own layers.
            self.assertNotIn(bare(made[2]), self.ids(planned["planned"], "image"))
        else:
            self.assertEqual(planned["planned"], [])
        self.assertIn(made[2], self.api.all_ids()["image"])

    def test_tagged_child_of_a_dangling_parent(self):
        made = self.chain()
        self.api.tag(made[2], "app", "1")
        planned, _ = self.plan_and_prune("--images")
        self.assertNotIn(bare(made[2]), self.ids(planned["planned"], "image"))
        self.assertIn("app:1", self.api.tags())
        planned, _ = self.plan_and_prune("--images", "--all", "--keep", "root:1")
        self.assertIn(bare(made[2]), self.ids(planned["planned"], "image"))
        self.assertEqual(set(self.api.tags()), {"root:1"})

    def test_whole_tree_with_all(self):
        self.chain()
        self.plan_and_prune("--images", "--all")
        self.assertEqual(self.api.images(everything=True), [])

    def test_parent_with_two_children(self):
        self.base("root:1")
        parent = self.api.commit(self.api.run("root:1", ["sh", "-c", "echo p >/tmp/p"]))
        one = self.api.commit(self.api.run(parent, ["sh", "-c", "echo 1 >/tmp/1"]))
        two = self.api.commit(self.api.run(parent, ["sh", "-c", "echo 2 >/tmp/2"]), "two", "1")
        self.prune("--containers")
        planned, _ = self.plan_and_prune("--images")
        self.assertIn(bare(one), self.ids(planned["planned"], "image"))
        self.assertEqual(set(self.api.tags()), {"root:1", "two:1"})
        if not self.containerd:
            self.assertKept(planned, parent)
            planned, _ = self.plan_and_prune("--images", "--all", "--keep", "root:1")
            self.assertGoes(planned, "image", parent, two)


class Builds(Case):
    def test_classic_build_leaves_intermediates(self):
        self.base()
        for number in range(2):
            self.api.build(archive.tar_of({
                "Dockerfile": b"FROM bb:1\nCOPY x /x\nRUN echo hi >/tmp/y\nLABEL n=%d\n" % number,
                "x": b"%d" % number}), "built:1")
        kept = self.api.image("built:1")["Id"]
        before = self.api.layers_size()
        planned, done = self.plan_and_prune("--containers", "--images")
        self.assertTrue(self.ids(planned["planned"], "image"))
        self.assertEqual(self.api.tags().get("built:1"), kept)
        freed = before - self.api.layers_size()
        if self.containerd:
            # containerd collects some of it a little later.
            self.assertLessEqual(done["reclaimed_bytes"], freed)
        else:
            self.assertEqual(done["reclaimed_bytes"], freed)
        # It still runs: nothing of it is missing.
        self.api.run("built:1", ["cat", "/tmp/y"])

    def test_import(self):
        made = self.api.import_layer(archive.layer(5000, "import"))
        planned, _ = self.plan_and_prune("--images")
        self.assertGoes(planned, "image", made)
