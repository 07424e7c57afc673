# SPDX-License-Identifier: Apache-2.0
"""Images put into a registry without any docker: blobs, manifests and indexes of our own making.

What is pushed is the same bytes for the same arguments, so digests are known beforehand.
"""

import base64
import hashlib
import http.client
import json

from . import BedError, archive

CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
IN_TOTO = "application/vnd.in-toto+json"
PROVENANCE = "https://slsa.dev/provenance/v0.2"


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Pusher:
    """One registry (host:port), and who pushes there: (name, password) or None."""

    def __init__(self, host, account=None):
        self.host = host
        self.headers = {}
        if account:
            text = ("%s:%s" % account).encode()
            self.headers["Authorization"] = "Basic " + base64.b64encode(text).decode()
        self.connection = http.client.HTTPConnection(host, timeout=60)

    def call(self, method, path, body=None, headers=None, wanted=(200, 201, 202)):
        self.connection.request(method, path, body=body, headers=dict(self.headers, **headers or {}))
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status not in wanted:
            raise BedError("%s %s: %d %r" % (method, path, answer.status, text[:300]))
        return answer

    def blob(self, repository, data):
        digest = digest_of(data)
        head = self.call("HEAD", "/v2/%s/blobs/%s" % (repository, digest), wanted=(200, 404))
        if head.status == 404:
            begun = self.call("POST", "/v2/%s/blobs/uploads/" % repository)
            place = begun.headers["Location"].split(self.host, 1)[-1]
            self.call("PUT", place + ("&" if "?" in place else "?") + "digest=" + digest, data,
                      {"Content-Type": "application/octet-stream"})
        return {"digest": digest, "size": len(data)}

    def manifest(self, repository, content, tag=None):
        """Put a manifest (dict) under a tag, else under its digest; its descriptor."""
        data = json.dumps(content).encode()
        digest = digest_of(data)
        self.call("PUT", "/v2/%s/manifests/%s" % (repository, tag or digest), data,
                  {"Content-Type": content["mediaType"]})
        return {"mediaType": content["mediaType"], "digest": digest, "size": len(data)}

    def image(self, repository, layers, tag=None, labels=None, arch=None, annotations=None,
              created=archive.CREATED):
        """An image of layers (tar bytes); its descriptor, with its platform."""
        config = {"architecture": arch or archive.architecture(), "os": "linux",
                  "created": created,
                  "config": {"Cmd": ["sh"], "Labels": labels or {}},
                  "rootfs": {"type": "layers",
                             "diff_ids": [digest_of(data) for data in layers]},
                  "history": [{"created": created, "created_by": "layer"}] * len(layers)}
        content = {"schemaVersion": 2, "mediaType": MANIFEST,
                   "config": dict(self.blob(repository, json.dumps(config).encode()),
                                  mediaType=CONFIG),
                   "layers": [dict(self.blob(repository, archive.compressed(data)),
                                   mediaType=LAYER) for data in layers]}
        if annotations:
            content["annotations"] = annotations
        return dict(self.manifest(repository, content, tag),
                    platform={"os": "linux", "architecture": config["architecture"]})

    def index(self, repository, children, tag=None, annotations=None):
        content = {"schemaVersion": 2, "mediaType": INDEX, "manifests": children}
        if annotations:
            content["annotations"] = annotations
        return self.manifest(repository, content, tag)

    def attestation(self, repository, subject, statement):
        """BuildKit's way to keep a statement about an image: a child for its index."""
        layer = dict(self.blob(repository, json.dumps(statement).encode()), mediaType=IN_TOTO,
                     annotations={"in-toto.io/predicate-type": statement["predicateType"]})
        config = dict(self.blob(repository, b'{"architecture":"unknown","os":"unknown"}'),
                      mediaType=CONFIG)
        made = self.manifest(repository, {"schemaVersion": 2, "mediaType": MANIFEST,
                                          "config": config, "layers": [layer]})
        return dict(made, platform={"os": "unknown", "architecture": "unknown"}, annotations={
            "vnd.docker.reference.digest": subject["digest"],
            "vnd.docker.reference.type": "attestation-manifest"})

    def delete(self, repository, digest):
        self.call("DELETE", "/v2/%s/manifests/%s" % (repository, digest))


def provenance(*images):
    """A statement that an image was made of these: (package URL after pkg:docker/, digest)."""
    return {"_type": "https://in-toto.io/Statement/v0.1", "predicateType": PROVENANCE,
            "subject": [], "predicate": {"materials": [
                {"uri": "pkg:docker/" + url, "digest": {"sha256": digest.split(":")[1]}}
                for url, digest in images]}}
