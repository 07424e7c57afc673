# SPDX-License-Identifier: Apache-2.0
"""People who run `docker hygiene access`, with docker-credential-pushgate as docker's helper, and
the registries of a module's tests. Nothing runs on a terminal, and no CI's variables reach them."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import unittest

from clientcase import BUILD

from bed import archive, oci, program  # noqa: E402
from bed.registry import Registry, TokenServer, files_in, READ_ONLY  # noqa: E402
from bed.shared import Shared  # noqa: E402

HYGIENE = os.environ.get("HYGIENE") or os.path.join(BUILD, "docker-hygiene")
PUSHGATE = os.environ.get("PUSHGATE") or os.path.join(BUILD, "docker-credential-pushgate")
PULLER, PUSHER, ROBOT = "puller", "pusher", "robot"
SECRETS = {PULLER: "pull-secret-4d5e", PUSHER: "push-secret-6f7a", ROBOT: "robot-secret-8b9c"}
# To cancel an upload takes the right to delete.
RIGHTS = {PULLER: {"pull"}, PUSHER: {"pull", "push", "delete"}, ROBOT: {"push"}}
JENKINS = {"JENKINS_URL": "https://jenkins.example/", "BUILD_ID": "7", "CI": "true"}
NO_ENGINE = "unix:///nonexistent/docker.sock"
PATIENCE = 60

SHARED = Shared()


class Folder:
    """Of the files of all registries."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="dh-access-")

    def end(self):
        shutil.rmtree(self.path, ignore_errors=True)


def start():
    SHARED["folder"] = Folder()
    folder = SHARED["folder"].path
    SHARED["files"] = os.path.join(folder, "token")
    accounts = {name: (SECRETS[name], set(RIGHTS[name])) for name in SECRETS}
    SHARED["tokens"] = TokenServer(accounts)
    SHARED["token"] = Registry(token=SHARED["tokens"], counts=True,
                               settings=files_in(SHARED["files"]))
    SHARED["htpasswd"] = Registry({PUSHER: SECRETS[PUSHER]}, counts=True)
    open_files = files_in(os.path.join(folder, "open"))
    SHARED["open"] = Registry(counts=True, settings=open_files)
    SHARED["readonly"] = Registry(counts=True, settings={"storage": dict(
        open_files["storage"], **READ_ONLY["storage"])})
    for name in ("token", "htpasswd", "open", "readonly"):
        SHARED[name].start()
    SHARED["proxy"] = Registry(settings={"proxy": {
        "remoteurl": "http://" + SHARED["open"].host}})
    SHARED["proxy"].start()
    for name in ("prod/app", "prod/web", "dev/tool"):
        push("token", name)
    push("htpasswd", "prod/app")
    push("open", "prod/app")


def push(kind, repository):
    """A small image, as somebody who may."""
    registry = SHARED[kind]
    account = (PUSHER, SECRETS[PUSHER]) if kind == "htpasswd" else None
    pusher = oci.Pusher(registry.host, account)
    if kind == "token":
        pusher.headers["Authorization"] = "Bearer " + SHARED["tokens"].grant(
            PUSHER, ["repository:%s:pull,push" % repository])
    pusher.image(repository, [archive.layer(100, repository)], "1")
    pusher.connection.close()


def up():
    SHARED.up(start)


def down():
    SHARED.down()


def open_uploads():
    """The uploads that are open at the token registry: of cancelled ones it keeps empty folders."""
    return {where for where, _, names in os.walk(SHARED["files"])
            if os.path.basename(os.path.dirname(where)) == "_uploads" and "data" in names}


class Person:
    """A home, a docker configuration and a policy of their own; the engine at host."""

    def __init__(self, host=NO_ENGINE):
        self.home = tempfile.mkdtemp(prefix="dh-person-")
        self.host = host
        self.bin = os.path.join(self.home, "bin")
        os.mkdir(self.bin)
        os.symlink(PUSHGATE, os.path.join(self.bin, "docker-credential-pushgate"))
        self.env = {"PATH": self.bin + ":/usr/bin:/bin", "HOME": self.home, "LC_ALL": "C.UTF-8",
                    "DOCKER_CONFIG": os.path.join(self.home, ".docker")}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        self.config({"credsStore": "pushgate"})

    def end(self):
        shutil.rmtree(self.home, ignore_errors=True)

    def write(self, name, content):
        path = os.path.join(self.home, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as out:
            out.write(content if isinstance(content, str) else json.dumps(content))
        return path

    def config(self, content):
        self.write(".docker/config.json", content)

    def policy(self, *registries, **rule):
        """Gated for whoever is no Jenkins job: loopback is not, but by a rule."""
        rules = [dict({"match": match, "ci": ["jenkins"]}, **rule) for match in registries]
        self.write(".config/docker-hygiene/pushgate.json", {
            "version": 1, "gates": {"jenkins": {"env": {"vendors": ["jenkins"]}}},
            "registries": rules,
            "store": {"kind": "file", "key_file": os.path.join(self.home, "pull.key")}})

    def tool(self, name, text):
        """A program of this person's, in place of another one of that name."""
        path = os.path.join(self.bin, name)
        if os.path.lexists(path):
            os.unlink(path)
        self.write("bin/" + name, text)
        os.chmod(path, 0o755)

    def start(self, argv, env=None, stdin=subprocess.DEVNULL):
        # No controlling terminal, wherever the tests are run from.
        return subprocess.Popen(argv, env=dict(self.env, **(env or {})), stdin=stdin,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                start_new_session=True, cwd="/")

    def pushgate(self, *args, stdin="", **more):
        process = self.start([PUSHGATE] + list(args), stdin=subprocess.PIPE, **more)
        out, err = process.communicate(stdin.encode(), PATIENCE)
        return program.Result(process.args, process.returncode, out.decode(), err.decode())

    def login(self, registry, account, secret=None, **more):
        told = self.pushgate("store", stdin=json.dumps({
            "ServerURL": registry.host, "Username": account,
            "Secret": secret or SECRETS[account]}), **more)
        if told.status:
            raise AssertionError(told)

    def begin(self, *args, wrap=(), **more):
        return self.start(list(wrap) + [HYGIENE, "--host", self.host, "hygiene", "access"] +
                          list(args), **more)

    def access(self, *args, **more):
        return program.finish(self.begin(*args, **more), PATIENCE)

    def log(self):
        path = os.path.join(self.home, ".local", "state", "docker-hygiene", "access.jsonl")
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]


class AccessCase(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.person = self.somebody()

    def somebody(self, host=NO_ENGINE):
        person = Person(host)
        self.addCleanup(person.end)
        return person

    def access(self, *args, status=0, **more):
        """`access --format json`."""
        told = self.person.access("--format", "json", *args, **more)
        self.assertEqual(told.status, status, told)
        self.assertNotIn("Sanitizer", told.err)
        for secret in SECRETS.values():
            self.assertNotIn(secret, told.out + told.err)
        self.told = told
        return {item["registry"] + ("/" + item["repository"] if item["repository"] else ""): item
                for item in told.json["items"]}

    def answers(self, item, pull, push, says=""):
        self.assertEqual((item["pull"], item["push"]), (pull, push), item)
        self.assertIn(says, item["why"])
        return item

    def posts(self, kind):
        return [path for method, path in SHARED[kind].requests() if method == "POST"]

    def proven(self, registry):
        told = self.person.pushgate("why", "--format", "json", registry.host)
        return told.json["pull"].get("proven")

    def interrupt(self, process):
        process.send_signal(signal.SIGINT)
        return program.finish(process, PATIENCE)
