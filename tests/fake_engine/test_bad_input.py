# SPDX-License-Identifier: Apache-2.0
"""Bad input: one line that says what and how to mend it, the documented status, nothing touched."""

import os
import socket
import ssl
import threading

from fakecase import Case, Litter  # first: it says where bed is

from bed.http import UnixConnection
from bed.tls import Pki
from fake import Fake

# (arguments, words of the one line)
USAGE = (
    (["--nosuch"], ["--nosuch"]),
    (["--older-tham", "1h"], ["--older-tham", "--older-than"]),
    (["extra"], ["extra"]),
    (["--older-than"], ["--older-than"]),
    (["--older-than", "1 fortnight"], ["fortnight"]),
    (["--older-than", "-1h"], ["-1h"]),
    (["--older-than", "99999999999999d"], ["99999999999999d"]),
    (["--older-than", ""], ["older-than"]),
    (["--max-size", "20XB"], ["20XB"]),
    (["--max-size", "-1GB"], ["-1GB"]),
    (["--free", "120%"], ["120%"]),
    (["--free", "much"], ["much"]),
    (["--keep-last", "many"], ["many"]),
    (["--keep-last", "-1"], ["-1"]),
    (["--keep", ""], ["keep"]),
    (["--filter", "until=24h"], ["until"]),
    (["--filter", "name=x"], ["name"]),
    (["--filter", "label"], ["label"]),
    (["--volumes=some"], ["some"]),
    (["--format", "xml"], ["xml"]),
    (["--dry-run", "--yes", "--apply"], ["--apply"]),
    (["--dry-run=perhaps"], ["perhaps"]),
    (["--max-plan-age", "1h"], ["apply"]),
    (["--apply", "a", "--save-plan", "b"], ["apply", "save-plan"]),
)

POLICIES = (
    ("not json", "{", []),
    ("a list", [], []),
    ("unknown key", {"imagse": {}}, ["imagse", "images"]),
    ("unknown key of a kind", {"images": {"older": "1h"}}, ["images.older"]),
    ("wrong type", {"images": {"older_than": 5}}, ["images.older_than"]),
    ("wrong type of a kind", {"images": "all"}, ["images"]),
    ("bad duration", {"older_than": "soon"}, ["older_than", "soon"]),
    ("bad size", {"images": {"max_size": "big"}}, ["images.max_size", "big"]),
    ("bad keep", {"keep": "web-*"}, ["keep"]),
    ("bad keep in a list", {"keep": ["web-*", 7]}, ["keep[1]"]),
    ("bad bool", {"images": {"all": "yes"}}, ["images.all"]),
    ("negative", {"images": {"keep_last": -1}}, ["images.keep_last"]),
    ("key twice", "{\"keep\": [], \"keep\": []}", ["keep"]),
    ("text after the end", "{} {}", []),
)


class Usage(Case):
    def setUp(self):
        self.fake = self.engine(Litter().world)

    def test_options(self):
        for args, words in USAGE:
            with self.subTest(args):
                result = self.user.run("prune", "--yes", *args)
                self.assertOneLine(result, 125, *words)
                self.assertEqual(result.out, "")
                self.untouched(self.fake)

    def test_verbs(self):
        for args in (["prun"], ["nosuch"], ["schedule", "nosuch"], ["usage", "--nosuch"]):
            with self.subTest(args):
                result = self.user.run(*args)
                self.assertEqual(result.status, 125, result)
                self.assertTrue(result.err.strip())

    def test_policies(self):
        for title, policy, words in POLICIES:
            with self.subTest(title):
                path = self.user.write("policy.json", policy)
                result = self.user.run("prune", "--yes", "--policy", path)
                self.assertOneLine(result, 125, "policy.json", *words)
                self.untouched(self.fake)

    def test_files_that_cannot_be_read(self):
        for option in ("--policy", "--keep-file", "--apply"):
            for path in (self.user.path("missing"), self.user.home):
                with self.subTest(option=option, path=path):
                    result = self.user.run("prune", "--yes", option, path)
                    self.assertNotEqual(result.status, 0)
                    self.assertOneLine(result, result.status, path)
                    self.untouched(self.fake)

    def test_metrics_that_cannot_be_written(self):
        """Told before, not after the removal whose figures would be lost."""
        for path in (self.user.path("missing/run.prom"), self.user.home):
            for more in (["--yes"], ["--dry-run"], ["--yes", "--format", "json"]):
                with self.subTest(path=path, more=more):
                    result = self.user.run("prune", "--metrics", path, *more)
                    self.assertOneLine(result, 1, "--metrics", path)
                    self.assertEqual(result.out, "")
                    self.assertEqual(self.fake.requests, [])

    def test_defaults_in_the_docker_configuration(self):
        for value in ({"older-than": "soon"}, {"olderthan": "1h"}, {"all": "perhaps"}):
            with self.subTest(value):
                self.user.write_config({"plugins": {"hygiene": value}})
                result = self.user.run("prune", "--yes")
                self.assertOneLine(result, 125, "config.json")
                self.untouched(self.fake)

    def test_broken_docker_configuration(self):
        with open(os.path.join(self.user.config, "config.json"), "w", encoding="ascii") as out:
            out.write("{")
        result = self.user.run("prune", "--yes")
        self.assertNotEqual(result.status, 0)
        self.assertOneLine(result, result.status, "config.json")

    def test_no_question_without_a_terminal(self):
        result = self.user.run("prune")
        self.assertEqual(result.status, 125, result)
        self.assertIn("--yes", result.err)
        self.untouched(self.fake)


class Endpoint(Case):
    def setUp(self):
        self.fake = self.engine(Litter().world)

    def refused(self, host, *words, env=None, status=1):
        argv = [self.user.argv([])[0], "--host", host, "hygiene", "prune", "--yes"]
        if host is None:
            del argv[1:3]
        result = self.user.command(argv, env=env)
        self.assertOneLine(result, status, *words)
        self.untouched(self.fake)
        return result

    def test_no_socket(self):
        path = self.user.path("nothing.sock")
        self.refused("unix://" + path, path)

    def test_nobody_listens(self):
        path = self.user.path("dead.sock")
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(path)
        self.refused("unix://" + path, path)
        with socket.socket() as dead:
            dead.bind(("127.0.0.1", 0))
            port = dead.getsockname()[1]
        self.refused("tcp://127.0.0.1:%d" % port, str(port))

    def test_a_file_is_no_socket(self):
        self.refused("unix://" + self.user.write("file", ""), "file")

    def test_addresses(self):
        for host in ("ftp://x", "unix://", "tcp://", "tcp://host:99999", "://", "ssh://",
                     "ssh://-oProxyCommand=x"):
            with self.subTest(host):
                argv = [self.user.argv([])[0], "--host", host, "hygiene", "prune", "--yes"]
                result = self.user.command(argv)
                self.assertIn(result.status, (1, 125), result)
                self.assertOneLine(result, result.status)

    def test_context(self):
        self.refused(None, "nosuch", env={"DOCKER_CONTEXT": "nosuch"})

    def test_something_else_listens(self):
        """Not an engine: another HTTP server, or no HTTP at all."""
        for answer in (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
                       b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
                       b"220 mail ESMTP\r\n", b""):
            with self.subTest(answer):
                with socket.socket() as server:
                    server.bind(("127.0.0.1", 0))
                    server.listen()

                    def serve(server=server, answer=answer):
                        while True:
                            try:
                                end, _ = server.accept()
                            except OSError:
                                return
                            with end:
                                end.settimeout(5)
                                try:
                                    end.recv(65536)
                                    end.sendall(answer)
                                except OSError:
                                    pass
                    thread = threading.Thread(target=serve, daemon=True)
                    thread.start()
                    port = server.getsockname()[1]
                    self.refused("tcp://127.0.0.1:%d" % port, str(port))
                    server.shutdown(socket.SHUT_RDWR)
                thread.join()

    def test_tls_mismatch(self):
        pki = Pki(self.user.path("pki"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pki.server_cert, pki.server_key)
        with Fake(Litter().world, unix=False, tls=context) as secured, \
                Fake(Litter().world, unix=False) as plain:
            verify = {"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": pki.client}
            self.refused(None, env={"DOCKER_HOST": secured.host})
            self.refused(None, "tls", env=dict(verify, DOCKER_HOST=plain.host))
            other = Pki(self.user.path("other"), "other")
            self.refused(None, "certificate", env=dict(verify, DOCKER_HOST=secured.host,
                                                       DOCKER_CERT_PATH=other.client))
            self.untouched(secured)
            self.untouched(plain)

    def test_permission_denied(self):
        if os.geteuid() != 0:
            os.chmod(self.fake.socket, 0)
            self.refused(self.fake.host, "permission")
            return
        # Another user, who may reach the socket's folder but not open the socket.
        os.chmod(self.fake.folder, 0o755)
        os.chmod(self.fake.socket, 0o600)
        copy = os.path.join(self.fake.folder, "docker-hygiene")
        with open(self.user.argv([])[0], "rb") as program, open(copy, "wb") as out:
            out.write(program.read())
        os.chmod(copy, 0o755)
        os.chmod(self.user.home, 0o755)
        result = self.user.command(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", copy, "--host",
             self.fake.host, "hygiene", "prune", "--yes"],
            env={"HOME": self.fake.folder, "DOCKER_CONFIG": self.fake.folder})
        self.assertOneLine(result, 1, "permission", "sudo", self.fake.socket)
        self.assertEqual(self.fake.requests, [])

    def test_socket_still_serves(self):
        """The bed's own check: what was refused above was not the fake's doing."""
        connection = UnixConnection(self.fake.socket, 5)
        connection.request("GET", "/_ping")
        self.assertEqual(connection.getresponse().status, 200)
