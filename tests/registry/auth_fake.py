# SPDX-License-Identifier: Apache-2.0
"""Registries and token servers that are awkward on purpose, on loopback.

Each listens on a port that the kernel chose, at 127.0.0.1 or another address of 127.0.0.0/8, and
keeps what it was asked. Secrets are never to reach who is not `trusted`: Seen.leaks() names them.
"""

import base64
import hashlib
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

ALICE, SECRET, REFRESH, DIRECT = "alice", "s3cret-0a1b", "refresh-2c3d", "direct-4e5f"
BASIC = "Basic " + base64.b64encode(("%s:%s" % (ALICE, SECRET)).encode()).decode()
SECRETS = (SECRET, REFRESH, DIRECT, BASIC.split(" ")[1])
TYPE = "application/vnd.oci.image.manifest.v1+json"
BLOB = b"x" * 1000
MANIFEST = json.dumps({
    "schemaVersion": 2, "mediaType": TYPE, "layers": [],
    "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "size": len(BLOB),
               "digest": "sha256:" + hashlib.sha256(BLOB).hexdigest()}}).encode()


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Request:
    """One request as it came; form is empty unless it is a POST of one."""

    def __init__(self, command, target, headers, body):
        parts = urlsplit(target)
        self.command = command
        self.path = parts.path
        self.query = parse_qs(parts.query, keep_blank_values=True)
        self.authorization = headers.get("Authorization", "")
        self.form = parse_qs(body.decode())
        self.raw = "%s %s\n%s\n%s" % (command, target, headers, body.decode())

    @property
    def scopes(self):
        return self.query.get("scope", []) + " ".join(self.form.get("scope", [])).split()


class Server:
    """answer(request) gives (status, list of headers, body)."""

    trusted = False

    def __init__(self, host="127.0.0.1", pki=None):
        self.seen = []
        self.lock = threading.Lock()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

            def serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                request = Request(self.command, self.path, self.headers, body)
                with owner.lock:
                    owner.seen.append(request)
                    status, headers, content = owner.answer(request)
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            do_GET = do_HEAD = do_POST = serve

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                """A client that tries TLS first is no error."""

        self.server = Quiet((host, 0), Handler)
        if pki:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pki.server_cert, pki.server_key)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                     do_handshake_on_connect=False)
        self.host = "%s:%d" % (host, self.server.server_address[1])
        self.url = ("https://" if pki else "http://") + self.host
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def end(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request):
        raise NotImplementedError

    def leaks(self):
        return [secret for request in self.seen for secret in SECRETS if secret in request.raw]


class Tokens(Server):
    """Grants what an account may: "pub/..." to all, the rest to ALICE.

    most        how many scopes it takes; more are answered with too_many
    first_only  it reads the first one
    post        what it says to POST instead of a token
    status      what it says to all instead
    location    where it sends all instead
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.granted = {}
        self.most, self.too_many, self.first_only = 0, 403, False
        self.post, self.status, self.location = 0, 0, None

    def known(self, request):
        """None: nobody; else whether the password is right."""
        if request.command == "POST":
            return request.form.get("refresh_token") == [REFRESH]
        if not request.authorization:
            return None
        token = base64.b64encode(("<token>:" + REFRESH).encode()).decode()
        return request.authorization in (BASIC, "Basic " + token)

    def answer(self, request):
        headers = [("Content-Type", "application/json")]
        known = self.known(request)
        scopes = request.scopes[:1] if self.first_only else request.scopes
        if self.location:
            return 302, headers + [("Location", self.location)], b""
        if self.status or (self.post and request.command == "POST"):
            return self.status or self.post, headers, b'{"details": "not today"}'
        if known is False:
            return 401, headers, b'{"details": "incorrect username or password"}'
        if self.most and len(request.scopes) > self.most:
            return self.too_many, headers, b'{"details": "too many"}'
        access = set()
        for scope in scopes:
            name, actions = scope.split(":", 1)[1].rsplit(":", 1)
            if known or name.startswith("pub/"):
                access.update((name, action) for action in actions.split(","))
        token = "token-%d" % (len(self.granted) + 1)
        self.granted[token] = access
        return 200, headers, json.dumps({"access_token": token, "expires_in": 300}).encode()


class Registry(Server):
    """Has every repository but "gone/...".

    challenges  the values of its WWW-Authenticate lines; none: open to all
    always      401 to everybody
    uses        each token is good for so many requests
    blobs_at    where it sends who wants a blob
    """

    trusted = True

    def __init__(self, *args, tokens=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.tokens = tokens
        self.challenges = ['Bearer realm="%s/token",service="s"' % tokens.url] if tokens else []
        self.always, self.uses, self.blobs_at = False, 0, None
        self.used, self.errors, self.broaden = {}, False, None

    def wrong(self, request, name):
        """What is wrong with its credentials, None: nothing."""
        header = request.authorization
        if self.always:
            return "invalid_token"
        if not self.challenges or header == "Bearer " + DIRECT:
            return None
        if header.startswith("Basic"):
            return None if header == BASIC and "Basic" in str(self.challenges) else ""
        token = header[len("Bearer "):]
        if not self.tokens or token not in self.tokens.granted:
            return "invalid_token" if header else ""
        self.used[token] = self.used.get(token, 0) + 1
        if self.uses and self.used[token] > self.uses:
            return "invalid_token"
        wanted = self.broaden or name
        return None if (wanted, "pull") in self.tokens.granted[token] else "insufficient_scope"

    def refuse(self, wrong):
        lines = list(self.challenges)
        if wrong and self.errors and lines:
            lines[0] += ',error="%s"' % wrong
            if self.broaden:
                lines[0] += ',scope="repository:%s:pull"' % self.broaden
        body = {"errors": [{"code": "UNAUTHORIZED", "message": "authentication required"}]}
        return (401, [("WWW-Authenticate", line) for line in lines] +
                [("Content-Type", "application/json")], json.dumps(body).encode())

    def answer(self, request):
        name, _, rest = request.path[len("/v2/"):].rpartition("/")
        name, _, kind = name.rpartition("/")
        wrong = self.wrong(request, name)
        if wrong is not None:
            return self.refuse(wrong)
        if name.startswith("gone/"):
            body = {"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}
            return 404, [("Content-Type", "application/json")], json.dumps(body).encode()
        if kind == "blobs" and self.blobs_at:
            return 307, [("Location", self.blobs_at + "/blob")], b""
        if kind == "blobs":
            return 200, [("Content-Type", "application/octet-stream")], BLOB
        del rest
        return 200, [("Content-Type", TYPE), ("Docker-Content-Digest", digest(MANIFEST))], MANIFEST


class Store(Server):
    """Where blobs lie; nobody's credentials belong here."""

    def answer(self, request):
        return 200, [("Content-Type", "application/octet-stream")], BLOB
