# SPDX-License-Identifier: Apache-2.0
"""What all end-to-end tests share: one engine per run, emptied between tests, and assertions."""

import os
import subprocess
import unittest

from bed import archive, parts
from bed.engine import Engine
from bed.program import User

# What one run uses; set by Used before the first test.
SHARED = {}


class Used:
    """The engine of this run, and which CLIs its tests used."""

    def __init__(self, name):
        self.name = name
        self.engine = None
        self.engine_told = None
        self.clis = []
        # Known when tests are loaded: some are for one engine only.
        SHARED["name"] = name

    def begin(self):
        self.engine = Engine(parts.engine(self.name))
        self.engine.start()
        info = self.engine.api.info()
        store = "containerd" if self.engine.kind.containerd_store else info["Driver"]
        self.engine_told = (info["ServerVersion"].split("+")[0], store)
        SHARED.update(engine=self.engine, used=self)

    def end(self):
        if self.engine:
            self.engine.end()


def bare(identity):
    return identity[7:] if identity.startswith("sha256:") else identity


class Case(unittest.TestCase):
    """One test on the shared engine, which is empty when it starts."""

    maxDiff = None

    def setUp(self):
        self.engine = SHARED["engine"]
        self.api = self.engine.api
        if not self.engine.alive:
            self.engine.stop()
            self.engine.start()
        self.api.wipe()
        self.user = User(self.engine.host)
        self.addCleanup(self.user.end)

    @property
    def containerd(self):
        return self.engine.kind.containerd_store

    def cli(self, name):
        """A docker CLI's path; skips the test where there is none."""
        try:
            path, version = parts.cli(name)
        except parts.Missing as why:
            self.skipTest(str(why))
        if version not in SHARED["used"].clis:
            SHARED["used"].clis.append(version)
        return path

    # Making things

    def base(self, tag="bb:1", labels=None):
        """An image that can run `sh`; returns its ID."""
        self.api.load(archive.archive([archive.Image([archive.busybox_layer()], [tag], labels)]))
        return self.api.image(tag)["Id"]

    def load(self, *images):
        """Load bed.archive.Images; their IDs as the engine has them, in order."""
        known = {row["Id"] for row in self.api.images(everything=True)}
        if not self.containerd:
            self.api.load(archive.archive(images))
            return [image.id for image in images]
        made = []
        for image in images:
            self.api.load(archive.archive([image]))
            now = {row["Id"] for row in self.api.images(everything=True)}
            new = now - known
            known = now
            made.append(new.pop() if new else self.api.image(image.tags[0])["Id"])
        return made

    def dangling(self, count=1, size=1000, seed=0, **more):
        """IDs of images without tags, of one layer each."""
        return self.load(*[archive.Image([archive.layer(size, (seed, number))], **more)
                           for number in range(count)])

    def tagged(self, tag, size=1000, seed=None, **more):
        tags = [tag] if isinstance(tag, str) else tag
        return self.load(archive.Image([archive.layer(size, seed or tags[0])], tags, **more))[0]

    def buildkit(self, dockerfile, tag=None, files=None):
        """A BuildKit build through the 20.10 CLI, which has its client built in."""
        folder = self.user.path("context-%d" % len(os.listdir(self.user.home)))
        os.mkdir(folder)
        for name, data in dict(files or {}, Dockerfile=dockerfile).items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
                out.write(data)
        self.api.built = True
        argv = [self.cli("system"), "-H", self.engine.host, "build", "-q", "--network", "none"]
        result = self.user.command(argv + (["-t", tag] if tag else []) + [folder],
                                   env={"DOCKER_BUILDKIT": "1"})
        if result.status and "buildx" in result.err:
            self.skipTest("this docker CLI builds with BuildKit only through buildx")
        if result.status:
            raise subprocess.CalledProcessError(result.status, argv, result.out, result.err)
        return result.out.strip()

    # Running the program

    def plan(self, *args, older="0", status=0, **run):
        """What `prune --dry-run` says as JSON; nothing may have changed by it."""
        before = self.api.all_ids(), self.api.tags()
        result = self.user.run("prune", "--dry-run", "--format", "json", "--older-than", older,
                               *args, **run)
        self.assertEqual(result.status, status, result)
        self.assertEqual((self.api.all_ids(), self.api.tags()), before, "a dry run changed things")
        told = result.json
        self.assertIs(told["dry_run"], True)
        return told

    def prune(self, *args, older="0", status=0, **run):
        """What `prune --yes` says as JSON."""
        result = self.user.run("prune", "--yes", "--format", "json", "--older-than", older, *args,
                               **run)
        self.assertEqual(result.status, status, result)
        told = result.json
        self.assertIs(told["dry_run"], False)
        return told

    def plan_and_prune(self, *args, older="0"):
        """Dry run, then the same for real: what goes is exactly what was planned, and nothing else
        of the engine changed. Returns (dry run, real run)."""
        planned = self.plan(*args, older=older)
        before = self.api.all_ids()
        done = self.prune(*args, older=older)
        after = self.api.all_ids()
        gone = {(kind, bare(one)) for kind, ids in before.items() for one in ids - after[kind]}
        self.assertEqual(self.removals(planned["planned"]), gone)
        self.assertEqual(self.rows(planned["planned"]), self.rows(done["planned"]))
        self.assertEqual(self.rows(done["removed"]), self.rows(done["planned"]))
        self.assertEqual((done["failed"], done["skipped"]), ([], []))
        new = {kind: ids - before[kind] for kind, ids in after.items() if ids - before[kind]}
        self.assertEqual(new, {}, "pruning made something")
        return planned, done

    # Reading reports

    def rows(self, rows):
        return {(row["kind"], row["action"], bare(row["id"]), row["name"]) for row in rows}

    def removals(self, rows):
        """{(kind, ID)} of rows that remove."""
        return {(row["kind"], bare(row["id"])) for row in rows if row["action"] == "remove"}

    def ids(self, rows, kind):
        return {bare(row["id"]) for row in rows if row["kind"] == kind and row["action"] != "untag"}

    def row(self, rows, identity):
        """The one row about an object."""
        found = [row for row in rows
                 if bare(row["id"]) == bare(identity) and row["action"] != "untag"]
        self.assertEqual(len(found), 1, "%s in %r" % (identity, rows))
        return found[0]

    def assertGoes(self, report, kind, *identities):
        """Exactly these go of their kind."""
        self.assertEqual(self.ids(report["planned"], kind), {bare(one) for one in identities},
                         report)

    def assertKept(self, report, identity, *words):
        """Kept, and the reason has each of these words."""
        row = self.row(report["kept"], identity)
        self.assertEqual(row["action"], "keep")
        for word in words:
            self.assertIn(word, row["reason"])
        return row

    def assertOneLine(self, result, status, *words):
        """Refused with one line on stderr that has these words."""
        self.assertEqual(result.status, status, result)
        lines = [line for line in result.err.splitlines() if line.strip()]
        self.assertEqual(len(lines), 1, result)
        for word in words:
            self.assertIn(word.lower(), lines[0].lower(), result)
