# SPDX-License-Identifier: Apache-2.0
"""docker timesync check: what is made of the time in an engine's /info, and how it is told."""

import time

from timecase import MINUTE, MS, SECOND, TimeCase

from shapes import stamp


def digits(count):
    """SystemTime with so many digits of a fraction, cut as Go cuts."""
    def text(ns):
        whole = stamp(ns, fraction=False)[:-1]
        return whole + ("." + ("%09d" % (ns % SECOND))[:count] if count else "") + "Z"
    return text


class Reading(TimeCase):
    def test_in_step(self):
        self.start_engine()
        self.run_text("check", says=["engine is in step with this machine", "±", "time zones"])
        self.assertEqual(self.fake.changing(), [])
        self.run_text("check", "--quiet")
        told = self.run_json("check")
        self.assertEqual((told["verdict"], told["method"], told["reference"], told["engine"]),
                         ("in-step", "info", "host", self.fake.host))
        self.assertInside(told, 0)
        self.assertEqual(told["tolerance_ns"], 500 * MS)

    def test_out_of_step(self):
        for offset, words in (
                (-17 * MINUTE - 3200 * MS, "engine is 17 min 3.2 s behind this machine (±"),
                (3 * 86400 * SECOND, "engine is 3 d ahead of this machine (±"),
                (2 * SECOND, "s ahead of this machine (±")):
            with self.subTest(offset=offset):
                self.start_engine(offset)
                result = self.run_text("check", status=3, says=[words])
                self.assertEqual("S3 refuses requests beyond 15 min" in result.out,
                                 abs(offset) > 15 * MINUTE)
                told = self.run_json("check", status=3)
                self.assertEqual(told["verdict"], "out-of-step")
                self.assertInside(told, offset)
                self.assertAlmostEqual(told["offset_ns"], offset, delta=50 * MS)

    def test_half_hours_are_no_zone(self):
        self.start_engine(-5 * 60 * MINUTE - 30 * MINUTE)
        self.run_text("check", status=3, says=["5 h 30 min behind", "no difference of time zones"])

    def test_tolerance(self):
        self.start_engine(2 * SECOND)
        self.run_text("check", "--tolerance", "3s")
        self.run_text("check", "--tolerance", "1s", status=3)

    def test_usage(self):
        self.start_engine()
        for words in (["--tolerance", "soon"], ["--reference", "http://x.example"], ["extra"],
                      ["--reference", "ntp:"], ["--precisely"]):
            result = self.user.run("check", *words)
            self.assertEqual(result.status, 125, result)


class Texts(TimeCase):
    """SystemTime in every shape."""

    def test_fractions_of_any_length(self):
        for count in range(10):
            with self.subTest(digits=count):
                world = self.start_engine(-1234 * MS)
                world.time_text = digits(count)
                result = self.user.run("check", "--format", "json", "--tolerance", "10ms")
                self.assertEqual(result.status, 3, result)
                self.assertInside(result.json, -1234 * MS)
                self.assertLess(result.json["bound_ns"],
                                max(10 ** (9 - count) // 2, 0) + 150 * MS)

    def test_zones_of_the_text(self):
        """"+05:30" says the same instant in other words."""
        world = self.start_engine()

        def text(ns):
            return stamp(ns + 330 * MINUTE)[:-1] + "+05:30"
        world.time_text = text
        self.assertInside(self.run_json("check"), 0)

    def test_no_time(self):
        for told in (None, "", "yesterday", "0001-01-01T00:00:00Z", ["x"],
                     "2026-13-01T00:00:00Z", "2026-11-24T01:02:03", "2026-11-24T01:02:03.1234567x"):
            with self.subTest(told=told):
                self.start_engine(told={"SystemTime": told})
                self.assertOneLine(self.user.run("check"), 1)

    def test_absurd_years(self):
        for told in ("9999-12-31T23:59:59Z", "1600-01-01T00:00:00Z", "2261-12-31T00:00:00Z",
                     "1970-01-01T00:00:00Z"):
            with self.subTest(told=told):
                self.start_engine(told={"SystemTime": told})
                result = self.user.run("check")
                self.assertIn(result.status, (1, 3), result)
                self.assertTrue(result.out.strip() or result.err.strip())

    def test_a_year_long_off(self):
        self.start_engine(-365 * 86400 * SECOND)
        self.run_text("check", status=3, says=["engine is 365 d behind this machine"])


class Slow(TimeCase):
    def test_an_answer_that_takes_three_seconds(self):
        """Between asking and answer the engine may have looked at any time."""
        self.start_engine()
        self.fake.on("GET", "/info").delay(3)
        began = time.monotonic()
        result = self.run_text("check", status=1, says=["cannot tell", "--precise"])
        self.assertLess(time.monotonic() - began, 12, result)

    def test_slow_but_far_off(self):
        """A wide bound is enough where the offset is wider."""
        self.start_engine(-20 * MINUTE)
        self.fake.on("GET", "/info").delay(0.4)
        told = self.run_json("check", status=3)
        self.assertInside(told, -20 * MINUTE)
        self.assertGreater(told["bound_ns"], 190 * MS)

    def test_a_clock_that_steps_meanwhile(self):
        world = self.start_engine()
        self.fake.on("GET", "/info", hit=2).before(lambda _: world.guest.step(-60 * SECOND))
        told = self.run_json("check", status=3)
        self.assertInside(told, -60 * SECOND)

    def test_a_clock_that_keeps_stepping(self):
        world = self.start_engine()
        self.fake.on("GET", "/info").before(lambda _: world.guest.step(-60 * SECOND))
        self.assertOneLine(self.user.run("check"), 1)


class Precise(TimeCase):
    def test_precise_measures_without_any_right(self):
        self.start_engine(-30 * MS)
        told = self.run_json("check", "--precise", "--tolerance", "10ms", status=3)
        self.assertEqual(told["method"], "helper")
        self.assertInside(told, -30 * MS)
        for body in self.created():
            self.assertNotIn("CapAdd", body["HostConfig"])
            self.assertEqual(body["HostConfig"]["CapDrop"], ["ALL"])
        self.assertNotSet()
        self.assertNothingLeft()

    def test_precise_falls_back_to_info(self):
        self.start_engine(-2 * SECOND, told={"Architecture": "vax"}, wire=None)
        self.fake.world.arch = "vax"
        told = self.run_json("check", "--precise", status=3)
        self.assertEqual(told["method"], "info")
        self.assertInside(told, -2 * SECOND)
        self.assertEqual(self.fake.changing(), [])

    def test_windows_can_be_checked(self):
        world = self.start_engine(-2 * SECOND, told={"OSType": "windows"})
        world.os = "windows"
        told = self.run_json("check", status=3)
        self.assertInside(told, -2 * SECOND)
        # What it reads may be a tick of 1/64 s old, whatever digits it tells.
        self.assertGreater(told["bound_ns"], SECOND // 128)
        told = self.run_json("check", "--precise", status=3)
        self.assertEqual(told["method"], "info")
        self.assertEqual(self.fake.changing(), [])
