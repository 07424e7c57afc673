#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A scripted engine: answers from a world, changes it as an engine does, and fails on demand.

In a test it runs as a thread:

  with Fake(World(api="1.52")) as fake:
      fake.on("DELETE", "/images/.*", hit=2).answer(500, {"message": "no"})
      ... run the program against fake.host; read fake.requests ...

By hand or for measurements it runs as a program of its own:

  tests/fake_engine/fake.py --socket PATH [--containers N] [--images N] [--api V] [--store S]
"""

import argparse
import asyncio
import collections
import http.client
import json
import os
import re
import shutil
import signal
import socket
import struct
import sys
import tempfile
import threading
import time
import urllib.parse

import shapes
from attach import Wire, attach, wait
from guest import Helper
from world import SECOND, Refused, scaled

# Go's server buffers this much before it must choose: shorter answers have a Content-Length.
BUFFERED = 2048
CHUNK = 1 << 20
DRAIN_S = 0.002


class Request:
    """One request as it came in. path: decoded, without the version; version: a pair of ints."""

    def __init__(self, method, target, headers, body, connection):
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.connection = connection
        self.at = time.monotonic()
        path, _, query = target.partition("?")
        self.query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        self.types = urllib.parse.parse_qs(query).get("type", [])
        found = re.match(r"/v(\d+)\.(\d+)(/.*)", path)
        self.version = (int(found.group(1)), int(found.group(2))) if found else None
        self.path = urllib.parse.unquote(found.group(3) if found else path)

    def __repr__(self):
        return "%s %s" % (self.method, self.target)

    def flag(self, name):
        return self.query.get(name, "").lower() in ("1", "true", "yes", "t")


class Fault:
    """What to do instead of, before or after the true answer; one of the methods names it.

    hit: which matching request, counted from 1; a pair: from, to; None: every one.
    """

    def __init__(self, method, pattern, hit):
        self.method = method
        self.pattern = re.compile(pattern)
        self.first, self.last = (hit if isinstance(hit, tuple) else
                                 (1, 10 ** 9) if hit is None else (hit, hit))
        self.count = 0
        self.action = None
        self.args = ()

    def matches(self, request):
        if self.method not in ("*", request.method) or not self.pattern.fullmatch(request.path):
            return False
        self.count += 1
        return self.first <= self.count <= self.last

    def set(self, action, *args):
        self.action, self.args = action, args
        return self

    def answer(self, status, body=b"", kind="application/json", headers=()):
        """Another answer; a dict or list as JSON."""
        return self.set("answer", status, body, kind, headers)

    def raw(self, data):
        """These bytes instead of an answer, then close."""
        return self.set("raw", data)

    def cut(self, after, chunked=False):
        """Close the connection in the middle: after that many bytes of the true body."""
        return self.set("cut", after, chunked)

    def drip(self, size, seconds):
        """The true answer, size bytes each so many seconds."""
        return self.set("drip", size, seconds)

    def hang(self):
        """Never answer."""
        return self.set("hang")

    def close(self, reset=False):
        """Close instead of answering."""
        return self.set("close", reset)

    def delay(self, seconds):
        """Answer later; what the request does, it does at once."""
        return self.set("delay", seconds)

    def huge(self, total, start=b"[", fill=b" "):
        """A body of total bytes: start, then fill, without end or until nobody reads it."""
        return self.set("huge", total, start, fill)

    def before(self, change):
        """Call change(world) before the request is done: a race that another client wins."""
        return self.set("before", change)

    def after(self, change):
        """Call change(world) after the request is done, before its answer goes out."""
        return self.set("after", change)


class Connection(asyncio.Protocol):
    """One client's connection: requests in order, one answer at a time."""

    def __init__(self, fake, number):
        self.fake = fake
        self.number = number
        self.data = bytearray()
        self.busy = False
        self.transport = None
        self.writable = None
        self.closed = False
        self.stream = None

    def connection_made(self, transport):
        self.transport = transport
        self.fake.connections += 1
        if self.fake.connections - self.fake.gone > self.fake.most_connections:
            self.fake.most_connections = self.fake.connections - self.fake.gone
        self.fake.open.add(self)

    def connection_lost(self, _):
        self.closed = True
        self.fake.gone += 1
        self.fake.open.discard(self)
        self.resume_writing()
        if self.stream:
            with self.fake.lock:
                self.stream.end_of_input()

    def pause_writing(self):
        self.writable = self.fake.loop.create_future()

    def resume_writing(self):
        if self.writable and not self.writable.done():
            self.writable.set_result(None)
        self.writable = None

    def data_received(self, data):
        if self.stream:
            with self.fake.lock:
                self.stream.received(data)
            return
        self.data += data
        self.work()

    def eof_received(self):
        """Half of a stream may end before the other."""
        if not self.stream:
            return False
        with self.fake.lock:
            self.stream.end_of_input()
        return True

    def hijack(self, stream):
        """What comes from now on is a stream's, and no request."""
        self.stream = stream
        data, self.data = bytes(self.data), bytearray()
        stream.received(data)

    def work(self):
        while not self.busy and not self.closed:
            request = self.next_request()
            if request is None:
                return
            self.fake.serve(self, request)

    def next_request(self):
        """The next complete request in the buffer, or None."""
        if self.data and not self.data[:1].isalpha():
            # As Go's server answers TLS that comes to a plain port.
            self.send(b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
                      b"Connection: close\r\n\r\n400 Bad Request", close=True)
            self.data.clear()
            return None
        end = self.data.find(b"\r\n\r\n")
        if end < 0:
            return None
        first, *lines = self.data[:end].decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        start = end + 4
        if headers.get("transfer-encoding", "").lower() == "chunked":
            stop = self.data.find(b"0\r\n\r\n", start)
            if stop < 0:
                return None
            body, stop = bytes(self.data[start:stop]), stop + 5
        else:
            stop = start + int(headers.get("content-length") or 0)
            if len(self.data) < stop:
                if headers.get("expect", "").lower() == "100-continue":
                    self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                return None
            body = bytes(self.data[start:stop])
        del self.data[:stop]
        method, _, rest = first.partition(" ")
        return Request(method, rest.rpartition(" ")[0], headers, body, self.number)

    def send(self, data, close=False):
        if self.closed:
            return
        self.transport.write(data)
        if close:
            self.transport.close()

    def hold(self, work):
        """Answer from a coroutine; later requests of this connection wait for it."""
        self.busy = True
        task = self.fake.loop.create_task(work)
        self.fake.tasks.add(task)

        def done(finished):
            self.fake.tasks.discard(finished)
            self.busy = False
            if not finished.cancelled() and finished.exception():
                raise finished.exception()
            if not self.closed:
                self.work()
        task.add_done_callback(done)


def head(status, kind, length, extra):
    """The answer's head; length None: chunked."""
    lines = ["HTTP/1.1 %d %s" % (status, http.client.responses.get(status, "Unknown"))]
    lines += ["%s: %s" % pair for pair in extra]
    if kind:
        lines.append("Content-Type: " + kind)
    if status not in (204, 304):
        lines.append("Transfer-Encoding: chunked" if length is None else
                     "Content-Length: %d" % length)
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def framed(body):
    return b"%x\r\n%s\r\n" % (len(body), body) if body else b""


class Fake:
    """The engine, as a context manager.

    unix      a socket in a directory of its own; False: TCP
    address   of TCP
    tls       an ssl.SSLContext for TCP
    latency   seconds that every answer takes
    requests  all that came in, in order
    wire      how attached streams are sent
    """

    def __init__(self, world, unix=True, tls=None, latency=0, address="127.0.0.1"):
        self.world = world
        self.address = address
        self.tls = tls
        self.latency = latency
        self.wire = Wire()
        self.folder = tempfile.mkdtemp(prefix="dh-fake-") if unix else None
        self.socket = os.path.join(self.folder, "engine.sock") if unix else None
        self.host = "unix://" + self.socket if unix else None
        self.lock = threading.RLock()
        self.requests = []
        self.faults = []
        self.cached = {}
        self.loop = asyncio.new_event_loop()
        self.open = set()
        self.tasks = set()
        self.connections = self.gone = self.most_connections = 0
        self.in_flight = self.most_in_flight = 0
        self.server = None
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.ready = threading.Event()
        self.failed = []

    def __enter__(self):
        self.begin()
        return self

    def __exit__(self, *_):
        self.end()

    def begin(self):
        self.thread.start()
        self.ready.wait()

    def run(self):
        asyncio.set_event_loop(self.loop)
        self.loop.set_exception_handler(lambda _, context: self.failed.append(context))
        self.loop.run_until_complete(self.listen())
        self.ready.set()
        self.loop.run_forever()
        for task in list(self.tasks):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()

    async def listen(self):
        numbers = iter(range(10 ** 9))

        def factory():
            return Connection(self, next(numbers))
        if self.socket:
            self.server = await self.loop.create_unix_server(factory, self.socket, backlog=512)
        else:
            self.server = await self.loop.create_server(factory, self.address, 0, ssl=self.tls,
                                                        backlog=512)
            self.host = "tcp://%s:%d" % (self.address, self.server.sockets[0].getsockname()[1])

    def end(self):
        def stop():
            self.server.close()
            for connection in list(self.open):
                connection.transport.abort()
            self.loop.stop()
        self.loop.call_soon_threadsafe(stop)
        self.thread.join()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    # For tests

    def on(self, method, pattern, hit=None):
        """A fault for requests of method ("*": any) whose path (without version and query) matches
        pattern as a whole; the first fault that matches is taken."""
        fault = Fault(method, pattern, hit)
        with self.lock:
            self.faults.append(fault)
        return fault

    def seen(self, method, pattern):
        """The recorded requests that match, as on()."""
        return [row for row in list(self.requests)
                if method in ("*", row.method) and re.fullmatch(pattern, row.path)]

    def deleted(self):
        """[path] of all DELETE requests, in order."""
        return [row.path for row in self.seen("DELETE", ".*")]

    def changing(self):
        """All requests that are not reads (POST /grpc asks BuildKit what it holds)."""
        return [row for row in list(self.requests)
                if row.method not in ("GET", "HEAD") and row.path != "/grpc"]

    # Serving

    def common(self):
        world = self.world
        if world.podman:
            return [("Api-Version", world.api), ("Libpod-Api-Version", world.libpod),
                    ("Server", "Libpod/%s (linux)" % world.libpod)]
        return [("Api-Version", world.api), ("Docker-Experimental", "false"), ("Ostype", world.os),
                ("Server", "Docker/%s (%s)" % (world.server, world.os))]

    def serve(self, connection, request):
        with self.lock:
            self.requests.append(request)
            fault = next((row for row in self.faults if row.matches(request)), None)
            if fault:
                self.serve_fault(connection, request, fault)
                return
            data = self.true_answer(request)
            if callable(data):
                self.deliver(connection, data)
                return
        if data is None:
            connection.hold(self.stream_events(connection, request))
        elif self.latency:
            connection.hold(self.later(connection, data, self.latency))
        else:
            connection.send(data)

    def deliver(self, connection, data):
        """An answer: its bytes, or the function that gives it."""
        if not callable(data):
            connection.send(data)
            return
        work = data(self, connection)
        if work:
            connection.hold(work)

    async def later(self, connection, data, seconds):
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(seconds)
        finally:
            self.in_flight -= 1
        if callable(data):
            work = data(self, connection)
            if work:
                await work
        else:
            connection.send(data)

    def serve_fault(self, connection, request, fault):
        action, args = fault.action, fault.args
        if action == "answer":
            status, body, kind, headers = args
            if isinstance(body, (dict, list)):
                body = json.dumps(body).encode()
            connection.send(head(status, kind, len(body), self.common() + list(headers)) +
                            (b"" if request.method == "HEAD" else body))
        elif action == "raw":
            connection.send(args[0], close=True)
        elif action == "close":
            self.drop(connection, args[0])
        elif action == "hang":
            connection.hold(self.forever())
        elif action == "huge":
            connection.hold(self.pour(connection, *args))
        else:
            if action == "before":
                args[0](self.world)
                self.world.changed()
            data = self.true_answer(request) or b""
            if action == "after":
                args[0](self.world)
                self.world.changed()
            if action in ("before", "after"):
                self.deliver(connection, data)
            elif action == "cut":
                self.cut(connection, data, *args)
            elif action == "drip":
                connection.hold(self.drip(connection, data, *args))
            elif action == "delay":
                connection.hold(self.later(connection, data, args[0]))
            else:
                raise ValueError("a fault without an action: %r" % fault.pattern.pattern)

    def drop(self, connection, reset):
        if reset:
            raw = connection.transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.transport.abort()
        else:
            connection.transport.close()

    def cut(self, connection, data, after, chunked):
        top, _, body = data.partition(b"\r\n\r\n")
        if b"Transfer-Encoding: chunked" in top:
            body = dechunked(body)
        lines = [line for line in top.split(b"\r\n")
                 if not line.startswith((b"Transfer-Encoding", b"Content-Length"))]
        if chunked:
            lines.append(b"Transfer-Encoding: chunked")
            part = framed(body[:after])
        else:
            lines.append(b"Content-Length: %d" % len(body))
            part = body[:after]
        connection.send(b"\r\n".join(lines) + b"\r\n\r\n" + part, close=True)

    async def forever(self):
        await self.loop.create_future()

    async def drip(self, connection, data, size, seconds):
        for start in range(0, len(data), size):
            if connection.closed:
                return
            connection.send(data[start:start + size])
            await asyncio.sleep(seconds)

    async def pour(self, connection, total, start, fill):
        connection.send(head(200, "application/json", None, self.common()) + framed(start))
        block = framed(fill * (CHUNK // len(fill)))
        sent = len(start)
        while sent < total and not connection.closed:
            if connection.writable:
                await connection.writable
            else:
                await asyncio.sleep(0)
            connection.send(block)
            sent += CHUNK
        connection.send(b"0\r\n\r\n")

    def true_answer(self, request):
        """The bytes of the answer that an engine would give; None: a stream that stays open."""
        world = self.world
        key = (request.target, world.changes) if request.method == "GET" else None
        if key in self.cached:
            return self.cached[key]
        extra = self.common()
        try:
            status, kind, body = Router(world, request).answer()
        except Refused as why:
            status, kind = why.status, "application/json"
            body = json.dumps({"message": why.message}).encode() + b"\n"
            if world.podman:
                body = json.dumps({"cause": why.message, "message": why.message,
                                   "response": why.status}).encode()
        if body is None and status == 200:
            return None
        if callable(body):
            return body
        if isinstance(body, (dict, list)):
            body = json.dumps(body, separators=(",", ":")).encode() + b"\n"
        body = body or b""
        if request.method == "HEAD":
            return head(status, kind, 0, extra)
        if len(body) > BUFFERED:
            data = head(status, kind, None, extra) + framed(body) + b"0\r\n\r\n"
        else:
            data = head(status, kind, len(body), extra) + body
        # What holds the time of day is never kept.
        if key and status == 200 and request.path not in ("/info", "/events", "/_ping"):
            if len(self.cached) > 200000:
                self.cached.clear()
            self.cached[key] = data
        return data

    def finish(self, container, code):
        """A container's end: its stream is closed, and it goes if it was made so."""
        container.exit_code = code
        container.state = "exited"
        container.finished = self.world.now
        if container.attached:
            container.attached.close()
        there = self.world.containers.get(container.id) is container
        if there and container.body["HostConfig"].get("AutoRemove") and not self.world.keeps:
            self.world.drop(container)
        self.world.changed()

    async def stream_events(self, connection, request):
        """Events from `since` on, then new ones until `until`, or for ever."""
        version = request.version or self.world.version
        since = nanoseconds(request.query.get("since"), self.world.now)
        until = nanoseconds(request.query.get("until"), None)
        if self.world.podman and request.query.get("stream") == "false":
            until = self.world.now
        connection.send(head(200, "application/json", None, self.common()))
        while not connection.closed:
            with self.lock:
                rows = [row for row in self.world.events if row[0] > since]
                over = until is not None and self.world.now >= until
            for row in rows:
                since = row[0]
                if until is None or row[0] <= until:
                    connection.send(framed(json.dumps(shapes.event(version, row)).encode() + b"\n"))
            if over:
                break
            await asyncio.sleep(DRAIN_S)
        connection.send(b"0\r\n\r\n")


def dechunked(data):
    out = bytearray()
    while data:
        size, _, data = data.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            break
        out += data[:length]
        data = data[length + 2:]
    return bytes(out)


def nanoseconds(text, missing):
    """An engine's timestamp parameter: seconds with an optional fraction."""
    if not text:
        return missing
    whole, _, part = text.partition(".")
    return int(whole) * SECOND + int((part + "000000000")[:9])


class Router:
    """One request against the world: answer() is (status, content type, body)."""

    # (method, pattern, function): groups of the pattern are arguments
    ROUTES = []

    def __init__(self, world, request):
        self.world = world
        self.request = request
        self.version = request.version or world.version

    def answer(self):
        request, world = self.request, self.world
        if request.version and request.version > world.version and not world.podman:
            raise Refused(400, "client version %d.%d is too new. Maximum supported API version is %s"
                          % (request.version + (world.api,)))
        lowest = tuple(int(part) for part in world.minimum.split("."))
        if request.version and request.version < lowest:
            raise Refused(400, "client version %d.%d is too old. Minimum supported API version is "
                          "%s, please upgrade your client to a newer version"
                          % (request.version + (world.minimum,)))
        for method, pattern, function in self.ROUTES:
            found = pattern.fullmatch(request.path)
            if found and request.method in method:
                return function(self, *found.groups())
        raise Refused(404, "page not found")

    def json(self, body, status=200):
        return status, "application/json", body

    def filters(self, known):
        """The filters parameter as {key: [values]}, both spellings; unknown keys are refused."""
        made = {}
        for key, values in json.loads(self.request.query.get("filters") or "{}").items():
            if key not in known:
                raise Refused(400, "invalid filter '%s'" % key)
            made[key] = list(values) if isinstance(values, list) else [
                value for value, on in values.items() if on]
        return made

    def ping(self):
        return 200, "text/plain; charset=utf-8", b"OK"

    def system_info(self):
        return self.json(shapes.info(self.world))

    def system_version(self):
        return self.json(shapes.version(self.world))

    def containers(self):
        chosen = self.filters(("status", "id", "name", "label"))
        rows = []
        for row in reversed(list(self.world.containers.values())):
            if row.outside:
                continue
            if "status" in chosen:
                if row.state not in chosen["status"]:
                    continue
            elif not self.request.flag("all") and row.state not in ("running", "paused",
                                                                    "restarting"):
                continue
            if "id" in chosen and not any(row.id.startswith(want) for want in chosen["id"]):
                continue
            if "name" in chosen and not any(re.search(want, "/" + row.name)
                                            for want in chosen["name"]):
                continue
            if any(not labelled(row.labels, want) for want in chosen.get("label", [])):
                continue
            rows.append(shapes.container_row(self.world, self.version, row,
                                             self.request.flag("size")))
        return self.json(rows)

    def container(self, name):
        return self.json(shapes.container_full(self.world, self.version,
                                               self.world.find_container(name),
                                               self.request.flag("size")))

    def remove_container(self, name):
        attached = self.world.find_container(name).attached
        self.world.remove_container(name, self.request.flag("force"), self.request.flag("v"))
        if attached:
            attached.close()
        return 204, None, b""

    def create_container(self):
        made = self.world.create_container(self.request.query.get("name"),
                                           json.loads(self.request.body))
        return self.json({"Id": made.id, "Warnings": []}, 201)

    def start_container(self, name):
        row = self.world.find_container(name)
        if row.state == "running":
            return 304, None, b""
        self.world.start(row)
        if row.image.split(":")[0].endswith("docker-timesync/helper"):
            host = row.body["HostConfig"]
            row.helper = Helper(self.world.guest, "SYS_TIME" in (host.get("CapAdd") or []),
                                self.world.images[row.image_id].arch)
            if row.attached:
                row.attached.work()
        return 204, None, b""

    def attach_container(self, name):
        return 200, None, attach(self.world.find_container(name), self.request)

    def wait_container(self, name):
        return 200, None, wait(self.world.find_container(name),
                               self.request.query.get("condition", "not-running"))

    def load_images(self):
        names = self.world.load_image(self.request.body)
        return 200, "application/json", b"".join(
            json.dumps({"stream": "Loaded image: %s\n" % name}).encode() + b"\r\n" for name in names)

    def images(self):
        world, request = self.world, self.request
        chosen = self.filters(("dangling", "label", "reference"))
        rows = []
        for row in sorted(world.images.values(), key=lambda one: -one.created):
            dangling = not row.tags and not row.digests
            parent = world.store == "overlay2" and dangling and any(
                other.parent == row.id for other in world.images.values())
            if parent and not request.flag("all"):
                continue
            if "dangling" in chosen and (chosen["dangling"][0].lower() in ("1", "true")) != dangling:
                continue
            if any(not labelled(row.labels, want) for want in chosen.get("label", [])):
                continue
            if "reference" in chosen and not any(want in row.tags for want in chosen["reference"]):
                continue
            rows.append(shapes.image_row(
                world, self.version, row, manifests=request.flag("manifests"),
                shared=request.flag("shared-size") and self.version >= (1, 42)))
        return self.json(rows)

    def image(self, name):
        text = "no such image: " + name + ": No such image: %s"
        if self.version >= (1, 45):
            text = "No such image: %s"
        return self.json(shapes.image_full(self.world, self.version,
                                           self.world.find_image(name, text)))

    def image_history(self, name):
        return self.json(shapes.history(self.world, self.world.find_image(name)))

    def libpod_containers(self):
        """Podman's own list: pods, and containers that other tools keep in its storage."""
        if not self.world.podman:
            raise Refused(404, "page not found")
        return self.json([{
            "Id": row.id, "Names": [row.name], "Image": row.image,
            "ImageID": row.image_id.rpartition(":")[2],
            "IsInfra": row.name.endswith("-infra"), "Pod": row.pod and "f" * 64 or "",
            "PodName": row.pod or "", "State": "storage" if row.outside else row.state,
        } for row in self.world.containers.values()
            if self.request.flag("external") or not row.outside])

    def libpod_remove_image(self):
        """Podman 4.3's own call, the only one that leaves parents alone; HTTP always succeeds."""
        if not self.world.podman or not self.request.query.get("images"):
            raise Refused(500, "this would remove all images")
        try:
            rows = self.world.remove_image(self.request.query["images"], False,
                                           self.request.flag("noprune"))
        except Refused as why:
            code = {404: 1, 409: 2}.get(why.status, 125)
            return self.json({"ExitCode": code, "Errors": [why.message]})
        told = {"ExitCode": 0, "Errors": None}
        for word in ("Untagged", "Deleted"):
            found = [row[word] for row in rows if word in row]
            if found:
                told[word] = found
        return self.json(told)

    def remove_image(self, name):
        if self.world.podman and tuple(map(int, self.world.libpod.split(".")[:2])) < (4, 6):
            return self.json(self.world.remove_image(name, self.request.flag("force"), False))
        return self.json(self.world.remove_image(name, self.request.flag("force"),
                                                 self.request.flag("noprune")))

    def volumes(self):
        return self.json({"Volumes": [shapes.volume_row(self.world, row)
                                      for row in self.world.volumes.values()], "Warnings": None})

    def volume(self, name):
        return self.json(shapes.volume_row(self.world, self.world.find_volume(name)))

    def remove_volume(self, name):
        self.world.remove_volume(name, self.request.flag("force"))
        return 204, None, b""

    def networks(self):
        return self.json([shapes.network_row(self.world, self.version, row, False)
                          for row in self.world.networks.values()])

    def network(self, name):
        return self.json(shapes.network_row(self.world, self.version,
                                            self.world.find_network(name), True))

    def remove_network(self, name):
        self.world.remove_network(name)
        return 204, None, b""

    def disk_usage(self):
        return self.json(shapes.disk_usage(self.world, self.version, tuple(self.request.types),
                                           self.request.flag("verbose")))

    def build_prune(self):
        if self.world.podman:
            return 404, "text/plain; charset=utf-8", b"Not Found\n"
        chosen = self.filters(("until", "unused-for", "id", "parent", "type", "description", "inuse",
                               "shared", "private", "label", "label!"))
        if any(len(values) > 1 for values in chosen.values()):
            raise Refused(500, "filters expect only one value")
        gone, size = self.world.prune_cache(self.request.flag("all"), chosen)
        return self.json({"CachesDeleted": gone or None, "SpaceReclaimed": size})

    def prune(self, _):
        raise Refused(500, "the fake engine prunes nothing that a person reviewed")

    def events(self):
        return 200, "application/json", None


def labelled(labels, want):
    key, found, value = want.partition("=")
    return key in labels and (not found or labels[key] == value)


Router.ROUTES = [(methods, re.compile(pattern), function) for methods, pattern, function in (
    (("GET", "HEAD"), "/_ping", Router.ping),
    (("GET",), "/info", Router.system_info),
    (("GET",), "/version", Router.system_version),
    (("GET",), "/containers/json", Router.containers),
    (("GET",), "/containers/([^/]+)/json", Router.container),
    (("POST",), "/(containers|images|volumes|networks)/prune", Router.prune),
    (("POST",), "/containers/create", Router.create_container),
    (("POST",), "/containers/([^/]+)/start", Router.start_container),
    (("POST",), "/containers/([^/]+)/attach", Router.attach_container),
    (("POST",), "/containers/([^/]+)/wait", Router.wait_container),
    (("POST",), "/images/load", Router.load_images),
    (("DELETE",), "/containers/([^/]+)", Router.remove_container),
    (("GET",), "/images/json", Router.images),
    (("GET",), "/images/(.+)/json", Router.image),
    (("GET",), "/images/(.+)/history", Router.image_history),
    (("DELETE",), "/libpod/images/remove", Router.libpod_remove_image),
    (("GET",), "/libpod/containers/json", Router.libpod_containers),
    (("DELETE",), "/images/(.+)", Router.remove_image),
    (("GET",), "/volumes", Router.volumes),
    (("GET",), "/volumes/(.+)", Router.volume),
    (("DELETE",), "/volumes/(.+)", Router.remove_volume),
    (("GET",), "/networks", Router.networks),
    (("GET",), "/networks/(.+)", Router.network),
    (("DELETE",), "/networks/(.+)", Router.remove_network),
    (("GET",), "/system/df", Router.disk_usage),
    (("POST",), "/build/prune", Router.build_prune),
    (("GET",), "/events", Router.events),
)]


def main():
    parser = argparse.ArgumentParser(description="a fake engine with a big made-up content")
    parser.add_argument("--socket", required=True, help="where to listen")
    parser.add_argument("--containers", type=int, default=2000)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--api", default="1.41")
    parser.add_argument("--store", default="overlay2", choices=("overlay2", "containerd"))
    parser.add_argument("--latency", type=float, default=0, help="seconds per answer")
    options = parser.parse_args()
    world = scaled(options.containers, options.images, options.seed, api=options.api,
                   store=options.store)
    fake = Fake(world, latency=options.latency)
    shutil.rmtree(fake.folder)
    fake.folder, fake.socket = None, options.socket
    fake.requests = collections.deque(maxlen=1000)
    fake.begin()
    print("ready", flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    fake.end()
    os.unlink(options.socket)
    return 0


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    sys.exit(main())
