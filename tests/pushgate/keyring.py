# SPDX-License-Identifier: Apache-2.0
"""A D-Bus session of its own, with gnome-keyring-daemon on it or not, in a directory of its own.

The bus activates nothing: a daemon that D-Bus starts by itself would be one more than the test
knows of.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time

BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=%s/run/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
NEEDED = ("dbus-daemon", "dbus-monitor", "gnome-keyring-daemon", "gdbus", "secret-tool")
LOGIN = "/org/freedesktop/secrets/collection/login"
# A machine under load answers late; what takes longer than this is broken.
PATIENCE = 30


def missing():
    """Why no session can be made here, None if it can."""
    absent = [name for name in NEEDED if not shutil.which(name)]
    return "not installed: " + ", ".join(absent) if absent else None


class Session:
    """with Session() as s: ..., with s.env for what is to run in it.

    password  of the login collection; None: there is no collection at all
    daemon    False: nobody provides the Secret Service
    """

    def __init__(self, password="testpw", daemon=True):
        self.top = tempfile.mkdtemp(prefix="keyring.")
        self.password = password
        self.children = []
        for name in ("run", "data", "home", "config"):
            os.makedirs(os.path.join(self.top, name), 0o700)
        self.env = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": os.path.join(self.top, "home"),
            "XDG_RUNTIME_DIR": os.path.join(self.top, "run"),
            "XDG_DATA_HOME": os.path.join(self.top, "data"),
            "XDG_CONFIG_HOME": os.path.join(self.top, "config"),
            "DBUS_SESSION_BUS_ADDRESS": "unix:path=%s/run/bus" % self.top,
            "LC_ALL": "C.UTF-8",
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        self.bus = self.daemon = None
        try:
            self.start_bus()
            if daemon:
                self.start_daemon()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def start(self, argv, stdin=b"", out=subprocess.DEVNULL):
        child = subprocess.Popen(argv, env=self.env, cwd=self.top, stdin=subprocess.PIPE,
                                 stdout=out, stderr=subprocess.DEVNULL)
        child.stdin.write(stdin)
        child.stdin.close()
        self.children.append(child)
        return child

    def wait(self, what, happened):
        end = time.monotonic() + PATIENCE
        while not happened():
            if time.monotonic() > end:
                raise AssertionError("%s did not happen" % what)
            time.sleep(0.005)

    def start_bus(self):
        config = os.path.join(self.top, "bus.conf")
        with open(config, "w", encoding="ascii") as out:
            out.write(BUS % self.top)
        self.bus = self.start(["dbus-daemon", "--nofork", "--config-file=" + config])
        path = os.path.join(self.top, "run", "bus")
        self.wait("the bus", lambda: os.path.exists(path))

    def start_daemon(self):
        argv = ["gnome-keyring-daemon", "--foreground", "--components=secrets"]
        secret = b""
        if self.password is not None:
            argv.append("--unlock")
            secret = self.password.encode()
        self.daemon = self.start(argv, secret)
        self.run(["gdbus", "wait", "--session", "--timeout", str(PATIENCE),
                  "org.freedesktop.secrets"])
        if self.password is not None:
            self.wait("the login collection", lambda: LOGIN in self.call(
                "org.freedesktop.Secret.Service.ReadAlias", "default"))

    def stop_daemon(self):
        self.end(self.daemon)
        self.daemon = None

    def end(self, child):
        if child.poll() is None:
            child.send_signal(signal.SIGCONT)
            child.kill()
        child.wait(PATIENCE)

    def close(self):
        for child in reversed(self.children):
            self.end(child)
        shutil.rmtree(self.top, ignore_errors=True)

    def run(self, argv, stdin=b"", check=True):
        done = subprocess.run(argv, env=self.env, cwd=self.top, input=stdin,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE,
                              check=False)
        if check and done.returncode:
            raise AssertionError("%s: %s%s" % (argv, done.stdout, done.stderr))
        return done

    def call(self, method, *args):
        """A method of the Secret Service; its answer as gdbus prints it."""
        return self.run(["gdbus", "call", "--session", "--timeout", str(PATIENCE), "--dest",
                         "org.freedesktop.secrets", "--object-path", "/org/freedesktop/secrets",
                         "--method", method] + list(args)).stdout.decode()

    def lock(self):
        self.call("org.freedesktop.Secret.Service.Lock", "['%s']" % LOGIN)

    def add(self, label, secret, **attributes):
        """An item as secret-tool stores it: any attributes."""
        words = [word for pair in attributes.items() for word in pair]
        self.run(["secret-tool", "store", "--label", label] + words, secret)

    def items(self, *attributes):
        """What secret-tool finds: a list of {name: value}, labels and secrets included."""
        done = self.run(["secret-tool", "search", "--all"] + list(attributes), check=False)
        found = []
        # The secrets come on stdout, the attributes on stderr.
        for line in done.stdout.decode().splitlines():
            if line.startswith("[/"):
                found.append({})
            elif found and " = " in line:
                name, value = line.split(" = ", 1)
                found[-1][name] = value
        return found
