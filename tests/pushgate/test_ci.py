# SPDX-License-Identifier: Apache-2.0
"""Where the push credential is sealed and CI shows a signed ID token: the same person on the same
machine, with everything but the job's token and CI's key, does not get at it.

The system policy and the place of pushgate-attest are compiled in: each command runs in a mount
namespace of its own, with folders of the test over what is compiled in.
"""

import hashlib
import json
import os
import shutil
import tempfile
import time
import unittest

import gatecase
from bed import peek
from gatecase import NOT_FOUND, PULLER, PUSH_SECRET, PUSHER, GateCase
from issuer import Issuer, Key, Server, openssl
from test_attest import ATTEST, why_not

SUB = "https://ci.example/job/release/"
SHARED = {}


def setUpModule():  # pylint: disable=invalid-name
    reason = why_not()
    if reason:
        raise unittest.SkipTest(reason)
    gatecase.up()
    SHARED["made"] = not os.path.isdir("/etc/docker")
    os.makedirs("/etc/docker", exist_ok=True)
    SHARED["issuer"] = Issuer()
    SHARED["key"] = Key(SHARED["issuer"].folder, "k1")
    SHARED["stranger"] = Key(SHARED["issuer"].folder, "k2")
    SHARED["issuer"].publish(SHARED["key"].jwk())


def tearDownModule():  # pylint: disable=invalid-name
    SHARED["issuer"].close()
    if SHARED["made"]:
        os.rmdir("/etc/docker")
    gatecase.down()


class Sealed(GateCase):
    def setUp(self):
        super().setUp()
        self.registry = gatecase.SHARED["token"]
        self.top = tempfile.mkdtemp(prefix="dh-ci-")
        self.addCleanup(shutil.rmtree, self.top)
        os.chmod(self.top, 0o755)
        for name in ("etc", "sealed", "cache"):
            os.mkdir(os.path.join(self.top, name), 0o755)
        self.docker, _ = self.cli("newest")
        self.docker = shutil.copy(self.docker, os.path.join(self.top, "docker"))
        self.certificate, self.private = self.path("ci.pem"), self.path("ci.key")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-days", "2", "-subj", "/CN=CI", "-keyout", self.private, "-out", self.certificate)
        os.chmod(self.private, 0o600)
        self.system([{"match": self.registry.host, "ci": ["job"]}])
        self.person.policy({})

    def path(self, name):
        return os.path.join(self.top, name)

    def system(self, rules, **gates):
        issuer = SHARED["issuer"]
        oidc = {"vendor": "jenkins", "issuer": issuer.url, "audience": "pushgate",
                "token": {"env": "PUSHGATE_ID_TOKEN"}, "ca_file": issuer.ca,
                "claims": {"sub": SUB + "*"}}
        with open(self.path("etc/pushgate.json"), "w", encoding="utf-8") as out:
            json.dump({"version": 1, "gates": dict({"job": {"oidc": oidc}}, **gates),
                       "registries": rules, "sealed": {"directories": [self.path("sealed")]}}, out)

    def under(self):
        return gatecase.installed(ATTEST, self.path("etc"), self.path("cache"))

    def job(self, key="key", **claims):
        """The variables of a job, with a token of that key."""
        claims = SHARED["issuer"].claims(**claims)
        return {"PUSHGATE_ID_TOKEN": SHARED[key].sign(claims), "PUSHGATE_KEY_FILE": self.private}

    def seal(self, prefix=""):
        told = self.person.helper("seal", self.registry.host + prefix, "-u", PUSHER, "--recipient",
                                  self.certificate, "-o", self.path("sealed"), stdin=PUSH_SECRET)
        self.good(told)
        self.assertEqual(gatecase.tree_has(self.path("sealed"), PUSH_SECRET), [])

    def run_docker(self, *args, env=None):
        return self.person.run(self.docker, *args, env=env, wrap=self.under())

    def get(self, server=None, env=None):
        return self.person.get(server or self.registry.host, env=env, wrap=self.under())

    def assertWithheld(self, told):
        self.assertEqual(told.out, NOT_FOUND + "\n", told)
        self.assertEqual(told.status, 1)
        self.assertNotIn(PUSH_SECRET, told.err)

    def test_the_story(self):
        self.seal()
        reference = self.tag(self.person, self.docker, self.registry, "prod/ci:1")
        self.login(self.person, self.docker, self.registry, PULLER, wrap=self.under())
        self.stopped(self.run_docker("push", reference), self.registry)
        self.assertFalse(self.registry.has("prod/ci", "1", PUSHER))
        self.good(self.run_docker("push", reference, env=self.job()))
        self.assertTrue(self.registry.has("prod/ci", "1", PUSHER))
        self.good(self.run_docker("rmi", reference))
        self.good(self.run_docker("pull", reference))

    def test_what_is_no_job_gets_nothing(self):
        """Whatever the person has of it: the file, the key, a token of another job, a forged one."""
        self.seal()
        rows = (
            ({"PUSHGATE_KEY_FILE": self.private}, "no token"),
            (self.job(sub="https://ci.example/job/other/"), "another job"),
            (self.job(key="stranger"), "signed by a stranger"),
            (self.job(exp=1000), "of long ago"),
            (dict(self.job(), PUSHGATE_ID_TOKEN="x.y.z"), "no token at all"),
            (dict(gatecase.JENKINS, PUSHGATE_KEY_FILE=self.private), "a CI's variables"),
        )
        for env, why in rows:
            with self.subTest(why):
                self.assertWithheld(self.get(env=env))
        self.assertIn(PUSH_SECRET, self.good(self.get(env=self.job())).out)

    def test_why_says_what_that_is_worth(self):
        self.seal()
        for env, word in (({}, "advisory"), (self.job(), "sealed: ")):
            told = self.good(self.person.helper("why", self.registry.host, env=env,
                                                wrap=self.under()))
            self.assertRegex(told.out, "strength +" + word)
            self.assertNotIn(PUSH_SECRET, told.out)

    def test_doctor_looks_at_both_policies_and_at_attest(self):
        argv = ("doctor", "--format", "json")
        told = self.good(self.person.helper(*argv, wrap=self.under())).json
        self.assertEqual(told["policy"]["system"], "/etc/docker/pushgate.json")
        self.assertTrue(told["policy"]["user"].endswith("/pushgate.json"))
        self.assertEqual((told["attest"]["needed"], told["attest"]["usable"]), (True, True))
        program = "/usr/local/libexec/docker-hygiene/pushgate-attest"
        for change, name, text in (("rm " + program, "attest", "is not installed"),
                                   ("chmod o+w " + program, "attest", "can be written by others"),
                                   ("chmod a-x " + program, "attest", "cannot be run"),
                                   ("chmod o+w /etc/docker/pushgate.json", "policy",
                                    "may be written by others than root; chmod go-w it")):
            with self.subTest(change):
                told = self.person.helper(*argv, wrap=self.under() + [
                    "/bin/sh", "-c", change + ' && exec "$@"', "sh"])
                self.assertEqual(told.status, 1, told)
                found = {row["name"]: row["detail"] for row in told.json["findings"]
                         if row["level"] == "wrong"}
                self.assertEqual(set(found), {name})
                self.assertIn(text, found[name])
        os.chmod(self.path("etc/pushgate.json"), 0o644)

    def test_a_job_without_the_key(self):
        self.seal()
        told = self.get(env=dict(self.job(), PUSHGATE_KEY_FILE=""))
        self.assertEqual(told.status, 1, told)
        self.assertNotIn(PUSH_SECRET, told.out + told.err)

    def test_renamed_and_beyond_its_prefix(self):
        self.seal("/org")
        self.assertIn(PUSH_SECRET, self.good(self.get(self.registry.host + "/org/app",
                                                      env=self.job())).out)
        self.assertWithheld(self.get(self.registry.host + "/other/app", env=self.job()))
        name, = os.listdir(self.path("sealed"))
        os.rename(os.path.join(self.path("sealed"), name),
                  os.path.join(self.path("sealed"), name.replace("org", "other")))
        self.assertWithheld(self.get(self.registry.host + "/other/app", env=self.job()))

    def test_of_another_registry(self):
        """A file that was sealed for something else, under the name that is looked for."""
        self.seal()
        good, = os.listdir(self.path("sealed"))
        good = os.path.join(self.path("sealed"), good)
        os.unlink(good)
        for words, why in ((["other.example"], "another registry"),
                           ([self.registry.host + "/org"], "a part of it")):
            with self.subTest(why):
                self.good(self.person.helper(
                    "seal", *words, "-u", PUSHER, "--recipient", self.certificate, "-o",
                    self.path("file"), stdin=PUSH_SECRET))
                os.replace(self.path("file"), good)
                self.assertWithheld(self.get(env=self.job()))

    def test_one_in_the_working_directory(self):
        self.seal()
        for name in os.listdir(self.path("sealed")):
            os.rename(os.path.join(self.path("sealed"), name), self.path(name))
        script = 'cd %s && printf %%s %s | docker-credential-pushgate get' % (self.top,
                                                                              self.registry.host)
        told = self.person.run("sh", "-c", script, env=self.job(), wrap=self.under())
        self.assertWithheld(told)
        told = self.person.run("sh", "-c", script, wrap=self.under(),
                               env=dict(self.job(), PUSHGATE_SEALED_DIR=self.top))
        self.assertIn(PUSH_SECRET, self.good(told).out, "where CI's own setting names it")

    @staticmethod
    def forged_cache(folder, jwks):
        """These keys as those of the issuer, as if they had been fetched just now."""
        issuer, now = SHARED["issuer"], int(time.time())
        name = hashlib.sha256(("%s\n\n%s" % (issuer.url, issuer.ca)).encode()).hexdigest()
        path = os.path.join(folder, "docker-hygiene", "jwks-%s.json" % name)
        os.makedirs(os.path.dirname(path))
        with open(path, "w", encoding="ascii") as out:
            json.dump({"version": 1, "fetched": now, "until": now + 600, "keys": jwks}, out)
        os.chmod(path, 0o600)
        return path

    def test_keys_of_a_forger(self):
        """Named by every variable that could lead to them: nobody asks there."""
        self.seal()
        issuer, forger = SHARED["issuer"], Server()
        self.addCleanup(forger.stop)
        url = "http://127.0.0.1:%d" % forger.port
        jwks = {"keys": [SHARED["stranger"].jwk()]}
        forger.pages["/jwks"] = (200, {}, json.dumps(jwks).encode())
        caches = os.path.join(self.person.home, ".cache")
        cached = self.forged_cache(caches, jwks)
        env = {name: url for name in ("https_proxy", "HTTPS_PROXY", "ALL_PROXY", "http_proxy")}
        env.update(SSL_CERT_FILE=issuer.other_ca, CURL_CA_BUNDLE=issuer.other_ca,
                   CURL_HOME=self.person.home, XDG_CACHE_HOME=caches,
                   PUSHGATE_ISSUER=url, LD_LIBRARY_PATH=self.person.home)
        self.assertWithheld(self.get(env=dict(self.job(key="stranger"), **env)))
        self.assertEqual(forger.seen, [])
        self.assertIn(PUSH_SECRET, self.good(self.get(env=dict(self.job(), **env))).out)
        self.assertEqual(forger.seen, [])
        # Not a blind look: where the keys are kept, that file opens the gate.
        shutil.copy(cached, os.path.join(self.path("cache"), "docker-hygiene"))
        self.assertIn(PUSH_SECRET, self.good(self.get(env=self.job(key="stranger"))).out)

    def test_a_persons_own_words(self):
        """Their policy, their home and their directories open nothing of what the system gates."""
        self.seal()
        other = os.path.join(self.person.home, "other")
        os.makedirs(other)
        self.person.policy({"registries": [{"match": self.registry.host, "gated": False},
                                           {"match": "*", "gated": False}]})
        for env in ({}, {"HOME": other}, {"XDG_CONFIG_HOME": other}, {"DOCKER_CONFIG": other},
                    {"PUSHGATE_SEALED_DIR": self.path("sealed")}, gatecase.JENKINS):
            env = dict(env, PUSHGATE_KEY_FILE=self.private)
            with self.subTest(env=sorted(env)):
                self.assertNotIn(PUSH_SECRET, repr(self.get(env=env)))
                listed = self.good(self.person.helper("list", env=env, wrap=self.under())).json
                self.assertEqual(listed, {})

    def test_a_weak_gate_below_opens_no_file_for_all(self):
        """That it is dev/app which is pushed to is the caller's own word."""
        self.system([{"match": self.registry.host, "ci": ["job"]},
                     {"match": self.registry.host + "/dev", "ci": ["weak"]}],
                    weak={"env": {"vendors": ["jenkins"]}})
        self.seal()
        weak = dict(gatecase.JENKINS, PUSHGATE_KEY_FILE=self.private)
        self.assertWithheld(self.get(self.registry.host + "/dev/app", env=weak))
        told = self.person.helper("why", self.registry.host + "/dev/app", env=weak,
                                  wrap=self.under())
        self.assertIn("is good for more than this CI may push to", told.out)
        self.seal("/dev")
        self.assertIn(PUSH_SECRET, self.good(self.get(self.registry.host + "/dev/app",
                                                      env=weak)).out)

    def test_outside_ci_it_is_not_even_read(self):
        self.seal()
        if not shutil.which("strace"):
            self.skipTest("no strace")
        trace = self.path("trace")
        self.assertWithheld(self.person.run(
            "strace", "-f", "-o", trace, "docker-credential-pushgate", "get",
            stdin=self.registry.host, env={"PUSHGATE_KEY_FILE": self.private}, wrap=self.under()))
        with open(trace, encoding="utf-8", errors="replace") as lines:
            seen = lines.read()
        self.assertNotIn(".sealed", seen)
        self.assertNotIn("ci.key", seen)
        self.assertNotIn("libcrypto", seen)

    @unittest.skipIf(peek.why_not(), peek.why_not())
    def test_memory(self):
        """Outside CI neither the credential nor the key that opens it is ever in it; in CI both are,
        and pushgate-attest has the token alone."""
        self.seal()
        job, host = self.job(), self.registry.host
        with open(self.private, encoding="ascii") as key:
            half = key.read().splitlines()[1]
        needles = {"secret": PUSH_SECRET, "key": half, "token": job["PUSHGATE_ID_TOKEN"]}
        outside = {"PUSHGATE_KEY_FILE": self.private}
        forged = self.job(key="stranger")
        needles["forged token"] = forged["PUSHGATE_ID_TOKEN"]
        programs = ("docker-credential-pushgate", "pushgate-attest")

        def look(*args, env):
            where = peek.Peek(self.person.top, needles, programs)
            self.person.helper(*args, stdin=host, env=env, wrap=self.under() + where.words)
            self.assertGreaterEqual(where.looks(programs[0]), 20, args)
            return where.found()

        for args in (("get",), ("list",), ("list", "--class", "all"), ("why", host + "/prod/app")):
            with self.subTest(args=args):
                self.assertEqual(look(*args, env=outside), {})
                for names in look(*args, env=forged).values():
                    self.assertEqual(names, ["forged token"])
        self.assertEqual(look("get", env=job), {programs[0]: ["key", "secret", "token"],
                                                programs[1]: ["token"]})

    def test_what_is_called_pushgate_attest(self):
        """Others of that name, on PATH, beside the helper, in the working directory and wherever a
        variable can lead, are not asked; ours is not led astray."""
        self.seal()
        asked = self.path("asked")
        fake = os.path.join(self.person.bin, "pushgate-attest")
        answer = {"version": 1, "gate": "job", "verdict": "ok", "reason": "ok", "text": "ok",
                  "expires": 4000000000, "claims": {}}
        with open(fake, "w", encoding="ascii") as out:
            out.write("#!/bin/sh\ntouch %s\necho '%s'\n" % (asked, json.dumps(answer)))
        os.chmod(fake, 0o755)
        forger = Server(SHARED["issuer"].certificate("forger", "IP:127.0.0.1"))
        self.addCleanup(forger.stop)
        forger.pages.update(SHARED["issuer"].server.pages)
        forger.pages["/oidc/jwks"] = (200, {}, json.dumps(
            {"keys": [SHARED["stranger"].jwk()]}).encode())
        proxy = "https://127.0.0.1:%d" % forger.port
        env = dict(self.job(key="stranger"), SSL_CERT_FILE=SHARED["issuer"].ca,
                   CURL_CA_BUNDLE=SHARED["issuer"].ca, OPENSSL_CONF="/nonexistent",
                   LD_LIBRARY_PATH=self.person.bin)
        env.update({name: proxy for name in ("https_proxy", "HTTPS_PROXY", "ALL_PROXY")})
        script = 'cd "$1" && printf %s "$2" | docker-credential-pushgate get'
        self.assertWithheld(self.person.run("sh", "-c", script, "sh", self.person.bin,
                                            self.registry.host, env=env, wrap=self.under()))
        self.assertFalse(os.path.exists(asked))
        self.assertEqual(forger.seen, [])
        env.update(self.job())
        self.assertIn(PUSH_SECRET, self.good(self.get(env=env)).out)

    def test_list_names_it_and_no_more(self):
        self.seal("/org")
        told = self.good(self.person.helper("list", "--class", "push", "--format", "json",
                                            wrap=self.under()))
        row, = json.loads(told.out)
        self.assertEqual((row["server"], row["class"], row["state"]),
                         (self.registry.host + "/org", "push", "sealed"))
