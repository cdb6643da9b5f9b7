"""A TCP proxy between a client and a server of a test, which can do to a connection what networks do.

    link = fault_proxy.Link(aggregator.grpc)   # clients connect to link.address
    link.set(delay=0.05)                       # each piece comes so much later
    link.set(stall=True)                       # nothing is read or passed on, as from a peer that hangs
    link.set(hole=True)                        # everything is swallowed: half-open, as from a peer that is gone
    link.set()                                 # as a good network again
    link.cut()                                 # ends each connection in order
    link.reset()                               # the same with RST, as from a peer that crashed
    link.orphan(0.5)                           # resets the clients' side; what was under way arrives so much later
    link.set(refuse=True)                      # new connections are reset

Thread safety: any thread may call any method. It runs on a thread of its own until close().
"""

import asyncio
import socket
import struct
import threading


class Link:
    def __init__(self, target):
        host, _, port = target.rpartition(":")
        self._target = ("127.0.0.1" if host == "localhost" else host, int(port))
        self._connections = set()  # both sides of each
        self._clients = set()      # the clients' sides
        self._late = {}            # servers' sides of orphans: by how many seconds what they are sent is late
        self.accepted = 0  # connections so far
        self._delay, self._stall, self._hole, self._refuse = 0, False, False, False
        self._loop = asyncio.new_event_loop()
        self._server = None
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        ready.wait()

    def set(self, delay=0, stall=False, hole=False, refuse=False):
        self._call(self._set, delay, stall, hole, refuse)

    def cut(self):
        self._call(self._end_all, False)

    def reset(self):
        self._call(self._end_all, True)

    def orphan(self, seconds):
        self._call(self._orphan, seconds)

    def close(self):
        if self._thread.is_alive():
            self._call(self._end_all, True)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def _run(self, ready):
        asyncio.set_event_loop(self._loop)
        self._server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=2048))
        self.address = "127.0.0.1:%d" % self._server.sockets[0].getsockname()[1]
        self._healthy = asyncio.Event()
        self._healthy.set()
        ready.set()
        self._loop.run_forever()
        self._server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def _call(self, function, *args):
        done = threading.Event()

        def call():
            try:
                function(*args)
            finally:
                done.set()
        self._loop.call_soon_threadsafe(call)
        done.wait()

    def _set(self, delay, stall, hole, refuse):
        if self._hole and not hole:  # bytes are missing: such a connection is of no use any more
            self._end_all(True)
        self._delay, self._stall, self._hole, self._refuse = delay, stall, hole, refuse
        if stall:
            self._healthy.clear()
        else:
            self._healthy.set()

    def _end_all(self, hard):
        for writer in list(self._connections):
            self._end(writer, hard)

    def _orphan(self, seconds):
        for writer in [writer for writer in self._connections if writer not in self._late]:
            if writer in self._clients:
                self._end(writer, True)
            else:
                self._late[writer] = seconds

    @staticmethod
    def _end(writer, hard):
        if hard:
            if writer.is_closing():
                return
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        else:
            writer.close()

    async def _serve(self, reader, writer):
        self.accepted += 1
        if self._refuse:
            self._end(writer, True)
            return
        try:
            other_reader, other_writer = await asyncio.open_connection(*self._target)
        except OSError:  # as if nobody listened here
            self._end(writer, True)
            return
        self._connections |= {writer, other_writer}
        self._clients.add(writer)
        try:
            await asyncio.gather(self._pump(reader, other_writer), self._pump(other_reader, writer))
        finally:
            self._connections -= {writer, other_writer}
            self._clients.discard(writer)
            self._late.pop(other_writer, None)

    async def _pump(self, reader, writer):
        try:
            while True:
                await self._healthy.wait()
                data = await reader.read(65536)
                await self._healthy.wait()
                if not data:
                    break
                if self._hole:
                    continue
                if self._delay:
                    await asyncio.sleep(self._delay)
                if writer in self._late:
                    await asyncio.sleep(self._late[writer])
                writer.write(data)
                await writer.drain()
        except (OSError, asyncio.CancelledError):
            pass
        try:
            writer.close()
        except RuntimeError:
            pass


def swizzle(links, chance, pause):
    """Cuts links off one by one in a random order, and heals them in another. `pause()` is called in between."""
    for link in chance.sample(links, len(links)):
        fault = chance.choice(("stall", "hole", "refuse"))
        link.set(**{fault: True})
        if fault == "refuse":
            link.reset()
        pause()
    for link in chance.sample(links, len(links)):
        link.set()
        pause()
