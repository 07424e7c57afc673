# SPDX-License-Identifier: Apache-2.0
"""What registries do that they should not: each row is one trap, with the reason why it is here."""

import gzip
import json
import threading
import time
import unittest
from email.utils import formatdate

from clientcase import ClientCase
from fake_registry import (INDEX, MANIFEST, Fake, basic, challenge, digest_of, head, manifest,
                           manifest_body, reply, token)

PASSWORD = "s3cret"
M = "/v2/aa/manifests/1"
BODY = manifest_body()
OTHER = "sha256:" + "0" * 64
SCHEMA1 = json.dumps({"schemaVersion": 1, "name": "aa", "tag": "1", "fsLayers": []}).encode()


def bearer(fake, more=""):
    return 'Bearer realm="%s/token",service="s"%s' % (fake.url, more)


# what is asked, the answers, the outcome, a part of the error, why
MANIFESTS = [
    ("head", [manifest()], "ok", "", "plain"),
    ("head", [manifest(kind=MANIFEST + "; charset=utf-8")], "ok", "", "parameters do not count"),
    ("head", [manifest(digest="")], "ok", "", "HEAD without a digest is asked with GET"),
    ("head", [reply(405), manifest()], "ok", "", "no HEAD there: GET"),
    ("head", [reply(403), reply(403, body=b'{"errors":[{"code":"DENIED","message":"why"}]}')],
     "denied", "why", "only a GET says why"),
    ("head", [reply(501), manifest()], "ok", "", "no HEAD at all: GET"),
    ("head", [reply(400), manifest()], "ok", "", "nor here"),
    ("head", [reply(412), reply(412, body=b'{"errors":[{"code":"PROJECTPOLICYVIOLATION","message":'
                                          b'"has a vulnerability"}]}')],
     "failed", "vulnerability", "Harbor's policies speak to GET"),
    ("head", [reply(404), manifest()], "ok", "", "a Nexus that answers 404 to every HEAD"),
    ("head", [reply(404)], "not-found", "404", "nothing said, twice"),
    ("head", [reply(404), reply(404, body=b"{}")], "not-found", "404", "nothing said, in JSON"),
    ("head", [reply(404), reply(404, body=b"404 page not found")], "protocol", "404",
     "a web server's words"),
    ("head", [reply(404), reply(404, body=b'{"errors":[{"code":"TAG_EXPIRED","message":"it was '
                                          b'deleted or has expired"}]}')],
     "not-found", "expired", "Quay's word for it"),
    ("head", [reply(404), reply(404, body=b"<html>nginx</html>")], "protocol", "404",
     "no registry's words"),
    ("head", [reply(404), reply(401)], "unauthorized", "401", "only HEAD is for everybody"),
    ("get", [manifest()], "ok", "", "plain"),
    ("get", [manifest(digest=OTHER)], "protocol", "digest", "its header lies"),
    ("get", [manifest(digest="")], "ok", "", "old registries send none"),
    ("get", [manifest(digest="sha256:xyz")], "ok", "", "one that is no digest says nothing"),
    ("get", [manifest(digest=digest_of(BODY, "sha512"))], "ok", "", "another algorithm"),
    ("get", [manifest(kind=INDEX)], "protocol", "", "mediaType is not Content-Type"),
    ("get", [manifest(SCHEMA1, kind="application/vnd.docker.distribution.manifest.v1+prettyjws")],
     "unsupported", "chema", "schema 1"),
    ("get", [manifest(b"[]")], "protocol", "", "no manifest"),
    ("get", [manifest(b"{", digest="")], "protocol", "", "no JSON"),
    ("get", [manifest(b"<html>hello</html>", kind="text/html")], "protocol", "", "a web page"),
    ("get", [manifest(b'{"schemaVersion":2,"schemaVersion":2}')], "protocol", "", "a key twice"),
    ("get", [manifest(b" " * (5 << 20), digest="")], "too-large", "", "more than 4 MiB"),
    ("get", [[head(200, ("Content-Type", MANIFEST), ("Transfer-Encoding", "chunked"))] +
             [b"10000\r\n" + b" " * 0x10000 + b"\r\n"] * 80], "too-large", "",
     "without saying how much"),
    ("get", [manifest(gzip.compress(b" " * (64 << 20)), ("Content-Encoding", "gzip"), digest="")],
     "protocol", "", "a bomb stays what it is"),
    ("get", [manifest(length=len(BODY) + 10) + [None]] + [manifest()], "ok", "",
     "cut off, and then whole"),
    ("get", [reply(404, body=b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"gone"}]}')],
     "not-found", "gone", "told"),
    ("get", [reply(404, body=b"<html>nginx</html>")], "protocol", "404", "no registry's words"),
    ("get", [reply(404, ("Content-Type", "text/plain"), body=b"\x1b[31mred\x07")], "protocol",
     "404", "controls do not reach a terminal"),
    ("get", [reply(400, body=b'{"errors":[{"code":"X","message":"' + b"y" * 90000 + b'"}]}')],
     "failed", "400", "an endless message"),
    ("get", [[head(400, ("Transfer-Encoding", "chunked"))] +
             [b"10000\r\n" + b" " * 0x10000 + b"\r\n"] * 3 + [60]], "failed", "400",
     "a refusal without end is not heard out"),
    ("get", [reply(200, ("X", "y" * 300000))], "unreachable", "", "an endless header"),
    ("get", [reply(200, *[("X-%d" % i, "y" * 1000) for i in range(300)])], "protocol", "headers",
     "endless headers"),
    ("get", [[b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", None]],
     "unreachable", "", "two lengths"),
    ("get", [[b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nx", None]], "protocol", "",
     "less than nothing"),
    ("get", [[b"SSH-2.0-OpenSSH_9\r\n"]], "protocol", "", "no HTTP"),
    ("get", [[b"HTTP/1.1 200 OK\r\n\r\n", None]], "unreachable", "", "reset"),
    ("get", [[b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"] + manifest()], "ok", "",
     "an early head"),
    ("get", [reply(501)], "unsupported", "", "never"),
    ("get", [reply(302)], "protocol", "", "a redirect to nowhere"),
    ("get", [reply(302, ("Location", "ftp://x/y"))], "protocol", "address", "no web address"),
    ("get", [reply(302, ("Location", "//[bad"))], "protocol", "address", "no address at all"),
    ("get", [reply(302, ("Location", M))], "protocol", "again and again", "in a circle"),
    ("get", [reply(302, ("Location", "?x")), manifest()], "ok", "", "a relative one"),
]


class Manifests(ClientCase):
    def test_traps(self):
        for op, answers, outcome, says, why in MANIFESTS:
            with self.subTest(why), Fake() as fake:
                fake.on(M, *answers)
                # What goes on failing would be waited for.
                options = ("--max-wait", "-1") if outcome == "unreachable" else ()
                got = self.ask("%s %s/aa:1" % (op, fake.host), options=options)[0]
                self.assertEqual((got["outcome"], says in got["error"]), (outcome, True), got)
                self.assertNotIn("\x1b", got["error"])

    def test_by_digest(self):
        rows = [(digest_of(BODY), "ok", "as asked"), (OTHER, "protocol", "another one"),
                (digest_of(BODY, "sha512"), "ok", "in the algorithm that was asked for")]
        for digest, outcome, why in rows:
            with self.subTest(why), Fake() as fake:
                fake.on("*", manifest())
                result = self.ask("get %s/aa@%s" % (fake.host, digest))
                self.assertEqual(result[0]["outcome"], outcome, result[0])

    def test_slow_drip_ends(self):
        with Fake() as fake:
            fake.on(M, [head(200, ("Content-Length", 100))] + [b"x", 0.4] * 100)
            result = self.ask("get %s/aa:1" % fake.host,
                              options=("--answer", "1", "--max-wait", "-1"))
        self.assertEqual(result[0]["outcome"], "unreachable")
        self.assertLess(result.took, 20)

    def test_headers_that_drip(self):
        with Fake() as fake:
            fake.on("*", [b"HTTP/1.1 200 OK\r\n"] + [b"X: y\r\n", 0.3] * 100)
            result = self.ask("blob %s/aa %s 100" % (fake.host, OTHER),
                              options=("--answer", "1", "--max-wait", "-1"))
        self.assertEqual(result[0]["outcome"], "unreachable")
        self.assertIn("no whole answer", result[0]["error"])

    def test_a_blob_that_drips(self):
        """Each byte is progress, but not enough of it."""
        blob = b"x" * 50
        with Fake() as fake:
            fake.on("*", [head(200, ("Content-Length", 50))] + [b"x", 0.3] * 50)
            result = self.ask("blob %s/aa %s 50" % (fake.host, digest_of(blob)),
                              options=("--answer", "1", "--max-wait", "-1"))
        self.assertEqual(result[0]["outcome"], "unreachable")

    def test_a_blob_that_takes_its_time(self):
        piece = b"x" * 5000
        with Fake() as fake:
            fake.on("*", [head(200, ("Content-Length", 50000))] + [piece, 0.4] * 10)
            result = self.ask("blob %s/aa %s 50000" % (fake.host, digest_of(piece * 10)),
                              options=("--answer", "1", "--max-wait", "-1"))
        self.assertEqual(result[0]["outcome"], "ok", result[0])

    def test_a_token_without_end(self):
        with Fake() as fake:
            fake.on("/token", [head(200, ("Transfer-Encoding", "chunked"))] +
                    [b"10000\r\n" + b" " * 0x10000 + b"\r\n"] * 3 + [60])
            fake.on("*", challenge(bearer(fake)))
            result = self.ask("head %s/aa:1" % fake.host)
        self.assertEqual(result[0]["outcome"], "protocol", result[0])
        self.assertIn("more than 65536 bytes", result[0]["error"])

    def test_nobody_answers(self):
        with Fake() as fake:
            fake.on(M, [100])
            result = self.ask("get %s/aa:1" % fake.host,
                              options=("--answer", "1", "--max-wait", "-1"))
        self.assertEqual(result[0]["outcome"], "unreachable")


class Redirects(ClientCase):
    """Where a registry sends a request on, credentials do not go along."""

    def setUp(self):
        super().setUp()
        self.store = self.enter(Fake(secrets=[PASSWORD, "t0ken", basic("user", PASSWORD)[6:]]))
        self.fake = self.enter(Fake())
        self.login(self.fake.host)

    def enter(self, fake):
        self.addCleanup(fake.__exit__)
        return fake.__enter__()

    def leave(self):
        self.assertEqual(self.store.leaks, [])
        self.assertTrue(all(r.auth is None for r in self.store.requests), self.store.requests)

    def test_steps_are_no_tries(self):
        """The store has a bad moment, as often as it may have."""
        for i in range(3):
            self.fake.on("/%d" % i, reply(302, ("Location", "/%d" % (i + 1))))
        self.fake.on(M, reply(302, ("Location", "/0")))
        self.fake.on("/3", reply(302, ("Location", self.store.url + M)))
        self.store.on(M, reply(500), reply(502), reply(503), manifest())
        self.assertEqual(self.ask("get %s/aa:1" % self.fake.host)[0]["outcome"], "ok")

    def test_the_same_place_in_other_words(self):
        """Letters of a host are no other host: what is its own gets its credentials."""
        host = self.fake.host.replace("127.0.0.1", "LOCALHOST")
        self.login(host)
        self.fake.on("/v2/aa/blobs/uploads/", challenge('Basic realm="x"'),
                     reply(202, ("Location", "http://%s/up" % host.lower())))
        self.fake.on("/up", reply(204))
        result = self.ask("probe %s/aa" % host)
        self.assertEqual((result[0]["push"], result[0]["cancelled"]), ("yes", True), result[0])
        self.assertEqual(self.fake.asked("/up")[0].auth, basic("user", PASSWORD))

    def test_a_circle(self):
        self.fake.on(M, reply(302, ("Location", M)))
        self.assertEqual(self.ask("get %s/aa:1" % self.fake.host)[0]["outcome"], "protocol")
        self.assertEqual(len(self.fake.requests), 6)

    def test_basic_stays(self):
        blob = b"layer"
        digest = digest_of(blob)
        self.store.on("/blob", reply(200, body=blob))
        self.fake.on("/v2/aa/blobs/" + digest, challenge('Basic realm="x"'),
                     reply(307, ("Location", self.store.url + "/blob?sig=presigned")))
        result = self.ask("blob %s/aa %s %d" % (self.fake.host, digest, len(blob)))
        self.assertEqual((result[0]["outcome"], result[0]["bytes"]), ("ok", len(blob)))
        self.assertEqual(self.fake.requests[1].auth, basic("user", PASSWORD))
        self.assertEqual(len(self.store.requests), 1)
        self.leave()
        # A presigned address is a secret, too.
        self.assertNotIn("presigned", result.err)

    def test_bearer_stays(self):
        self.fake.on("/token", token())
        self.fake.on(M, challenge(bearer(self.fake)),
                     reply(307, ("Location", self.store.url + M)))
        self.store.on(M, manifest())
        self.assertEqual(self.ask("get %s/aa:1" % self.fake.host)[0]["outcome"], "ok")
        self.leave()

    def test_comes_back_with_them(self):
        self.fake.on(M, challenge('Basic realm="x"'),
                     reply(307, ("Location", self.store.url + "/hop")))
        self.store.on("/hop", reply(302, ("Location", self.fake.url + "/v2/aa/manifests/2")))
        self.fake.on("/v2/aa/manifests/2", manifest())
        self.assertEqual(self.ask("get %s/aa:1" % self.fake.host)[0]["outcome"], "ok")
        self.assertEqual(self.fake.asked("/v2/aa/manifests/2")[0].auth, basic("user", PASSWORD))
        self.leave()

    def test_other_port_is_another_host(self):
        self.store.on("*", challenge('Basic realm="x"'))
        self.fake.on(M, challenge('Basic realm="x"'),
                     reply(307, ("Location", self.store.url + M)))
        result = self.ask("get %s/aa:1" % self.fake.host)
        self.assertEqual(result[0]["outcome"], "unauthorized")
        self.leave()

    def test_writes_are_not_sent_on(self):
        self.fake.on("/v2/aa/blobs/uploads/", challenge('Basic realm="x"'),
                     reply(307, ("Location", self.store.url + "/up")))
        result = self.ask("probe %s/aa" % self.fake.host)
        self.assertEqual(result[0]["push"], "unknown")
        self.assertEqual(self.store.requests, [])

    def test_upload_elsewhere_is_cancelled_without_them(self):
        self.fake.on("/v2/aa/blobs/uploads/", challenge('Basic realm="x"'),
                     reply(202, ("Location", self.store.url + "/up/1")))
        self.store.on("/up/1", reply(204))
        result = self.ask("probe %s/aa" % self.fake.host)
        self.assertEqual((result[0]["push"], result[0]["cancelled"]), ("yes", True))
        self.assertEqual([r.method for r in self.store.requests], ["DELETE"])
        self.leave()

    def test_pages_elsewhere_are_not_followed(self):
        """And what was had is not taken for all that there is."""
        rows = [self.store.url + "/v2/aa/tags/list?last=1", "ftp://x/y", "//[bad"]
        for place in rows:
            self.fake.on("/v2/aa/tags/list", reply(200, ("Link", '<%s>; rel="next"' % place),
                                                   body=b'{"tags":["1"]}'))
            result = self.ask("tags %s/aa" % self.fake.host)
            self.assertEqual((result[0]["outcome"], result[0]["tags"]), ("protocol", ["1"]), place)
            self.assertIn("goes on", result[0]["error"])
        self.assertEqual(self.store.requests, [])


class Queues(ClientCase):
    def test_its_own_token_server(self):
        """As ghcr.io: the fetch is not to stand behind the many that wait for it."""
        with Fake() as fake:
            fake.on("/token", token())
            fake.on("*", lambda r: manifest() if r.auth else challenge(bearer(fake)))
            result = self.ask(*["head %s/r%d:1" % (fake.host, i) for i in range(150)])
            self.assertEqual(set(result.outcomes), {"ok"})
            self.assertEqual(len(fake.asked("/token")), 6)

    def test_parallel(self):
        """Eight at a time, sixteen while all are HEADs; one that is none counts at once."""
        rows = [("head", 16, "light"), ("get", 8, "heavy")]
        for op, most, why in rows:
            with self.subTest(why), Fake() as fake:
                fake.on("*", lambda r: [0.02] + manifest())
                result = self.ask(*["%s %s/aa:%d" % (op, fake.host, i) for i in range(60)])
                self.assertEqual(set(result.outcomes), {"ok"})
                self.assertEqual(fake.most, most)

    def test_mixed(self):
        with Fake() as fake:
            fake.on("*", lambda r: [0.02] + manifest())
            result = self.ask(*["%s %s/aa:%d" % ("get" if i % 8 == 7 else "head", fake.host,
                                                 i) for i in range(100)])
            self.assertEqual(set(result.outcomes), {"ok"})
            # No GET joins more than seven others.
            self.assertLessEqual(fake.most_with_get, 8)


class Told(ClientCase):
    """What is said of it, once."""

    def test_words(self):
        denied = reply(403, body=b'{"errors":[{"code":"DENIED","message":"not you"}]}')
        with Fake() as fake, Fake() as store, Fake() as tokens:
            store.on("*", reply(403))
            tokens.on("*", reply(429, ("Retry-After", "3600")))
            fake.on("/v2/aa/manifests/1", denied)
            fake.on("/v2/bb/manifests/1", reply(302, ("Location", store.url + "/x")))
            fake.on("/v2/cc/manifests/1", challenge(bearer(tokens)))
            fake.on("/v2/dd/manifests/1", reply(418))
            result = self.ask(*["get %s/%s:1" % (fake.host, name)
                                for name in ("aa", "bb", "cc", "dd")])
            rows = ["DENIED: not you (403)", store.url + ", where it sends on to, answers 403",
                    "the token server %s/token: it answers 429" % tokens.url,
                    "the registry answers 418"]
            for n, (name, words) in enumerate(zip(("aa", "bb", "cc", "dd"), rows)):
                self.assertTrue(result[n]["error"].startswith("%s/%s: %s" % (fake.host, name,
                                                                            words)), result[n])
            # Nobody signs in to a store.
            self.assertNotIn("docker login", result[1]["error"])

    def test_a_helper_that_is_not_there(self):
        self.config["credsStore"] = "nosuch"
        with Fake() as fake:
            fake.on("/v2/aa/manifests/1", challenge('Basic realm="x"'))
            fake.on("/v2/bb/manifests/1", reply(404))
            fake.on("*", manifest())
            result = self.ask(*["head %s/%s:1" % (fake.host, name)
                                for name in ("aa", "bb", "cc")])
            self.assertEqual(result.outcomes, ["unauthorized", "not-found", "ok"])
            for n, times in enumerate((1, 1, 0)):
                self.assertEqual(result[n]["error"].count("no such program"), times, result[n])
            self.assertIn("no such program", result.tallies[fake.host]["trouble"])

    def test_requests(self):
        """The one that found that there is no https is none."""
        with Fake() as fake:
            fake.on("*", manifest())
            tally = self.ask("head %s/aa:1" % fake.host).tallies[fake.host]
            self.assertEqual((tally["requests"], len(fake.requests)), (1, 1))


class Tags(ClientCase):
    def page(self, *tags, after=None):
        link = [("Link", '<%s>; rel="next"' % after)] if after else []
        return reply(200, *link, body=json.dumps({"name": "aa", "tags": list(tags)}).encode())

    def test_rows(self):
        path = "/v2/aa/tags/list"
        rows = [
            ({path: [reply(200, body=b'{"name":"aa","tags":null}')]}, "ok", [], "null is none"),
            ({path: [self.page("b", "a")]}, "ok", ["b", "a"], "as it sorts them"),
            ({path: [self.page("a", after=path + "?last=a")],
              path + "?last=a": [self.page("b")]}, "ok", ["a", "b"], "a relative page"),
            ({path: [self.page("a", after=path + "?last=a")]}, "protocol", None, "no end"),
            ({path: [reply(200, body=b'{"tags":[1]}')]}, "protocol", None, "no text"),
            ({path: [reply(200, body=b"[]")]}, "protocol", None, "no object"),
            ({path: [self.page("a", after=path + "?last=a")],
              path + "?last=a": [reply(500)]}, "failed", None, "the second page fails"),
        ]
        for answers, outcome, tags, why in rows:
            with self.subTest(why), Fake() as fake:
                for key, value in answers.items():
                    fake.on(key, *value)
                got = self.ask("tags %s/aa" % fake.host, options=("--max-wait", "-1"))[0]
                self.assertEqual(got["outcome"], outcome, got)
                if tags is not None:
                    self.assertEqual(got["tags"], tags)


def index(*children):
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [
        {"mediaType": MANIFEST, "size": 1, "digest": digest_of(word.encode()),
         "artifactType": kind} for word, kind in children]}).encode()


class Referrers(ClientCase):
    def referrers(self, fake, digest, kind=""):
        got = self.ask("referrers %s/aa@%s %s" % (fake.host, digest, kind))[0]
        return got["outcome"], got.get("parts")

    def test_pages_and_types(self):
        path = "/v2/aa/referrers/" + OTHER
        parts = [digest_of(word) for word in (b"a", b"b", b"c")]
        with Fake() as fake:
            fake.on(path, manifest(index(("a", "x/y"), ("b", "x/z")),
                                   ("Link", '<%s?page=2>; rel="next"' % path), kind=INDEX))
            fake.on(path + "?page=2", manifest(index(("c", "x/y")), kind=INDEX))
            self.assertEqual(self.referrers(fake, OTHER), ("ok", parts))
        with Fake() as fake:
            fake.on(path, manifest(index(("a", "x/y"), ("b", "x/z")),
                                   ("Link", '<%s?page=2>; rel="next"' % path), kind=INDEX))
            fake.on(path + "?page=2", manifest(index(("c", "x/y")), kind=INDEX))
            # The registry knows no filter, which is its right.
            self.assertEqual(self.referrers(fake, OTHER, "x/y"), ("ok", [parts[0], parts[2]]))
            self.assertEqual(fake.requests[0].path, path + "?artifactType=x%2Fy")

    def test_without_the_api(self):
        """The tag is the digest, with at most 64 digits."""
        long = digest_of(b"", "sha512")
        rows = [(OTHER, OTHER.replace(":", "-")), (long, long[:7 + 64].replace(":", "-"))]
        for digest, tag in rows:
            with self.subTest(tag), Fake() as fake:
                fake.on("/v2/aa/manifests/" + tag, manifest(index(("a", "x/y")), kind=INDEX))
                self.assertEqual(self.referrers(fake, digest), ("ok", [digest_of(b"a")]))

    def test_what_says_that_there_is_no_api(self):
        """404, says the specification. Artifactory says 406, older registries 400, and Artifact
        Registry sends on to a page for people."""
        page = reply(200, ("Content-Type", "text/html; charset=utf-8"), body=b"<html>")
        for answer in (reply(404), reply(405), reply(406), reply(400), page,
                       reply(302, ("Location", "/page"))):
            with self.subTest(answer[0]), Fake() as fake:
                fake.on("/v2/aa/referrers/" + OTHER, answer).on("/page", page)
                fake.on("/v2/aa/manifests/" + OTHER.replace(":", "-"),
                        manifest(index(("a", "x/y")), kind=INDEX))
                self.assertEqual(self.referrers(fake, OTHER), ("ok", [digest_of(b"a")]))

    def test_traps(self):
        path = "/v2/aa/referrers/" + OTHER
        more = ("Link", '<%s>; rel="next"' % path)
        rows = [({}, "not-found", "there are none"),
                ({path: [manifest()]}, "protocol", "no index"),
                ({path: [manifest(index(("a", "x/y")), more, kind=INDEX)]}, "protocol", "no end"),
                ({path: [manifest(index(("a", "x/y")), ("Link", '<http://x/y>; rel="next"'),
                                  kind=INDEX)]}, "protocol", "elsewhere"),
                ({path: [reply(403)]}, "denied", "not for everybody")]
        for answers, outcome, why in rows:
            with self.subTest(why), Fake() as fake:
                for key, value in answers.items():
                    fake.on(key, *value)
                self.assertEqual(self.referrers(fake, OTHER), (outcome, None))


class Blobs(ClientCase):
    def test_rows(self):
        blob = b"0123456789" * 1000
        digest = digest_of(blob)
        rows = [
            (reply(200, body=blob), len(blob), "ok", "whole"),
            (reply(200, body=blob), -1, "ok", "of a size that is not known"),
            (reply(200, body=blob[:-1] + b"x"), len(blob), "protocol", "other bytes"),
            (reply(200, body=blob[:-1]), len(blob), "protocol", "too few"),
            (reply(200, body=blob + b"x"), len(blob), "too-large", "too many"),
            (reply(200, body=blob[:9], length=len(blob)) + [None], len(blob), "unreachable",
             "cut off: what was handed out is not asked for again"),
            (reply(404), len(blob), "protocol", "no registry says that it is gone"),
        ]
        for answer, size, outcome, why in rows:
            with self.subTest(why), Fake() as fake:
                fake.on("*", answer)
                result = self.ask("blob %s/aa %s %d" % (fake.host, digest, size))
                self.assertEqual(result[0]["outcome"], outcome, result[0])
                self.assertEqual(len(fake.requests), 1)


class Probes(ClientCase):
    def test_rows(self):
        text = b'{"errors":[{"code":"UNSUPPORTED","message":"no"}]}'
        rows = [
            ([reply(202, ("Location", "/up/1"))], [reply(204)], "yes", True, "a relative place"),
            ([reply(202, ("Location", "/up/1?_state=x"))], [reply(405)], "yes", False,
             "GHCR does not cancel"),
            ([reply(202)], [], "yes", False, "no place at all is a yes, too"),
            ([reply(401)], [], "no", False, "refused"),
            ([reply(403)], [], "no", False, "refused"),
            ([reply(404)], [], "unknown", False, "never no"),
            ([reply(405, body=b"Method not allowed")], [], "read-only", False, "a read-only one"),
            ([reply(405, body=text)], [], "read-only", False, "a mirror"),
            ([reply(500)], [], "unknown", False, "never no"),
            ([reply(429, ("Retry-After", "3600"))], [], "unknown", False, "never no"),
            ([reply(200, body=b"<html>")], [], "unknown", False, "somebody else's page"),
        ]
        for answers, cancels, push, cancelled, why in rows:
            with self.subTest(why), Fake() as fake:
                fake.on("/v2/aa/blobs/uploads/", *answers)
                if cancels:
                    fake.on("/up/1", *cancels)
                got = self.ask("probe %s/aa" % fake.host, options=("--max-wait", "2"))[0]
                self.assertEqual((got["push"], got["cancelled"]), (push, cancelled), got)
                # A write is never tried twice.
                self.assertEqual(len(fake.asked("/v2/aa/blobs/uploads/")), 1)


    def test_a_token_server_that_knows_no_delete(self):
        """Quay's takes no scope but pull and push: the upload is cancelled with these."""
        def grant(request):
            if "delete" in str(request.query["scope"]):
                return reply(400, body=b'{"errors":[{"code":"UNSUPPORTED","message":"no such"}]}')
            return token()

        with Fake() as fake, Fake() as tokens:
            self.login(fake.host)
            tokens.on("*", grant)
            closed = challenge(bearer(tokens))
            fake.on("/v2/aa/blobs/uploads/",
                    lambda request: reply(202, ("Location", "/up/1")) if request.auth else closed)
            fake.on("/up/1", lambda request: reply(204) if request.auth else closed)
            got = self.ask("probe %s/aa" % fake.host)[0]
            self.assertEqual((got["push"], got["cancelled"], got["error"]), ("yes", True, ""), got)
            self.assertEqual([r.method for r in fake.asked("/up/1")], ["DELETE"])


class Storms(ClientCase):
    def test_waits_as_long_as_it_is_told(self):
        rows = [(lambda: "1", "seconds"),
                (lambda: formatdate(time.time() + 2, usegmt=True), "a date")]
        for value, why in rows:
            with self.subTest(why), Fake() as fake:
                fake.on(M, lambda _, v=value: reply(429, ("Retry-After", v())), manifest())
                for i in range(20):
                    fake.on("/v2/r%d/manifests/1" % i, manifest())
                result = self.ask("head %s/aa:1" % fake.host,
                                  *["head %s/r%d:1" % (fake.host, i) for i in range(20)])
                self.assertEqual(set(result.outcomes), {"ok"})
                first = fake.requests[0].time
                self.assertGreaterEqual(min(r.time for r in fake.requests[1:]) - first, 0.95)

    def test_longer_than_anybody_waits(self):
        for status in (429, 503):
            with self.subTest(status), Fake() as bad, Fake() as good:
                bad.on("*", reply(status, ("Retry-After", "3600")))
                good.on("*", manifest())
                lines = ["head %s/aa:%d" % (host, i) for i in range(10)
                         for host in (bad.host, good.host)]
                result = self.ask(*lines)
                self.assertLess(result.took, 30)
                self.assertEqual(len(bad.requests), 1)
                for n, line in enumerate(lines):
                    self.assertEqual(result[n]["outcome"],
                                     "rate-limited" if bad.host in line else "ok")
                    if bad.host in line:
                        self.assertAlmostEqual(result[n]["retry_at"], time.time() + 3600, delta=60)

    def test_no_request_in_the_time_that_it_asked_for(self):
        """429, wait 3 s, while others are on their way and answered well."""
        with Fake() as fake:
            fake.on("*", manifest())
            fake.on("/v2/aa/manifests/9", reply(429, ("Retry-After", "3")), manifest())
            result = self.ask(*["head %s/aa:%d" % (fake.host, i) for i in range(60)])
            self.assertEqual(set(result.outcomes), {"ok"})
            refused = next(r.time for r in fake.requests if r.path.endswith("/9"))
            after = [r.time - refused for r in fake.requests if r.time > refused + 0.2]
            self.assertTrue(after and min(after) >= 2.9, min(after or [0]))

    def test_a_blip(self):
        """Whoever is reset together has met one failure, and none is lost."""
        with Fake() as fake:
            fake.on("*", manifest())
            blip = threading.Barrier(16, timeout=60)
            for i in range(1, 17):
                fake.on("/v2/aa/manifests/%d" % i, lambda _: blip.wait() * 0 or [None], manifest())
            result = self.ask(*["head %s/aa:%d" % (fake.host, i) for i in range(60)])
            self.assertEqual(set(result.outcomes), {"ok"})
            # On a connection that was used before libcurl tries again by itself.
            self.assertIn(result.tallies[fake.host]["retries"], (15, 16))

    def test_a_budget_ends_it(self):
        with Fake() as fake:
            fake.on("*", reply(503))
            result = self.ask(*["head %s/aa:%d" % (fake.host, i) for i in range(100)],
                              options=("--max-wait", "5"))
            self.assertEqual(set(result.outcomes), {"failed"})
            # The first tries of those that fly, and ten retries: never five times a hundred.
            self.assertLess(len(fake.requests), 40)

    def test_one_bad_registry_fails_no_other(self):
        bads = {
            "closed": None, "resets": [None], "silent": [60],
            "loops": challenge('Basic realm="x"'), "503": reply(503),
            "html": reply(200, body=b"<html>"), "redirects": reply(302, ("Location", "/v2/x")),
        }
        with Fake() as good:
            good.on("*", manifest())
            lines = ["head 127.0.0.1:1/aa:1"]
            fakes = [Fake().__enter__() for _ in range(len(bads) - 1)]
            for fake, name in zip(fakes, [n for n in bads if n != "closed"]):
                self.addCleanup(fake.__exit__)
                fake.on("*", bads[name])
                lines.append("head %s/aa:1" % fake.host)
            lines += ["head %s/aa:%d" % (good.host, i) for i in range(20)]
            result = self.ask(*lines, options=("--answer", "1", "--max-wait", "1"))
        self.assertEqual(result.outcomes[len(fakes) + 1:], ["ok"] * 20)
        self.assertTrue(all(o != "ok" for o in result.outcomes[:len(fakes) + 1]),
                        result.outcomes)

    def test_limits_of_others_are_not_its_own(self):
        mine = (("ratelimit-limit", "100;w=21600"), ("ratelimit-remaining", "76;w=21600"))
        with Fake() as fake, Fake() as tokens, Fake() as store:
            tokens.on("/token", reply(200, ("ratelimit-limit", "5"), ("ratelimit-remaining", "3"),
                                      body=b'{"token":"t0ken"}'))
            store.on("*", manifest(None, ("ratelimit-limit", "7"), ("ratelimit-remaining", "6"),
                                   ("Warning", '299 - "of a store"')))
            fake.on(M, reply(401, ("WWW-Authenticate", bearer(tokens)), *mine),
                    reply(307, ("Location", store.url + M)))
            tally = self.ask("get %s/aa:1" % fake.host).tallies[fake.host]
        self.assertEqual((tally["limit"], tally["remaining"], tally["warning"]), (100, 76, None))

    def test_limits_are_told(self):
        with Fake() as fake:
            fake.on(M, manifest(None, ("ratelimit-limit", "100;w=21600"),
                                ("ratelimit-remaining", "76;w=21600"),
                                ("Warning", '299 - "this goes away"')))
            tally = self.ask("head %s/aa:1" % fake.host).tallies[fake.host]
        self.assertEqual((tally["limit"], tally["remaining"]), (100, 76))
        self.assertEqual(tally["warning"], "this goes away")

    def test_the_first_warning_for_people(self):
        with Fake() as fake:
            fake.on(M, manifest(None, ("Warning", '110 - "of a cache"'),
                                ("Warning", '299 - "use \\"other\\""'),
                                ("Warning", '299 - "and more"')))
            tally = self.ask("head %s/aa:1" % fake.host).tallies[fake.host]
        self.assertEqual(tally["warning"], 'use "other"')

    def test_a_rate_is_kept(self):
        with Fake() as fake:
            fake.on("*", manifest())
            result = self.ask(*["head %s/aa:%d" % (fake.host, i) for i in range(130)],
                              options=("--rate", "50"))
        self.assertEqual(set(result.outcomes), {"ok"})
        # Fifty at once, then fifty a second.
        began = fake.requests[0].time
        for i, request in enumerate(fake.requests[51:]):
            self.assertGreaterEqual(request.time - began, (i + 1) / 50 - 0.02)


if __name__ == "__main__":
    unittest.main()
