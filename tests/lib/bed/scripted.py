# SPDX-License-Identifier: Apache-2.0
"""A registry that answers manifests as a test says; what it cannot be made to do is a real one's."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .oci import CONFIG, MANIFEST, digest_of


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass

    def do_HEAD(self):  # pylint: disable=invalid-name
        owner = self.server.owner
        owner.asked.append((self.command, self.path))
        owner.seen.set()
        owner.gate.wait(60)
        status, headers, body = owner.answer(self.path)
        self.send_response(status)
        for name, value in dict({"Content-Length": str(len(body))}, **headers).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_GET = do_HEAD


class Scripted:
    """host; asked: (method, path) of each request; seen: an event of the first one; gate: while it is
    not set, answers wait.

    status, headers  of every answer about what was not put
    """

    def __init__(self, status=404, **headers):
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.asked = []
        self.seen, self.gate = threading.Event(), threading.Event()
        self.gate.set()
        self.has = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.owner = self
        self.host = "127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def end(self):
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()

    def put(self, repository, content, tag=None, **headers):
        """A manifest (dict): its digest."""
        data = json.dumps(content).encode()
        digest = digest_of(data)
        answer = 200, dict({"Content-Type": content["mediaType"],
                            "Docker-Content-Digest": digest}, **headers), data
        for name in (digest, tag):
            if name:
                self.has["/v2/%s/manifests/%s" % (repository, name)] = answer
        return digest

    def image(self, repository, config, tag=None, **headers):
        """A manifest whose configuration has that digest."""
        return self.put(repository, {
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": {"mediaType": CONFIG, "digest": config, "size": 2}, "layers": []}, tag, **headers)

    def answer(self, path):
        if path.split("?")[0] in self.has:
            return self.has[path.split("?")[0]]
        return self.status, self.headers, b"{}"
