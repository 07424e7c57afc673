# SPDX-License-Identifier: Apache-2.0
"""docker timesync watch --install, in a real user systemd."""

import json
import os
import shutil
import time

from timecase import SECOND, TimeCase

from bed import program, systemd

UNIT = "docker-timesync-watch.service"

# $1: a folder, $2: the program, and its arguments
UNSEEN = """
set -e
folder=$1 program=$2
mount -t tmpfs tmpfs "$folder"
cp "$program" "$folder/docker-timesync"
shift 2
exec "$folder/docker-timesync" "$@"
"""


class Service(TimeCase):
    def setUp(self):
        self.start_engine(-20 * SECOND)
        self.manager = systemd.UserManager(self.user)
        self.addCleanup(self.manager.end)
        try:
            self.manager.start()
        except systemd.Missing as why:
            self.skipTest(str(why))
        # The manager ends without stopping its units.
        self.addCleanup(self.manager.systemctl, "stop", UNIT)
        self.path = os.path.join(self.user.env["XDG_CONFIG_HOME"], "systemd", "user", UNIT)

    def watch(self, *args, status=0, program=None):
        argv = self.user.argv(("watch",) + args)
        result = self.manager.command([program or argv[0]] + argv[1:])
        self.assertEqual(result.status, status, result)
        return result

    def state(self):
        """What systemd knows of the unit."""
        text = self.manager.systemctl("show", UNIT).out
        return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)

    def assertWatches(self):
        deadline = time.monotonic() + 30
        while not self.guest.steps:
            self.assertLess(time.monotonic(), deadline, self.state())
            time.sleep(0.05)
        told = json.loads(self.watch("--status", "--format", "json").out)
        self.assertTrue(told["running"], told)

    def units(self):
        """Every file and link below the folder of units."""
        return sorted(name for _, _, files in os.walk(os.path.dirname(self.path))
                      for name in files)

    def assertNoUnit(self):
        self.assertEqual(self.units(), [])
        state = self.state()
        self.assertEqual((state["LoadState"], state["ActiveState"]), ("not-found", "inactive"))

    def test_from_install_to_uninstall(self):
        self.watch("--install", "--interval", "1s")
        self.assertWatches()
        self.watch("--uninstall")
        self.assertNoUnit()

    def test_any_path_of_the_program(self):
        """systemd expands no variables in the first word, and specifiers everywhere."""
        folder = self.user.path("a $HOME 100% ${x} $$ %h ü")
        os.mkdir(folder)
        copy = shutil.copy(program.program("timesync"), folder)
        self.watch("--install", program=copy)
        self.assertWatches()
        self.watch("--uninstall", program=copy)
        self.assertNoUnit()

    def test_a_path_that_systemd_refuses(self):
        folder = self.user.path("it's")
        os.mkdir(folder)
        copy = shutil.copy(program.program("timesync"), folder)
        result = self.watch("--install", program=copy, status=1)
        self.assertIn("systemd starts no program", result.err)
        self.assertNoUnit()

    def unseen(self, *args):
        """Installs from a program that only this command sees, and systemd cannot start."""
        folder = self.user.path("unseen")
        os.makedirs(folder, exist_ok=True)
        argv = self.user.argv(("watch", "--install") + args)
        result = self.manager.command(["unshare", "--mount", "--propagation", "private", "sh",
                                       "-c", UNSEEN, "unseen", folder] + argv)
        self.assertEqual(result.status, 1, result)
        return result

    def test_what_does_not_start_is_not_left(self):
        """A unit that systemd cannot start would be tried again for ever, at each login, too."""
        result = self.unseen()
        self.assertIn("systemctl", result.err)
        self.assertNoUnit()

    def test_the_one_before_stays(self):
        self.watch("--install", "--interval", "1s")
        self.assertWatches()
        with open(self.path, encoding="utf-8") as file:
            before = file.read()
        self.unseen("--interval", "2s")
        with open(self.path, encoding="utf-8") as file:
            self.assertEqual(file.read(), before)
        state = self.state()
        self.assertEqual((state["ActiveState"], state["UnitFileState"]), ("active", "enabled"))
        self.guest.offset -= 20 * SECOND
        del self.guest.steps[:]
        self.assertWatches()
