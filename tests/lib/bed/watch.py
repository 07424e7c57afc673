# SPDX-License-Identifier: Apache-2.0
"""A running `docker timesync watch`, and the events that it tells."""

import json
import signal
import subprocess
import threading
import time

# Processes under ASan on a busy machine; nothing is about being fast but where a test says so.
PATIENCE_S = 60


class Watch:
    """Started as a User of bed.program; its events so far."""

    def __init__(self, user, args, env):
        self.events = []
        self.more = threading.Condition()
        self.process = user.start(["watch", "--format", "json"] + list(args), env=env)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            with self.more:
                self.events.append(json.loads(line))
                self.more.notify_all()
        with self.more:
            self.events.append({"event": "end of output"})
            self.more.notify_all()

    def names(self):
        with self.more:
            return [row["event"] for row in self.events]

    def until(self, name, seconds=PATIENCE_S, after=0):
        """The first event of that name, from index `after` on."""
        deadline = time.monotonic() + seconds
        with self.more:
            while True:
                for row in self.events[after:]:
                    if row["event"] == name:
                        return row
                    if row["event"] == "end of output":
                        raise AssertionError("ended: %r, %r" % (
                            self.events, self.process.stderr.read()))
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError("no %r in %r" % (name, self.events))
                self.more.wait(left)

    def mark(self):
        """Where the events that come from now on begin."""
        with self.more:
            return len(self.events)

    def stop(self, number=signal.SIGTERM):
        """(exit status, stderr)."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        self.reader.join()
        return self.process.returncode, self.process.stderr.read().decode()

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.reader.join()
        self.process.stdout.close()
        self.process.stderr.close()
