#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Looks for texts in the memory of a command and of all that it starts.

    peek = Peek(folder, {"push secret": "..."})
    subprocess.run(peek.words + ["docker", "push", ...])
    peek.found() -> {"docker": ["push secret"]}

A program whose name is in `every` is looked into at each of its system calls, before and after; any
other one as it ends. What a program is given as arguments and environment is in its memory, too. The
tracer is a process of its own (this file), so that the tests keep their children. Root alone sees
the memory of a program that forbids others to look.
"""

import ctypes
import json
import os
import signal
import sys

TRACEME, CONT_TO_SYSCALL, SETOPTIONS = 0, 24, 0x4200
EVENTS = {"fork": 1, "vfork": 2, "clone": 3, "exec": 4, "exit": 6}
# And syscalls told from other traps, and the end of all when the tracer ends.
OPTIONS = sum(1 << number for number in EVENTS.values()) | 1 | 0x100000
ALL_THREADS = 0x40000000
CHUNK = 1 << 20


def ptrace(request, pid, data=0):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    libc.ptrace.restype = ctypes.c_long
    if libc.ptrace(request, pid, None, data) < 0:
        number = ctypes.get_errno()
        raise OSError(number, "ptrace: " + os.strerror(number))


class Peek:
    """What every process of a command has in its memory.

    needles  {name: text}
    """

    def __init__(self, folder, needles, every=("docker-credential-pushgate",)):
        self.wanted = os.path.join(folder, "peek.wanted")
        self.report = os.path.join(folder, "peek.report")
        with open(self.wanted, "w", encoding="utf-8") as out:
            json.dump({"needles": needles, "every": list(every)}, out)
        self.words = [sys.executable, os.path.abspath(__file__), self.wanted, self.report]

    def read(self):
        with open(self.report, encoding="utf-8") as report:
            return json.load(report)

    def found(self):
        """{program: names of what was found in it}, of those where something was."""
        return {program: sorted(names) for program, names in self.read()["found"].items() if names}

    def looks(self, program):
        """How often it was looked into."""
        return self.read()["looks"].get(program, 0)


def why_not():
    """Why memory cannot be looked into here, None if it can."""
    if not sys.platform.startswith("linux"):
        return "memory is looked into on Linux only"
    if os.geteuid():
        return "only root may look into the memory of others"
    if os.environ.get("VARIANT") == "asan":
        return "ASan's memory is too large to be looked through"
    pid = os.fork()
    if pid == 0:
        try:
            ptrace(TRACEME, 0)
            os._exit(0)
        except OSError:
            os._exit(1)
    return "no process may be traced here" if os.waitpid(pid, 0)[1] else None


class Process:
    def __init__(self, pid):
        self.pid = pid
        self.name = os.path.basename(os.readlink("/proc/%d/exe" % pid))
        # Of the program that runs now: of another one after the next exec.
        self.memory = open("/proc/%d/mem" % pid, "rb", buffering=0)

    def writable(self):
        with open("/proc/%d/maps" % self.pid, encoding="utf-8") as maps:
            for line in maps:
                place, rights, _ = line.split(" ", 2)
                if rights.startswith("rw"):
                    yield [int(end, 16) for end in place.split("-")]

    def has(self, needles):
        """The names of those that are somewhere in it."""
        found, overlap = set(), max(map(len, needles.values()))
        for start, end in self.writable():
            for at in range(start, end, CHUNK):
                try:
                    self.memory.seek(at)
                    piece = self.memory.read(min(CHUNK + overlap, end - at))
                except (OSError, ValueError):
                    continue
                found |= {name for name, text in needles.items() if text in piece}
        return found


class Tracer:
    def __init__(self, wanted):
        self.needles = {name: text.encode() for name, text in wanted["needles"].items()}
        self.every = wanted["every"]
        self.processes = {}
        self.threads = set()
        self.found, self.looks = {}, {}

    def process(self, pid):
        if pid not in self.processes:
            self.processes[pid] = Process(pid)
        return self.processes[pid]

    def look(self, pid):
        process = self.process(pid)
        self.looks[process.name] = self.looks.get(process.name, 0) + 1
        self.found.setdefault(process.name, set()).update(process.has(self.needles))

    def forget(self, pid):
        process = self.processes.pop(pid, None)
        if process:
            process.memory.close()

    def stopped(self, pid, status):
        """What it stopped for; the signal that it is to be given."""
        event, number = status >> 16, os.WSTOPSIG(status)
        # Threads share their leader's memory, and have no entry of their own.
        leader = os.path.isdir("/proc/%d" % pid) and self.is_leader(pid)
        if event == EVENTS["exec"]:
            self.forget(pid)
        elif event == EVENTS["exit"] and leader:
            self.look(pid)
        elif number == signal.SIGTRAP | 0x80 and leader and self.process(pid).name in self.every:
            self.look(pid)
        first = pid not in self.threads
        self.threads.add(pid)
        if event or number == signal.SIGTRAP | 0x80 or (first and number == signal.SIGSTOP):
            return 0
        return number

    @staticmethod
    def is_leader(pid):
        with open("/proc/%d/status" % pid, encoding="utf-8") as status:
            return "\nTgid:\t%d\n" % pid in status.read()

    def run(self, argv):
        child = os.fork()
        if child == 0:
            ptrace(TRACEME, 0)
            os.kill(os.getpid(), signal.SIGSTOP)
            os.execvp(argv[0], argv)
        os.waitpid(child, 0)
        self.threads.add(child)
        ptrace(SETOPTIONS, child, OPTIONS)
        ptrace(CONT_TO_SYSCALL, child)
        result = 1
        while True:
            try:
                pid, status = os.waitpid(-1, ALL_THREADS)
            except ChildProcessError:
                return result
            if not os.WIFSTOPPED(status):
                self.forget(pid)
                self.threads.discard(pid)
                if pid == child:
                    result = os.WEXITSTATUS(status) if os.WIFEXITED(status) else \
                        128 + os.WTERMSIG(status)
                continue
            try:
                ptrace(CONT_TO_SYSCALL, pid, self.stopped(pid, status))
            except OSError:
                continue  # killed while it was looked at


def main():
    wanted, report, *argv = sys.argv[1:]
    with open(wanted, encoding="utf-8") as source:
        tracer = Tracer(json.load(source))
    status = tracer.run(argv)
    with open(report, "w", encoding="utf-8") as out:
        json.dump({"found": {name: sorted(names) for name, names in tracer.found.items()},
                   "looks": tracer.looks}, out)
    sys.exit(status)


if __name__ == "__main__":
    main()
