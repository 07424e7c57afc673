# SPDX-License-Identifier: Apache-2.0
"""Recipes, the docker that builds them, and a web server that a build waits for."""

import json
import os
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bed import parts
from basecase import SHARED, Case

LABEL = "io.github.docker-hygiene.base."
TEMPORARY = "docker-hygiene-base:"
LONG = 300


class Held(ThreadingHTTPServer):
    """Answers a GET once it is let go; tells when the first one came."""

    daemon_threads = True

    def __init__(self):
        self.asked, self.gate = threading.Event(), threading.Event()
        super().__init__(("127.0.0.1", 0), HeldHandler)
        self.url = "http://127.0.0.1:%d/file" % self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()


class HeldHandler(BaseHTTPRequestHandler):
    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass

    def do_GET(self):  # pylint: disable=invalid-name
        self.server.asked.set()
        self.server.gate.wait(LONG)
        body = b"late\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass


class BuildCase(Case):
    """A folder "images" with the recipe file; docker of the system first on PATH."""

    CLI = "system"

    def setUp(self):
        super().setUp()
        self.tools = self.user.path("tools")
        os.mkdir(self.tools)
        os.mkdir(self.user.path("images"))
        self.use_cli(self.CLI)
        self.user.env["PATH"] = self.tools + ":" + self.user.env["PATH"]

    def use_cli(self, name):
        try:
            path, version = parts.cli(name)
        except parts.Missing as why:
            self.skipTest(str(why))
        self.version = int(version.split(".")[0])
        link = os.path.join(self.tools, "docker")
        if os.path.lexists(link):
            os.unlink(link)
        os.symlink(path, link)
        if version not in SHARED["used"].clis:
            SHARED["used"].clis.append(version)
        return path

    def use_buildx(self):
        try:
            plugin = parts.part("buildx")["path"]
        except parts.Missing as why:
            self.skipTest(str(why))
        folder = os.path.dirname(self.user.plugin())
        os.symlink(plugin, os.path.join(folder, "docker-buildx"))

    def held(self):
        server = Held()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.addCleanup(server.gate.set)
        return server

    # Recipes

    def name(self, name):
        """As people write it: an image of this test's part of the registry."""
        return self.repository(name)[1]

    def file(self, path, text):
        folder = os.path.dirname(self.user.path("images/" + path))
        os.makedirs(folder, exist_ok=True)
        return self.user.write("images/" + path, text)

    def recipe(self, name, text, **keys):
        """One entry of the file, and its folder with a Dockerfile and a file "content"."""
        self.file(name + "/Dockerfile", text)
        self.file(name + "/content", name + "\n")
        return dict({"name": self.name(name), "context": name}, **keys)

    def recipes(self, *images, dependents=()):
        content = {"images": list(images)}
        if dependents:
            content["dependents"] = list(dependents)
        return self.file("hygiene-base.json", json.dumps(content))

    def one(self, **keys):
        """A recipe that stands on an image of the registry; that image's reference."""
        up, _ = self.push("up", "a")
        self.recipes(self.recipe("base", "FROM %s\nCOPY content /content\n" % up, **keys))
        return up

    # Running

    def run_build(self, *args, **run):
        return self.user.run("base", "build", "--file", self.user.path("images"), *args,
                             timeout=LONG, **run)

    def base_build(self, *args, status=0, **run):
        """`base build --format json`: {recipe's folder: item}, and the document."""
        result = self.run_build("--format", "json", *args, **run)
        self.assertEqual(result.status, status, result)
        told = result.json
        self.said = result.err
        return {row["image"].rpartition("/")[2]: row for row in told["items"]}, told

    def dry(self, *args, **run):
        """The same, dry; nothing may have changed by it."""
        before = self.api.all_ids(), self.api.tags()
        rows, told = self.base_build("--dry-run", *args, **run)
        self.assertEqual((self.api.all_ids(), self.api.tags()), before, "a dry run changed things")
        for row in rows.values():
            self.assertNotIn("result", row)
        return rows, told

    def failed(self, *args, status=1, **run):
        """A run that fails; what it says. The tags are as before, and none is temporary."""
        before = self.own_tags()
        result = self.run_build(*args, **run)
        self.assertEqual(result.status, status, result)
        self.assertEqual(self.own_tags(), before, result)
        return result

    def own_tags(self):
        """All tags but those of upstream images, which a build pulls."""
        return {tag: found for tag, found in self.api.tags().items() if "/up:" not in tag}

    # Looking

    def image_id(self, reference):
        return self.api.image(reference)["Id"]

    def labels(self, reference):
        return self.api.image(reference)["Config"]["Labels"]

    def has_file(self, image, path):
        container = self.api.create(image)
        status = self.api.request("HEAD", "/containers/%s/archive?path=%s" % (container, path))[0]
        self.api.remove(container)
        self.assertIn(status, (200, 404))
        return status == 200

    def week(self):
        """This ISO week's tag, as this machine's clock has it."""
        import time  # pylint: disable=import-outside-toplevel
        return time.strftime("%G.%V")

    def tags_of(self, name):
        full = self.name(name) + ":"
        return sorted(tag[len(full):] for tag in self.api.tags() if tag.startswith(full))

    def no_temporaries(self):
        self.assertEqual([tag for tag in self.api.tags() if TEMPORARY in tag], [])

    def assertDue(self, rows, **expected):
        """{recipe: reasons}; an empty list: not due."""
        self.assertEqual({name: row["reasons"] for name, row in rows.items()}, expected, rows)
        for row in rows.values():
            self.assertEqual(row["due"], bool(row["reasons"]), row)

    def assertWhy(self, text, pattern):
        self.assertTrue(re.search(pattern, text), text)
