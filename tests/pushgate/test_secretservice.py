# SPDX-License-Identifier: Apache-2.0
"""The Secret Service as a store, on a gnome-keyring-daemon of each test's own."""

import json
import os
import signal
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

import keyring
import storecase

WHY_NOT = keyring.missing()
LOCKED = ("denied", "the keyring is locked; unlock it")
HUNG = ("timeout", "the keyring did not answer within 2 s")


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Case(storecase.Case):
    def session(self, **how):
        session = keyring.Session(**how)
        self.addCleanup(session.close)
        return session, storecase.storectl("secretservice", session.env)

    def all_fail(self, store, kind, text):
        """At the same time, since some of them wait."""
        calls = (lambda: store.get("reg"), lambda: store.store("reg", "u", "new"),
                 lambda: store.erase("reg"), store.list)
        with ThreadPoolExecutor(len(calls)) as pool:
            for answer in [one.result() for one in [pool.submit(call) for call in calls]]:
                self.failed(answer, kind, text)


class Unlocked(Case):
    def test_keeps_lists_and_erases(self):
        _, store = self.session()
        self.failed(store.get("reg"), "not-found", storecase.NOT_FOUND)
        self.assertEqual(self.names(store.list()), {})
        self.done(store.erase("reg"))
        self.done(store.store("reg.example:5000", "u", "geheim"))
        self.done(store.store("https://index.docker.io/v1/", "h", ""))
        self.assertEqual(self.kept(store.get("reg.example:5000")), ("u", "geheim"))
        self.assertEqual(self.kept(store.get("docker.io")), ("h", ""))
        self.assertEqual(self.names(store.list()),
                         {"reg.example:5000": "u", "https://index.docker.io/v1/": "h"})
        self.done(store.erase("https://REG.example:5000/"))
        self.failed(store.get("reg.example:5000"), "not-found", storecase.NOT_FOUND)
        self.assertEqual(self.names(store.list()), {"https://index.docker.io/v1/": "h"})

    def test_every_byte_survives(self):
        _, store = self.session()
        for secret in ("q\"\\\n\t", "\x00\x01", "ж€😀", "x" * 300000, "<token>"):
            self.done(store.store("reg", "ü", secret))
            self.assertEqual(self.kept(store.get("reg")), ("ü", secret))

    def test_what_is_no_text_is_refused_and_not_found(self):
        _, store = self.session()
        self.failed(store.call("store", storecase.credential("reg", "XX", "s").replace(b"XX", b"\xff")),
                    "input", "not UTF-8")
        self.failed(store.call("get", b"\xff"), "not-found", storecase.NOT_FOUND)
        self.done(store.call("erase", b"\xff"))

    def test_no_account_and_no_spelling_is_left(self):
        session, store = self.session()
        self.done(store.store("reg", "alice", "one"))
        self.done(store.store("reg", "bob", "two"))
        self.assertEqual([item["secret"] for item in session.items("docker_cli", "1")], ["two"])
        self.done(store.store("https://REG/v2/", "carol", "three"))
        self.assertEqual(self.kept(store.get("reg")), ("carol", "three"))
        self.assertEqual([item["secret"] for item in session.items("docker_cli", "1")], ["three"])

    def test_others_items_are_let_alone(self):
        session, store = self.session()
        session.add("of a person", b"mine", server="reg", username="u", docker_cli="1")
        session.add("of git", b"mine", server="reg", user="u", protocol="https")
        self.failed(store.get("reg"), "not-found", storecase.NOT_FOUND)
        self.done(store.store("reg", "u", "docker's"))
        self.done(store.erase("reg"))
        self.assertEqual([item["secret"] for item in session.items("server", "reg")],
                         ["mine", "mine"])

    def test_libraries_write_nothing(self):
        _, store = self.session()
        noisy = {"G_MESSAGES_DEBUG": "all", "LIBSECRET_DEBUG": "all", "SECRET_DEBUG": "all"}
        self.done(store.store("reg", "u", "s", **noisy))
        self.assertEqual(self.kept(store.get("reg", **noisy)), ("u", "s"))
        self.done(store.erase("reg", **noisy))


class Locked(Case):
    def test_is_said_and_nothing_is_lost(self):
        session, store = self.session()
        self.done(store.store("reg", "u", "old"))
        session.lock()
        self.failed(store.get("reg"), *LOCKED)
        self.failed(store.get("https://reg"), *LOCKED)
        self.failed(store.get("other"), "not-found", storecase.NOT_FOUND)
        self.failed(store.store("other", "u", "new"), *LOCKED)
        self.assertEqual(self.names(store.list()), {"reg": "u"})
        session.stop_daemon()
        session.start_daemon()
        self.assertEqual(self.kept(store.get("reg")), ("u", "old"))

    def test_erase_does_not_lie(self):
        session, store = self.session()
        self.done(store.store("reg", "u", "old"))
        session.lock()
        self.failed(store.erase("reg"), *LOCKED)
        self.done(store.erase("other"))
        session.stop_daemon()
        session.start_daemon()
        self.assertEqual(self.kept(store.get("reg")), ("u", "old"))
        self.done(store.erase("reg"))
        self.assertEqual(session.items("docker_cli", "1"), [])

    def test_nobody_is_prompted(self):
        """With a display a prompt would stand there for as long as nobody answers."""
        session, store = self.session()
        self.done(store.store("reg", "u", "old"))
        session.lock()
        seen = os.path.join(session.top, "seen")
        with open(seen, "wb") as out:
            session.start(["dbus-monitor", "--session", "interface=org.freedesktop.Secret.Service",
                           "interface=org.freedesktop.Secret.Prompt"], out=out)
        session.wait("the monitor", lambda: os.path.getsize(seen) > 0)
        for answer in (store.get("reg"), store.store("reg", "u", "new"), store.erase("reg")):
            self.failed(answer, *LOCKED)

        def text():
            with open(seen, encoding="utf-8", errors="replace") as lines:
                return lines.read()

        session.wait("three requests", lambda: text().count("member=Unlock") >= 3)
        self.assertNotIn("interface=org.freedesktop.Secret.Prompt; member=Prompt", text())

    def test_the_mend_that_is_named_mends(self):
        session, store = self.session()
        self.done(store.store("reg", "u", "old"))
        session.lock()
        argv = store.get("reg").text.split("or: ")[1].rstrip(")").split()
        session.start(argv + ["--foreground", "--components=secrets"], session.password.encode())
        session.wait("the new daemon", lambda: session.daemon.poll() is not None)
        session.wait("an open keyring", lambda: store.get("reg").status == 0)

    def test_without_a_password_opens_by_itself(self):
        session, store = self.session(daemon=False)
        folder = os.path.join(session.env["XDG_DATA_HOME"], "keyrings")
        os.makedirs(folder)
        for name, text in (("login.keyring", "[keyring]\ndisplay-name=login\nctime=1\nmtime=1\n"
                            "lock-on-idle=false\nlock-after=false\n"), ("default", "login")):
            with open(os.path.join(folder, name), "w", encoding="ascii") as out:
                out.write(text)
        session.password = None
        session.start_daemon()
        session.lock()
        self.done(store.store("reg", "u", "s"))
        session.lock()
        self.assertEqual(self.kept(store.get("reg")), ("u", "s"))
        session.lock()
        self.done(store.erase("reg"))
        self.assertEqual(self.names(store.list()), {})


class Absent(Case):
    def test_no_daemon(self):
        _, store = self.session(daemon=False)
        self.all_fail(store, "unreachable", "no Secret Service is reachable (nothing on the D-Bus")

    def test_no_bus(self):
        _, store = self.session(daemon=False)
        store.env = dict(store.env, DBUS_SESSION_BUS_ADDRESS="", XDG_RUNTIME_DIR="")
        self.all_fail(store, "unreachable", "no Secret Service is reachable (no D-Bus session)")

    def test_dead_bus(self):
        _, store = self.session(daemon=False)
        store.env = dict(store.env, DBUS_SESSION_BUS_ADDRESS="unix:path=/nonexistent/bus")
        self.all_fail(store, "unreachable", "no Secret Service is reachable (no D-Bus session)")

    def test_no_default_collection(self):
        _, store = self.session(password=None)
        self.failed(store.get("reg"), "not-found", storecase.NOT_FOUND)
        self.failed(store.store("reg", "u", "s"), "unreachable",
                    "the keyring has no default collection; make one")
        self.done(store.erase("reg"))
        self.assertEqual(self.names(store.list()), {})

    def test_the_bus_of_the_runtime_directory(self):
        session, store = self.session()
        del session.env["DBUS_SESSION_BUS_ADDRESS"]
        self.done(store.store("reg", "u", "s"))
        self.assertEqual(self.kept(store.get("reg")), ("u", "s"))


class Hung(Case):
    def stopped(self, who):
        session, store = self.session()
        self.done(store.store("reg", "u", "old"))
        os.kill(getattr(session, who).pid, signal.SIGSTOP)
        began = time.monotonic()
        self.all_fail(store, *HUNG)
        self.assertGreaterEqual(time.monotonic() - began, 2)
        os.kill(getattr(session, who).pid, signal.SIGCONT)
        self.assertEqual(self.kept(store.get("reg"))[0], "u")

    def test_daemon(self):
        self.stopped("daemon")

    def test_bus(self):
        self.stopped("bus")

    def test_daemon_killed_while_it_is_asked(self):
        session, store = self.session()
        os.kill(session.daemon.pid, signal.SIGSTOP)
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(store.get, "reg")
            time.sleep(0.3)
            session.stop_daemon()
            self.assertEqual(answer.result().kind, "unreachable", answer.result())


class Push(Case):
    """What CI stored is no business of the Secret Service."""

    def test_is_not_there(self):
        session, store = self.session()
        path = os.path.join(session.top, "state", "push.json")
        push = storecase.storectl("push:" + path, session.env)
        self.done(push.store("reg", "ci", "push-secret"))
        self.assertEqual(self.kept(push.get("https://reg")), ("ci", "push-secret"))
        self.failed(store.get("reg"), "not-found", storecase.NOT_FOUND)
        self.assertEqual(self.names(store.list()), {})
        self.assertEqual(json.loads(push.list().out), {"reg": "ci"})


if __name__ == "__main__":
    unittest.main()
