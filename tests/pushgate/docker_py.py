# SPDX-License-Identifier: Apache-2.0
"""What docker-py makes of the helper, as one JSON value: run by test_clients.py, as docker-py may
be there for another python than the one that runs the tests.

usage: docker_py.py store | pull REFERENCE | push REFERENCE | resolve REGISTRY
"""

import json
import os
import sys

import docker
from docker import auth
from docker.credentials import Store, errors


def refused(function, *args):
    """The kind of error that it ends with, None if it does not."""
    try:
        function(*args)
    except errors.CredentialsNotFound:
        return "CredentialsNotFound"
    except errors.StoreError as why:
        return "StoreError: " + str(why).rsplit('"', 2)[-2].strip()
    return None


def store():
    helper = Store("pushgate")
    told = {"nothing of a name": refused(helper.get, "nobody.example"),
            "no name at all": refused(helper.get, "")}

    def kept(server, username, secret):
        helper.store(server, username, secret)
        found = helper.get(server)
        return [found["ServerURL"], found["Username"], found["Secret"]]

    before = set(helper.list())
    told["stored"] = kept("first.example", "u", "s")
    told["stored again"] = kept("first.example", "v", "t")
    told["without a dot"] = kept("py_creds_1a2b", "u", "s")
    told["beyond ASCII"] = kept("registry.example", "üser", "geheim-ж€😀")
    told["listed"] = {name: user for name, user in helper.list().items() if name not in before}
    other = Store("pushgate", environment={"XDG_STATE_HOME": os.environ["HOME"] + "/other"})
    told["another state"] = refused(other.get, "first.example")
    helper.erase("first.example")
    told["erased"] = refused(helper.get, "first.example")
    told["erased again"] = refused(helper.erase, "first.example")
    return told


def stream_errors(lines):
    return [line["error"] for line in lines if "error" in line]


def main(argv):
    if argv == ["store"]:
        told = store()
    elif argv[0] == "resolve":
        told = auth.load_config().resolve_authconfig(argv[1])
    else:
        client = docker.APIClient(os.environ["DOCKER_HOST"], version="auto")
        name, tag = argv[1].rsplit(":", 1)
        told = stream_errors(getattr(client, argv[0])(name, tag=tag, stream=True, decode=True))
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1:])
