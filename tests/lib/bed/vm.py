# SPDX-License-Identifier: Apache-2.0
"""A virtual machine with a Docker Engine whose clock the tests may do anything to.

QEMU emulates it (KVM is used only where it truly works). Its disk is read-only and shared; all else
is in its memory, so each start is a new machine. It reaches nothing but the one port that s3 names,
and is reached only from 127.0.0.1, at ports that were free. Saved once after its boot, it resumes
from there, with its clock as late as the save is old: as a laptop's does.

Only the virtual machine's clock is ever set; this machine's is read.
"""

import ctypes
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

from . import BedError, Started, vmimage
from .http import Api
from .qmp import Qmp, Serial
from .relay import Relay
from .truth import Truth

# By name: the Debian suite that brings the engine.
ENGINES = {"20.10": "bookworm", "26.1": "trixie"}
MEMORY_MIB = 768
CPUS = 2
BOOT_S = 120
RTC_HOST = "base=utc,clock=host"  # keeps time while the machine is paused, as a laptop's does
RTC_GUEST = "base=utc,clock=vm"   # stands still with it
KERNEL_LINE = ("console=ttyS0 panic=-1 loglevel=4 tsc=reliable no_timer_check mitigations=off "
               "docker-hygiene-bed")
PR_SET_PDEATHSIG = 1


def accelerator():
    """kvm only where a stock kernel boots under it: /dev/kvm alone does not say so (PVM has it)."""
    modules = "/sys/module/"
    if (os.access("/dev/kvm", os.R_OK | os.W_OK) and not os.path.isdir(modules + "kvm_pvm") and
            any(os.path.isdir(modules + name) for name in ("kvm_intel", "kvm_amd"))):
        return "kvm"
    return "tcg,thread=multi"


def die_with_parent():
    """Between fork and exec: even a killed test run leaves no machine."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def host_anchor():
    """This machine's REALTIME - BOOTTIME in ns, which only setting its clock moves by much."""
    best = None
    for _ in range(20):
        before = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        real = time.clock_gettime_ns(time.CLOCK_REALTIME)
        width = time.clock_gettime_ns(time.CLOCK_BOOTTIME) - before
        if best is None or width < best[0]:
            best = width, real - before - width // 2
    return best[1]


class Machine(Started):
    """One virtual machine, as a context manager.

    engine  a key of ENGINES
    rtc     QEMU's -rtc
    cold    True: boot even where it could be resumed
    s3      a port of 127.0.0.1 that the machine reaches as 10.0.2.100:80; may be set later
    """

    def __init__(self, engine, rtc=RTC_HOST, cold=False, s3=None):
        self.engine = engine
        self.rtc = rtc
        self.cold = cold
        self.image = vmimage.image(ENGINES[engine])
        self.folder = tempfile.mkdtemp(prefix="dh-vm-")
        self.process = None
        self.qmp = self.serial = self.truth = self.ntp = self.api = None
        self.port = self.host = None
        self.paused_at = None
        self.set_s3(s3)

    # Starting and ending

    def path(self, name):
        return os.path.join(self.folder, name)

    def set_s3(self, port):
        """What new connections to 10.0.2.100:80 lead to."""
        self.s3 = port
        script = self.path("s3")
        with open(script + ".new", "w", encoding="ascii") as out:
            out.write("#!/bin/sh\nexec busybox nc 127.0.0.1 %d\n" % (port or 1))
        os.chmod(script + ".new", 0o755)
        os.rename(script + ".new", script)

    def state_key(self):
        """What a saved machine depends on."""
        told = subprocess.run(["qemu-system-x86_64", "--version"], stdout=subprocess.PIPE,
                              stdin=subprocess.DEVNULL, check=True).stdout.decode()
        return "\n".join([vmimage.version(), told.splitlines()[0], accelerator(), KERNEL_LINE,
                          "%d MiB, %d CPUs" % (MEMORY_MIB, CPUS)])

    def has_state(self):
        try:
            with open(self.image.state + ".key", encoding="utf-8") as key:
                return key.read() == self.state_key() and os.path.exists(self.image.state)
        except OSError:
            return False

    def argv(self):
        forwards = ("hostfwd=tcp:127.0.0.1:0-10.0.2.15:2375,hostfwd=tcp:127.0.0.1:0-10.0.2.15:7,"
                    "hostfwd=tcp:127.0.0.1:0-10.0.2.15:1123")
        return [
            "nice", "-n", "5", "qemu-system-x86_64", "-name", "docker-hygiene-bed",
            "-accel", accelerator(), "-m", str(MEMORY_MIB), "-smp", str(CPUS), "-rtc", self.rtc,
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-kernel", self.image.kernel, "-initrd", self.image.initramfs, "-append", KERNEL_LINE,
            "-drive", "file=%s,format=raw,if=none,id=root,readonly=on" % self.image.root,
            "-device", "virtio-blk-pci,drive=root",
            "-netdev", "user,id=net,restrict=on,ipv6=off,%s,guestfwd=tcp:10.0.2.100:80-cmd:%s" % (
                forwards, self.path("s3")),
            "-device", "virtio-net-pci,netdev=net,romfile=",
            "-chardev", "file,id=console,path=" + self.path("console"), "-serial",
            "chardev:console", "-chardev",
            "socket,id=serial,server=on,wait=off,path=" + self.path("serial"), "-serial",
            "chardev:serial", "-qmp", "unix:%s,server=on,wait=off" % self.path("qmp"),
        ]

    def start(self):
        """Resume or boot it, and wait until its engine answers."""
        if not self.cold and not self.has_state():
            with vmimage.Locked(self.image.state + ".lock"):
                if not self.has_state():
                    self.make_state()
        self.launch(None if self.cold else self.image.state)
        self.wait_ready()

    def make_state(self):
        """Boot once and save what then is in memory; resuming that takes a fifth of the time."""
        first = Machine(self.engine, cold=True)
        with first:
            first.save(self.image.state)
        with open(self.image.state + ".key", "w", encoding="utf-8") as key:
            key.write(self.state_key())

    def launch(self, state):
        """state: what save() wrote; None: it boots."""
        argv = self.argv()
        if state:
            argv += ["-incoming", "exec:cat " + state]
        with open(self.path("qemu.log"), "ab") as log:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True, preexec_fn=die_with_parent)
        try:
            self.qmp = Qmp(self.path("qmp"))
        except BedError as why:
            raise BedError("QEMU does not run: %s\n%s" % (why, self.log_end("qemu.log"))) from why
        self.serial = Serial(self.path("serial"))
        ports = self.ports()
        self.truth = Truth(ports[7])
        self.ntp = Relay(ports[1123])
        self.port = ports[2375]
        self.host = "tcp://127.0.0.1:%d" % self.port
        self.api = Api(("127.0.0.1", self.port))

    def ports(self):
        """{port in the machine: port here}; QEMU chose free ones."""
        told = self.qmp.do("human-monitor-command", command_line="info usernet")
        return {int(there): int(here) for here, there in re.findall(
            r"TCP\[HOST_FORWARD\] +\d+ +127\.0\.0\.1 +(\d+) +10\.0\.2\.15 +(\d+)", told)}

    def log_end(self, name):
        try:
            with open(self.path(name), encoding="utf-8", errors="replace") as log:
                return "".join(log.readlines()[-15:])
        except OSError:
            return "(no %s)" % name

    def answers(self, seconds=1):
        """Whether the engine does, within that time."""
        probe = Api(self.api.path, seconds)
        try:
            return probe.request("GET", "/_ping")[0] == 200
        except OSError:
            return False
        finally:
            probe.close()

    def wait_ready(self, seconds=BOOT_S):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise BedError("the virtual machine ended:\n" + self.log_end("console") +
                               self.log_end("qemu.log"))
            if self.answers():
                return
            time.sleep(0.1)
        raise BedError("no engine after %d s:\n%s" % (seconds, self.log_end("console")))

    def end(self):
        """End QEMU, by its pid, and leave nothing on disk."""
        for part in (self.qmp, self.serial, self.truth, self.ntp, self.api):
            if part:
                part.close()
        self.qmp = self.serial = self.truth = self.ntp = self.api = None
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait()
            self.process = None
        shutil.rmtree(self.folder, ignore_errors=True)

    # What happens to it

    def pause(self):
        """The machine stands still, as with a laptop's lid closed."""
        self.qmp.do("stop")
        self.paused_at = time.monotonic()

    def resume(self):
        """Ends pause(); the monotonic time of it, and for how long the machine stood."""
        self.qmp.do("cont")
        now = time.monotonic()
        return now, now - self.paused_at

    def save(self, path):
        """Write all that is in its memory to a file. It is saved running (one saved while it stands
        would stand when resumed) and has ended afterwards."""
        self.qmp.do("migrate-set-parameters", max_bandwidth=1 << 32)
        self.qmp.do("migrate", uri="exec:cat >%s.new" % path)
        deadline = time.monotonic() + 120
        while True:
            told = self.qmp.do("query-migrate")
            if told["status"] == "completed":
                break
            if told["status"] == "failed" or time.monotonic() > deadline:
                raise BedError("QEMU does not save: %r" % told)
            time.sleep(0.1)
        self.end()
        os.rename(path + ".new", path)

    def load(self, path):
        """Go on from such a file, at other ports than before."""
        self.folder = tempfile.mkdtemp(prefix="dh-vm-")
        self.set_s3(self.s3)
        self.launch(path)
        self.wait_ready()

    # From inside, without docker

    def run(self, command, seconds=60):
        """The output of a shell command in the machine, which must succeed."""
        status, text = self.serial.run(command, seconds)
        if status:
            raise BedError("in the machine: %s: status %d: %s" % (command, status, text))
        return text

    def shift(self, seconds):
        """Step its clock."""
        self.run("bed-clock shift %d" % round(seconds * 1e9))

    def skew(self, seconds):
        """Make its clock that much ahead (negative: behind) of this machine's; the Offset then."""
        self.shift(seconds - self.truth.offset().value)
        return self.truth.offset()

    def clock(self):
        """What adjtimex(2) says there."""
        status, state, maxerror, left = self.run("bed-clock show").split()
        return {"status": int(status), "state": int(state), "maxerror": int(maxerror),
                "left": int(left)}

    def keep(self, status, maxerror_us):
        """Leave these in the kernel, as a time service does; the next step clears them."""
        self.run("bed-clock keep %d %d" % (status, maxerror_us))

    def restart_engine(self, *args):
        """Kill dockerd as a crash does and start it again, with further arguments."""
        self.kill_engine()
        self.start_engine(*args)

    def kill_engine(self):
        self.api.close()
        self.run("kill -9 $(cat /run/docker.pid); rm -f /run/docker.pid")

    def start_engine(self, *args):
        self.run("setsid bed-engine %s >>/run/dockerd.log 2>&1 &" % " ".join(args))
        self.wait_ready()
