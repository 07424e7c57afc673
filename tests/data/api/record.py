#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Record a real engine's answers: tests/data/api/record.py system|second

Writes tests/data/api/VERSION/*.json, which tests/unit/codec/test_api_recorded.c reads. The engine
is the test's own; names of this machine and its folders are taken out.
"""

import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(TESTS, "lib"), os.path.join(TESTS, "fake_engine")]

from bed import engine, parts  # noqa: E402
from record import fill  # noqa: E402

INFO = ("ID", "Containers", "Images", "Driver", "DriverStatus", "DockerRootDir", "Name", "OSType",
        "ServerVersion", "SystemTime", "Architecture", "OperatingSystem", "DefaultRuntime",
        "SecurityOptions", "Labels")


def requests(api):
    return {
        "containers": "/containers/json?all=1&size=1",
        "container": "/containers/ended/json",
        "images": "/images/json?all=1",
        "image": "/images/%s/json" % api.image("kid:1")["Id"],
        "history": "/images/%s/history" % api.image("kid:1")["Id"],
        "volumes": "/volumes",
        "volume": "/volumes/named",
        "networks": "/networks",
        "network": "/networks/net",
        "df": "/system/df",
        "info": "/info",
    }


def record(name):
    with engine.Engine(parts.engine(name)) as made:
        fill(made.api, made.host)
        version = made.api.version()["ApiVersion"]
        info = json.loads(made.api.request("GET", "/info")[2])
        answers = {}
        for title, path in requests(made.api).items():
            answers[title] = json.loads(made.api.request("GET", path)[2])
        answers["info"] = {key: answers["info"][key] for key in INFO}
        events = made.api.request("GET", "/events?since=1&until=%d" % time.time())[2]
        answers["events"] = [json.loads(line) for line in events.splitlines()]
        for title, answer in answers.items():
            text = json.dumps(answer, indent=None, separators=(",", ":"))
            answers[title] = text.replace(made.folder, "/engine").replace(
                '"Name":"%s"' % info["Name"], '"Name":"host"').replace(info["ID"], "ENGINE")
        return version, answers


def main():
    version, answers = record(sys.argv[1])
    os.makedirs(os.path.join(HERE, version), exist_ok=True)
    for title, text in answers.items():
        with open(os.path.join(HERE, version, title + ".json"), "w", encoding="utf-8") as out:
            out.write(text + "\n")
    print(os.path.join(HERE, version))


if __name__ == "__main__":
    main()
