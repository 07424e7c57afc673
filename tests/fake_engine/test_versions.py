# SPDX-License-Identifier: Apache-2.0
"""Every shape of answer that engines give, from API 1.40 to newer than known."""

import json

from fakecase import KINDS, Case, Litter
from world import World


class Versions(Case):
    def test_default_prune(self):
        for api, store in KINDS:
            with self.subTest(api=api, store=store):
                litter = Litter(api=api, store=store)
                fake = self.engine(litter.world)
                goes = litter.goes()
                before = litter.world.layers_size()
                planned = self.plan()
                self.assertEqual(self.removals(planned["planned"]), goes)
                self.untouched(fake)
                done = self.prune()
                self.assertEqual(self.removals(done["removed"]), goes)
                self.assertEqual(set(litter.world.containers),
                                 {litter.running.id, litter.young.id})
                self.assertEqual(set(litter.world.images), {litter.base.id, litter.app.id})
                freed = before - litter.world.layers_size()
                self.assertEqual(done["reclaimed_bytes"], freed)
                self.assertLessEqual(planned["reclaimable_bytes_min"], freed)
                self.assertGreaterEqual(planned["reclaimable_bytes"], freed)

    def test_everything(self):
        for api, store in KINDS:
            with self.subTest(api=api, store=store):
                litter = Litter(api=api, store=store)
                self.engine(litter.world)
                self.prune("--containers", "--images", "--volumes=all", "--networks",
                           "--build-cache", "--all")
                world = litter.world
                self.assertEqual(set(world.images), {litter.base.id})
                self.assertEqual(set(world.volumes), {"used"})
                self.assertEqual(set(world.networks), world.builtin)
                self.assertEqual(len(world.cache), 1)

    def test_requests_carry_the_agreed_version(self):
        for api, asked in (("1.41", (1, 41)), ("1.52", (1, 52)), ("1.56", (1, 56)),
                           ("1.70", (1, 56))):
            with self.subTest(api):
                fake = self.engine(Litter(api=api, minimum="1.24").world)
                self.prune()
                versions = {row.version for row in fake.requests if row.path != "/_ping"}
                self.assertEqual(versions, {asked})

    def test_pinned_version(self):
        fake = self.engine(Litter(api="1.52").world)
        self.plan(env={"DOCKER_API_VERSION": "1.43"})
        self.assertEqual({row.version for row in fake.requests if row.path != "/_ping"}, {(1, 43)})

    def test_too_old_engine(self):
        for api in ("1.39", "1.12"):
            with self.subTest(api):
                fake = self.engine(Litter(api=api).world)
                self.assertOneLine(self.run_prune("--yes"), 1, api, "1.40")
                self.untouched(fake)

    def test_too_new_engine(self):
        """One that no longer speaks any version that we know."""
        fake = self.engine(Litter(api="1.90", minimum="1.80").world)
        self.assertOneLine(self.run_prune("--yes"), 1, "1.80")
        self.untouched(fake)

    def test_usage(self):
        for api, store in KINDS:
            with self.subTest(api=api, store=store):
                fake = self.engine(Litter(api=api, store=store).world)
                result = self.user.run("usage", "--format", "json")
                self.assertEqual(result.status, 0, result)
                self.assertIn("app:1", json.dumps(result.json))
                self.untouched(fake)


class Podman(Case):
    def test_containers_and_images(self):
        litter = Litter(api="1.41", podman=True, minimum="1.24")
        self.engine(litter.world)
        done = self.prune()
        self.assertEqual(self.removals(done["removed"]), litter.goes())

    def test_build_cache_is_refused(self):
        """Podman keeps none: what was asked for cannot be done, and is not passed over."""
        litter = Litter(api="1.41", podman=True, minimum="1.24")
        fake = self.engine(litter.world)
        result = self.run_prune("--yes", "--build-cache")
        self.assertIn("podman", result.err.lower())
        self.untouched(fake)


    def podman(self, libpod="4.3.1"):
        litter = Litter(api="1.41", podman=True, minimum="1.24")
        litter.world.libpod = libpod
        return litter, self.engine(litter.world)

    def test_each_version_removes_no_more_than_planned(self):
        """Before 4.6 Docker's call takes parents along; from then on it is the one to use."""
        for libpod, path in (("4.3.1", "/libpod/images/remove"), ("4.5.1", "/libpod/images/remove"),
                             ("4.6.0", "/images/"), ("5.8.2", "/images/"), ("10.0", "/images/")):
            with self.subTest(libpod=libpod):
                litter, fake = self.podman(libpod)
                parent = litter.world.image(labels={"keep": "me"}, tagged=90000)
                child = litter.world.image(parent=parent, tagged=90000)
                done = self.prune("--images", "--keep", "label=keep")
                self.assertIn(child.id, [row["id"] for row in done["removed"]])
                self.assertIn(parent.id, litter.world.images)
                for row in fake.changing():
                    self.assertTrue(row.path.startswith(path), row.path)

    def test_old_ones_prune_no_images(self):
        for libpod in ("3.4.4", "4.2.1", "unknown"):
            with self.subTest(libpod=libpod):
                litter, fake = self.podman(libpod)
                self.assertOneLine(self.run_prune("--yes"), 1, "podman before 4.3", "--containers")
                self.untouched(fake)
                gone = {one for one in litter.goes() if one[0] == "container"}
                done = self.prune("--containers")
                self.assertEqual(self.removals(done["removed"]), gone)

    def test_parts_of_pods_and_containers_of_other_tools_stay(self):
        litter, _ = self.podman()
        world = litter.world
        loose = world.image(tagged=90000)
        infra = world.container(litter.base, name="0123456789ab-infra", ended=90000)
        infra.pod = "web"
        working = world.container(loose, name="working", ended=90000)
        working.outside = True
        done = self.prune()
        kept = {row["id"]: row["reason"] for row in done["kept"]}
        self.assertIn("pod web", kept[infra.id])
        self.assertIn("buildah", kept[working.id])
        self.assertIn("working", kept[loose.id])
        self.assertLessEqual({infra.id, working.id}, set(world.containers))
        self.assertIn(loose.id, world.images)

    def test_without_its_own_list_nothing_is_done(self):
        """Which containers are parts of pods is told nowhere else."""
        _, fake = self.podman()
        fake.on("GET", "/libpod/containers/json").answer(404, {"message": "page not found"})
        self.assertOneLine(self.run_prune("--yes"), 1, "podman's container list")
        self.untouched(fake)

    def test_answers_that_cannot_be_read(self):
        """What became of the image is looked up then."""
        for body in (b"{", {"Errors": None}, {"ExitCode": "0"}, {"ExitCode": 0, "Errors": ["no"]}):
            with self.subTest(body=body):
                litter, fake = self.podman()
                fake.on("DELETE", "/libpod/images/remove").answer(200, body)
                done = self.prune("--images", status=1)
                self.assertEqual(done["removed"], [])
                self.assertTrue(done["failed"])


class Shapes(Case):
    """Oddities of single answers."""

    def test_dangling_in_every_spelling(self):
        for tags, digests in ((None, None), ([], []), (["<none>:<none>"], ["<none>@<none>"]),
                              ([], ["<none>@<none>"]), (None, [])):
            with self.subTest(tags=tags, digests=digests):
                world = World(api="1.41")
                image = world.image(tagged=90000)
                fake = self.engine(world)
                row = {"Id": image.id, "RepoTags": tags, "RepoDigests": digests, "Created": 1,
                       "Size": 1000, "SharedSize": -1, "VirtualSize": 1000, "Labels": None,
                       "Containers": -1, "ParentId": ""}
                fake.on("GET", "/images/json").answer(200, [row])
                self.assertEqual(self.removals(self.plan()["planned"]), {("image", image.id)})

    def test_unknown_keys_and_null_lists(self):
        world = World(api="1.52")
        fake = self.engine(world)
        fake.on("GET", "/containers/json").answer(200, b"null")
        fake.on("GET", "/images/json").answer(200, [])
        self.assertEqual(self.plan()["planned"], [])

    def test_container_states_that_we_do_not_know(self):
        world = World()
        image = world.image("a:1")
        for state in ("removing", "stopping", "checkpointed", "", "restarting", "paused"):
            world.container(image, state=state)
        dead = world.container(image, state="dead")
        self.engine(world)
        self.assertEqual(self.removals(self.plan()["planned"]), {("container", dead.id)})

    def test_image_mounts_are_uses(self):
        """A container mounts an image that it does not run (1.48)."""
        world = World(api="1.48", store="containerd")
        base = world.image("base:1")
        world.image("tools:1", tagged=90000)
        by_digest = world.image(tagged=90000, digests=[])
        world.container(base, state="running", mounts=[("image", "tools:1", "/tools"),
                                                       ("image", by_digest.id, "/other")])
        unused = world.image("unused:1", tagged=90000)
        self.engine(world)
        self.assertEqual(self.removals(self.plan("--all")["planned"]), {("image", unused.id)})

    def test_container_of_an_image_that_is_gone(self):
        world = World()
        box = world.container("sha256:" + "0" * 64)
        self.engine(world)
        self.assertEqual(self.removals(self.plan()["planned"]), {("container", box.id)})

    def test_references_by_digest_alone(self):
        """Pulled by digest: no tag, so docker counts and prunes it as dangling, and so do we."""
        world = World()
        image = world.image(digests=["repo@sha256:" + "1" * 64], tagged=90000)
        self.engine(world)
        self.assertEqual(self.plan("--keep", "repo*")["planned"], [])
        done = self.prune()
        self.assertEqual(self.removals(done["removed"]), {("image", image.id)})
        self.assertEqual(world.images, {})
