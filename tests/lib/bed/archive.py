# SPDX-License-Identifier: Apache-2.0
"""Images of chosen layers as `docker load` archives; nothing is ever pulled.

Layers are made from their seed alone, so the same layer in two images is the same bytes and the
engine stores it once.
"""

import functools
import gzip
import hashlib
import io
import json
import os
import random
import struct
import tarfile

from . import BedError

BUSYBOX_PLACES = ("/bin/busybox", "/usr/bin/busybox", "/bin/busybox.static")
APPLETS = ("sh", "true", "false", "sleep", "cat", "echo", "ls", "dd")
CREATED = "2024-03-01T10:00:00Z"


def is_static(path):
    """Whether a 64- or 32-bit ELF program needs no interpreter."""
    try:
        with open(path, "rb") as program:
            head = program.read(4096)
    except OSError:
        return False
    if head[:4] != b"\x7fELF":
        return False
    wide = head[4] == 2
    order = "<" if head[5] == 1 else ">"
    offset, = struct.unpack_from(order + ("Q" if wide else "I"), head, 32 if wide else 28)
    size, count = struct.unpack_from(order + "HH", head, 54 if wide else 42)
    for number in range(count):
        kind, = struct.unpack_from(order + "I", head, offset + number * size)
        if kind == 3:
            return False
    return True


def busybox():
    for path in BUSYBOX_PLACES:
        if is_static(path):
            return path
    raise BedError("no static busybox here: install the package busybox-static")


def add_file(tar, name, data, mode=0o644):
    row = tarfile.TarInfo(name)
    row.size = len(data)
    row.mode = mode
    tar.addfile(row, io.BytesIO(data))


def tar_of(files):
    """A tar (bytes) of {name: bytes, or (bytes, mode)}."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in files.items():
            data, mode = data if isinstance(data, tuple) else (data, 0o644)
            add_file(tar, name, data, mode)
    return out.getvalue()


@functools.lru_cache(maxsize=4096)
def layer(size, seed=0):
    """A layer of one file of size pseudo-random bytes; the engine counts exactly size bytes."""
    name = "%d/%s" % (size, seed)
    rng = random.Random(name)
    name = "data-%s" % hashlib.sha256(name.encode()).hexdigest()[:12]
    data = rng.getrandbits(8 * size).to_bytes(size, "little") if size else b""
    return tar_of({name: data})


@functools.lru_cache(maxsize=1)
def busybox_layer():
    """A layer that can run `sh`, `sleep` and the like."""
    with open(busybox(), "rb") as program:
        data = program.read()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name in ("bin", "tmp", "etc"):
            row = tarfile.TarInfo(name)
            row.type = tarfile.DIRTYPE
            row.mode = 0o755
            tar.addfile(row)
        add_file(tar, "bin/busybox", data, 0o755)
        for name in APPLETS:
            row = tarfile.TarInfo("bin/" + name)
            row.type = tarfile.SYMTYPE
            row.linkname = "busybox"
            tar.addfile(row)
    return out.getvalue()


class Image:
    """One image of an archive.

    layers   tar bytes, bottom first
    tags     full references ("repo:tag"); none: a dangling image on the default image store
    labels, env, created   as in the image's configuration
    parent   an Image whose layers are this one's first ones: set as Parent (default store
             only); there may be one layer more
    """

    def __init__(self, layers, tags=(), labels=None, env=(), created=CREATED, parent=None):
        self.layers = list(layers)
        self.tags = list(tags)
        self.labels = dict(labels or {})
        self.env = list(env)
        self.created = created
        self.parent = parent

    @functools.cached_property
    def config(self):
        diff_ids = ["sha256:" + digest(data) for data in self.layers]
        labels = "LABEL %r" % sorted(self.labels.items())
        history = []
        below = 0
        if self.parent:
            history += json.loads(self.parent.config)["history"]
            below = len(self.parent.layers)
        for number in range(below, len(self.layers)):
            history.append({"created": self.created, "created_by": "layer %d" % number})
        # A last entry without a layer keeps images of the same layers apart. The engine takes a
        # parent only from a child with one entry more: its layer, if it has one.
        if not self.parent or below == len(self.layers):
            history.append({"created": self.created, "created_by": labels, "empty_layer": True})
        return json.dumps({
            "architecture": architecture(), "os": "linux", "created": self.created,
            "config": {"Cmd": ["sh"], "Env": ["PATH=/bin"] + self.env, "Labels": self.labels or None},
            "rootfs": {"type": "layers", "diff_ids": diff_ids}, "history": history,
        }).encode()

    @property
    def id(self):
        """The image's ID on the default image store; on containerd's it is the manifest's."""
        return "sha256:" + hashlib.sha256(self.config).hexdigest()


@functools.lru_cache(maxsize=8192)
def digest(data):
    return hashlib.sha256(data).hexdigest()


def architecture():
    return {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm"}.get(
        os.uname().machine, os.uname().machine)


def archive(images):
    """A docker-archive (bytes) of several images; shared layers are in it once."""
    files = {}
    manifest = []
    for image in images:
        config = image.id[7:] + ".json"
        files[config] = image.config
        names = []
        for data in image.layers:
            name = digest(data) + "/layer.tar"
            files[name] = data
            names.append(name)
        row = {"Config": config, "RepoTags": image.tags or None, "Layers": names}
        if image.parent:
            row["Parent"] = image.parent.id
        manifest.append(row)
    files["manifest.json"] = json.dumps(manifest).encode()
    return tar_of(files)


def compressed(data):
    """gzip with a fixed stamp, so that the same bytes stay the same."""
    return gzip.compress(data, compresslevel=1, mtime=0)
