# SPDX-License-Identifier: Apache-2.0
"""Clients of every kind with the helper: a person's pull works, the same person's push is stopped
with a text that says why, CI's goes through, and what only reads from the gated registry is never
broken, wherever it pushes to. With registries with passwords and with tokens, by credsStore and by
credHelpers."""

import json
import os
import subprocess
import sys
import tarfile
import unittest

import gatecase
from gatecase import (IMAGE, JENKINS, NOT_FOUND, PULL_SECRET, PULLER, PUSH_SECRET, PUSHER,
                      GateCase)
from bed import parts
from bed.podman import Podman

HERE = os.path.dirname(os.path.abspath(__file__))
KINDS = ("token", "htpasswd")
BUILDKIT = {"DOCKER_BUILDKIT": "1"}
WHY = "(no CI's variables are set"


def setUpModule():  # pylint: disable=invalid-name
    gatecase.up()


def tearDownModule():  # pylint: disable=invalid-name
    gatecase.down()


class Case(GateCase):
    """self.registry is gated, self.elsewhere is not, and the person may push there."""

    def setUp(self):
        super().setUp()
        self.docker, _ = self.cli("newest")

    def meet(self, kind, helpers=False):
        """helpers: the helper is set for these registries, not for all."""
        self.registry = gatecase.SHARED[kind]
        self.elsewhere = gatecase.SHARED[KINDS[1 - KINDS.index(kind)]]
        person = self.person
        person.policy({"gates": {"jenkins": {"env": {"vendors": ["jenkins"]}}},
                       "registries": [{"match": self.registry.host, "ci": ["jenkins"]}]})
        self.for_these = {"credHelpers": {self.registry.host: "pushgate",
                                          self.elsewhere.host: "pushgate"}}
        person.write(".docker/config.json",
                     self.for_these if helpers else {"credsStore": "pushgate"})
        self.login(person, self.docker, self.registry, PUSHER, env=JENKINS)
        self.login(person, self.docker, self.registry, PULLER)
        self.login(person, self.docker, self.elsewhere, PUSHER)
        self.base = self.tag(person, self.docker, self.registry, "prod/base:1")
        if not self.registry.has("prod/base", "1", PUSHER):
            self.good(person.run(self.docker, "push", self.base, env=JENKINS))
        self.good(person.run(self.docker, "rmi", self.base))

    def each(self, journey):
        """With each kind of registry, and each way of naming the helper."""
        for kind in KINDS:
            with self.subTest(registry=kind):
                self.meet(kind, helpers=kind == "htpasswd")
                journey(kind)

    def there(self, name):
        """A reference below the gated registry."""
        return "%s/prod/%s:1" % (self.registry.host, name)

    def here(self, name):
        """One that a person may push to."""
        return "%s/%s:1" % (self.elsewhere.host, name)

    def pushed(self, registry, reference):
        return registry.has(reference.split("/", 1)[1].rsplit(":", 1)[0], "1", PUSHER)

    def pushes(self, argv, reference, what, env=None):
        """The command is stopped, and goes through in CI."""
        env = env or {}
        told = self.stopped(self.person.run(*argv, env=env), self.registry, what)
        self.assertIn(WHY, told.err)
        self.assertFalse(self.pushed(self.registry, reference), "nothing got through")
        self.good(self.person.run(*argv, env=dict(env, **JENKINS)))
        self.assertTrue(self.pushed(self.registry, reference), "CI's went through")

    def reads(self, *argv, env=None):
        """The command only reads from the gated registry: it works, and has nothing to hear."""
        told = self.good(self.person.run(*argv, env=env))
        self.assertNotIn("pushgate", told.err)
        return told

    def copies(self, argv, reference, env=None):
        """The same, and what it pushes goes elsewhere."""
        self.reads(*argv, env=env)
        self.assertTrue(self.pushed(self.elsewhere, reference))

    def refused(self, argv, reference, env=None):
        """It is no push that is known to go there, so that it is answered as a pull: the registry
        refuses it, and the line says why."""
        told = self.bad(self.person.run(*argv, env=env))
        self.assertIn("pushgate: %s gets a pull credential, since this is not CI %s"
                      % (self.registry.host, WHY), told.err)
        self.assertNotIn("is stopped", told.err)
        self.assertNotIn(PUSH_SECRET, told.err + told.out)
        self.assertFalse(self.pushed(self.registry, reference))

    def folder(self, name, **files):
        path = os.path.join(self.person.home, name)
        os.makedirs(path, exist_ok=True)
        for file, text in files.items():
            with open(os.path.join(path, file.replace("_", ".")), "w", encoding="utf-8") as out:
                out.write(text)
        return path


class Tools(Case):
    """Programs that speak to registries themselves."""

    def test_skopeo(self):
        skopeo = self.part("skopeo")
        policy = self.person.write("policy.json",
                                   {"default": [{"type": "insecureAcceptAnything"}]})
        def journey(kind):
            # 1.9 does not look at credsStore.
            env = {"REGISTRY_AUTH_FILE": self.person.write("auth.json", self.for_these)}
            base = "docker://" + self.base
            copy = [skopeo, "--policy", policy, "copy", "-q", "--src-tls-verify=false",
                    "--dest-tls-verify=false"]
            self.reads(skopeo, "inspect", "--raw", "--tls-verify=false", base, env=env)
            self.reads(*copy, base, "dir:" + self.folder("layout"), env=env)
            self.pushes(copy + [base, "docker://" + self.there("skopeo")], self.there("skopeo"),
                        "skopeo copy", env)
            self.pushes([skopeo, "--policy", policy, "sync", "--src=docker", "--dest=docker",
                         "--src-tls-verify=false", "--dest-tls-verify=false", self.base,
                         self.registry.host + "/prod/mirror"], self.there("mirror/base"),
                        "skopeo sync", env)
            self.copies(copy + [base, "docker://" + self.here("skopeo-" + kind)],
                        self.here("skopeo-" + kind), env)

        self.each(journey)

    def test_crane(self):
        crane = self.part("crane")
        layer = os.path.join(self.person.home, "layer.tar")
        with tarfile.open(layer, "w") as out:
            out.add(self.folder("content", file_txt="x"), "content")
        image = os.path.join(self.person.home, "image.tar")
        def journey(kind):
            self.reads(crane, "manifest", "--insecure", self.base)
            self.reads(crane, "pull", "--insecure", self.base, image)
            for what, words in (("copy", [self.base, self.there("copy")]),
                                ("push", [image, self.there("push")]),
                                ("append", ["-f", layer, "-b", self.base, "-t",
                                            self.there("append")]),
                                ("mutate", [self.base, "--label", "a=b", "-t",
                                            self.there("mutate")]),
                                ("flatten", [self.base, "-t", self.there("flatten")])):
                self.pushes([crane, what, "--insecure"] + words, self.there(what), "crane " + what)
            self.copies([crane, "copy", "--insecure", self.base, self.here("crane-" + kind)],
                        self.here("crane-" + kind))
            self.copies([crane, "append", "--insecure", "-f", layer, "-b", self.base, "-t",
                         self.here("append-" + kind)], self.here("append-" + kind))

        self.each(journey)

    def test_oras(self):
        oras = self.part("oras")
        file = os.path.join(self.folder("artifact", file_txt="x"), "file.txt")
        plain = ["--plain-http", "--disable-path-validation"]
        both = ["--from-plain-http", "--to-plain-http"]
        def journey(kind):
            self.reads(oras, "manifest", "fetch", "--plain-http", self.base)
            self.pushes([oras, "push"] + plain + [self.there("oras"), file], self.there("oras"),
                        "oras push")
            self.reads(oras, "pull", "--plain-http", "--allow-path-traversal", self.there("oras"))
            self.pushes([oras, "cp"] + both + [self.there("oras"), self.there("copied")],
                        self.there("copied"), "oras copy")
            attach = [oras, "attach", "--artifact-type", "a/b"] + plain + [self.there("oras"), file]
            self.stopped(self.person.run(*attach), self.registry, "oras attach")
            self.good(self.person.run(*attach, env=JENKINS))
            self.copies([oras, "cp"] + both + [self.base, self.here("oras-" + kind)],
                        self.here("oras-" + kind))

        self.each(journey)

class Containers(Case):
    """podman, on a storage of its own."""

    def setUp(self):
        super().setUp()
        try:
            self.podman = Podman()
        except parts.Missing as why:
            self.skipTest(str(why))
        self.addCleanup(self.podman.end)
        self.podman.configure()
        self.person.write(".config/containers/policy.json",
                          {"default": [{"type": "insecureAcceptAnything"}]})
        self.env = {name: self.podman.env[name]
                    for name in ("CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF")}
        self.env["PATH"] = self.person.env["PATH"] + ":" + self.podman.env["PATH"]

    def argv(self, *words):
        return self.podman.argv(*words, "--tls-verify=false", "--authfile", self.auth)

    def test_podman(self):
        def journey(kind):
            self.auth = self.person.write("auth.json", self.for_these)
            self.reads(*self.argv("pull", "-q"), self.base, env=self.env)
            self.pushes(self.argv("push", "-q") + [self.base, self.there("podman")],
                        self.there("podman"), "podman push", self.env)
            self.good(self.person.run(*self.podman.argv("tag", self.base, self.there("named")),
                                      env=self.env))
            self.pushes(self.argv("push", "-q") + [self.there("named")], self.there("named"),
                        "podman push", self.env)
            self.good(self.person.run(*self.podman.argv("rmi", "-a", "-f"), env=self.env))
            built = self.here("podman-" + kind)
            self.reads(*self.argv("build", "-q", "--isolation=chroot", "-t", built),
                       self.folder("build", Containerfile="FROM %s\nLABEL a=b\n" % self.base),
                       env=self.env)
            self.copies(self.argv("push", "-q") + [built], built, self.env)

        self.each(journey)

    def test_login_and_logout(self):
        """They store and erase with the helper that the file names."""
        self.meet("token")
        self.auth = self.person.write("auth.json", self.for_these)
        self.good(self.person.run(self.docker, "logout", self.registry.host))
        host = self.registry.host
        told = self.good(self.person.run(*self.argv("login", "-u", PULLER, "--password-stdin"),
                                         host, env=self.env, stdin=PULL_SECRET))
        self.assertIn("pushgate: stored for pulling from " + host, told.err)
        self.assertEqual(self.good(self.person.get(host)).json["Username"], PULLER)
        asks = self.podman.argv("login", "--authfile", self.auth, "--get-login", host)
        self.assertEqual(self.good(self.person.run(*asks, env=self.env)).out, PULLER + "\n")
        self.good(self.person.run(*self.podman.argv("logout", "--authfile", self.auth, host),
                                  env=self.env))
        self.assertEqual(self.bad(self.person.get(host)).out, NOT_FOUND + "\n")
        with open(self.auth, encoding="utf-8") as kept:
            self.assertNotIn("auths", {key for key, value in json.load(kept).items() if value})


class Plugins(Case):
    """docker's own, which ask the helper themselves: docker is their parent, not the helper's."""

    def setUp(self):
        super().setUp()
        plugins = self.folder(".docker/cli-plugins")
        for name in ("compose", "buildx"):
            os.symlink(self.part(name), os.path.join(plugins, "docker-" + name))

    def context(self, name, kind):
        return self.folder("%s-%s" % (name, kind),
                           Dockerfile="FROM %s\nLABEL kind=%s\n" % (self.base, kind))

    @staticmethod
    def services(context, image):
        with open(os.path.join(context, "compose.yaml"), "w", encoding="utf-8") as out:
            json.dump({"services": {"web": {"image": image, "build": "."}}}, out)

    def test_buildx(self):
        def journey(kind):
            context = self.context("buildx", kind)
            build = [self.docker, "buildx", "build", "-q", "--push", "-t"]
            self.copies(build + [self.here("buildx-" + kind), context],
                        self.here("buildx-" + kind), BUILDKIT)
            self.pushes(build + [self.there("buildx"), context], self.there("buildx"),
                        "docker buildx build", BUILDKIT)
            self.reads(self.docker, "build", "-q", "-t", self.there("kept"), context, env=BUILDKIT)
            told = self.person.run(self.docker, "build", "--push", "-t", self.there("kept"),
                                   context, env=BUILDKIT)
            self.stopped(told, self.registry, "docker buildx build")

        self.each(journey)

    def test_bake(self):
        self.meet("token")
        context = self.context("bake", "token")
        file = os.path.join(context, "bake.json")
        for reference, gated in ((self.here("bake"), False), (self.there("bake"), True)):
            with open(file, "w", encoding="utf-8") as out:
                json.dump({"target": {"default": {"context": context, "tags": [reference]}}}, out)
            bake = [self.docker, "buildx", "bake", "-f", file, "--push"]
            if gated:
                self.refused(bake, reference, BUILDKIT)
                self.good(self.person.run(*bake, env=dict(BUILDKIT, **JENKINS)))
                self.assertTrue(self.pushed(self.registry, reference))
            else:
                self.good(self.person.run(*bake, env=BUILDKIT))
                self.assertTrue(self.pushed(self.elsewhere, reference))

    def test_compose(self):
        def journey(kind):
            context = self.context("compose", kind)
            self.services(context, self.there("compose"))
            compose = [self.docker, "compose", "--project-directory", context]
            # With the classic builder, which lists and gets all there is, and with BuildKit.
            self.reads(*compose, "build", "-q", env=None if kind == "token" else BUILDKIT)
            self.pushes(compose + ["push", "-q"], self.there("compose"), "docker compose push")
            self.good(self.person.run(self.docker, "rmi", self.there("compose")))
            self.reads(*compose, "pull", "-q")

        self.each(journey)

    def test_compose_by_itself(self):
        """As docker-compose, and building with --push, where only the file says what is pushed."""
        self.meet("token")
        alone = [os.path.join(self.person.config, "cli-plugins", "docker-compose"),
                 "--project-directory", self.context("alone", "token")]
        self.services(alone[-1], self.there("alone"))
        self.refused(alone + ["build", "--push"], self.there("alone"), BUILDKIT)
        self.pushes(alone + ["push", "-q"], self.there("alone"), "docker compose push")


class Library(Case):
    """docker-py: nothing says that its caller pushes, so that all it asks is answered as a pull."""

    @staticmethod
    def python():
        """One that has docker-py: the system's, or the one that runs this."""
        for program in (sys.executable, "/usr/bin/python3"):
            done = subprocess.run([program, "-c", "import docker.credentials"], cwd="/",
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            if done.returncode == 0:
                return program
        return None

    def setUp(self):
        super().setUp()
        self.program = self.python()
        if not self.program:
            self.skipTest("docker-py is not installed")

    def call(self, *args, env=None):
        script = os.path.join(HERE, "docker_py.py")
        return self.good(self.person.run(self.program, "-B", script, *args, env=env)).json

    def test_its_store(self):
        self.meet("token")
        self.person.write(".docker/config.json", {})
        self.assertEqual(self.call("store"), {
            "nothing of a name": "CredentialsNotFound",
            "no name at all": "StoreError: no credentials server URL",
            "stored": ["first.example", "u", "s"],
            "stored again": ["first.example", "v", "t"],
            "without a dot": ["py_creds_1a2b", "u", "s"],
            "beyond ASCII": ["registry.example", "üser", "geheim-ж€😀"],
            "listed": {"first.example": "v", "py_creds_1a2b": "u", "registry.example": "üser"},
            "another state": "CredentialsNotFound",
            "erased": "CredentialsNotFound",
            "erased again": None,
        })

    def test_its_client(self):
        def journey(kind):
            reference = self.there("library")
            self.assertEqual(self.call("resolve", self.registry.host)["Username"], PULLER)
            self.assertEqual(self.call("resolve", self.registry.host, env=JENKINS)["Username"],
                             PUSHER)
            self.assertEqual(self.call("pull", self.base), [])
            self.good(self.person.run(self.docker, "tag", IMAGE, reference))
            # With passwords whoever has one may push: only the other kind tells them apart.
            if kind == "token":
                self.assertRegex(" ".join(self.call("push", reference)), "denied")
                self.assertFalse(self.pushed(self.registry, reference))
            self.assertEqual(self.call("push", reference, env=JENKINS), [])
            self.assertTrue(self.pushed(self.registry, reference))

        self.each(journey)


if __name__ == "__main__":
    unittest.main()
