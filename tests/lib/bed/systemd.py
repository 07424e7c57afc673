# SPDX-License-Identifier: Apache-2.0
"""A real `systemd --user` of one test's own, on machines that were not booted with systemd too.

It lives in a mount namespace with a /run of its own and in a cgroup of its own; commands run in that
namespace. Nothing of it is left, and no manager of this machine is spoken to.
"""

import os
import shutil
import signal
import subprocess
import time

from . import BedError

SYSTEMD = ("/usr/lib/systemd/systemd", "/lib/systemd/systemd")

# $1: cgroup folder or "", $2: the unified hierarchy's folder, $3: systemd
HOLDER = r"""
set -e
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system
mkdir -p -m 700 "$XDG_RUNTIME_DIR"
echo $$ > "$1/cgroup.procs"
[ "$2" = /sys/fs/cgroup ] || mount --bind "$2" /sys/fs/cgroup
exec "$3" --user --log-target=console --log-level=warning
"""


class Missing(Exception):
    """This machine cannot run one; the text says why."""


def unified():
    """Where the cgroup2 hierarchy is mounted."""
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        for line in mounts:
            _, where, kind = line.split()[:3]
            if kind == "cgroup2":
                return where
    raise Missing("no cgroup2 hierarchy is mounted")


class UserManager:
    def __init__(self, user):
        """user: a bed.program.User, whose XDG folders the manager uses."""
        self.user = user
        self.process = None
        self.cgroup = None
        self.runtime = "/run/user-manager"

    @property
    def env(self):
        return dict(self.user.env, XDG_RUNTIME_DIR=self.runtime)

    def start(self):
        systemd = next((path for path in SYSTEMD if os.access(path, os.X_OK)), None)
        if os.geteuid() != 0:
            raise Missing("needs root")
        if not systemd or not shutil.which("unshare") or not shutil.which("nsenter"):
            raise Missing("needs systemd, unshare and nsenter")
        hierarchy = unified()
        self.cgroup = os.path.join(hierarchy, "hygiene-test-%d" % os.getpid())
        try:
            os.mkdir(self.cgroup)
        except OSError as why:
            self.cgroup = None
            raise Missing("cannot make a cgroup: %s" % why) from why
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", HOLDER, "holder",
             self.cgroup, hierarchy, systemd],
            env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE)
        deadline = time.monotonic() + 20
        while self.command(["systemctl", "--user", "show-environment"]).status != 0:
            if self.process.poll() is not None:
                raise Missing("systemd --user does not run here: %s"
                              % self.process.stderr.read().decode("utf-8", "replace")[-500:])
            if time.monotonic() > deadline:
                raise BedError("systemd --user does not answer")
            time.sleep(0.1)

    def command(self, argv):
        """Run a command as the user, where the manager is."""
        return self.user.command(["nsenter", "-m", "-t", str(self.process.pid)] + argv,
                                 env=self.env)

    def systemctl(self, *args):
        return self.command(["systemctl", "--user"] + list(args))

    def hygiene(self, *args):
        return self.command(self.user.argv(args))

    def end(self):
        if self.process:
            # "Exit at once" for a user manager; what it started goes with it.
            self.process.send_signal(signal.SIGRTMIN + 24)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process.stderr.close()
        if self.cgroup:
            self.remove_cgroup()

    def remove_cgroup(self):
        for _ in range(50):
            for folder, _, _ in os.walk(self.cgroup, topdown=False):
                try:
                    os.rmdir(folder)
                except OSError:
                    pass
            if not os.path.exists(self.cgroup):
                return
            time.sleep(0.1)
        raise BedError("cannot remove " + self.cgroup)
