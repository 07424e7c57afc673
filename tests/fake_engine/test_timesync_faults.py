# SPDX-License-Identifier: Apache-2.0
"""docker timesync where requests fail and streams are cut: an exit status, a line, nothing left."""

import signal
import time

from timecase import MINUTE, MS, TimeCase

from attach import SYSTEMERR, Wire, frame
from bed import program

REPLY = 8 + 128  # a reply of the helper in its frame


class Requests(TimeCase):
    """Each request of a run answered with an error, or not at all."""

    PLACES = (("POST", "/containers/create"), ("POST", "/images/load"),
              ("POST", "/containers/[^/]+/attach"), ("POST", "/containers/[^/]+/start"))

    def breaks(self, place, brk):
        self.start_engine(-20 * MINUTE)
        brk(self.fake.on(*place))
        result = self.user.run("sync")
        # It fails, or it measures in another way and says why it could not correct.
        self.assertEqual(result.status, 1, result)
        self.assertTrue(result.err.strip() or result.out.strip())
        self.assertNotSet()
        self.assertNothingLeft()
        return result

    def test_answers(self):
        for place in self.PLACES:
            for status, message in ((404, "No such thing"), (409, "in conflict"), (500, "it broke")):
                with self.subTest(place=place, status=status):
                    result = self.breaks(place, lambda fault, status=status, message=message:
                                         fault.answer(status, {"message": message}))
                    if place[1] != "/containers/create" or status != 404:
                        self.assertIn(message, result.out + result.err, result)

    def test_closed(self):
        for place in self.PLACES:
            with self.subTest(place=place):
                self.breaks(place, lambda fault: fault.close())

    def test_nonsense(self):
        for place in self.PLACES:
            with self.subTest(place=place):
                self.breaks(place, lambda fault: fault.raw(b"\0\1\2 this is not HTTP\r\n\r\n"))

    def test_an_error_inside_a_load_that_succeeds(self):
        result = self.breaks(self.PLACES[1], lambda fault: fault.answer(
            200, b'{"stream":"Loading layer"}\n{"errorDetail":{"message":"no space left on device"},'
                 b'"error":"no space left on device"}\n'))
        self.assertIn("no space left on device", result.out + result.err)

    def test_waiting_for_the_end_fails(self):
        """It is corrected, and the container removed by force."""
        for brk in (lambda fault: fault.answer(500, {"message": "no"}), lambda fault: fault.close(),
                    lambda fault: fault.answer(404, {"message": "No such container"})):
            self.start_engine(-20 * MINUTE)
            brk(self.fake.on("POST", "/containers/[^/]+/wait"))
            self.assertEqual(self.run_json("sync")["outcome"], "corrected")
            self.assertNothingLeft()

    def test_an_engine_that_forgets_to_remove(self):
        world = self.start_engine(-20 * MINUTE)
        world.keeps = True
        self.fake.on("POST", "/containers/[^/]+/wait").answer(500, {"message": "no"})
        self.run_json("sync")
        self.assertNothingLeft()
        self.assertEqual(len(self.fake.deleted()), 1)

    def test_sigint_wherever_it_is(self):
        """Each waits some seconds for what it has begun, so that they run side by side."""
        runs = []
        for method, path in self.PLACES[:1] + self.PLACES[2:]:
            self.start_engine(-20 * MINUTE)
            self.fake.on(method, path).hang()
            runs.append((path, self.fake, self.guest, self.user.start(["sync"])))
        for path, fake, _, process in runs:
            deadline = time.monotonic() + 10
            while not fake.seen("POST", path):
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.005)
            process.send_signal(signal.SIGINT)
        for path, self.fake, self.guest, process in runs:
            with self.subTest(path=path):
                began = time.monotonic()
                result = program.finish(process)
                self.assertLess(time.monotonic() - began, 8)
                self.assertEqual(result.status, 2, result)
                self.assertNotSet()
                self.assertNothingLeft()


class Streams(TimeCase):
    """The attached stream, in every shape that is allowed."""

    def corrects(self, **kind):
        self.start_engine(-20 * MINUTE, **kind)
        told = self.run_json("sync")
        self.assertEqual(told["outcome"], "corrected")
        self.assertInside(told["before"], -20 * MINUTE)
        self.assertInside(told["after"], self.guest.offset)
        self.assertNothingLeft()

    def test_shapes(self):
        for name, wire in (
                ("byte by byte", Wire(pieces=1)),
                ("in sevens", Wire(pieces=7)),
                ("a frame for each byte", Wire(payload=1)),
                ("frames and pieces at odds", Wire(payload=5, pieces=3)),
                ("200", Wire(upgrade=False)),
                ("200, byte by byte", Wire(upgrade=False, pieces=1)),
                ("raw-stream", Wire(kind="application/vnd.docker.raw-stream")),
                ("multiplexed-stream", Wire(kind="application/vnd.docker.multiplexed-stream")),
                ("stderr right behind the head", Wire(glue=frame(2, b"warning\n"))),
                ("empty frames", Wire(before=frame(1, b"") + frame(2, b""))),
                ("stderr between", Wire(before=frame(2, b"x" * 100)))):
            with self.subTest(name):
                self.corrects(wire=wire)

    def test_versions(self):
        for api in ("1.40", "1.41", "1.42", "1.45", "1.56"):
            with self.subTest(api=api):
                self.corrects(api=api)

    def test_podman(self):
        """It has the image under a name of its own."""
        self.corrects(podman=True, api="1.41")
        names = [body["Image"] for body in self.created()]
        self.assertTrue(names[-1].startswith("localhost/docker-timesync/helper:"), names)
        self.corrects(podman=True, api="1.41", wire=Wire(upgrade=False))

    def test_cut_at_every_stage(self):
        """While greeting or measuring; before, in and between frames."""
        for cut in (0, 1, 7, 8, 9, REPLY - 1, REPLY, REPLY + 4, 4 * REPLY + 50, 8 * REPLY):
            for pieces in (None, 1) if cut < 300 else (None,):
                with self.subTest(cut=cut, pieces=pieces):
                    self.start_engine(-20 * MINUTE, wire=Wire(cut=cut, pieces=pieces))
                    result = self.user.run("sync")
                    self.assertEqual(result.status, 1, result)
                    self.assertTrue(result.err.strip() or result.out.strip())
                    self.assertNothingLeft()
                    self.assertNotSet()

    def test_cut_when_it_is_set(self):
        """In the answer to the set request, right behind it, and while measuring again."""
        for more in (-1, 0, 3 * REPLY + 50):
            with self.subTest(more=more):
                wire = Wire()
                self.start_engine(-20 * MINUTE, wire=wire)
                self.guest.before_set = lambda guest: setattr(
                    wire, "cut", len(guest.asked) * REPLY + more)
                result = self.user.run("sync")
                self.assertEqual(result.status, 1, result)
                self.assertNothingLeft()
                self.assertEqual(len(self.guest.steps), 1)
                # What happened to the clock is told, or that it is not known.
                words = "whether it was set is not known" if more < 0 else "set forward by 20 min"
                self.assertIn(words, result.err, result)

    def test_an_error_of_the_daemon_in_the_stream(self):
        self.start_engine(-20 * MINUTE, wire=Wire(before=frame(SYSTEMERR, b"shim is gone")))
        result = self.user.run("sync")
        self.assertEqual(result.status, 1, result)
        self.assertIn("shim is gone", result.err + result.out)
        self.assertNotSet()
        self.assertNothingLeft()

    def test_a_terminal_instead_of_frames(self):
        self.start_engine(-20 * MINUTE, wire=Wire(glue=b"login: welcome\r\n"))
        result = self.user.run("sync")
        self.assertEqual(result.status, 1, result)
        self.assertNotSet()
        self.assertNothingLeft()

    def test_a_helper_that_ends(self):
        for after in (0, 3, 12):
            with self.subTest(after=after):
                self.start_engine(-20 * MINUTE)
                self.guest.exit_after = after
                result = self.user.run("sync")
                self.assertEqual(result.status, 1, result)
                self.assertNothingLeft()

    def test_a_stream_that_stalls(self):
        """Nothing more comes, and nobody closes: told to stop, it stops and cleans up."""
        self.start_engine(-20 * MINUTE, wire=Wire(stall=5 * REPLY))
        process = self.user.start(["sync"])
        deadline = time.monotonic() + 10
        while len(self.guest.asked) < 6:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.005)
        process.send_signal(signal.SIGTERM)
        result = program.finish(process)
        self.assertEqual(result.status, 2, result)
        self.assertNotSet()
        self.assertNothingLeft()

    def test_a_slow_engine(self):
        """Each answer takes its time; the bound says so."""
        self.start_engine(-20 * MINUTE, latency=0.05)
        self.guest.reply_delay = 0.02
        told = self.run_json("sync")
        self.assertEqual(told["outcome"], "corrected")
        self.assertGreater(told["before"]["bound_ns"], 9 * MS)
        self.assertInside(told["before"], -20 * MINUTE)
