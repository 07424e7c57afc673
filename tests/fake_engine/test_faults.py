# SPDX-License-Identifier: Apache-2.0
"""Faults at every step: nothing is removed on half an answer, and each outcome is told as it is."""

import signal
import time

from fakecase import Case, Litter  # first: it says where bed is

from bed import program
from bed.program import User
from fake import Fake
from world import World

LISTS = ("/_ping", "/info", "/containers/json", "/images/json")
LISTS_ON_REQUEST = ("/volumes", "/networks", "/system/df")
DEEP = b"[" * 200000 + b"]" * 200000


def brk(fault, kind):
    """One kind of broken answer."""
    {
        "500": lambda: fault.answer(500, {"message": "it broke"}),
        "500 without JSON": lambda: fault.answer(500, b"<html>oops</html>", "text/html"),
        "403": lambda: fault.answer(403, {"message": "not for you"}),
        "cut": lambda: fault.cut(1),
        "cut chunked": lambda: fault.cut(1, chunked=True),
        "closed": fault.close,
        "reset": lambda: fault.close(reset=True),
        "no JSON": lambda: fault.answer(200, b"{\"half\":"),
        "other JSON": lambda: fault.answer(200, b"42"),
        "wrong types": lambda: fault.answer(200, b"{\"Id\": 5, \"Volumes\": 7, \"BuildCache\": 1}"),
        "list of nonsense": lambda: fault.answer(200, b"[{\"Id\": 5}, 3]"),
        "wrong content type": lambda: fault.answer(200, b"hello", "text/plain"),
        "empty": lambda: fault.answer(200, b""),
        "deep": lambda: fault.answer(200, DEEP),
        "bad bytes": lambda: fault.answer(200, b"[{\"Id\": \"\xff\xfe\x00\"}]"),
        "no HTTP": lambda: fault.raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
        "odd head": lambda: fault.raw(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"),
    }[kind]()


KINDS = ("500", "500 without JSON", "403", "cut", "cut chunked", "closed", "reset", "no JSON",
         "other JSON", "wrong types", "list of nonsense", "wrong content type", "empty", "deep",
         "bad bytes", "no HTTP", "odd head")


# A run that waits for a silent engine until its deadline, while the other tests go on.
SILENT = {}


def setUpModule():
    fake = SILENT["fake"] = Fake(Litter().world)
    fake.begin()
    fake.on("*", "/_ping").hang()
    user = SILENT["user"] = User(fake.host)
    SILENT["process"] = user.start(["prune", "--yes"])


def tearDownModule():
    if SILENT["process"].poll() is None:
        SILENT["process"].kill()
    SILENT["process"].communicate()
    SILENT["fake"].end()
    SILENT["user"].end()


class Reading(Case):
    """A list that fails ends the run before anything is done."""

    def check(self, path, kind, *args):
        fake = self.engine(Litter(api="1.45").world)
        brk(fake.on("GET", path), kind)
        if path == "/_ping":
            brk(fake.on("HEAD", path), kind)
        result = self.run_prune("--yes", *args)
        self.assertEqual(result.status, 1, result)
        self.assertTrue(result.err.strip(), result)
        self.assertLessEqual(len(result.err.splitlines()), 2, result)
        self.untouched(fake)

    def test_lists(self):
        for path in LISTS[1:]:
            for kind in KINDS:
                with self.subTest(path=path, kind=kind):
                    self.check(path, kind)

    def test_ping(self):
        for kind in ("500", "403", "closed", "reset", "no HTTP", "odd head"):
            with self.subTest(kind):
                self.check("/_ping", kind)

    def test_lists_on_request(self):
        for path in LISTS_ON_REQUEST:
            for kind in ("500", "cut", "no JSON", "other JSON", "wrong types"):
                with self.subTest(path=path, kind=kind):
                    self.check(path, kind, "--volumes=all", "--networks", "--build-cache")

    def test_endless_list(self):
        """Gigabytes of it: a limit ends the run, not this machine's memory."""
        fake = self.engine(Litter().world)
        fake.on("GET", "/images/json").huge(4 << 30)
        began = time.monotonic()
        result = self.run_prune("--yes")
        self.assertEqual(result.status, 1, result)
        self.assertLess(time.monotonic() - began, 30)
        self.untouched(fake)

    def test_slow_answers_are_waited_for(self):
        litter = Litter()
        fake = self.engine(litter.world)
        fake.on("GET", "/images/json").drip(400, 0.02)
        fake.on("GET", "/containers/json").delay(1)
        self.assertEqual(self.removals(self.prune()["removed"]), litter.goes())


class Inspecting(Case):
    """What cannot be inspected is kept, and gone since the list is no failure."""

    def test_inspects(self):
        for path in ("/containers/.*/json", "/images/.*/json", "/images/.*/history"):
            for kind in ("500", "cut", "closed", "no JSON", "other JSON", "wrong types", "deep"):
                with self.subTest(path=path, kind=kind):
                    litter = Litter()
                    fake = self.engine(litter.world)
                    brk(fake.on("GET", path, hit=1), kind)
                    result = self.run_prune("--yes")
                    self.assertIn(result.status, (0, 1), result)
                    if result.status:
                        self.assertTrue(result.err.strip())
                        continue
                    told = result.json
                    # Never more than what a whole engine's answers would have let go.
                    self.assertLessEqual(self.removals(told["removed"]), litter.goes())

    def test_gone_between_list_and_inspect(self):
        for path in ("/containers/.*/json", "/images/.*/json"):
            with self.subTest(path):
                litter = Litter()
                fake = self.engine(litter.world)
                gone = litter.ended[0] if "containers" in path else litter.loose[0]
                fake.on("GET", path.replace(".*", gone.id), hit=1).before(
                    lambda world, gone=gone: world.drop(gone))
                done = self.prune()
                self.assertEqual(done["failed"], [])
                self.assertEqual({one for _, one in self.removals(done["removed"])},
                                 {one for _, one in litter.goes()} - {gone.id})

    def test_events_fail(self):
        """What the events would have told is then not known: no reason to remove more."""
        for kind in ("500", "cut", "no JSON", "closed", "deep"):
            with self.subTest(kind):
                litter = Litter()
                fake = self.engine(litter.world)
                brk(fake.on("GET", "/events"), kind)
                result = self.run_prune("--yes", "--all")
                self.assertIn(result.status, (0, 1), result)
                if result.status == 0:
                    self.assertNotIn(("image", litter.base.id),
                                     self.removals(result.json["removed"]))
                else:
                    self.untouched(fake)


class Deleting(Case):
    """Each deletion's outcome is its own."""

    def check(self, setup, status):
        """Runs with a fault for the first ended container and the first loose image."""
        litter = Litter(api="1.45")
        fake = self.engine(litter.world)
        chosen = (("container", litter.ended[0].id), ("image", litter.loose[0].id))
        for kind, one in chosen:
            setup(fake.on("DELETE", "/%ss/%s" % (kind, one)), litter)
        result = self.run_prune("--yes")
        self.assertEqual(result.status, status, result)
        told = result.json
        others = litter.goes() - set(chosen)
        self.assertLessEqual(others, self.removals(told["removed"]), "one failure stops no other")
        return told, set(chosen)

    def test_500(self):
        told, chosen = self.check(lambda fault, _: fault.answer(500, {"message": "disk on fire"}),
                                  1)
        self.assertEqual(self.removals(told["failed"]), chosen)
        for row in told["failed"]:
            self.assertIn("disk on fire", row["reason"])

    def test_404_is_already_gone(self):
        told, chosen = self.check(lambda fault, _: fault.answer(404, {"message": "No such thing"}),
                                  0)
        self.assertEqual(self.removals(told["skipped"]), chosen)
        self.assertTrue(all("gone" in row["reason"] for row in told["skipped"]))

    def test_409_is_in_use_since(self):
        told, chosen = self.check(lambda fault, _: fault.answer(409, {
            "message": "conflict: unable to delete (cannot be forced) - image is being used"}), 0)
        self.assertEqual(self.removals(told["skipped"]), chosen)

    def test_odd_answers(self):
        for kind in ("cut", "closed", "no HTTP", "no JSON", "deep", "403", "wrong content type"):
            with self.subTest(kind):
                litter = Litter(api="1.45")
                fake = self.engine(litter.world)
                brk(fake.on("DELETE", "/images/" + litter.loose[0].id), kind)
                result = self.run_prune("--yes")
                self.assertIn(result.status, (0, 1), result)
                told = result.json
                if ("image", litter.loose[0].id) in self.removals(told["removed"]):
                    self.assertIn(kind, ("no JSON", "deep", "wrong content type", "cut"))

    def test_every_deletion_fails(self):
        litter = Litter()
        fake = self.engine(litter.world)
        fake.on("DELETE", ".*").answer(500, {"message": "no"})
        told = self.prune(status=1)
        self.assertEqual(told["removed"], [])
        self.assertEqual(self.removals(told["failed"]), litter.goes())

    def test_the_final_measure_fails(self):
        """Everything is gone already: the bytes are just not known."""
        litter = Litter(api="1.45")
        fake = self.engine(litter.world)
        fake.on("GET", "/system/df", hit=(2, 99)).answer(500, {"message": "no"})
        result = self.run_prune("--yes")
        self.assertEqual(self.removals(result.json["removed"]), litter.goes())

    def test_build_cache_reply_names_another_record(self):
        litter = Litter(api="1.45")
        fake = self.engine(litter.world)
        fake.on("POST", "/build/prune", hit=1).answer(200, {
            "CachesDeleted": ["somethingelse"], "SpaceReclaimed": 10})
        result = self.run_prune("--yes", "--build-cache")
        child = litter.cache[1]
        self.assertNotIn(("build-cache", child.id), self.removals(result.json["removed"]))
        self.assertEqual(result.status, 1, result)

    def test_build_cache_record_in_use_since(self):
        litter = Litter(api="1.45")
        fake = self.engine(litter.world)
        fake.on("POST", "/build/prune", hit=1).answer(200, {
            "CachesDeleted": None, "SpaceReclaimed": 0})
        told = self.prune("--build-cache")
        self.assertIn(("build-cache", litter.cache[1].id), self.removals(told["skipped"]))
        self.assertEqual(told["failed"], [])


class Silence(Case):
    """An engine that accepts and never answers, as that of a paused machine."""

    def test_ping_without_answer(self):
        result = program.finish(SILENT["process"])
        self.assertOneLine(result, 1, SILENT["fake"].socket)
        self.untouched(SILENT["fake"])

    def interrupted(self, method, path, number):
        litter = Litter()
        fake = self.engine(litter.world)
        fake.on(method, path).hang()
        process = self.user.start(["prune", "--yes", "--format", "json"])
        deadline = time.monotonic() + 10
        while not fake.seen(method, path):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        began = time.monotonic()
        process.send_signal(number)
        result = program.finish(process)
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual(result.status, 2, result)
        return litter, fake, result

    def test_sigint_while_reading(self):
        _, fake, result = self.interrupted("GET", "/images/json", signal.SIGINT)
        self.assertIs(result.json["interrupted"], True)
        self.untouched(fake)

    def test_sigterm_while_removing(self):
        litter, _, result = self.interrupted("DELETE", "/images/.*", signal.SIGTERM)
        told = result.json
        self.assertIs(told["interrupted"], True)
        # The containers went before the images.
        self.assertEqual({one for kind, one in self.removals(told["removed"])},
                         {row.id for row in litter.ended + [litter.created]})


class Memory(Case):
    def test_many_small_objects(self):
        """Thousands of labels and long names: no limit is hit, nothing is lost."""
        world = World()
        image = world.image("base:1")
        for number in range(300):
            world.container(image, labels={"l%d" % row: "v" * 200 for row in range(20)},
                            name="n" * 100 + str(number))
        self.engine(world)
        self.assertEqual(len(self.prune()["removed"]), 300)
