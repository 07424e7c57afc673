# SPDX-License-Identifier: Apache-2.0
"""The daily and the weekly job: in a real user systemd, and as cron would run them."""

import calendar
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

    # The weekly base build

    def recipe(self, folder="images", name="co/base"):
        """A base image that needs no registry; the folder of its recipe."""
        top = self.user.path(folder)
        os.makedirs(top)
        self.user.write(os.path.join(folder, "hygiene-base.json"),
                        {"images": [{"name": name, "inputs": ["content"]}]})
        self.user.write(os.path.join(folder, "content"), "1\n")
        self.user.write(os.path.join(folder, "Dockerfile"), "FROM scratch\nCOPY content /\n")
        return top

    def docker(self):
        """A docker to build with, first on PATH."""
        tools = self.user.path("tools")
        os.makedirs(tools, exist_ok=True)
        os.symlink(self.cli("system"), os.path.join(tools, "docker"))
        self.user.env["PATH"] = tools + ":" + self.user.env["PATH"]

    def test_systemd_base_build_from_install_to_remove(self):
        manager = self.manager()
        self.docker()
        top = self.recipe()
        result = manager.hygiene("schedule", "base", "--on", "sun", "--at", "03:30", "--file", top,
                                 "--max-wait", "5s")
        self.assertEqual(result.status, 0, result)
        self.assertIn("docker hygiene base build, weekly on Sunday at 03:30", result.out)
        timer = manager.systemctl("show", "docker-hygiene-base.timer").out
        self.assertIn("ActiveState=active", timer)
        self.assertIn("OnCalendar=Sun *-*-* 03:30:00", timer)
        # A day of the week that systemd knows: the next one is at most a week and the spread away.
        status = json.loads(manager.hygiene("schedule", "status", "base", "--format", "json").out)
        self.assertTrue(status["installed"])
        self.assertEqual(status["last_runs"], [])
        when = calendar.timegm(time.strptime(status["next_run"], "%Y-%m-%dT%H:%M:%SZ"))
        self.assertEqual(time.localtime(when - 1800).tm_wday, 6, status)
        self.assertLess(when - time.time(), 7 * 86400 + 1860)
        # The other job is neither there nor gone.
        both = json.loads(manager.hygiene("schedule", "status", "--format", "json").out)
        self.assertFalse(both["installed"])
        self.assertEqual((both["jobs"]["prune"]["installed"], both["jobs"]["base"]),
                         (False, status))
        self.assertIn("No daily prune is scheduled.", manager.hygiene("schedule", "status").out)

        for built in (1, 0):
            started = manager.systemctl("start", "docker-hygiene-base.service")
            self.assertEqual(started.status, 0, started)
            self.assertTrue(self.api.image("co/base:latest"))
            status = json.loads(manager.hygiene("schedule", "status", "base", "--format",
                                                "json").out)
            run = status["last_runs"][0]
            self.assertEqual((run["due"], run["built"], run["pushed"], run["status"]),
                             (built, built, 0, 0))
            self.assertNotIn("removed", run)
        self.assertEqual(len(status["last_runs"]), 2)
        text = manager.hygiene("schedule", "status")
        self.assertRegex(text.out, r"done +1 +1 +0\n")
        self.assertNotIn("FREED", text.out)

        # Without a word it is prune that is meant.
        result = manager.hygiene("schedule", "remove")
        self.assertEqual((result.status, result.out), (0, "No daily prune is scheduled.\n"))
        self.assertIn("schedule remove base", result.err)
        result = manager.hygiene("schedule", "remove", "base")
        self.assertEqual((result.status, result.out), (0, "Removed the weekly base build.\n"))
        units = os.path.join(self.user.env["XDG_CONFIG_HOME"], "systemd", "user")
        left = [name for _, folders, files in os.walk(units) for name in files]
        self.assertEqual(left, [])
        self.assertIn("No weekly base build", manager.hygiene("schedule", "remove", "base").out)

    def test_systemd_both_jobs(self):
        manager = self.manager()
        top = self.recipe()
        self.assertEqual(manager.hygiene("schedule", "prune").status, 0)
        self.assertEqual(manager.hygiene("schedule", "base", "--file", top).status, 0)
        timers = manager.systemctl("list-timers", "--all", "--no-legend").out
        for name in ("docker-hygiene-prune.timer", "docker-hygiene-base.timer"):
            self.assertEqual(timers.count(name), 1, timers)
        text = manager.hygiene("schedule", "status").out
        self.assertRegex(text, r"Scheduled: docker hygiene prune, daily, by systemd, ")
        self.assertRegex(text, r"\n\nScheduled: docker hygiene base build, weekly, by systemd, ")
        self.assertNotIn("base build", manager.hygiene("schedule", "status", "prune").out)
        self.assertNotIn("prune", manager.hygiene("schedule", "status", "base").out)
        self.assertIn("weekly base build stays", manager.hygiene("schedule", "remove").err)
        text = manager.hygiene("schedule", "status").out
        self.assertIn("\nNo daily prune is scheduled.\n", text)
        self.assertIn("base build, weekly", text)

    def test_cron_base_build_runs_as_cron_runs_it(self):
        crontab = self.cron()
        self.docker()
        top = self.recipe()
        # Without --file it is what is here.
        result = self.user.run("schedule", "base", "--manager", "cron", "--on", "wed", "--at",
                               "12:15", "--spread", "0s", cwd=top)
        self.assertEqual(result.status, 0, result)
        self.assertIn("weekly on Wednesday at 12:15, by cron", result.out)
        entry = self.lines(crontab)[-1].split(" ", 5)
        self.assertEqual(entry[:5], ["15", "12", "*", "*", "3"])
        status = self.user.run("schedule", "status", "base", "--manager", "cron", "--format",
                               "json").json
        when = calendar.timegm(time.strptime(status["next_run"], "%Y-%m-%dT%H:%M:%SZ"))
        local = time.localtime(when)
        self.assertEqual((local.tm_wday, local.tm_hour, local.tm_min), (2, 12, 15))
        self.assertTrue(0 <= when - time.time() <= 7 * 86400, status)
        command = entry[5].replace("\\%", "%")
        result = self.user.command(["env", "-i", "HOME=" + self.user.env["HOME"], "/bin/sh", "-c",
                                    command], cwd="/")
        self.assertEqual(result.status, 0, result)
        self.assertTrue(self.api.image("co/base:latest"))
        with open(self.user.path("logged"), encoding="utf-8") as file:
            self.assertIn("co/base", file.read())
        status = self.user.run("schedule", "status", "base", "--manager", "cron", "--format",
                               "json").json
        self.assertEqual(status["last_runs"][0]["built"], 1)
        self.assertEqual(self.user.run("schedule", "remove", "base", "--manager", "cron").status, 0)
        self.assertFalse(os.path.exists(crontab) and self.lines(crontab))

    def test_base_build_that_failed_is_told(self):
        crontab = self.cron()
        self.docker()
        top = self.recipe()
        self.user.run("schedule", "base", "--manager", "cron", "--file", top)
        self.user.write("images/Dockerfile", "FROM scratch\nCOPY nothing /\n")
        command = self.lines(crontab)[-1].split(" ", 5)[5].replace("\\%", "%")
        self.user.command(["/bin/sh", "-c", command])
        status = self.user.run("schedule", "status", "base", "--manager", "cron", "--format",
                               "json").json
        run = status["last_runs"][0]
        self.assertEqual((run["due"], run["built"], run["status"]), (1, 0, 1))
        self.assertIn("failed", self.user.run("schedule", "status", "base", "--manager",
                                              "cron").out)

    def test_base_job_keeps_what_docker_needs(self):
        crontab = self.cron()
        top = self.recipe()
        result = self.user.run("schedule", "base", "--manager", "cron", "--force", "--cascade",
                               "--push", "--use-cache", cwd=top, env={
                                   "DOCKER_BUILDKIT": "0", "DOCKER_AUTH_CONFIG": '{"auths":{}}',
                                   "DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND": "../bin/docker"})
        self.assertEqual(result.status, 0, result)
        entry = self.lines(crontab)[-1]
        for words in ("DOCKER_BUILDKIT='0'", "--force", "--cascade", "--push", "--use-cache",
                      "ORIGINAL_CLI_COMMAND='%s/../bin/docker'" % top,
                      "'--file=%s/hygiene-base.json'" % top):
            self.assertIn(words, entry)
        self.assertNotIn("AUTH_CONFIG", entry)
        self.assertIn("DOCKER_AUTH_CONFIG is left out", result.err)

    def test_base_refusals(self):
        crontab = self.cron()
        top = self.recipe()
        self.user.write("broken.json", {"images": [{"nam": "x"}]})
        rows = (
            (("--on", "mo"), 125, "day of the week", "no such day"),
            (("--at", "25:00"), 125, "04:00", "no such time"),
            (("--dry-run",), 125, "one run", "it would build nothing"),
            (("--max-wait", "soon"), 125, "--max-wait", "build's options are checked now"),
            (("--file", self.user.path("nowhere")), 1, "nowhere", "no such file"),
            (("--file", self.user.path("broken.json")), 125, "nam", "what is in it is checked"),
            (("--push=perhaps",), 125, "--push", "no truth value"),
        )
        for args, status, text, why in rows:
            with self.subTest(why):
                result = self.user.run("schedule", "base", "--manager", "cron", *args, cwd=top)
                self.assertEqual(result.status, status, result)
                self.assertIn(text, result.err)
                self.assertEqual(len(result.err.splitlines()), 1, result)
                self.assertFalse(os.path.exists(crontab), shlex.join(args))
        for verb in ("status", "remove"):
            result = self.user.run("schedule", verb, "nosuch", "--manager", "cron")
            self.assertEqual(result.status, 125, result)
            self.assertIn("prune or base", result.err)

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
