# SPDX-License-Identifier: Apache-2.0
"""docker hygiene base build on real engines, registries and docker CLIs."""

import os
import signal
import time

from bed import oci
from buildcase import LABEL, LONG, TEMPORARY, BuildCase
from basecase import layer

BASE = "org.opencontainers.image.base."
RFC3339 = r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$"


class Due(BuildCase):
    """What is built, and why."""

    def test_first_build_and_nothing_after_it(self):
        up = self.one()
        rows, _ = self.dry()
        self.assertDue(rows, base=["new"])
        rows, told = self.base_build()
        row = rows["base"]
        self.assertEqual((row["result"], row["reasons"], row["pushed"]), ("built", ["new"], []))
        self.assertEqual(row["tags"], ["latest", self.week()])
        self.assertEqual(self.tags_of("base"), sorted(row["tags"]))
        for tag in row["tags"]:
            self.assertEqual(self.image_id(self.name("base") + ":" + tag), row["id"])
        self.assertEqual(told["stood_on_old"], [])
        self.no_temporaries()

        digest = self.skopeo(up)
        labels = self.labels(row["id"])
        self.assertEqual(labels[LABEL + "name"], self.name("base") + ":latest")
        self.assertEqual(labels[LABEL + "uses"], "%s@%s" % (up, digest))
        self.assertRegex(labels[LABEL + "inputs"], r"^[0-9a-f]{64}$")
        self.assertRegex(labels[LABEL + "built"], RFC3339)
        self.assertEqual((labels[BASE + "name"], labels[BASE + "digest"]), (up, digest))

        rows, _ = self.dry()
        self.assertDue(rows, base=[])
        self.assertEqual(rows["base"]["why"], "nothing changed")
        rows, _ = self.base_build()
        self.assertEqual(rows["base"]["due"], False)
        self.assertEqual(self.tags_of("base"), sorted(["latest", self.week()]))

    def test_upstream_moved(self):
        up = self.one()
        self.base_build()
        old = self.image_id(self.name("base") + ":latest")
        _, digest = self.push("up", "b")
        rows, _ = self.dry()
        self.assertDue(rows, base=["upstream"])
        self.assertIn(up, rows["base"]["why"])
        rows, _ = self.base_build()
        self.assertEqual(self.labels(rows["base"]["id"])[BASE + "digest"], digest)
        self.assertNotEqual(rows["base"]["id"], old)
        # The first build of the week stays what it was.
        self.assertEqual(rows["base"]["tags"], ["latest", self.week() + "-2"])
        self.assertEqual(self.image_id("%s:%s" % (self.name("base"), self.week())), old)
        self.assertEqual(self.image_id(self.name("base") + ":latest"), rows["base"]["id"])
        self.assertDue(self.dry()[0], base=[])
        self.push("up", "c")
        rows, _ = self.base_build()
        self.assertEqual(rows["base"]["tags"], ["latest", self.week() + "-3"])

    def test_inputs(self):
        self.one(inputs=["content", "more/*.txt"])
        self.file("base/more/a.txt", "1")
        self.base_build()
        self.assertDue(self.dry()[0], base=[])
        # Times do not count.
        for path in ("content", "more/a.txt", "Dockerfile"):
            os.utime(self.user.path("images/base/" + path), (1, 1))
        self.assertDue(self.dry()[0], base=[])
        self.file("base/other", "no input")
        self.assertDue(self.dry()[0], base=[])
        self.file("base/more/b.txt", "2")
        self.assertDue(self.dry()[0], base=["input"])
        self.base_build()
        self.assertDue(self.dry()[0], base=[])
        os.chmod(self.user.path("images/base/content"), 0o700)
        self.assertDue(self.dry()[0], base=["input"])

    def test_the_recipe_is_an_input(self):
        up = self.one(args={"A": "1"})
        self.base_build()
        for keys in ({"args": {"A": "2"}}, {"args": {}}):
            self.recipes(self.recipe("base", "FROM %s\nCOPY content /content\n" % up, **keys))
            self.assertDue(self.dry()[0], base=["input"])
        self.recipes(self.recipe("base", "FROM %s\nCOPY content /other\n" % up, args={"A": "1"}))
        self.assertDue(self.dry()[0], base=["input"])
        # Tags and the age are no part of what is built.
        self.recipes(self.recipe("base", "FROM %s\nCOPY content /content\n" % up, args={"A": "1"},
                                 tags=["latest", "%Y"], max_age="3d"))
        self.assertDue(self.dry()[0], base=[])

    def test_too_old(self):
        self.one()
        self.base_build()
        name = self.name("base") + ":latest"
        # The engine's own image with another time on it.
        self.build(name, 'FROM %s\nLABEL "%sbuilt"="%s"\n' % (
            name, LABEL, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 8 * 86400))))
        rows, _ = self.dry()
        self.assertDue(rows, base=["age"])
        self.assertIn("8 d", rows["base"]["why"])
        self.assertIn("at most 7d", rows["base"]["why"])
        self.one(max_age="9d")
        self.assertDue(self.dry()[0], base=[])
        self.one(max_age="0")
        self.assertDue(self.dry()[0], base=[])

    def test_what_somebody_else_built(self):
        up = self.one()
        self.pull(up)
        self.build(self.name("base") + ":latest", "FROM %s\n" % up)
        self.assertDue(self.dry()[0], base=["foreign"])
        self.base_build()
        self.assertDue(self.dry()[0], base=[])

    def test_forced(self):
        self.one()
        self.base_build()
        rows, _ = self.base_build("--force")
        self.assertEqual((rows["base"]["reasons"], rows["base"]["tags"][1]),
                         (["forced"], self.week() + "-2"))

    def test_every_step_is_done_anew(self):
        """What a cache holds is as old as the image that is replaced."""
        self.one()
        self.base_build()
        # BuildKit's words (with or without a line of the step's digest), or the earlier builder's.
        cached = r"COPY content /content\n(#\d+ sha256:.*\n)?(#\d+ CACHED| ---> Using cache)"
        self.base_build("--force")
        self.assertNotRegex(self.said, cached)
        self.base_build("--force", "--use-cache")
        self.assertRegex(self.said, cached)

    def test_upstream_that_is_not_known_is_no_reason(self):
        up = self.one()
        self.base_build()
        self.pusher.delete(self.repository("up")[0], self.skopeo(up))
        rows, _ = self.dry()
        self.assertDue(rows, base=[])
        self.assertIn(up + " is not known: ", rows["base"]["why"])
        result = self.failed("--force")
        self.assertIn("cannot be built", result.err)
        self.assertIn("nothing was built", result.err)

    def test_dated_tags_only(self):
        """The newest build counts, and not what somebody built on it."""
        self.one(tags=["%G.%V"])
        self.base_build()
        name = "%s:%s" % (self.name("base"), self.week())
        for child in ("mine:1", self.name("base") + ":debug"):
            self.build_on(child, name)
        self.assertDue(self.dry()[0], base=[])
        self.api.remove_image(name)
        self.api.remove_image(self.name("base") + ":debug")
        # Its child has its stamp, and is no build of it.
        self.assertDue(self.dry()[0], base=["new"])

    def test_pinned_upstream(self):
        up, digest = self.push("up", "a")
        self.recipes(self.recipe("base", "FROM %s@%s\nCOPY content /c\n" % (up, digest)))
        self.base_build()
        self.push("up", "b")
        self.assertDue(self.dry()[0], base=[])
        self.assertEqual(self.labels(self.name("base"))[BASE + "digest"], digest)

    def test_what_files_are_taken_from_is_upstream_too(self):
        up, _ = self.push("up", "a")
        tool, _ = self.push("tool", "t")
        self.recipes(self.recipe("base", "FROM %s\nCOPY --from=%s / /t/\n" % (up, tool)))
        self.base_build()
        self.push("tool", "u")
        rows, _ = self.dry()
        self.assertDue(rows, base=["upstream"])
        self.assertIn(tool, rows["base"]["why"])
        self.assertNotIn(up, rows["base"]["why"])

    def test_one_registry_for_many(self):
        """A name is asked for once, whoever uses it."""
        up, _ = self.push("up", "a")
        self.recipes(*[self.recipe("b%d" % n, "FROM %s\nCOPY content /c\n" % up)
                       for n in range(4)])
        before = len(self.registry.requests())
        rows, _ = self.dry()
        self.assertDue(rows, b0=["new"], b1=["new"], b2=["new"], b3=["new"])
        asked = self.registry.requests()[before:]
        self.assertEqual(len([row for row in asked if "manifests" in row[1]]), 1, asked)


class Order(BuildCase):
    """Own parents, dependents, and what stood on the old ones."""

    def chain(self, **keys):
        """app (a dependent) on lang on system on up; written in the wrong order."""
        up, _ = self.push("up", "a")
        self.recipes(
            self.recipe("lang", "FROM %s\nCOPY content /lang\n" % self.name("system"), **keys),
            self.recipe("system", "FROM %s\nCOPY content /system\n" % up),
            dependents=[self.recipe("app", "FROM %s:latest\nCOPY content /app\n" %
                                    self.name("lang"))])
        return up

    def test_parents_come_first(self):
        self.chain()
        rows, told = self.base_build()
        self.assertEqual([row["image"] for row in told["items"]],
                         [self.name(name) for name in ("system", "lang", "app")])
        self.assertEqual({name: row["result"] for name, row in rows.items()},
                         {"system": "built", "lang": "built", "app": "not-due"})
        layers = [self.api.image(rows[name]["id"])["RootFS"]["Layers"]
                  for name in ("system", "lang")]
        self.assertEqual(layers[1][:2], layers[0])
        uses = self.labels(rows["lang"]["id"])[LABEL + "uses"]
        self.assertEqual(uses, "%s:latest@%s" % (self.name("system"), rows["system"]["id"]))
        self.assertEqual(self.labels(rows["lang"]["id"])[LABEL + "name"],
                         self.name("lang") + ":latest")
        self.assertEqual(self.labels(rows["lang"]["id"])[BASE + "digest"], "")
        self.no_temporaries()
        rows, _ = self.dry()
        self.assertEqual([rows[name]["due"] for name in ("system", "lang", "app")], [False] * 3)

    def test_a_parent_that_is_built_takes_its_children_along(self):
        self.chain()
        self.base_build()
        self.file("system/Dockerfile", "FROM %s\nCOPY content /elsewhere\n" %
                  (self.name("up") + ":1"))
        rows, _ = self.dry()
        self.assertEqual((rows["system"]["reasons"], rows["lang"]["reasons"]),
                         (["input"], ["parent"]))
        self.assertIn("stands on what is rebuilt: " + self.name("system"), rows["lang"]["why"])
        rows, _ = self.base_build()
        layers = [self.api.image(rows[name]["id"])["RootFS"]["Layers"]
                  for name in ("system", "lang")]
        self.assertEqual(layers[1][:2], layers[0])
        # A parent that was built by another run is as good as an upstream.
        self.recipes(self.recipe("system", "FROM %s:1\nCOPY content /third\n" % self.name("up")))
        self.base_build()
        self.recipes(
            self.recipe("lang", "FROM %s\nCOPY content /lang\n" % self.name("system")),
            self.recipe("system", "FROM %s:1\nCOPY content /third\n" % self.name("up")))
        rows, _ = self.dry()
        self.assertDue(rows, system=[], lang=["upstream"])

    def test_cascade(self):
        self.chain()
        self.base_build()
        rows, _ = self.dry()
        self.assertFalse(rows["app"]["due"])
        self.assertIn("built with --cascade only", rows["app"]["why"])
        rows, _ = self.base_build("--cascade")
        self.assertEqual({name: row["result"] for name, row in rows.items()},
                         {"system": "not-due", "lang": "not-due", "app": "built"})
        self.push("up", "b")
        rows, told = self.base_build("--cascade")
        self.assertEqual({row["result"] for row in rows.values()}, {"built"})
        layers = [self.api.image(rows[name]["id"])["RootFS"]["Layers"]
                  for name in ("system", "lang", "app")]
        self.assertEqual(layers[2][:3], layers[1])
        self.assertEqual(layers[1][:2], layers[0])
        self.assertEqual(told["stood_on_old"], [])

    def test_who_stood_on_the_old_one(self):
        self.one()
        self.base_build()
        name = self.name("base")
        self.build_on("mine:1", name)
        self.build_on("mine:2", "mine:1")
        self.load("other:1", "x")
        self.push("up", "b")
        _, told = self.base_build()
        found = {row["image"]: row["base"] for row in told["stood_on_old"]}
        self.assertEqual(found, {"mine:1": name + ":latest", "mine:2": name + ":latest"})
        self.build_on("mine:1", name)
        self.push("up", "c")
        result = self.run_build()
        self.assertIn("mine:1 (on %s:latest)" % name, result.out)
        self.assertNotIn("other:1", result.out)

    def test_who_stood_on_what_has_no_name_left(self):
        self.one(tags=["latest"])
        self.base_build()
        name = self.name("base")
        self.build_on("mine:1", name)
        self.push("up", "b")
        _, told = self.base_build()
        self.assertEqual(told["stood_on_old"], [
            {"image": "mine:1", "base": name + ":latest", "dependent": False}])

    def test_the_nearest_of_those_replaced_is_told(self):
        """A dependent that is not built along is told how it would be."""
        self.chain()
        self.base_build("--cascade")
        self.push("up", "b")
        _, told = self.base_build()
        self.assertEqual(told["stood_on_old"], [{"image": self.name("app") + ":latest",
                                                 "base": self.name("lang") + ":latest",
                                                 "dependent": True}])
        self.base_build("--cascade")
        self.push("up", "c")
        result = self.run_build()
        self.assertIn("%s:latest (on %s:latest): --cascade builds it" % (
            self.name("app"), self.name("lang")), result.out)

    def test_copying_from_an_own_image_is_refused(self):
        up, _ = self.push("up", "a")
        self.recipes(self.recipe("tool", "FROM %s\nCOPY content /tool\n" % up),
                     self.recipe("base", "FROM %s\n\nCOPY --from=%s /tool /tool\n" %
                                 (up, self.name("tool"))))
        rows, _ = self.dry()
        self.assertIn('"FROM %s:latest AS name"' % self.name("tool"), rows["base"]["blocked"])
        self.assertWhy(self.run_build("--dry-run").out, r"/base +blocked +there is no image yet; ")
        result = self.failed()
        self.assertIn('"FROM %s:latest AS name"' % self.name("tool"), result.err)
        self.assertIn("nothing was built", result.err)
        self.assertNotIn("building", result.err)
        # As it says:
        self.file("base/Dockerfile", "FROM %s AS it\nFROM %s\nCOPY --from=it /tool /tool\n" %
                  (self.name("tool"), up))
        rows, _ = self.base_build()
        self.assertEqual({row["result"] for row in rows.values()}, {"built"})
        # What is built already can be copied from.
        self.file("base/Dockerfile", "FROM %s\nCOPY --from=%s /tool /tool\n" %
                  (up, self.name("tool")))
        rows, _ = self.base_build()
        self.assertEqual((rows["tool"]["result"], rows["base"]["result"]), ("not-due", "built"))

    def test_circle(self):
        self.recipes(self.recipe("a", "FROM %s\n" % self.name("b")),
                     self.recipe("b", "FROM %s\n" % self.name("a")))
        result = self.failed("--dry-run", status=125)
        self.assertIn("in a circle", result.err)


class AllOrNothing(BuildCase):
    def two(self, second):
        """A recipe that is built, and then one of that Dockerfile's rest."""
        up, _ = self.push("up", "a")
        self.recipes(self.recipe("first", "FROM %s\nCOPY content /first\n" % up),
                     self.recipe("second", "FROM %s\n%s\n" % (self.name("first"), second)),
                     self.recipe("third", "FROM %s\nCOPY content /third\n" % up))

    def test_a_build_that_fails_moves_nothing(self):
        self.two("COPY content /second")
        self.base_build()
        self.two("COPY nowhere /second")
        before = self.api.tags()
        rows, _ = self.base_build("--force", status=1)
        self.assertEqual({name: row["result"] for name, row in rows.items()},
                         {"first": "not-moved", "second": "failed", "third": "not-reached"})
        self.assertEqual({tuple(row["tags"]) for row in rows.values()}, {()})
        self.assertEqual(self.api.tags(), before)
        self.no_temporaries()
        self.assertIn("\n1 failed, 1 not moved, 1 not reached. No tag moved.\n",
                      self.run_build("--force").out)
        last = self.said.strip().splitlines()[-1]
        self.assertIn(self.name("second"), last)
        self.assertIn("no tag was moved", last)

    def interrupted(self, ends):
        web = self.held()
        self.two("COPY content /second")
        self.base_build()
        self.two("ADD %s /second" % web.url)
        before = self.api.tags()
        ends(web)
        self.assertEqual(self.api.tags(), before)
        self.no_temporaries()

    def test_interrupted(self):
        def ends(web):
            process = self.user.start(["base", "build", "--force", "--format", "json", "--file",
                                       self.user.path("images")])
            self.assertTrue(web.asked.wait(LONG))
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=LONG)
            self.assertEqual(process.returncode, 2, err)
            self.assertIn(b'"first', out.replace(self.name("").encode(), b""))
            self.assertIn(b"no tag was moved", err)
        self.interrupted(ends)

    def test_interrupted_in_a_terminal(self):
        def ends(web):
            terminal = self.user.terminal("base", "build", "--force", "--file",
                                          self.user.path("images"))
            try:
                self.assertTrue(web.asked.wait(LONG))
                terminal.send("\x03")
                self.assertEqual(terminal.finish(), 2, terminal.text)
            finally:
                terminal.end()
            self.assertIn("no tag was moved", terminal.text)
        self.interrupted(ends)

    def test_two_at_once(self):
        web = self.held()
        self.recipes(self.recipe("base", "FROM scratch\nADD %s /late\n" % web.url))
        process = self.user.start(["base", "build", "--file", self.user.path("images")])
        self.assertTrue(web.asked.wait(LONG))
        result = self.run_build()
        self.assertEqual(result.status, 1, result)
        self.assertIn("another base build of this engine runs", result.err)
        # Looking is free.
        self.dry()
        web.gate.set()
        out, err = process.communicate(timeout=LONG)
        self.assertEqual(process.returncode, 0, err)
        self.assertIn(self.week().encode(), out)
        self.assertEqual(self.tags_of("base"), sorted(["latest", self.week()]))

    def test_temporary_names_of_runs_that_were_killed(self):
        self.one()
        now = int(time.time())
        names = {"t%x-1-0" % (now - 2 * 86400): False, "t%x-1-0" % (now - 3600): True,
                 "mine": True, "t-1-0": True}
        for number, tag in enumerate(names):
            self.load(TEMPORARY + tag, "old", number)
        self.dry()
        self.base_build()
        left = {tag for tag in self.api.tags() if tag.startswith(TEMPORARY)}
        self.assertEqual(left, {TEMPORARY + tag for tag, stays in names.items() if stays})


class Push(BuildCase):
    def pushes(self, **keys):
        """The base is pushed to a registry where only we push; that registry."""
        up, _ = self.push("up", "a")
        target = self.open_registry(**keys)
        self.recipes(dict(self.recipe("base", "FROM %s\nCOPY content /content\n" % up),
                          name=target.host + "/co/base"))
        return target

    def test_pushed(self):
        target = self.pushes()
        rows, _ = self.base_build("--push")
        self.assertEqual(rows["base"]["pushed"], ["latest", self.week()])
        for tag in rows["base"]["pushed"]:
            self.assertTrue(self.skopeo("%s/co/base:%s" % (target.host, tag)))
        # Nothing due: nothing pushed.
        rows, _ = self.base_build("--push")
        self.assertNotIn("result", rows["base"])

    def test_a_dated_tag_of_the_registry_is_not_replaced(self):
        target = self.pushes()
        pusher = oci.Pusher(target.host)
        for tag in (self.week(), self.week() + "-2"):
            pusher.image("co/base", [layer("theirs")], tag)
        theirs = self.skopeo("%s/co/base:%s" % (target.host, self.week()))
        rows, _ = self.base_build("--push")
        self.assertEqual(rows["base"]["pushed"], ["latest", self.week() + "-3"])
        self.assertEqual(self.skopeo("%s/co/base:%s" % (target.host, self.week())), theirs)

    def test_a_push_that_fails(self):
        target = self.pushes(passwords={"me": "secret"})
        result = self.failed("--push")
        self.assertIn("which tags the registry has is not known", result.err)
        self.assertIn("no tag was moved", result.err)
        target.end()

    def gate(self, target):
        self.user.env["XDG_CONFIG_HOME"] = self.user.path("config")
        os.makedirs(self.user.path("config/docker-hygiene"), exist_ok=True)
        self.user.write("config/docker-hygiene/pushgate.json", {
            "version": 1, "store": {"kind": "file", "key_file": self.user.path("pull.key")},
            "gates": {"jenkins": {"env": {"vendors": ["jenkins"]}}},
            "registries": [{"match": target.host, "ci": ["jenkins"]}]})
        os.symlink(os.environ["PUSHGATE"],
                   os.path.join(self.tools, "docker-credential-pushgate"))
        for name in ("CI", "JENKINS_URL", "BUILD_ID"):
            self.user.env.pop(name, None)

    def test_a_registry_that_takes_no_pushes(self):
        """The tags have moved here, and the report says so."""
        target = self.pushes(readonly=True)
        rows, _ = self.base_build("--push", status=1)
        self.assertEqual((rows["base"]["result"], rows["base"]["tags"], rows["base"]["pushed"]),
                         ("not-pushed", ["latest", self.week()], []))
        self.assertEqual(self.image_id(target.host + "/co/base:latest"), rows["base"]["id"])
        result = self.run_build("--push", "--force")
        self.assertIn("\n1 not pushed. 2 tags moved.\n", result.out)
        # What the next one does about it.
        rows, _ = self.base_build("--push")
        self.assertNotIn("result", rows["base"])

    def test_gated_outside_ci(self):
        target = self.pushes()
        self.gate(target)
        result = self.failed("--push")
        self.assertIn("is gated here, and this is not CI", result.err)
        self.assertIn("nothing was built", result.err)
        self.assertIn("docker-credential-pushgate why %s/co/base" % target.host, result.err)
        self.assertNotIn("building", result.err)
        # Building alone is nobody's concern.
        rows, _ = self.base_build()
        self.assertEqual((rows["base"]["result"], rows["base"]["pushed"]), ("built", []))

    def test_gated_in_ci(self):
        target = self.pushes()
        self.gate(target)
        rows, _ = self.base_build("--push", env={
            "JENKINS_URL": "https://jenkins.example/", "BUILD_ID": "7", "CI": "true"})
        self.assertEqual(rows["base"]["pushed"], ["latest", self.week()])


class CommandLine(BuildCase):
    def test_why_is_told_in_full_on_a_terminal(self):
        up, _ = self.push("a-rather-long-name-for-an-upstream-image-in-a-registry", "a")
        self.recipes(self.recipe("base", "FROM %s\n" % up))
        self.base_build()
        self.push("a-rather-long-name-for-an-upstream-image-in-a-registry", "b")
        for words, before in ((["--dry-run"], "yes   "), ([], "built ")):
            terminal = self.user.terminal("base", "build", "--file", self.user.path("images"),
                                          *words)
            self.assertEqual(terminal.finish(), 0, terminal.text)
            row = [line for line in terminal.text.splitlines()
                   if line.startswith(self.name("base") + " ") and before in line]
            self.assertEqual(len(row), 1, terminal.text)
            self.assertTrue(row[0].endswith("upstream moved: " + up), row)

    def test_broken_recipes(self):
        for text, word in (("{", "hygiene-base.json"), ('{"images": []}', "names no images"),
                           ('{"images": [{"nam": "x"}]}', "nam"),
                           ('{"images": [{"name": "x:1"}]}', "has a tag"),
                           ('{"images": [{"name": "x", "inputs": ["../y"]}]}', "context"),
                           ('{"images": [{"name": "x", "tags": ["%c"]}]}', "makes no tag")):
            self.file("hygiene-base.json", text)
            result = self.failed("--dry-run", status=125)
            self.assertIn(word, result.err)
            self.assertIn("hygiene-base.json", result.err)
            self.assertEqual(len(result.err.splitlines()), 1, result)

    def test_no_recipes(self):
        result = self.failed("--dry-run")
        self.assertIn("hygiene-base.json", result.err)
        result = self.user.run("base", "build", "--dry-run", cwd=self.user.home)
        self.assertEqual(result.status, 1, result)
        self.assertIn("name the base images in a hygiene-base.json", result.err)

    def test_no_dockerfile_and_no_input(self):
        self.one(inputs=["nowhere"])
        self.assertIn("nowhere is not there", self.failed("--dry-run").err)
        self.one(dockerfile="Nofile")
        self.assertIn("Nofile", self.failed("--dry-run").err)

    def test_no_docker(self):
        self.one()
        os.unlink(os.path.join(self.tools, "docker"))
        result = self.failed(env={"PATH": self.tools})
        self.assertIn("a docker to build with", result.err)

    def test_table(self):
        self.one()
        result = self.run_build("--dry-run")
        self.assertEqual(result.status, 0, result)
        self.assertWhy(result.out, r"IMAGE +DUE +WHY")
        self.assertWhy(result.out, r"%s +yes +there is no image yet" % self.name("base"))
        self.assertIn("\n1 of 1 due.\n", result.out)
        result = self.run_build()
        self.assertEqual(result.status, 0, result)
        self.assertWhy(result.out, r"%s +built +latest %s" % (self.name("base"), self.week()))
        # stdout is the report's alone; what docker says is on stderr.
        self.assertNotIn("Step", result.out)
        self.assertIn("building 1 of 1, %s: there is no image yet" % self.name("base"), result.err)
        self.assertIn("\n1 built. 2 tags moved.\n", result.out)
        self.assertIn("\nNothing is due.\n", self.run_build().out)

    def test_through_docker(self):
        self.one()
        cli = self.use_cli("system")
        result = self.user.run("base", "build", "--format", "json", "--file",
                               self.user.path("images"), cli=cli, timeout=LONG)
        self.assertEqual(result.status, 0, result)
        self.assertEqual(result.json["items"][0]["result"], "built")


class Builders(BuildCase):
    """Every docker there is, with and without BuildKit."""

    def builds(self, **env):
        up, _ = self.push("up", "a")
        self.recipes(
            self.recipe("system", "FROM %s\nCOPY content /system\n" % up),
            self.recipe("lang", "FROM %s AS it\n\n# a comment\nFROM it\nCOPY content /lang\n" %
                        self.name("system"), target="it"),
            self.recipe("ignores", "FROM %s\nCOPY . /all/\n" % self.name("system")))
        self.file("ignores/Dockerfile.dockerignore", "content\n")
        self.file("ignores/stays", "1\n")
        rows, _ = self.base_build(env=env)
        self.assertEqual({row["result"] for row in rows.values()}, {"built"}, self.said)
        self.no_temporaries()
        self.assertDue(self.dry(env=env)[0], system=[], lang=[], ignores=[])
        self.file("system/content", "2\n")
        self.push("up", "b")
        rows, _ = self.base_build(env=env)
        self.assertEqual({row["result"] for row in rows.values()}, {"built"}, self.said)
        layers = [self.api.image(rows[name]["id"])["RootFS"]["Layers"]
                  for name in ("system", "lang", "ignores")]
        self.assertEqual(layers[1][:2], layers[0])
        self.assertEqual(layers[2][:2], layers[0])
        self.no_temporaries()
        self.assertTrue(self.has_file(rows["ignores"]["id"], "/all/stays"))
        # That file is BuildKit's.
        self.assertEqual(self.has_file(rows["ignores"]["id"], "/all/content"),
                         "Step 1/" in self.said)

    def test_classic(self):
        self.use_cli("system")
        self.builds(DOCKER_BUILDKIT="0")
        self.assertIn("Step 1/", self.said)

    def test_buildkit(self):
        """docker before 23 is told to use it; later ones have it by a plugin."""
        self.use_cli("system")
        if self.version >= 23:
            self.use_buildx()
        self.builds()
        self.assertNotIn("Step 1/", self.said)

    def test_trixie(self):
        self.use_cli("trixie")
        self.builds()

    def test_newest(self):
        self.use_cli("newest")
        self.builds()
