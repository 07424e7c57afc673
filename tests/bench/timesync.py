# SPDX-License-Identifier: Apache-2.0
"""docker timesync beside what people use today, in one virtual machine and one run.

The truth of the machine's clock is an echo's in it (bed.truth), which knows nothing of docker; its
own bound is printed with what it says.
"""

import glob
import json
import os
import signal
import statistics
import subprocess
import time

from bed import TOP, archive, parts, program, vm
from bed.engine import Engine
from bed.sleepy import Sleepy
from bed.watch import Watch

SKEW_S = -20 * 60
SLEEP_S = 8
IDLE_S = 60
NATIVE_RUNS = 5
IMAGE = "bb:1"
DRIFT = 500e-6
# A measurement lasts that long at most, in which the clocks drift.
MEASURED_S = 0.3
MIB = 1024 * 1024


def load_image(api):
    api.load(archive.archive([archive.Image([archive.busybox_layer()], [IMAGE])]))


class Sides:
    """Each a command that a person would type."""

    def __init__(self, machine, user):
        self.machine = machine
        self.user = user
        self.cli, version = parts.cli("newest")
        told = machine.api.info()
        print("engine %s in a virtual machine (%s), docker CLI %s" % (
            told["ServerVersion"], vm.accelerator(), version), flush=True)

    def docker_run(self, options, command):
        return [self.cli, "--host", self.machine.host, "run", "--rm", "--network", "none",
                *options, IMAGE, "busybox", *command]

    def argv(self, side):
        if side == "bare":
            return self.docker_run([], ["true"])
        if side == "date":
            return self.docker_run(["--cap-add", "SYS_TIME"],
                                   ["date", "-u", "-s", "@%d" % time.time()])
        if side == "hwclock":
            return self.docker_run(["--privileged"], ["hwclock", "-s", "-u"])
        return self.user.argv(["sync", "--format", "json"], self.cli)

    def run(self, side):
        """(seconds, what it printed)"""
        self.machine.skew(SKEW_S)
        argv = self.argv(side)
        began = time.monotonic()
        done = subprocess.run(argv, env=self.user.env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        took = time.monotonic() - began
        if done.returncode:
            raise SystemExit("%s: status %d: %s" % (" ".join(argv), done.returncode, done.stderr))
        return took, done.stdout


def outside(told, truth):
    """By how much (seconds) the true offset lies outside of what was claimed; 0: inside."""
    slack = truth.bound + DRIFT
    return max(0, told["lo_ns"] / 1e9 - truth.value - slack, truth.value - told["hi_ns"] / 1e9 - slack)


def bench_correct(bars, sides, rounds):
    names = ("ours", "date", "hwclock", "bare")
    times = {name: [] for name in names}
    left = {name: [] for name in names}
    bounds, widths, outsides, truths = [], [], [], []
    for name in names:
        sides.run(name)  # the first one after a start takes longer: cold caches of the emulation
    for number in range(rounds):
        for name in names[number % 4:] + names[:number % 4]:
            took, out = sides.run(name)
            truth = sides.machine.truth.offset()
            truths.append(truth.bound)
            times[name].append(took)
            left[name].append(abs(truth.value))
            if name == "ours":
                told = json.loads(out)["after"]
                bounds.append(told["bound_ns"] / 1e9)
                widths.append((told["bound_ns"] / 1e9 - DRIFT * MEASURED_S) /
                              (told["delay_ns"] / 2e9))
                outsides.append(outside(told, truth))
        print("  round %d: %s" % (number + 1, ", ".join("%s %.2f s, left %.2f ms" % (
            name, times[name][-1], left[name][-1] * 1000) for name in names[:3]) +
                                  ", bare run %.2f s" % times["bare"][-1]), flush=True)
    median = {name: statistics.median(left[name]) for name in names}
    print("  error left, median: ours %.2f ms (claimed within %.2f ms), date %.0f ms, hwclock "
          "%.0f ms; the truth is known to +-%.2f ms" % (
              median["ours"] * 1000, statistics.median(bounds) * 1000, median["date"] * 1000,
              median["hwclock"] * 1000, max(truths) * 1000), flush=True)
    bars.tell("sync: error left outside of the claimed bound, largest", max(outsides) * 1000, 0,
              " ms")
    bars.tell("sync: error left, median", median["ours"] * 1000, 2, " ms")
    bars.tell("sync: bound / half the smallest round trip, largest", max(widths), 1.5)
    bare = statistics.median(times["bare"])
    bars.tell("sync: time / a bare docker run's", statistics.median(times["ours"]) / bare, 1.15)
    return bare


def wake(machine, sleepy, watch):
    """Seconds from the machine's going on to its being right, after a sleep of both."""
    mark = watch.mark()
    watch.process.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    machine.pause()
    time.sleep(SLEEP_S)
    woke, _ = machine.resume()
    sleepy.sleeping(time.monotonic() - began)
    watch.process.send_signal(signal.SIGCONT)
    right = machine.truth.until(lambda offset: abs(offset.value) < 0.1, 60)
    watch.until("corrected", after=mark)
    return right - woke


def watching(machine, user, name, args):
    sleepy = Sleepy(user.path(name))
    watch = Watch(user, args, sleepy.env)
    watch.until("started")
    return sleepy, watch


def bench_wake(bars, machine, user, rounds, bare):
    for name, args in (("idle helper", ()), ("no helper", ("--no-idle-helper",))):
        machine.skew(-3)
        sleepy, watch = watching(machine, user, name.replace(" ", "-"), args)
        try:
            watch.until("corrected")
            took = []
            for _ in range(rounds):
                time.sleep(2)
                took.append(wake(machine, sleepy, watch))
        finally:
            watch.stop()
            sleepy.end()
        print("  from waking to corrected, %s: %s s" % (
            name, ", ".join("%.2f" % one for one in took)), flush=True)
        if args:
            bars.tell("watch: waking to corrected, no helper / a bare run",
                      statistics.median(took) / bare, 1.3)
        else:
            bars.tell("watch: waking to corrected, idle helper, largest", max(took), 2, " s")


def cpu_ns(pid):
    with open("/proc/%d/schedstat" % pid, encoding="ascii") as told:
        return int(told.read().split()[0])


def resident(pid):
    with open("/proc/%d/status" % pid, encoding="ascii") as told:
        rows = dict(line.split(":", 1) for line in told)
    return int(rows["VmHWM"].split()[0]) * 1024


def bench_idle(bars, machine, user):
    machine.skew(-3)
    watch = Watch(user, (), {})
    try:
        watch.until("corrected")
        time.sleep(5)
        before = cpu_ns(watch.process.pid)
        time.sleep(IDLE_S)
        spent = (cpu_ns(watch.process.pid) - before) / 1e6 * 60 / IDLE_S
        peak = resident(watch.process.pid)
    finally:
        watch.stop()
    bars.tell("watch: resident at most", peak / MIB, 14, " MiB")
    bars.tell("watch: CPU of an idle minute", spent, 10, " ms")


def bench_native(bars):
    with Engine(parts.system_engine()) as engine, program.User(engine.host, "timesync") as user:
        told = []
        for _ in range(NATIVE_RUNS + 1):
            told.append(user.run("check", "--precise", "--format", "json").json)
    # The first one loads the image.
    bounds = [row["bound_ns"] / 1e6 for row in told[1:]]
    print("  native engine: bounds %s ms" % ", ".join("%.3f" % one for one in bounds), flush=True)
    bars.tell("check --precise, native engine: bound, median", statistics.median(bounds), 0.3, " ms")


def bench_sizes(bars):
    built = os.path.join(TOP, "plugins", "timesync", "helper", "built")
    sizes = [os.path.getsize(path) for path in glob.glob(built + "/*")
             if "." not in os.path.basename(path) and not path.endswith("SHA256SUMS")]
    bars.tell("helper: the largest of %d architectures" % len(sizes), max(sizes) / 1000, 16, " kB")


def bench(bars, rounds):
    bench_sizes(bars)
    bench_native(bars)
    for name in vm.ENGINES:
        with vm.Machine(name) as machine, program.User(machine.host, "timesync") as user:
            load_image(machine.api)
            bare = bench_correct(bars, Sides(machine, user), rounds)
            bench_wake(bars, machine, user, 3, bare)
            if name == list(vm.ENGINES)[0]:
                bench_idle(bars, machine, user)
