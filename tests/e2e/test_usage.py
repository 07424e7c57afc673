# SPDX-License-Identifier: Apache-2.0
"""docker hygiene usage: what it says about a real engine, held against the engine's own words."""

import os

from bed import archive
from case import Case, bare


class Usage(Case):
    def usage(self, *args, **run):
        result = self.user.run("usage", "--format", "json", *args, **run)
        self.assertEqual(result.status, 0, result)
        return result.json

    def one(self, rows, key, value):
        found = [row for row in rows if row[key] == value]
        self.assertEqual(len(found), 1, rows)
        return found[0]

    def old_api(self):
        """Before 1.42 build cache is told only together with a walk over everything."""
        return int(self.api.version()["ApiVersion"].split(".")[1]) < 42

    def image(self, told, identity):
        return self.one(told["images"], "id", identity)

    def test_empty_engine(self):
        told = self.usage()
        for key in ("images", "containers", "volumes", "build_cache"):
            self.assertEqual(told[key], [])
            self.assertEqual(told["totals"][key],
                             {"count": 0, "in_use": 0, "bytes": 0, "unused_bytes": 0})
        self.assertEqual(told["reclaimable"], {"prune_bytes": 0, "prune_all_bytes": 0})
        table = self.user.run("usage")
        self.assertEqual(table.status, 0, table)
        self.assertIn("free nothing", table.out)

    def test_nothing_is_changed(self):
        self.base()
        self.api.run("bb:1")
        self.dangling()
        before = self.api.all_ids(), self.api.tags()
        self.usage()
        self.user.run("usage")
        self.assertEqual((self.api.all_ids(), self.api.tags()), before)

    def test_shared_and_unique_bytes(self):
        base = self.base()
        shared = archive.layer(400000, "shared")
        one, two = self.load(archive.Image([shared, archive.layer(100000, 1)], ["app:1", "app:2"]),
                             archive.Image([shared, archive.layer(200000, 2)], ["app:3"]))
        self.api.create("app:1", ["x"], name="holder")
        told = self.usage()
        first, second = self.image(told, one), self.image(told, two)
        self.assertEqual(sorted(first["tags"]), ["app:1", "app:2"])
        self.assertEqual([row["name"] for row in first["containers"]], ["holder"])
        self.assertIs(first["in_use"], True)
        self.assertEqual((second["containers"], second["in_use"]), ([], False))
        for row in first, second, self.image(told, base):
            self.assertEqual(row["shared_bytes"] + row["unique_bytes"], row["bytes"])
        sizes = [row["bytes"] for row in told["images"]]
        self.assertEqual(sizes, sorted(sizes, reverse=True), "the largest first")
        total = told["totals"]["images"]
        self.assertEqual((total["count"], total["in_use"]), (3, 1))
        if self.containerd:
            # Nobody tells who shares the packed layers: an upper end.
            self.assertGreaterEqual(total["bytes"], self.api.layers_size())
        else:
            self.assertEqual(total["bytes"], self.api.layers_size())
            self.assertEqual((first["bytes"], first["unique_bytes"]), (500000, 100000))
            self.assertEqual((second["bytes"], second["unique_bytes"]), (600000, 200000))
            self.assertEqual(total["unused_bytes"],
                             200000 + self.image(told, base)["unique_bytes"])

    def test_containers_volumes_and_logs(self):
        self.base()
        self.api.create_volume("data")
        box = self.api.create("bb:1", ["sh", "-c", "echo 0123456789; head -c 300000 /dev/zero >/x; "
                                       "head -c 200000 /dev/zero >/data/x"],
                              name="box", HostConfig={
                                  "Binds": ["data:/data"], "LogConfig": {"Type": "json-file"}})
        self.api.start(box)
        self.api.wait(box)
        told = self.usage()
        row = self.one(told["containers"], "id", box)
        self.assertGreaterEqual(row["bytes"], 300000)
        self.assertEqual((row["state"], row["in_use"]), ("exited", False))
        self.assertEqual(row["log_bytes"], os.path.getsize(row["log_path"]))
        self.assertGreater(row["log_bytes"], 10)
        self.assertEqual(told["totals"]["container_logs"]["bytes"], row["log_bytes"])
        volume = self.one(told["volumes"], "name", "data")
        self.assertGreaterEqual(volume["bytes"], 200000)
        self.assertIs(volume["in_use"], True)
        self.assertEqual([user["name"] for user in volume["containers"]], ["box"])
        self.assertIsNotNone(volume["last_used"])
        table = self.user.run("usage")
        for word in ("box", "exited", "data", "container logs"):
            self.assertIn(word, table.out)

    def test_without_sizes(self):
        self.base()
        self.api.create_volume("data")
        self.api.create("bb:1", name="box")
        told = self.usage("--no-size")
        self.assertIsNone(told["containers"][0]["bytes"])
        self.assertIsNone(told["volumes"][0]["bytes"])
        self.assertIsNone(told["totals"]["volumes"]["bytes"])
        if self.old_api():
            self.assertIsNone(told["build_cache"])

    def test_build_cache(self):
        self.base()
        self.buildkit("FROM bb:1\nCOPY a /a\nRUN head -c 100000 /dev/zero >/b\n", "built:1",
                      {"a": "a" * 1000})
        told = self.usage()
        engine = {row["ID"]: row["Size"] for row in self.api.build_cache()}
        self.assertTrue(engine)
        self.assertEqual({row["id"]: row["bytes"] for row in told["build_cache"]}, engine)

    def test_what_prune_would_free(self):
        self.base()
        self.dangling(2, size=50000)
        self.tagged("app:1", size=70000)
        # The grace keeps what was just made; the user's own policy waives it.
        self.assertEqual(self.usage()["reclaimable"]["prune_bytes"], 0)
        self.user.write_config({"plugins": {"hygiene": {"older-than": "0s"}}})
        told = self.usage()["reclaimable"]
        planned = self.user.run("prune", "--dry-run", "--format", "json").json
        everything = self.user.run("prune", "--dry-run", "--all", "--format", "json").json
        self.assertEqual(told["prune_bytes"], planned["reclaimable_bytes"])
        self.assertEqual(told["prune_all_bytes"], everything["reclaimable_bytes"])
        self.assertGreater(told["prune_all_bytes"], told["prune_bytes"])

    def test_last_use(self):
        self.base()
        # Named like nothing that earlier tests used: the engine's events remember them.
        image = self.tagged("last-use:1")
        told = self.image(self.usage(), image)
        self.assertIsNone(told["last_used"])
        self.assertIn("no use seen since", self.user.run("usage").out)
        self.api.remove(self.api.create("last-use:1", ["x"]))
        told = self.image(self.usage(), image)
        self.assertIsNotNone(told["last_used"], "a container that is gone, from events")

    def test_top(self):
        self.base()
        self.dangling(5)
        few = self.user.run("usage", "--top", "2").out
        self.assertIn("and 4 more", few)
        everything = self.user.run("usage", "--top", "0", "--no-trunc").out
        for row in self.api.images(everything=True):
            self.assertIn(bare(row["Id"]), everything)

    def test_the_disk(self):
        self.base()
        stat = os.statvfs(self.engine.data_root)
        told = self.usage()["disk"]
        used = (stat.f_blocks - stat.f_bfree) * stat.f_frsize
        self.assertAlmostEqual(told["total_bytes"] - told["free_bytes"], used, delta=2 * 10 ** 9)
