# SPDX-License-Identifier: Apache-2.0
"""A TCP proxy on loopback that adds delay, as a network between two machines would."""

import asyncio
import threading


class Slowly:
    """host: where to connect to instead of `to` (both "address:port").

    delay  seconds from a byte's coming in on the way there to its going out; answers are not held
           back, so this is what a round trip takes longer. May be changed at any time; bytes under
           way do not wait for each other.
    """

    def __init__(self, to, delay=0.0):
        self.to = to.rsplit(":", 1)
        self.delay = delay
        self.loop = asyncio.new_event_loop()
        self.server = self.loop.run_until_complete(
            asyncio.start_server(self.serve, "127.0.0.1", 0, backlog=1024))
        self.host = "127.0.0.1:%d" % self.server.sockets[0].getsockname()[1]
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        self.loop.call_soon_threadsafe(self.server.close)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(20)

    async def serve(self, reader, writer):
        try:
            there_reader, there_writer = await asyncio.open_connection(*self.to)
        except OSError:
            writer.close()
            return
        await asyncio.gather(self.copy(reader, there_writer, True),
                             self.copy(there_reader, writer, False), return_exceptions=True)

    async def copy(self, reader, writer, slow):
        """What comes in goes out in its order, each piece `delay` after it came."""
        pieces = asyncio.Queue()
        sender = asyncio.ensure_future(self.send(pieces, writer))
        try:
            data = True
            while data:
                data = await reader.read(65536)
                pieces.put_nowait((self.loop.time() + (self.delay if slow else 0), data))
            await sender
        finally:
            sender.cancel()

    async def send(self, pieces, writer):
        while True:
            at, data = await pieces.get()
            left = at - self.loop.time()
            if left > 0:
                await asyncio.sleep(left)
            if not data:
                writer.close()
                return
            writer.write(data)
            await writer.drain()
