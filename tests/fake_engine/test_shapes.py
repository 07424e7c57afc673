# SPDX-License-Identifier: Apache-2.0
"""The fake engine answers in shapes that real engines were seen to answer in."""

import json
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lib")]

from bed.http import Api  # noqa: E402
from fake import Fake  # noqa: E402
from record import shape  # noqa: E402
from world import World  # noqa: E402

# What docker-hygiene reads: the fake must tell these wherever the real engine does.
NEEDED = {
    "GET /info": ("ID", "SystemTime", "DockerRootDir", "Driver", "DriverStatus", "Name", "OSType",
                  "ServerVersion"),
    "GET /containers/json?all=1": ("Id", "Names", "Image", "ImageID", "Created", "Labels", "State",
                                   "Mounts", "NetworkSettings"),
    "GET /containers/ID/json": ("Id", "Created", "State", "Image", "Name", "Mounts", "Config"),
    "GET /images/json": ("Id", "RepoTags", "RepoDigests", "Created", "Size", "SharedSize",
                         "VirtualSize", "ParentId", "Labels", "Containers"),
    "GET /images/ID/json": ("Id", "RepoTags", "RepoDigests", "Parent", "RootFS", "Metadata",
                            "Created", "Size", "Config"),
    "GET /images/ID/history": ("Id", "Size", "Created", "CreatedBy", "Tags"),
    "GET /volumes": ("Volumes", "Warnings"),
    "GET /volumes/NAME": ("CreatedAt", "Driver", "Labels", "Mountpoint", "Name", "Options", "Scope"),
    "GET /networks": ("Name", "Id", "Created", "Driver", "Labels", "Scope", "Ingress"),
    "GET /networks/ID": ("Name", "Id", "Created", "Driver", "Labels", "Containers"),
    "GET /system/df": ("LayersSize", "Images", "Containers", "Volumes", "BuildCache"),
    "GET /system/df?type=image": ("LayersSize", "Images", "Containers", "Volumes", "BuildCache"),
    "GET /events": ("Type", "Action", "Actor", "time", "timeNano", "status", "id"),
    "GET /containers/NONE/json": ("message",),
}


def world_like_recorded(api, store):
    """The same things that record.py made on the real engines."""
    world = World(api=api, store=store)
    base = world.image("bb:1", labels={"a": "b"}, tagged=10)
    child = world.image("kid:1", "kid:2", layers=base.layers + [world.layer(1000)], parent=base)
    world.image(layers=[world.layer(500)])
    ended = world.container(base, "ended", labels={"k": "v"})
    world.container(base, "created", state="created")
    world.container(child, "runner", state="running", mounts=[("volume", "used", "/v")], size_rw=10)
    world.volume("used")
    world.volume("named", labels={"x": "y"}, options={})
    world.volume(options={})
    world.network("net", labels={"x": "y"})
    first = world.build_cache(100)
    world.build_cache(200, parents=[first])
    world.event("container", "start", ended.id, {"image": "bb:1", "name": "ended"}, age=5)
    return world


REQUESTS = {
    "GET /version": "/version", "GET /info": "/info",
    "GET /containers/json?all=1": "/containers/json?all=1",
    "GET /containers/json?all=1&size=1": "/containers/json?all=1&size=1",
    "GET /containers/ID/json": "/containers/ended/json",
    "GET /images/json": "/images/json",
    "GET /images/json?shared-size=1": "/images/json?shared-size=1",
    "GET /images/ID/json": "/images/kid:1/json", "GET /images/ID/history": "/images/kid:1/history",
    "GET /volumes": "/volumes", "GET /volumes/NAME": "/volumes/named", "GET /networks": "/networks",
    "GET /networks/ID": "/networks/net", "GET /system/df": "/system/df",
    "GET /system/df?type=image": "/system/df?type=image",
    "GET /system/df?type=build-cache": "/system/df?type=build-cache",
    "GET /containers/NONE/json": "/containers/nope/json",
    "GET /events": "/events?since=1&until=%d",
}


def choices(one):
    return one["any of"] if isinstance(one, dict) and "any of" in one else [one]


def differences(fake, real, where):
    """Where a shape of the fake is none that the real one admits."""
    found = []
    for one in choices(fake):
        tries = [against(one, choice, where) for choice in choices(real)]
        if all(tries):
            found += min(tries, key=len)
    return found


def against(one, real, where):
    if isinstance(one, dict) and isinstance(real, dict):
        if "*" in real or not real:
            return []
        found = []
        for key, value in one.items():
            if key == "*":
                continue
            if key not in real:
                found.append("%s.%s: no real engine tells it" % (where, key))
            else:
                found += differences(value, real[key], where + "." + key)
        return found
    if isinstance(one, list) and isinstance(real, list):
        if not one or not real:
            return []
        return differences(one[0], real[0], where + "[]")
    return [] if one == real else ["%s: %r, but a real engine says %r" % (where, one, real)]


def missing(fake, real, needed, where):
    """Needed keys that the real engine tells and the fake does not."""
    fake = fake[0] if isinstance(fake, list) and fake else fake
    real = real[0] if isinstance(real, list) and real else real
    return ["%s.%s: missing in the fake" % (where, key)
            for key in needed if key in real and key not in fake]


class Shapes(unittest.TestCase):
    def check(self, api, store):
        with open(os.path.join(HERE, "shapes_of", api + ".json"), encoding="utf-8") as recorded:
            real = json.load(recorded)
        self.assertEqual(set(real), set(REQUESTS))
        with Fake(world_like_recorded(api, store)) as fake:
            client = Api(fake.socket)
            for title, path in REQUESTS.items():
                if "%d" in path:
                    path %= fake.world.now // 10 ** 9
                _, _, data = client.request("GET", path)
                told = shape(json.loads(data.splitlines()[0] if "events" in path else data))
                with self.subTest(title):
                    wrong = differences(told, real[title], title)
                    wrong += missing(told, real[title], NEEDED.get(title, ()), title)
                    self.assertEqual(wrong, [])

    def test_20_10(self):
        self.check("1.41", "overlay2")

    def test_26_1_containerd(self):
        self.check("1.45", "containerd")


if __name__ == "__main__":
    unittest.main()
