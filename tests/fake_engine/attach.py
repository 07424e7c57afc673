# SPDX-License-Identifier: Apache-2.0
"""The attached stream of a fake engine's container, and how a test wants it cut.

An answer that is not just bytes is a function of (fake, connection): it does what it does to the
connection, or gives a coroutine that does.
"""

import asyncio
import json
import struct

STDOUT, STDERR, SYSTEMERR = 1, 2, 3
TICK_S = 0.002


def frame(kind, payload):
    return struct.pack(">B3xI", kind, len(payload)) + payload


class Wire:
    """How streams of a fake engine are sent.

    upgrade      101 (if the request asks for it); False: 200 all the same, as proxies make of it
    kind         of the content; None: as the API version has it
    pieces       bytes per write; None: all at once
    payload      most bytes of payload in a frame; None: a reply is one frame
    glue         bytes right behind the head, in the same write
    before       bytes in front of each reply
    cut          bytes after the head after which the connection is closed
    stall        bytes after the head after which nothing comes any more
    """

    def __init__(self, upgrade=True, kind=None, pieces=None, payload=None, glue=b"", before=b"",
                 cut=None, stall=None):
        self.upgrade = upgrade
        self.kind = kind
        self.pieces = pieces
        self.payload = payload
        self.glue = glue
        self.before = before
        self.cut = cut
        self.stall = stall


class Attached:
    """One attached connection: bytes in are the container's stdin, its stdout comes back."""

    def __init__(self, fake, connection, container):
        self.fake = fake
        self.connection = connection
        self.container = container
        self.wire = fake.wire
        self.inbox = b""
        self.ended = False
        self.sent = 0
        self.queue = asyncio.Queue()
        container.attached = self

    def head(self, request):
        version = request.version or self.fake.world.version
        kind = self.wire.kind or ("application/vnd.docker.multiplexed-stream"
                                  if version >= (1, 42) and not self.fake.world.podman else
                                  "application/vnd.docker.raw-stream")
        if self.wire.upgrade and request.headers.get("upgrade", "").lower() == "tcp":
            return ("HTTP/1.1 101 UPGRADED\r\nContent-Type: %s\r\nConnection: Upgrade\r\n"
                    "Upgrade: tcp\r\nApi-Version: %s\r\n\r\n"
                    % (kind, self.fake.world.api)).encode()
        return ("HTTP/1.1 200 OK\r\nContent-Type: %s\r\n\r\n" % kind).encode()

    async def run(self, request):
        """Send what the queue brings until the end, as the wire says."""
        self.connection.send(self.head(request) + self.wire.glue)
        while not self.connection.closed:
            data = await self.queue.get()
            if data is None:
                self.connection.transport.close()
                return
            size = self.wire.pieces or len(data)
            for start in range(0, len(data), size):
                if not self.put(data[start:start + size]):
                    return
                await asyncio.sleep(0)

    def put(self, data):
        """False: nothing more will be sent."""
        cut, stall = self.wire.cut, self.wire.stall
        if stall is not None:
            data = data[:max(0, stall - self.sent)]
        if cut is not None and self.sent + len(data) >= cut:
            self.connection.send(data[:cut - self.sent], close=True)
            return False
        self.sent += len(data)
        self.connection.send(data)
        return True

    def received(self, data):
        self.inbox += data
        self.work()

    def end_of_input(self):
        self.ended = True
        self.work()

    def work(self):
        """Hand what came to the helper, if it runs by now."""
        helper = self.container.helper
        if helper is None or helper.exited is not None:
            return
        data, self.inbox = self.inbox, b""
        for reply in helper.feed(data):
            self.reply(reply)
        if self.ended:
            helper.end()
        if helper.exited is not None:
            self.fake.finish(self.container, helper.exited)

    def reply(self, data):
        size = self.wire.payload or len(data)
        out = self.wire.before + b"".join(frame(STDOUT, data[start:start + size])
                                          for start in range(0, len(data), size))
        delay = self.fake.world.guest.reply_delay
        if delay:
            self.fake.loop.call_later(delay, self.queue.put_nowait, out)
        else:
            self.queue.put_nowait(out)

    def close(self):
        """The container has ended."""
        self.queue.put_nowait(None)


def attach(container, request):
    """The answer to POST /containers/{id}/attach."""
    def begin(fake, connection):
        stream = Attached(fake, connection, container)
        connection.hijack(stream)
        return stream.run(request)
    return begin


def wait(container, condition):
    """The answer to POST /containers/{id}/wait: the head now, the body when it is over."""
    def over(world):
        if condition == "removed":
            return container.id not in world.containers
        return container.state not in ("created", "running", "paused", "restarting") or \
            container.id not in world.containers

    async def work(fake, connection):
        early = not fake.world.podman
        top = ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
               "Transfer-Encoding: chunked\r\n\r\n").encode()
        if early:
            connection.send(top)
        while not connection.closed and not over(fake.world):
            await asyncio.sleep(TICK_S)
        body = json.dumps({"StatusCode": container.exit_code}).encode() + b"\n"
        connection.send((b"" if early else top) + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
    return work
