# SPDX-License-Identifier: Apache-2.0
"""Who a registry lets in, over real sockets: what is sent where, and how often.

After each test: no credential has reached a server that it isn't for, and none was printed.
"""

import json
import os
import stat

import auth_fake
from auth_fake import ALICE, DIRECT, REFRESH, SECRET, Registry, Store, Tokens, scopes_of
from clientcase import ClientCase
from fake_registry import digest_of

from bed import tls


class AuthCase(ClientCase):
    def setUp(self):
        super().setUp()
        self.servers = []
        self.printed = ""

    def tearDown(self):
        for server in self.servers:
            if not server.trusted:
                self.assertEqual(server.leaks, [], "at " + server.url)
        for secret in auth_fake.SECRETS:
            self.assertNotIn(secret, self.printed)

    def start(self, server):
        self.servers.append(server)
        self.addCleanup(server.__exit__)
        return server

    def tokens(self, *args, trusted=True, **kwargs):
        server = self.start(Tokens(*args, **kwargs))
        server.trusted = trusted
        return server

    def registry(self, *args, **kwargs):
        return self.start(Registry(*args, **kwargs))

    def login(self, registry, **entry):
        """As ALICE, or with the members of an entry of auths."""
        auth = auth_fake.BASIC.split(" ")[1]
        self.config.setdefault("auths", {})[registry.host] = entry or {"auth": auth}

    def ask(self, *lines):
        run = super().ask(*lines)
        self.printed += run.text
        return run

    def heads(self, registry, prefix, count):
        """HEADs of many repositories in one run."""
        run = self.ask(*("head %s/%s-%d:1" % (registry.host, prefix, i) for i in range(count)))
        self.assertEqual(len(run.items), count, run)
        return run

    def all_ok(self, run):
        self.assertEqual(set(run.outcomes), {"ok"}, run)

    def requests(self, registry):
        """(path, how) of what the registry was asked."""
        return [(r.path, (r.auth or "").split(" ")[0]) for r in registry.requests]


class HowItIsAsked(AuthCase):
    def test_open(self):
        registry = self.registry()
        self.login(registry)
        run = self.heads(registry, "pub/app", 5)
        self.all_ok(run)
        self.assertEqual(len(registry.requests), 5)
        self.assertEqual({how for _, how in self.requests(registry)}, {""})
        self.assertIsNone(run.items[0]["user"])

    def test_one_token_for_many(self):
        """60 repositories: three tokens, and one request more than there are repositories."""
        tokens = self.tokens()
        registry = self.registry(tokens=tokens)
        self.login(registry)
        run = self.heads(registry, "priv/app", 60)
        self.all_ok(run)
        self.assertEqual(len(registry.requests), 61)
        self.assertEqual(len(tokens.requests), 3)
        self.assertEqual(sorted(len(scopes_of(r)) for r in tokens.requests), [10, 25, 25])
        self.assertEqual({r.auth for r in tokens.requests}, {auth_fake.BASIC})
        self.assertEqual(run.tallies[registry.host]["requests"], 61)
        self.assertEqual(run.tallies[registry.host]["tokens"], 3)
        self.assertEqual({row["user"] for row in run.items}, {ALICE})

    def test_basic(self):
        registry = self.registry()
        registry.challenges = ['Basic realm="r"']
        self.login(registry)
        self.all_ok(self.heads(registry, "priv/app", 5))
        self.assertEqual([how for _, how in self.requests(registry)], [""] + ["Basic"] * 5)

    def test_wrong_basic(self):
        """The password is not tried for each repository: accounts get locked."""
        registry = self.registry()
        registry.challenges = ['Basic realm="r"']
        self.login(registry, username=ALICE, password="wrong")
        run = self.heads(registry, "priv/app", 20)
        self.assertEqual(set(run.outcomes), {"unauthorized"})
        self.assertEqual([how for _, how in self.requests(registry)], ["", "Basic", "Basic"])

    def test_bearer_before_basic(self):
        """On two lines, and on one."""
        for join in (False, True):
            with self.subTest(join=join):
                tokens = self.tokens()
                registry = self.registry(tokens=tokens)
                registry.challenges.insert(0, 'Basic realm="a, b"')
                if join:
                    registry.challenges = [", ".join(registry.challenges)]
                self.login(registry)
                self.all_ok(self.heads(registry, "priv/app", 3))
                self.assertEqual(len(tokens.requests), 1)

    def test_identity_token(self):
        for post, expected in ((0, ["POST"]), (404, ["POST", "GET"]), (405, ["POST", "GET"]),
                               (401, ["POST", "GET"]), (400, ["POST", "GET"])):
            with self.subTest(post=post):
                tokens = self.tokens()
                tokens.post = post
                registry = self.registry(tokens=tokens)
                self.login(registry, identitytoken=REFRESH)
                run = self.heads(registry, "priv/app", 3)
                self.all_ok(run)
                self.assertEqual([r.method for r in tokens.requests], expected)
                self.assertEqual(tokens.requests[0].form["grant_type"], ["refresh_token"])
                self.assertEqual({row["user"] for row in run.items}, {""})

    def test_registry_token(self):
        tokens = self.tokens()
        registry = self.registry(tokens=tokens)
        self.login(registry, registrytoken=DIRECT)
        self.all_ok(self.heads(registry, "priv/app", 3))
        self.assertEqual(tokens.requests, [])

    def test_negotiate(self):
        registry = self.registry()
        registry.challenges = ["Negotiate"]
        self.login(registry)
        run = self.heads(registry, "priv/app", 2)
        self.assertEqual(run.outcomes, ["unauthorized"] * 2)
        self.assertIn('asks for "negotiate", which is not supported', run.items[0]["error"])

    def test_nobody(self):
        """Without credentials the public ones, and what would help for the rest."""
        tokens = self.tokens()
        registry = self.registry(tokens=tokens)
        run = self.ask("head %s/pub/a:1" % registry.host, "head %s/priv/a:1" % registry.host)
        self.assertEqual(run.outcomes, ["ok", "unauthorized"], run)
        self.assertIn("docker login " + registry.host, run.items[1]["error"])

    def test_wrong_password(self):
        """It is not tried for each repository: accounts get locked."""
        tokens = self.tokens()
        registry = self.registry(tokens=tokens)
        self.login(registry, username=ALICE, password="wrong")
        run = self.heads(registry, "priv/app", 20)
        self.assertEqual(set(run.outcomes), {"unauthorized"})
        self.assertEqual(len(tokens.requests), 1)
        self.assertIn("incorrect username or password", run.items[0]["error"])

    def test_variable(self):
        """DOCKER_AUTH_CONFIG goes around a helper that fails."""
        tokens = self.tokens()
        registry = self.registry(tokens=tokens)
        self.config["credsStore"] = "no-such-helper"
        self.login(registry)
        self.env["DOCKER_AUTH_CONFIG"] = json.dumps({"auths": self.config.pop("auths")})
        self.all_ok(self.heads(registry, "priv/app", 3))


class Realms(AuthCase):
    def refused(self, run, registry, realm, text):
        """Anonymous: public repositories are read, and it is told what was withheld."""
        self.assertEqual(run.outcomes, ["ok", "unauthorized"], run)
        self.assertEqual([row["withheld"] for row in run.items], [True, True])
        self.assertIn("were not sent to %s/token: %s" % (realm.url, text), run.items[1]["error"])
        self.assertEqual(run.tallies[registry.host]["realm"], realm.url + "/token")

    def both(self, registry):
        return self.ask("head %s/pub/a:1" % registry.host, "head %s/priv/a:1" % registry.host)

    def test_another_host(self):
        evil = self.tokens("127.0.0.2", trusted=False)
        registry = self.registry(tokens=evil)
        self.login(registry)
        self.refused(self.both(registry), registry, evil, "another host, of another domain")
        self.assertTrue(evil.requests)

    def test_another_name(self):
        """A name is not an address: what it leads to today says nothing of whose it is."""
        evil = self.tokens(trusted=False)
        evil.url = evil.url.replace("127.0.0.1", "localhost")
        registry = self.registry(tokens=evil)
        self.login(registry)
        self.refused(self.both(registry), registry, evil, "another host, of another domain")

    def test_another_host_and_an_identity_token(self):
        evil = self.tokens("127.0.0.2", trusted=False)
        registry = self.registry(tokens=evil)
        self.login(registry, identitytoken=REFRESH)
        self.refused(self.both(registry), registry, evil, "another host, of another domain")

    def test_vouched_for(self):
        other = self.tokens("127.0.0.2")
        registry = self.registry(tokens=other)
        self.login(registry)
        self.config["plugins"] = {"hygiene": {"realms": "%s=127.0.0.2" % registry.host}}
        self.all_ok(self.both(registry))

    def test_vouched_for_another_port(self):
        other = self.tokens("127.0.0.2", trusted=False)
        registry = self.registry(tokens=other)
        self.login(registry)
        self.config["plugins"] = {"hygiene": {"realms": "%s=127.0.0.2:1" % registry.host}}
        self.refused(self.both(registry), registry, other, "another host, of another domain")

    def test_basic_instead(self):
        evil = self.tokens("127.0.0.2", trusted=False)
        registry = self.registry(tokens=evil)
        registry.challenges.append('Basic realm="r"')
        self.login(registry)
        self.all_ok(self.both(registry))
        self.assertEqual(evil.requests, [])

    def test_http_realm_of_an_https_registry(self):
        pki = tls.Pki(os.path.join(self.folder, "pki"))
        weak = self.tokens(trusted=False)
        registry = self.registry(tokens=weak, pki=pki)
        self.login(registry)
        self.refused(self.both(registry), registry, weak, "http, where the registry is https")

    def test_https_realm_of_an_https_registry(self):
        pki = tls.Pki(os.path.join(self.folder, "pki"))
        tokens = self.tokens(pki=pki)
        registry = self.registry(tokens=tokens, pki=pki)
        self.login(registry)
        self.all_ok(self.both(registry))

    def test_never_asked(self):
        """Where clouds keep their credentials, and what is no address."""
        registry = self.registry()
        self.login(registry)
        for realm, text in (("http://169.254.169.254/latest", "an inner address"),
                            ("http://%s@127.0.0.2/" % registry.host, "no proper http"),
                            ("ftp://127.0.0.1/", "no proper http")):
            with self.subTest(realm=realm):
                registry.challenges = ['Bearer realm="%s"' % realm]
                run = self.ask("head %s/priv/a:1" % registry.host)
                self.assertEqual(run.outcomes, ["unauthorized"])
                self.assertIn(text, run.items[0]["error"])
                self.assertEqual(run.tallies[registry.host]["tokens"], 0)

    def test_a_realm_that_sends_on(self):
        """A token server's redirect is no way round."""
        evil = self.tokens("127.0.0.2", trusted=False)
        tokens = self.tokens()
        tokens.location = evil.url + "/token"
        registry = self.registry(tokens=tokens)
        self.login(registry)
        run = self.heads(registry, "priv/app", 2)
        self.assertNotIn("ok", run.outcomes)
        self.assertEqual(evil.requests, [])

    def test_a_realm_that_sends_on_to_itself(self):
        inner = self.tokens()
        tokens = self.tokens()
        tokens.location = inner.url + "/token?scope=repository:priv/a:pull"
        registry = self.registry(tokens=inner)
        registry.challenges = ['Bearer realm="%s/token"' % tokens.url]
        self.login(registry)
        self.all_ok(self.ask("head %s/priv/a:1" % registry.host))


class Redirects(AuthCase):
    def test_blobs_elsewhere(self):
        """Another host, and the same host at another port: no credentials go along."""
        for host in ("127.0.0.2", "127.0.0.1"):
            for challenge in (None, 'Basic realm="r"'):
                with self.subTest(host=host, challenge=challenge):
                    store = self.start(Store(host))
                    registry = self.registry(tokens=self.tokens())
                    registry.challenges = [challenge] if challenge else registry.challenges
                    registry.blobs_at = store.url
                    self.login(registry)
                    blob = digest_of(auth_fake.BLOB)
                    run = self.ask("blob %s/priv/a %s %d" %
                                   (registry.host, blob, len(auth_fake.BLOB)))
                    self.all_ok(run)
                    self.assertEqual([r.auth for r in store.requests], [None])


class Awkward(AuthCase):
    def started(self, **rules):
        tokens = self.tokens()
        registry = self.registry(tokens=tokens)
        for name, value in rules.items():
            setattr(tokens if hasattr(tokens, name) else registry, name, value)
        self.login(registry)
        return registry, tokens

    def test_reads_the_first_scope_only(self):
        registry, tokens = self.started(first_only=True)
        self.all_ok(self.heads(registry, "priv/app", 20))
        self.assertEqual(len(tokens.requests), 20)
        self.assertEqual(len(registry.requests), 40)

    def test_too_many_scopes(self):
        for status in (400, 403, 404, 414, 422, 431):
            with self.subTest(status=status):
                registry, tokens = self.started(limit=1, too_many=status)
                self.all_ok(self.heads(registry, "priv/app", 10))
                self.assertEqual(len(tokens.requests), 11)

    def test_refuses_everybody(self):
        """A registry whose challenges have no end."""
        registry, tokens = self.started(always=True)
        run = self.heads(registry, "priv/app", 10)
        self.assertEqual(set(run.outcomes), {"unauthorized"})
        self.assertLessEqual(len(registry.requests), 30)
        self.assertLessEqual(len(tokens.requests), 11)
        self.assertIn("it was asked as alice", run.items[0]["error"])

    def test_names_ever_new_token_servers(self):
        registry, tokens = self.started(always=True)
        answer = registry.refuse

        def another(wrong):
            registry.challenges = ['Bearer realm="%s/%d"' % (tokens.url, len(registry.requests))]
            return answer(wrong)
        registry.refuse = another
        run = self.heads(registry, "priv/app", 10)
        self.assertEqual(set(run.outcomes), {"unauthorized"})
        self.assertLessEqual(len(registry.requests), 31)
        self.assertLessEqual(len(tokens.requests), 30)

    def test_tokens_that_are_withdrawn(self):
        """In the middle of a run; it says so."""
        # Twice at the most: a request that is refused a third time is told so.
        registry, tokens = self.started(uses=60, errors=True)
        self.all_ok(self.ask(*("head %s/priv/app:%d" % (registry.host, i) for i in range(100))))
        self.assertLessEqual(len(tokens.requests), 6)
        self.assertLessEqual(len(registry.requests), 160)

    def test_wants_another_scope(self):
        registry, tokens = self.started(errors=True, broaden="inner/app")
        self.all_ok(self.heads(registry, "priv/app", 3))
        self.assertIn("repository:inner/app:pull", scopes_of(tokens.requests[-1]))

    def test_another_challenge_in_the_middle(self):
        registry, tokens = self.started()
        other = self.tokens()
        answer = registry.answer_to

        def changing(request):
            if len(registry.requests) >= 10:
                registry.tokens = other
                registry.challenges = ['Bearer realm="%s/token"' % other.url]
            return answer(request)
        registry.answer_to = changing
        self.all_ok(self.ask(*("head %s/priv/app:%d" % (registry.host, i) for i in range(30))))
        self.assertEqual(len(tokens.requests), 1)
        self.assertLessEqual(len(other.requests), 2)

    def test_what_is_gone(self):
        registry, _ = self.started()
        run = self.ask("head %s/priv/a:1" % registry.host, "head %s/gone/a:1" % registry.host,
                       "head %s/priv/b:1" % registry.host)
        self.assertEqual(run.outcomes, ["ok", "not-found", "ok"])

    def test_a_token_server_that_refuses(self):
        registry, tokens = self.started(status=403)
        run = self.heads(registry, "priv/app", 5)
        self.assertEqual(set(run.outcomes), {"unauthorized"})
        self.assertIn("not today", run.items[0]["error"])
        self.assertLessEqual(len(tokens.requests), 6)

    def test_one_registry_does_not_hold_up_another(self):
        bad, _ = self.started(always=True)
        good, _ = self.started()
        run = self.ask("head %s/priv/a:1" % bad.host, "head %s/priv/a:1" % good.host)
        self.assertEqual(run.outcomes, ["unauthorized", "ok"])


class Helpers(AuthCase):
    def helper(self, text):
        folder = os.path.join(self.folder, "bin")
        path = os.path.join(folder, "docker-credential-ours")
        os.makedirs(folder, exist_ok=True)
        with open(path, "w", encoding="ascii") as out:
            out.write("#!/bin/sh\n" + text)
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
        self.env["PATH"] = folder + ":" + os.environ["PATH"]
        self.config["credsStore"] = "ours"

    def test_asked_once(self):
        registry = self.registry(tokens=self.tokens())
        asked = os.path.join(self.folder, "asked")
        self.helper('cat >>%s; echo >>%s; echo \'{"Username":"%s","Secret":"%s"}\'\n' %
                    (asked, asked, ALICE, SECRET))
        self.all_ok(self.heads(registry, "priv/app", 30))
        with open(asked, encoding="ascii") as told:
            self.assertEqual(told.read(), registry.host + "\n")

    def test_not_asked_where_all_is_open(self):
        registry = self.registry()
        asked = os.path.join(self.folder, "asked")
        self.helper("touch %s; exit 1\n" % asked)
        self.all_ok(self.heads(registry, "pub/app", 3))
        self.assertFalse(os.path.exists(asked))

    def test_fails(self):
        """Anonymous then, and told, even if that did."""
        why = "docker-credential-ours get failed (exit status 1): the keyring is locked"
        registry = self.registry(tokens=self.tokens())
        self.helper("echo 'the keyring is locked'; exit 1\n")
        run = self.ask("head %s/pub/a:1" % registry.host)
        self.assertEqual(run.outcomes, ["ok"])
        self.assertEqual(run.tallies[registry.host]["trouble"], why)
        run = self.ask("head %s/priv/a:1" % registry.host, "head %s/gone/a:1" % registry.host)
        self.assertEqual(run.outcomes, ["unauthorized", "unauthorized"])
        self.assertEqual(run.items[0]["error"].count(why), 1)

    def test_says_why_there_are_none(self):
        registry = self.registry(tokens=self.tokens())
        self.helper("echo 'sign in at the door' >&2\n"
                    "echo 'credentials not found in native keychain'; exit 1\n")
        run = self.ask("head %s/priv/a:1" % registry.host)
        self.assertEqual(run.outcomes, ["unauthorized"])
        self.assertIn("there are no credentials for it (sign in at the door)",
                      run.items[0]["error"])
