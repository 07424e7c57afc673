# SPDX-License-Identifier: Apache-2.0
"""Between plan and deed: what changed is skipped and told, what is new is left alone."""

import json
import os
import time

from bed import archive
from bed.program import User
from case import Case, bare
from fake import Fake
from world import World


class Between(Case):
    """Each test mutates between a saved plan and --apply, or between the table and the answer."""

    def saved(self, *args):
        path = self.user.path("plan.json")
        result = self.user.run("prune", "--older-than", "0", "--save-plan", path, *args)
        self.assertEqual(result.status, 0, result)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        return path

    def apply(self, path, *args, status=0):
        result = self.user.run("prune", "--apply", path, "--yes", "--format", "json", *args)
        self.assertEqual(result.status, status, result)
        return result.json

    def both_ways(self, args, mutate):
        """mutate() between plan and apply: first through a saved plan, then at the prompt. The
        caller's setUp made the objects; make() makes them again for the second way."""
        for way in ("apply", "prompt"):
            with self.subTest(way):
                self.api.wipe()
                self.make()
                if way == "apply":
                    path = self.saved(*args)
                    mutate()
                    told = self.apply(path)
                    self.assertEqual(told["failed"], [], told)
                    self.check(told)
                else:
                    terminal = self.user.terminal("prune", "--older-than", "0", *args)
                    self.addCleanup(terminal.end)
                    terminal.until("Remove these? [y/N]")
                    mutate()
                    terminal.send("y\n")
                    self.assertEqual(terminal.finish(), 0, terminal.text)
                    self.check(None)

    def make(self):
        self.base()

    def check(self, told):
        raise NotImplementedError

    def assertSkipped(self, told, identity):
        if told is not None:
            self.assertNotIn(bare(identity), {bare(row["id"]) for row in told["removed"]
                                              if row["action"] == "remove"})
            found = [row for row in told["skipped"] if bare(row["id"]) == bare(identity)]
            self.assertTrue(found, told)
            self.assertTrue(all(row["reason"] for row in found))


class Started(Between):
    def make(self):
        self.base()
        self.box = self.api.create("bb:1", ["sleep", "1000"])
        self.other = self.api.create("bb:1")

    def test_started(self):
        self.both_ways(["--containers"], lambda: self.api.start(self.box))

    def check(self, told):
        self.assertEqual(self.api.all_ids()["container"], {self.box})
        self.assertSkipped(told, self.box)


class Restarted(Between):
    def make(self):
        self.base()
        self.box = self.api.run("bb:1")
        self.other = self.api.create("bb:1")

    def mutate(self):
        time.sleep(0.01)
        self.api.start(self.box)
        self.api.wait(self.box)

    def test_started_and_ended_again(self):
        self.both_ways(["--containers"], self.mutate)

    def check(self, told):
        self.assertEqual(self.api.all_ids()["container"], {self.box})
        self.assertSkipped(told, self.box)


class Gone(Between):
    def make(self):
        self.base()
        self.box = self.api.create("bb:1")
        self.other = self.api.create("bb:1")
        self.loose = self.dangling(2)

    def mutate(self):
        self.api.remove(self.box)
        self.api.remove_image(self.loose[0])

    def test_already_gone(self):
        self.both_ways([], self.mutate)

    def check(self, told):
        left = self.api.all_ids()
        self.assertEqual((left["container"], len(left["image"])), (set(), 1))
        self.assertSkipped(told, self.box)
        self.assertSkipped(told, self.loose[0])


class Retagged(Between):
    def make(self):
        self.base()
        self.loose = self.dangling(2)

    def test_got_a_tag(self):
        self.both_ways([], lambda: self.api.tag(self.loose[0], "precious", "1"))

    def check(self, told):
        self.assertIn("precious:1", self.api.tags())
        self.assertNotIn(self.loose[1], self.api.all_ids()["image"])
        self.assertSkipped(told, self.loose[0])


class TagMoved(Between):
    """The tag that was planned now names another image."""

    def make(self):
        self.base()
        self.old = self.tagged(["app:1", "app:2"], seed="old")
        self.new = None

    def mutate(self):
        self.new = self.tagged("app:1", seed="new")

    def test_moved(self):
        self.both_ways(["--images", "--all", "--keep", "bb:1"], self.mutate)

    def check(self, told):
        self.assertEqual(self.api.tags().get("app:1"), self.new)


class UsedByNew(Between):
    def make(self):
        self.base()
        self.loose = self.load(archive.Image([archive.busybox_layer(), archive.layer(100, 1)]),
                               archive.Image([archive.layer(100, 2)]))

    def mutate(self):
        self.box = self.api.create(self.loose[0], ["sleep", "1000"])
        self.api.start(self.box)

    def test_used_by_a_new_container(self):
        self.both_ways([], self.mutate)

    def check(self, told):
        self.assertEqual(self.api.all_ids()["container"], {self.box})
        self.assertIn(self.loose[0], self.api.all_ids()["image"])
        self.assertNotIn(self.loose[1], self.api.all_ids()["image"])
        self.assertSkipped(told, self.loose[0])


class New(Between):
    def make(self):
        self.base()
        self.box = self.api.create("bb:1")

    def mutate(self):
        self.new = self.api.create("bb:1")
        self.loose, = self.dangling(seed=time.time())

    def test_new_litter_is_left_for_the_next_plan(self):
        self.both_ways([], self.mutate)

    def check(self, told):
        self.assertEqual(self.api.all_ids()["container"], {self.new})
        self.assertIn(self.loose, self.api.all_ids()["image"])
        if told is not None:
            self.assertEqual({bare(row["id"]) for row in told["removed"]}, {self.box})


class VolumeAgain(Between):
    """Removed and made again under the same name: not the volume that was reviewed."""

    def make(self):
        self.api.create_volume("data")
        self.api.create_volume("other")

    def mutate(self):
        # CreatedAt has whole seconds.
        time.sleep(1.1)
        self.api.remove_volume("data")
        self.api.create_volume("data")

    def test_recreated(self):
        self.both_ways(["--volumes=all"], self.mutate)

    def check(self, told):
        self.assertEqual(self.api.all_ids()["volume"], {"data"})
        self.assertSkipped(told, "data")


class VolumeUsed(Between):
    def make(self):
        self.base()
        self.api.create_volume("data")
        self.api.create_volume("other")

    def test_used_since(self):
        self.both_ways(["--volumes=all"], lambda: self.api.create("bb:1", HostConfig={
            "Binds": ["data:/data"]}))

    def check(self, told):
        self.assertEqual(self.api.all_ids()["volume"], {"data"})
        self.assertSkipped(told, "data")


class NetworkAgain(Between):
    def make(self):
        self.old = self.api.create_network("net")
        self.api.create_network("other")

    def mutate(self):
        self.api.remove_network(self.old)
        self.new = self.api.create_network("net")

    def test_recreated(self):
        self.both_ways(["--networks"], self.mutate)

    def check(self, told):
        self.assertEqual(self.api.all_ids()["network"], {self.new})
        self.assertSkipped(told, self.old)


class Apply(Between):
    """What --apply takes, and what it refuses."""

    def setUp(self):
        super().setUp()
        self.base()
        self.box = self.api.create("bb:1")

    def refused(self, path, *words, more=()):
        result = self.user.run("prune", "--apply", path, "--yes", *more)
        self.assertNotEqual(result.status, 0, result)
        self.assertOneLine(result, result.status, *words)
        self.assertIn(self.box, self.api.all_ids()["container"])

    def test_as_planned(self):
        path = self.saved()
        self.assertIn(self.box, self.api.all_ids()["container"], "saving a plan removes nothing")
        told = self.apply(path)
        self.assertEqual(self.ids(told["removed"], "container"), {self.box})
        again = self.apply(path)
        self.assertEqual(again["removed"], [])
        self.assertEqual(again["failed"], [])

    def test_policies_of_the_moment_hold(self):
        path = self.saved()
        told = self.apply(path, "--keep", self.api.container(self.box)["Name"][1:])
        self.assertEqual(told["removed"], [])
        self.assertIn(self.box, self.api.all_ids()["container"])

    def policy_file(self, keys):
        """The user's own policy file, which no flag names."""
        folder = os.path.join(self.user.env["XDG_CONFIG_HOME"], "docker-hygiene")
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, "policy.json")
        with open(path, "w", encoding="utf-8") as out:
            json.dump(keys, out)
        os.chmod(path, 0o600)

    def test_a_policy_that_came_later_narrows(self):
        """What was asked by hand is in the plan; what was only in force then, is not."""
        self.policy_file({"older_than": "0s"})
        path = self.user.path("plan.json")
        for args in (["--save-plan", path], ["--apply", path, "--dry-run"]):
            result = self.user.run("prune", "--format", "json", *args)
            self.assertEqual(self.ids(result.json["planned"], "container"), {self.box}, result)
        self.policy_file({"older_than": "24h"})
        told = self.apply(path)
        self.assertEqual(told["removed"], [])
        self.assertEqual(self.ids(told["skipped"], "container"), {self.box})
        self.policy_file({"older_than": "0s", "images": {"prune": True}})
        self.assertEqual(self.apply(path)["removed"], [])

    def test_flags_and_policy_given_with_it_narrow(self):
        path = self.saved()
        strict = self.user.write("strict.json", {"older_than": "24h"})
        for args in (["--policy", strict], ["--older-than", "24h"], ["--images"]):
            with self.subTest(args):
                self.assertEqual(self.apply(path, *args)["removed"], [])
        new = self.api.create("bb:1")
        told = self.apply(path, "--older-than", "0", "--all")
        self.assertEqual(self.ids(told["removed"], "container"), {self.box})
        self.assertIn(new, self.api.all_ids()["container"])

    def test_flags_of_the_review_beat_policies_of_the_moment(self):
        path = self.saved()
        self.policy_file({"older_than": "24h"})
        self.assertEqual(self.ids(self.apply(path)["removed"], "container"), {self.box})

    def test_altered(self):
        path = self.saved()
        with open(path, encoding="utf-8") as plan:
            text = plan.read()
        other = self.api.create("bb:1", labels={"k": "v"})
        with open(path, "w", encoding="utf-8") as plan:
            plan.write(text.replace(self.box, other))
        self.refused(path, "plan")
        self.assertIn(other, self.api.all_ids()["container"])

    def test_truncated(self):
        path = self.saved()
        with open(path, "r+", encoding="utf-8") as plan:
            plan.truncate(len(plan.read()) * 2 // 3)
        self.refused(path, "plan")

    def test_writable_by_others(self):
        path = self.saved()
        os.chmod(path, 0o666)
        self.refused(path, "writ")

    def test_too_old(self):
        path = self.saved()
        time.sleep(2.1)
        self.refused(path, "old", more=["--max-plan-age", "1s"])

    def test_of_another_engine(self):
        path = self.saved()
        with Fake(World()) as fake, User(fake.host) as other:
            result = other.run("prune", "--apply", path, "--yes")
            self.assertNotEqual(result.status, 0)
            self.assertOneLine(result, result.status, "engine")
            self.assertEqual(fake.changing(), [])

    def test_missing(self):
        self.refused(self.user.path("nothing.json"), "nothing.json")


class Prompt(Between):
    def setUp(self):
        super().setUp()
        self.base()
        self.box = self.api.create("bb:1", name="litter")

    def ask(self, answer):
        terminal = self.user.terminal("prune", "--older-than", "0")
        self.addCleanup(terminal.end)
        terminal.until("Remove these? [y/N]")
        self.assertIn("litter", terminal.text)
        terminal.send(answer)
        return terminal

    def test_no(self):
        for answer in ("n\n", "\n", "no\n", "x\n"):
            with self.subTest(answer):
                self.assertEqual(self.ask(answer).finish(), 0)
                self.assertIn(self.box, self.api.all_ids()["container"])

    def test_yes(self):
        terminal = self.ask("y\n")
        self.assertEqual(terminal.finish(), 0, terminal.text)
        self.assertEqual(self.api.containers(), [])

    def test_end_of_input(self):
        self.ask("\x04").finish()
        self.assertIn(self.box, self.api.all_ids()["container"])

    def test_control_c(self):
        status = self.ask("\x03").finish()
        self.assertIn(status, (2, -2))
        self.assertIn(self.box, self.api.all_ids()["container"])

    def test_nothing_to_ask_about(self):
        self.api.remove(self.box)
        terminal = self.user.terminal("prune", "--older-than", "0")
        self.assertEqual(terminal.finish(), 0)
        self.assertNotIn("Remove these?", terminal.text)

    def test_without_terminal_and_without_yes(self):
        result = self.user.run("prune", "--older-than", "0")
        self.assertEqual(result.status, 125, result)
        self.assertIn("--yes", result.err)
        self.assertIn(self.box, self.api.all_ids()["container"])

    def test_saved_plan_is_json(self):
        path = self.saved()
        with open(path, encoding="utf-8") as plan:
            self.assertIsInstance(json.load(plan), dict)
