# SPDX-License-Identifier: Apache-2.0
"""Attacks that need no engine and no registry, and the page that lists them all."""

import fcntl
import json
import os
import re
import shutil
import signal
import stat
import struct
import subprocess
import tempfile
import termios
import time
import unittest

from gatecase import HELPER, JENKINS, PATIENCE, PULL_SECRET, PUSH_SECRET, TOP
from issuer import openssl

PAGE = os.path.join(TOP, "docs", "internals", "pushgate-threats.md")
# Of nobody: a number needs no account.
SOMEBODY = 41803
HOST = "reg.example.com"


def credential(username, secret):
    return json.dumps({"ServerURL": HOST, "Username": username, "Secret": secret})


# What is typed and said (action or words, stdin, in CI): all that writes a file.
SESSION = (
    (["store"], credential("pusher", PUSH_SECRET), True),
    (["store"], credential("puller", PULL_SECRET), False),
    (["get"], HOST, True), (["get"], HOST, False), (["list"], "", True), (["why", HOST], "", False),
    (["seal", HOST, "-u", "ci", "--recipient", "ci.pem", "-o", "sealed"], PUSH_SECRET, False),
    (["rotate", "sealed/%s.sealed" % HOST, "-u", "ci", "--recipient", "ci.pem"], "new", False),
    (["erase"], HOST, False),
)

# (folder, name, flags) and (folder, new name) in strace's lines.
AT = r'(?:\w+(?:<([^>]*)>)?, )?'
OPENS = r'open(?:at)?\(' + AT + r'"([^"]+)", (O_[A-Z_|]+)'
RENAMES = r'rename(?:at2?)?\((?:\w+(?:<[^>]*>)?, )?"[^"]+", ' + AT + r'"([^"]+)"'


def waiting_in(pipe):
    """Bytes that nobody has read yet."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]


class Home:
    """A home with a policy whose every file lies in it."""

    def __init__(self, top):
        self.top = os.path.realpath(tempfile.mkdtemp(dir=top))
        self.env = {"HOME": self.top, "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        config = os.path.join(self.top, ".config", "docker-hygiene")
        os.makedirs(config)
        os.mkdir(os.path.join(self.top, "sealed"))
        policy = {"version": 1, "store": {"kind": "file", "key_file": self.path("keys/pull.key")},
                  "audit": {"to": "file", "file": self.path("audit.jsonl"), "max_size": "4KiB"}}
        with open(os.path.join(config, "pushgate.json"), "w", encoding="ascii") as out:
            json.dump(policy, out)
        # Full: it is moved away for the first line.
        with open(self.path("audit.jsonl"), "w", encoding="ascii") as out:
            out.write("x" * 4095 + "\n")

    def path(self, name):
        return os.path.join(self.top, name)

    def run(self, words, stdin, ci, wrap=()):
        env = dict(self.env, **JENKINS) if ci else self.env
        return subprocess.run(list(wrap) + [HELPER] + words, input=stdin.encode(), env=env,
                              cwd=self.top, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              start_new_session=True, timeout=PATIENCE, check=False)


class Page(unittest.TestCase):
    def setUp(self):
        with open(PAGE, encoding="utf-8") as page:
            self.text = page.read()

    def test_every_test_that_it_names_is_there(self):
        forms = {"pushgate": (".py", "    def %s(self"), "unit": (".c", "START_TEST(%s)"),
                 "cli": (".sh", "check '%s'")}
        named = re.findall(r"`((pushgate|unit|cli)/[a-z_/]+):([^`]+)`", self.text)
        self.assertGreater(len(named), 60)
        for path, kind, test in named:
            ending, form = forms[kind]
            with open(os.path.join(TOP, "tests", path + ending), encoding="utf-8") as source:
                self.assertIn(form % test, source.read(), path)

    def test_every_attack_has_one(self):
        attacks = self.text.split("\n## 3.")[1].split("\n## 4.")[0]
        rows = [line for line in attacks.splitlines()
                if line.startswith("| ") and not line.startswith("| attack ")]
        self.assertGreater(len(rows), 40)
        for row in rows:
            self.assertRegex(row.split(" | ")[-1], "^`(pushgate|unit|cli)/", row)


class Links(unittest.TestCase):
    """A link in the place of each file that is written: what it leads to stays as it is."""

    def setUp(self):
        self.top = tempfile.mkdtemp(prefix="threats.")
        self.addCleanup(shutil.rmtree, self.top, True)
        self.certificate = os.path.join(self.top, "ci.pem")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-days", "2", "-subj", "/CN=CI", "-keyout", os.path.join(self.top, "key"),
                "-out", self.certificate)

    def home(self):
        home = Home(self.top)
        shutil.copy(self.certificate, home.path("ci.pem"))
        return home

    def written(self):
        """The names of all files that the session writes, seen from its system calls. Others than
        these are temporary ones, and must be new: O_EXCL follows no link."""
        home, paths = self.home(), set()
        log = os.path.join(self.top, "log")
        for words, stdin, ci in SESSION:
            done = home.run(words, stdin, ci, ["strace", "-f", "-y", "-o", log])
            self.assertEqual(done.returncode, 0, (words, done))
            with open(log, encoding="utf-8", errors="replace") as lines:
                calls = lines.read()
            for folder, name, flags in re.findall(OPENS, calls):
                if re.search("O_WRONLY|O_RDWR|O_CREAT|O_TRUNC", flags) and "O_EXCL" not in flags:
                    paths.add(os.path.join(home.top, folder, name))
            for folder, name in re.findall(RENAMES, calls):
                paths.add(os.path.join(home.top, folder, name))
        names = {os.path.relpath(path, home.top) for path in paths}
        return sorted(name for name in names if not name.startswith(".."))

    @unittest.skipUnless(shutil.which("strace"), "strace is not installed")
    def test_at_every_file_written(self):
        names = self.written()
        for name in ("pushgate-push.json", "pushgate-push.json.lock", "pushgate-pull.enc",
                     "pushgate-pull.enc.lock", "audit.jsonl", "audit.jsonl.1", ".sealed"):
            self.assertTrue(any(path.endswith(name) for path in names), (name, names))
        for name in names:
            for there in (True, False):
                with self.subTest(name=name, there=there):
                    self.with_link(name, there)

    def with_link(self, name, there):
        home = self.home()
        victim = home.path("victim")
        if there:
            with open(victim, "w", encoding="ascii") as out:
                out.write("precious")
            os.chmod(victim, 0o644)
        os.makedirs(os.path.dirname(home.path(name)), 0o700, exist_ok=True)
        if os.path.exists(home.path(name)):
            os.unlink(home.path(name))
        os.symlink(victim, home.path(name))
        for words, stdin, ci in SESSION:
            home.run(words, stdin, ci)
        self.assertEqual(os.path.lexists(victim), there)
        if there:
            with open(victim, encoding="ascii") as text:
                self.assertEqual(text.read(), "precious")
            self.assertEqual(stat.S_IMODE(os.stat(victim).st_mode), 0o644)


@unittest.skipIf(os.geteuid(), "another user's processes need root")
class Looking(unittest.TestCase):
    """While the helper waits for the rest of its stdin, with half a secret read."""

    def setUp(self):
        self.top = tempfile.mkdtemp(prefix="threats.")
        self.addCleanup(shutil.rmtree, self.top, True)
        os.chown(self.top, SOMEBODY, SOMEBODY)
        self.helper = shutil.copy(HELPER, self.top)

    def become(self, *argv):
        return ["setpriv", "--reuid", str(SOMEBODY), "--regid", str(SOMEBODY), "--clear-groups",
                "--", *argv]

    def start(self, *argv):
        """As that user; its core may be as large as it likes."""
        child = subprocess.Popen(["prlimit", "--core=unlimited"] + self.become(*argv),
                                 stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL, cwd=self.top, bufsize=0)
        self.addCleanup(child.wait)
        self.addCleanup(child.stdin.close)
        self.addCleanup(child.kill)
        child.stdin.write(credential("u", PUSH_SECRET)[:-4].encode())
        name, end = os.path.basename(argv[0]), time.monotonic() + PATIENCE
        while (os.path.basename(os.readlink("/proc/%d/exe" % child.pid)) != name or
               waiting_in(child.stdin)):
            self.assertLess(time.monotonic(), end, "it never read its stdin")
            time.sleep(0.005)
        return child

    def look(self, child):
        """Which ways into it that user has."""
        ways = {"environment": "cat /proc/%d/environ", "memory": "head -c 1 /proc/%d/maps",
                "descriptors": "ls /proc/%d/fd/", "program": "readlink /proc/%d/exe"}
        return [name for name, way in ways.items()
                if subprocess.run(self.become("sh", "-c", way % child.pid),
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  timeout=PATIENCE, check=False).returncode == 0]

    def test_by_another_process_of_the_same_user(self):
        self.assertEqual(len(self.look(self.start("/bin/cat"))), 4, "a blind look")
        helper = self.start(self.helper, "store")
        self.assertEqual(self.look(helper), [])
        if shutil.which("strace"):
            done = subprocess.run(self.become("strace", "-p", str(helper.pid)),
                                  stderr=subprocess.PIPE, timeout=PATIENCE, check=False)
            self.assertIn(b"Operation not permitted", done.stderr)

    def crash(self, *argv):
        """Whether it left a core."""
        child = self.start(*argv)
        child.send_signal(signal.SIGSEGV)
        _, status = os.waitpid(child.pid, 0)
        child.returncode = -os.WTERMSIG(status)
        self.assertEqual(child.returncode, -signal.SIGSEGV)
        return os.WCOREDUMP(status)

    def test_by_a_core(self):
        if not self.crash("/bin/cat"):
            self.skipTest("this machine writes no cores")
        self.assertFalse(self.crash(self.helper, "store"))


if __name__ == "__main__":
    unittest.main()
