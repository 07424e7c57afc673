# SPDX-License-Identifier: Apache-2.0
"""The disks that the virtual machines of the tests start from, made of Debian's packages.

One read-only root per engine (docker.io of a suite with all that it needs, busybox, curl, chrony,
and bed-clock, see guest/), one kernel for all of them. Made once below build/vm and kept until what
it is made from changes; nothing is installed, and no maintainer script is run.
"""

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import tempfile

from . import TOP
from .apt import PrivateApt, Unavailable, run
from .parts import SBIN, Missing

GUEST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "guest")
# One kernel for every engine, so that one thing less differs between them.
KERNEL_SUITE = "bookworm"
PACKAGES = ("docker.io", "iptables", "busybox-static", "coreutils", "curl", "chrony")
LEAVE_OUT = ("./usr/share/*", "./var/*", "./etc/*", "*/perl*", "*/gconv", "*/systemd/*",
             "./usr/bin/docker", "./usr/bin/ctr", "./usr/sbin/dnet", "./usr/sbin/ovrouter")
ROOT_MODULES = ("virtio_net", "overlay", "bridge", "br_netfilter", "veth", "rtc_cmos",
                "nf_tables", "nft_compat", "nft_chain_nat", "xt_conntrack", "xt_addrtype",
                "xt_MASQUERADE", "xt_nat", "nf_conntrack_netlink")
BOOT_MODULES = ("virtio_pci", "virtio_blk")
DISK = "1G"

ETC = {
    "passwd": "root:x:0:0:root:/root:/bin/sh\nremapped:x:900:900::/:/bin/false\n",
    "group": "root:x:0:\ndocker:x:999:\nremapped:x:900:\n",
    "subuid": "remapped:100000:65536\n",
    "subgid": "remapped:100000:65536\n",
    "hosts": "127.0.0.1 localhost bed\n",
    "hostname": "bed\n",
    "os-release": 'NAME="docker-hygiene-bed"\nID=bed\nPRETTY_NAME="virtual machine of the tests"\n',
    "containerd/config.toml": 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri", '
                              '"io.containerd.internal.v1.opt"]\n',
}


def tool(name):
    """A program that the bed needs on this machine; raises Missing."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":" + SBIN)
    if not found:
        raise Missing("%s is not installed" % name)
    return found


def needed():
    """Raises Missing where this machine cannot run the bed."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        raise Missing("the virtual machines are amd64 and made on Linux on amd64")
    if os.geteuid() != 0:
        raise Missing("the virtual machine's disk is made as root")
    for name in ("qemu-system-x86_64", "mke2fs", "dpkg-deb", "busybox", os.environ.get("CC", "cc")):
        tool(name)


def version():
    """Names what the images are made from: another one makes them anew."""
    digest = hashlib.sha256()
    for path in [os.path.abspath(__file__)] + sorted(
            os.path.join(GUEST, name) for name in os.listdir(GUEST)):
        with open(path, "rb") as source:
            digest.update(source.read())
    return digest.hexdigest()[:16]


def place():
    return os.environ.get("HYGIENE_VM_DIR") or os.path.join(TOP, "build", "vm")


class Image:
    """The files of one suite's image; see image()."""

    def __init__(self, folder, suite):
        self.suite = suite
        self.folder = os.path.join(folder, suite)
        self.kernel = os.path.join(folder, "kernel", "vmlinuz")
        self.modules = os.path.join(folder, "kernel", "lib", "modules")
        self.root = os.path.join(self.folder, "root.img")
        self.initramfs = os.path.join(self.folder, "initramfs")
        self.busybox = os.path.join(self.folder, "busybox")
        self.state = os.path.join(self.folder, "state")


class Locked:
    """Of several processes that want the same thing made, one makes it, and the others wait."""

    def __init__(self, path):
        self.path = path
        self.file = None

    def __enter__(self):
        self.file = open(self.path, "w", encoding="ascii")
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_):
        self.file.close()


def made(folder):
    try:
        with open(os.path.join(folder, "made"), encoding="ascii") as stamp:
            return stamp.read() == version()
    except OSError:
        return False


def make_once(folder, make):
    """Run make(folder) unless an earlier run did; what a killed one left is begun anew."""
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    with Locked(folder + ".lock"):
        if made(folder):
            return
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        make(folder)
        with open(os.path.join(folder, "made"), "w", encoding="ascii") as stamp:
            stamp.write(version())


def make_kernel(folder):
    with tempfile.TemporaryDirectory(dir=os.path.dirname(folder)) as root:
        apt = PrivateApt(root, [KERNEL_SUITE])
        depends = apt.run("apt-cache", "depends", "linux-image-cloud-amd64")
        names = [line.split()[-1] for line in depends.splitlines()
                 if line.strip().startswith("Depends: linux-image-")]
        if not names:
            raise Unavailable("no linux-image-cloud-amd64 in %s" % KERNEL_SUITE)
        apt.unpack(names[0], KERNEL_SUITE, folder)
    boot = os.path.join(folder, "boot")
    kernel = [name for name in os.listdir(boot) if name.startswith("vmlinuz-")]
    os.rename(os.path.join(boot, kernel[0]), os.path.join(folder, "vmlinuz"))
    # The index that copy_modules() reads; the package makes it only when it is installed.
    run([tool("busybox"), "depmod", "-b", folder,
         os.listdir(os.path.join(folder, "lib", "modules"))[0]])


def copy_modules(modules, root, names, busybox):
    """Copy kernel modules and all that they need, with the index that modprobe reads."""
    release = os.listdir(modules)[0]
    base = os.path.join(modules, release)
    needs = {}
    with open(os.path.join(base, "modules.dep"), encoding="ascii") as index:
        for line in index:
            path, _, others = line.partition(":")
            name = os.path.basename(path).split(".")[0].replace("-", "_")
            needs[name] = [path] + others.split()
    with open(os.path.join(base, "modules.builtin"), encoding="ascii") as index:
        builtin = {os.path.basename(line.strip()).split(".")[0].replace("-", "_")
                   for line in index}
    for name in names:
        if name in builtin:
            continue
        if name not in needs:
            raise Unavailable("the kernel has no module %s" % name)
        for path in needs[name]:
            target = os.path.join(root, "lib", "modules", release, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy(os.path.join(base, path), target)
    run([busybox, "depmod", "-b", root, release])


def install(source, target, mode=0o755):
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copy(source, target)
    os.chmod(target, mode)


def fill_root(root, busybox):
    """What the packages do not bring: mount points, names, init, and busybox's other names."""
    for name in ("dev", "etc/docker", "etc/containerd", "opt", "proc", "root", "run", "sys", "tmp",
                 "var"):
        os.makedirs(os.path.join(root, name), exist_ok=True)
    for name, text in ETC.items():
        with open(os.path.join(root, "etc", name), "w", encoding="ascii") as out:
            out.write(text)
    for applet in run([busybox, "--list"]).split():
        if not any(os.path.lexists(os.path.join(root, folder, applet))
                   for folder in ("usr/bin", "usr/sbin")):
            os.symlink("busybox", os.path.join(root, "usr/bin", applet))
    for name in ("iptables", "ip6tables"):
        link = os.path.join(root, "usr/sbin", name)
        if os.path.lexists(link):
            os.unlink(link)
        os.symlink("xtables-nft-multi", link)
    init = os.path.join(root, "usr/sbin/init")
    if os.path.lexists(init):
        os.unlink(init)
    install(os.path.join(GUEST, "init"), init)
    install(os.path.join(GUEST, "engine"), os.path.join(root, "usr/bin/bed-engine"))
    run([os.environ.get("CC", "cc"), "-static", "-O2", "-o",
         os.path.join(root, "usr/bin/bed-clock"), os.path.join(GUEST, "clock.c")])


def make_initramfs(folder, modules, busybox, target):
    install(busybox, os.path.join(folder, "bin/busybox"))
    for name in ("dev", "root"):
        os.makedirs(os.path.join(folder, name))
    install(os.path.join(GUEST, "initramfs"), os.path.join(folder, "init"))
    copy_modules(modules, folder, BOOT_MODULES, busybox)
    names = [os.path.relpath(os.path.join(where, name), folder)
             for where, folders, files in os.walk(folder) for name in folders + files]
    with open(target, "wb") as out:
        subprocess.run([busybox, "cpio", "-o", "-H", "newc"], cwd=folder, stdout=out,
                       input="".join(name + "\n" for name in sorted(names)).encode(),
                       stderr=subprocess.DEVNULL, check=True)


def make_image(image):
    """The root, the initramfs, and busybox by itself, for images of the tests."""
    with tempfile.TemporaryDirectory(dir=os.path.dirname(image.folder)) as scratch:
        root = os.path.join(scratch, "root")
        for name in ("bin", "sbin", "lib", "lib64"):
            os.makedirs(os.path.join(root, "usr", name))
            os.symlink("usr/" + name, os.path.join(root, name))
        apt = PrivateApt(os.path.join(scratch, "apt"), [image.suite])
        apt.unpack_all(PACKAGES, root, LEAVE_OUT)
        install(os.path.join(root, "usr/bin/busybox"), image.busybox)
        fill_root(root, image.busybox)
        copy_modules(image.modules, root, ROOT_MODULES, image.busybox)
        run([tool("mke2fs"), "-q", "-F", "-t", "ext4", "-O", "^has_journal", "-m", "0",
             "-E", "lazy_itable_init=1", "-d", root, "-L", "bed", image.root, DISK])
        make_initramfs(os.path.join(scratch, "initramfs"), image.modules, image.busybox,
                       image.initramfs)


def image(suite):
    """The Image of that suite's engine, made at the first call; raises Missing with the reason."""
    needed()
    folder = place()
    wanted = Image(folder, suite)
    try:
        make_once(os.path.join(folder, "kernel"), make_kernel)
        make_once(wanted.folder, lambda _: make_image(wanted))
    except Unavailable as why:
        raise Missing("the virtual machine cannot be made: %s" % why) from why
    return wanted
