# SPDX-License-Identifier: Apache-2.0
"""What the benches share: bars to reach, and what running a command costs."""

import subprocess
import sys

MIB = 1024 * 1024


class Bars:
    """Prints what was measured and remembers what missed its bar."""

    def __init__(self):
        self.missed = []

    def tell(self, what, value, bar, unit=""):
        word = "ok" if value <= bar else "MISSED"
        print("%-58s %7.2f%s  (bar %.2f%s)  %s" % (what, value, unit, bar, unit, word), flush=True)
        if value > bar:
            self.missed.append(what)


# A process's peak counts the one that it was forked from, up to its exec: so a small one forks.
SPAWN = """
import os, sys, time
null = os.open(os.devnull, os.O_RDWR)
began = time.monotonic()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ,
                      file_actions=[(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, null, 1)])
_, status, usage = os.wait4(pid, 0)
print(time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024,
      os.waitstatus_to_exitcode(status))
"""


def timed(argv, env):
    """(seconds, CPU seconds, peak bytes) of a command that must succeed."""
    told = subprocess.run([sys.executable, "-ISc", SPAWN] + argv, env=env, check=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True).stdout
    took, cpu, peak, status = told.split()
    if status != "0":
        raise SystemExit("%s: exit status %s" % (" ".join(argv), status))
    return float(took), float(cpu), int(peak)
