#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Record the shapes of a real engine's answers: tests/fake_engine/record.py system|second

Writes tests/fake_engine/shapes/API.json: for each request the keys and types of the answer. The
fake engine is held against these, so that it cannot drift into answers that no engine gives.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "lib"))

from bed import archive, engine, parts  # noqa: E402

# Objects whose keys are data.
MAPS = ("Labels", "Networks", "Options", "Containers", "Attributes", "Data", "DriverOpts", "Details",
        "IndexConfigs", "Runtimes")


def shape(value, key=""):
    """Keys and types; the rows of a list are laid over each other, "null" is kept as a choice."""
    if isinstance(value, dict):
        if key in MAPS:
            return {"*": merged([shape(one) for one in value.values()])} if value else {}
        return {name: shape(one, name) for name, one in sorted(value.items())}
    if isinstance(value, list):
        return [merged([shape(one) for one in value])] if value else []
    if value is None:
        return "null"
    return type(value).__name__


def merged(shapes):
    """One shape that admits all of them; where they differ in kind: {"any of": [...]}."""
    made = None
    for one in shapes:
        made = one if made is None else both(made, one)
    return made


def both(left, right):
    if left == right or right in ([], {}) and isinstance(left, type(right)):
        return left
    if left in ([], {}) and isinstance(left, type(right)):
        return right
    if isinstance(left, dict) and isinstance(right, dict) and "any of" not in left and (
            "any of" not in right):
        return {key: both(left[key], right[key]) if key in left and key in right else
                left.get(key, right.get(key)) for key in sorted(set(left) | set(right))}
    if isinstance(left, list) and isinstance(right, list):
        return [both(left[0], right[0])]
    choices = []
    for one in (left, right):
        for choice in one["any of"] if isinstance(one, dict) and "any of" in one else [one]:
            if choice not in choices:
                choices.append(choice)
    return {"any of": choices}


def fill(api, host):
    """Something of everything."""
    base = archive.Image([archive.busybox_layer()], ["bb:1"], {"a": "b"})
    child = archive.Image(base.layers + [archive.layer(1000, 1)], ["kid:1", "kid:2"], parent=base)
    loose = archive.Image([archive.layer(500, 2)])
    api.load(archive.archive([base, child, loose]))
    api.run("bb:1", ["sh", "-c", "echo x >/tmp/x"], name="ended", labels={"k": "v"})
    api.create("bb:1", name="created")
    runner = api.create("kid:1", ["sleep", "100"], name="runner", HostConfig={
        "Mounts": [{"Type": "volume", "Source": "used", "Target": "/v"}]})
    api.start(runner)
    api.create_volume("named", {"x": "y"})
    api.create_volume()
    api.create_network("net", {"x": "y"})
    api.commit("ended", "committed", "1")
    api.built = True
    with tempfile.TemporaryDirectory() as context:
        with open(os.path.join(context, "Dockerfile"), "w", encoding="ascii") as out:
            out.write("FROM bb:1\nCOPY Dockerfile /x\nRUN echo hi >/y\n")
        subprocess.run([parts.cli("system")[0], "build", "--network", "none", "-q", "-t", "built:1",
                        context], check=True, stdout=subprocess.DEVNULL, env=dict(
                            os.environ, DOCKER_HOST=host, DOCKER_BUILDKIT="1",
                            DOCKER_CONFIG=context))


def requests(api):
    image = api.image("kid:1")["Id"]
    return {
        "GET /version": "/version",
        "GET /info": "/info",
        "GET /containers/json?all=1": "/containers/json?all=1",
        "GET /containers/json?all=1&size=1": "/containers/json?all=1&size=1",
        "GET /containers/ID/json": "/containers/ended/json",
        "GET /images/json": "/images/json",
        "GET /images/json?shared-size=1": "/images/json?shared-size=1",
        "GET /images/ID/json": "/images/%s/json" % image,
        "GET /images/ID/history": "/images/%s/history" % image,
        "GET /volumes": "/volumes",
        "GET /volumes/NAME": "/volumes/named",
        "GET /networks": "/networks",
        "GET /networks/ID": "/networks/net",
        "GET /system/df": "/system/df",
        "GET /system/df?type=image": "/system/df?type=image",
        "GET /system/df?type=build-cache": "/system/df?type=build-cache",
        "GET /containers/NONE/json": "/containers/nope/json",
    }


def record(name):
    with engine.Engine(parts.engine(name)) as made:
        fill(made.api, made.host)
        shapes = {}
        for title, path in requests(made.api).items():
            _, _, data = made.api.request("GET", path)
            shapes[title] = shape(json.loads(data))
        _, _, data = made.api.request("GET", "/events?since=1&until=%d" % (
            time.time()))
        shapes["GET /events"] = merged([shape(json.loads(line)) for line in data.splitlines()])
        return made.api.version()["ApiVersion"], shapes


def main():
    version, shapes = record(sys.argv[1])
    path = os.path.join(HERE, "shapes_of", version + ".json")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as out:
        json.dump(shapes, out, indent=1, sort_keys=True)
        out.write("\n")
    print(path)


if __name__ == "__main__":
    main()
