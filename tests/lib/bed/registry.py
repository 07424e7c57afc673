# SPDX-License-Identifier: Apache-2.0
"""Registries of their own on loopback (docker-registry of tests/lib/parts), and a token server.

  Registry(PASSWORDS)            htpasswd: whoever has a password may push and pull
  Registry(token=TokenServer())  tokens: the token server grants each account what it may
  Registry()                     everybody may do everything

Each listens on a port that the kernel chose, keeps its content in memory, and is a context manager.
"""

import base64
import http.client
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from . import BedError, Started, parts

READY_S = 60
# The lowest cost: the registry computes it anew for each request.
SALT = "$2b$05$dockerhygieneregistryO"
MANIFEST = ("application/vnd.docker.distribution.manifest.v2+json, "
            "application/vnd.oci.image.manifest.v1+json, "
            "application/vnd.docker.distribution.manifest.list.v2+json, "
            "application/vnd.oci.image.index.v1+json")


def bcrypt(password):
    """The one kind of hash that the registry takes; perl is everywhere, and knows libcrypt."""
    done = subprocess.run(["perl", "-e", "print crypt($ARGV[0], $ARGV[1])", password, SALT],
                          stdout=subprocess.PIPE, check=True)
    text = done.stdout.decode()
    if not text.startswith("$2b$"):
        raise BedError("this system's crypt(3) knows no bcrypt")
    return text


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def basic(username, password):
    return "Basic " + base64.b64encode(("%s:%s" % (username, password)).encode()).decode()


class TokenServer:
    """Grants each account what it may, as docs/spec/auth/token of distribution says.

    accounts  {name: (password, set of actions)}
    asked     (account or None, scope, granted) of each request
    """

    ISSUER = "bed-issuer"
    SERVICE = "bed-registry"

    def __init__(self, accounts):
        self.accounts = accounts
        self.asked = []
        self.folder = tempfile.mkdtemp(prefix="dh-token-")
        self.key = os.path.join(self.folder, "token.key")
        self.cert = os.path.join(self.folder, "token.crt")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
                        self.key, "-out", self.cert, "-days", "3650", "-subj", "/CN=bed token"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        with open(self.cert, encoding="ascii") as cert:
            body = cert.read().split("-----BEGIN CERTIFICATE-----")[1].split("-----END")[0]
        self.x5c = "".join(body.split())
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True
        self.url = "http://127.0.0.1:%d/token" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        self.server.shutdown()
        self.server.server_close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def sign(self, claims):
        head = b64url(json.dumps({"typ": "JWT", "alg": "RS256", "x5c": [self.x5c]}).encode())
        text = head + "." + b64url(json.dumps(claims).encode())
        done = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.key],
                              input=text.encode(), stdout=subprocess.PIPE, check=True)
        return text + "." + b64url(done.stdout)

    def account_of(self, header):
        """The account of an Authorization header, None without one; raises KeyError."""
        if not header:
            return None
        name, _, password = base64.b64decode(header.split(" ", 1)[1]).decode().partition(":")
        if self.accounts[name][0] != password:
            raise KeyError(name)
        return name

    def grant(self, account, scopes):
        access = []
        for scope in scopes:
            kind, rest = scope.split(":", 1)
            name, actions = rest.rsplit(":", 1)
            may = self.accounts[account][1] if account else set()
            granted = sorted(set(actions.split(",")) & may)
            access.append({"type": kind, "name": name, "actions": granted})
            self.asked.append((account, scope, granted))
        now = int(time.time())
        return self.sign({"iss": self.ISSUER, "sub": account or "", "aud": self.SERVICE,
                          "exp": now + 300, "nbf": now - 10, "iat": now,
                          "jti": str(time.time_ns()), "access": access})

    def handler(self):
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

            def answer(self, code, content):
                body = json.dumps(content).encode()
                self.send_response(code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):  # pylint: disable=invalid-name
                query = parse_qs(urlsplit(self.path).query)
                try:
                    account = owner.account_of(self.headers.get("Authorization"))
                except KeyError:
                    self.answer(401, {"details": "incorrect username or password"})
                    return
                token = owner.grant(account, " ".join(query.get("scope", [])).split())
                self.answer(200, {"token": token, "access_token": token, "expires_in": 300})

            def do_POST(self):  # pylint: disable=invalid-name
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                query = {key: values[0] for key, values in parse_qs(body).items()}
                name = query.get("username")
                if owner.accounts.get(name, (None,))[0] != query.get("password"):
                    self.answer(401, {"details": "invalid grant"})
                    return
                token = owner.grant(name, query.get("scope", "").split())
                self.answer(200, {"token": token, "access_token": token, "expires_in": 300})

        return Handler


def merged(below, above):
    """Two configurations as one; a key that is None above is left out."""
    out = dict(below)
    for key, value in above.items():
        if isinstance(value, dict) and isinstance(out.get(key), dict):
            out[key] = merged(out[key], value)
        elif value is None:
            out.pop(key, None)
        else:
            out[key] = value
    return out


def files_in(folder):
    """Settings that keep a registry's content in that folder."""
    return {"storage": {"inmemory": None, "filesystem": {"rootdirectory": folder}}}


READ_ONLY = {"storage": {"maintenance": {"readonly": {"enabled": True}}}}


class Registry(Started):
    """passwords  {account: password}, with htpasswd; or token: a TokenServer's accounts
    counts     keep an access log, for requests() and answers()
    readonly   pulls only
    settings   of its configuration, beside ours: files_in(), READ_ONLY and the like
    wrap       words in front of its command, of a program that runs the rest
    """

    def __init__(self, passwords=None, token=None, counts=False, readonly=False, settings=None,
                 wrap=()):
        self.program = parts.part("registry")["path"]
        self.token = token
        accounts = token.accounts if token else {}
        self.passwords = passwords or {name: row[0] for name, row in accounts.items()}
        self.folder = tempfile.mkdtemp(prefix="dh-registry-")
        self.log = os.path.join(self.folder, "log")
        self.counts = counts
        self.settings = merged(settings or {}, READ_ONLY if readonly else {})
        self.wrap = list(wrap)
        self.process = None
        self.host = None

    def requests(self):
        """(method, path) of each request until now, as the registry's own log has them."""
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return re.findall(r'"([A-Z]+) (/v2/\S*) HTTP/', log.read())

    def answers(self):
        """(method, path, status) of each."""
        with open(self.log, encoding="utf-8", errors="replace") as log:
            found = re.findall(r'"([A-Z]+) (/v2/\S*) HTTP/[0-9.]+" (\d+)', log.read())
        return [(method, path, int(status)) for method, path, status in found]

    def auth(self):
        if self.token:
            return {"token": {"realm": self.token.url, "service": self.token.SERVICE,
                              "issuer": self.token.ISSUER, "rootcertbundle": self.token.cert}}
        path = os.path.join(self.folder, "htpasswd")
        with open(path, "w", encoding="ascii") as out:
            for name, password in self.passwords.items():
                out.write("%s:%s\n" % (name, bcrypt(password)))
        return {"htpasswd": {"realm": "bed", "path": path}}

    def start(self):
        config = os.path.join(self.folder, "config.yml")
        # JSON is YAML.
        with open(config, "w", encoding="ascii") as out:
            json.dump(merged({
                "version": "0.1", "storage": {"inmemory": {}, "delete": {"enabled": True}},
                "log": {"level": "info", "accesslog": {"disabled": not self.counts}},
                "http": {"addr": "127.0.0.1:0"},
                **({"auth": self.auth()} if self.passwords else {})}, self.settings), out)
        env = {key: value for key, value in os.environ.items()
               if not key.startswith(("REGISTRY_", "OTEL_"))}
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.wrap + [self.program, "serve", config],
                                            stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                            env=env)
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline and self.process.poll() is None:
            with open(self.log, encoding="utf-8", errors="replace") as log:
                found = re.search(r"listening on ([0-9.]+:\d+)", log.read())
            if found:
                self.host = found.group(1)
                return
            time.sleep(0.02)
        with open(self.log, encoding="utf-8", errors="replace") as log:
            raise BedError("docker-registry does not listen:\n" + log.read()[-2000:])

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)

    def authorization(self, account, repository):
        if not self.token:
            return basic(account, self.passwords[account])
        return "Bearer " + self.token.grant(account, ["repository:%s:pull" % repository])

    def has(self, repository, tag, account):
        """Whether the tag is there, asked without docker."""
        connection = http.client.HTTPConnection(self.host, timeout=30)
        connection.request("HEAD", "/v2/%s/manifests/%s" % (repository, tag), headers={
            "Authorization": self.authorization(account, repository), "Accept": MANIFEST})
        status = connection.getresponse().status
        connection.close()
        if status not in (200, 404):
            raise BedError("the registry answers %d" % status)
        return status == 200
