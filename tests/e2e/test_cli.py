# SPDX-License-Identifier: Apache-2.0
"""As a plugin of each docker CLI, and the verbs next to prune."""

import json
import os

from bed import archive, parts
from case import Case, bare

CLIS = ("system", "trixie", "newest")


class Plugin(Case):
    def each_cli(self, check):
        """check(path) with every docker CLI at hand."""
        for name in CLIS:
            path = self.cli(name)
            with self.subTest(name):
                self.user.plugin()
                check(path)

    def docker(self, path, *args, **run):
        return self.user.command([path] + list(args), **run)

    def test_is_listed(self):
        def check(path):
            result = self.docker(path, "--help")
            self.assertRegex(result.out, r"\n  hygiene\*? ")
            self.assertNotIn("nvalid", result.out)
        self.each_cli(check)

    def test_help(self):
        def check(path):
            texts = [self.docker(path, *args) for args in (
                ("help", "hygiene", "prune"), ("hygiene", "prune", "--help"))]
            for text in texts:
                self.assertEqual(text.status, 0, text)
                self.assertIn("--older-than", text.out)
            self.assertEqual(len({text.out for text in texts}), 1)
        self.each_cli(check)

    def test_global_options_before_the_name(self):
        def check(path):
            result = self.docker(path, "-D", "--log-level", "info", "-H", self.engine.host,
                                 "hygiene", "prune", "--dry-run", "--format", "json")
            self.assertEqual(result.status, 0, result)
            self.assertEqual(result.json["engine_id"], self.api.info()["ID"])
        self.each_cli(check)

    def test_exit_status_passes_through(self):
        def check(path):
            result = self.docker(path, "hygiene", "prune", "--nosuch")
            self.assertEqual(result.status, 125, result)
            self.assertIn("--nosuch", result.err)
        self.each_cli(check)

    def test_prune_through_it(self):
        self.base()

        def check(path):
            box = self.api.create("bb:1")
            result = self.user.run("prune", "--yes", "--older-than", "0", "--format", "json",
                                   cli=path)
            self.assertEqual(result.status, 0, result)
            self.assertEqual(self.ids(result.json["removed"], "container"), {box})
        self.each_cli(check)

    def test_completion(self):
        def check(path):
            if parts.version_of(path).startswith("20."):
                # Completes no plugin's words yet.
                return
            verbs = self.docker(path, "__complete", "hygiene", "")
            self.assertIn("prune", verbs.out)
            flags = self.docker(path, "__complete", "hygiene", "prune", "--older")
            self.assertIn("--older-than", flags.out)
        self.each_cli(check)

    def test_prompt_through_it(self):
        self.base()
        path = self.cli("newest")
        box = self.api.create("bb:1", name="litter")
        terminal = self.user.terminal("prune", "--older-than", "0", cli=path)
        self.addCleanup(terminal.end)
        terminal.until("Remove these? [y/N]")
        self.assertIn("litter", terminal.text)
        terminal.send("y\n")
        self.assertEqual(terminal.finish(), 0, terminal.text)
        self.assertNotIn(box, self.api.all_ids()["container"])


class Usage(Case):
    def test_table_and_json(self):
        self.base()
        self.tagged("app:1", size=50000)
        box = self.api.create("app:1", ["x"], name="user-of-app")
        table = self.user.run("usage")
        self.assertEqual(table.status, 0, table)
        self.assertIn("app:1", table.out)
        told = self.user.run("usage", "--format", "json")
        self.assertEqual(told.status, 0, told)
        text = json.dumps(told.json)
        self.assertIn("app:1", text)
        self.assertIn(box, text)

    def test_changes_nothing(self):
        self.base()
        self.api.create("bb:1")
        before = self.api.all_ids()
        self.assertEqual(self.user.run("usage").status, 0)
        self.assertEqual(self.api.all_ids(), before)


class Metrics(Case):
    def test_file(self):
        self.base()
        self.api.create("bb:1")
        path = self.user.path("hygiene.prom")
        self.prune("--metrics", path)
        with open(path, encoding="utf-8") as metrics:
            lines = metrics.read().splitlines()
        self.assertTrue(lines)
        for line in lines:
            self.assertRegex(line, r"^(# (HELP|TYPE) \S+ .*|[a-z_:]+(\{.*\})? -?[0-9.e+]+)$")


class State(Case):
    def test_uses_are_written_before_anything_goes(self):
        """A run that is killed at its first deletion has already remembered what it saw."""
        self.base()
        image = self.tagged("app:1")
        self.api.remove(self.api.create("app:1", ["x"]))
        self.plan_and_prune("--images", "--keep", "app:1")
        self.engine.stop()
        self.engine.start()
        planned = self.plan("--images", "--all", older="1h")
        self.assertKept(planned, image)

    def test_a_broken_state_file_is_set_aside(self):
        self.base()
        self.api.create("bb:1")
        self.prune()
        folder = self.user.path("state/docker-hygiene")
        name = [one for one in os.listdir(folder) if one.endswith(".json")][0]
        with open(os.path.join(folder, name), "w", encoding="utf-8") as state:
            state.write("{\"broken\":")
        box = self.api.create("bb:1")
        result = self.user.run("prune", "--yes", "--older-than", "0", "--format", "json")
        self.assertEqual(result.status, 0, result)
        self.assertEqual(self.ids(result.json["removed"], "container"), {box})

    def test_bytes_with_layers_that_stay(self):
        """Bytes of a whole set that shares layers with a running container's image."""
        base = self.base()
        box = self.api.create("bb:1", ["sleep", "1000"])
        self.api.start(box)
        loose = self.load(archive.Image([archive.busybox_layer(), archive.layer(5000, "top")]))
        before = self.api.layers_size()
        planned, _ = self.plan_and_prune()
        self.assertGoes(planned, "image", *loose)
        freed = before - self.api.layers_size()
        self.assertGreaterEqual(planned["reclaimable_bytes"], freed)
        if not self.containerd:
            self.assertEqual((freed, planned["reclaimable_bytes"]), (5000, 5000))
        self.assertIn(bare(base), {bare(one) for one in self.api.all_ids()["image"]})
