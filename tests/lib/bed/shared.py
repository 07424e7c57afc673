# SPDX-License-Identifier: Apache-2.0
"""What serves all tests of a module: started once, and ended with the last that was started first."""

import unittest

from . import parts


class Shared(dict):
    """Things by name. Those that have an end() are ended by it."""

    def up(self, start):
        """start() puts in what it starts; raises SkipTest with the reason where it cannot be."""
        try:
            start()
        except parts.Missing as why:
            self.down()
            raise unittest.SkipTest(str(why)) from why
        except BaseException:
            self.down()
            raise

    def down(self):
        for name in reversed(list(self)):
            end = getattr(self.pop(name), "end", None)
            if end:
                end()
