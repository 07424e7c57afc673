# SPDX-License-Identifier: Apache-2.0
"""Registries and token servers that are awkward on purpose, on loopback.

Each decides by what it was asked; what is scripted is in fake_registry.py. Secrets are never to reach
who is not `trusted`: leaks are those that did.
"""

import json
import threading

from fake_registry import Fake, basic, digest_of, reply

ALICE, SECRET, REFRESH, DIRECT = "alice", "s3cret-0a1b", "refresh-2c3d", "direct-4e5f"
BASIC = basic(ALICE, SECRET)
SECRETS = (SECRET, REFRESH, DIRECT, BASIC.split(" ")[1])
TYPE = "application/vnd.oci.image.manifest.v1+json"
BLOB = b"x" * 1000
MANIFEST = json.dumps({
    "schemaVersion": 2, "mediaType": TYPE, "layers": [],
    "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "size": len(BLOB),
               "digest": digest_of(BLOB)}}).encode()


def scopes_of(request):
    return request.query.get("scope", []) + " ".join(request.form.get("scope", [])).split()


class Server(Fake):
    """answer_to(request) gives (status, list of headers, body), one at a time."""

    trusted = False
    url = None  # a test may name it in another way

    def __init__(self, host="127.0.0.1", pki=None):
        super().__init__(host, secrets=SECRETS,
                         tls=(pki.server_cert, pki.server_key) if pki else None)
        self.turn = threading.Lock()
        self.on("*", self.tell)
        self.__enter__()  # pylint: disable=unnecessary-dunder-call
        self.url = ("https://" if pki else "http://") + self.host

    def tell(self, request):
        with self.turn:
            status, headers, body = self.answer_to(request)
        return reply(status, *headers, body=body)

    def answer_to(self, request):
        raise NotImplementedError


class Tokens(Server):
    """Grants what an account may: "pub/..." to all, the rest to ALICE.

    limit       how many scopes it takes; more are answered with too_many
    first_only  it reads the first one
    post        what it says to POST instead of a token
    status      what it says to all instead
    location    where it sends all instead
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.granted = {}
        self.limit, self.too_many, self.first_only = 0, 403, False
        self.post, self.status, self.location = 0, 0, None

    def known(self, request):
        """None: nobody; else whether the password is right."""
        if request.method == "POST":
            return request.form.get("refresh_token") == [REFRESH]
        if not request.auth:
            return None
        return request.auth in (BASIC, basic("<token>", REFRESH))

    def answer_to(self, request):
        headers = [("Content-Type", "application/json")]
        known = self.known(request)
        scopes = scopes_of(request)[:1] if self.first_only else scopes_of(request)
        if self.location:
            return 302, headers + [("Location", self.location)], b""
        if self.status or (self.post and request.method == "POST"):
            return self.status or self.post, headers, b'{"details": "not today"}'
        if known is False:
            return 401, headers, b'{"details": "incorrect username or password"}'
        if self.limit and len(scopes_of(request)) > self.limit:
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
        header = request.auth or ""
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

    def answer_to(self, request):
        name = request.path[len("/v2/"):].rpartition("/")[0]
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
        return 200, [("Content-Type", TYPE), ("Docker-Content-Digest", digest_of(MANIFEST))], MANIFEST


class Store(Server):
    """Where blobs lie; nobody's credentials belong here."""

    def answer_to(self, request):
        return 200, [("Content-Type", "application/octet-stream")], BLOB
