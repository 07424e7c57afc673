# SPDX-License-Identifier: Apache-2.0
"""An apt of our own for a Debian suite: packages are fetched and unpacked, never installed.

It has its own sources, lists and cache, and an empty record of what is installed, so that the
system's packages are neither looked at nor touched. Packages come from the mirror that the system's
own sources name and are verified with its Debian keyring; proxy settings are the system's. No
maintainer script is run.
"""

import os
import re
import shutil
import subprocess

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


class Unavailable(Exception):
    """What cannot be had on this system; the text says why."""


def run(argv, cwd=None, env=None):
    """The output of a command; raises Unavailable with its most telling line."""
    done = subprocess.run(argv, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, check=False)
    text = done.stdout.decode("utf-8", "replace")
    if done.returncode:
        lines = [line for line in text.splitlines() if line.strip()] or ["no output"]
        told = [line for line in lines if line.startswith("E:")] or lines[-1:]
        raise Unavailable("%s failed: %s" % (os.path.basename(argv[0]), told[0]))
    return text


def debian_mirror():
    """The mirror that the system's own sources name for Debian's main archive, and its keyring."""
    if not shutil.which("apt-get"):
        raise Unavailable("no apt-get here: it comes from Debian's packages")
    form = "$(REPO_URI)|$(COMPONENT)|$(SIGNED_BY)|$(ORIGIN)|$(CODENAME)"
    listing = run(["apt-get", "indextargets", "--format", form, "Created-By: Packages"])
    for line in sorted(set(listing.splitlines())):
        uri, component, signed, origin, codename = line.split("|")
        if component != "main" or "security" in uri or "-" in codename:
            continue
        if origin == "Debian" or (not origin and re.search(r"/debian/?$", uri)):
            return uri, signed if signed.startswith("/") else KEYRING
    raise Unavailable("the system's apt sources name no Debian archive")


class PrivateApt:
    """An apt below the directory root that knows only the given suites.

    conf  further lines of its configuration
    """

    def __init__(self, root, suites, conf=""):
        uri, keyring = debian_mirror()
        self.root = root
        for name in ("lists/partial", "cache/archives/partial", "state"):
            os.makedirs(os.path.join(root, name), exist_ok=True)
        with open(os.path.join(root, "sources.list"), "w", encoding="ascii") as out:
            for suite in suites:
                signed = " [signed-by=%s]" % keyring if os.path.exists(keyring) else ""
                out.write("deb%s %s %s main\n" % (signed, uri, suite))
        with open(os.path.join(root, "status"), "w", encoding="ascii"):
            pass
        settings = (
            'Dir::Etc::sourcelist "{0}/sources.list";\n'
            'Dir::Etc::sourceparts "/dev/null";\n'
            'Dir::Etc::preferences "/dev/null";\n'
            'Dir::Etc::preferencesparts "/dev/null";\n'
            'Dir::State "{0}/state";\n'
            'Dir::State::lists "{0}/lists";\n'
            'Dir::State::status "{0}/status";\n'
            'Dir::Cache "{0}/cache";\n'
            'Acquire::Languages "none";\n'
            'Acquire::Retries "2";\n'
            'APT::Sandbox::User "root";\n'
            'APT::Install-Recommends "false";\n'
        ).format(root) + conf
        path = os.path.join(root, "apt.conf")
        with open(path, "w", encoding="ascii") as out:
            out.write(settings)
        self.env = dict(os.environ, APT_CONFIG=path, LC_ALL="C")
        # A mirror may be stale for one suite and good for the other.
        self.stale = None
        try:
            run(["apt-get", "-q", "update"], env=self.env)
        except Unavailable as why:
            self.stale = why

    def run(self, *argv, cwd=None):
        """A command of apt's; where the lists could not be had, that is the reason it fails for."""
        try:
            return run(argv, cwd=cwd, env=self.env)
        except Unavailable as why:
            raise self.stale or why

    def unpack(self, package, suite, target):
        """Download package of suite and unpack it into target; returns its version."""
        where = os.path.join(self.root, "debs", suite)
        os.makedirs(where, exist_ok=True)
        self.run("apt-get", "-q", "download", "%s/%s" % (package, suite), cwd=where)
        debs = [name for name in os.listdir(where) if name.startswith(package + "_")]
        if len(debs) != 1:
            raise Unavailable("no package %s in %s" % (package, suite))
        path = os.path.join(where, debs[0])
        run(["dpkg-deb", "-x", path, target])
        return run(["dpkg-deb", "-f", path, "Version"]).strip()

    def unpack_all(self, packages, target, leave_out=()):
        """Download packages and all that they depend on, and unpack them into target, but for the
        files that a pattern of tar's names."""
        self.run("apt-get", "-q", "-y", "--download-only", "install", *packages)
        where = os.path.join(self.root, "cache", "archives")
        excluded = ["--exclude=" + pattern for pattern in leave_out]
        for name in sorted(os.listdir(where)):
            if not name.endswith(".deb"):
                continue
            with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", os.path.join(where, name)],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as unpacked:
                told = subprocess.run(["tar", "-x", "-C", target, "--keep-directory-symlink"] +
                                      excluded, stdin=unpacked.stdout, stderr=subprocess.PIPE,
                                      check=False)
            if unpacked.returncode or told.returncode:
                raise Unavailable("%s cannot be unpacked: %s" % (
                    name, told.stderr.decode("utf-8", "replace").strip()[-300:]))
