# SPDX-License-Identifier: Apache-2.0
"""docker hygiene base status on a real engine and real registries."""

import json
import os
import signal

from bed import archive, oci
from bed.registry import TokenServer
from bed.scripted import Scripted
from basecase import Case, layer

OTHER = "arm64" if archive.architecture() == "amd64" else "amd64"
MINE = archive.architecture()
BASE_NAME = "org.opencontainers.image.base.name"
BASE_DIGEST = "org.opencontainers.image.base.digest"


class Images(Case):
    def test_fresh_then_stale(self):
        reference, digest = self.push("app", "a")
        self.pull(reference)
        row = self.assertStatus(self.status(), reference, "fresh")
        self.assertEqual((row["digest"], row["remote_digest"]), (digest, digest))
        self.assertEqual(row["remote_digest"], self.skopeo(reference))
        self.assertIsNone(row["base"])
        _, moved = self.push("app", "b")
        row = self.assertStatus(self.status(), reference, "stale")
        self.assertEqual((row["digest"], row["remote_digest"]), (digest, moved))
        self.assertEqual(row["remote_digest"], self.skopeo(reference))
        self.pull(reference)
        self.assertStatus(self.status(), reference, "fresh")

    def test_same_image_pushed_again(self):
        reference, _ = self.push("app", "a")
        self.pull(reference)
        self.push("app", "a", annotations={"again": "yes"})
        row = self.item(self.status(), reference)
        # With containerd's store the manifest is all that the engine tells.
        self.assertEqual(row["status"], "fresh", row)

    def test_only_another_platform_changed(self):
        reference, index, _ = self.push_index("app", **{MINE: ["a"], OTHER: ["x"]})
        self.pull(reference)
        row = self.assertStatus(self.status(), reference, "fresh")
        self.assertEqual(row["digest"], index)
        self.push_index("app", **{MINE: ["a"], OTHER: ["y"]})
        self.assertStatus(self.status(), reference, "stale-other-platform")
        self.push_index("app", **{MINE: ["b"], OTHER: ["y"]})
        self.assertStatus(self.status(), reference, "stale")
        self.push_index("app", **{OTHER: ["y"]})
        row = self.assertStatus(self.status(), reference, "unknown")
        self.assertIn("linux/" + MINE, row["reason"])

    def test_variant_that_is_not_told(self):
        """The image for arm/v6 does not say so, and that for v7 changes."""
        repository, full = self.repository("variants")

        def push(seven, other="x"):
            made = []
            for variant, seed in (("v7", seven), ("v6", "six"), (None, other)):
                row = self.pusher.image(repository, [layer(seed)], arch="arm" if variant else "s390x")
                if variant:
                    row["platform"]["variant"] = variant
                made.append(row)
            self.pusher.index(repository, made, "1")
        push("seven")
        rows = self.api.call("POST", "/images/create", fromImage=full, tag="1",
                             platform="linux/arm/v6")
        self.assertNotIn("error", str(rows))
        push("seven", "y")
        self.assertStatus(self.status(), full + ":1", "stale-other-platform")
        push("seven again")
        self.assertStatus(self.status(), full + ":1", "unknown")

    def test_gone(self):
        reference, digest = self.push("app", "a")
        self.pull(reference)
        self.pusher.delete(self.repository("app")[0], digest)
        # Containerd's store has digests for what was never in a registry, too.
        self.assertStatus(self.status(), reference, "local-only" if self.containerd else "gone")

    def test_built_here(self):
        """An image that has the name of another one in the registry is not stale."""
        reference, _ = self.push("app", "a")
        self.load(reference, "b")
        row = self.item(self.status(), reference)
        self.assertEqual(row["status"], "unknown" if self.containerd else "local-only", row)

    def test_pulled_by_digest(self):
        reference, digest = self.push("app", "a")
        name = reference.rpartition(":")[0] + "@" + digest
        self.pull(name)
        self.assertEqual(self.status()["items"], [])
        self.assertStatus(self.status("--all"), name, "fresh")
        self.assertStatus(self.status(name), name, "fresh")

    def test_pinned_name(self):
        reference, digest = self.push("app", "a")
        self.pull(reference)
        name = reference + "@" + digest
        self.assertStatus(self.status(name), name, "fresh")
        self.push("app", "b")
        self.assertStatus(self.status(name), name, "pinned-moved")

    def test_no_such_image(self):
        result = self.user.run("base", "status", "nosuch:1")
        self.assertEqual(result.status, 1, result)
        self.assertIn("nosuch:1", result.err)


class Bases(Case):
    def test_by_layers(self):
        base, digest = self.push("base", "a")
        self.pull(base)
        self.build_on("app:1", base)
        row = self.item(self.status("app:1"), "app:1")
        self.assertEqual(row["base"], {
            "name": base, "digest": digest, "remote_digest": digest, "status": "fresh",
            "found_by": "layers", "reason": row["base"]["reason"]})
        _, moved = self.push("base", "b")
        row = self.assertStatus(self.status("app:1"), "app:1", row["status"], "stale", "layers")
        self.assertEqual(row["base"]["remote_digest"], moved)
        # The old one has lost its tag here: what came after it is not known, but a Dockerfile knows
        # the name. Containerd's store has forgotten what the tag was before.
        self.pull(base)
        row = self.item(self.status("app:1"), "app:1")
        if self.containerd:
            self.assertIsNone(row["base"])
        else:
            self.assertEqual((row["base"]["status"], row["base"]["digest"]), ("unknown", digest))
        path = self.user.write("Dockerfile", "FROM %s\n" % base)
        self.assertStatus(self.status("app:1", "--file", path), "app:1", row["status"],
                          "unknown" if self.containerd else "stale", "dockerfile")

    def test_by_label(self):
        base, digest = self.push("base", "a")
        self.load("app:1", "a", "b", labels={BASE_NAME: base, BASE_DIGEST: digest})
        self.assertStatus(self.status("app:1"), "app:1", self.local(), "fresh", "label")
        self.push("base", "b")
        self.assertStatus(self.status("app:1"), "app:1", self.local(), "stale", "label")

    def local(self):
        """An image that was built here and asked for at Docker Hub, which is not there."""
        return "unreachable" if self.containerd else "local-only"

    def test_label_of_an_index(self):
        base, index, _ = self.push_index("base", **{MINE: ["a"], OTHER: ["x"]})
        self.load("app:1", "a", "b", labels={BASE_NAME: base, BASE_DIGEST: index})
        self.assertStatus(self.status("app:1"), "app:1", self.local(), "fresh", "label")
        _, _, children = self.push_index("base", **{MINE: ["a"], OTHER: ["y"]})
        self.assertStatus(self.status("app:1"), "app:1", self.local(), "stale-other-platform")
        self.load("app:2", "a", "b", labels={BASE_NAME: base, BASE_DIGEST: children[MINE]})
        self.assertStatus(self.status("app:2"), "app:2", self.local(), "fresh", "label")
        self.push_index("base", **{MINE: ["b"], OTHER: ["y"]})
        told = self.status()
        self.assertStatus(told, "app:1", self.local(), "stale", "label")
        self.assertStatus(told, "app:2", self.local(), "stale", "label")

    def test_inherited_label(self):
        """python's label names debian; what is built on python stands on python."""
        system, digest = self.push("system", "a")
        lang, _ = self.push("lang", "a", "b", labels={BASE_NAME: system, BASE_DIGEST: digest})
        self.pull(lang)
        self.build_on("app:1", lang)
        row = self.item(self.status("app:1"), "app:1")
        self.assertEqual((row["base"]["name"], row["base"]["found_by"]), (lang, "layers"), row)
        row = self.item(self.status(lang), lang)
        self.assertEqual((row["base"]["name"], row["base"]["found_by"]), (system, "label"), row)

    def test_by_annotation(self):
        base, digest = self.push("base", "a")
        app, _ = self.push("app", "a", "b", annotations={BASE_NAME: base, BASE_DIGEST: digest})
        self.pull(app)
        self.assertIsNone(self.item(self.status(), app)["base"])
        self.assertStatus(self.status("--provenance"), app, "fresh", "fresh", "annotation")
        self.push("base", "c")
        self.assertStatus(self.status("--provenance"), app, "fresh", "stale", "annotation")

    def test_by_provenance(self):
        base, digest = self.push("base", "a")
        repository, full = self.repository("app")
        image = self.pusher.image(repository, [layer("a"), layer("b")])
        note = self.pusher.attestation(repository, image, oci.provenance(
            ("docker/dockerfile@1", digest), (base.replace(":1", "@1"), digest)))
        self.pusher.index(repository, [image, note], "1")
        self.pull(full + ":1")
        self.assertIsNone(self.item(self.status(), full + ":1")["base"])
        self.assertStatus(self.status("--provenance"), full + ":1", "fresh", "fresh", "provenance")
        self.push("base", "c")
        self.assertStatus(self.status("--provenance"), full + ":1", "fresh", "stale", "provenance")

    def test_by_provenance_of_a_pin(self):
        """FROM had a digest: what it did not name moves without making anything stale."""
        base, digest = self.push("base", "a")
        name = base.rpartition(":")[0]
        repository, full = self.repository("app")
        for tag, url in (("digest", "%s?digest=%s"), ("both", "%s@1?digest=%s&platform=x")):
            image = self.pusher.image(repository, [layer("a"), layer(tag)])
            note = self.pusher.attestation(repository, image, oci.provenance(
                (url % (name, digest), digest)))
            self.pusher.index(repository, [image, note], tag)
            self.pull(full + ":" + tag)
        self.push("base", "c")
        told = self.status("--provenance")
        self.assertStatus(told, full + ":digest", "fresh", "fresh", "provenance")
        self.assertStatus(told, full + ":both", "fresh", "pinned-moved", "provenance")

    def test_by_build_label(self):
        """What base build stamps tells which build an image stands on, without a registry."""
        name, built = "io.github.docker-hygiene.base.name", "io.github.docker-hygiene.base.built"
        old = {name: "co/base:latest", built: "2026-11-01T00:00:00Z"}
        new = {name: "co/base:latest", built: "2026-11-08T00:00:00Z"}
        self.load("co/base:latest", "a", labels=old)
        self.load("app:1", "a", "b", labels=old)
        row = self.item(self.status("app:1"), "app:1")
        self.assertEqual((row["base"]["found_by"], row["base"]["status"]),
                         ("build-label", self.local()), row)
        self.load("co/base:latest", "c", labels=new)
        row = self.item(self.status("app:1"), "app:1")
        self.assertEqual((row["base"]["found_by"], row["base"]["status"]),
                         ("build-label", "stale"), row)


class Dockerfiles(Case):
    def test_pinned(self):
        base, digest = self.push("base", "a")
        path = self.user.write("Dockerfile", "ARG V=1\nFROM %s:${V}@%s\n" % (
            base.rpartition(":")[0], digest))
        name = base + "@" + digest
        told = self.status("--file", path, "--fail-on", "pinned-moved")
        self.assertStatus(told, name, "fresh")
        self.push("base", "b")
        told = self.status("--file", path, "--fail-on", "pinned-moved", status=3)
        self.assertStatus(told, name, "pinned-moved")

    def test_compared_with_what_is_here(self):
        base, _ = self.push("base", "a")
        other, _ = self.push("other", "x")
        path = self.user.write("Dockerfile", "FROM %s AS build\nFROM %s\nCOPY --from=build / /\n" % (
            other, base))
        self.pull(base)
        self.push("base", "b")
        told = self.status("--file", path)
        self.assertEqual(len(told["items"]), 2, told)
        self.assertStatus(told, base, "stale")
        row = self.assertStatus(told, other, "unknown")
        self.assertIn("no copy here", row["reason"])

    def test_platform_of_from(self):
        """What counts is the platform that the build takes, whichever is here."""
        base, _, _ = self.push_index("base", **{MINE: ["a"], OTHER: ["x"]})
        self.api.call("POST", "/images/create", fromImage=base.rpartition(":")[0], tag="1",
                      platform="linux/" + OTHER)
        plain = self.user.write("Plain", "FROM %s\n" % base)
        other = self.user.write("Other", "FROM --platform=linux/%s %s\n" % (OTHER, base))

        def check(mine, others):
            self.assertStatus(self.status("--file", plain), base, mine)
            self.assertStatus(self.status("--file", other), base, others)
            self.assertStatus(self.status("--file", plain, "--platform", "linux/" + OTHER), base,
                              others)

        check("fresh", "fresh")
        self.push_index("base", **{MINE: ["b"], OTHER: ["x"]})
        check("stale", "stale-other-platform")
        self.push_index("base", **{MINE: ["a"], OTHER: ["y"]})
        check("stale-other-platform", "stale")

    def test_without_an_engine(self):
        base, digest = self.push("base", "a")
        self.push("base", "b")
        path = self.user.write("Dockerfile", "FROM %s@%s\n" % (base, digest))
        self.user.host = "unix:///nowhere/docker.sock"
        result = self.user.run("base", "status", "--format", "json", "--file", path)
        self.assertEqual(result.status, 0, result)
        self.assertIn("/nowhere/docker.sock", result.err)
        self.assertEqual(result.json["items"][0]["status"], "pinned-moved")
        result = self.user.run("base", "status")
        self.assertEqual(result.status, 1, result)

    def test_build_args(self):
        self.push("base", "a", tag="2")
        path = self.user.write("Dockerfile", "ARG BASE\nARG V=1\nFROM ${BASE}:${V}\n")
        name = self.repository("base")[1]
        told = self.status("--file", path, "--build-arg", "BASE=" + name, "--build-arg", "V=2")
        self.assertEqual([row["image"] for row in told["items"]], [name + ":2"])
        told = self.status("--file", path, "--build-arg", "BASE", "--build-arg", "V=2",
                           env={"BASE": name})
        self.assertEqual([row["image"] for row in told["items"]], [name + ":2"])
        result = self.user.run("base", "status", "--file", path)
        self.assertEqual(result.status, 1, result)
        self.assertIn(path, result.err)


class Registries(Case):
    def scripted(self, status, **headers):
        registry = Scripted(status, **headers)
        self.addCleanup(registry.end)
        return registry

    def named(self, host, name="app"):
        """An image here that has a digest of that registry's repository: a Dockerfile's pin."""
        return "%s/%s:1@sha256:%s" % (host, name, "a" * 64)

    def dockerfile(self, *names):
        return self.user.write("Dockerfile", "".join("FROM %s\n" % name for name in names[:-1]) +
                               "FROM %s\n" % names[-1] + "".join(
                                   "COPY --from=%d / /\n" % i for i in range(len(names) - 1)))

    def test_unauthorized(self):
        registry = self.open_registry(passwords={"me": "secret"})
        pusher = oci.Pusher(registry.host, ("me", "secret"))
        pusher.image("app", [layer("a")], "1")
        reference = registry.host + "/app:1"
        self.pull(reference, ("me", "secret"))
        self.assertStatus(self.status(), reference, "unauthorized")
        self.user.write_config({"auths": {registry.host: {"auth": "bWU6c2VjcmV0"}}})
        self.assertStatus(self.status(), reference, "fresh")
        self.assertStatus(self.status("--anonymous"), reference, "unauthorized")

    def test_one_token_for_many_repositories(self):
        with TokenServer({"me": ("secret", {"pull", "push"})}) as tokens:
            registry = self.open_registry(token=tokens, counts=True)
            references = []
            for number in range(12):
                pusher = oci.Pusher(registry.host)
                pusher.headers["Authorization"] = "Bearer " + tokens.grant(
                    "me", ["repository:app%d:pull,push" % number])
                pusher.image("app%d" % number, [layer(number)], "1")
                references.append("%s/app%d:1" % (registry.host, number))
                self.pull(references[-1], ("me", "secret"))
            self.user.write_config({"auths": {registry.host: {"auth": "bWU6c2VjcmV0"}}})
            before = len(registry.requests())
            told = self.status()
            self.assertEqual({row["status"] for row in told["items"]}, {"fresh"}, told)
            # The first one without a token says where to get one.
            self.assertLessEqual(len(registry.requests()) - before, len(references) + 2)
            self.assertEqual(told["registries"][0]["token_requests"], 1, told["registries"])

    def test_rate_limited(self):
        server = self.scripted(429, Retry_After="3600")
        names = [self.named(server.host, "app%d" % number) for number in range(5)]
        told = self.status("--file", self.dockerfile(*names))
        for name in names:
            row = self.assertStatus(told, name, "rate-limited")
            self.assertIn("UTC", row["reason"])
        self.assertLessEqual(len(server.asked), len(names))

    def test_one_bad_registry_among_good_ones(self):
        dying = self.open_registry()
        oci.Pusher(dying.host).image("app", [layer("a")], "1")
        good = [self.push("app%d" % number, number)[0] for number in range(5)]
        for reference in good + [dying.host + "/app:1"]:
            self.pull(reference)
        dying.end()
        told = self.status()
        self.assertStatus(told, dying.host + "/app:1", "unreachable")
        for reference in good:
            self.assertStatus(told, reference, "fresh")
        table = self.user.run("base", "status")
        self.assertEqual(table.status, 0, table)
        self.assertIn("unreachable: %s/app:1" % dying.host, table.out)
        self.status("--fail-on", "stale")
        self.status("--fail-on", "stale,unreachable", status=3)

    def test_requests_are_few(self):
        """Each reference once; no more where nothing moved."""
        references = [self.push("app%d" % (number % 4), number % 4, tag="t%d" % number)[0]
                      for number in range(12)]
        for reference in references:
            self.pull(reference)
        before = len(self.registry.requests())
        told = self.status()
        self.assertEqual({row["status"] for row in told["items"]}, {"fresh"})
        asked = self.registry.requests()[before:]
        self.assertLessEqual(len(asked), len(references) + 2, asked)
        self.assertEqual({method for method, _ in asked}, {"HEAD"})
        tally = [row for row in told["registries"] if row["registry"] == self.host]
        # One more on loopback, where https is tried first: it never gets to be a request.
        self.assertIn(tally[0]["requests"] - len(asked), (0, 1), told["registries"])

    def test_interrupted(self):
        server = self.scripted(404)
        server.gate.clear()
        names = [self.named(server.host, "app%d" % number) for number in range(3)]
        process = self.user.start(["base", "status", "--format", "json", "--file",
                                   self.dockerfile(*names)])
        self.assertTrue(server.seen.wait(60))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        server.gate.set()
        self.assertEqual(process.returncode, 2, err)
        told = json.loads(out)
        self.assertIs(told["interrupted"], True)
        self.assertEqual({row["status"] for row in told["items"]}, {"unknown"})

    def test_progress_and_table_on_a_terminal(self):
        server = self.scripted(404)
        server.gate.clear()
        terminal = self.user.terminal("base", "status", "--file",
                                      self.dockerfile(self.named(server.host)))
        try:
            terminal.until("asking")
            server.gate.set()
            self.assertEqual(terminal.finish(), 0, terminal.text)
        finally:
            terminal.end()
        for word in ("IMAGE", "BASE STATUS", "gone", "1 image: 1 gone."):
            self.assertIn(word, terminal.text)


class CommandLine(Case):
    def test_usage(self):
        for args, word in ((("--fail-on", "stael"), "stale"), (("--all", "x:1"), "--all"),
                           (("--target", "x"), "--file"), (("--platform", "x/y/z/w", "-f", "x"),
                                                           "--platform"),
                           (("--mirror", "https://mirror.example"), "no registry"),
                           (("--mirror", "mirror"), "no registry"), (("--mirror", ""), "--mirror")):
            result = self.user.run("base", "status", *args)
            self.assertEqual(result.status, 125, result)
            self.assertIn(word, result.err)

    def test_old(self):
        reference, _ = self.push("app", "a")
        self.pull(reference)
        row = self.item(self.status(), reference)
        self.assertIs(row["too_old"], True)
        self.assertEqual(row["created"], archive.CREATED)
        self.assertGreater(row["age_seconds"], 7 * 86400)
        self.assertIn("Older than 7d: " + reference, self.user.run("base", "status").out)
        self.status("--fail-on", "old", status=3)
        self.status("--fail-on", "old", "--max-age", "0")

    def test_completion(self):
        reference, _ = self.push("app", "a")
        self.pull(reference)
        result = self.user.command([os.path.abspath(self.user.plugin()), "__complete", "hygiene",
                                    "base", "status", ""],
                                   env={"DOCKER_HOST": self.engine.host})
        self.assertIn(reference, result.out)
