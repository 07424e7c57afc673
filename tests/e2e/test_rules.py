# SPDX-License-Identifier: Apache-2.0
"""Each rule that keeps something, and where rules come from."""

import time

from bed import archive
from case import Case, bare


class Age(Case):
    def test_grace_of_an_hour(self):
        self.base()
        ended = self.api.run("bb:1")
        loose, = self.dangling()
        result = self.user.run("prune", "--yes", "--format", "json")
        self.assertEqual(result.status, 0, result)
        told = result.json
        self.assertEqual(told["planned"], [])
        self.assertKept(told, ended)
        self.assertKept(told, loose)
        self.assertIn(ended, self.api.all_ids()["container"])
        table = self.user.run("prune", "--dry-run")
        self.assertRegex(table.out + table.err, r"\b2\b.*1 ?h")

    def test_containers_count_from_their_end(self):
        self.base()
        late = self.api.create("bb:1", ["sleep", "1000"])
        self.api.start(late)
        early = self.api.run("bb:1")
        time.sleep(4)
        self.api.kill(late)
        planned = self.plan("--containers", older="3s")
        self.assertGoes(planned, "container", early)
        self.assertKept(planned, late)

    def test_created_containers_count_from_creation(self):
        self.base()
        early = self.api.create("bb:1")
        time.sleep(3)
        late = self.api.create("bb:1")
        planned = self.plan("--containers", older="2s")
        self.assertGoes(planned, "container", early)
        self.assertKept(planned, late)

    def test_an_image_counts_from_its_last_use_not_its_build(self):
        """Its build was in 2024; a container used it just now."""
        self.base()
        image = self.tagged("app:1")
        self.api.create("app:1", ["x"])
        self.api.remove(self.api.containers()[0]["Id"])
        planned = self.plan("--images", "--all", "--keep", "bb:1", older="1h")
        self.assertGoes(planned, "image")
        self.assertKept(planned, image)

    def test_a_use_once_seen_is_not_forgotten(self):
        """The state file carries a use over the restart that empties the engine's event buffer."""
        self.base()
        image = self.tagged("app:1")
        self.user.run("prune", "--yes", "--older-than", "1h", "--images", "--all")
        self.engine.stop()
        self.engine.start()
        made = self.api.create("app:1", ["x"])
        self.api.remove(made)
        self.user.run("prune", "--yes", "--older-than", "1h", "--images", "--all")
        self.engine.stop()
        self.engine.start()
        planned = self.plan("--images", "--all", older="30m")
        self.assertKept(planned, image)


class Labels(Case):
    def setUp(self):
        super().setUp()
        self.base()
        self.boxes = {name: self.api.create("bb:1", labels=labels) for name, labels in (
            ("plain", {}), ("a", {"a": "1"}), ("b", {"b": "1"}), ("both", {"a": "1", "b": "1"}),
            ("other", {"a": "2"}))}

    def check(self, filters, *names):
        args = [arg for one in filters for arg in ("--filter", one)]
        planned = self.plan("--containers", *args)
        found = {name for name, one in self.boxes.items()
                 if one in self.ids(planned["planned"], "container")}
        self.assertEqual(found, set(names), filters)

    def test_filters(self):
        """Every label= must match, no label!= may."""
        for filters, names in (
                (["label=a"], ("a", "both", "other")),
                (["label=a=1"], ("a", "both")),
                (["label=a", "label=b"], ("both",)),
                (["label!=a"], ("plain", "b")),
                (["label!=a", "label!=b"], ("plain",)),
                (["label!=a=1"], ("plain", "b", "other")),
                (["label=a", "label!=b"], ("a", "other"))):
            with self.subTest(filters):
                self.check(filters, *names)

    def test_on_images(self):
        one, = self.dangling(seed=1, labels={"a": "1"})
        self.dangling(seed=2)
        planned = self.plan("--images", "--filter", "label=a")
        self.assertGoes(planned, "image", one)
        planned = self.plan("--images", "--filter", "label!=a")
        self.assertNotIn(bare(one), self.ids(planned["planned"], "image"))
        self.assertEqual(len(planned["planned"]), 1)


class Keep(Case):
    def test_patterns(self):
        base = self.base()
        web = self.api.create("bb:1", name="web-1")
        self.api.create("bb:1", name="job-1")
        labelled = self.api.create("bb:1", name="base", labels={"tier": "db"})
        app = self.tagged("team/app:1", seed="a")
        tool = self.tagged("team/tool:1", seed="t")
        planned = self.plan("--all", "--keep", "web-*", "--keep", "label=tier=db", "--keep",
                            "team/app:*")
        self.assertEqual(len(self.ids(planned["planned"], "container")), 1)
        for one in (web, labelled, app):
            self.assertKept(planned, one)
        self.assertIn(bare(tool), self.ids(planned["planned"], "image"))
        self.assertNotIn(bare(base), self.ids(planned["planned"], "image"))

    def test_keep_file(self):
        self.base()
        web = self.api.create("bb:1", name="web-1")
        job = self.api.create("bb:1", name="job-1")
        path = self.user.write("keep", "# the front end\n\nweb-*\n")
        planned = self.plan("--keep-file", path)
        self.assertGoes(planned, "container", job)
        self.assertKept(planned, web)

    def test_an_image_held_by_a_stopped_container_that_stays(self):
        self.base()
        image = self.tagged("app:1")
        held = self.api.create("app:1", ["x"], name="keeper")
        planned, _ = self.plan_and_prune("--all", "--keep", "keeper", "--keep", "bb:1")
        self.assertEqual(planned["planned"], [])
        self.assertKept(planned, held)
        self.assertKept(planned, image, "keeper")
        self.assertIn("app:1", self.api.tags())

    def test_an_image_goes_with_its_last_container(self):
        self.base()
        running = self.api.create("bb:1", ["sleep", "1000"])
        self.api.start(running)
        image = self.tagged("app:1")
        box = self.api.create("app:1", ["x"])
        planned, _ = self.plan_and_prune("--all")
        self.assertEqual(self.removals(planned["planned"]),
                         {("container", box), ("image", bare(image))})

    def test_a_dangling_image_of_a_running_container_stays(self):
        self.base("app:1")
        box = self.api.create("app:1", ["sleep", "1000"])
        self.api.start(box)
        old = self.api.image("app:1")["Id"]
        self.load(archive.Image([archive.busybox_layer(), archive.layer(10, "new")], ["app:1"]))
        self.assertNotEqual(self.api.image("app:1")["Id"], old)
        planned, _ = self.plan_and_prune()
        self.assertGoes(planned, "image")
        self.assertGoes(planned, "container")


class Choice(Case):
    """What chooses among the eligible: --keep-last, --max-size, --free."""

    def repository(self, count=5, name="app", size=1000):
        """Images of one repository, used one after the other, oldest first."""
        made = []
        for number in range(count):
            stamp = "2024-03-0%dT10:00:00Z" % (number + 1)
            made.append(self.tagged("%s:%d" % (name, number), size=size, created=stamp))
            made_box = self.api.create("%s:%d" % (name, number), ["x"])
            self.api.remove(made_box)
        return made

    def test_keep_last_counts_images_not_tags(self):
        made = self.repository()
        self.api.tag("app:4", "app", "latest")
        self.api.tag("app:4", "app", "stable")
        planned, _ = self.plan_and_prune("--images", "--keep-last", "2")
        self.assertGoes(planned, "image", *made[:3])
        self.assertEqual(set(self.api.tags()), {"app:3", "app:4", "app:latest", "app:stable"})

    def test_keep_last_is_per_repository(self):
        one = self.repository(3, "one")
        two = self.repository(3, "two", 1001)
        planned = self.plan("--images", "--keep-last", "1")
        self.assertGoes(planned, "image", *(one[:2] + two[:2]))

    def test_max_size_takes_the_least_recently_used_first(self):
        made = self.repository(4, size=100000)
        # Use the oldest one again: now the second is the least recently used.
        self.api.remove(self.api.create("app:0", ["x"]))
        limit = "250000"
        if self.containerd:
            # Blobs and snapshots: about twice the bytes, in whole blocks.
            limit = "530000"
        planned, _ = self.plan_and_prune("--images", "--max-size", limit)
        self.assertGoes(planned, "image", made[1], made[2])
        self.assertEqual(set(self.api.tags()), {"app:0", "app:3"})

    def test_max_size_that_is_met(self):
        self.repository(3)
        planned = self.plan("--images", "--max-size", "1GB")
        self.assertEqual(planned["planned"], [])

    def test_free_takes_what_is_needed_and_not_more(self):
        self.repository(3)
        planned = self.plan("--images", "--free", "1")
        self.assertEqual(planned["planned"], [], "one byte is free")
        planned = self.plan("--images", "--free", "100%")
        self.assertEqual(len(planned["planned"]), 3)


class Policy(Case):
    def test_per_kind(self):
        self.base()
        box = self.api.create("bb:1", name="job")
        loose = self.dangling(2)
        path = self.user.write("policy.json", {
            "containers": {"older_than": "24h"}, "images": {"older_than": "0"}})
        result = self.user.run("prune", "--dry-run", "--format", "json", "--policy", path)
        self.assertEqual(result.status, 0, result)
        planned = result.json
        self.assertGoes(planned, "image", *loose)
        self.assertKept(planned, box)

    def test_unknown_key(self):
        box = self.base() and self.api.create("bb:1")
        path = self.user.write("policy.json", {"containers": {"olderthan": "1h"}})
        result = self.user.run("prune", "--yes", "--policy", path)
        self.assertOneLine(result, 125, "policy.json", "containers", "olderthan")
        self.assertIn(box, self.api.all_ids()["container"])

    def test_flags_beat_the_file_and_keeps_unite(self):
        self.base()
        kept_by_file = self.api.create("bb:1", name="file")
        kept_by_flag = self.api.create("bb:1", name="flag")
        goes = self.api.create("bb:1", name="goes")
        path = self.user.write("policy.json", {"older_than": "24h", "keep": ["file"]})
        planned = self.plan("--policy", path, "--keep", "flag")
        self.assertGoes(planned, "container", goes)
        self.assertKept(planned, kept_by_file)
        self.assertKept(planned, kept_by_flag)

    def test_defaults_from_the_docker_configuration(self):
        self.base()
        box = self.api.create("bb:1", name="box")
        self.user.write_config({"plugins": {"hygiene": {"older-than": "0", "keep": "web-*"}}})
        web = self.api.create("bb:1", name="web-1")
        result = self.user.run("prune", "--dry-run", "--format", "json")
        self.assertEqual(result.status, 0, result)
        self.assertGoes(result.json, "container", box)
        self.assertKept(result.json, web)
        planned = self.plan(older="1h")
        self.assertGoes(planned, "container")
