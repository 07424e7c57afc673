# SPDX-License-Identifier: Apache-2.0
"""docker-credential-pushgate's `get` beside docker-credential-secretservice's, on one bus.

The system policy and the place of pushgate-attest are compiled in: every command, the peer's too,
runs in a mount namespace of its own, with folders of the bench over what is compiled in.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys

from bed import TOP, parts
from measure import MIB

sys.path.append(os.path.join(TOP, "tests", "pushgate"))

import keyring  # noqa: E402
from gatecase import HELPER, installed  # noqa: E402
from issuer import Issuer, Key, openssl  # noqa: E402
from test_attest import ATTEST  # noqa: E402

REGISTRY = "registry.example.com"
PULL, PUSH = ("puller", "pull-secret"), ("pusher", "push-secret")
PEERS = {"0.6.4": "helpers-trixie", "0.9": "helpers-sid"}
JENKINS = {"JENKINS_URL": "https://jenkins.example/", "BUILD_ID": "7"}
BLOCK, BLOCKS = 5, 8  # runs in a row, and how often in a round
JOB = {"env": {"vendors": ["jenkins"]}}
AGENT = {"user": {"users": ["root"], "groups": ["root"]}}


class Side:
    """One way of asking for the credential.

    policy  of the system, None: there is none
    store   of the user's policy
    env     what a job has
    argv    of another program
    """

    def __init__(self, bed, name, policy=None, store=None, env=None, argv=None):
        self.name = name
        self.bed = bed
        self.argv = argv or [HELPER, "get"]
        self.top = os.path.join(bed.session.top, name.replace(" ", "-"))
        self.env = dict(bed.session.env, XDG_CONFIG_HOME=self.path("config"),
                        XDG_STATE_HOME=self.path("state"), **(env or {}))
        for folder in ("etc", "cache", "state", "config/docker-hygiene"):
            os.makedirs(self.path(folder), 0o700)
        if policy:
            self.write("etc/pushgate.json", dict(policy, version=1))
        if store:
            self.write("config/docker-hygiene/pushgate.json", {"version": 1, "store": store})
        self.runs = []

    def path(self, name):
        return os.path.join(self.top, name)

    def write(self, name, content):
        with open(self.path(name), "w", encoding="utf-8") as out:
            json.dump(content, out)

    def run(self, argv, stdin=b""):
        inside = installed(ATTEST, self.path("etc"), self.path("cache")) + argv
        done = subprocess.run(inside, env=self.env, input=stdin, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, start_new_session=True, check=False)
        if done.returncode:
            raise SystemExit("%s: %s: %s%s" % (self.name, argv, done.stdout, done.stderr))
        return done.stdout

    def store(self, account):
        self.run([self.argv[0], "store"], json.dumps(
            {"ServerURL": REGISTRY, "Username": account[0], "Secret": account[1]}).encode())

    def check(self, account):
        told = json.loads(self.run(self.argv, REGISTRY.encode()))
        if (told["Username"], told["Secret"]) != account:
            raise SystemExit("%s: answers %r" % (self.name, told))

    def spawn(self, how):
        rows = self.run([self.bed.spawn, how, self.bed.question] + self.argv).decode()
        return [[float(word) for word in row.split()] for row in rows.splitlines()]

    def measure(self):
        self.runs += self.spawn(str(BLOCK))

    @property
    def time(self):
        return statistics.median(row[0] for row in self.runs)

    @property
    def cpu(self):
        return statistics.median(row[1] for row in self.runs)

    @property
    def memory(self):
        return statistics.median(row[2] for row in self.runs)

    def tell(self):
        _, share, own = self.spawn("held")[0]
        print("  %-34s %6.2f ms  CPU %6.2f ms  %5.2f MiB  (share %.2f, in no file %.2f)" % (
            self.name, self.time * 1e3, self.cpu * 1e3, self.memory / MIB, share / MIB,
            own / MIB), flush=True)


class Bed:
    """A bus with a keyring, an issuer, CI's key and what is sealed for it."""

    def __init__(self, session, issuer):
        self.session = session
        self.issuer = issuer
        self.question = self.path("question")
        with open(self.question, "w", encoding="ascii") as out:
            out.write(REGISTRY)
        self.spawn = self.path("spawn")
        source = os.path.join(TOP, "tests", "bench", "spawn.c")
        subprocess.run([os.environ.get("CC", "cc"), "-D_GNU_SOURCE", "-O2", "-o", self.spawn,
                        source], check=True)
        self.key = Key(issuer.folder, "k1", "ES256")
        issuer.publish(self.key.jwk())

    def path(self, name):
        return os.path.join(self.session.top, name)

    def gates(self, *ci):
        """A policy that asks for these, and writes every decision down."""
        oidc = {"vendor": "jenkins", "issuer": self.issuer.url, "audience": "pushgate",
                "token": {"env": "PUSHGATE_ID_TOKEN"}, "keys": {"file": self.path("jwks")},
                "claims": {"sub": "https://ci.example/job/release/*", "build_number": "*"}}
        return {"gates": {"job": JOB, "agent": AGENT, "token": {"oidc": oidc}},
                "registries": [{"match": REGISTRY + "/other", "ci": ["agent"]},
                               {"match": REGISTRY, "ci": [list(ci)]}],
                "sealed": {"directories": [self.path("sealed")]},
                "audit": {"to": "file", "file": self.path("audit")}}

    def seal(self, kind, *words):
        """The variables of a job that can open it."""
        certificate, private = self.path(kind + ".pem"), self.path(kind + ".key")
        openssl("req", "-x509", "-newkey", *words, "-nodes", "-days", "2", "-subj", "/CN=CI",
                "-keyout", private, "-out", certificate)
        os.chmod(private, 0o600)
        self.session.run([HELPER, "seal", REGISTRY, "-u", PUSH[0],
                          "--recipient", certificate, "-o", self.path(kind)], PUSH[1].encode())
        return {"PUSHGATE_KEY_FILE": private, "PUSHGATE_SEALED_DIR": self.path(kind)}

    def token(self):
        with open(self.path("jwks"), "w", encoding="ascii") as out:
            json.dump({"keys": [self.key.jwk()]}, out)
        return {"PUSHGATE_ID_TOKEN": self.key.sign(self.issuer.claims())}


def peers(bed):
    found = []
    for version, part in PEERS.items():
        try:
            folder = parts.part(part)["path"]
        except parts.Missing as why:
            print("  no %s of the peer: %s" % (version, why))
            continue
        found.append(Side(bed, "peer " + version,
                          argv=[os.path.join(folder, "docker-credential-secretservice"), "get"]))
    if not found:
        raise SystemExit("there is no docker-credential-secretservice to measure against")
    return found


def sides_of(bed):
    """{name: side} of ours, each with what it is to answer."""
    file_store = {"kind": "file", "key_file": bed.path("pull.key")}
    service = {"kind": "secretservice"}
    every = bed.gates("job", "agent", "token")
    for kind in ("ec", "rsa", "sealed"):
        os.mkdir(bed.path(kind), 0o700)
    ec = dict(JENKINS, **bed.seal("ec", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"))
    rsa = dict(JENKINS, **bed.seal("rsa", "rsa:3072"))
    rows = (
        ("secretservice, no gate", None, service, None, PULL),
        ("secretservice", every, service, None, PULL),
        ("file, no gate", None, file_store, None, PULL),
        ("file", every, file_store, None, PULL),
        ("login in CI", bed.gates("job", "agent"), file_store, JENKINS, PUSH),
        ("sealed, env gate", bed.gates("job"), file_store, ec, PUSH),
        ("sealed", bed.gates("job", "agent"), file_store, ec, PUSH),
        ("sealed for RSA", bed.gates("job", "agent"), file_store, rsa, PUSH),
        ("sealed, oidc gate", every, file_store, dict(ec, **bed.token()), PUSH),
    )
    return {name: (Side(bed, name, policy or {"registries": [{"match": "*", "gated": False}]},
                        store, env), account) for name, policy, store, env, account in rows}


def opened_by_openssl(bed):
    """What the sealed file costs whoever opens it with libcrypto."""
    argv = ["openssl", "cms", "-decrypt", "-inform", "PEM", "-inkey", bed.path("ec.key"), "-in",
            bed.path("ec/%s.sealed" % REGISTRY)]
    side = Side(bed, "openssl cms", argv=argv)
    if json.loads(side.run(argv))["username"] != PUSH[0]:
        raise SystemExit("openssl cms: opens something else")
    return side


def prepare(sides, rivals):
    rivals[0].store(PULL)  # on the bus, for all of them
    for name, (side, account) in sides.items():
        if name.startswith(("file", "login")):
            side.store(account)
        side.check(account)
    for rival in rivals:
        rival.check(PULL)


def judge(bars, sides, rivals, openssl_cms):
    quickest = min(rival.time for rival in rivals)
    smallest = min(rival.memory for rival in rivals)
    rows = (("secretservice", 1), ("file", 0.4), ("login in CI", 0.4), ("sealed", 0.4))
    for name, bar in rows:
        side = sides[name][0]
        bars.tell("%s: time / the quickest peer's" % name, side.time / quickest, bar)
        if name != "sealed":
            bars.tell("%s: memory / the smallest peer's" % name, side.memory / smallest, bar)
    # libcrypto alone is more than 0.4 of the peer (docs/performance.md).
    side = sides["sealed"][0]
    bars.tell("sealed: time / openssl cms -decrypt's", side.time / openssl_cms.time, 1)
    bars.tell("sealed: memory / openssl cms -decrypt's", side.memory / openssl_cms.memory, 1)
    print("  sealed: memory / the smallest peer's: %.2f; openssl cms -decrypt's: %.2f" % (
        side.memory / smallest, openssl_cms.memory / smallest))


def tell_gates(sides):
    for what, with_it, without in (
            ("all gates, outside CI", "secretservice", "secretservice, no gate"),
            ("all gates, outside CI", "file", "file, no gate"),
            ("a user gate beside an env gate", "sealed", "sealed, env gate"),
            ("an oidc gate beside them", "sealed, oidc gate", "sealed")):
        one, other = sides[with_it][0], sides[without][0]
        print("  %s cost %.2f ms, CPU %.2f ms, %.2f MiB (%s)" % (
            what, (one.time - other.time) * 1e3, (one.cpu - other.cpu) * 1e3,
            (one.memory - other.memory) / MIB, with_it))


def bench(bars, rounds):
    reason = keyring.missing()
    if reason or os.geteuid() != 0 or not shutil.which("unshare"):
        raise SystemExit("pushgate: " + (reason or "needs root and unshare"))
    made = not os.path.isdir("/etc/docker")
    os.makedirs("/etc/docker", exist_ok=True)
    issuer = Issuer()
    try:
        with keyring.Session() as session:
            bed = Bed(session, issuer)
            rivals, sides = peers(bed), sides_of(bed)
            prepare(sides, rivals)
            openssl_cms = opened_by_openssl(bed)
            print("get of one credential, %d runs each, load %.1f" % (
                rounds * BLOCK * BLOCKS, os.getloadavg()[0]), flush=True)
            everyone = rivals + [openssl_cms] + [side for side, _ in sides.values()]
            for number in range(rounds * BLOCKS):
                for side in everyone[::-1] if number % 2 else everyone:
                    side.measure()
            for side in everyone:
                side.tell()
            judge(bars, sides, rivals, openssl_cms)
            tell_gates(sides)
    finally:
        issuer.close()
        if made:
            os.rmdir("/etc/docker")
