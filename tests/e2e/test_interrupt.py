# SPDX-License-Identifier: Apache-2.0
"""Ended in the middle: what is left is consistent, the report says what was and was not done, and
the next run finishes."""

import secrets
import signal
import socket
import threading
import time

from bed import program
from case import Case, bare


class Interrupted(Case):
    def setUp(self):
        super().setUp()
        self.base()
        self.running = self.api.create("bb:1", ["sleep", "1000"])
        self.api.start(self.running)
        # As many as are removed in about a second.
        self.count = 50 if self.containerd else 120
        self.boxes = self.some()
        self.args = ["prune", "--yes", "--older-than", "0", "--format", "json"]

    def some(self):
        return set(self.api.each(lambda _: self.api.create("bb:1"), range(self.count)))

    def left(self):
        return {row["Id"] for row in self.api.containers()} - {self.running}

    def when_some_are_gone(self, process, act, count=5):
        """act() as soon as process has removed some of the containers; False: it ended before."""
        deadline = time.monotonic() + 30
        while len(self.left()) > self.count - count:
            if process.poll() is not None:
                return False
            self.assertLess(time.monotonic(), deadline, "nothing is being removed")
        act()
        return True

    def more(self):
        self.count *= 2
        self.boxes = self.some()

    def cut(self, start, act, mend=lambda: None):
        """The result of start() with act(process) in its middle; mend() as soon as it has ended, if
        act() was called. Where it was over before that, on a machine that is quick there and slow
        here, again with twice as many."""
        for _ in range(4):
            process = start()
            acted = self.when_some_are_gone(process, lambda: act(process))
            result = program.finish(process)
            if acted:
                mend()
            if self.left():
                return result
            self.more()
        return self.fail("it is always over before: %r" % result)

    def assertReport(self, told, left):
        """What the report says is what is so."""
        self.assertIs(told["interrupted"], True)
        removed = self.ids(told["removed"], "container")
        self.assertFalse(removed & left, "told removed, but there")
        # An answer that was cut off may hide a removal that the engine did: those are told failed.
        unsure = self.ids(told["failed"], "container") | self.ids(told["skipped"], "container")
        self.assertLessEqual(self.boxes - left, removed | unsure)
        self.assertEqual(self.ids(told["planned"], "container"), self.boxes)

    def finish(self):
        done = self.prune()
        self.assertEqual(self.left(), set())
        self.assertEqual(done["failed"], [])
        self.assertIn(self.running, self.api.all_ids()["container"])
        self.api.remove(self.api.run("bb:1"))

    def test_sigint(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                result = self.cut(lambda: self.user.start(self.args),
                                  lambda process: process.send_signal(number))
                self.assertEqual(result.status, 2, result)
                self.assertReport(result.json, self.left())
                self.finish()
                self.boxes = self.some()

    def test_kill_9_and_again(self):
        result = self.cut(lambda: self.user.start(self.args), lambda process: process.kill())
        self.assertEqual(result.status, -9)
        self.finish()

    def test_plugin_socket_closes(self):
        """The docker CLI says "cancel" by closing its end."""
        name = "docker_cli_" + secrets.token_hex(16)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
            server.bind("\0" + name)
            server.listen()
            server.settimeout(20)
            ends = []

            def start():
                process = self.user.start(self.args, env={"DOCKER_CLI_PLUGIN_SOCKET": "@" + name})
                ends.append(server.accept()[0])
                return process
            result = self.cut(start, lambda process: ends[-1].close())
            for end in ends:
                end.close()
        self.assertEqual(result.status, 2, result)
        self.assertReport(result.json, self.left())
        self.finish()

    def test_sigint_to_the_docker_cli(self):
        """Without a terminal the CLI signals nobody: the socket is all the plugin hears."""
        path = self.cli("newest")
        result = self.cut(lambda: self.user.start(self.args, cli=path),
                          lambda process: process.send_signal(signal.SIGINT))
        self.assertEqual(result.status, 2, result)
        self.assertReport(result.json, self.left())
        self.finish()

    def test_engine_dies(self):
        def mend():
            self.engine.start()
            # Its containers died with it.
            self.api.start(self.running)
        result = self.cut(lambda: self.user.start(self.args),
                          lambda _: self.engine.stop(signal.SIGKILL), mend)
        self.assertIn(result.status, (1, 2), result)
        told = result.json
        self.assertTrue(result.err.strip())
        removed = self.ids(told["removed"], "container")
        self.assertFalse(removed & self.left(), "told removed, but there")
        self.assertLess(len(removed), self.count)
        self.finish()

    def test_only_one_at_a_time(self):
        self.engine.pause()
        try:
            first = self.user.start(self.args)
            time.sleep(0.3)
        finally:
            self.engine.resume()
        second = self.user.start(self.args)
        results = [program.finish(first), program.finish(second)]
        self.assertEqual(self.left(), set())
        for result in results:
            if result.status:
                self.assertIn("another prune", result.err, result)
        self.assertIn(0, [result.status for result in results])

    def test_lock_dies_with_its_process(self):
        process = self.user.start(self.args)
        self.when_some_are_gone(process, process.kill)
        program.finish(process)
        self.assertEqual(self.user.run("prune", "--yes", "--older-than", "0").status, 0)


class Many(Case):
    def test_500_containers(self):
        """Most of them only created."""
        self.base()
        ended = self.api.each(lambda _: self.api.run("bb:1"), range(12))
        created = self.api.each(lambda _: self.api.create("bb:1"), range(488))
        kept = self.api.create("bb:1", labels={"keep": "1"})
        began = time.monotonic()
        planned = self.plan("--keep", "label=keep")
        self.assertGoes(planned, "container", *(ended + created))
        done = self.prune("--keep", "label=keep")
        took = time.monotonic() - began
        self.assertEqual(len(done["removed"]), 500)
        self.assertEqual(self.api.all_ids()["container"], {kept})
        self.assertLess(took, 60)

    def test_while_others_remove_the_same(self):
        """Two clients over one heap of litter: nothing is a failure."""
        self.base()
        boxes = self.api.each(lambda _: self.api.create("bb:1"), range(100))
        other = threading.Thread(target=self.api.each, args=(
            lambda box: self.api.request("DELETE", "/containers/" + box), boxes[:50]))
        other.start()
        done = self.prune()
        other.join()
        self.assertEqual(done["failed"], [], done["failed"])
        self.assertEqual(self.api.containers(), [])
        told = {bare(row["id"]) for row in done["removed"] + done["skipped"]}
        self.assertEqual(told, self.ids(done["planned"], "container"))
