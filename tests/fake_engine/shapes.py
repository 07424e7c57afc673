# SPDX-License-Identifier: Apache-2.0
"""A world's things as the engine's API tells them, in the shape of one API version.

Shapes were compared with real answers of 20.10.24 (1.41) and 26.1.5 (1.45), see
tests/fake_engine/test_shapes.py; what later versions add and drop is in moby's api/docs/CHANGELOG.md.
"""

import hashlib
import time

from world import NEVER, SECOND

ZERO_TIME = "0001-01-01T00:00:00Z"


def stamp(nanoseconds, fraction=True):
    """RFC 3339 as Go prints it: no trailing zeros in the fraction."""
    if nanoseconds is NEVER:
        return ZERO_TIME
    whole, rest = divmod(nanoseconds, SECOND)
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))
    part = ("%09d" % rest).rstrip("0") if fraction else ""
    return text + ("." + part if part else "") + "Z"


def diff_id(layer):
    return "sha256:" + hashlib.sha256(layer.encode()).hexdigest()


def descriptor(image):
    return {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": image.id,
            "size": 500}


def container_row(world, version, row, size):
    mounts = []
    for kind, source, destination in row.mounts:
        mount = {"Type": kind, "Source": "%s/volumes/%s/_data" % (world.root, source),
                 "Destination": destination, "Mode": "", "RW": True, "Propagation": ""}
        if kind == "volume":
            mount.update(Name=source, Driver="local", Mode="z")
        elif kind == "image":
            mount.update(Source=source)
        mounts.append(mount)
    status = {"running": "Up 1 second", "created": "Created", "dead": "Dead",
              "removing": "Removal In Progress", "paused": "Up 1 second (Paused)",
              "restarting": "Restarting (1) 1 second ago"}.get(row.state, "Exited (0) 1 second ago")
    made = {
        "Id": row.id, "Names": ["/" + row.name], "Image": row.image, "ImageID": row.image_id,
        "Command": "sh", "Created": row.created // SECOND, "Ports": [], "Labels": row.labels,
        "State": row.state, "Status": status,
        "HostConfig": {"NetworkMode": row.networks[0] if row.networks else "none"},
        "NetworkSettings": {"Networks": {name: network_end(world, name) for name in row.networks}},
        "Mounts": mounts,
    }
    if size:
        if row.size_rw:
            made["SizeRw"] = row.size_rw
        image = world.images.get(row.image_id)
        made["SizeRootFs"] = row.size_rw + (world.image_size(image) if image else 0)
    if version >= (1, 48) and world.store == "containerd":
        made["ImageManifestDescriptor"] = {"digest": row.image_id, "size": 500, "mediaType":
                                           "application/vnd.oci.image.manifest.v1+json"}
    return made


def network_end(world, name):
    identity = next((row.id for row in world.networks.values() if row.name == name), "")
    return {"IPAMConfig": None, "Links": None, "Aliases": None, "NetworkID": identity,
            "EndpointID": "", "Gateway": "", "IPAddress": "", "IPPrefixLen": 0, "IPv6Gateway": "",
            "GlobalIPv6Address": "", "GlobalIPv6PrefixLen": 0, "MacAddress": "", "DriverOpts": None}


def container_full(world, version, row, size):
    listed = container_row(world, version, row, size)
    made = {
        "Id": row.id, "Created": stamp(row.created), "Path": "sh", "Args": [],
        "State": {
            "Status": row.state, "Running": row.state in ("running", "paused", "restarting"),
            "Paused": row.state == "paused", "Restarting": row.state == "restarting",
            "OOMKilled": False, "Dead": row.state == "dead",
            "Pid": 4242 if row.state == "running" else 0, "ExitCode": row.exit_code, "Error": "",
            "StartedAt": stamp(row.started), "FinishedAt": stamp(row.finished)},
        "Image": row.image_id, "LogPath": "", "Name": "/" + row.name, "RestartCount": 0,
        "Driver": "overlay2" if world.store == "overlay2" else "overlayfs", "Platform": "linux",
        "ExecIDs": None,
        "HostConfig": {"NetworkMode": listed["HostConfig"]["NetworkMode"], "Binds": None,
                       "LogConfig": {"Type": "none", "Config": {}}, "AutoRemove": False,
                       "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0}},
        "Mounts": listed["Mounts"],
        "Config": {"Hostname": row.id[:12], "Image": row.image, "Labels": row.labels, "Cmd": ["sh"],
                   "Env": ["PATH=/bin"], "Volumes": None},
        "NetworkSettings": listed["NetworkSettings"],
    }
    for key in ("SizeRw", "SizeRootFs"):
        if key in listed:
            made[key] = listed[key]
    if world.store == "overlay2":
        made["GraphDriver"] = {"Name": "overlay2", "Data": {}}
    return made


def references(world, version, image, place):
    """RepoTags and RepoDigests: each version and place has its own way to say none."""
    tags, digests = list(image.tags), list(image.digests)
    if world.store == "containerd" and not digests:
        digests = sorted({tag.rpartition(":")[0] + "@" + image.id for tag in tags})
    if place == "list" and version < (1, 43) and not tags and not digests:
        return ["<none>:<none>"], ["<none>@<none>"]
    if place == "df" and not tags and world.store == "containerd":
        return None, None
    if place == "list" and world.store == "overlay2" and not digests:
        return tags, None if version < (1, 43) else []
    return tags, digests


def image_row(world, version, image, place="list", shared=False, manifests=False):
    tags, digests = references(world, version, image, place)
    size = world.image_size(image)
    made = {
        "Containers": len(world.users(image)) if place == "df" or version >= (1, 51) else -1,
        "Created": image.created // SECOND, "Id": image.id, "Labels": image.labels or None,
        "ParentId": image.parent if world.store == "overlay2" else "", "RepoDigests": digests,
        "RepoTags": tags, "SharedSize": world.shared_size(image) if shared else -1, "Size": size,
    }
    if version < (1, 44):
        made["VirtualSize"] = size
    if version >= (1, 48) and world.store == "containerd":
        made["Descriptor"] = descriptor(image)
    if manifests and version >= (1, 47) and world.store == "containerd":
        made["Manifests"] = [{
            "ID": image.id, "Descriptor": descriptor(image), "Available": True, "Kind": "image",
            "Size": {"Content": size // 2, "Total": size},
            "ImageData": {"Platform": {"architecture": "amd64", "os": "linux"},
                          "Containers": [row.id for row in world.users(image)],
                          "Size": {"Unpacked": size - size // 2}}}]
    return made


def image_full(world, version, image):
    tags, digests = references(world, version, image, "inspect")
    made = {
        "Id": image.id, "RepoTags": tags, "RepoDigests": digests,
        "Parent": image.parent if world.store == "overlay2" else "", "Comment": "",
        "Created": stamp(image.created), "DockerVersion": "", "Author": "",
        "Config": {"Env": ["PATH=/bin"], "Cmd": ["sh"], "Labels": image.labels or None},
        "Architecture": "amd64", "Os": "linux", "Size": world.image_size(image),
        "GraphDriver": {"Name": "overlay2" if world.store == "overlay2" else "overlayfs",
                        "Data": {} if world.store == "overlay2" else None},
        "RootFS": {"Type": "layers", "Layers": [diff_id(name) for name in image.layers]},
        "Metadata": {"LastTagTime": stamp(image.tagged)},
    }
    if version < (1, 45):
        made.update(Container="", ContainerConfig={"Labels": None})
    if version < (1, 44):
        made["VirtualSize"] = made["Size"]
    if version >= (1, 52):
        for key in ("Parent", "Comment", "DockerVersion", "Author"):
            if not made[key]:
                del made[key]
        if not image.labels:
            del made["Config"]["Labels"]
    if version >= (1, 48) and world.store == "containerd":
        made["Descriptor"] = descriptor(image)
        made.pop("GraphDriver")
    return made


def history(world, image):
    """Newest entry first; entries without a layer come last in time."""
    rows = []
    for number, name in enumerate(image.layers):
        rows.append({"Comment": "", "Created": image.created // SECOND, "Id": "<missing>",
                     "CreatedBy": "COPY layer %d" % number, "Size": world.layers[name],
                     "Tags": None})
    for number in range(image.empty):
        rows.append({"Comment": "", "Created": image.created // SECOND, "Id": "<missing>",
                     "CreatedBy": "LABEL n=%d" % number, "Size": 0, "Tags": None})
    rows.reverse()
    if rows:
        rows[0].update(Id=image.id, Tags=image.tags or None)
    return rows


def volume_row(world, row, usage=False):
    labels = row.labels
    if row.anonymous and world.version >= (1, 42) and labels is None:
        labels = {"com.docker.volume.anonymous": ""}
    made = {"CreatedAt": stamp(row.created, fraction=False), "Driver": row.driver,
            "Labels": labels, "Mountpoint": "%s/volumes/%s/_data" % (world.root, row.name),
            "Name": row.name, "Options": row.options, "Scope": "local"}
    if usage:
        used = sum(1 for box in world.containers.values()
                   if any(kind == "volume" and source == row.name for kind, source, _ in box.mounts))
        made["UsageData"] = {"RefCount": used, "Size": row.size}
    return made


def network_row(world, version, row, full):
    made = {
        "Name": row.name, "Id": row.id, "Created": stamp(row.created), "Scope": "local",
        "Driver": row.driver, "EnableIPv6": False,
        "IPAM": {"Driver": "default", "Options": None, "Config": []}, "Internal": False,
        "Attachable": False, "Ingress": False, "ConfigFrom": {"Network": ""}, "ConfigOnly": False,
        "Containers": {}, "Options": {}, "Labels": row.labels,
    }
    if version >= (1, 48):
        made["EnableIPv4"] = True
    if full:
        made["Containers"] = {
            box.id: {"Name": box.name, "EndpointID": "", "MacAddress": "", "IPv4Address": "",
                     "IPv6Address": ""}
            for box in world.containers.values()
            if box.state == "running" and row.name in box.networks}
    elif version >= (1, 52):
        del made["Containers"]
    return made


def cache_row(version, row):
    made = {"ID": row.id, "Type": row.type, "Description": row.description, "InUse": row.in_use,
            "Shared": row.shared, "Size": row.size, "CreatedAt": stamp(row.created),
            "LastUsedAt": stamp(row.used), "UsageCount": row.count}
    if version < (1, 42):
        made["Parent"] = row.parents[0] if row.parents else ""
    elif row.parents:
        # moby's struct tag has that space.
        made[" Parents"] = row.parents
    return made


def disk_usage(world, version, types, verbose):
    """GET /system/df; before 1.42 `type` is not known and everything is told."""
    if version < (1, 42) or not types:
        types = ("container", "image", "volume", "build-cache")
    items = {
        "image": [image_row(world, version, row, "df", shared=True)
                  for row in world.images.values()] if "image" in types else None,
        "container": [container_row(world, version, row, True)
                      for row in world.containers.values()] if "container" in types else None,
        "volume": [volume_row(world, row, usage=True)
                   for row in world.volumes.values()] if "volume" in types else None,
        "build-cache": [cache_row(version, row)
                        for row in world.cache.values()] if "build-cache" in types else None,
    }
    made = {}
    if version < (1, 53) and not verbose:
        made = {"LayersSize": world.layers_size() if "image" in types else 0,
                "Images": items["image"], "Containers": items["container"],
                "Volumes": items["volume"], "BuildCache": items["build-cache"]}
        if version < (1, 42):
            made["BuilderSize"] = sum(row.size for row in world.cache.values())
    if version >= (1, 52):
        made.update(usage_rows(world, items, verbose))
    return made


def usage_rows(world, items, verbose):
    """The per-kind objects of 1.52."""
    totals = {
        "image": (world.layers_size(), lambda row: row["Containers"] > 0),
        "container": (sum(row.size_rw for row in world.containers.values()),
                      lambda row: row["State"] == "running"),
        "volume": (sum(row.size for row in world.volumes.values()),
                   lambda row: row["UsageData"]["RefCount"] > 0),
        "build-cache": (sum(row.size for row in world.cache.values()), lambda row: row["InUse"]),
    }
    names = {"image": "ImageUsage", "container": "ContainerUsage", "volume": "VolumeUsage",
             "build-cache": "BuildCacheUsage"}
    made = {}
    for kind, rows in items.items():
        if rows is None:
            continue
        total, active = totals[kind]
        made[names[kind]] = {"TotalCount": len(rows), "TotalSize": total, "Reclaimable": 0,
                             "ActiveCount": sum(1 for row in rows if active(row))}
        if verbose:
            made[names[kind]]["Items"] = rows
    return made


def info(world):
    states = [row.state for row in world.containers.values()]
    overlay = world.store == "overlay2"
    made = {
        "ID": world.identity, "Containers": len(states), "ContainersRunning": states.count("running"),
        "ContainersPaused": states.count("paused"),
        "ContainersStopped": len(states) - states.count("running") - states.count("paused"),
        "Images": len(world.images), "Driver": "overlay2" if overlay else "overlayfs",
        "DriverStatus": [["Backing Filesystem", "extfs"], ["Supports d_type", "true"]] if overlay
                        else [["driver-type", "io.containerd.snapshotter.v1"]],
        "SystemTime": stamp(world.now), "LoggingDriver": "json-file", "CgroupDriver": "cgroupfs",
        "KernelVersion": "6.1.0", "OperatingSystem": "Fake", "OSType": world.os,
        "Architecture": "x86_64", "NCPU": 2, "MemTotal": 8 << 30, "DockerRootDir": world.root,
        "Name": "fake", "Labels": [], "ServerVersion": world.server,
        "Swarm": {"LocalNodeState": "inactive"}, "Warnings": None,
    }
    if world.podman:
        made.update(OperatingSystem="debian", ServerVersion=world.libpod, Driver="overlay",
                    ProductLicense="Apache-2.0")
    if world.time_text:
        made["SystemTime"] = world.time_text(world.now)
    made.update(world.told)
    return {key: value for key, value in made.items() if key == "Warnings" or value is not None}


def version(world):
    name = "Podman Engine" if world.podman else "Engine"
    return {"Platform": {"Name": ""}, "Version": world.server, "ApiVersion": world.api,
            "MinAPIVersion": world.minimum, "GitCommit": "0", "GoVersion": "go1", "Os": world.os,
            "Arch": world.arch, "KernelVersion": "6.1.0", "BuildTime": "",
            "Components": [{"Name": name, "Version": world.server, "Details": {
                "ApiVersion": world.api, "MinAPIVersion": world.minimum}}]}


def event(version_asked, row):
    when, kind, action, actor, attributes = row
    made = {"Type": kind, "Action": action, "Actor": {"ID": actor, "Attributes": attributes},
            "scope": "local", "time": when // SECOND, "timeNano": when}
    if version_asked < (1, 52) and kind in ("container", "image"):
        made.update(status=action, id=actor)
        if kind == "container":
            made["from"] = attributes.get("image", "")
    return made
