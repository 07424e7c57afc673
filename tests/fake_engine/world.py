# SPDX-License-Identifier: Apache-2.0
"""What a fake engine holds, and the rules by which it lets go of it.

A world is declared by a test (or generated from a seed), and is changed only through the methods
here, which keep moby's rules and use its words: read from moby's sources and seen on 20.10.24
(overlay2) and 26.1.5 (containerd store). Stamps are nanoseconds since 1970 by the engine's clock.
"""

import hashlib
import io
import json
import random
import re
import tarfile

from guest import Guest

NEVER = None
SECOND = 10 ** 9


class Refused(Exception):
    """The engine's answer to a request that it does not do."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status
        self.message = message


class Image:
    def __init__(self, number, layers, tags, digests, created, labels, parent, tagged, empty):
        self.number = number
        self.layers = layers          # layer names, bottom first
        self.tags = tags
        self.digests = digests        # "repo@sha256:..."
        self.created = created
        self.labels = labels
        self.parent = parent          # an image's ID, or ""
        self.tagged = tagged          # LastTagTime, NEVER: 0001-01-01
        self.arch = "amd64"           # GOARCH, with the variant
        self.empty = empty            # number of history entries without a layer
        self.id = "sha256:" + hashlib.sha256(b"image %d" % number).hexdigest()


class Container:
    def __init__(self, number, image, image_id, name, state, labels):
        self.id = hashlib.sha256(b"container %d" % number).hexdigest()
        self.image = image            # what the user typed
        self.image_id = image_id
        self.name = name
        self.state = state
        self.labels = labels
        self.created = 0
        self.started = NEVER
        self.finished = NEVER
        self.mounts = []              # (type, name or source, destination)
        self.networks = []            # names
        self.size_rw = 0
        self.exit_code = 0
        self.pod = None               # Podman: name of its pod
        self.outside = False          # Podman: in its storage only
        self.body = {}                # of the request that created it
        self.helper = None            # a running one of docker-timesync
        self.attached = None          # the stream to it


class Volume:
    def __init__(self, name, created, labels, options, driver, size, anonymous):
        self.name = name
        self.created = created
        self.labels = labels
        self.options = options
        self.driver = driver
        self.size = size
        self.anonymous = anonymous


class Network:
    def __init__(self, number, name, created, labels, driver):
        self.id = hashlib.sha256(b"network %d" % number).hexdigest()
        self.name = name
        self.created = created
        self.labels = labels
        self.driver = driver


class Cache:
    def __init__(self, number, size, parents, kind, in_use, shared, created, used, description):
        self.id = hashlib.sha256(b"cache %d" % number).hexdigest()[:25]
        self.size = size
        self.parents = parents
        self.type = kind
        self.in_use = in_use
        self.shared = shared
        self.created = created
        self.used = used
        self.count = 1
        self.description = description


def short(identity):
    return identity.split(":")[-1][:12]


def repository(reference):
    """The repository of "repo:tag" or "repo@digest"."""
    if "@" in reference:
        return reference.split("@")[0]
    head, _, tag = reference.rpartition(":")
    return reference if "/" in tag or not head else head


def with_tag(name):
    """A name as the engine reads it: without a tag, latest is meant."""
    return name if "@" in name or repository(name) != name else name + ":latest"


class World:
    """One engine's content.

    api, minimum   API versions, "1.41"
    store          "overlay2" or "containerd"
    skew           seconds that the engine's clock is ahead of this machine's
    guest          the machine that it runs on, with that clock
    told           members of /info that are as a test says; None: left out
    arch           of the machine, as /version tells it
    keeps          does not remove what was to remove itself
    time_text      function of nanoseconds that makes SystemTime; None: as Go prints it
    podman         answers as Podman's Docker-compatible socket does; libpod is its version
    """

    def __init__(self, api="1.41", minimum="1.12", store="overlay2", skew=0, podman=False):
        self.api = api
        self.minimum = minimum
        self.store = store
        self.guest = Guest(skew * SECOND)
        self.told = {}
        self.arch = "amd64"
        self.time_text = None
        self.keeps = False
        self.podman = podman
        self.libpod = "4.3.1"
        self.os = "linux"
        self.identity = "FAKE:ENGI:NE00:0000:0000:0000:0000:0000:0000:0000:0000:0000"
        self.root = "/nonexistent/fake-engine"
        self.server = "fake"
        self.layers = {}
        self.images = {}
        self.containers = {}
        self.volumes = {}
        self.networks = {}
        self.cache = {}
        self.events = []
        self.count = 0
        self.changes = 0              # so far: the server's answers hold until the next one
        self.indexed = (-1, None, None)
        for name, driver in (("bridge", "bridge"), ("host", "host"), ("none", "null")):
            self.network(name, driver=driver, age=10 ** 6)
        self.builtin = set(self.networks)

    # Declaring

    @property
    def now(self):
        return self.guest.realtime()

    @property
    def skew(self):
        return self.guest.offset / SECOND

    @skew.setter
    def skew(self, seconds):
        self.guest.offset = int(seconds * SECOND)

    def ago(self, seconds):
        return self.now - int(seconds * SECOND)

    def number(self):
        self.count += 1
        return self.count

    def changed(self):
        """To be called after every change that a test makes by hand."""
        self.changes += 1

    def index(self):
        """(containers by image ID, how many images hold each chain), as of now."""
        if self.indexed[0] != self.changes:
            users, chains = {}, {}
            for row in self.containers.values():
                users.setdefault(row.image_id, []).append(row)
            for image in self.images.values():
                for chain in self.chains(image):
                    chains[chain] = chains.get(chain, 0) + 1
            self.indexed = (self.changes, users, chains)
        return self.indexed[1:]

    def layer(self, size, name=None):
        """A layer of size bytes; layers of one name are one layer."""
        name = name or "layer %d" % self.number()
        self.layers[name] = size
        return name

    def image(self, *tags, layers=None, size=1000, age=86400, labels=None, parent="", tagged=None,
              digests=(), empty=1, since=None):
        """An image; age: seconds since it was built; tagged: seconds since its last tag."""
        if layers is None:
            layers = [self.layer(size)]
        if isinstance(parent, Image):
            parent = parent.id
        created = self.ago(age) if since is None else since
        image = Image(self.number(), list(layers), list(tags), list(digests), created,
                      dict(labels or {}), parent, NEVER if tagged is None else self.ago(tagged),
                      empty)
        self.images[image.id] = image
        self.changed()
        return image

    def container(self, image, name=None, state="exited", age=86400, labels=None, mounts=(),
                  networks=("bridge",), ended=None, size_rw=0, typed=None):
        """A container; age: seconds since it was created; ended: since it stopped (default age)."""
        number = self.number()
        image_id = image.id if isinstance(image, Image) else image
        if typed is None:
            known = self.images.get(image_id)
            typed = known.tags[0] if known and known.tags else image_id
        made = Container(number, typed, image_id, name or "box%d" % number, state,
                         dict(labels or {}))
        made.created = self.ago(age)
        if state != "created":
            made.started = made.created
        if state in ("exited", "dead"):
            made.finished = self.ago(age if ended is None else ended)
        made.mounts = list(mounts)
        made.networks = list(networks)
        made.size_rw = size_rw
        self.containers[made.id] = made
        self.changed()
        return made

    def volume(self, name=None, age=86400, labels=None, options=None, driver="local", size=100):
        anonymous = name is None
        if anonymous:
            name = hashlib.sha256(b"volume %d" % self.number()).hexdigest()
        made = Volume(name, self.ago(age), labels, options, driver, size, anonymous)
        self.volumes[name] = made
        self.changed()
        return made

    def network(self, name, age=86400, labels=None, driver="bridge"):
        made = Network(self.number(), name, self.ago(age), dict(labels or {}), driver)
        self.networks[made.id] = made
        self.changed()
        return made

    def build_cache(self, size=1000, parents=(), kind="regular", in_use=False, shared=False,
                    age=86400, used=None, description="mount / from exec"):
        made = Cache(self.number(), size, [row.id for row in parents], kind, in_use, shared,
                     self.ago(age), self.ago(age if used is None else used), description)
        self.cache[made.id] = made
        self.changed()
        return made

    def event(self, kind, action, actor, attributes, age=0):
        self.events.append((self.ago(age), kind, action, actor, dict(attributes)))
        self.events.sort(key=lambda row: row[0])
        del self.events[:-256]

    # What the engine makes itself

    def load_image(self, archive):
        """A docker-archive; returns the names that it brought. Podman makes local names of them."""
        try:
            with tarfile.open(fileobj=io.BytesIO(archive)) as files:
                manifest = json.load(files.extractfile("manifest.json"))[0]
                config = json.load(files.extractfile(manifest["Config"]))
                layers = [len(files.extractfile(name).read()) for name in manifest["Layers"]]
        except (tarfile.TarError, KeyError, ValueError) as wrong:
            raise Refused(500, "invalid archive: %s" % wrong) from wrong
        names = [("localhost/" if self.podman else "") + name for name in manifest["RepoTags"]]
        made = self.image(*names, layers=[self.layer(size) for size in layers], age=0, tagged=0)
        made.arch = "/".join(config[key] for key in ("architecture", "variant") if config.get(key))
        return names

    def create_container(self, name, body):
        image = self.find_image(body["Image"])
        if any(row.name == name for row in self.containers.values()):
            raise Refused(409, 'Conflict. The container name "/%s" is already in use' % name)
        made = self.container(image, name, state="created", labels=body.get("Labels"), age=0,
                              networks=(body["HostConfig"].get("NetworkMode", "bridge"),),
                              typed=body["Image"])
        made.body = body
        return made

    # What tests change under a running program

    def start(self, container):
        container.state = "running"
        container.started = self.now
        container.finished = NEVER
        self.changed()

    def retag(self, reference, image):
        """Move or add a tag."""
        for other in self.images.values():
            if reference in other.tags:
                other.tags.remove(reference)
        image.tags.append(reference)
        image.tagged = self.now
        self.changed()

    def drop(self, thing):
        """Take a thing out, as another client's removal does."""
        for things, key in ((self.images, "id"), (self.containers, "id"), (self.volumes, "name"),
                            (self.networks, "id"), (self.cache, "id")):
            if things.get(getattr(thing, key, None)) is thing:
                del things[getattr(thing, key)]
                self.changed()
                return
        raise KeyError(thing)

    # Sizes

    def image_size(self, image):
        return sum(self.layers[name] for name in image.layers)

    def chains(self, image):
        """The chain IDs' stand-ins: every prefix of the layer list."""
        return [tuple(image.layers[:end]) for end in range(1, len(image.layers) + 1)]

    def layers_size(self):
        """What all images hold together; a layer on another base is another layer."""
        return sum(self.layers[chain[-1]] for chain in self.index()[1])

    def shared_size(self, image):
        count = self.index()[1]
        return sum(self.layers[chain[-1]] for chain in self.chains(image) if count[chain] > 1)

    def users(self, image):
        return self.index()[0].get(image.id, [])

    # Finding

    def find_image(self, name, text="No such image: %s"):
        """An image by ID, unique ID prefix or reference; refused with text."""
        if name in self.images:
            return self.images[name]
        for image in self.images.values():
            if with_tag(name) in image.tags or name in image.digests:
                return image
        bare = name[7:] if name.startswith("sha256:") else name
        if re.fullmatch("[0-9a-f]{4,64}", bare):
            found = [row for key, row in self.images.items() if key[7:].startswith(bare)]
            if len(found) == 1:
                return found[0]
        raise Refused(404, text % (name if name.startswith("sha256:") else with_tag(name)))

    def find_container(self, name):
        if name in self.containers:
            return self.containers[name]
        for row in self.containers.values():
            if row.name == name or (len(name) >= 4 and row.id.startswith(name)):
                return row
        raise Refused(404, "No such container: %s" % name)

    def find_volume(self, name):
        if name not in self.volumes:
            raise Refused(404, "get %s: no such volume" % name)
        return self.volumes[name]

    def find_network(self, name):
        for row in self.networks.values():
            if name in (row.id, row.name):
                return row
        raise Refused(404, "network %s not found" % name)

    # Removing

    def remove_container(self, name, force=False, volumes=False):
        row = self.find_container(name)
        new = self.version >= (1, 45)
        if row.state in ("running", "restarting", "paused") and not force:
            if new:
                why = ("container is paused and must be unpaused first" if row.state == "paused" else
                       "container is %s: stop the container before removing or force remove"
                       % row.state)
                raise Refused(409, 'cannot remove container "/%s": %s' % (row.name, why))
            how = ("Unpause and then stop" if row.state == "paused" else "Stop")
            raise Refused(409, "You cannot remove a %s container %s. %s the container before "
                          "attempting removal or force remove" % (row.state, row.id, how))
        if row.state == "removing":
            raise Refused(409, "removal of container %s is already in progress" % row.id)
        del self.containers[row.id]
        if volumes:
            for kind, source, _ in row.mounts:
                if kind == "volume" and source in self.volumes and self.volumes[source].anonymous:
                    del self.volumes[source]
        self.changed()
        self.event("container", "destroy", row.id, {"image": row.image, "name": row.name})

    @property
    def version(self):
        return tuple(int(part) for part in self.api.split("."))

    def conflict(self, image, soft):
        """Why an image cannot be deleted, in moby's order; soft: also what force overcomes."""
        name = short(image.id)
        if self.store == "overlay2" and any(row.parent == image.id for row in self.images.values()):
            raise Refused(409, "conflict: unable to delete %s (cannot be forced) - image has "
                          "dependent child images" % name)
        users = self.users(image)
        for row in users:
            if row.state in ("running", "paused", "restarting"):
                raise Refused(409, "conflict: unable to delete %s (cannot be forced) - image is "
                              "being used by running container %s" % (name, short(row.id)))
        if soft and users:
            raise Refused(409, "conflict: unable to delete %s (must be forced) - image is being "
                          "used by stopped container %s" % (name, short(users[0].id)))

    def remove_image(self, name, force=False, noprune=False):
        """The rows that the engine answers with."""
        image = self.find_image(name)
        by_reference = with_tag(name) in image.tags or name in image.digests
        repositories = {repository(row) for row in image.tags + image.digests}
        single = len(image.tags) <= 1 and len(repositories) <= 1
        rows = []
        if by_reference:
            reference = name if name in image.digests else with_tag(name)
            users = self.users(image)
            if single and users and not force:
                words = (short(users[0].id), short(image.id))
                if self.store == "overlay2":
                    raise Refused(409, 'conflict: unable to remove repository reference "%s" (must '
                                  "force) - container %s is using its referenced image %s"
                                  % ((reference,) + words))
                raise Refused(409, "conflict: unable to delete %s (must be forced) - container %s "
                              "is using its referenced image %s" % ((reference,) + words))
            rows += self.untag(image, reference)
            if image.tags or image.digests:
                return rows
            try:
                self.conflict(image, not force)
            except Refused:
                return rows
        else:
            if not single and not force:
                self.conflict(image, False)
                raise Refused(409, "conflict: unable to delete %s (must be forced) - image is "
                              "referenced in multiple repositories" % short(image.id))
            self.conflict(image, not force)
            for reference in list(image.tags):
                rows += self.untag(image, reference)
            for reference in list(image.digests):
                rows += self.untag(image, reference)
        return rows + self.delete_image(image, noprune)

    def untag(self, image, reference):
        rows = [{"Untagged": reference}]
        if reference in image.tags:
            image.tags.remove(reference)
            left = {repository(row) for row in image.tags}
            for row in list(image.digests):
                if repository(row) == repository(reference) and repository(row) not in left:
                    image.digests.remove(row)
                    rows.append({"Untagged": row})
        else:
            image.digests.remove(reference)
        self.changed()
        self.event("image", "untag", image.id, {"name": image.id})
        return rows

    def delete_image(self, image, noprune):
        rows = [{"Deleted": image.id}]
        if self.store == "overlay2":
            others = set()
            for row in self.images.values():
                if row is not image and row.layers[:1] == image.layers[:1]:
                    others.update(self.chains(row))
            rows += [{"Deleted": "sha256:" + hashlib.sha256(repr(chain).encode()).hexdigest()}
                     for chain in reversed(self.chains(image)) if chain not in others]
        del self.images[image.id]
        self.changed()
        self.event("image", "delete", image.id, {"name": image.id})
        parent = self.images.get(image.parent)
        if not noprune and parent and not parent.tags and not parent.digests:
            try:
                self.conflict(parent, True)
                rows += self.delete_image(parent, noprune)
            except Refused:
                pass
        return rows

    def remove_volume(self, name, force=False):
        if name not in self.volumes and force:
            return
        self.find_volume(name)
        users = [row.id for row in self.containers.values()
                 if any(kind == "volume" and source == name for kind, source, _ in row.mounts)]
        if users:
            raise Refused(409, "remove %s: volume is in use - [%s]" % (name, ", ".join(users)))
        del self.volumes[name]
        self.changed()

    def remove_network(self, name):
        row = self.find_network(name)
        if row.id in self.builtin:
            raise Refused(403, "%s is a pre-defined network and cannot be removed" % row.name)
        users = [box for box in self.containers.values()
                 if box.state == "running" and row.name in box.networks]
        if users:
            raise Refused(409, "error while removing network: network %s has active endpoints"
                          % (row.name if self.version < (1, 49) else
                             '%s has active endpoints (name:"%s" id:"%s")'
                             % (row.name, users[0].name, short(users[0].id))))
        del self.networks[row.id]
        self.changed()

    def prune_cache(self, everything, filters):
        """(IDs deleted, bytes); filters as the engine takes them: key to list of values."""
        patterns = [re.compile(text) for text in filters.get("id", [])]
        gone = []
        while True:
            parents = {parent for row in self.cache.values() for parent in row.parents}
            wanted = [row for row in self.cache.values()
                      if not row.in_use and row.id not in parents and (everything or not row.shared)
                      and (not patterns or any(one.search(row.id) for one in patterns))]
            if not wanted:
                break
            gone += wanted
            for row in wanted:
                del self.cache[row.id]
            self.changed()
        return [row.id for row in gone], sum(row.size for row in gone)


def scaled(containers=2000, images=1000, seed=1, dangling=0.3, **world):
    """A big world: images over shared bases, containers mostly stopped; the same for one seed."""
    rng = random.Random(seed)
    made = World(**world)
    bases = [made.layer(rng.randrange(10 ** 6, 10 ** 8), "base %d" % number) for number in range(20)]
    middles = [made.layer(rng.randrange(10 ** 5, 10 ** 7), "middle %d" % number)
               for number in range(max(1, images // 10))]
    pool = []
    for number in range(images):
        layers = [rng.choice(bases), rng.choice(middles), made.layer(rng.randrange(1, 10 ** 7))]
        tags = [] if rng.random() < dangling else ["repo%d:%d" % (number % 97, number)]
        pool.append(made.image(*tags, layers=layers, age=rng.randrange(7200, 10 ** 7),
                               tagged=rng.randrange(7200, 10 ** 6)))
    used = pool[:max(1, images // 4)]
    for _ in range(containers):
        state = rng.choice(("exited", "exited", "created", "running"))
        made.container(rng.choice(used), state=state, age=rng.randrange(7200, 10 ** 6))
    return made
