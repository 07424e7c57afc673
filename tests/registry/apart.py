# SPDX-License-Identifier: Apache-2.0
"""A network and names of their own for one test: what it starts sees a loopback interface that has
public and private addresses, and nothing else. Needs root.

    @apart({"93.184.216.1": ["registry.test"], "10.0.0.5": []})
    def test_x(self): ...
"""

import ctypes
import functools
import os
import subprocess
import tempfile
import threading
import unittest

CLONE_NEWNS, CLONE_NEWNET = 0x20000, 0x40000000


def run(*argv):
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                   stderr=subprocess.PIPE)


def move_in(addresses):
    """The calling thread alone, and what it starts."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET | CLONE_NEWNS) != 0:
        raise unittest.SkipTest("a network of its own: " + os.strerror(ctypes.get_errno()))
    run("mount", "--make-rprivate", "/")
    run("ip", "link", "set", "lo", "up")
    with tempfile.NamedTemporaryFile("w", encoding="ascii") as hosts:
        hosts.write("127.0.0.1 localhost\n")
        for address, names in addresses.items():
            run("ip", "address", "add", address + ("/128" if ":" in address else "/32"),
                *(["nodad"] if ":" in address else []), "dev", "lo")
            hosts.writelines("%s %s\n" % (address, name) for name in names)
        hosts.flush()
        run("mount", "--bind", hosts.name, "/etc/hosts")


def apart(addresses):
    def decorate(test):
        @functools.wraps(test)
        def wrapper(self):
            failed = []

            def live():
                try:
                    move_in(addresses)
                    test(self)
                except BaseException as error:  # pylint: disable=broad-except
                    failed.append(error)

            thread = threading.Thread(target=live)
            thread.start()
            thread.join()
            if failed:
                raise failed[0]
        return wrapper
    return decorate
