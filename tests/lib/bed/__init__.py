# SPDX-License-Identifier: Apache-2.0
"""What the tests stand on: real engines, docker CLIs, a client of the engine's API, images made here.

Only Python's standard library is used, so that a fresh Debian or Ubuntu runs it as it is.

  bed.parts     which engines and docker CLIs this machine has, and why others are missing
  bed.engine    starts a dockerd of its own, and ends exactly what it started
  bed.podman    starts a Podman service of its own, the same way
  bed.registry  starts a registry of its own, with htpasswd or a token server
  bed.http      asks an engine over its socket, independent of the code under test
  bed.archive   images of chosen layers as `docker load` archives
  bed.program   runs the program under test: directly, through a docker CLI, or on a terminal
  bed.peek      looks for secrets in the memory of a command and of all that it starts
  bed.vm        an engine in a virtual machine, whose clock the tests may set (vmimage: its disk,
                truth: what its clock says, qmp and relay: other ways in)
  bed.runner    runs a folder of tests once per engine
  bed.report    the lines about engines, CLIs and skips that .ci/run reads
"""

import os

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


class BedError(Exception):
    """The bed itself failed; never a finding about the program under test."""


class Started:
    """A part with start() and end(), as a context manager; what does not start is ended, too."""

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_):
        self.end()
