# SPDX-License-Identifier: Apache-2.0
"""Podman's Docker-compatible socket, of a real Podman on storage of its own.

What goes and what stays is asked of Podman's own command line, not of the socket under test.
"""

from bed import archive, podman
from bed.program import User
from bed.runner import only
from case import Case, bare


# Once is enough: these tests do not use the engine of the run.
@only("system")
class PodmanCase(Case):
    """One test on the Podman of this module, which is empty when it starts."""

    podman = None

    @classmethod
    def setUpClass(cls):
        podman.for_class(cls)

    def setUp(self):
        self.engine = self.podman
        self.api = self.podman.api
        self.podman.run("pod", "rm", "--all", "--force")
        # One that shares another's network goes first, which --all does not see to.
        for row in reversed(self.podman.rows("ps", "--all")):
            self.podman.run("rm", "--force", "--ignore", "--depend", "--volumes", row["Id"])
        self.podman.run("rmi", "--all", "--force")
        self.podman.run("volume", "prune", "--force")
        self.podman.run("network", "prune", "--force")
        self.user = User(self.podman.host)
        self.addCleanup(self.user.end)

    @property
    def containerd(self):
        return False

    def load(self, *images):
        """IDs as Podman has them: those of the configurations."""
        self.api.load(archive.archive(images))
        return [image.id for image in images]

    def held(self):
        """{kind: what Podman says that it holds}; intermediate images included."""
        podman = self.podman
        return {
            "container": {row["Id"] for row in podman.rows("ps", "--all", "--external")},
            "image": {row["Id"] for row in podman.rows("images", "--all")},
            "volume": {row["Name"] for row in podman.rows("volume", "ls")},
            "network": {row["id"] for row in podman.rows("network", "ls")},
        }

    def plan_and_prune(self, *args, older="0"):
        """Dry run, then the same for real; what Podman lacks afterwards is what was planned."""
        before = self.held()
        planned = self.plan(*args, older=older)
        self.assertEqual(self.held(), before, "a dry run changed things")
        done = self.prune(*args, older=older)
        after = self.held()
        gone = {(kind, one) for kind, ids in before.items() for one in ids - after[kind]}
        self.assertEqual(gone, self.removals(planned["planned"]), planned)
        self.assertEqual(self.rows(done["removed"]), self.rows(planned["planned"]))
        self.assertEqual((done["failed"], done["skipped"]), ([], []))
        return planned, done

    def plan(self, *args, older="0", status=0, **run):
        result = self.user.run("prune", "--dry-run", "--format", "json", "--older-than", older,
                               *args, **run)
        self.assertEqual(result.status, status, result)
        return result.json


class Kinds(PodmanCase):
    def test_stopped_containers_and_dangling_images(self):
        base = self.base()
        ended = self.api.run("bb:1", name="ended")
        created = self.api.create("bb:1", name="created")
        running = self.api.create("bb:1", ["sleep", "1000"], name="running")
        self.api.start(running)
        loose = self.dangling(3)
        tagged = self.tagged("app:1")
        self.api.create_volume("data")
        planned, done = self.plan_and_prune()
        self.assertEqual(self.removals(planned["planned"]),
                         {("container", ended), ("container", created)} |
                         {("image", bare(one)) for one in loose})
        left = self.held()
        self.assertEqual(left["container"], {running})
        self.assertEqual(left["image"], {bare(base), bare(tagged)})
        self.assertEqual(done["reclaimed_bytes"], planned["reclaimable_bytes"])

    def test_grace_counts_from_the_stop(self):
        self.base()
        ended = self.api.run("bb:1")
        self.assertKept(self.plan(older="1h"), ended, "younger than 1h")

    def test_all_images_with_their_tags(self):
        base = self.base()
        holder = self.api.create("bb:1")
        unused = self.tagged(["app:1", "app:2", "other.example/app:3"])
        single = self.tagged("lone:1")
        planned, _ = self.plan_and_prune("--images", "--all")
        self.assertGoes(planned, "image", unused, single)
        self.assertKept(planned, base, "used by container", "created")
        self.assertEqual(self.held()["container"], {holder})

    def test_volumes(self):
        self.base()
        self.api.create_volume("named")
        self.api.create_volume("wanted")
        anonymous = self.api.create_volume()
        self.podman.run("create", "--name", "holder", "--volume", "wanted:/w", "localhost/bb:1")
        planned, _ = self.plan_and_prune("--volumes")
        self.assertEqual(self.removals(planned["planned"]), {("volume", anonymous)})
        planned, _ = self.plan_and_prune("--volumes=all")
        self.assertEqual(self.removals(planned["planned"]), {("volume", "named")})
        self.assertEqual(self.held()["volume"], {"wanted"})

    def test_networks(self):
        self.base()
        unused = self.api.create_network("unused")
        wanted = self.api.create_network("wanted")
        self.podman.run("create", "--network", "wanted", "localhost/bb:1")
        planned, _ = self.plan_and_prune("--networks")
        self.assertEqual(self.removals(planned["planned"]), {("network", unused)})
        names = {row["name"] for row in self.podman.rows("network", "ls")}
        self.assertEqual(names, {"podman", "wanted"})
        self.assertIn(wanted, self.held()["network"])

    def test_build_cache_is_refused(self):
        self.base()
        ended = self.api.run("bb:1")
        result = self.user.run("prune", "--yes", "--containers", "--build-cache")
        self.assertOneLine(result, 1, "podman has no build cache", "leave --build-cache out")
        self.assertEqual(self.held()["container"], {ended})

    def test_usage(self):
        self.base()
        self.api.run("bb:1", name="ended")
        self.tagged("app:1", size=5000)
        result = self.user.run("usage")
        self.assertEqual(result.status, 0, result)
        for word in ("localhost/bb:1", "localhost/app:1", "ended"):
            self.assertIn(word, result.out)
        self.assertEqual(self.user.run("usage", "--format", "json").status, 0)


class OnlyPodman(PodmanCase):
    def test_pods_stay_whole(self):
        """A pod's own container is a stopped container like others to Docker's API."""
        self.base()
        for pod in ("rests", "runs"):
            self.podman.run("pod", "create", "--name", pod, "--network", "none", "--infra-image",
                            "localhost/bb:1", "--infra-command", "sleep 1000")
            self.podman.run("create", "--pod", pod, "--name", "in-" + pod, "localhost/bb:1", "true")
        self.podman.run("start", "in-runs")
        self.podman.run("wait", "in-runs")
        alone = self.api.run("bb:1")
        planned, _ = self.plan_and_prune("--containers")
        self.assertEqual(self.removals(planned["planned"]), {("container", alone)})
        rows = self.podman.rows("ps", "--all")
        self.assertEqual(len(rows), 4)
        for row in rows:
            if row["State"] != "running":
                self.assertKept(planned, row["Id"], "part of pod", row["PodName"])

    def test_parents_stay_that_were_not_planned(self):
        """Podman 4.3 to 4.5 ignores noprune of Docker's call and removes parents along."""
        layers = [archive.layer(1000, ("family", number)) for number in range(2)]
        parent = archive.Image(layers[:1], labels={"keep": "me"})
        child = archive.Image(layers, parent=parent)
        self.load(parent, child)
        rows = {bare(row["Id"]): bare(row["ParentId"] or "") for row in self.api.images(True)}
        self.assertEqual(rows[bare(child.id)], bare(parent.id), "Podman sees no family")
        planned, _ = self.plan_and_prune("--images", "--keep", "label=keep")
        self.assertGoes(planned, "image", child.id)
        self.assertEqual(self.held()["image"], {bare(parent.id)})

    def test_families_go_children_first(self):
        layers = [archive.layer(1000, ("line", number)) for number in range(3)]
        first = archive.Image(layers[:1])
        second = archive.Image(layers[:2], parent=first)
        third = archive.Image(layers, parent=second)
        self.load(first, second, third)
        planned, _ = self.plan_and_prune("--images")
        self.assertEqual([bare(row["id"]) for row in planned["planned"]],
                         [bare(one.id) for one in (third, second, first)])
        self.assertEqual(self.held()["image"], set())

    def test_dependent_containers_are_no_failure(self):
        """Podman refuses, with a status of its own, what another container shares."""
        self.base()
        shared = self.api.create("bb:1", name="shared", labels={"go": "1"})
        self.podman.run("create", "--network", "container:shared", "localhost/bb:1")
        done = self.prune("--containers", "--filter", "label=go")
        self.assertEqual(self.ids(done["skipped"], "container"), {shared})
        self.assertIn("in use", self.row(done["skipped"], shared)["reason"])
        self.assertEqual(done["failed"], [])

    def test_a_use_that_left_nothing_is_seen_in_the_events(self):
        """Podman keeps no time of the last tag or pull; its events tell what was used."""
        unused = self.tagged("old:1")
        tagged = self.tagged("new:1")
        self.api.tag("localhost/new:1", "localhost/newer", "1")
        used = self.base()
        self.podman.run("run", "--rm", "--network", "none", "localhost/bb:1", "true")
        planned = self.plan("--images", "--all", older="1h")
        self.assertGoes(planned, "image", unused)
        self.assertKept(planned, used, "younger than 1h", "last used")
        self.assertKept(planned, tagged, "younger than 1h")

    def test_plans_find_their_engine_again(self):
        """Podman makes up a new ID with every answer."""
        self.base()
        ended = self.api.run("bb:1")
        after = self.user.path("plan.json")
        result = self.user.run("prune", "--older-than", "0", "--save-plan", after)
        self.assertEqual(result.status, 0, result)
        later = self.api.run("bb:1")
        result = self.user.run("prune", "--apply", after, "--yes", "--format", "json")
        self.assertEqual(result.status, 0, result)
        self.assertEqual(self.ids(result.json["removed"], "container"), {ended})
        self.assertEqual(self.held()["container"], {later})

    def test_tagged_since_the_plan(self):
        loose = self.dangling(2)
        plan = self.user.path("plan.json")
        self.assertEqual(self.user.run("prune", "--older-than", "0", "--save-plan", plan).status, 0)
        self.api.tag(loose[0], "rescued", "1")
        result = self.user.run("prune", "--apply", plan, "--yes", "--format", "json")
        self.assertEqual(result.status, 0, result)
        self.assertEqual(self.held()["image"], {bare(loose[0])})
