# SPDX-License-Identifier: Apache-2.0
"""Starts a Podman service of its own, on storage of its own, and ends exactly what it started.

Root, no systemd: cgroupfs, events to a file, a network namespace of its own. Podman is told its
directories by options and by configuration files of the bed; the machine's own storage is not
touched.
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from . import BedError, Started
from .engine import bed_root, children_of, processes_of, remove_cgroups, send, unmount_below
from .http import Api
from .parts import SBIN, Missing, version_of

READY_S = 60
STOP_S = 20
PROGRAMS = ("podman", "conmon", "runc", "crun")


def installed():
    """(path, version) of podman; raises Missing with the reason."""
    path = shutil.which("podman", path=os.environ.get("PATH", "") + ":" + SBIN)
    if not path:
        raise Missing("no podman is installed")
    if os.geteuid() != 0:
        raise Missing("a private podman needs root")
    version = version_of(path)
    if not version:
        raise Missing("%s does not run" % path)
    return path, version


def for_class(cls):
    """cls.podman for all tests of a unittest class, which are skipped where it cannot be had."""
    try:
        cls.podman = Podman()
    except Missing as why:
        raise unittest.SkipTest(str(why)) from why
    cls.addClassCleanup(cls.podman.end)
    cls.podman.start()


class Podman(Started):
    """A private `podman system service`, as a context manager; run() is its command line."""

    def __init__(self):
        self.program, self.version = installed()
        self.folder = tempfile.mkdtemp(prefix="dh-pod-", dir=bed_root())
        self.socket = self.path("podman.sock")
        self.host = "unix://" + self.socket
        self.log = self.path("log")
        self.process = None
        self.api = Api(self.socket)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, lines):
        with open(self.path(name), "w", encoding="utf-8") as out:
            out.write("\n".join(lines) + "\n")
        return self.path(name)

    @property
    def env(self):
        keep = {key: value for key, value in os.environ.items()
                if not key.startswith(("DOCKER_", "CONTAINER", "XDG_"))}
        return dict(keep, PATH=os.environ.get("PATH", "") + ":" + SBIN, HOME=self.folder,
                    CONTAINERS_CONF=self.path("containers.conf"),
                    CONTAINERS_STORAGE_CONF=self.path("storage.conf"))

    def configure(self):
        quoted = json.dumps
        # Podman asks for higher limits than an unprivileged container of CI may set, and crun does
        # not know machines that have both versions of control groups; runc does.
        runtime = ["runtime = \"runc\""] if shutil.which("runc", path=self.env["PATH"]) else []
        self.write("containers.conf", [
            "[containers]", "default_ulimits = [\"nofile=1024:1024\", \"nproc=1024:1024\"]",
            "[engine]", "events_logger = \"file\"", "cgroup_manager = \"cgroupfs\"",
            "tmp_dir = " + quoted(self.path("tmp")), *runtime,
            "[network]", "network_backend = \"netavark\"",
            "network_config_dir = " + quoted(self.path("networks"))])
        self.write("storage.conf", [
            "[storage]", "driver = \"overlay\"", "graphroot = " + quoted(self.path("root")),
            "runroot = " + quoted(self.path("run"))])

    def argv(self, *args):
        return [self.program, "--root", self.path("root"), "--runroot", self.path("run"),
                "--tmpdir", self.path("tmp"), "--log-level", "error"] + list(args)

    def run(self, *args):
        """podman ARGS on the same storage: what it printed."""
        done = subprocess.run(self.argv(*args), env=self.env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                              timeout=120)
        if done.returncode:
            raise BedError("podman %s: %s" % (" ".join(args), done.stderr.decode()))
        return done.stdout.decode().strip()

    def rows(self, *args):
        """What `podman ARGS --format json` lists."""
        return json.loads(self.run(*args, "--format", "json") or "null") or []

    def start(self):
        self.configure()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                ["unshare", "--net", "--"] + self.argv("system", "service", "--time", "0", self.host),
                env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                if self.api.request("GET", "/_ping")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        with open(self.log, encoding="utf-8", errors="replace") as log:
            raise BedError("podman is not ready:\n" + log.read()[-2000:])

    def end(self):
        """End the service and all that it left; nothing stays on disk."""
        self.api.close()
        if self.process and self.process.poll() is None:
            send(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                send(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.process = None
        deadline = time.monotonic() + STOP_S
        while time.monotonic() < deadline:
            left = processes_of(self.folder, PROGRAMS)
            if not left:
                break
            for pid in left:
                for child in children_of(pid):
                    if child not in left:
                        send(child, signal.SIGKILL)
                send(pid, signal.SIGKILL)
            time.sleep(0.05)
        unmount_below(self.folder)
        # Podman's own name for the parent of all its containers' groups; what is in use stays.
        remove_cgroups("libpod_parent")
        shutil.rmtree(self.folder, ignore_errors=True)
        if os.path.exists(self.folder):
            unmount_below(self.folder)
            shutil.rmtree(self.folder)
