# SPDX-License-Identifier: Apache-2.0
"""The fake engine itself: its faults do what they say, its rules are moby's."""

import http.client
import json
import socket
import time

from fakecase import Case, Litter  # first: it says where bed is

from bed.http import Api, ApiError, UnixConnection
from fake import Fake
from world import World, scaled


class Rules(Case):
    def setUp(self):
        self.litter = Litter()
        self.fake = self.engine(self.litter.world)
        self.api = Api(self.fake.socket)

    def refused(self, status, text, function, *args, **options):
        with self.assertRaises(ApiError) as caught:
            function(*args, **options)
        self.assertEqual(caught.exception.status, status)
        self.assertIn(text, caught.exception.message)

    def test_images(self):
        base, app, loose = self.litter.base, self.litter.app, self.litter.loose[0]
        self.refused(409, "image has dependent child images", self.api.remove_image, base.id)
        self.refused(409, "unable to remove repository reference \"base:1\" (must force) - container",
                     self.api.remove_image, "base:1")
        self.assertEqual(self.api.remove_image("app:2"), [{"Untagged": "app:2"}])
        rows = self.api.remove_image(app.id)
        self.assertEqual(rows[:2], [{"Untagged": "app:1"}, {"Deleted": app.id}])
        # Its own layer goes, the base's stays.
        self.assertEqual(len(rows), 3)
        self.refused(409, "cannot be forced) - image is being used by running container",
                     self.api.remove_image, base.id)
        self.litter.world.drop(self.litter.running)
        self.refused(409, "must be forced) - image is being used by stopped container",
                     self.api.remove_image, base.id)
        self.api.remove_image(loose.id)
        self.refused(404, "No such image: " + loose.id, self.api.remove_image, loose.id)
        self.refused(404, "No such image: nope:latest", self.api.remove_image, "nope")

    def test_image_of_several_repositories(self):
        image = self.litter.world.image("one:1", "two:1")
        self.refused(409, "image is referenced in multiple repositories", self.api.remove_image,
                     image.id)

    def test_containers(self):
        self.refused(409, "You cannot remove a running container", self.api.remove,
                     self.litter.running.id, force=False)
        self.api.remove(self.litter.ended[0].id, force=False)
        self.refused(404, "No such container", self.api.remove, self.litter.ended[0].id)

    def test_volumes_and_networks(self):
        self.refused(409, "remove used: volume is in use - [" + self.litter.running.id,
                     self.api.remove_volume, "used")
        self.api.remove_volume("data")
        self.refused(404, "get data: no such volume", self.api.remove_volume, "data")
        self.refused(409, "active endpoints", self.remove_used_network)
        self.refused(404, "network nope not found", self.api.remove_network, "nope")

    def remove_used_network(self):
        self.litter.running.networks.append("unused")
        self.litter.world.changed()
        self.api.remove_network(self.litter.network.id)

    def test_build_cache(self):
        parent, child = self.litter.cache
        told = self.api.post("/build/prune", all=True, filters={"id": ["^%s$" % parent.id]})
        self.assertEqual(told, {"CachesDeleted": None, "SpaceReclaimed": 0})
        told = self.api.post("/build/prune", all=True, filters={"id": ["^%s$" % child.id]})
        self.assertEqual(told, {"CachesDeleted": [child.id], "SpaceReclaimed": 2000})

    def test_versions(self):
        self.refused(400, "client version 1.11 is too old. Minimum supported API version is 1.12",
                     self.api.get, "/v1.11/info")
        self.refused(400, "client version 1.99 is too new. Maximum supported API version is 1.41",
                     self.api.get, "/v1.99/info")


class Faults(Case):
    def setUp(self):
        self.fake = self.engine(scaled(30, 10))

    def ask(self, path="/containers/json?all=1", timeout=5):
        connection = UnixConnection(self.fake.socket, timeout)
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer, answer.read()

    def test_answer_once(self):
        self.fake.on("GET", "/containers/json", hit=2).answer(500, {"message": "no"})
        self.assertEqual([self.ask()[0].status for _ in range(3)], [200, 500, 200])

    def test_cut(self):
        self.fake.on("GET", "/containers/json").cut(100)
        with self.assertRaises(http.client.IncompleteRead) as caught:
            self.ask()
        self.assertEqual(len(caught.exception.partial), 100)

    def test_cut_chunked(self):
        self.fake.on("GET", "/images/json").cut(100, chunked=True)
        with self.assertRaises(http.client.IncompleteRead):
            self.ask("/images/json")

    def test_drip(self):
        self.fake.on("GET", "/images/json").drip(500, 0.001)
        self.assertEqual(len(json.loads(self.ask("/images/json")[1])), 10)

    def test_hang_and_close(self):
        self.fake.on("GET", "/info").hang()
        with self.assertRaises(socket.timeout):
            self.ask("/info", 0.2)
        self.fake.on("GET", "/version", hit=1).close()
        with self.assertRaises(http.client.RemoteDisconnected):
            self.ask("/version")
        self.fake.on("GET", "/version", hit=1).close(reset=True)

    def test_huge(self):
        self.fake.on("GET", "/info").huge(30 << 20)
        self.assertGreaterEqual(len(self.ask("/info")[1]), 30 << 20)

    def test_races(self):
        world = self.fake.world
        box = next(row for row in world.containers.values() if row.state == "exited")
        self.fake.on("DELETE", ".*").before(lambda world: world.start(box))
        connection = UnixConnection(self.fake.socket, 5)
        connection.request("DELETE", "/containers/" + box.id)
        self.assertEqual(connection.getresponse().status, 409)

    def test_pipelined(self):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(self.fake.socket)
            client.sendall(b"GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n" * 50)
            told = b""
            while told.count(b"HTTP/1.1 200") < 50 or not told.endswith(b"OK"):
                told += client.recv(65536)
        self.assertEqual(len(self.fake.requests), 50)

    def test_speed(self):
        api = Api(self.fake.socket)
        began = time.monotonic()
        for _ in range(500):
            api.ping()
        self.assertLess(time.monotonic() - began, 5)

    def test_events(self):
        world = World()
        for number in range(300):
            world.event("container", "start", "c%d" % number, {"image": "x"}, age=1000 - number)
        with Fake(world) as fake:
            told = Api(fake.socket).get("/events", since=1, until=int(time.time()))
        self.assertEqual(len(told), 256)
        self.assertEqual(told[-1]["Actor"]["ID"], "c299")
