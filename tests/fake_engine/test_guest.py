# SPDX-License-Identifier: Apache-2.0
"""The simulated helper and the stream to it: that they are what a real engine and helper are."""

import errno
import io
import json
import socket
import struct
import tarfile
import time

from fakecase import Case  # first: it says where bed is

import guest as wire
from attach import Wire
from bed.http import Api, ApiError
from world import World

TAG = "docker-timesync/helper:0123456789ab"


def archive(tag=TAG):
    """A docker-archive with nothing in it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as files:
        for name, data in (
                ("manifest.json", json.dumps([{"Config": "c.json", "RepoTags": [tag],
                                               "Layers": ["layer.tar"]}]).encode()),
                ("c.json", json.dumps({"architecture": "arm", "variant": "v7"}).encode()),
                ("layer.tar", b"\0" * 1024)):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            files.addfile(info, io.BytesIO(data))
    return out.getvalue()


class Stream:
    """A client of the attached stream."""

    def __init__(self, fake, container):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(5)
        self.socket.connect(fake.socket)
        self.socket.sendall(("POST /v1.41/containers/%s/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\r\n"
                             "Host: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
                             % container).encode())
        self.data = b""
        while b"\r\n\r\n" not in self.data:
            self.more()
        self.head, _, self.data = self.data.partition(b"\r\n\r\n")

    def more(self):
        data = self.socket.recv(4096)
        if not data:
            raise EOFError
        self.data += data

    def take(self, size):
        while len(self.data) < size:
            self.more()
        data, self.data = self.data[:size], self.data[size:]
        return data

    def ask(self, operation, mode=0, boot_id=bytes(16), delta=0, expected=0, allowed=0):
        """A dictionary of the reply's members."""
        self.socket.sendall(struct.pack("<4sBB2xQ16sqqq8x", b"DTSq", operation, mode, 77, boot_id,
                                        delta, expected, allowed))
        out = b""
        while len(out) < wire.REPLY_SIZE:
            kind, length = struct.unpack(">B3xI", self.take(8))
            payload = self.take(length)
            out += payload if kind == 1 else b""
        names = ("magic", "op", "status", "flags", "sequence", "received", "sent", "anchor",
                 "before", "width", "error", "kernel", "state", "max_error")
        return dict(zip(names, struct.unpack_from("<4sBBHQqqqqIiiiq", out)))

    def end(self):
        """End of input; reads to the end."""
        self.socket.shutdown(socket.SHUT_WR)
        try:
            while True:
                self.more()
        except EOFError:
            self.socket.close()


class Simulated(Case):
    def setUp(self):
        self.world = World()
        self.fake = self.engine(self.world)
        self.api = Api(self.fake.socket)
        self.addCleanup(self.api.close)

    def container(self, capable=True):
        if not any(TAG in row.tags for row in self.world.images.values()):
            self.api.call("POST", "/images/load?quiet=1", archive())
        made = self.api.call("POST", "/containers/create?name=h%d" % len(self.fake.requests), {
            "Image": TAG, "HostConfig": {"AutoRemove": True, "NetworkMode": "none",
                                         "CapAdd": ["SYS_TIME"] if capable else None}})
        return made["Id"]

    def start(self, **options):
        identity = self.container(**options)
        stream = Stream(self.fake, identity)
        self.addCleanup(stream.socket.close)
        self.api.call("POST", "/containers/%s/start" % identity)
        return identity, stream

    def gone(self, identity):
        deadline = time.monotonic() + 5
        while identity in self.world.containers:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.005)

    def test_image(self):
        with self.assertRaises(ApiError) as caught:
            self.api.call("POST", "/containers/create?name=x", {"Image": TAG, "HostConfig": {}})
        self.assertEqual(caught.exception.status, 404)
        self.assertIn("No such image: " + TAG, caught.exception.message)
        self.container()
        image = next(row for row in self.world.images.values() if TAG in row.tags)
        self.assertEqual(image.arch, "arm/v7")
        with self.assertRaises(ApiError):
            self.api.call("POST", "/images/load", b"no archive")

    def test_steps_once_compared(self):
        guest = self.world.guest
        guest.offset = -20 * 10 ** 9
        identity, stream = self.start()
        first = stream.ask(wire.PING)
        self.assertEqual((first["magic"], first["sequence"], first["status"]), (b"DTSr", 77, wire.OK))
        self.assertLessEqual(first["received"], first["sent"])
        self.assertAlmostEqual(first["received"] - time.time_ns(), -20e9, delta=1e9)
        again = {"delta": 20 * 10 ** 9, "expected": first["anchor"], "allowed": 1000}
        self.assertEqual(stream.ask(wire.SET, wire.STEP, **again)["status"], wire.NOT_COMPARED)
        hello = stream.ask(wire.HELLO, boot_id=guest.boot_id)
        self.assertTrue(hello["flags"] & wire.KERNEL_SAME)
        self.assertEqual(stream.ask(wire.SET, wire.STEP, **again)["status"], wire.NOT_COMPARED)
        hello = stream.ask(wire.HELLO, boot_id=bytes(range(16)))
        self.assertEqual(hello["flags"], wire.KERNELS_DIFFER | wire.CAN_SET | wire.INIT_USERNS |
                         wire.CAN_READ_TIMEX)
        done = stream.ask(wire.SET, wire.STEP, **again)
        self.assertEqual(done["status"], wire.OK)
        self.assertEqual(done["anchor"] - done["before"], 20 * 10 ** 9)
        self.assertLess(abs(guest.offset), 10 ** 7)
        self.assertEqual(stream.ask(wire.SET, wire.STEP, **again)["status"], wire.MOVED)
        self.assertEqual(guest.steps, [20 * 10 ** 9])
        stream.end()
        self.gone(identity)

    def test_raced_and_refused(self):
        guest = self.world.guest
        _, stream = self.start()
        anchor = stream.ask(wire.HELLO, boot_id=bytes(range(16)))["anchor"]
        guest.race = 5 * 10 ** 6
        self.assertEqual(stream.ask(wire.SET, wire.STEP, delta=10 ** 9, expected=anchor)["status"],
                         wire.RACED)
        # Theirs came after ours.
        self.assertEqual(guest.anchor, anchor + 1005 * 10 ** 6)
        guest.anchor, guest.race = anchor, 995 * 10 ** 6
        self.assertEqual(stream.ask(wire.SET, wire.STEP, delta=10 ** 9, expected=anchor)["status"],
                         wire.RACED)
        # Theirs came first: ours was taken back.
        self.assertEqual(guest.anchor, anchor + 995 * 10 ** 6)
        guest.set_error = errno.ENOSYS
        answer = stream.ask(wire.SET, wire.STEP, delta=10 ** 9, expected=guest.anchor)
        self.assertEqual((answer["status"], answer["error"]), (wire.FAILED, errno.ENOSYS))
        guest.set_error = 0
        _, stream = self.start(capable=False)
        stream.ask(wire.HELLO, boot_id=bytes(range(16)))
        answer = stream.ask(wire.SET, wire.STEP, delta=10 ** 9, expected=guest.anchor)
        self.assertEqual((answer["status"], answer["error"]), (wire.FAILED, errno.EPERM))

    def test_cut_in_every_way(self):
        for cut in (Wire(pieces=1), Wire(payload=1), Wire(payload=3, pieces=7),
                    Wire(glue=b"\2\0\0\0\0\0\0\3abc"), Wire(before=b"\1\0\0\0\0\0\0\0"),
                    Wire(upgrade=False)):
            self.fake.wire = cut
            _, stream = self.start()
            for _ in range(3):
                self.assertEqual(stream.ask(wire.PING)["status"], wire.OK)
            stream.end()
        self.assertIn(b"200 OK", stream.head)

    def test_cut_short(self):
        self.fake.wire = Wire(cut=20)
        identity, stream = self.start()
        with self.assertRaises((EOFError, OSError)):
            stream.ask(wire.PING)
        self.gone(identity)

    def test_nonsense_ends_it(self):
        identity, stream = self.start()
        stream.socket.sendall(b"\0" * 64)
        self.gone(identity)

    def test_wait_and_force(self):
        identity, _ = self.start()
        self.api.call("DELETE", "/containers/%s?force=1" % identity)
        self.assertNotIn(identity, self.world.containers)
        with self.assertRaises(ApiError):
            self.api.call("POST", "/containers/%s/wait?condition=removed" % identity)

    def test_a_paused_machine_falls_behind(self):
        guest = self.world.guest
        guest.pause()
        time.sleep(0.05)
        guest.resume()
        self.assertLess(guest.offset, -45 * 10 ** 6)
        guest.offset = 0
        guest.drift = 10 ** 5
        before = guest.offset
        time.sleep(0.05)
        self.assertGreater(guest.offset - before, 4 * 10 ** 6)
