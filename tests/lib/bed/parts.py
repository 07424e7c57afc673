# SPDX-License-Identifier: Apache-2.0
"""Which engines and docker CLIs this machine has, and why others are missing.

Engines, by name:
  system   the installed dockerd (20.10.24 on Debian 12), default image store
  second   26.1.5 of Debian trixie, unpacked by tests/lib/parts, containerd's image store
CLIs, by name:
  system   /usr/bin/docker, or the first one on PATH
  trixie   26.1.5
  newest   the highest version among sid's and those on PATH
"""

import json
import os
import re
import shutil
import subprocess
import sys

from . import TOP

SBIN = "/usr/local/sbin:/usr/sbin:/sbin"
ENGINES = ("system", "second")
CLIS = ("system", "trixie", "newest")


class Missing(Exception):
    """A part that this machine does not have; the text is the reason to skip."""


class EngineKind:
    """Programs and configuration of one engine.

    path is searched before PATH for dockerd, containerd, its shim and runc; store is "overlay2" or
    "containerd".
    """

    def __init__(self, name, dockerd, path, version, store):
        self.name = name
        self.dockerd = dockerd
        self.path = path
        self.version = version
        self.store = store

    @property
    def containerd_store(self):
        return self.store == "containerd"


def version_of(program):
    """The x.y.z that `program --version` names, or None."""
    try:
        done = subprocess.run([program, "--version"], stdout=subprocess.PIPE, timeout=30,
                              stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(rb"(\d+\.\d+\.\d+)", done.stdout)
    return found.group(1).decode() if found and done.returncode == 0 else None


def version_key(version):
    return tuple(int(part) for part in version.split("."))


def is_told(record, name):
    try:
        with open(record, encoding="utf-8") as made:
            known = json.load(made)
    except OSError:
        return False
    return name is None or name in known or name in known["why_not"]


def unpacked(wanted=None):
    """What tests/lib/parts made; makes it at the first call (one download, then cached), and again
    where an earlier version of it did not know of what is wanted."""
    where = os.environ.get("HYGIENE_PARTS") or os.path.join(TOP, "build", "parts")
    record = os.path.join(where, "parts.json")
    if not is_told(record, wanted):
        script = os.path.join(TOP, "tests", "lib", "parts")
        subprocess.run([sys.executable, script, where], stdout=subprocess.DEVNULL,
                       stdin=subprocess.DEVNULL, check=True)
    with open(record, encoding="utf-8") as made:
        return json.load(made)


def part(name):
    made = unpacked(name)
    if name in made and os.path.exists(made[name]["path"]):
        return made[name]
    raise Missing(made["why_not"].get(name, "tests/lib/parts did not make " + name))


def system_engine():
    dockerd = shutil.which("dockerd", path=os.environ.get("PATH", "") + ":" + SBIN)
    if not dockerd:
        raise Missing("no dockerd is installed")
    version = version_of(dockerd)
    if not version:
        raise Missing("%s does not run" % dockerd)
    return EngineKind("system", dockerd, None, version, "overlay2")


def second_engine():
    made = part("engine2")
    return EngineKind("second", os.path.join(made["path"], "dockerd"), made["path"],
                      made["version"], "containerd")


def engine(name):
    """The engine of that name; raises Missing with the reason."""
    if os.geteuid() != 0:
        raise Missing("a private dockerd needs root")
    return {"system": system_engine, "second": second_engine}[name]()


def clis_on_path():
    seen = []
    for folder in ["/usr/bin"] + os.environ.get("PATH", "").split(":"):
        program = os.path.join(folder, "docker")
        if os.access(program, os.X_OK) and program not in seen:
            seen.append(program)
    return seen


def cli(name):
    """(path, version) of a docker CLI; raises Missing with the reason."""
    if name == "trixie":
        made = part("cli-trixie")
        return made["path"], made["version"]
    found = [(program, version_of(program)) for program in clis_on_path()]
    found = [row for row in found if row[1]]
    if name == "newest":
        try:
            made = part("cli-sid")
            found.append((made["path"], made["version"]))
        except Missing:
            pass
        found.sort(key=lambda row: version_key(row[1]), reverse=True)
    if not found:
        raise Missing("no docker CLI is installed")
    return found[0]
