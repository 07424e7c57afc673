# SPDX-License-Identifier: Apache-2.0
"""An sshd of its own on loopback: own port, host key, one user's key, and what `docker` is there."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from . import BedError, Started
from .engine import free_port
from .parts import SBIN, Missing

READY_S = 20


def root_is_locked():
    """Without PAM sshd lets no user in whose password is locked, whatever the key."""
    try:
        with open("/etc/shadow", encoding="utf-8") as shadow:
            return any(line.startswith("root:!") for line in shadow)
    except OSError:
        return False


class Sshd(Started):
    """As a context manager. A login runs commands with a PATH whose docker is the given CLI, talking
    to engine_host; ssh is a folder with an `ssh` that knows port, key and host key: put it first on
    PATH, and ssh://127.0.0.1 is this server.
    """

    def __init__(self, docker, engine_host):
        self.program = shutil.which("sshd", path="/usr/sbin:" + os.environ.get("PATH", "") + SBIN)
        if not self.program or not shutil.which("ssh"):
            raise Missing("no sshd and ssh are installed")
        self.docker = docker
        self.engine_host = engine_host
        self.folder = tempfile.mkdtemp(prefix="dh-sshd-")
        self.ssh = os.path.join(self.folder, "path")
        self.calls = os.path.join(self.folder, "calls")
        self.port = free_port()
        self.process = None

    def write(self, name, text, mode=0o600):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii") as out:
            out.write(text)
        os.chmod(path, mode)
        return path

    def start(self):
        for name in ("host_key", "user_key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                            os.path.join(self.folder, name)], check=True)
        with open(os.path.join(self.folder, "user_key.pub"), encoding="ascii") as key:
            self.write("authorized_keys", key.read())
        with open(os.path.join(self.folder, "host_key.pub"), encoding="ascii") as key:
            self.write("known_hosts", "[127.0.0.1]:%d %s" % (self.port, key.read()))
        # What the far side runs: the command is recorded, then done with the chosen docker.
        os.makedirs(os.path.join(self.folder, "remote"))
        os.symlink(self.docker, os.path.join(self.folder, "remote", "docker"))
        self.write("login", "#!/bin/sh\necho \"$SSH_ORIGINAL_COMMAND\" >>%s\n"
                   "PATH=%s:$PATH DOCKER_HOST=%s exec sh -c \"$SSH_ORIGINAL_COMMAND\"\n"
                   % (self.calls, os.path.join(self.folder, "remote"), self.engine_host), 0o755)
        self.write("calls", "")
        config = self.write("sshd_config", "\n".join((
            "Port %d" % self.port, "ListenAddress 127.0.0.1",
            "HostKey %s/host_key" % self.folder, "PidFile none",
            "AuthorizedKeysFile %s/authorized_keys" % self.folder, "StrictModes no",
            "PasswordAuthentication no", "KbdInteractiveAuthentication no",
            "UsePAM %s" % ("yes" if root_is_locked() else "no"),
            "PermitRootLogin yes", "ForceCommand %s/login" % self.folder, "MaxStartups 100", "")))
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
        self.process = subprocess.Popen([self.program, "-D", "-e", "-f", config],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        ssh_config = self.write("ssh_config", "\n".join((
            "Host *", "Port %d" % self.port, "IdentityFile %s/user_key" % self.folder,
            "UserKnownHostsFile %s/known_hosts" % self.folder, "BatchMode yes",
            "GlobalKnownHostsFile /dev/null", "IdentitiesOnly yes", "IdentityAgent none", "")))
        self.write("path/ssh", "#!/bin/sh\nexec %s -F %s \"$@\"\n"
                   % (shutil.which("ssh"), ssh_config), 0o755)
        self.wait()

    def wait(self):
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as probe:
                    if probe.recv(4) == b"SSH-":
                        return
            except OSError:
                time.sleep(0.05)
        raise BedError("sshd is not ready")

    def commands(self):
        """What was run over ssh so far."""
        with open(self.calls, encoding="utf-8") as calls:
            return calls.read().splitlines()

    def end(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)
