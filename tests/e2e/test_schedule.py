# SPDX-License-Identifier: Apache-2.0
"""The daily job: in a real user systemd, and as cron would run it."""

import json
import os
import shlex
import time

from bed import systemd
from bed.program import program
from case import Case

# busybox's crontab on a folder of the test's own: the machine's crontabs are never touched.
CRONTAB = """#!/bin/sh
exec busybox crontab -c "$HOME/crontabs" -u root "$@"
"""
LOGGER = """#!/bin/sh
exec cat >> "$HOME/logged"
"""


class Schedule(Case):
    def setUp(self):
        super().setUp()
        self.base()

    def stopped(self, name="old"):
        return self.api.run("bb:1", name=name)

    def gone(self, identity):
        return identity not in self.api.all_ids()["container"]

    # Under systemd

    def manager(self):
        manager = systemd.UserManager(self.user)
        self.addCleanup(manager.end)
        try:
            manager.start()
        except systemd.Missing as why:
            self.skipTest(str(why))
        return manager

    def test_systemd_timer_from_install_to_remove(self):
        manager = self.manager()
        old = self.stopped()
        keep = self.user.write("keep list", "web*\n")
        result = manager.hygiene("schedule", "prune", "--at", "03:30", "--older-than", "0",
                                 "--keep-file", keep, "--keep", "it's 100% $HOME*")
        self.assertEqual(result.status, 0, result)
        self.assertIn("daily at 03:30", result.out)

        timer = manager.systemctl("show", "docker-hygiene-prune.timer").out
        self.assertIn("ActiveState=active", timer)
        self.assertIn("UnitFileState=enabled", timer)
        status = json.loads(manager.hygiene("schedule", "status", "--format", "json").out)
        self.assertTrue(status["installed"])
        self.assertEqual(status["manager"], "systemd")
        self.assertEqual(status["last_runs"], [])
        self.assertRegex(status["next_run"], r"^20\d\d-\d\d-\d\dT")

        # What the timer does at 03:30 is to start the service.
        started = manager.systemctl("start", "docker-hygiene-prune.service")
        self.assertEqual(started.status, 0, started)
        self.assertTrue(self.gone(old), "the job removed nothing")
        argv = manager.systemctl("show", "-p", "ExecStart", "docker-hygiene-prune.service").out
        self.assertIn(program(), argv)
        status = json.loads(manager.hygiene("schedule", "status", "--format", "json").out)
        self.assertEqual(status["last_runs"][0]["removed"], 1)
        self.assertEqual(status["last_runs"][0]["status"], 0)
        text = manager.hygiene("schedule", "status")
        self.assertIn("03:30", manager.systemctl("cat", "docker-hygiene-prune.timer").out)
        self.assertRegex(text.out, r"Next run: +20\d\d-")
        self.assertRegex(text.out, r"done +1 +0 +0 ")

        result = manager.hygiene("schedule", "remove")
        self.assertEqual(result.status, 0, result)
        self.assertNotEqual(manager.systemctl("cat", "docker-hygiene-prune.timer").status, 0)
        units = os.path.join(self.user.env["XDG_CONFIG_HOME"], "systemd", "user")
        left = [name for _, folders, files in os.walk(units) for name in files]
        self.assertEqual(left, [])
        result = manager.hygiene("schedule", "remove")
        self.assertEqual((result.status, result.out), (0, "No daily prune is scheduled.\n"))

    def test_systemd_schedule_again_replaces(self):
        manager = self.manager()
        for at in ("01:15", "02:45"):
            result = manager.hygiene("schedule", "prune", "--at", at)
            self.assertEqual(result.status, 0, result)
        cat = manager.systemctl("cat", "docker-hygiene-prune.timer").out
        self.assertIn("02:45", cat)
        self.assertNotIn("01:15", cat)
        timers = manager.systemctl("list-timers", "--all", "--no-legend").out
        self.assertEqual(timers.count("docker-hygiene-prune.timer"), 1, timers)

    def test_systemd_failed_run_is_told(self):
        manager = self.manager()
        manager.hygiene("schedule", "prune")
        unit = os.path.join(self.user.env["XDG_CONFIG_HOME"], "systemd", "user",
                            "docker-hygiene-prune.service")
        with open(unit, encoding="utf-8") as file:
            text = file.read()
        with open(unit, "w", encoding="utf-8") as file:
            file.write(text.replace(self.user.host, "unix:///nowhere/docker.sock"))
        manager.systemctl("daemon-reload")
        self.assertNotEqual(manager.systemctl("start", "docker-hygiene-prune.service").status, 0)
        status = json.loads(manager.hygiene("schedule", "status", "--format", "json").out)
        self.assertEqual(status["last_runs"][0]["status"], 1)
        self.assertIn("failed", manager.hygiene("schedule", "status").out)

    # Under cron

    def cron(self):
        """PATH with crontab and logger of the test's own; the crontab's path."""
        tools = self.user.path("tools")
        for name, text in (("crontab", CRONTAB), ("logger", LOGGER)):
            os.makedirs(tools, exist_ok=True)
            self.user.write(os.path.join("tools", name), text, 0o755)
        os.makedirs(self.user.path("crontabs"))
        self.user.env["PATH"] = tools + ":" + self.user.env["PATH"]
        return self.user.path("crontabs/root")

    def lines(self, crontab):
        with open(crontab, encoding="utf-8") as file:
            return file.read().splitlines()

    def test_cron_entry_runs_as_cron_runs_it(self):
        crontab = self.cron()
        with open(crontab, "w", encoding="utf-8") as file:
            file.write("# mine\n5 5 * * * true\n")
        old = self.stopped()
        result = self.user.run("schedule", "prune", "--manager", "cron", "--older-than", "0",
                               "--keep", "100% sure*")
        self.assertEqual(result.status, 0, result)
        lines = self.lines(crontab)
        self.assertEqual(lines[:2], ["# mine", "5 5 * * * true"])
        entry = lines[-1].split(" ", 5)
        self.assertRegex(" ".join(entry[:5]), r"^[0-9]+ 4 \* \* \*$")
        # As cron does it: "\%" is a percent sign, /bin/sh, next to no environment.
        command = entry[5].replace("\\%", "%")
        result = self.user.command(["env", "-i", "HOME=" + self.user.env["HOME"], "/bin/sh", "-c",
                                    command])
        self.assertEqual(result.status, 0, result)
        self.assertTrue(self.gone(old), "the job removed nothing")
        with open(self.user.path("logged"), encoding="utf-8") as file:
            self.assertIn("1 container", file.read())
        status = self.user.run("schedule", "status", "--manager", "cron", "--format", "json").json
        self.assertEqual(status["last_runs"][0]["removed"], 1)
        self.assertGreater(status["next_run"], time.strftime("%Y-%m-%dT"))

        self.assertEqual(self.user.run("schedule", "remove", "--manager", "cron").status, 0)
        self.assertEqual(self.lines(crontab), ["# mine", "5 5 * * * true"])

    # Words that cannot be scheduled

    def test_refusals(self):
        crontab = self.cron()
        rows = (
            (("--at", "25:00"), 125, "04:00", "no such time"),
            (("--older-than", "soon"), 125, "--older-than", "prune's options are checked now"),
            (("--save-plan", "x"), 125, "one run", "a plan is for one run"),
            (("--apply", "x"), 125, "one run", "a plan is for one run"),
            (("--policy", "/nowhere/policy.json"), 1, "/nowhere/policy.json", "no such policy"),
            (("--keep", "two\nlines"), 1, "line break", "a crontab has lines"),
            (("--manager", "at"), 125, "systemd, cron or launchd", "no such scheduler"),
        )
        for args, status, text, why in rows:
            with self.subTest(why):
                result = self.user.run("schedule", "prune", "--manager", "cron", *args)
                self.assertEqual(result.status, status, result)
                self.assertIn(text, result.err)
                self.assertEqual(len(result.err.splitlines()), 1, result)
                self.assertFalse(os.path.exists(crontab), shlex.join(args))
