# SPDX-License-Identifier: Apache-2.0
"""The moments at which a program writes, each of which a test makes fail or the last one (strace)."""

import re
import shutil
import subprocess


def why_not():
    """Why nothing can be traced here, None if it can."""
    if not shutil.which("strace"):
        return "strace is not installed"
    done = subprocess.run(["strace", "-o", "/dev/null", "true"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, check=False)
    return None if done.returncode == 0 else "strace cannot trace here"


def words(log, calls, rule=None):
    """What goes in front of a command. rule: what is done to it, "write:error=EIO:when=2"."""
    # Not every kind of machine has all of them.
    traced = ",".join("?" + call for call in calls)
    return ["strace", "-qq", "-y", "-e", "signal=none", "-o", log, "-e", "trace=" + traced] + \
        (["-e", "inject=" + rule] if rule else [])


def written(log, about):
    """(call, n) of a log: the nth call of each that is about a path and does not only read."""
    counts, found = {}, []
    with open(log, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            call = re.match(r"(\w+)\(", line)
            if not call:
                continue
            name = call.group(1)
            counts[name] = counts.get(name, 0) + 1
            if about in line and "O_RDONLY" not in line:
                found.append((name, counts[name]))
    return found
