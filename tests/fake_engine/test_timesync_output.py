# SPDX-License-Identifier: Apache-2.0
"""docker timesync: what was found out is told, whatever the words and whoever else fails."""

import os
import select
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from timecase import SECOND, TimeCase

from bed.program import finish


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self.server.answer(self)

    do_GET = do_HEAD

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, address):
        """A client that went away is none of ours."""


def dated(handler):
    handler.send_response(403)  # with Date
    handler.send_header("Content-Length", "0")
    handler.end_headers()


class ServerCase(TimeCase):
    def server(self, answer=dated):
        """A web server on loopback; its address."""
        server = Server(("127.0.0.1", 0), Handler)
        server.answer = answer
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return "http://127.0.0.1:%d" % server.server_port


class AnyBytes(ServerCase):
    """Arguments and paths need not be UTF-8; JSON must."""

    odd = os.fsdecode(b"\xff")

    def start_odd(self, offset):
        self.start_engine(offset)
        path = os.path.join(self.user.home, self.odd)
        os.symlink(self.fake.socket, path)
        self.user.host = "unix://" + path
        return "unix://%s/?" % self.user.home

    def test_the_engines_address(self):
        told_as = self.start_odd(-20 * SECOND)
        self.assertEqual(self.run_json("check", status=3)["engine"], told_as)
        told = self.run_json("sync")
        self.assertEqual((told["engine"], told["outcome"]), (told_as, "corrected"))

    def test_the_address_of_s3(self):
        self.start_engine()
        url = self.server()
        told = self.run_json("check", "--s3", url + "/" + self.odd)
        self.assertEqual((told["s3"]["url"], told["s3"]["requests"]), (url + "/?", "accepted"))


def undated(handler):
    handler.send_response_only(403)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def aged(handler):
    handler.send_response(200)
    handler.send_header("Age", "7")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def silent(handler):
    handler.close_connection = True


class FailingServers(ServerCase):
    def test_what_was_measured_is_told(self):
        """The status is that of the comparison with the reference."""
        for offset, status in ((0, 0), (-20 * SECOND, 3)):
            for answer in (undated, aged, silent):
                with self.subTest(offset=offset, answer=answer.__name__):
                    self.start_engine(offset)
                    url = self.server(answer)
                    told = self.run_json("check", "--s3", url, status=status)
                    self.assertInside(told, offset)
                    self.assertIsNone(told["s3"])
                    self.run_text("check", "--s3", url, status=status,
                                  says=["engine is ", "that server of S3", url])
                    self.run_text("check", "--s3", url, "--quiet", status=status)

    def test_nobody_listens(self):
        self.start_engine(-20 * SECOND)
        told = self.run_json("check", "--s3", "http://127.0.0.1:1", status=3)
        self.assertIsNone(told["s3"])

    def test_without_the_option_there_is_no_such_member(self):
        self.start_engine()
        self.assertNotIn("s3", self.run_json("check"))


class Swept(TimeCase):
    """What other runs left is looked for once the result is told."""

    def test_a_list_that_never_comes(self):
        self.start_engine(-20 * SECOND)
        self.fake.on("GET", "/containers/json").hang()
        process = self.user.start(["sync", "--format", "json"])
        deadline = time.monotonic() + 30
        while not self.fake.seen("GET", "/containers/json") and time.monotonic() < deadline:
            time.sleep(0.01)
        told = bool(select.select([process.stdout], [], [], 0)[0])
        result = finish(process, timeout=30)
        self.assertTrue(told, "nothing was told before the list was asked for")
        self.assertEqual((result.status, result.err), (0, ""), result)
        self.assertEqual(result.json["outcome"], "corrected")
