# SPDX-License-Identifier: Apache-2.0
"""A docker engine, two registries and people with docker-credential-pushgate, for the whole story.

One engine and one registry of each kind serve all tests of a module: up() and down(). Each Person
has a home, a docker configuration and a policy of their own. Nothing runs on a terminal, and the
variables of a CI that runs these tests do not reach them.
"""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))

from bed import archive, parts, program  # noqa: E402
from bed.engine import Engine, bed_root  # noqa: E402
from bed.registry import Registry, TokenServer  # noqa: E402
from bed.shared import Shared  # noqa: E402

NOT_FOUND = "credentials not found in native keychain"
PULLER, PUSHER = "puller", "pusher"
# Told apart wherever they turn up: of the pull-only account, and of the one that may push.
PULL_SECRET, PUSH_SECRET = "pull-secret-0a1b", "push-secret-2c3d"
ACCOUNTS = {PULLER: (PULL_SECRET, {"pull"}), PUSHER: (PUSH_SECRET, {"pull", "push"})}
JENKINS = {"JENKINS_URL": "https://jenkins.example/", "BUILD_ID": "7", "CI": "true"}
PATIENCE = 120
IMAGE = "bed-image:1"

HELPER = os.environ.get("PUSHGATE") or os.path.join(TOP, "build", "release",
                                                    "docker-credential-pushgate")

# What is compiled in: the system policy's folder, pushgate-attest's and that of the issuers' keys.
INSTALLED = """set -e
mount --bind "$2" /etc/docker
mount --bind "$3" /var/cache
mount -t tmpfs -o mode=755 none /usr/local
mkdir -p /usr/local/libexec/docker-hygiene
cp "$1" /usr/local/libexec/docker-hygiene/pushgate-attest
shift 3
exec "$@"
"""

SHARED = Shared()


def start():
    try:
        kind = parts.engine("system")
    except parts.Missing:
        kind = parts.engine("second")
        kind.store = "overlay2"
    SHARED["engine"] = Engine(kind, network=True)
    SHARED["engine"].start()
    SHARED["tokens"] = TokenServer(ACCOUNTS)
    SHARED["token"] = Registry(token=SHARED["tokens"])
    SHARED["htpasswd"] = Registry({name: row[0] for name, row in ACCOUNTS.items()})
    for name in ("token", "htpasswd"):
        SHARED[name].start()
    SHARED["engine"].api.load(archive.archive([archive.Image([archive.layer(4096, 7)], [IMAGE])]))


def up():
    """Start all of it; raises SkipTest with the reason where it cannot be."""
    SHARED.up(start)


def down():
    SHARED.down()


def installed(attest, etc, cache):
    """The words in front of a command, for a mount namespace of its own with these at their places:
    attest is copied, folders lie over /etc/docker and /var/cache."""
    return ["unshare", "--mount", "--", "/bin/sh", "-c", INSTALLED, "sh", attest, etc, cache]


def tree_has(folder, text):
    """The files below folder that hold the text."""
    found = []
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as content:
                    if text.encode() in content.read():
                        found.append(path)
    return found


def at_least(version, *wanted):
    """Of a docker CLI: "28.4.0" is at least 28, 3."""
    return tuple(map(int, version.split(".")[:2])) >= wanted


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)


class Person:
    """A home in a directory of its own; uid: whose it is (None: ours)."""

    def __init__(self, uid=None):
        self.uid = uid
        self.top = tempfile.mkdtemp(prefix="dh-person-", dir=bed_root())
        self.home = os.path.join(self.top, "home")
        self.config = os.path.join(self.home, ".docker")
        self.bin = os.path.join(self.top, "bin")
        for folder in (self.config, self.bin):
            os.makedirs(folder)
        # A copy: whoever else is to run it may not look into the place of the build.
        shutil.copy(HELPER, os.path.join(self.bin, "docker-credential-pushgate"))
        self.env = {"PATH": self.bin + ":/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
                    "HOME": self.home, "LC_ALL": "C.UTF-8", "DOCKER_BUILDKIT": "0",
                    "DOCKER_HOST": SHARED["engine"].host}
        self.write(".docker/config.json", {"credsStore": "pushgate"})

    def own(self):
        os.chmod(self.top, 0o755)
        os.chmod(self.home, 0o700)
        if self.uid is None:
            return
        os.chown(self.home, self.uid, self.uid)
        for where, folders, names in os.walk(self.home):
            for name in folders + names:
                os.chown(os.path.join(where, name), self.uid, self.uid)

    def end(self):
        shutil.rmtree(self.top, ignore_errors=True)

    def write(self, name, content):
        path = os.path.join(self.home, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as out:
            json.dump(content, out)
        self.own()
        return path

    def policy(self, content):
        """Their own policy, with a store that needs neither a keyring nor the kernel's."""
        key = os.path.join(self.home, "pull.key")
        self.write(".config/docker-hygiene/pushgate.json",
                   dict({"version": 1, "store": {"kind": "file", "key_file": key}}, **content))

    def state(self, name):
        return os.path.join(self.home, ".local", "state", "docker-hygiene", name)

    def run(self, *argv, env=None, stdin="", wrap=()):
        """wrap: words in front, of a program that runs the rest."""
        as_user = []
        if self.uid is not None:
            as_user = ["setpriv", "--reuid", str(self.uid), "--regid", str(self.uid),
                       "--clear-groups", "--"]
        # No controlling terminal, wherever the tests are run from.
        process = subprocess.Popen(list(wrap) + as_user + list(argv),
                                   env=dict(self.env, **(env or {})), stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   start_new_session=True, cwd="/")
        out, err = process.communicate(stdin.encode(), PATIENCE)
        return program.Result(list(argv), process.returncode, out.decode("utf-8", "replace"),
                              err.decode("utf-8", "replace"))

    def helper(self, *args, **more):
        return self.run("docker-credential-pushgate", *args, **more)

    def get(self, server, **more):
        return self.helper("get", stdin=server, **more)


class GateCase(unittest.TestCase):
    """One test with one person (self.person) on the shared engine and registries."""

    maxDiff = None

    def setUp(self):
        self.person = self.somebody()

    def somebody(self, uid=None):
        person = Person(uid)
        self.addCleanup(person.end)
        return person

    def cli(self, name):
        """(path, version) of a docker CLI."""
        try:
            return parts.cli(name)
        except parts.Missing as why:
            return self.skipTest(str(why))

    def part(self, name):
        try:
            return parts.part(name)["path"]
        except parts.Missing as why:
            return self.skipTest(str(why))

    def good(self, result):
        self.assertEqual(result.status, 0, result)
        return result

    def bad(self, result):
        self.assertNotEqual(result.status, 0, result)
        return result

    def login(self, person, docker, registry, account, **more):
        return self.good(person.run(docker, "login", "-u", account, "--password-stdin",
                                    registry.host, stdin=ACCOUNTS[account][0], **more))

    def tag(self, person, docker, registry, name):
        reference = "%s/%s" % (registry.host, name)
        self.good(person.run(docker, "tag", IMAGE, reference))
        return reference

    def stopped(self, result, registry, what="docker push"):
        """It says why, and nothing of the secret."""
        self.bad(result)
        self.assertRegex(result.err, "pushgate: %s to %s(/[a-z/]+)? is stopped: push credentials "
                         "are for CI only" % (what, re.escape(registry.host)))
        self.assertNotIn(PUSH_SECRET, result.err + result.out)
        return result
