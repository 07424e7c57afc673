# SPDX-License-Identifier: Apache-2.0
"""Starts a dockerd of its own, and ends exactly what it started.

Everything of an engine lives in one temporary directory: data root, exec root, socket, pid file,
configuration, log. It runs in a network namespace of its own with no bridge and no firewall rule,
so nothing of the machine's network is touched either.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from . import BedError, Started
from .http import Api
from .parts import SBIN

READY_S = 60
STOP_S = 20


def filesystem_of(path):
    """The type of the filesystem that holds path."""
    best, kind = "", ""
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        for line in mounts:
            fields = line.split()
            point = fields[1].encode().decode("unicode_escape")
            inside = path == point or path.startswith(point.rstrip("/") + "/")
            if inside and len(point) >= len(best):
                best, kind = point, fields[2]
    return kind


def bed_root():
    """Where engines keep their data: overlay2 does not stack on overlayfs, so a container's volume
    is taken where the temporary directory lies on the container's own layers."""
    chosen = os.environ.get("HYGIENE_BED_DIR")
    if chosen:
        return chosen
    for folder in (tempfile.gettempdir(), "/var/lib/docker", "/var/tmp"):
        if os.path.isdir(folder) and filesystem_of(os.path.realpath(folder)) not in (
                "overlay", "tmpfs"):
            return folder
    return tempfile.gettempdir()


ENGINE_PROGRAMS = ("dockerd", "containerd", "containerd-shim", "containerd-shim-runc-v2",
                   "docker-proxy", "runc")


def processes_of(text, programs=ENGINE_PROGRAMS):
    """Pids of an engine's programs whose command line names its directory: exactly its processes,
    and not those that talk to it."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            with open("/proc/%s/cmdline" % entry, "rb") as cmdline:
                line = cmdline.read()
            program = os.path.basename(line.split(b"\0")[0]).decode("utf-8", "replace")
            if program in programs and text.encode() in line:
                found.append(int(entry))
        except OSError:
            pass
    return found


def children_of(pid):
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as children:
            return [int(child) for child in children.read().split()]
    except OSError:
        return []


def send(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def unmount_below(folder):
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        points = [line.split()[1].encode().decode("unicode_escape") for line in mounts]
    for point in sorted(points, key=len, reverse=True):
        if point.startswith(folder + "/"):
            subprocess.run(["umount", "-l", point], stdin=subprocess.DEVNULL, check=False)


def remove_cgroups(name):
    """The control groups of an engine's containers, in each hierarchy; they are empty by now."""
    for top in ["/sys/fs/cgroup"] + [row.path for row in os.scandir("/sys/fs/cgroup")
                                     if row.is_dir(follow_symlinks=False)]:
        for folder, _, _ in os.walk(os.path.join(top, name), topdown=False):
            try:
                os.rmdir(folder)
            except OSError:
                pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Engine(Started):
    """A private dockerd, as a context manager.

    kind     bed.parts.EngineKind
    args     further dockerd arguments
    config   further keys of the daemon's configuration file
    tls      bed.tls.Pki: also listen on 127.0.0.1 with TLS, clients verified; see tcp
    network  True: the machine's own network namespace (implied by tls)
    """

    def __init__(self, kind, args=(), config=None, tls=None, network=False):
        self.kind = kind
        self.args = list(args)
        self.config = dict(config or {})
        self.tls = tls
        self.network = network or tls is not None
        self.folder = tempfile.mkdtemp(prefix="dh-bed-", dir=bed_root())
        self.socket = os.path.join(self.folder, "docker.sock")
        self.host = "unix://" + self.socket
        self.data_root = os.path.join(self.folder, "data")
        self.log = os.path.join(self.folder, "dockerd.log")
        self.tcp = "tcp://127.0.0.1:%d" % free_port() if tls else None
        self.process = None
        self.api = Api(self.socket)

    def command(self):
        config = dict(self.config)
        if self.kind.containerd_store:
            config.setdefault("features", {})["containerd-snapshotter"] = True
        path = os.path.join(self.folder, "daemon.json")
        with open(path, "w", encoding="utf-8") as out:
            json.dump(config, out)
        argv = [] if self.network else ["unshare", "--net", "--"]
        argv += [
            self.kind.dockerd, "--config-file", path, "--data-root", self.data_root,
            "--exec-root", os.path.join(self.folder, "exec"), "-H", self.host,
            "--pidfile", os.path.join(self.folder, "docker.pid"),
            "--iptables=false", "--ip6tables=false", "--bridge=none", "--shutdown-timeout=1",
            "--cgroup-parent", "/" + os.path.basename(self.folder),
        ]
        if self.tls:
            argv += ["-H", self.tcp, "--tlsverify", "--tlscacert", self.tls.ca,
                     "--tlscert", self.tls.server_cert, "--tlskey", self.tls.server_key]
        return argv + self.args

    def start(self):
        """Start dockerd and wait until it answers; raises BedError with the end of its log."""
        path = os.environ.get("PATH", "") + ":" + SBIN
        if self.kind.path:
            path = self.kind.path + ":" + path
        env = {key: value for key, value in os.environ.items() if not key.startswith("DOCKER_")}
        # A containerd that was paused leaves its stacks in the folder for temporary files.
        env.update(PATH=path, TMPDIR=self.folder)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, env=env,
                                            start_new_session=True)
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise BedError("dockerd ended at once:\n" + self.log_end())
            try:
                if self.api.request("GET", "/_ping")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise BedError("dockerd is not ready after %d s:\n%s" % (READY_S, self.log_end()))

    def log_end(self, lines=15):
        try:
            with open(self.log, encoding="utf-8", errors="replace") as log:
                return "".join(log.readlines()[-lines:])
        except OSError:
            return "(no log)"

    def pause(self):
        """The engine accepts connections and never answers, like a machine that sleeps."""
        send(self.process.pid, signal.SIGSTOP)

    def resume(self):
        send(self.process.pid, signal.SIGCONT)

    def stop(self, number=signal.SIGTERM):
        """End dockerd (by SIGKILL: as a crash does) and all that it left; start() works again."""
        self.api.close()
        if self.process and self.process.poll() is None:
            self.resume()
            send(self.process.pid, number)
            try:
                self.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                send(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.process = None
        self.end_leftovers()

    def end_leftovers(self):
        """The engine's containerd, its shims and what runs in containers, after a crash."""
        deadline = time.monotonic() + STOP_S
        while time.monotonic() < deadline:
            left = processes_of(self.folder)
            if not left:
                break
            for pid in left:
                for child in children_of(pid):
                    if child not in left:
                        send(child, signal.SIGKILL)
                send(pid, signal.SIGKILL)
            time.sleep(0.05)
        # A pid in them may still look alive where nobody reaps orphans, or be another process's.
        for name in ("docker.pid", "exec/containerd/containerd.pid"):
            pidfile = os.path.join(self.folder, name)
            if os.path.exists(pidfile):
                os.unlink(pidfile)
        unmount_below(self.folder)
        remove_cgroups(os.path.basename(self.folder))

    def end(self):
        """stop(), and nothing of the engine is left on disk."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        if os.path.exists(self.folder):
            unmount_below(self.folder)
            shutil.rmtree(self.folder)

    @property
    def alive(self):
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self):
        return self.process.pid if self.process else None
