# SPDX-License-Identifier: Apache-2.0
"""docker hygiene as docker's own CLIs run it: TAP. The engine is a fake one or none at all."""

import os
import re
import signal
import subprocess
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path[:0] = [os.path.join(TESTS, "lib"), os.path.join(TESTS, "fake_engine")]

from bed import parts  # noqa: E402
from bed.program import Terminal, User, program  # noqa: E402
from fake import Fake  # noqa: E402
from world import World  # noqa: E402

DISK_FULL = "write /var/lib/docker/tmp/GetImageBlob1: no space left on device"
HINT = "docker hygiene prune --dry-run"

# The first version of docker's CLI that has what a test looks at.
NEEDS = {
    "completion": (23, 0, 0),
    "completion asks the engine": (23, 0, 0),
    "a signal to docker stops the plugin": (25, 0, 0),  # the first with a plugin socket
    "hint after a full disk": (26, 1, 0),
    "hint by the key for failures": (29, 3, 0),
    "no hint after other failures": (26, 1, 0),
}


class Tap:
    """Counts and prints; a test is a function that raises when it fails."""

    def __init__(self):
        self.count = 0

    def check(self, what, test, *args):
        self.count += 1
        try:
            test(*args)
        except Exception:  # pylint: disable=broad-except
            print("not ok %d - %s" % (self.count, what))
            for line in traceback.format_exc().splitlines()[-25:]:
                print("# " + line)
        else:
            print("ok %d - %s" % (self.count, what))
        sys.stdout.flush()

    def skip(self, what, reason):
        self.count += 1
        print("ok %d - %s # SKIP %s" % (self.count, what, reason))


def equal(got, want):
    assert got == want, "got:\n%s\nwant:\n%s" % (got, want)


def has(text, part, result=""):
    assert part in text, "no %r in:\n%s\n%r" % (part, text, result)


def has_not(text, part):
    assert part not in text, "%r in:\n%s" % (part, text)


def since(version, least):
    return parts.version_key(version) >= least


class Cli:
    """One docker CLI and the tests that hold for it."""

    def __init__(self, path, version):
        self.path = path
        self.version = version

    def docker(self, user, *words, env=None):
        user.plugin()
        return user.command([self.path] + list(words), env)

    def tests(self):
        """What to call and its name, as far as this version has it."""
        rows = [(getattr(self, name), name[5:].replace("_", " ")) for name in dir(self)
                if name.startswith("test_")]
        return [row for row in rows if since(self.version, NEEDS.get(row[1], (0, 0, 0)))]

    def test_runs(self):
        with User() as user:
            result = self.docker(user, "hygiene", "version")
            assert re.fullmatch(r"docker-hygiene \d+\.\d+\.\d+\n", result.out), result
            equal((result.status, result.err), (0, ""))
            equal(self.docker(user, "hygiene", "version", "--format", "json").json["name"],
                  "hygiene")

    def test_help_in_all_its_forms(self):
        with User() as user:
            long = self.docker(user, "hygiene", "version", "--help")
            has(long.out, "Usage:  docker hygiene version [options]", long)
            equal((long.status, long.err), (0, ""))
            for words in (["help", "hygiene", "version"], ["hygiene", "help", "version"],
                          ["hygiene", "version", "-h"]):
                equal(self.docker(user, *words).out, long.out)
            alone = self.docker(user, "hygiene")
            has(alone.out, "Usage:  docker hygiene COMMAND", alone)
            equal((alone.status, alone.err), (0, ""))
            for words in (["help", "hygiene"], ["hygiene", "--help"], ["hygiene", "help"],
                          ["hygiene", "-h"]):
                equal(self.docker(user, *words).out, alone.out)

    def test_is_listed(self):
        with User() as user:
            listed = self.docker(user, "--help")
            assert re.search(r"^  hygiene\*? +\S.*", listed.out, re.M), listed
            has_not(listed.out, "Invalid Plugins")
            info = self.docker(user, "-H", "unix:///no/engine", "info")
            has(info.out, " hygiene: ", info)
            has_not(info.out + info.err, "WARNING: Plugin")

    def test_wrong_words(self):
        with User() as user:
            rows = (
                (["hygiene", "version", "--fromat=json"],
                 "docker hygiene version: unknown option --fromat; did you mean --format? "
                 "(see 'docker hygiene version --help')\n"),
                (["hygiene", "versoin"],
                 "docker hygiene: unknown command \"versoin\"; did you mean \"version\"? "
                 "(see 'docker hygiene --help')\n"),
                (["hygiene", "version", "x"],
                 "docker hygiene version: unexpected argument \"x\" "
                 "(see 'docker hygiene version --help')\n"),
            )
            for words, want in rows:
                result = self.docker(user, *words)
                equal((result.status, result.out, result.err), (125, "", want))

    def test_flags_before_the_name(self):
        with User() as user:
            for words in (["-H", "unix:///no/engine"], ["--host=unix:///no/engine"],
                          ["-l", "info"], ["--config", user.config],
                          ["--context", "default"], ["-c", "default"]):
                result = self.docker(user, *words, "hygiene", "version")
                equal((result.status, result.err), (0, ""))
            # docker logs of its own then.
            equal(self.docker(user, "-Dl", "debug", "hygiene", "version").status, 0)
            result = self.docker(user, "-H", "unix:///a", "-H", "unix:///b", "hygiene", "version")
            assert result.status != 0 and "specify only one -H" in result.err, result

    def test_completion(self):
        with User() as user:
            result = self.docker(user, "__complete", "hygiene", "")
            equal(result.status, 0)
            names = [line.split("\t")[0] for line in result.out.splitlines()]
            assert "version" in names and names[-1] == ":4", result
            result = self.docker(user, "__complete", "hygiene", "version", "--")
            equal(result.out, "--format\tOutput: table or json\n--help\tPrint usage\n:4\n")
            result = self.docker(user, "__completeNoDesc", "hygiene", "version", "--format", "j")
            equal(result.out, "json\n:4\n")

    def test_output_that_nobody_gets(self):
        with User() as user, open("/dev/full", "wb") as full:
            user.plugin()
            done = subprocess.run([self.path, "hygiene", "version"], env=user.env, stdout=full,
                                  stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False)
            equal(done.returncode, 1)
            equal(done.stderr, b"docker hygiene version: writing the output: "
                               b"No space left on device\n")

    def test_completion_asks_the_engine(self):
        world = World(api="1.43")
        world.container(world.image("redis:7"), "web")
        with User() as user, Fake(world) as fake:
            words = ["__complete", "hygiene", "prune", "--keep"]
            here = {"DOCKER_HOST": fake.host}
            result = self.docker(user, *words, "", env=here)
            equal(result.out, "web\tcontainer\nredis:7\timage\n:4\n")
            equal(self.docker(user, *words, "re", env=here).out, "redis:7\timage\n:4\n")
            result = self.docker(user, "__complete", "hygiene", "schedule", "prune", "--keep=w",
                                 env=here)
            equal(result.out, "web\tcontainer\n:4\n")
            fake.on("*", ".*").hang()
            began = time.monotonic()
            equal(self.docker(user, *words, "", env=here).out, ":4\n")
            assert time.monotonic() - began < 5
            result = self.docker(user, *words, "", env={"DOCKER_HOST": "unix:///no/engine"})
            equal((result.status, result.out), (0, ":4\n"))
            result = self.docker(user, "__complete", "hygiene", "prune", "--dry")
            assert re.fullmatch("--dry-run\t.*\n:4\n", result.out), result

    def test_the_engine_that_docker_was_told_of(self):
        with User() as user, Fake(World(api="1.43")) as fake:
            made = self.docker(user, "context", "create", "there",
                               "--docker", "host=" + fake.host)
            equal(made.status, 0)
            for words in (["-H", fake.host], ["--context", "there"], ["-c=there"]):
                seen = len(fake.requests)
                result = self.docker(user, *words, "hygiene", "prune", "--dry-run")
                equal((result.status, result.err), (0, ""))
                assert len(fake.requests) > seen, words
            equal(fake.changing(), [])

    def test_statuses_pass_through(self):
        with User() as user:
            rows = (
                (["-H", "unix:///no/engine", "hygiene", "prune", "--dry-run"], 1, "/no/engine"),
                (["hygiene", "prune"], 125, "--yes"),
                (["hygiene", "prune", "--older-than", "soon"], 125, "--older-than"),
            )
            for words, status, part in rows:
                result = self.docker(user, *words)
                equal((result.status, result.out), (status, ""))
                equal(result.err.count("\n"), 1)
                has(result.err, "docker hygiene prune: ")
                has(result.err, part)

    @staticmethod
    def hanging(fake):
        """Makes the engine hang; the returned function waits until the plugin hangs in it."""
        fake.on("GET", "/containers/json").hang()

        def wait():
            deadline = time.monotonic() + 20
            while not fake.seen("GET", "/containers/json"):
                assert time.monotonic() < deadline, "never asked: %r" % fake.requests
                time.sleep(0.01)
        return wait

    def test_a_signal_to_docker_stops_the_plugin(self):
        with User() as user, Fake(World(api="1.43")) as fake:
            user.plugin()
            wait = self.hanging(fake)
            # A group of its own, so that the signal reaches docker alone.
            process = subprocess.Popen([self.path, "-H", fake.host, "hygiene", "prune", "--dry-run"],
                                       env=user.env, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                       start_new_session=True)
            wait()
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=20)
            equal((process.returncode, out), (2, b""))
            equal(err.count(b"\n"), 1)
            assert time.monotonic() - began < 5

    def test_ctrl_c_at_a_terminal(self):
        with User() as user, Fake(World(api="1.43")) as fake:
            user.plugin()
            wait = self.hanging(fake)
            terminal = Terminal([self.path, "-H", fake.host, "hygiene", "prune", "--dry-run"],
                                dict(user.env, TERM="xterm"))
            wait()
            terminal.send("\x03")
            equal(terminal.finish(), 2)
            has(terminal.text, "docker hygiene prune: ")

    def failed_pull(self, key, message, on="1"):
        """What a terminal shows of a pull that the engine fails with that message."""
        with User() as user, Fake(World(api="1.43")) as fake:
            user.plugin()
            user.write_config({"plugins": {"hygiene": {key: "pull"}}})
            fake.on("POST", "/images/create").answer(500, {"message": message})
            terminal = Terminal([self.path, "-H", fake.host, "pull", "busybox:1"],
                                dict(user.env, TERM="xterm", DOCKER_CLI_HOOKS=on))
            status = terminal.finish()
            equal(status, 1)
            return terminal.text.replace("\r\n", "\n")

    def test_hint_after_a_full_disk(self):
        shown = self.failed_pull("hooks", DISK_FULL)
        has(shown, "What's next:")
        has(shown, "    The disk is full.")
        has(shown, HINT)
        has_not(self.failed_pull("hooks", DISK_FULL, on="0"), "What's next")

    def test_hint_by_the_key_for_failures(self):
        has(self.failed_pull("error-hooks", DISK_FULL), HINT)

    def test_no_hint_after_other_failures(self):
        shown = self.failed_pull("hooks", "manifest unknown {{.Name}}")
        has(shown, "manifest unknown")
        has_not(shown, "What's next")


def run(tap):
    seen = set()
    for name in parts.CLIS:
        try:
            path, version = parts.cli(name)
        except parts.Missing as why:
            tap.skip("docker CLI %s" % name, why)
            continue
        if (path, version) in seen:
            continue
        seen.add((path, version))
        if os.environ.get("TEST_REPORT"):
            with open(os.environ["TEST_REPORT"], "a", encoding="utf-8") as report:
                report.write("cli: %s\n" % version)
        cli = Cli(path, version)
        for test, what in cli.tests():
            tap.check("%s: %s" % (version, what), test)


def main():
    tap = Tap()
    program()
    run(tap)
    print("1..%d" % tap.count)


if __name__ == "__main__":
    main()
