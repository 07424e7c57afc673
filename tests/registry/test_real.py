# SPDX-License-Identifier: Apache-2.0
"""What the registry client reads from real registries, against skopeo and crane."""

import hashlib
import json
import os
import random
import shutil
import subprocess
import tempfile
import unittest

from clientcase import ClientCase

from bed import oci, parts, tls  # noqa: E402
from bed.registry import READ_ONLY, Registry, files_in  # noqa: E402

DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_IMAGE = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
# Documentation's own: nobody's, and no loopback.
OUTSIDE = "203.0.113.7"
SHARED = {}


def setUpModule():  # pylint: disable=invalid-name
    try:
        parts.part("registry")
    except parts.Missing as why:
        raise unittest.SkipTest(str(why)) from why
    SHARED["folder"] = tempfile.mkdtemp(prefix="dh-real-")
    SHARED["registry"] = Registry(counts=True, settings=files_in(SHARED["folder"]))
    SHARED["registry"].start()


def tearDownModule():  # pylint: disable=invalid-name
    if "registry" in SHARED:
        SHARED.pop("registry").end()
        shutil.rmtree(SHARED.pop("folder"), ignore_errors=True)


def run(*argv):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                          check=False)
    if done.returncode:
        raise AssertionError("%s: %s" % (" ".join(argv), done.stderr.decode()))
    return done.stdout


class Oracles:
    """The same questions, of the peers."""

    def __init__(self, test):
        try:
            self.skopeo = parts.part("skopeo")["path"]
            self.crane = parts.part("crane")["path"]
        except parts.Missing as why:
            test.skipTest(str(why))

    def raw_digest(self, reference):
        return oci.digest_of(run(self.skopeo, "inspect", "--raw", "--tls-verify=false",
                                 "docker://" + reference))

    def digest(self, reference, *more):
        return run(self.crane, "digest", *more, reference).decode().strip()

    def tags(self, name):
        return (run(self.crane, "ls", name).decode().split(),
                json.loads(run(self.skopeo, "list-tags", "--tls-verify=false",
                               "docker://" + name))["Tags"])

    def label_of(self, reference, platform):
        """The label of the image that skopeo takes from an index."""
        system, arch, variant = (platform.split("/") + [""])[:3]
        told = run(self.skopeo, "--override-os", system, "--override-arch", arch,
                   *(["--override-variant", variant] if variant else []), "inspect", "--no-tags",
                   "--tls-verify=false", "docker://" + reference)
        return json.loads(told)["Labels"]["child"]


class Images:
    """Images and indexes of either kind, put into one repository."""

    def __init__(self, registry, repository):
        self.pusher = oci.Pusher(registry.host)
        self.repository = repository
        self.name = registry.host + "/" + repository
        self.docker = False

    def image(self, label, platform="linux/amd64", tag=None, **more):
        system, arch, variant = (platform.split("/") + [None])[:3]
        config = {"architecture": arch, "os": system, "config": {"Labels": {"child": label}},
                  "rootfs": {"type": "layers", "diff_ids": []}, "history": []}
        if variant:
            config["variant"] = variant
        place = dict(self.pusher.blob(self.repository, json.dumps(config).encode()),
                     mediaType=DOCKER_CONFIG if self.docker else oci.CONFIG)
        made = self.put(dict({"schemaVersion": 2,
                              "mediaType": DOCKER_IMAGE if self.docker else oci.MANIFEST,
                              "config": place, "layers": []}, **more), tag)
        return dict(made, platform=dict({"os": system, "architecture": arch},
                                        **({"variant": variant} if variant else {})))

    def put(self, content, tag=None):
        return self.pusher.manifest(self.repository, content, tag)

    def index(self, children, tag=None):
        return self.put({"schemaVersion": 2,
                         "mediaType": DOCKER_LIST if self.docker else oci.INDEX,
                         "manifests": children}, tag)


class RealCase(ClientCase):
    number = 0

    def setUp(self):
        super().setUp()
        self.registry = SHARED["registry"]
        RealCase.number += 1
        self.images = self.images_at("t%d/app" % RealCase.number)
        self.addCleanup(self.images.pusher.connection.close)

    def images_at(self, repository):
        return Images(self.registry, repository)


class Digests(RealCase):
    def kinds(self):
        """A reference by tag, and its digest, for each kind of manifest."""
        for docker in (False, True):
            self.images.docker = docker
            kind = "docker" if docker else "oci"
            yield kind + "-image", self.images.image(kind, tag=kind + "-image")
            children = [self.images.image(kind + arch, "linux/" + arch)
                        for arch in ("amd64", "s390x")]
            yield kind + "-index", self.images.index(children, kind + "-index")

    def test_equal_to_the_peers(self):
        oracles = Oracles(self)
        for tag, made in list(self.kinds()):
            name = self.images.name
            tagged, pinned = name + ":" + tag, name + "@" + made["digest"]
            told = self.ask("head " + tagged, "get " + tagged, "head " + pinned, "get " + pinned)
            with self.subTest(tag):
                self.assertEqual(told.outcomes, ["ok"] * 4, told)
                self.assertEqual({row["digest"] for row in told.items}, {made["digest"]})
                self.assertEqual({row["type"] for row in told.items}, {made["mediaType"]})
                self.assertEqual({row["size"] for row in told.items}, {made["size"]})
                self.assertEqual(oracles.digest(tagged), made["digest"])
                self.assertEqual(oracles.raw_digest(pinned), made["digest"])

    def test_sha512(self):
        """A blob by another algorithm than the registry's own."""
        data = b"x" * 100000
        digest = "sha512:" + hashlib.sha512(data).hexdigest()
        begun = self.images.pusher.call("POST", "/v2/%s/blobs/uploads/" % self.images.repository)
        place = begun.headers["Location"].split(self.registry.host, 1)[-1]
        self.images.pusher.call("PUT", place + "&digest=" + digest, data,
                                {"Content-Type": "application/octet-stream"})
        told = self.ask("blob %s %s %d" % (self.images.name, digest, len(data)))
        self.assertEqual((told.outcomes, told.items[0]["bytes"]), (["ok"], len(data)), told)

    def test_what_is_not_there(self):
        self.images.image("x", tag="1")
        name, nobody = self.images.name, "sha256:" + "0" * 64
        told = self.ask("head %s:2" % name, "get %s:2" % name, "head %s@%s" % (name, nobody),
                        "get %s/none:1" % name, "tags %s/none" % name)
        self.assertEqual(told.outcomes, ["not-found"] * 5, told)


class Platforms(RealCase):
    """Which child of an index is taken, over a generated set."""

    PLATFORMS = ("linux/amd64", "linux/386", "linux/arm64", "linux/arm64/v8", "linux/arm/v7",
                 "linux/arm/v6", "linux/arm/v5", "linux/ppc64le", "linux/s390x", "linux/riscv64",
                 "windows/amd64")

    def make(self, rng, tag, platforms):
        children = [self.images.image("%s %s" % (tag, name), name) for name in platforms]
        statement = oci.provenance(("x@1", "sha256:" + "0" * 64))
        for child in list(children):
            if rng.random() < 0.5:
                made = self.images.pusher.attestation(self.images.repository, child, statement)
                children.insert(rng.randrange(len(children) + 1), made)
        self.images.index(children, tag)
        return {child["digest"]: name for child, name in zip(
            [c for c in children if c["platform"]["os"] != "unknown"], platforms)}

    def child_of(self, answer, made):
        return made.get(answer["child"]) if answer["child"] else None

    def test_what_is_there(self):
        oracles = Oracles(self)
        rng = random.Random(5)
        for number in range(10):
            self.images.docker = number % 2 == 1
            platforms = rng.sample(self.PLATFORMS, rng.randint(1, 6))
            # These are the same one.
            if "linux/arm64" in platforms and "linux/arm64/v8" in platforms:
                platforms.remove("linux/arm64")
            tag = "i%d" % number
            reference = "%s:%s" % (self.images.name, tag)
            made = self.make(rng, tag, platforms)
            told = self.ask(*("platform %s %s" % (reference, name) for name in self.PLATFORMS))
            for name, answer in zip(self.PLATFORMS, told.items):
                if name in platforms:
                    with self.subTest(reference=tag, platform=name, of=platforms):
                        self.assertEqual(self.child_of(answer, made), name)
            for name in rng.sample(platforms, min(3, len(platforms))):
                with self.subTest(reference=tag, platform=name, of=platforms):
                    answer = told.items[self.PLATFORMS.index(name)]
                    self.assertEqual(oracles.digest(reference, "--platform", name),
                                     answer["child"])
                    self.assertEqual(oracles.label_of(reference, name), "%s %s" % (tag, name))

    def test_what_will_do(self):
        """Not there itself, but one that runs; as skopeo, where it knows."""
        oracles = Oracles(self)
        rows = (
            ("linux/arm/v7", ("linux/arm/v5", "linux/arm/v6"), "linux/arm/v6", True),
            ("linux/arm/v8", ("linux/arm/v5", "linux/arm/v7"), "linux/arm/v7", True),
            ("linux/arm/v6", ("linux/arm/v7", "linux/arm/v5"), "linux/arm/v5", True),
            ("linux/arm64", ("linux/arm/v7", "linux/arm64/v8"), "linux/arm64/v8", True),
            ("linux/arm64/v8", ("linux/arm/v7", "linux/arm64"), "linux/arm64", True),
            ("linux/amd64", ("linux/arm64", "linux/386"), "linux/386", False),
            ("linux/arm64", ("linux/arm/v6", "linux/arm/v7"), "linux/arm/v7", False),
            ("linux/arm/v6", ("linux/arm/v7",), None, False),
            ("linux/s390x", ("linux/amd64", "windows/amd64"), None, False),
            ("windows/amd64", ("linux/amd64",), None, False),
        )
        rng = random.Random(6)
        for number, (want, platforms, best, known) in enumerate(rows):
            tag = "w%d" % number
            reference = "%s:%s" % (self.images.name, tag)
            made = self.make(rng, tag, platforms)
            with self.subTest(want=want, of=platforms):
                told = self.ask("platform %s %s" % (reference, want))
                self.assertEqual(self.child_of(told.items[0], made), best, told)
                if known:
                    self.assertEqual(oracles.label_of(reference, want), "%s %s" % (tag, best))


class Lists(RealCase):
    def test_many_tags(self):
        oracles = Oracles(self)
        made = self.images.image("x", tag="t0")
        data = self.images.pusher.call("GET", "/v2/%s/manifests/t0" % self.images.repository,
                                       headers={"Accept": oci.MANIFEST})
        self.assertEqual(data.headers["Docker-Content-Digest"], made["digest"])
        tags = ["t%d" % number for number in range(250)]
        # A tag is a link in a file; the registry lists those that it finds.
        place = os.path.join(SHARED["folder"], "docker/registry/v2/repositories",
                             self.images.repository, "_manifests", "tags")
        for tag in tags[1:]:
            shutil.copytree(os.path.join(place, "t0"), os.path.join(place, tag))
        told = self.ask("tags " + self.images.name)
        self.assertEqual(told.outcomes, ["ok"], told)
        self.assertEqual(sorted(told.items[0]["tags"]), sorted(tags))
        for peer in oracles.tags(self.images.name):
            self.assertEqual(sorted(peer), sorted(tags))

    def test_referrers_by_their_tag(self):
        """This registry has no such API; clients keep them under a tag."""
        subject = self.images.image("subject", tag="1")
        pinned = "%s@%s" % (self.images.name, subject["digest"])
        # No list at all is what it says: that there are none is not known.
        self.assertEqual(self.ask("referrers " + pinned).outcomes, ["not-found"])
        rows = []
        for kind in ("application/vnd.a", "application/vnd.b", "application/vnd.a"):
            about = {"mediaType": subject["mediaType"], "digest": subject["digest"],
                     "size": subject["size"]}
            made = self.images.image("%s %d" % (kind, len(rows)), subject=about,
                                     artifactType=kind)
            rows.append({"mediaType": made["mediaType"], "digest": made["digest"],
                         "size": made["size"], "artifactType": kind})
        self.images.index(rows, subject["digest"].replace(":", "-"))
        told = self.ask("referrers " + pinned, "referrers %s application/vnd.a" % pinned,
                        "referrers %s application/vnd.c" % pinned)
        self.assertEqual(told.outcomes, ["ok"] * 3, told)
        digests = [row["digest"] for row in rows]
        self.assertEqual([row["parts"] for row in told.items],
                         [digests, [digests[0], digests[2]], []])

    def test_blobs(self):
        oracles = Oracles(self)
        data = random.Random(7).randbytes(3 << 20)
        digest = self.images.pusher.blob(self.images.repository, data)["digest"]
        name = self.images.name
        told = self.ask("blob %s %s %d" % (name, digest, len(data)),
                        "blob %s %s -1" % (name, digest),
                        "blob %s %s %d" % (name, digest, len(data) - 1),
                        "blob %s %s %d" % (name, digest, len(data) + 1),
                        "blob %s sha256:%s 1" % (name, "0" * 64))
        self.assertEqual(told.outcomes[:2] + told.outcomes[4:], ["ok", "ok", "not-found"], told)
        self.assertEqual([row["bytes"] for row in told.items[:2]], [len(data)] * 2)
        self.assertNotIn("ok", told.outcomes[2:4])
        self.assertEqual(run(oracles.crane, "blob", "%s@%s" % (name, digest)), data)


class Deleting(RealCase):
    def test_deleted(self):
        made = self.images.image("x", tag="1")
        self.images.pusher.call("PUT", "/v2/%s/manifests/2" % self.images.repository, run(
            Oracles(self).crane, "manifest", self.images.name + ":1"),
            {"Content-Type": oci.MANIFEST})
        pinned = "%s@%s" % (self.images.name, made["digest"])
        told = self.ask("delete %s:1" % self.images.name)
        self.assertEqual(told.outcomes, ["protocol"], "by its digest, not by a tag")
        self.assertEqual(self.ask("delete " + pinned).outcomes, ["ok"])
        told = self.ask("head " + pinned, "head %s:1" % self.images.name,
                        "head %s:2" % self.images.name, "delete " + pinned)
        self.assertEqual(told.outcomes, ["not-found"] * 4, told)

    def test_where_it_may_not_be(self):
        made = self.images.image("x", tag="1")
        for settings in ({"storage": {"delete": {"enabled": False}}}, READ_ONLY):
            settings = {"storage": dict(files_in(SHARED["folder"])["storage"],
                                        **settings["storage"])}
            with self.subTest(settings), Registry(settings=settings) as other:
                pinned = "%s/%s@%s" % (other.host, self.images.repository, made["digest"])
                told = self.ask("delete " + pinned, "head " + pinned)
                self.assertEqual(told.outcomes, ["unsupported", "ok"], told)


class Probing(RealCase):
    def test_what_takes_nothing(self):
        self.images.image("x", tag="1")
        name = "/" + self.images.repository
        copy = {"proxy": {"remoteurl": "http://" + self.registry.host}}
        still = {"storage": dict(files_in(SHARED["folder"])["storage"], **READ_ONLY["storage"])}
        with Registry(settings=copy) as proxy, Registry(settings=still) as readonly:
            told = self.ask("probe " + self.registry.host + name, "probe " + proxy.host + name,
                            "probe " + readonly.host + name, "head " + proxy.host + name + ":1")
        self.assertEqual([row["push"] for row in told.items[:3]], ["yes", "read-only", "read-only"])
        self.assertEqual([row["cancelled"] for row in told.items[:3]], [True, False, False])
        self.assertEqual(told.items[3]["outcome"], "ok")

    def test_a_copy_whose_source_is_gone(self):
        """What it does not have it calls unknown: its 404 is no proof. What it has it gives."""
        made = self.images.image("x", tag="1")
        source = Registry(settings=files_in(SHARED["folder"]))
        source.start()
        with Registry(settings={"proxy": {"remoteurl": "http://" + source.host}}) as proxy:
            name = "%s/%s" % (proxy.host, self.images.repository)
            self.assertEqual(self.ask("get %s:1" % name).items[0]["digest"], made["digest"])
            source.end()
            told = self.ask("get %s@%s" % (name, made["digest"]), "get %s:2" % name)
            self.assertEqual(told.outcomes[0], "ok", told)
            self.assertNotEqual(told.outcomes[1], "ok", told)


class Loopback(RealCase):
    """Docker's rule: https unverified, else http, on loopback."""

    def test_https_of_nobody(self):
        with tempfile.TemporaryDirectory() as folder:
            pki = tls.Pki(folder)
            settings = {"http": {"tls": {"certificate": pki.server_cert, "key": pki.server_key}},
                        "storage": files_in(SHARED["folder"])["storage"]}
            made = self.images.image("x", tag="1")
            with Registry(settings=settings) as secure:
                port = secure.host.rpartition(":")[2]
                told = self.ask(*("get %s:%s/%s:1" % (host, port, self.images.repository)
                                  for host in ("127.0.0.1", "localhost")))
                self.assertEqual([row["digest"] for row in told.items], [made["digest"]] * 2, told)
                self.assertNotIn("http://", told.err)

    def test_http(self):
        self.images.image("x", tag="1")
        told = self.ask("get %s:1" % self.images.name)
        self.assertEqual(told.outcomes, ["ok"])
        self.assertIn(" http://" + self.registry.host, told.err)


@unittest.skipIf(os.geteuid(), "a network of its own needs root")
class Outside(RealCase):
    """An address that is no loopback, in a network namespace of its own."""

    @classmethod
    def setUpClass(cls):
        cls.net = subprocess.Popen(
            ["unshare", "-n", "sh", "-c", "ip link set lo up && ip addr add %s/32 dev lo && "
             "echo up && exec cat" % OUTSIDE], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        cls.addClassCleanup(cls.end_net)
        if cls.net.stdout.readline() != b"up\n":
            raise unittest.SkipTest("no network namespace with an address can be made here")
        cls.wrap = ["nsenter", "--target", str(cls.net.pid), "--net", "--"]
        cls.folder_of_pki = tempfile.mkdtemp(prefix="dh-pki-")
        cls.addClassCleanup(shutil.rmtree, cls.folder_of_pki)
        cls.pki = tls.Pki(cls.folder_of_pki)
        cls.pki.sign(cls.pki.server_cert, cls.pki.server_key, "outside",
                     "subjectAltName=IP:%s\nextendedKeyUsage=serverAuth\n" % OUTSIDE)

    @classmethod
    def end_net(cls):
        cls.net.stdin.close()
        cls.net.stdout.close()
        cls.net.wait(20)

    def serve(self, port, **more):
        """A registry out there that knows what was put into the shared one."""
        secure = {"certificate": self.pki.server_cert, "key": self.pki.server_key}
        settings = {"http": {"addr": "%s:%d" % (OUTSIDE, port), "tls": dict(secure, **more)},
                    "storage": files_in(SHARED["folder"])["storage"]}
        return self.begin(settings)

    def begin(self, settings):
        registry = Registry(settings=settings, wrap=self.wrap)
        self.addCleanup(registry.end)
        registry.start()
        return "%s/%s:1" % (registry.host, self.images.repository)

    def certs(self, reference, **files):
        folder = os.path.join(self.folder, "certs.d", reference.split("/")[0])
        os.makedirs(folder, exist_ok=True)
        for name, path in files.items():
            shutil.copy(path, os.path.join(folder, name.replace("_", ".")))

    def get(self, reference):
        return self.ask("get " + reference, wrap=self.wrap).items[0]

    def test_roots(self):
        made = self.images.image("x", tag="1")
        reference = self.serve(5443)
        answer = self.get(reference)
        self.assertEqual(answer["outcome"], "unreachable")
        self.assertIn("certificate", answer["error"])
        with tempfile.TemporaryDirectory() as folder:
            self.certs(reference, ca_crt=tls.Pki(folder, "other").ca)
            self.assertEqual(self.get(reference)["outcome"], "unreachable")
        self.certs(reference, more_crt=self.pki.ca)
        self.assertEqual(self.get(reference)["digest"], made["digest"], "beside the other one")

    def test_roots_of_another_registry(self):
        self.images.image("x", tag="1")
        reference = self.serve(5444)
        self.certs(reference.replace("5444", "5445"), ca_crt=self.pki.ca)
        self.assertEqual(self.get(reference)["outcome"], "unreachable")

    def test_client_certificate(self):
        made = self.images.image("x", tag="1")
        reference = self.serve(5446, clientcas=[self.pki.ca])
        self.certs(reference, ca_crt=self.pki.ca)
        self.assertEqual(self.get(reference)["outcome"], "unreachable")
        self.certs(reference, me_cert=self.pki.cert)
        answer = self.get(reference)
        self.assertEqual(answer["outcome"], "unreachable")
        self.assertIn("me.key", answer["error"], "one without the other")
        self.certs(reference, me_key=self.pki.key)
        self.assertEqual(self.get(reference)["digest"], made["digest"])

    def test_never_plain(self):
        self.images.image("x", tag="1")
        reference = self.begin({"http": {"addr": OUTSIDE + ":5447"},
                                "storage": files_in(SHARED["folder"])["storage"]})
        told = self.ask("get " + reference, wrap=self.wrap)
        self.assertEqual(told.outcomes, ["unreachable"], told)
        self.assertNotIn("http://", told.err)


if __name__ == "__main__":
    unittest.main()
