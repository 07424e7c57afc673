# SPDX-License-Identifier: Apache-2.0
"""An issuer of ID tokens on loopback: keys and signatures by openssl, pages over TLS.

Nothing of it comes from the libraries that pushgate-attest uses.
"""

import base64
import hashlib
import hmac
import http.server
import json
import os
import shutil
import ssl
import subprocess
import tempfile
import threading
import time

DISCOVERY = "/.well-known/openid-configuration"
HASHES = {"256": "sha256", "384": "sha384", "512": "sha512"}
CURVES = {"ES256": ("P-256", 32), "ES384": ("P-384", 48), "ES512": ("P-521", 66)}


def openssl(*words, data=None):
    return subprocess.run(("openssl",) + words, input=data, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60, check=True).stdout


def b64(data):
    if isinstance(data, str):
        data = data.encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value, length=None):
    return b64(value.to_bytes(length or (value.bit_length() + 7) // 8, "big"))


def raw_signature(der, length):
    """R and S of an ECDSA signature, each of the length of the field."""
    at, out = 2 + (der[1] & 0x80 and der[1] & 0x7f), b""
    for _ in range(2):
        size = der[at + 1]
        out += int.from_bytes(der[at + 2:at + 2 + size], "big").to_bytes(length, "big")
        at += 2 + size
    return out


class Key:
    """A key of kid's name; alg says of which kind."""

    def __init__(self, folder, kid, alg="RS256"):
        self.kid, self.alg = kid, alg
        self.path = os.path.join(folder, kid + ".pem")
        if alg in CURVES:
            openssl("genpkey", "-algorithm", "EC", "-pkeyopt",
                    "ec_paramgen_curve:" + CURVES[alg][0], "-out", self.path)
        else:
            openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048",
                    "-out", self.path)

    def jwk(self, **more):
        if self.alg in CURVES:
            curve, length = CURVES[self.alg]
            point = openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")[-2 * length:]
            jwk = {"kty": "EC", "crv": curve, "x": b64(point[:length]), "y": b64(point[length:])}
        else:
            text = openssl("rsa", "-in", self.path, "-noout", "-modulus").decode()
            jwk = {"kty": "RSA", "n": number(int(text.split("=")[1], 16)), "e": "AQAB"}
        return dict(jwk, kid=self.kid, **more)

    def public_pem(self):
        return openssl("pkey", "-in", self.path, "-pubout")

    def sign_bytes(self, alg, data):
        words = ["dgst", "-" + HASHES[alg[2:]], "-sign", self.path]
        if alg.startswith("PS"):
            words += ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]
        signature = openssl(*words, data=data)
        return raw_signature(signature, CURVES[alg][1]) if alg in CURVES else signature

    def sign(self, claims, header=None, alg=None):
        """claims and header: objects, or the text itself."""
        alg = alg or self.alg
        if header is None:
            header = {"alg": alg, "kid": self.kid, "typ": "JWT"}
        parts = [part if isinstance(part, str) else json.dumps(part) for part in (header, claims)]
        text = ".".join(b64(part) for part in parts)
        return text + "." + b64(self.sign_bytes(alg, text.encode()))


def sign_hmac(header, claims, secret):
    text = b64(json.dumps(header)) + "." + b64(json.dumps(claims))
    return text + "." + b64(hmac.new(secret, text.encode(), hashlib.sha256).digest())


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def answer(self):
        path = self.path.split("?")[0]
        self.server.seen.append((self.command, self.path, dict(self.headers)))
        page = self.server.pages.get(path)
        if callable(page):
            return page(self)
        status, headers, body = page or (404, {}, b"")
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_CONNECT = answer


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, context=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages, self.seen = {}, []
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True,
                                              do_handshake_on_connect=False)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        """A client that goes away is what some tests want."""

    def paths(self):
        return [path.split("?")[0] for _, path, _ in self.seen]

    def stop(self):
        self.shutdown()
        self.server_close()


class Issuer:
    """A folder with an authority, and a server of it that says who it is and which keys it has."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="issuer.")
        self.ca = os.path.join(self.folder, "ca.pem")
        self.other_ca = os.path.join(self.folder, "other.pem")
        for name in ("ca", "other"):
            self.authority(name)
        self.server = Server(self.certificate("server", "IP:127.0.0.1"))
        self.url = "https://127.0.0.1:%d/oidc" % self.server.port

    def file(self, name):
        return os.path.join(self.folder, name)

    def authority(self, name):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
                self.file(name + ".key"), "-out", self.file(name + ".pem"), "-days", "2",
                "-subj", "/CN=" + name, "-addext", "basicConstraints=critical,CA:TRUE")

    def certificate(self, name, subject):
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", self.file(name + ".key"),
                "-out", self.file(name + ".csr"), "-subj", "/CN=" + name)
        with open(self.file(name + ".ext"), "w", encoding="ascii") as out:
            out.write("subjectAltName=" + subject + "\n")
        openssl("x509", "-req", "-in", self.file(name + ".csr"), "-CA", self.ca, "-CAkey",
                self.file("ca.key"), "-CAcreateserial", "-out", self.file(name + ".pem"),
                "-days", "2", "-extfile", self.file(name + ".ext"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file(name + ".pem"), self.file(name + ".key"))
        return context

    def page(self, path, body, status=200, **headers):
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        body = body if isinstance(body, bytes) else body.encode()
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        self.server.pages[path] = (status, names, body)

    def publish(self, *jwks):
        """Discovery and the keys as they should be; nothing was asked."""
        self.server.pages.clear()
        self.server.seen.clear()
        self.page("/oidc" + DISCOVERY, {"issuer": self.url, "jwks_uri": self.url + "/jwks"})
        self.page("/oidc/jwks", {"keys": list(jwks)})

    def claims(self, **more):
        now = int(time.time())
        claims = {"iss": self.url, "aud": ["pushgate"], "sub": "https://ci.example/job/release/7",
                  "iat": now, "exp": now + 3600, "build_number": 7}
        claims.update(more)
        return {name: value for name, value in claims.items() if value is not None}

    def close(self):
        self.server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
