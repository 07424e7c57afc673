# SPDX-License-Identifier: Apache-2.0
"""pushgate-attest against an issuer on loopback.

Where it reads the policy is compiled in: it is run in a mount namespace of its own, with folders
of the test over /etc/docker and /var/cache.
"""

import gzip
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import unittest

from issuer import DISCOVERY, Issuer, Key, Server, b64, sign_hmac

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BUILD") or os.path.join(TOP, "build", "release")
ATTEST = os.path.join(BUILD, "pushgate-attest")
CACHE = "docker-hygiene"
# Of one run that has nothing to wait for, on a machine under load.
PATIENCE = 60
# The helper waits 10 s: pushgate-attest has to know its own end before that, here with some more.
BUDGET = 8
INSIDE = """set -e
mount --bind "$1" /etc/docker
mount --bind "$2" /var/cache
shift 2
exec "$@"
"""


def why_not():
    """Why nothing can be tested here, None if it can."""
    if not os.path.exists(ATTEST):
        return "not built: libcjose is missing"
    if os.geteuid() != 0 or not shutil.which("unshare"):
        return "needs root and unshare, to put a policy where it is read"
    done = subprocess.run(["unshare", "-m", "true"], stderr=subprocess.PIPE, check=False)
    return None if done.returncode == 0 else "no mount namespaces here"


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        reason = why_not()
        if reason:
            raise unittest.SkipTest(reason)
        cls.made = not os.path.isdir("/etc/docker")
        os.makedirs("/etc/docker", exist_ok=True)
        cls.issuer = Issuer()
        cls.key = Key(cls.issuer.folder, "k1")
        cls.second = Key(cls.issuer.folder, "k2")

    @classmethod
    def tearDownClass(cls):
        cls.issuer.close()
        if cls.made:
            os.rmdir("/etc/docker")

    def setUp(self):
        self.top = tempfile.mkdtemp(prefix="attest.")
        self.addCleanup(shutil.rmtree, self.top)
        for name in ("policy", "cache"):
            os.mkdir(os.path.join(self.top, name), 0o755)
        self.issuer.publish(self.key.jwk())
        self.gate()

    def file(self, *names):
        return os.path.join(self.top, *names)

    def write(self, text, *names):
        with open(self.file(*names), "w", encoding="utf-8") as out:
            out.write(text)
        return self.file(*names)

    def gate(self, **changes):
        """The policy: one gate, changed. A value of None takes a key away."""
        oidc = {"vendor": "jenkins", "issuer": self.issuer.url, "audience": "pushgate",
                "token": {"env": "PUSHGATE_ID_TOKEN"}, "ca_file": self.issuer.ca,
                "claims": {"sub": "https://ci.example/job/release/*"}}
        oidc.update(changes)
        oidc = {name: value for name, value in oidc.items() if value is not None}
        self.write(json.dumps({"version": 1, "gates": {"job": {"oidc": oidc}}}),
                   "policy", "pushgate.json")

    def run_attest(self, data, env=None, args=()):
        argv = ["unshare", "-m", "sh", "-c", INSIDE, "sh", self.file("policy"),
                self.file("cache"), ATTEST] + list(args)
        return subprocess.run(argv, input=data, env=dict(os.environ, **(env or {})),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE,
                              check=False)

    def ask(self, token=None, env=None, gate="job", **more):
        question = dict({"version": 1, "gate": gate}, **more)
        if token is not None:
            question["token"] = token
        done = self.run_attest(json.dumps(question).encode(), env)
        self.assertEqual(done.stderr, b"")
        answer = json.loads(done.stdout)
        status = {"ok": 0, "refused": 3, "error": 1}[answer["verdict"]]
        self.assertEqual(done.returncode, status, answer)
        return answer

    def accepts(self, token, **more):
        answer = self.ask(token, **more)
        self.assertEqual(answer["verdict"], "ok", answer)
        return answer

    def refuses(self, reason, text, token=None, **more):
        answer = self.ask(token, **more)
        self.assertEqual(answer["reason"], reason, answer)
        self.assertIn(text, answer["text"])
        self.assertNotIn("claims", answer)
        if token and token.count(".") == 2 and len(token) > 40:
            self.assertNotIn(token.split(".")[1], answer["text"])
        return answer

    def good(self, **claims):
        return self.key.sign(self.issuer.claims(**claims))

    def cached(self):
        folder = self.file("cache", CACHE)
        return [os.path.join(folder, name) for name in os.listdir(folder)]

    def age_cache(self, seconds):
        """As if the keys had been fetched that long ago."""
        for path in self.cached():
            with open(path, encoding="utf-8") as source:
                entry = json.load(source)
            entry["fetched"] -= seconds
            entry["until"] -= seconds
            with open(path, "w", encoding="utf-8") as out:
                json.dump(entry, out)


class Accepted(Case):
    def test_by_discovery(self):
        claims = self.issuer.claims()
        answer = self.accepts(self.key.sign(claims))
        self.assertEqual(answer, {"version": 1, "gate": "job", "verdict": "ok", "reason": "ok",
                                  "text": "ok", "expires": claims["exp"],
                                  "claims": {"sub": claims["sub"]}})
        self.assertEqual(self.issuer.server.paths(), ["/oidc" + DISCOVERY, "/oidc/jwks"])
        for _, _, headers in self.issuer.server.seen:
            self.assertNotIn("Authorization", headers)
            self.assertNotIn("Accept-Encoding", headers)
            self.assertNotIn("Cookie", headers)

    def test_every_algorithm(self):
        keys = {"RS": self.key, "PS": self.key}
        jwks = [self.key.jwk()]
        for alg in ("ES256", "ES384", "ES512"):
            keys[alg] = Key(self.issuer.folder, alg, alg)
            jwks.append(keys[alg].jwk(use="sig", alg=alg))
        self.issuer.publish(*jwks)
        algs = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "ES512"]
        self.gate(algorithms=algs)
        for alg in algs:
            key = keys.get(alg) or keys[alg[:2]]
            self.accepts(key.sign(self.issuer.claims(), alg=alg))

    def test_the_keys_address_of_the_policy(self):
        self.issuer.page("/elsewhere", {"keys": [self.key.jwk()]})
        self.gate(issuer="https://ci.example.com",
                  keys={"url": self.issuer.url.replace("/oidc", "/elsewhere")})
        self.accepts(self.good(iss="https://ci.example.com"))
        self.assertEqual(self.issuer.server.paths(), ["/elsewhere"])

    def test_a_pinned_file(self):
        path = self.write(json.dumps({"keys": [self.key.jwk()]}), "policy", "keys.jwks")
        self.gate(keys={"file": path.replace(self.file("policy"), "/etc/docker")})
        self.accepts(self.good())
        self.refuses("key", "no key of the issuer fits", self.second.sign(self.issuer.claims()))
        self.assertEqual(self.issuer.server.seen, [])

    def test_issuer_with_a_slash(self):
        self.issuer.page("/oidc" + DISCOVERY,
                         {"issuer": self.issuer.url + "/", "jwks_uri": self.issuer.url + "/jwks"})
        self.gate(issuer=self.issuer.url + "/")
        self.accepts(self.good(iss=self.issuer.url + "/"))


class Refused(Case):
    """Signed by openssl; the tables of tests/unit have the rest."""

    def test_signatures(self):
        good = self.good()
        head, claims, signature = good.split(".")
        rows = [
            ("algorithm", "alg none", b64('{"alg":"none"}') + "." + claims + "."),
            ("algorithm", "alg none", b64('{"alg":"none"}') + "." + claims + "." + signature),
            ("algorithm", "alg nOnE", b64('{"alg":"nOnE"}') + "." + claims + "." + signature),
            ("algorithm", "alg HS256", sign_hmac({"alg": "HS256", "kid": "k1"},
                                                 self.issuer.claims(), self.key.public_pem())),
            ("algorithm", "alg RS384", self.key.sign(self.issuer.claims(), alg="RS384")),
            ("algorithm", "alg PS256", self.key.sign(self.issuer.claims(), alg="PS256")),
            ("signature", "", self.second.sign(self.issuer.claims(),
                                               {"alg": "RS256", "kid": "k1"})),
            ("signature", "", head + "." + b64(json.dumps(self.issuer.claims(sub="x"))) + "." +
             signature),
            ("signature", "", b64('{"alg":"RS256","kid":"k1"}') + "." + claims + "." + signature),
            ("signature", "", good[:-8] + "AAAAAAAA"[:7] + good[-1]),
            ("signature", "", head + "." + claims + "." + signature[:-2]),
            ("malformed", "it is not signed", head + "." + claims + "."),
            ("malformed", "three parts", head + "." + claims),
            ("malformed", "three parts", good + "." + signature),
            ("malformed", "base64", good + "="),
            ("malformed", "base64", good + " "),
            ("malformed", "crit", self.key.sign(self.issuer.claims(),
                                                {"alg": "RS256", "kid": "k1", "crit": ["exp"]})),
            ("malformed", "jwk", self.second.sign(self.issuer.claims(), {
                "alg": "RS256", "kid": "k1", "jwk": self.second.jwk()})),
            ("malformed", "jku", self.second.sign(self.issuer.claims(), {
                "alg": "RS256", "kid": "k1", "jku": "https://evil.example/jwks"})),
            ("malformed", "typ", self.key.sign(self.issuer.claims(),
                                               {"alg": "RS256", "kid": "k1", "typ": "JWE"})),
            ("malformed", "twice", self.key.sign(
                self.issuer.claims(), '{"alg":"RS256","kid":"k1","kid":"k2"}')),
            ("malformed", "twice", self.key.sign(
                '{"sub":"https://ci.example/job/release/1","sub":"x"}')),
            ("malformed", "no JSON object", self.key.sign("[]")),
            ("malformed", "more than 16384 bytes", self.good(filler="x" * 16384)),
            ("key", "", self.key.sign(self.issuer.claims(), {"alg": "RS256", "kid": "k9"})),
        ]
        for reason, text, token in rows:
            with self.subTest(reason=reason, text=text, token=token[:60]):
                self.refuses(reason, text, token)
        self.accepts(good)

    def test_claims(self):
        now = int(time.time())
        for reason, text, claims in (
                ("issuer", "another issuer (iss is", {"iss": "https://evil.example"}),
                ("issuer", "iss is not there", {"iss": None}),
                ("audience", 'aud is "sigstore"', {"aud": "sigstore"}),
                ("audience", 'without "pushgate"', {"aud": ["sigstore"]}),
                ("expired", "exp 20", {"iat": now - 600, "exp": now - 61}),
                ("expired", "exp is not there", {"exp": None}),
                ("malformed", "exp is no time", {"exp": str(now + 60)}),
                ("early", "nbf 20", {"nbf": now + 3000}),
                ("age", "iat 20", {"iat": now - 3700}),
                ("trap", "CHANGE_ID is", {"CHANGE_ID": "12"}),
                ("claim", 'sub is "https://ci.example/job/test/7"',
                 {"sub": "https://ci.example/job/test/7"})):
            with self.subTest(reason=reason, claims=claims):
                self.refuses(reason, text, self.good(**claims))

    def test_questions(self):
        for data, text in ((b"", "no JSON object"), (b"hidden", "no JSON object"),
                           (b" " * 70000, "more than 65536 bytes"),
                           (b'{"version":1,"gate":"job","token":"x","hidden":1}', "not known")):
            done = self.run_attest(data)
            self.assertEqual(done.returncode, 1)
            answer = json.loads(done.stdout)
            self.assertEqual(answer["reason"], "question")
            self.assertIn(text, answer["text"])
            self.assertNotIn("hidden", answer["text"])

    def test_no_arguments(self):
        for args in (["--version"], ["get"], [""]):
            done = self.run_attest(b"", args=args)
            self.assertEqual((done.returncode, done.stdout), (125, b""))
            self.assertIn(b"takes no arguments", done.stderr)


class Policies(Case):
    def test_none(self):
        os.unlink(self.file("policy", "pushgate.json"))
        self.refuses("no-gate", "no such gate", self.good())

    def test_another_gate(self):
        self.refuses("no-gate", "no such gate", self.good(), gate="jobs")

    def test_broken(self):
        self.write('{"version":1,"gate":{}}', "policy", "pushgate.json")
        self.refuses("policy", "/etc/docker/pushgate.json", self.good())

    def test_writable_by_others(self):
        os.chmod(self.file("policy", "pushgate.json"), 0o666)
        self.refuses("policy", "chmod", self.good())

    def test_a_strangers(self):
        os.chown(self.file("policy", "pushgate.json"), 12345, -1)
        self.refuses("policy", "chown root", self.good())

    def test_keys_writable_by_others(self):
        path = self.write(json.dumps({"keys": [self.key.jwk()]}), "policy", "keys.jwks")
        os.chmod(path, 0o666)
        self.gate(keys={"file": path})
        self.refuses("keys", "chmod", self.good())

    def test_a_shared_issuer_needs_a_pin(self):
        self.gate(vendor="github", token=None, claims={"ref": "refs/heads/main"})
        self.refuses("unpinned", "repository_owner_id", self.good(ref="refs/heads/main"))

    def test_the_users_own_is_not_read(self):
        home = self.file("home")
        os.makedirs(os.path.join(home, ".config", "docker-hygiene"))
        shutil.move(self.file("policy", "pushgate.json"),
                    os.path.join(home, ".config", "docker-hygiene", "pushgate.json"))
        self.refuses("no-gate", "", self.good(), env={"HOME": home})


class Cache(Case):
    def test_asked_once(self):
        for _ in range(3):
            self.accepts(self.good())
        self.assertEqual(self.issuer.server.paths(), ["/oidc" + DISCOVERY, "/oidc/jwks"])
        paths = self.cached()
        self.assertEqual(len(paths), 1)
        self.assertEqual(os.stat(paths[0]).st_mode & 0o777, 0o600)

    def test_a_new_key_is_asked_for_once(self):
        self.accepts(self.good())
        self.age_cache(60)
        self.issuer.publish(self.second.jwk())
        self.accepts(self.second.sign(self.issuer.claims()))
        self.assertEqual(self.issuer.server.paths(), ["/oidc" + DISCOVERY, "/oidc/jwks"])

    def test_a_key_that_was_taken_away(self):
        self.accepts(self.good())
        self.age_cache(60)
        self.issuer.publish(self.second.jwk())
        self.accepts(self.second.sign(self.issuer.claims()))
        self.refuses("key", "", self.good())

    def test_bad_tokens_make_no_traffic(self):
        stranger = self.second.sign(self.issuer.claims())
        for _ in range(4):
            self.refuses("key", "", stranger)
        self.assertEqual(self.issuer.server.paths(), ["/oidc" + DISCOVERY, "/oidc/jwks"])

    def test_it_ends(self):
        self.accepts(self.good())
        self.age_cache(301)
        self.issuer.publish(self.second.jwk())
        self.refuses("key", "", self.good())

    def test_max_age(self):
        self.issuer.page("/oidc/jwks", {"keys": [self.key.jwk()]},
                         Cache_Control="public, max-age=4000")
        self.accepts(self.good())
        self.age_cache(3900)
        self.issuer.publish(self.second.jwk())
        self.accepts(self.good())
        self.age_cache(200)
        self.refuses("key", "", self.good())

    def test_a_day_at_most(self):
        self.issuer.page("/oidc/jwks", {"keys": [self.key.jwk()]},
                         Cache_Control="max-age=31536000")
        self.accepts(self.good())
        with open(self.cached()[0], encoding="utf-8") as source:
            entry = json.load(source)
        self.assertEqual(entry["until"] - entry["fetched"], 86400)

    def test_what_is_in_it_is_checked(self):
        self.accepts(self.good())
        path = self.cached()[0]
        with open(path, encoding="utf-8") as source:
            good = source.read()
        entry = json.loads(good)
        later = dict(entry, fetched=entry["fetched"] + 5000, until=entry["until"] + 5000)
        longer = dict(entry, until=entry["fetched"] + 90000)
        for text in ("", "{", "[]", json.dumps(dict(entry, version=2)), json.dumps(later),
                     json.dumps(longer), json.dumps(dict(entry, keys={})),
                     json.dumps(dict(entry, keys=[])), "x" * 600000):
            self.write(text, "cache", CACHE, os.path.basename(path))
            self.issuer.server.seen.clear()
            self.accepts(self.good())
            self.assertEqual(len(self.issuer.server.seen), 2, text[:80])

    def test_one_that_others_may_write(self):
        self.accepts(self.good())
        forged = json.loads(open(self.cached()[0], encoding="utf-8").read())
        forged["keys"] = {"keys": [self.second.jwk()]}
        path = self.write(json.dumps(forged), "cache", CACHE, os.path.basename(self.cached()[0]))
        os.chmod(path, 0o666)
        self.refuses("key", "", self.second.sign(self.issuer.claims()))
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)

    def test_a_link_in_its_place(self):
        self.accepts(self.good())
        path = self.cached()[0]
        victim = self.write("precious", "victim")
        os.unlink(path)
        os.symlink(victim, path)
        self.accepts(self.good())
        with open(victim, encoding="utf-8") as source:
            self.assertEqual(source.read(), "precious")

    def test_no_place_for_it(self):
        self.write("", "cache", CACHE)
        self.accepts(self.good())


class BadIssuer(Case):
    def keys(self, text):
        return self.refuses("keys", text, self.good())

    def test_statuses(self):
        for status in (201, 204, 301, 302, 307, 308, 401, 404, 500, 503):
            text = "redirect (%d)" % status if 300 <= status < 400 else "status %d" % status
            for path in ("/oidc" + DISCOVERY, "/oidc/jwks"):
                self.issuer.publish(self.key.jwk())
                self.issuer.page("/moved", {"keys": [self.key.jwk()]})
                body = b"" if status == 204 else b"{}"
                self.issuer.page(path, body, status, Location="/moved")
                self.keys(text)
                self.assertNotIn("/moved", self.issuer.server.paths())

    def test_discovery(self):
        url = self.issuer.url
        port = self.issuer.server.port
        for text, page in (
                ("another issuer's", {"issuer": url + "/", "jwks_uri": url + "/jwks"}),
                ("another issuer's", {"issuer": "https://x", "jwks_uri": url + "/jwks"}),
                ("issuer", {"jwks_uri": url + "/jwks"}),
                ("jwks_uri", {"issuer": url}),
                ("jwks_uri", {"issuer": url, "jwks_uri": [url]}),
                ("another host", {"issuer": url, "jwks_uri": "https://evil.example/jwks"}),
                ("another host", {"issuer": url, "jwks_uri": "https://127.0.0.1:1/jwks"}),
                ("another host", {"issuer": url,
                                  "jwks_uri": "https://localhost:%d/jwks" % port}),
                ("no https:// address", {"issuer": url,
                                         "jwks_uri": "http://127.0.0.1:%d/jwks" % port}),
                ("no https:// address", {"issuer": url, "jwks_uri": "file:///etc/passwd"}),
                ("no https:// address", {"issuer": url, "jwks_uri":
                                         "https://127.0.0.1:%d@evil.example/" % port}),
                ("openid-configuration", "<html>"), ("issuer", "[]"),
                ("openid-configuration", "")):
            self.issuer.page("/oidc" + DISCOVERY, page)
            with self.subTest(page=page):
                self.keys(text)

    def test_key_sets(self):
        for text, page in (
                ("no list of keys", {}), ("no list of keys", []), ("no list of keys", "1"),
                ("0 keys", {"keys": []}), ("65 keys", {"keys": [self.key.jwk()] * 65}),
                ("no object", {"keys": [1]}), ("jwks", "<html>"), ("jwks", ""),
                ("duplicate", '{"keys":[],"keys":[{"kty":"RSA"}]}')):
            self.issuer.page("/oidc/jwks", page)
            with self.subTest(page=str(page)[:60]):
                self.keys(text)

    def test_too_long(self):
        self.issuer.page("/oidc/jwks", {"keys": [self.key.jwk()], "x": "x" * (1 << 20)})
        self.keys("too long")
        self.issuer.publish(self.key.jwk())
        self.issuer.page("/oidc/jwks", {"keys": [self.key.jwk()]}, X="x" * 60000, Y="y" * 60000)
        self.keys("")

    def endless(self, pause):
        def answer(handler):
            handler.send_response(200)
            handler.send_header("Content-Length", str(1 << 30))
            handler.end_headers()
            try:
                while True:
                    handler.wfile.write(b" " * (1 << 16 if not pause else 1))
                    time.sleep(pause)
            except OSError:
                pass
        self.issuer.server.pages["/oidc/jwks"] = answer

    def test_a_gibibyte(self):
        self.endless(0)
        self.keys("too long")

    def test_drop_by_drop(self):
        self.endless(0.2)
        began = time.monotonic()
        self.keys("no answer in time")
        self.assertLess(time.monotonic() - began, 2 * BUDGET)

    def test_encoded(self):
        body = gzip.compress(json.dumps({"keys": [self.key.jwk()]}).encode())
        self.issuer.page("/oidc/jwks", body, Content_Encoding="gzip")
        self.keys("encoded")
        self.issuer.page("/oidc/jwks", body)
        self.keys("jwks")

    def test_nobody_there(self):
        server = Server()
        server.stop()
        self.gate(issuer="https://127.0.0.1:%d" % server.port)
        self.keys("127.0.0.1")

    def test_certificates(self):
        self.gate(ca_file=self.issuer.other_ca)
        self.keys("certificate")
        self.gate(ca_file=None)
        self.keys("certificate")
        self.gate(ca_file="/nonexistent.pem")
        self.keys("ca_file")
        other = Server(self.issuer.certificate("elsewhere", "DNS:elsewhere.example"))
        self.addCleanup(other.stop)
        self.gate(keys={"url": "https://127.0.0.1:%d/jwks" % other.port})
        self.keys("")
        self.assertEqual(other.seen, [])

    def test_variables_lead_nowhere(self):
        evil = Server()
        self.addCleanup(evil.stop)
        proxy = "http://127.0.0.1:%d" % evil.port
        env = {name: proxy for name in ("https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy",
                                        "http_proxy")}
        env.update(SSL_CERT_FILE=self.issuer.other_ca, SSL_CERT_DIR="/nonexistent",
                   CURL_CA_BUNDLE=self.issuer.other_ca, CURL_HOME=self.top, HOME=self.top,
                   XDG_CACHE_HOME=self.top, SSLKEYLOGFILE=self.file("keylog"),
                   OPENSSL_CONF="/nonexistent", NETRC=self.file("netrc"))
        self.write("machine 127.0.0.1 login a password b\n", ".netrc")
        self.assertEqual(self.ask(self.good(), env=env)["verdict"], "ok")
        self.assertEqual(evil.seen, [])
        self.assertFalse(os.path.exists(self.file("keylog")))
        for _, _, headers in self.issuer.server.seen:
            self.assertNotIn("Authorization", headers)

    def test_the_policys_proxy(self):
        proxy = Server()
        self.addCleanup(proxy.stop)
        self.gate(proxy="http://127.0.0.1:%d" % proxy.port)
        self.keys("")
        self.assertEqual([command for command, _, _ in proxy.seen], ["CONNECT"])
        self.assertEqual(self.issuer.server.seen, [])


class Requests(Case):
    """CI that gives out tokens to who asks."""

    def setUp(self):
        super().setUp()
        self.gate(vendor="github", token=None, claims={"repository_id": "7"})
        self.token = self.good(repository_id="7", aud="pushgate")
        self.issuer.page("/token", {"count": 1, "value": self.token})
        self.url = self.issuer.url.replace("/oidc", "/token")

    def request(self, vendor="github", url=None, bearer="key"):
        return {"vendor": vendor, "url": url or self.url + "?api-version=2.0", "bearer": bearer}

    def test_github(self):
        self.assertEqual(self.ask(request=self.request())["verdict"], "ok")
        command, path, headers = self.issuer.server.seen[0]
        self.assertEqual((command, path),
                         ("GET", "/token?api-version=2.0&audience=pushgate"))
        self.assertEqual(headers["Authorization"], "Bearer key")
        for _, path, headers in self.issuer.server.seen[1:]:
            self.assertNotIn("Authorization", headers)

    def test_audience_is_quoted(self):
        self.gate(vendor="github", token=None, claims={"repository_id": "7"},
                  audience="a b&x=y")
        self.ask(request=self.request(url=self.url))
        self.assertEqual(self.issuer.server.seen[0][1], "/token?audience=a%20b%26x%3Dy")

    def test_azure(self):
        self.gate(vendor="azure", token=None)
        self.issuer.page("/token", {"oidcToken": self.good(aud="pushgate")})
        request = self.request("azure", self.url + "?serviceConnectionId=1")
        self.assertEqual(self.ask(request=request)["verdict"], "ok")
        command, path, headers = self.issuer.server.seen[0]
        self.assertEqual((command, path), ("POST", "/token?serviceConnectionId=1&api-version=7.1"))
        self.assertEqual(headers["Content-Length"], "0")

    def test_only_where_it_may(self):
        evil = Server(self.issuer.certificate("evil", "IP:127.0.0.1"))
        self.addCleanup(evil.stop)
        evil.pages["/token"] = (200, {}, json.dumps({"value": self.token}).encode())
        elsewhere = "https://127.0.0.1:%d/token" % evil.port
        self.refuses("token-request", "request_hosts", request=self.request(url=elsewhere))
        self.assertEqual(evil.seen, [])
        self.gate(vendor="github", token=None, claims={"repository_id": "7"},
                  request_hosts=["127.0.0.1:%d" % evil.port])
        self.assertEqual(self.ask(request=self.request(url=elsewhere))["verdict"], "ok")
        self.assertEqual(evil.seen[0][2]["Authorization"], "Bearer key")

    def test_addresses(self):
        port = self.issuer.server.port
        for url in ("http://127.0.0.1:%d/token" % port, "https://evil.example/token",
                    "https://actions.githubusercontent.com.evil.example/",
                    "https://127.0.0.1:%d@evil.example/" % port, "file:///etc/passwd",
                    "https://evil.example/#https://127.0.0.1:%d/" % port, "x"):
            with self.subTest(url=url):
                self.refuses("token-request", "", request=self.request(url=url))
        self.assertEqual(self.issuer.server.seen, [])

    def test_another_vendor(self):
        for vendor in ("azure", "gitlab", "nosuch"):
            self.refuses("token-request", "gives out no tokens",
                         request=self.request(vendor=vendor))
        self.gate()
        self.refuses("token-request", "gives out no tokens",
                     request=self.request(vendor="jenkins"))

    def test_replies(self):
        for text, body, status in (("status 403", {"message": "hidden"}, 403),
                                   ("redirect", "", 302), ("no JSON object", "hidden", 200),
                                   ('no "value"', {"token": "hidden"}, 200),
                                   ('no "value"', {"value": ""}, 200),
                                   ('no "value"', {"value": ["hidden"]}, 200),
                                   ("too long", {"value": "x" * 40000}, 200)):
            self.issuer.page("/token", body, status, Location="/token2")
            answer = self.refuses("token-request", text, request=self.request())
            self.assertNotIn("hidden", answer["text"])
        self.issuer.page("/token", {"value": "hidden"})
        self.refuses("malformed", "three parts", request=self.request())

    def test_a_bearer_that_is_none(self):
        for bearer in ("a\r\nX: y", "a b", "\u00e4"):
            self.refuses("token-request", "request token",
                         request=self.request(bearer=bearer))
        self.assertEqual(self.issuer.server.seen, [])


class Documented(Case):
    """Each policy of docs/pushgate-oidc.md can be used, and pins what its issuer needs."""

    def test_policies(self):
        with open(os.path.join(TOP, "docs", "pushgate-oidc.md"), encoding="utf-8") as source:
            blocks = re.findall(r"^```json\n(.*?)^```", source.read(), re.M | re.S)
        self.assertGreaterEqual(len(blocks), 5)
        keys = self.write(json.dumps({"keys": [self.key.jwk()]}), "policy", "keys.jwks")
        for block in blocks:
            policy = json.loads(block)
            for name, gate in policy["gates"].items():
                if "oidc" not in gate:
                    continue
                with self.subTest(gate=name):
                    self.write(json.dumps(policy), "policy", "pushgate.json")
                    self.refuses("malformed", "three parts", "a.b", gate=name)
                    oidc = dict(gate["oidc"], keys={"file": keys})
                    claims = {pin: (value if isinstance(value, str) else value[0]).replace("*", "x")
                              for pin, value in oidc["claims"].items()}
                    oidc.pop("ca_file", None)
                    self.write(json.dumps({"version": 1, "gates": {name: {"oidc": oidc}}}),
                               "policy", "pushgate.json")
                    claims.update(iss=oidc["issuer"], aud=oidc["audience"])
                    self.accepts(self.good(**claims), gate=name)


if __name__ == "__main__":
    unittest.main()
