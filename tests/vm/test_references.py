# SPDX-License-Identifier: Apache-2.0
"""docker timesync with a real NTP server: chronyd, on loopback inside the machine. It tells the
machine's own clock or what it is told by hand, and leaves that clock alone."""

import socket
import struct
import time

from bed.runner import only
from bed.truth import Offset
from case import SECOND, Case

CONTROL = "/run/chrony/chronyd.sock"
CHRONYD = ("chmod 750 /run/chrony; chronyd -x -u root 'local stratum 5' manual 'allow 127.0.0.1' "
           "'pidfile /run/chrony/pid' 'bindcmdaddress %s'" % CONTROL)
SETTIME = "chronyc -h %s settime '%s'"
EPOCH = 2208988800  # 1970, in seconds of NTP


def ntp_time(data):
    seconds, fraction = struct.unpack(">II", data)
    return (seconds - EPOCH) * SECOND + (fraction * SECOND >> 32)


class Ntp(Case):
    def setUp(self):
        super().setUp()
        self.vm.run(CHRONYD)
        self.addCleanup(self.vm.run, "kill $(cat /run/chrony/pid)")
        self.reference = "ntp:127.0.0.1:%d" % self.vm.ntp.port
        self.server()

    def server(self, seconds=10):
        """What the server's time is beside this machine's, by one exchange of our own."""
        deadline = time.monotonic() + seconds
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
            link.settimeout(1)
            while True:
                began = time.time_ns()
                link.sendto(b"\x23" + bytes(47), ("127.0.0.1", self.vm.ntp.port))
                try:
                    told = link.recv(512)
                    return Offset(ntp_time(told[40:48]) - time.time_ns(),
                                  ntp_time(told[32:40]) - began)
                except TimeoutError:
                    self.assertLess(time.monotonic(), deadline, "chronyd does not answer")

    @only("20.10")
    def test_this_machine_is_the_wrong_one(self):
        """So the server says, which has the engine's clock; and neither is set."""
        self.vm.skew(-1200)
        result = self.run_tool("check", "--reference", self.reference, "--format", "json",
                               status=None)
        told = result.json
        self.assertIn((told["verdict"], result.status), (("in-step", 0), ("unknown", 1)))
        self.assertLessEqual(told["lo_ns"], 0)
        self.assertGreaterEqual(told["hi_ns"], 0)
        result = self.run_tool("--verify", self.reference, status=3)
        self.assertRegex(result.err, r"\Adocker timesync sync: warning: this machine's own clock is"
                                     r" 20 min ahead of %s \(±.*\)\n\Z" % self.reference)
        self.assertRegex(result.out, r"\Aengine is 20 min behind this machine \(±.*\): not "
                                     r"corrected: this machine's own clock is wrong\n"
                                     r"  engine +[0-9TZ:.-]+\n  this machine +[0-9TZ:.-]+\n"
                                     r"Correct this machine's clock first.\n\Z")
        self.assertOff(-1200)

    @only("26.1")
    def test_the_engine_is_set_to_the_server(self):
        self.vm.skew(-20)
        self.vm.run(SETTIME % (CONTROL, time.strftime("%b %d, %Y %H:%M:%S",
                                                      time.gmtime(time.time() + 90))))
        server = self.server()
        self.assertAlmostEqual(server.value, 90, delta=5)
        told = self.json("--reference", self.reference)
        self.assertEqual((told["outcome"], told["reason"]), ("corrected", "behind"))
        self.assertEqual(told["before"]["reference"], self.reference)
        before = told["before"]["offset_ns"] / SECOND
        self.assertAlmostEqual(before, -20 - server.value, delta=0.1)
        self.assertOff(server.value)
        true = self.vm.truth.offset()
        off = told["after"]
        self.assertLessEqual(off["lo_ns"] / SECOND, true.hi - server.lo + 0.005, (told, true))
        self.assertGreaterEqual(off["hi_ns"] / SECOND, true.lo - server.hi - 0.005, (told, true))
