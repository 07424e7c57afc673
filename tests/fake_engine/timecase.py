# SPDX-License-Identifier: Apache-2.0
"""What the tests of docker timesync on the fake engine share."""

import time

from fakecase import Case  # first: it says where bed is

from bed import program
from world import World

MS, SECOND = 10 ** 6, 10 ** 9
MINUTE = 60 * SECOND
LABEL = "io.github.docker-hygiene.timesync"


class TimeCase(Case):
    plugin = "timesync"

    def world(self, offset=0, **kind):
        """A world whose clock is offset ns ahead of this machine's."""
        world = World(**kind)
        world.guest.offset = offset
        return world

    def start_engine(self, offset=0, wire=None, told=None, **kind):
        """Sets self.fake, self.guest and self.user."""
        engine = {key: kind.pop(key) for key in ("unix", "address", "latency") if key in kind}
        world = self.world(offset, **kind)
        world.told.update(told or {})
        self.fake = self.engine(world, **engine)
        self.guest = world.guest
        if wire:
            self.fake.wire = wire
        return world

    def run_json(self, *args, status=0, **run):
        """Runs a verb with --format json: its document; the verb is the first of args, if any."""
        result = self.user.run(*args, "--format", "json", **run)
        self.assertEqual(result.status, status, result)
        return result.json

    def run_text(self, *args, status=0, says=(), **run):
        result = self.user.run(*args, **run)
        self.assertEqual(result.status, status, result)
        for word in says:
            self.assertIn(word, result.out + result.err, result)
        return result

    def created(self):
        """Bodies of the requests for containers."""
        return [program.json.loads(row.body)
                for row in self.fake.seen("POST", "/containers/create")]

    def helpers(self):
        return [row for row in self.fake.world.containers.values() if LABEL in row.labels]

    def assertNothingLeft(self):
        """The helper is gone, at most a moment after the program."""
        deadline = time.monotonic() + 3
        while self.helpers() and time.monotonic() < deadline:
            time.sleep(0.005)
        self.assertEqual([row.name for row in self.helpers()], [])

    def assertNotSet(self):
        """Nobody was even asked to."""
        self.assertEqual(self.guest.sets(), [])
        self.assertEqual((self.guest.steps, self.guest.slews), ([], []))

    def assertInside(self, document, offset, slack=2 * MS):
        """The offset lies in the interval that the document tells; slack is for this machine's own
        clock, which is read apart from the program's."""
        self.assertLessEqual(document["lo_ns"], offset + slack, document)
        self.assertGreaterEqual(document["hi_ns"], offset - slack, document)
        self.assertLessEqual(document["lo_ns"], document["offset_ns"])
        self.assertLessEqual(document["offset_ns"], document["hi_ns"])
