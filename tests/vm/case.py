# SPDX-License-Identifier: Apache-2.0
"""What all tests in virtual machines share: one machine per run, and assertions about clocks."""

import json
import unittest

from bed import program, vm

# What one run uses; set by Used before the first test.
SHARED = {}
LABEL = "io.github.docker-hygiene.timesync"
HELPER = "docker-timesync/helper:"
# The tool's own words, in seconds.
LEAST = 0.010


class Used:
    """The virtual machine of this run."""

    def __init__(self, name):
        self.name = name
        self.machine = None
        self.engine_told = None
        self.clis = []
        SHARED["name"] = name

    def begin(self):
        self.machine = vm.Machine(self.name)
        self.machine.start()
        told = self.machine.api.info()
        self.engine_told = (told["ServerVersion"].split("+")[0], told["Driver"])
        SHARED["machine"] = self.machine

    def end(self):
        if self.machine:
            self.machine.end()


class Case(unittest.TestCase):
    """One test on the shared machine; its clock is as the test before left it."""

    maxDiff = None

    def setUp(self):
        self.vm = SHARED["machine"]
        self.user = program.User(self.vm.host, "timesync")
        self.addCleanup(self.user.end)
        self.addCleanup(self.nothing_left)

    def nothing_left(self):
        """No container is left over, whatever the test did."""
        self.assertEqual([], [(row["Names"], row["State"]) for row in self.vm.api.containers()])

    # Running the program

    def run_tool(self, *args, status=0, **more):
        result = self.user.run(*args, **more)
        self.assertEqual(status, result.status, result)
        return result

    def json(self, *args, **more):
        """The document that a command prints with --format json."""
        return self.run_tool(*args, "--format", "json", **more).json
