# SPDX-License-Identifier: Apache-2.0
"""A registry, token server or store that answers as it is told, and remembers who asked what.

    with Fake() as fake:
        fake.on("/v2/aa/manifests/1", reply(401, challenge), reply(200, body=b"{}"))

Each request takes the next answer of its path (the last one stays), "*" is for all other paths. An
answer is a list of byte strings and numbers: bytes are sent, numbers are pauses in seconds, None
closes with a reset. `secrets` are bytes that nobody may send here: each request is searched for them.
`most` is how many requests were answered at one time, `most_with_get` when a GET began or went on.
"""

import base64
import hashlib
import json
import socket
import ssl
import struct
import threading
import time
from urllib.parse import parse_qs

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
INDEX = "application/vnd.oci.image.index.v1+json"
REASONS = {200: "OK", 202: "Accepted", 204: "No Content", 301: "Moved", 302: "Found", 303: "See",
           307: "Temporary Redirect", 308: "Permanent Redirect", 401: "Unauthorized",
           403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 429: "Too Many Requests",
           500: "Internal Server Error", 503: "Service Unavailable"}


def basic(user, password):
    return "Basic " + base64.b64encode(("%s:%s" % (user, password)).encode()).decode()


def head(status, *headers):
    lines = ["HTTP/1.1 %d %s" % (status, REASONS.get(status, "Some"))]
    lines += ["%s: %s" % pair for pair in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def reply(status, *headers, body=b"", length=None):
    """A whole answer; length: what Content-Length says, if not the truth."""
    told = len(body) if length is None else length
    return [head(status, ("Content-Length", told), *headers), body]


def manifest_body(word="x"):
    return json.dumps({"schemaVersion": 2, "mediaType": MANIFEST,
                       "config": {"mediaType": "application/vnd.docker.container.image.v1+json",
                                  "digest": "sha256:" + hashlib.sha256(word.encode()).hexdigest(),
                                  "size": 2}, "layers": []}).encode()


def digest_of(body, algorithm="sha256"):
    return algorithm + ":" + hashlib.new(algorithm, body).hexdigest()


def manifest(body=None, *headers, kind=MANIFEST, digest=None, **more):
    """A manifest with its digest in the header."""
    body = manifest_body() if body is None else body
    told = [] if digest == "" else [("Docker-Content-Digest", digest or digest_of(body))]
    return reply(200, ("Content-Type", kind), *told, *headers, body=body, **more)


def challenge(text):
    return reply(401, ("WWW-Authenticate", text),
                 body=b'{"errors":[{"code":"UNAUTHORIZED","message":"who are you"}]}')


def token(word="t0ken", **more):
    return reply(200, ("Content-Type", "application/json"),
                 body=json.dumps(dict({"token": word, "expires_in": 300}, **more)).encode())


class Request:
    def __init__(self, method, path, headers, body, raw):
        self.method, self.path, self.headers, self.body, self.raw = (method, path, headers, body,
                                                                    raw)
        self.time = time.monotonic()
        self.is_over = False

    @property
    def auth(self):
        return self.headers.get("authorization")

    @property
    def query(self):
        return parse_qs(self.path.partition("?")[2], keep_blank_values=True)

    @property
    def form(self):
        return parse_qs(self.body.decode())

    def __repr__(self):
        return "%s %s" % (self.method, self.path)


class Fake:
    def __init__(self, address="127.0.0.1", secrets=(), tls=None, port=0):
        self.address, self.port = address, port
        self.secrets = [s.encode() if isinstance(s, str) else s for s in secrets]
        self.tls = tls
        self.answers = {}
        self.requests = []
        self.leaks = []
        self.lock = threading.Lock()
        self.listener = self.host = None
        self.connections = []
        self.now = []
        self.most = self.most_with_get = 0

    def __enter__(self):
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        self.listener = socket.create_server((self.address, self.port), family=family, backlog=64)
        self.host = "%s:%d" % self.listener.getsockname()[:2]
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()
        with self.lock:
            for connection in self.connections:
                try:
                    connection.close()
                except OSError:
                    pass

    @property
    def url(self):
        return ("https://" if self.tls else "http://") + self.host

    def on(self, path, *answers):
        self.answers[path] = list(answers)
        return self

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.connections.append(connection)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            if self.tls:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(*self.tls)
                connection = context.wrap_socket(connection, server_side=True)
            while self.answer(connection):
                pass
        except (OSError, ValueError):
            pass
        finally:
            try:
                connection.close()
            except OSError:
                pass

    @staticmethod
    def read_head(connection):
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                return None, b""
            data += piece
            # A TLS client at a plain server.
            if data[:1] == b"\x16" or len(data) > 1 << 20:
                return None, b""
        raw, rest = data.split(b"\r\n\r\n", 1)
        return raw, rest

    def read(self, connection):
        raw, rest = self.read_head(connection)
        if raw is None:
            return None
        lines = raw.decode("latin-1").split("\r\n")
        method, path, _ = lines[0].split(" ", 2)
        headers = {}
        for line in lines[1:]:
            name, value = line.split(":", 1)
            headers[name.strip().lower()] = value.strip()
        length = int(headers.get("content-length", 0))
        while len(rest) < length:
            piece = connection.recv(65536)
            if not piece:
                return None
            rest += piece
        return Request(method, path, headers, rest[:length], raw + rest)

    def answer(self, connection):
        request = self.read(connection)
        if request is None:
            return False
        with self.lock:
            self.requests.append(request)
            self.now.append(request.method)
            self.most = max(self.most, len(self.now))
            if "GET" in self.now:
                self.most_with_get = max(self.most_with_get, len(self.now))
            self.leaks += [(request, s) for s in self.secrets if s in request.raw]
            path = request.path.split("?")[0]
            key = next((k for k in (request.method + " " + request.path, request.path,
                                    request.method + " " + path, path, "*")
                        if k in self.answers), None)
            answers = self.answers.get(key, [reply(404, body=b'{"errors":[{"code":'
                                                  b'"NAME_UNKNOWN","message":"no such"}]}')])
            chosen = answers.pop(0) if len(answers) > 1 else answers[0]
        try:
            if callable(chosen):
                chosen = chosen(request)
            return self.send(connection, request, chosen, self.over)
        finally:
            self.over(request)

    def over(self, request):
        """Before its last bytes go: whoever has those may send the next one."""
        with self.lock:
            if not request.is_over:
                self.now.remove(request.method)
            request.is_over = True

    @staticmethod
    def send(connection, request, pieces, over):
        if request.method == "HEAD":
            heads = [i for i, piece in enumerate(pieces) if isinstance(piece, bytes)][:1]
            pieces = [piece for i, piece in enumerate(pieces)
                      if not isinstance(piece, bytes) or i in heads]
        for i, piece in enumerate(pieces):
            if i + 1 == len(pieces):
                over(request)
            if piece is None:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                      struct.pack("ii", 1, 0))
                return False
            if isinstance(piece, (int, float)):
                time.sleep(piece)
            else:
                connection.sendall(piece)
        return True

    def asked(self, path=None):
        with self.lock:
            return [r for r in self.requests if path is None or r.path.split("?")[0] == path]


class Proxy:
    """An HTTP proxy: `asked` is what it was asked for, `leads` where places really lie (else nowhere).
    """

    def __init__(self, address, leads):
        self.address, self.leads = address, leads
        self.asked = []
        self.listener = self.url = None

    def __enter__(self):
        self.listener = socket.create_server((self.address, 0), backlog=64)
        self.url = "http://%s:%d" % self.listener.getsockname()[:2]
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            raw, _ = Fake.read_head(connection)
            if raw is None:
                return
            method, place, _ = raw.decode("latin-1").split("\r\n")[0].split(" ")
            self.asked.append(method + " " + place)
            if method != "CONNECT" or place not in self.leads:
                connection.sendall(reply(502)[0])
                return
            host, port = self.leads[place].rsplit(":", 1)
            with socket.create_connection((host, int(port))) as there:
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=self.copy, args=(there, connection), daemon=True)
                back.start()
                self.copy(connection, there)
                back.join()

    @staticmethod
    def copy(source, to):
        try:
            while data := source.recv(65536):
                to.sendall(data)
            to.shutdown(socket.SHUT_WR)
        except OSError:
            pass
