# SPDX-License-Identifier: Apache-2.0
"""Asks an engine over its socket, independent of the code under test.

Requests go without a version prefix, that is in the engine's own newest API version.
"""

import concurrent.futures
import http.client
import json
import socket
import threading
import urllib.parse

from . import BedError

BUILTIN_NETWORKS = ("bridge", "host", "none")
TIMEOUT_S = 120
IN_FLIGHT = 8


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class ApiError(BedError):
    """An answer of 400 or more."""

    def __init__(self, status, message, what):
        super().__init__("%s: %d %s" % (what, status, message))
        self.status = status
        self.message = message


def with_query(path, query):
    """path with a query: lists and dicts as JSON, True as 1, None left out."""
    pairs = []
    for key, value in query.items():
        if value is None:
            continue
        if isinstance(value, (dict, list)):
            value = json.dumps(value)
        elif isinstance(value, bool):
            value = "1" if value else "0"
        pairs.append((key, value))
    return path + ("?" + urllib.parse.urlencode(pairs) if pairs else "")


class Api:
    """One kept-alive connection per thread; path: a socket's, or (host, port)."""

    def __init__(self, path, timeout=TIMEOUT_S):
        self.path = path
        self.timeout = timeout
        self.local = threading.local()
        # Set by who builds with BuildKit: only then there may be build cache, and asking for it
        # makes engines before 1.42 walk all containers and volumes.
        self.built = False

    def connection(self):
        if isinstance(self.path, tuple):
            return http.client.HTTPConnection(*self.path, timeout=self.timeout)
        return UnixConnection(self.path, self.timeout)

    def close(self):
        connection = getattr(self.local, "connection", None)
        if connection:
            connection.close()
            self.local.connection = None

    def request(self, method, path, body=None, headers=None):
        """(status, headers, body bytes); a kept-alive connection that went stale is made anew."""
        headers = dict(headers or {})
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        for last in (False, True):
            connection = getattr(self.local, "connection", None)
            fresh = connection is None
            if fresh:
                connection = self.connection()
                self.local.connection = connection
            try:
                connection.request(method, path, body=body, headers=headers)
                answer = connection.getresponse()
                data = answer.read()
                return answer.status, answer.headers, data
            except (OSError, http.client.HTTPException):
                self.close()
                if fresh or last:
                    raise
        raise AssertionError("not reached")

    def call(self, method, path, body=None, headers=None, **query):
        """The answer's JSON (or bytes where it is none); raises ApiError for 400 and more."""
        path = with_query(path, query)
        status, answered, data = self.request(method, path, body, headers)
        if status >= 400:
            try:
                message = json.loads(data)["message"]
            except (ValueError, KeyError, TypeError):
                message = data.decode("utf-8", "replace")
            raise ApiError(status, message, "%s %s" % (method, path))
        kind = answered.get("Content-Type", "")
        if kind.startswith("application/json"):
            try:
                return json.loads(data) if data.strip() else None
            except ValueError:
                # A progress stream: one object per line.
                return [json.loads(line) for line in data.splitlines() if line.strip()]
        return data

    def get(self, path, **query):
        return self.call("GET", path, **query)

    def post(self, path, body=None, **query):
        return self.call("POST", path, body, **query)

    def delete(self, path, **query):
        return self.call("DELETE", path, **query)

    def each(self, function, rows, in_flight=IN_FLIGHT):
        """function(row) for all rows, several at once; results in the order of rows."""
        rows = list(rows)
        if len(rows) < 2:
            return [function(row) for row in rows]
        with concurrent.futures.ThreadPoolExecutor(in_flight) as pool:
            return list(pool.map(function, rows))

    # The engine

    def ping(self):
        return self.request("GET", "/_ping")[1]

    def version(self):
        return self.get("/version")

    def info(self):
        return self.get("/info")

    # Containers

    def containers(self, **query):
        return self.get("/containers/json", all=True, **query)

    def container(self, name):
        return self.get("/containers/%s/json" % name)

    def create(self, image, cmd=("sh", "-c", "true"), name=None, labels=None, **config):
        """Create a container without network; config: further keys of the request's body."""
        host = dict({"NetworkMode": "none", "LogConfig": {"Type": "none"}},
                    **config.pop("HostConfig", {}))
        body = dict(Image=image, Cmd=list(cmd), HostConfig=host, Labels=labels or {}, **config)
        return self.post("/containers/create", body, name=name)["Id"]

    def start(self, name):
        self.post("/containers/%s/start" % name)

    def wait(self, name):
        return self.post("/containers/%s/wait" % name)["StatusCode"]

    def run(self, image, cmd=("sh", "-c", "true"), **config):
        """Create, start and wait: an exited container's ID."""
        made = self.create(image, cmd, **config)
        self.start(made)
        self.wait(made)
        return made

    def kill(self, name):
        self.post("/containers/%s/kill" % name)
        self.wait(name)

    def remove(self, name, force=True):
        try:
            self.delete("/containers/%s" % name, force=force)
        except ApiError as error:
            # It removes itself just now.
            if "already in progress" not in str(error):
                raise

    def commit(self, container, repo=None, tag=None, comment=None, body=None):
        return self.call("POST", "/commit", body or {}, container=container, repo=repo, tag=tag,
                         comment=comment)["Id"]

    # Images

    def images(self, everything=False):
        return self.get("/images/json", all=everything)

    def image(self, name):
        return self.get("/images/%s/json" % urllib.parse.quote(name, safe=":/@"))

    def history(self, name):
        return self.get("/images/%s/history" % urllib.parse.quote(name, safe=":/@"))

    def load(self, archive):
        """Load a docker-archive (bytes), see bed.archive; raises BedError for what the engine
        tells only in the stream."""
        told = self.call("POST", "/images/load", archive,
                         {"Content-Type": "application/x-tar"}, quiet=True)
        for row in told if isinstance(told, list) else [told or {}]:
            if row.get("errorDetail"):
                raise BedError("load: " + row["errorDetail"]["message"])

    def import_layer(self, layer, repo=None, tag=None, changes=()):
        """An image of one layer (tar bytes); returns its ID."""
        path = with_query("/images/create", {"fromSrc": "-", "repo": repo, "tag": tag})
        for change in changes:
            path += "&" + urllib.parse.urlencode({"changes": change})
        told = self.call("POST", path, layer, {"Content-Type": "application/x-tar"})
        rows = told if isinstance(told, list) else [told]
        for row in rows:
            if row.get("errorDetail"):
                raise BedError("import: " + row["errorDetail"]["message"])
        return rows[-1]["status"]

    def tag(self, name, repo, tag="latest"):
        self.post("/images/%s/tag" % urllib.parse.quote(name, safe=":/@"), repo=repo, tag=tag)

    def remove_image(self, name, force=False, noprune=True):
        return self.delete("/images/%s" % urllib.parse.quote(name, safe=":/@"), force=force,
                           noprune=noprune)

    def build(self, context, tag=None, **query):
        """A classic build of a context (tar bytes) with a Dockerfile; returns the image's ID."""
        told = self.call("POST", "/build", context, {"Content-Type": "application/x-tar"}, t=tag,
                         rm=True, networkmode="none", **query)
        made = None
        for row in told if isinstance(told, list) else [told]:
            if row.get("errorDetail"):
                raise BedError("build: " + row["errorDetail"]["message"])
            made = row.get("aux", {}).get("ID", made)
        return made

    # Volumes, networks, build cache

    def volumes(self):
        return self.get("/volumes")["Volumes"] or []

    def volume(self, name):
        return self.get("/volumes/" + urllib.parse.quote(name, safe=""))

    def create_volume(self, name=None, labels=None, options=None):
        return self.post("/volumes/create", {"Name": name or "", "Labels": labels or {},
                                             "DriverOpts": options or {}})["Name"]

    def remove_volume(self, name):
        self.delete("/volumes/" + urllib.parse.quote(name, safe=""))

    def networks(self):
        """Networks that someone made."""
        return [row for row in self.get("/networks") if row["Name"] not in BUILTIN_NETWORKS]

    def create_network(self, name, labels=None, driver="bridge"):
        return self.post("/networks/create", {"Name": name, "Driver": driver, "CheckDuplicate": True,
                                              "Labels": labels or {}})["Id"]

    def remove_network(self, name):
        self.delete("/networks/" + name)

    def build_cache(self):
        return self.get("/system/df", type="build-cache").get("BuildCache") or []

    def layers_size(self):
        """The engine's own total of image bytes."""
        return self.get("/system/df", type="image")["LayersSize"]

    # Truth for assertions

    def all_ids(self):
        """{kind: set of IDs (volumes: names)} of everything that the engine holds."""
        return {
            "container": {row["Id"] for row in self.containers()},
            "image": {row["Id"] for row in self.images(everything=True)},
            "volume": {row["Name"] for row in self.volumes()},
            "network": {row["Id"] for row in self.networks()},
            "build-cache": {row["ID"] for row in self.build_cache()} if self.built else set(),
        }

    def tags(self):
        """{reference: image ID} of all tags."""
        found = {}
        for row in self.images():
            for tag in row["RepoTags"] or []:
                if tag != "<none>:<none>":
                    found[tag] = row["Id"]
        return found

    def wipe(self):
        """Remove everything, so that the next test starts on an empty engine."""
        self.each(lambda row: self.request("DELETE", "/containers/%s?force=1&v=1" % row["Id"]),
                  self.containers())
        for _ in range(20):
            rows = self.images(everything=True)
            if not rows:
                break
            self.each(lambda row: self.request("DELETE", "/images/%s?force=1" % row["Id"]), rows)
        else:
            raise BedError("images cannot be removed: %r" % rows)
        for row in self.volumes():
            self.remove_volume(row["Name"])
        for row in self.networks():
            self.remove_network(row["Id"])
        for _ in range(5):
            if not self.built or not self.build_cache():
                break
            self.post("/build/prune", all=True)
        self.built = False
