# SPDX-License-Identifier: Apache-2.0
"""`docker hygiene base status` against skopeo, on one docker-registry behind a slow network."""

import shlex
import statistics

from bed import archive, oci, parts, program
from bed.engine import Engine
from bed.registry import Registry
from bed.slowly import Slowly
from measure import MIB, timed

DELAY_S = 0.020
TAGS = 5            # of each repository
REPOSITORIES = 40   # 200 images
BASES = 5           # tags of the first repository: what the others stand on
MOVED = 20          # of the images: the registry has another one now
FACTORS = (1, 2, 4)


def layer(*seed):
    return archive.layer(1000, seed)


def names(factor):
    """(repository, tag) of the images, the bases first."""
    return [("r%03d" % repository, "t%d" % tag) for repository in range(REPOSITORIES * factor)
            for tag in range(TAGS)]


def push(pusher, name, version):
    repository, tag = name
    base = layer("base", int(tag[1:]) % BASES)
    layers = [base] if repository == "r000" else [base, layer(repository, tag, version)]
    pusher.image(repository, layers, tag)


def pull(api, host, name):
    repository, tag = name
    told = api.call("POST", "/images/create", fromImage="%s/%s" % (host, repository), tag=tag)
    if any("error" in row for row in (told if isinstance(told, list) else [told])):
        raise SystemExit("pulling failed: %r" % told)


class Bench:
    def __init__(self, engine, user, registry, slow):
        self.engine = engine
        self.user = user
        self.registry = registry
        self.slow = slow
        self.pusher = oci.Pusher(registry.host)
        self.skopeo = parts.part("skopeo")["path"]

    def fill(self, factor):
        """The engine has all images of that factor; MOVED of them the registry has anew."""
        self.slow.delay = 0
        have = set(self.engine.api.tags())
        new = [name for name in names(factor)
               if "%s/%s:%s" % ((self.slow.host,) + name) not in have]
        for name in new:
            push(self.pusher, name, 1)
        self.engine.api.each(lambda name: pull(self.engine.api, self.slow.host, name), new)
        if factor == 1:
            for name in names(1)[-MOVED:]:
                push(self.pusher, name, 2)
        self.slow.delay = DELAY_S

    def ours(self):
        return self.user.argv(["base", "status", "--format", "json"])

    def skopeos(self, factor, at_once):
        """All raw manifests, one after the other or several at once, as scripts do it."""
        lines = "\\n".join("docker://%s/%s:%s" % ((self.slow.host,) + name)
                           for name in names(factor))
        return ["sh", "-c", "printf '%s\\n' | xargs -n 1 -P %d %s inspect --raw --tls-verify=false"
                % (lines, at_once, shlex.quote(self.skopeo))]

    def check(self, factor):
        """What it says is right, and how many requests the registry saw for that."""
        before = len(self.registry.requests())
        told = self.user.run("base", "status", "--format", "json").json
        requests = self.registry.requests()[before:]
        counts = {}
        for row in told["items"]:
            counts[row["status"]] = counts.get(row["status"], 0) + 1
        expected = len(names(factor)) - MOVED
        if counts != {"fresh": expected, "stale": MOVED}:
            raise SystemExit("base status says %r" % counts)
        return len(requests)


def compare(bench, bars, rounds):
    sides = {"ours": bench.ours(), "one by one": bench.skopeos(1, 1),
             "eight at once": bench.skopeos(1, 8)}
    times, memory = {side: [] for side in sides}, []
    for number in range(rounds):
        order = list(sides) if number % 2 == 0 else list(reversed(sides))
        for side in order:
            took, _, peak = timed(sides[side], bench.user.env)
            times[side].append(took)
            if side == "ours":
                memory.append(peak)
        print("  round %d: %s" % (number + 1, ", ".join(
            "%s %.2f s" % (side, times[side][-1]) for side in sides)), flush=True)
    middle = {side: statistics.median(row) for side, row in times.items()}
    bars.tell("base status: time / skopeo one by one", middle["ours"] / middle["one by one"], 1 / 8)
    bars.tell("base status: time / skopeo eight at once",
              middle["ours"] / middle["eight at once"], 1 / 3)
    bars.tell("base status: peak memory", max(memory) / MIB, 24, " MiB")
    bars.tell("base status: requests", bench.check(1), len(names(1)) + 2 + MOVED)


def scale(bench, bars, rounds):
    took = {}
    for factor in FACTORS:
        bench.fill(factor)
        requests = bench.check(factor)
        runs = [timed(bench.ours(), bench.user.env) for _ in range(rounds)]
        took[factor] = statistics.median(run[0] for run in runs)
        peak = max(run[2] for run in runs) / MIB
        print("  %d images in %d repositories: %.2f s, CPU %.2f s, peak %.1f MiB, %d requests" % (
            len(names(factor)), REPOSITORIES * factor, took[factor],
            min(run[1] for run in runs), peak, requests), flush=True)
    # The largest, with the bars of the smallest.
    bars.tell("base status: peak memory at 4x", peak, 24, " MiB")
    bars.tell("base status: requests at 4x", requests, len(names(FACTORS[-1])) + 2 + MOVED)
    bars.tell("base status: time per image at 4x / at 1x", took[4] / 4 / took[1], 1.5)


def bench(bars, rounds):
    with Registry(counts=True) as registry, Slowly(registry.host) as slow, \
            Engine(parts.system_engine(), network=True) as engine, \
            program.User(engine.host) as user:
        run = Bench(engine, user, registry, slow)
        run.fill(1)
        print("engine %s (%s), docker-registry %s, %.0f ms of delay, %d rounds" % (
            engine.api.info()["ServerVersion"], engine.api.info()["Driver"],
            parts.part("registry")["version"], DELAY_S * 1000, rounds), flush=True)
        compare(run, bars, rounds)
        scale(run, bars, rounds)
