# SPDX-License-Identifier: Apache-2.0
"""Runs the program under test: directly, through a docker CLI, or on a terminal.

The program is build/release/docker-hygiene, or what HYGIENE names (docker-timesync, TIMESYNC).
"""

import errno
import fcntl
import json
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import time

from . import TOP, BedError

TIMEOUT_S = 60


def program(plugin="hygiene"):
    name = "docker-" + plugin
    path = os.environ.get(plugin.upper()) or os.path.join(TOP, "build", "release", name)
    if not os.access(path, os.X_OK):
        raise BedError("no program under test at %s: build it, or set %s" % (path, plugin.upper()))
    return os.path.abspath(path)


class Result:
    """What a finished command left: status (negative: the signal), out and err as text."""

    def __init__(self, argv, status, out, err):
        self.argv = argv
        self.status = status
        self.out = out
        self.err = err

    def __repr__(self):
        return "$ %s\nstatus %s\n--- stdout\n%s\n--- stderr\n%s" % (
            " ".join(self.argv), self.status, self.out[-3000:], self.err[-3000:])

    @property
    def json(self):
        try:
            return json.loads(self.out)
        except ValueError as wrong:
            raise AssertionError("stdout is not one JSON object (%s):\n%r" % (wrong, self)) from wrong


class Terminal:
    """A command on a pseudo-terminal of its own, as its controlling terminal."""

    def __init__(self, argv, env, columns=120):
        self.argv = argv
        self.text = ""
        self.status = None
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.execvpe(argv[0], argv, env)
            finally:
                os._exit(127)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))

    def read_some(self, seconds):
        """Read what is there; False at the end of the terminal."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError as wrong:
            if wrong.errno == errno.EIO:
                return False
            raise
        self.text += data.decode("utf-8", "replace")
        return bool(data)

    def until(self, text, seconds=TIMEOUT_S):
        """Read until text was shown."""
        deadline = time.monotonic() + seconds
        while text not in self.text:
            if time.monotonic() > deadline or not self.read_some(0.2):
                raise AssertionError("never shown: %r; the terminal says:\n%s" % (text, self.text))

    def send(self, text):
        os.write(self.fd, text.encode())

    def finish(self, seconds=TIMEOUT_S):
        """Read to the end and wait; the exit status (negative: the signal)."""
        deadline = time.monotonic() + seconds
        while self.read_some(0.2):
            if time.monotonic() > deadline:
                self.end()
                raise AssertionError("still running; the terminal says:\n" + self.text)
        self.reap()
        return self.status

    def reap(self):
        _, status = os.waitpid(self.pid, 0)
        self.status = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        os.close(self.fd)

    def end(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            self.reap()


class User:
    """A person's home: own HOME, state and docker configuration; as a context manager.

    host    the engine's address, given as `--host` before the plugin's name; None: not given
    plugin  "hygiene" or "timesync": what they run
    """

    def __init__(self, host=None, plugin="hygiene"):
        self.home = tempfile.mkdtemp(prefix="dh-user-")
        self.host = host
        self.plugin_name = plugin
        self.config = os.path.join(self.home, ".docker")
        os.makedirs(self.config)
        # An entry keeps the CLI from looking for credential helpers on PATH.
        self.write_config({})
        keep = {key: value for key, value in os.environ.items()
                if not key.startswith(("DOCKER_", "BUILDKIT", "XDG_", "HYGIENE", "TIMESYNC", "LC_",
                                       "LANG"))}
        self.env = dict(keep, HOME=self.home, DOCKER_CONFIG=self.config, LC_ALL="C.UTF-8",
                        XDG_STATE_HOME=os.path.join(self.home, "state"),
                        XDG_RUNTIME_DIR=os.path.join(self.home, "run"),
                        XDG_CONFIG_HOME=os.path.join(self.home, "config"))
        os.mkdir(self.env["XDG_RUNTIME_DIR"], 0o700)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        shutil.rmtree(self.home, ignore_errors=True)

    def write_config(self, keys):
        with open(os.path.join(self.config, "config.json"), "w", encoding="utf-8") as out:
            json.dump(dict({"auths": {"dummy.invalid": {}}}, **keys), out)

    def path(self, name):
        return os.path.join(self.home, name)

    def write(self, name, content, mode=0o600):
        """Write a file in the home; dicts and lists as JSON. Returns its path."""
        path = self.path(name)
        if isinstance(content, (dict, list)):
            content = json.dumps(content)
        with open(path, "w", encoding="utf-8") as out:
            out.write(content)
        os.chmod(path, mode)
        return path

    def plugin(self):
        """Install the program under test as a docker CLI plugin of this home."""
        folder = os.path.join(self.config, "cli-plugins")
        os.makedirs(folder, exist_ok=True)
        link = os.path.join(folder, "docker-" + self.plugin_name)
        if not os.path.lexists(link):
            os.symlink(program(self.plugin_name), link)
        return link

    def argv(self, args, cli=None):
        """The command line of `docker [--host H] PLUGIN ARGS`; cli: a docker CLI's path, else the
        program itself as the CLI would call it."""
        first = [cli] if cli else [program(self.plugin_name)]
        if cli:
            self.plugin()
        host = ["--host", self.host] if self.host else []
        return first + host + [self.plugin_name] + list(args)

    def start(self, args, cli=None, env=None, **popen):
        """Start without waiting: a subprocess.Popen with pipes."""
        popen.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.Popen(self.argv(args, cli), env=dict(self.env, **(env or {})),
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **popen)

    def run(self, *args, cli=None, env=None, timeout=TIMEOUT_S, **popen):
        """Run to the end without a terminal."""
        process = self.start(args, cli, env, **popen)
        return finish(process, timeout)

    def command(self, argv, env=None, timeout=TIMEOUT_S, **popen):
        """Run any other command as this user."""
        popen.setdefault("stdin", subprocess.DEVNULL)
        process = subprocess.Popen(argv, env=dict(self.env, **(env or {})), stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, **popen)
        return finish(process, timeout)

    def terminal(self, *args, cli=None, env=None):
        return Terminal(self.argv(args, cli), dict(self.env, TERM="xterm", **(env or {})))


def finish(process, timeout=TIMEOUT_S):
    """Wait for a Popen with pipes; one that hangs is ended and the test fails."""
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError("still running after %d s: %r" % (timeout, Result(
            process.args, None, out.decode("utf-8", "replace"),
            err.decode("utf-8", "replace")))) from None
    return Result(process.args, process.returncode, out.decode("utf-8", "replace"),
                  err.decode("utf-8", "replace"))
