# SPDX-License-Identifier: Apache-2.0
"""The push file and the encrypted pull file when the machine fails at a bad moment: each system call
that writes is made to fail, or the program is killed at it (strace). The old or the new file is there
then, nothing else, and no other file with a secret in it outlives the next change."""

import os
import shutil
import tempfile
import unittest

import moments
import storecase

SECRET = "geheimnis-%s"
# What a change of the file consists of, and how each may fail.
CALLS = (("openat", "EACCES"), ("fchmod", "EPERM"), ("write", "ENOSPC"), ("fsync", "EIO"),
         ("renameat", "EIO"), ("flock", "ENOLCK"))
OURS = "pushgate"


WHY_NOT = moments.why_not()


class Case(storecase.Case):
    def setUp(self):
        self.top = os.path.realpath(tempfile.mkdtemp(prefix="faults."))
        self.addCleanup(shutil.rmtree, self.top, True)
        self.env = {"PATH": os.environ["PATH"], "HOME": self.top}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]

    def kinds(self):
        state = os.path.join(self.top, OURS)
        return (("push", "push:%s/push/push.json" % state, "push.json"),
                ("file", "file:%s/file/pull.enc:%s/file/key" % (state, state), "pull.enc"))

    def left(self, label):
        """Names of the files that may hold a secret."""
        names = os.listdir(os.path.join(self.top, OURS, label))
        return sorted(name for name in names if name != "key" and not name.endswith(".lock"))


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Faults(Case):
    def traced(self, kind, rule):
        log = os.path.join(self.top, "log")
        return storecase.Helper(moments.words(log, dict(CALLS), rule) +
                                [storecase.STORECTL, kind], self.env), log

    def moments(self, kind):
        """(call, n) of a store: the nth call of each that is about our files."""
        self.done(storecase.storectl(kind, self.env).store("reg", "u", "there already"))
        helper, log = self.traced(kind, None)
        self.done(helper.store("reg", "u", SECRET % "first"))
        found = moments.written(log, self.top + "/" + OURS)
        self.assertGreaterEqual({name for name, _ in found}, {"openat", "write", "fsync", "flock"})
        return found

    def check(self, label, kind, name, answer, new):
        plain = storecase.storectl(kind, self.env)
        user, secret = self.kept(plain.get("reg"))
        if answer.status == 0:
            self.assertEqual((user, secret), ("u", new), answer)
        else:
            self.assertIn((user, secret), (("u", self.before), ("u", new)), answer)
        # Whatever lies about goes with the next change.
        self.before = secret
        self.done(plain.store("other", "u", "x"))
        self.assertEqual(self.left(label), [name])
        self.assertEqual(self.kept(plain.get("reg")), ("u", self.before))

    def test_every_moment(self):
        errors = dict(CALLS)
        for label, kind, name in self.kinds():
            found = self.moments(kind)
            self.before = SECRET % "first"
            for call, number in found:
                for how in ("error=" + errors[call], "signal=SIGKILL"):
                    new = SECRET % ("%s-%d-%s" % (call, number, how))
                    rule = "%s:%s:when=%d" % (call, how, number)
                    with self.subTest(store=label, rule=rule):
                        helper, _ = self.traced(kind, rule)
                        answer = helper.store("reg", "u", new)
                        # fsync of a directory cannot be had everywhere, and is not insisted on.
                        if "error" in how and call != "fsync":
                            self.assertEqual(answer.status, 1, answer)
                        if "KILL" in how:
                            self.assertNotEqual(answer.status, 0, answer)
                        self.check(label, kind, name, answer, new)


class Disk(Case):
    """On a file system of 128 KiB."""

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("only root mounts file systems")
        self.small = os.path.join(self.top, OURS)
        os.mkdir(self.small)
        self.mount = ["unshare", "-m", "--propagation", "private", "sh", "-ec",
                      'mount -t tmpfs -o size=128k,mode=700 none "$1"; shift; exec "$@"', "sh",
                      self.small]

    def test_full(self):
        """All in one namespace: a script drives the store."""
        for label, kind, name in self.kinds():
            with self.subTest(store=label):
                script = os.path.join(self.top, "script")
                with open(script, "w", encoding="ascii") as out:
                    out.write(SCRIPT)
                big = os.path.join(self.top, "big")
                with open(big, "wb") as out:
                    out.write(storecase.credential("reg", "u", "x" * 150000))
                answer = storecase.call(self.mount + ["sh", script, storecase.STORECTL, kind, big,
                                                      os.path.join(self.small, label)], b"",
                                        self.env)
                self.assertEqual(answer.status, 0, answer)
                self.assertIn("No space left on device", answer.out)
                self.assertIn("kept: " + '{"ServerURL":"reg","Username":"u","Secret":"old"}',
                              answer.out)
                self.assertIn("listed: " + name + " " + name + ".lock", answer.out)


SCRIPT = """
ctl=$1 kind=$2 big=$3 dir=$4
echo '{"ServerURL":"reg","Username":"u","Secret":"old"}' | "$ctl" "$kind" store || exit 2
"$ctl" "$kind" store <"$big" && exit 3
echo "kept: $(printf reg | "$ctl" "$kind" get)"
rm -f "$dir/key"
echo "listed:" $(ls -A "$dir")
"""


class Links(Case):
    """Somebody who may write nothing of ours has put a link where we write."""

    def test_are_not_followed(self):
        for label, kind, name in self.kinds():
            store = storecase.storectl(kind, self.env)
            self.done(store.store("reg", "u", "old"))
            for target in (name, name + ".lock"):
                with self.subTest(store=label, link=target):
                    path = os.path.join(self.top, OURS, label, target)
                    victim = os.path.join(self.top, "victim")
                    os.rename(path, victim)
                    os.symlink(victim, path)
                    with open(victim, "rb") as old:
                        before = old.read()
                    answer = store.store("reg", "u", "new")
                    self.failed(answer, "denied", "it is a link")
                    with open(victim, "rb") as old:
                        self.assertEqual(old.read(), before)
                    os.rename(victim, path)


if __name__ == "__main__":
    unittest.main()
