# SPDX-License-Identifier: Apache-2.0
"""What a public registry names is not looked for inside, by whatever way it is named; and proxies,
which connect in our place."""

import os
import shutil
import tempfile
import unittest

from apart import apart
from clientcase import ClientCase
from fake_registry import Fake, Proxy, basic, challenge, manifest, reply, token

from bed import tls

PASSWORD = "s3cret"
PUBLIC, OTHER, PRIVATE, MORE = "93.184.216.1", "93.184.216.2", "10.0.0.5", "10.0.0.6"
WORLD = {PUBLIC: ["registry.example"], OTHER: ["cdn.example"],
         PRIVATE: ["inner.example"], MORE: [], "fd00::5": ["six.example"]}
HUB = {PUBLIC: ["registry-1.docker.io"], OTHER: ["auth.docker.io"]}
M = "/v2/aa/manifests/1"
PKI = {}


def setUpModule():  # pylint: disable=invalid-name
    PKI["folder"] = tempfile.mkdtemp(prefix="dh-inner-")
    pki = tls.Pki(PKI["folder"])
    names = ["IP:" + address for address in list(WORLD) + ["127.0.0.1"]]
    names += ["DNS:" + name for world in (WORLD, HUB) for row in world.values()
              for name in row]
    cert, key = (os.path.join(PKI["folder"], name) for name in ("all.pem", "all-key.pem"))
    pki.sign(cert, key, "all",
             "subjectAltName=%s\nextendedKeyUsage=serverAuth\n" % ",".join(names))
    PKI.update(ca=pki.ca, server=(cert, key))


def tearDownModule():  # pylint: disable=invalid-name
    shutil.rmtree(PKI["folder"], ignore_errors=True)


class InnerCase(ClientCase):
    def setUp(self):
        super().setUp()
        self.env["SSL_CERT_FILE"] = PKI["ca"]

    def fake(self, address, **more):
        fake = Fake(address, tls=PKI["server"], **more)
        self.addCleanup(fake.__exit__)
        return fake.__enter__()

    def named(self, fake, name):
        """The same place by a name."""
        return "%s:%s" % (name, fake.host.rsplit(":", 1)[1])


class Redirects(InnerCase):
    @apart(WORLD)
    def test_where_a_manifest_may_lie(self):
        rows = [(OTHER, None, "ok", "public from public"),
                (OTHER, "cdn.example", "ok", "by its name"),
                (PRIVATE, None, "protocol", "a private address"),
                (PRIVATE, "inner.example", "protocol", "a name that turns out to be private"),
                ("fd00::5", "six.example", "protocol", "the same in IPv6"),
                ("127.0.0.1", None, "protocol", "this machine"),
                ("127.0.0.1", "localhost", "protocol", "this machine, by its name")]
        for address, name, outcome, why in rows:
            with self.subTest(why):
                store, fake = self.fake(address), self.fake(PUBLIC)
                place = self.named(store, name) if name else store.host
                store.on(M, manifest())
                fake.on(M, reply(307, ("Location", "https://" + place + M)))
                got = self.ask("get %s/aa:1" % fake.host)[0]
                self.assertEqual(got["outcome"], outcome, got)
                self.assertEqual(len(store.requests), outcome == "ok")
                self.assertEqual("inner address" in got["error"], outcome != "ok", got)

    @apart(WORLD)
    def test_where_clouds_keep_credentials(self):
        fake = self.fake(PUBLIC)
        for place in ("169.254.169.254", "[fe80::1]", "[::ffff:10.0.0.5]", "0.0.0.0"):
            fake.on(M, reply(307, ("Location", "https://%s/latest" % place)))
            got = self.ask("get %s/aa:1" % fake.host)[0]
            self.assertEqual(got["outcome"], "protocol", got)
            self.assertIn("inner address", got["error"])

    @apart(WORLD)
    def test_never_from_https_to_http(self):
        fake = self.fake(PUBLIC)
        with Fake(OTHER) as store:
            fake.on(M, reply(307, ("Location", store.url + M)))
            got = self.ask("get %s/aa:1" % fake.host)[0]
            self.assertEqual((got["outcome"], store.requests), ("protocol", []), got)
            self.assertIn("http from https", got["error"])

    @apart(WORLD)
    def test_inner_from_inner(self):
        store, fake = self.fake(MORE), self.fake(PRIVATE)
        store.on(M, manifest())
        fake.on(M, reply(307, ("Location", store.url + M)))
        rows = [fake.host, self.named(fake, "inner.example")]
        for host in rows:
            self.assertEqual(self.ask("get %s/aa:1" % host)[0]["outcome"], "ok")

    @apart(WORLD)
    def test_a_connection_that_is_there_already(self):
        """Nobody asks about the address of a connection that is used again."""
        inner, fake = self.fake(PRIVATE), self.fake(PUBLIC)
        place = self.named(inner, "inner.example")
        inner.on("*", manifest())
        fake.on(M, reply(307, ("Location", "https://%s/v2/own/manifests/1" % place)))
        fake.on("/v2/aa/manifests/0", [0.5] + manifest())
        result = self.ask("get %s/own:1" % place, "get %s/aa:0" % fake.host,
                          "get %s/aa:1" % fake.host)
        self.assertEqual(result.outcomes, ["ok", "ok", "protocol"])
        self.assertEqual(len(inner.requests), 1)

    @apart(WORLD)
    def test_uploads_are_not_cancelled_there(self):
        inner, fake = self.fake(PRIVATE), self.fake(PUBLIC)
        fake.on("*", reply(202, ("Location", inner.url + "/up/1")))
        got = self.ask("probe %s/aa" % fake.host)[0]
        self.assertEqual((got["push"], got["cancelled"]), ("yes", False))
        self.assertEqual(inner.requests, [])


class Realms(InnerCase):
    """A token server that is named like the registry, so that credentials may go there, and lies
    inside."""

    def servers(self):
        realm = self.fake(PRIVATE, secrets=[PASSWORD, basic("user", PASSWORD)[6:]])
        fake = self.fake(PUBLIC)
        place = self.named(realm, "inner.example")
        realm.on("/token", token())
        fake.on(M, challenge('Bearer realm="https://%s/token",service="s"' % place), manifest())
        host = self.named(fake, "registry.example")
        self.login(host)
        return realm, place, host

    @apart(WORLD)
    def test_is_not_asked(self):
        realm, _, host = self.servers()
        got = self.ask("get %s/aa:1" % host)[0]
        self.assertEqual(got["outcome"], "protocol", got)
        self.assertIn("inner address", got["error"])
        self.assertEqual(realm.requests, [])

    @apart(WORLD)
    def test_is_asked_if_a_person_names_it(self):
        realm, place, host = self.servers()
        self.config["plugins"] = {"hygiene": {"realms": "%s=%s" % (host, place)}}
        self.assertEqual(self.ask("get %s/aa:1" % host)[0]["outcome"], "ok")
        self.assertEqual([r.auth for r in realm.requests], [basic("user", PASSWORD)])


class Loopback(InnerCase):
    @apart(WORLD)
    def test_plain_http_is_for_this_machine_only(self):
        with Fake("127.0.0.1") as near, Fake(PRIVATE) as far:
            near.on("*", manifest())
            far.on("*", manifest())
            result = self.ask("get %s/aa:1" % near.host, "get %s/aa:1" % far.host,
                              options=("--max-wait", "-1"))
            self.assertEqual(result.outcomes, ["ok", "unreachable"])
            self.assertEqual(far.requests, [])

    @apart(WORLD)
    def test_nobody_vouches_for_the_certificate(self):
        """Unverified on this machine, verified everywhere else."""
        del self.env["SSL_CERT_FILE"]
        near, far = self.fake("127.0.0.1"), self.fake(PRIVATE)
        near.on("*", manifest())
        result = self.ask("get %s/aa:1" % near.host, "get %s/aa:1" % far.host,
                          options=("--max-wait", "-1"))
        self.assertEqual(result.outcomes, ["ok", "unreachable"])
        self.assertIn("certificate", result[1]["error"])
        self.assertEqual(far.requests, [])


class Proxies(InnerCase):
    def proxy(self, scheme="https", **leads):
        proxy = Proxy("127.0.0.1", leads)
        self.addCleanup(proxy.__exit__)
        self.env[scheme + "_proxy"] = proxy.__enter__().url
        return proxy

    @apart(WORLD)
    def test_are_asked(self):
        fake = self.fake("127.0.0.1")
        proxy = self.proxy(**{"elsewhere.example:443": fake.host})
        fake.on("*", manifest())
        # The certificate has no such name: that is seen through the proxy.
        got = self.ask("get elsewhere.example/aa:1", options=("--max-wait", "-1"))[0]
        self.assertEqual((got["outcome"], fake.requests), ("unreachable", []), got)
        self.assertEqual(set(proxy.asked), {"CONNECT elsewhere.example:443"})

    @apart(WORLD)
    def test_resolve_in_our_place(self):
        fake = self.fake(PRIVATE)
        proxy = self.proxy(**{"cdn.example:443": fake.host})
        fake.on("*", manifest())
        self.assertEqual(self.ask("get cdn.example/aa:1")[0]["outcome"], "ok")
        self.assertEqual(proxy.asked, ["CONNECT cdn.example:443"])

    @apart(WORLD)
    def test_not_for_this_machine(self):
        fake = self.fake("127.0.0.1")
        fake.on("*", manifest())
        proxy = self.proxy()
        self.assertEqual(self.ask("get %s/aa:1" % fake.host)[0]["outcome"], "ok")
        self.assertEqual(proxy.asked, [])

    @apart(WORLD)
    def test_no_proxy(self):
        fake = self.fake(PUBLIC)
        fake.on("*", manifest())
        proxy = self.proxy()
        self.env["no_proxy"] = "other.example,registry.example"
        got = self.ask("get %s/aa:1" % self.named(fake, "registry.example"))[0]
        self.assertEqual((got["outcome"], proxy.asked), ("ok", []))

    @apart(WORLD)
    def test_addresses_are_refused_all_the_same(self):
        inner, fake = self.fake(PRIVATE), self.fake(PUBLIC)
        fake.on("*", reply(307, ("Location", inner.url + M)))
        proxy = self.proxy(**{fake.host: fake.host, inner.host: inner.host})
        got = self.ask("get %s/aa:1" % fake.host)[0]
        self.assertEqual((got["outcome"], inner.requests), ("protocol", []), got)
        self.assertEqual(proxy.asked, ["CONNECT " + fake.host])

    @apart(WORLD)
    def test_one_for_http_says_nothing_of_https(self):
        inner, fake = self.fake(PRIVATE), self.fake(PUBLIC)
        place = self.named(inner, "inner.example")
        inner.on("*", manifest())
        fake.on("*", reply(307, ("Location", "https://" + place + M)))
        self.proxy("http")
        got = self.ask("get %s/aa:1" % fake.host)[0]
        self.assertEqual((got["outcome"], inner.requests), ("protocol", []), got)


class Hub(InnerCase):
    """Docker Hub by its own names."""

    def answer(self, request):
        repository = request.path.split("/v2/")[1].partition("/manifests/")[0]
        if not request.auth:
            return challenge('Bearer realm="https://auth.docker.io/token",'
                             'service="registry.docker.io",scope="repository:%s:pull"' % repository)
        if "gone" in request.path:
            return reply(404, body=b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"x"}]}')
        return manifest()

    @apart(HUB)
    def test_asked_as_docker_asks(self):
        hub, tokens = self.fake(PUBLIC, port=443), self.fake(OTHER, port=443)
        hub.secrets = [b"s3cret", basic("me", PASSWORD).encode()]
        hub.on("*", self.answer)
        tokens.on("/token", token())
        for key in ("https://index.docker.io/v1/", "docker.io", "registry-1.docker.io"):
            self.config = {}
            self.login(key, "me", PASSWORD)
            run = self.ask("head nginx", "head index.docker.io/library/redis:7", "head me/app:1")
            self.assertEqual([(row["outcome"], row["user"]) for row in run.items],
                             [("ok", "me")] * 3, run)
            self.assertEqual(run.tallies["docker.io"]["tokens"], 1)
        self.assertEqual({r.auth for r in tokens.requests}, {basic("me", PASSWORD)})
        self.assertEqual(hub.leaks, [])

    @apart(HUB)
    def test_its_head_is_right(self):
        """GETs of manifests are counted as pulls: none is spent on what HEAD says."""
        hub, tokens = self.fake(PUBLIC, port=443), self.fake(OTHER, port=443)
        hub.on("*", self.answer)
        tokens.on("/token", token())
        self.assertEqual(self.ask("head me/app:gone", "head me/b:gone").outcomes,
                         ["not-found"] * 2)
        self.assertEqual({r.method for r in hub.requests}, {"HEAD"})


if __name__ == "__main__":
    unittest.main()
