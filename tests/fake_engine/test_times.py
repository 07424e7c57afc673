# SPDX-License-Identifier: Apache-2.0
"""Ages are judged by the engine's clock, and uses once seen are remembered."""

import glob
import json
import os
import time

from fakecase import Case, Litter
from fake import Fake
from world import World

HOUR = 3600


class Clock(Case):
    def test_engine_ahead_or_behind(self):
        for skew in (-90 * 86400, -2 * HOUR, 2 * HOUR, 90 * 86400):
            with self.subTest(skew=skew):
                litter = Litter(skew=skew)
                self.engine(litter.world)
                result = self.run_prune("--dry-run")
                self.assertEqual(result.status, 0, result)
                self.assertEqual(self.removals(result.json["planned"]), litter.goes())
                self.assertIn("clock", result.err.lower())

    def test_small_difference_is_not_told(self):
        self.engine(Litter(skew=20).world)
        result = self.run_prune("--dry-run")
        self.assertTrue(result.json["planned"])
        self.assertNotIn("clock", result.err.lower())

    def test_stamps_of_the_future_are_kept(self):
        world = World()
        image = world.image("base:1")
        box = world.container(image, age=-2 * HOUR)
        loose = world.image(age=-HOUR, tagged=-HOUR)
        self.engine(world)
        planned = self.plan("--older-than", "0")
        self.assertEqual(planned["planned"], [])
        self.assertLessEqual({box.id, loose.id}, {row["id"] for row in planned["kept"]})

    def test_no_clock_at_all(self):
        fake = self.engine(Litter().world)
        fake.on("GET", "/info").answer(200, {"ID": "x", "SystemTime": "yesterday"})
        result = self.run_prune("--yes")
        self.assertEqual(result.status, 1, result)
        self.untouched(fake)

    def test_never_started_and_never_ended(self):
        """0001-01-01 is no age of two thousand years."""
        world = World()
        image = world.image("base:1")
        young = world.container(image, state="created", age=60)
        old = world.container(image, state="created", age=2 * HOUR)
        ended = world.container(image, age=3 * HOUR, ended=60)
        self.engine(world)
        planned = self.plan()
        self.assertEqual(self.removals(planned["planned"]), {("container", old.id)})
        self.assertLessEqual({young.id, ended.id}, {row["id"] for row in planned["kept"]})


class Memory(Case):
    """The state file and the events."""

    def setUp(self):
        self.world = World()
        self.image = self.world.image("app:1", age=90 * 86400, tagged=80 * 86400)
        self.other = self.world.image("other:1", age=90 * 86400, tagged=80 * 86400)
        self.fake = self.engine(self.world)

    def run_and_gone(self, age):
        """What is left of `docker run --rm app:1`: events."""
        for action in ("create", "start", "die", "destroy"):
            self.world.event("container", action, "c" * 64, {"image": "app:1", "name": "x"}, age)

    def going(self):
        return self.removals(self.plan("--all", "--older-than", "24h")["planned"])

    def test_an_event_is_a_use(self):
        self.run_and_gone(HOUR)
        self.assertEqual(self.going(), {("image", self.other.id)})

    def test_a_use_seen_once_is_not_forgotten(self):
        self.run_and_gone(HOUR)
        self.prune("--containers")
        self.world.events.clear()
        self.assertEqual(self.going(), {("image", self.other.id)})

    def test_only_new_events_are_asked_for(self):
        self.run_and_gone(HOUR)
        self.prune("--containers")
        first = [row for row in self.fake.seen("GET", "/events")][-1]
        self.fake.requests.clear()
        self.prune("--containers")
        second = [row for row in self.fake.seen("GET", "/events")][-1]
        self.assertIn("since", second.query)
        self.assertIn("until", second.query, "a stream without an end is never read to it")
        self.assertGreater(float(second.query["since"]), float(first.query.get("since", 0)))

    def crowd(self, count, age):
        """Events of all types, that are in the way of others in the engine's memory."""
        for number in range(count):
            self.world.event(("network", "builder", "container")[number % 3], "connect", "n", {},
                             age)

    def notes(self, *args):
        result = self.run_prune("--dry-run", *args)
        self.assertEqual(result.status, 0, result)
        return result.err

    def last_run(self, age):
        """As if the state had been written then."""
        self.plan("--containers")
        path, = glob.glob(self.user.path("state/docker-hygiene/*.json"))
        with open(path, encoding="utf-8") as file:
            state = json.load(file)
        state["events_until"] = time.strftime(
            "%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.world.ago(age) // 10 ** 9))
        self.user.write("state/docker-hygiene/" + os.path.basename(path), state)

    def test_events_that_the_engine_has_forgotten(self):
        for title, age, count, told in (("overflowed", 5 * HOUR, 256, True),
                                        ("not full", 5 * HOUR, 255, False),
                                        ("full, but begins before the last run", HOUR, 256, False),
                                        ("only for a moment", 2 * HOUR + 30, 256, False)):
            with self.subTest(title):
                self.world.events.clear()
                self.last_run(age)
                self.crowd(count, 2 * HOUR)
                found = self.notes("--all")
                (self.assertIn if told else self.assertNotIn)("has forgotten", found)
                self.assertNotIn("has forgotten", self.notes("--all"), "told once")

    def test_forgotten_events_are_told_where_they_matter(self):
        self.last_run(5 * HOUR)
        self.crowd(256, 2 * HOUR)
        self.assertNotIn("has forgotten", self.notes("--containers"))

    def test_a_first_run_does_not_know_what_was_forgotten(self):
        self.crowd(256, 2 * HOUR)
        self.assertNotIn("has forgotten", self.notes("--all"))

    def test_it_is_written_before_anything_goes(self):
        self.world.container(self.image)
        seen = []

        def look(_):
            seen.extend(glob.glob(self.user.path("state/docker-hygiene/*.json")))
        self.fake.on("DELETE", ".*", hit=1).before(look)
        self.prune("--containers")
        self.assertTrue(seen)

    def test_it_cannot_be_written(self):
        """Then nothing is removed that a later run could not justify."""
        self.world.container(self.image)
        os.makedirs(self.user.path("state"))
        with open(self.user.path("state/docker-hygiene"), "w", encoding="ascii") as file:
            file.write("in the way")
        result = self.run_prune("--yes")
        self.assertEqual(result.status, 1, result)
        self.untouched(self.fake)

    def test_broken_state_is_set_aside(self):
        self.prune("--containers")
        path, = glob.glob(self.user.path("state/docker-hygiene/*.json"))
        for text in ("", "{", "[]", "{\"images\": 5}", "\x00" * 100, "[" * 100000):
            with self.subTest(text[:20]):
                with open(path, "w", encoding="latin-1") as state:
                    state.write(text)
                result = self.run_prune("--yes", "--containers")
                self.assertEqual(result.status, 0, result)
                with open(path, encoding="utf-8") as state:
                    json.load(state)

    def test_one_state_per_engine(self):
        self.run_and_gone(HOUR)
        self.prune("--containers")
        world = World()
        world.identity = "OTHER"
        world.image("app:1", age=90 * 86400, tagged=80 * 86400)
        with Fake(world) as other:
            self.user.host = other.host
            result = self.run_prune("--dry-run", "--all", "--older-than", "24h")
        self.assertEqual(len(self.removals(result.json["planned"])), 1, result)

    def test_known_only_from_its_pull(self):
        planned = self.plan("--all", "--older-than", "24h")
        for row in planned["planned"]:
            self.assertIn("no use seen since", row["reason"])

    def test_event_of_an_image_that_was_retagged(self):
        """The event's image is what the user typed; the container itself knows better."""
        world, new = self.world, self.world.image("newer:1", age=HOUR, tagged=60)
        box = world.container(self.image, typed="app:1", ended=HOUR)
        world.retag("app:1", new)
        world.event("container", "start", box.id, {"image": "app:1", "name": box.name}, HOUR)
        going = self.going()
        self.assertNotIn(("image", self.image.id), going)


class Young(Case):
    def test_count_is_told(self):
        litter = Litter()
        self.engine(litter.world)
        result = self.user.run("prune", "--dry-run")
        self.assertEqual(result.status, 0, result)
        self.assertRegex(result.out + result.err, r"(?i)\b1\b[^\n]*(younger|less|grace|1 ?h)")
