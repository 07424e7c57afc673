# SPDX-License-Identifier: Apache-2.0
"""docker hygiene base status on a real Podman: digests and names of its own ways."""

import os

from bed import archive, oci, podman
from bed.runner import only
from basecase import Case, layer

OTHER = "arm64" if archive.architecture() == "amd64" else "amd64"
MINE = archive.architecture()


@only("system")
class OnPodman(Case):
    podman = None

    @classmethod
    def setUpClass(cls):
        podman.for_class(cls)

    def setUp(self):
        super().setUp()
        self.user.host = self.podman.host
        self.podman.run("rmi", "--all", "--force")

    def pull(self, reference, account=None):
        self.podman.run("pull", "--tls-verify=false", reference)

    def test_fresh_then_stale(self):
        reference, digest = self.push("app", "a")
        self.pull(reference)
        row = self.assertStatus(self.status(), reference, "fresh")
        self.assertEqual(row["remote_digest"], digest)
        self.push("app", "b")
        self.assertStatus(self.status(), reference, "stale")

    def test_only_another_platform_changed(self):
        reference, _, _ = self.push_index("app", **{MINE: ["a"], OTHER: ["x"]})
        self.pull(reference)
        self.assertStatus(self.status(), reference, "fresh")
        # Podman has the digests of the index and of our manifest in it: that one is still there.
        self.push_index("app", **{MINE: ["a"], OTHER: ["y"]})
        self.assertStatus(self.status(), reference, "fresh")
        self.push_index("app", **{MINE: ["b"], OTHER: ["y"]})
        self.assertStatus(self.status(), reference, "stale")

    def test_built_here(self):
        base, _ = self.push("base", "a")
        self.pull(base)
        folder = self.user.path("context")
        os.mkdir(folder)
        self.user.write("context/Dockerfile", "FROM %s\nCOPY Dockerfile /\n" % base)
        self.podman.run("build", "-q", "-t", "app:1", folder)
        row = self.assertStatus(self.status(), "localhost/app:1", "local-only", "fresh")
        self.assertEqual(row["base"]["name"], base)
        oci.Pusher(self.host).image(self.repository("base")[0], [layer("b")], "1")
        self.assertStatus(self.status(), "localhost/app:1", "local-only", "stale")

    def test_gone(self):
        reference, digest = self.push("app", "a")
        self.pull(reference)
        self.pusher.delete(self.repository("app")[0], digest)
        self.assertStatus(self.status(), reference, "local-only")
