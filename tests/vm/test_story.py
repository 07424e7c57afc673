# SPDX-License-Identifier: Apache-2.0
"""What all this is for: in a machine whose clock is 20 minutes off, S3 refuses each request. check
tells beforehand, sync repairs it, and the same request is accepted. All in a person's words."""

import re
import unittest

from bed import parts
from bed.runner import only
from bed.swift import KEY, REGION, SECRET, Swift
from case import Case

USER = KEY.replace(":", "%3A")
NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # SHA-256 of no bytes
# Signed in the machine, by its clock. Swift runs here, by this machine's.
REQUEST = ("curl -sS --max-time 30 --aws-sigv4 aws:amz:%s:s3 -H x-amz-content-sha256:%s "
           "-w '\\n%%{http_code}' 'http://%s:%s@10.0.2.100/'" % (REGION, NOTHING, USER, SECRET))
UNITS = {"s": 1, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}


class Story(Case):
    @classmethod
    def setUpClass(cls):
        try:
            cls.s3 = Swift()
        except parts.Missing as why:
            raise unittest.SkipTest(str(why)) from why
        cls.s3.__enter__()
        cls.addClassCleanup(cls.s3.end)

    def request(self):
        """(status, code of S3's error or None) of a signed request for the list of buckets."""
        body, _, status = self.vm.run(REQUEST).strip().rpartition("\n")
        code = re.search("<Code>(.*)</Code>", body)
        if not code:
            self.assertIn("<ListAllMyBucketsResult", body)
        return int(status), code and code.group(1)

    def told(self, *args, status=0):
        """Lines, and no warning."""
        result = self.run_tool(*args, status=status)
        self.assertEqual(result.err, "")
        return result.out.splitlines()

    def story(self, minutes, side, way):
        self.vm.set_s3(self.s3.port)
        self.addCleanup(self.vm.set_s3, None)
        self.vm.skew(60 * minutes)
        self.assertEqual(self.request(), (403, "RequestTimeTooSkewed"))
        mine, theirs = self.told("check", "--s3", "http://127.0.0.1:%d" % self.s3.port, status=3)
        self.assertRegex(mine, r"^engine is (20|19) min.* %s this machine \(±.*\); S3 refuses "
                               r"requests beyond 15 min$" % side)
        self.assertRegex(theirs, r"^engine is (20|19) min.* %s 127.0.0.1:%d \(±.*\): it refuses "
                                 r"requests \(RequestTimeTooSkewed, beyond 15 min\)" % (
                                     side, self.s3.port))
        line, = self.told()
        self.assertRegex(line, r"^engine was 20 min %s this machine \(±.*\): stepped %s; now " % (
            side, way))
        self.assertTold(line)
        self.assertEqual(self.request(), (200, None))

    def assertTold(self, line):
        """What is left, and how wrong that may be, is what the echo says."""
        now = re.search(r"; now (in step|(\S+) (\S+) (behind|ahead)) \(±(\S+) (\S+)\)$", line)
        self.assertTrue(now, line)
        left = 0
        if now.group(2):
            left = float(now.group(2)) * UNITS[now.group(3)]
            left *= -1 if now.group(4) == "behind" else 1
        true = self.vm.truth.offset()
        drift = 0.005  # since then, at most
        self.assertAlmostEqual(true.value, left, delta=(
            float(now.group(5)) * UNITS[now.group(6)] + true.bound + drift))

    @only("26.1")
    def test_behind(self):
        self.story(-20, "behind", "forward")

    @only("20.10")
    def test_ahead(self):
        self.story(20, "ahead of", "back")
