# SPDX-License-Identifier: Apache-2.0
"""Every way to an engine: socket, TLS, ssh, contexts, and Docker's own order of choice."""

import hashlib
import os

from bed.engine import Engine
from bed.parts import Missing
from bed.program import User
from bed.sshd import Sshd
from bed.tls import Pki
from case import Case, SHARED


def context(user, name, host, tls=None, skip=False):
    """A context as `docker context create` writes it."""
    identity = hashlib.sha256(name.encode()).hexdigest()
    folder = os.path.join(user.config, "contexts", "meta", identity)
    os.makedirs(folder)
    user.write(os.path.relpath(os.path.join(folder, "meta.json"), user.home), {
        "Name": name, "Metadata": {}, "Endpoints": {"docker": {"Host": host,
                                                               "SkipTLSVerify": skip}}})
    if tls:
        folder = os.path.join(user.config, "contexts", "tls", identity, "docker")
        os.makedirs(folder)
        for name in ("ca.pem", "cert.pem", "key.pem"):
            os.symlink(os.path.join(tls, name), os.path.join(folder, name))


class Choice(Case):
    """--context, -H, DOCKER_HOST, DOCKER_CONTEXT, currentContext, default."""

    def setUp(self):
        super().setUp()
        self.base()
        self.box = self.api.create("bb:1")
        self.anywhere = User()
        self.addCleanup(self.anywhere.end)
        self.nowhere = "unix://" + self.anywhere.path("nothing.sock")

    def dry_run(self, globals_, env=None, status=0, cli=None):
        argv = self.anywhere.argv(["prune", "--dry-run", "--older-than", "0", "--format", "json"],
                                  cli)
        result = self.anywhere.command(argv[:1] + globals_ + argv[1:], env=env)
        self.assertEqual(result.status, status, result)
        return result

    def reaches(self, globals_, env=None):
        told = self.dry_run(globals_, env).json
        self.assertEqual(self.ids(told["planned"], "container"), {self.box})

    def misses(self, globals_, env=None):
        result = self.dry_run(globals_, env, status=1)
        self.assertOneLine(result, 1)
        return result

    def test_order(self):
        context(self.anywhere, "here", self.engine.host)
        context(self.anywhere, "there", self.nowhere)
        here, there = self.engine.host, self.nowhere
        for number, (globals_, env, good) in enumerate((
                (["--context", "here"], {"DOCKER_HOST": there, "DOCKER_CONTEXT": "there"}, True),
                (["--context", "there"], {"DOCKER_HOST": here}, False),
                (["-c", "here"], {}, True),
                (["-H", here], {"DOCKER_HOST": there, "DOCKER_CONTEXT": "there"}, True),
                (["-H", there], {"DOCKER_HOST": here}, False),
                (["--host=" + here], {}, True),
                ([], {"DOCKER_HOST": here, "DOCKER_CONTEXT": "there"}, True),
                ([], {"DOCKER_CONTEXT": "here"}, True),
                ([], {"DOCKER_CONTEXT": "there"}, False))):
            with self.subTest(number):
                (self.reaches if good else self.misses)(globals_, env)

    def test_current_context(self):
        context(self.anywhere, "here", self.engine.host)
        self.anywhere.write_config({"currentContext": "here"})
        self.reaches([])
        self.misses([], {"DOCKER_HOST": self.nowhere})

    def test_unknown_context(self):
        result = self.dry_run(["--context", "nosuch"], status=1)
        self.assertOneLine(result, 1, "nosuch")

    def test_two_hosts(self):
        result = self.dry_run(["-H", self.engine.host, "-H", self.nowhere], status=125)
        self.assertIn("one", result.err)

    def test_no_engine(self):
        result = self.misses(["-H", self.nowhere])
        self.assertIn("nothing.sock", result.err)

    def test_permission_denied(self):
        os.chmod(self.engine.folder, 0o755)
        os.chmod(self.engine.socket, 0o600)
        self.addCleanup(os.chmod, self.engine.socket, 0o660)
        for folder in (self.anywhere.home, self.anywhere.config):
            os.chmod(folder, 0o755)
        argv = self.anywhere.argv(["prune", "--dry-run"])
        copy = self.anywhere.path("docker-hygiene")
        with open(argv[0], "rb") as program, open(copy, "wb") as out:
            out.write(program.read())
        os.chmod(copy, 0o755)
        result = self.anywhere.command(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", copy, "-H",
             self.engine.host] + argv[1:], env={"XDG_STATE_HOME": "/nonexistent"})
        self.assertOneLine(result, 1, "permission", "sudo")

    def test_through_each_cli(self):
        for name in ("system", "trixie", "newest"):
            with self.subTest(name):
                path = self.cli(name)
                told = self.dry_run(["-H", self.engine.host], cli=path).json
                self.assertEqual(self.ids(told["planned"], "container"), {self.box})

    def test_context_made_by_the_cli(self):
        path = self.cli("newest")
        made = self.anywhere.command([path, "context", "create", "odd name".replace(" ", "-"),
                                      "--docker", "host=" + self.engine.host])
        self.assertEqual(made.status, 0, made)
        self.reaches(["--context", "odd-name"])
        result = self.dry_run(["--context", "odd-name"], cli=path)
        self.assertEqual(self.ids(result.json["planned"], "container"), {self.box})


class Tls(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keys = User()
        cls.addClassCleanup(cls.keys.end)
        cls.pki = Pki(cls.keys.path("pki"))
        cls.other = Pki(cls.keys.path("other"), "other")
        cls.secured = Engine(SHARED["engine"].kind, tls=cls.pki)
        cls.addClassCleanup(cls.secured.end)
        cls.secured.start()

    def dry_run(self, globals_=(), env=None):
        with User() as user:
            argv = user.argv(["prune", "--dry-run", "--format", "json"])
            return user.command(argv[:1] + list(globals_) + argv[1:], env=env)

    def reaches(self, globals_=(), env=None):
        result = self.dry_run(globals_, env)
        self.assertEqual(result.status, 0, result)
        self.assertEqual(result.json["engine_id"], self.secured.api.info()["ID"])

    def test_environment(self):
        self.reaches(env={"DOCKER_HOST": self.secured.tcp, "DOCKER_TLS_VERIFY": "1",
                          "DOCKER_CERT_PATH": self.pki.client})

    def test_options(self):
        self.reaches(["-H", self.secured.tcp, "--tlsverify", "--tlscacert", self.pki.ca,
                      "--tlscert", self.pki.cert, "--tlskey", self.pki.key])
        self.reaches(["-H", self.secured.tcp, "--tls", "--tlscert", self.pki.cert, "--tlskey",
                      self.pki.key])

    def test_context(self):
        with User() as user:
            context(user, "secured", self.secured.tcp, tls=self.pki.client)
            argv = user.argv(["prune", "--dry-run", "--format", "json"])
            result = user.command(argv[:1] + ["--context", "secured"] + argv[1:])
            self.assertEqual(result.status, 0, result)

    def test_mismatches(self):
        """Each is refused with one line that says what."""
        verify = {"DOCKER_HOST": self.secured.tcp, "DOCKER_TLS_VERIFY": "1"}
        for title, env in (
                ("another CA", dict(verify, DOCKER_CERT_PATH=self.other.client)),
                ("no TLS", {"DOCKER_HOST": self.secured.tcp}),
                ("no such folder", dict(verify, DOCKER_CERT_PATH=self.keys.path("none")))):
            with self.subTest(title):
                result = self.dry_run(env=env)
                self.assertEqual(result.out, "")
                self.assertOneLine(result, 1)

    def test_server_of_another_name(self):
        host = self.secured.tcp.replace("127.0.0.1", "127.0.0.2")
        result = self.dry_run(env={"DOCKER_HOST": host, "DOCKER_TLS_VERIFY": "1",
                                   "DOCKER_CERT_PATH": self.pki.client})
        self.assertEqual(result.status, 1, result)

    def test_prune_over_tls(self):
        self.secured.api.wipe()
        self.secured.api.import_layer(b"\0" * 1024)
        with User() as user:
            result = user.run("prune", "--yes", "--older-than", "0", "--format", "json", env={
                "DOCKER_HOST": self.secured.tcp, "DOCKER_TLS_VERIFY": "1",
                "DOCKER_CERT_PATH": self.pki.client})
        self.assertEqual(result.status, 0, result)
        self.assertEqual(len(result.json["removed"]), 1)
        self.assertEqual(self.secured.api.images(), [])


class Ssh(Case):
    def setUp(self):
        super().setUp()
        try:
            self.sshd = Sshd(self.cli("newest"), self.engine.host)
        except Missing as why:
            self.skipTest(str(why))
        self.addCleanup(self.sshd.end)
        self.sshd.start()
        self.base()
        self.env = {"PATH": self.sshd.ssh + ":" + os.environ["PATH"],
                    "DOCKER_HOST": "ssh://root@127.0.0.1"}
        self.far = User()
        self.addCleanup(self.far.end)

    def run_far(self, *args, **env):
        return self.far.run("prune", "--older-than", "0", "--format", "json", *args,
                            env=dict(self.env, **env))

    def test_prune(self):
        boxes = self.api.each(lambda _: self.api.create("bb:1"), range(30))
        result = self.run_far("--yes")
        self.assertEqual(result.status, 0, result)
        self.assertEqual(self.ids(result.json["removed"], "container"), set(boxes))
        commands = self.sshd.commands()
        self.assertTrue(commands)
        for command in commands:
            self.assertIn("system dial-stdio", command)

    def test_context(self):
        box = self.api.create("bb:1")
        context(self.far, "far", "ssh://root@127.0.0.1")
        result = self.run_far("--dry-run", DOCKER_HOST="", DOCKER_CONTEXT="far")
        self.assertEqual(result.status, 0, result)
        self.assertEqual(self.ids(result.json["planned"], "container"), {box})

    def test_free_space_is_asked_for_there(self):
        box = self.api.create("bb:1")
        result = self.run_far("--dry-run", "--containers", "--free", "100%")
        self.assertEqual(result.status, 0, result)
        self.assertEqual(self.ids(result.json["planned"], "container"), {box})
        asked, = [command for command in self.sshd.commands() if "dial-stdio" not in command]
        self.assertIn("df -Pk -- '%s'" % self.engine.data_root, asked)

    def test_free_space_that_cannot_be_asked_for(self):
        fake = os.path.join(self.sshd.folder, "remote", "df")
        with open(fake, "w", encoding="utf-8") as out:
            out.write("#!/bin/sh\necho df: broken >&2\nexit 1\n")
        os.chmod(fake, 0o755)
        result = self.run_far("--dry-run", "--free", "1")
        self.assertEqual(result.status, 1, result)
        self.assertIn("df: broken", result.err)
        self.assertIn("--max-size", result.err)

    def test_host_that_is_an_option(self):
        trace = self.far.path("trace")
        for host in ("ssh://-oProxyCommand=touch%20" + trace, "ssh://-oProxyCommand=touch " + trace,
                     "ssh://x@-oProxyCommand=y"):
            with self.subTest(host):
                result = self.run_far("--dry-run", DOCKER_HOST=host)
                self.assertNotEqual(result.status, 0)
                self.assertFalse(os.path.exists(trace))
                self.assertEqual(self.sshd.commands(), [])

    def test_refused_login(self):
        os.unlink(os.path.join(self.sshd.folder, "authorized_keys"))
        result = self.run_far("--dry-run")
        self.assertEqual(result.status, 1, result)
        self.assertIn("ermission denied", result.err)
        self.assertEqual(result.out, "")

    def test_no_docker_there(self):
        os.unlink(os.path.join(self.sshd.folder, "remote", "docker"))
        os.symlink("/bin/false", os.path.join(self.sshd.folder, "remote", "docker"))
        result = self.run_far("--dry-run")
        self.assertEqual(result.status, 1, result)
        self.assertTrue(result.err.strip())
