# SPDX-License-Identifier: Apache-2.0
"""docker timesync beside what people use today, on one virtual machine; and what it costs."""

import datetime
import json
import os
import signal
import statistics
import time

from bed import TOP, archive, parts, program, vm
from bed.engine import Engine
from bed.sleepy import Sleepy
from measure import MIB

ENGINE = "20.10"
SKEW_S = -1200
SLEEP_S = 8
IDLE_S = 60
IN_STEP_S = 0.010
DRIFT_PPM = 500
MEASURING_S = 0.25  # for how long it may go on
PINGS = 50
PATIENCE_S = 300


class Bed:
    """The virtual machine, with an image in it that can run busybox, and a person's home."""

    def __init__(self, machine, user):
        self.vm = machine
        self.user = user
        self.cli, self.cli_version = parts.cli("newest")
        self.vm.api.load(archive.archive([archive.Image([archive.busybox_layer()], ["bb:1"])]))

    def docker(self, *args):
        return [self.cli, "--host", self.vm.host, *args]

    def contained(self, *args):
        return self.docker("run", "--rm", "--network", "none", *args)

    def timed(self, argv, statuses=(0,)):
        """(seconds, what it printed) of a command that must end with one of these."""
        began = time.monotonic()
        result = self.user.command(argv, timeout=PATIENCE_S)
        took = time.monotonic() - began
        if result.status not in statuses:
            raise SystemExit(repr(result))
        return took, result.out

    # What is compared; each returns (seconds, what it printed).

    def ours(self):
        return self.timed(self.user.argv(["sync", "--format", "json"], self.cli))

    def bare(self):
        return self.timed(self.contained("bb:1", "true"))

    def date(self):
        return self.timed(self.contained("--cap-add", "SYS_TIME", "bb:1", "busybox", "date", "-s",
                                         "@%d" % time.time()))

    def hwclock(self):
        return self.timed(self.contained("--privileged", "bb:1", "busybox", "hwclock", "-s", "-u"))

    def check(self):
        # 1: it took the engine so long to answer that nothing can be told.
        return self.timed(self.user.argv(["check", "--format", "json"], self.cli), (0, 1))


def turned(rows, number):
    """The same rows, beginning with another one each time."""
    at = number % len(rows)
    return rows[at:] + rows[:at]


def round_trip(api):
    """The quickest of some requests that the engine has nothing to do for, in seconds."""
    seen = []
    for _ in range(PINGS):
        began = time.monotonic()
        api.ping()
        seen.append(time.monotonic() - began)
    return min(seen)


def is_inside(reading, truth):
    """Whether what a reading claims and what is true now can both be so."""
    when = datetime.datetime.fromisoformat(reading["host_time"].replace("Z", "+00:00")).timestamp()
    drift = max(time.time() - when, 0) * DRIFT_PPM / 1e6
    return (truth.hi >= reading["lo_ns"] / 1e9 - drift and
            truth.lo <= reading["hi_ns"] / 1e9 + drift)


def bound_ratio(readings):
    """The median bound against half of the quickest round trip of all of them and the drift."""
    least = min(row["delay_ns"] for row in readings) / 2 + MEASURING_S * DRIFT_PPM * 1e3
    return statistics.median(row["bound_ns"] for row in readings) / least


def ms(seconds):
    return "%.2f ms" % (seconds * 1e3)


# --- Correcting, beside others.

def correct(bars, rounds, bed):
    sides = ["ours", "date", "hwclock", "bare"]
    took = {side: [] for side in sides}
    left = {side: [] for side in sides[:3]}
    readings, outside, pings = [], 0, []
    for side in sides:
        getattr(bed, side)()  # the first of each warms the emulator's translations
    for number in range(rounds):
        for side in turned(sides, number):
            bed.vm.skew(SKEW_S)
            seconds, text = getattr(bed, side)()
            truth = bed.vm.truth.offset()
            took[side].append(seconds)
            if side in left:
                left[side].append(truth)
            if side == "ours":
                reading = json.loads(text)["after"]
                readings.append(reading)
                outside += not is_inside(reading, truth)
        pings.append(round_trip(bed.vm.api))
        print("  round %d: %s" % (number + 1, ", ".join(
            "%s %.2f s" % (side, took[side][-1]) for side in sides)), flush=True)
    for side in left:
        errors = [abs(row.value) for row in left[side]]
        print("  %-8s error left: median %s, most %s (each read to +-%s)" % (
            side, ms(statistics.median(errors)), ms(max(errors)),
            ms(max(row.bound for row in left[side]))))
    bounds = [row["bound_ns"] / 1e9 for row in readings]
    print("  ours claims: median +-%s, most +-%s; quickest round trip: %s, of /_ping: %s" % (
        ms(statistics.median(bounds)), ms(max(bounds)),
        ms(min(row["delay_ns"] for row in readings) / 1e9), ms(min(pings))), flush=True)
    bars.tell("sync: runs whose error was not inside the claimed bound", outside, 0)
    bars.tell("sync: median error left",
              statistics.median(abs(row.value) for row in left["ours"]) * 1e3, 2, " ms")
    bars.tell("sync: median bound / (half the quickest round trip + drift)",
              bound_ratio(readings), 1.5)
    bars.tell("sync: time / a bare docker run's",
              statistics.median(took["ours"]) / statistics.median(took["bare"]), 1.15)


def check(rounds, bed):
    bed.vm.skew(0)
    runs = [bed.check() for _ in range(rounds)]
    print("  check: %.2f s, bound +-%s" % (
        statistics.median(row[0] for row in runs),
        ms(statistics.median(json.loads(row[1])["bound_ns"] for row in runs) / 1e9)), flush=True)


# --- Waking.

class Watch:
    """A watch in JSON, and what it says."""

    def __init__(self, bed, args=(), sleepy=None):
        self.sleepy = sleepy
        self.process = bed.user.start(["watch", "--format", "json", *args],
                                      env=sleepy.env if sleepy else None)

    def until(self, event):
        for line in self.process.stdout:
            if json.loads(line)["event"] == event:
                return
        raise SystemExit("watch ended: %s" % self.process.stderr.read().decode())

    def end(self):
        self.process.terminate()
        self.process.communicate()

    def cpu_ns(self):
        with open("/proc/%d/schedstat" % self.process.pid, encoding="ascii") as file:
            return int(file.read().split()[0])

    def memory(self):
        """{"Rss": bytes, "Pss": bytes} now, and "VmHWM", the most that was resident ever."""
        found = {}
        for name in ("smaps_rollup", "status"):
            with open("/proc/%d/%s" % (self.process.pid, name), encoding="ascii") as file:
                for row in file:
                    key, _, value = row.partition(":")
                    if key in ("Rss", "Pss", "VmHWM"):
                        found[key] = int(value.split()[0]) * 1024
        return found


def sleep_and_wake(bed, watch):
    """Seconds from the wake-up of this machine, as far as watch and the virtual machine can tell,
    until the virtual machine's clock is in step."""
    os.kill(watch.process.pid, signal.SIGSTOP)
    bed.vm.pause()
    time.sleep(SLEEP_S)
    woke, stood = bed.vm.resume()
    watch.sleepy.sleeping(stood)
    os.kill(watch.process.pid, signal.SIGCONT)
    right = bed.vm.truth.until(lambda offset: abs(offset.value) < IN_STEP_S, PATIENCE_S)
    if right is None:
        raise SystemExit("never in step again")
    watch.until("corrected")
    return right - woke


def wake(bars, rounds, bed):
    sides = ["helper", "without", "bare"]
    args = {"helper": [], "without": ["--no-idle-helper"]}
    took = {side: [] for side in sides}
    for number in range(rounds):
        for side in turned(sides, number):
            if side == "bare":
                took[side].append(bed.bare()[0])
                continue
            bed.vm.skew(SKEW_S)
            sleepy = Sleepy(bed.user.path("sleepy-%s-%d" % (side, number)))
            watch = Watch(bed, args[side], sleepy)
            watch.until("corrected")
            took[side].append(sleep_and_wake(bed, watch))
            watch.end()
            sleepy.end()
        print("  wake %d: with the helper %.3f s, without %.2f s, bare run %.2f s" % (
            number + 1, *(took[side][-1] for side in sides)), flush=True)
    bars.tell("watch: longest from waking to in step, with the helper", max(took["helper"]), 2,
              " s")
    bars.tell("watch: the same without / a bare docker run's",
              statistics.median(took["without"]) / statistics.median(took["bare"]), 1.3)


# --- Doing nothing.

def idle(bars, bed):
    bed.vm.skew(SKEW_S)
    watches = {"with the helper": Watch(bed)}
    watches["with the helper"].until("corrected")
    bed.vm.skew(SKEW_S)
    watches["without"] = Watch(bed, ["--no-idle-helper"])
    watches["without"].until("corrected")
    time.sleep(1)
    began = {name: watch.cpu_ns() for name, watch in watches.items()}
    time.sleep(IDLE_S)
    for name, watch in watches.items():
        used, memory = watch.cpu_ns() - began[name], watch.memory()
        print("  watch %s: resident %.1f MiB (its share of what is shared counted: %.1f)" % (
            name, memory["Rss"] / MIB, memory["Pss"] / MIB), flush=True)
        bars.tell("watch %s: most that was resident" % name, memory["VmHWM"] / MIB, 14, " MiB")
        bars.tell("watch %s: CPU in %d idle seconds" % (name, IDLE_S), used / 1e6, 10, " ms")
        watch.end()


# --- Without a virtual machine.

def native(bars, rounds):
    with Engine(parts.system_engine()) as engine, program.User(engine.host, "timesync") as user:
        runs = {name: [] for name in ("check", "check --precise")}
        for _ in range(rounds):
            for name, rows in runs.items():
                began = time.monotonic()
                told = user.run(*name.split(), "--format", "json").json
                rows.append((time.monotonic() - began, told["bound_ns"]))
        for name, rows in runs.items():
            print("  native %s: %.3f s, bound +-%s" % (
                name, statistics.median(row[0] for row in rows),
                ms(statistics.median(row[1] for row in rows) / 1e9)), flush=True)
    bars.tell("native check --precise: median bound",
              statistics.median(row[1] for row in runs["check --precise"]) / 1e6, 0.3, " ms")


def helper(bars):
    folder = os.path.join(TOP, "plugins", "timesync", "helper", "built")
    sizes = [os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder)
             if "." not in name and name != "SHA256SUMS"]
    bars.tell("helper: the largest of %d architectures" % len(sizes), max(sizes) / 1000, 16, " kB")


def bench(bars, rounds):
    helper(bars)
    with vm.Machine(ENGINE) as machine, program.User(machine.host, "timesync") as user:
        bed = Bed(machine, user)
        print("engine %s in an emulated machine (%s), docker CLI %s, %d rounds, load %.1f" % (
            machine.api.info()["ServerVersion"], vm.accelerator().split(",", 1)[0],
            bed.cli_version, rounds, os.getloadavg()[0]), flush=True)
        correct(bars, rounds, bed)
        check(rounds, bed)
        wake(bars, rounds, bed)
        idle(bars, bed)
    native(bars, rounds)
