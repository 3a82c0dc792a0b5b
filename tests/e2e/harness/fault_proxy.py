"""A TCP proxy on loopback that does to connections what networks do: delay, slice, throttle, cut, and swallow without a word."""

import asyncio
import contextlib
import socket
import struct
import threading

PIECE_BYTES = 64 * 1024
START_SECONDS_MAX = 10


def begins_answer(data: bytes) -> bool:
    """Whether a frame of headers (RFC 9113 §6.2) begins within `data`, which begins with a frame."""
    head_bytes, headers = 9, 1
    while len(data) >= head_bytes:
        if data[3] == headers:
            return True
        data = data[head_bytes + int.from_bytes(data[:3], "big") :]
    return False


class Link:
    """One connection through the proxy."""

    def __init__(self, client: asyncio.StreamWriter, server: asyncio.StreamWriter):
        self.ends = (client, server)
        # Once the network has lost some of its bytes, a connection is of no use any more, and neither end can know: not even that the
        # other one has closed.
        self.dead = False
        self.server_ended = False

    def reset(self):
        for end in self.ends:
            with contextlib.suppress(OSError):
                plain = end.get_extra_info("socket")
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            end.transport.abort()


class FaultProxy:
    """Forwards to `target`. The attributes may be set at any time and count from the next bytes on; it runs in a thread of its own."""

    def __init__(self, target: tuple[str, int]):
        self.target = target
        self.latency_seconds = 0.0  # each way
        self.slice_bytes = PIECE_BYTES
        self.bytes_per_second = 0  # each way of each connection; 0: as many as come
        self.swallowing = False
        self.losing_answers = False  # a connection of HTTP/2 in the clear breaks as the headers of an answer come back on it
        self._links: set[Link] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "FaultProxy":
        self._thread.start()
        assert self._ready.wait(START_SECONDS_MAX)
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    @property
    def port(self) -> int:
        return self._port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def connections(self) -> int:
        """Those that the server holds, the dead ones included."""
        return sum(not link.server_ended for link in list(self._links))

    def reset_all(self):
        """As a router does that has forgotten them: both ends are told, and what was on its way is lost."""
        done = threading.Event()

        def reset():
            for link in list(self._links):
                link.reset()
            done.set()

        self._loop.call_soon_threadsafe(reset)
        assert done.wait(START_SECONDS_MAX)

    def heal(self):
        """No more faults. What was swallowed stays lost, and its connections dead."""
        self.latency_seconds, self.slice_bytes, self.bytes_per_second, self.swallowing = 0.0, PIECE_BYTES, 0, False
        self.losing_answers = False

    def _run(self):
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self):
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for link in list(self._links):
            link.reset()
        # Until the links have ended, so that no task is left behind.
        while self._links:
            await asyncio.sleep(0.001)

    async def _accept(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter):
        try:
            from_server, to_server = await asyncio.open_connection(*self.target)
        except OSError:
            to_client.transport.abort()
            return
        link = Link(to_client, to_server)
        self._links.add(link)
        for end in link.ends:
            end.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            await asyncio.gather(self._pass_on(link, from_client, to_server), self._pass_on(link, from_server, to_client))
        finally:
            link.reset()
            self._links.discard(link)

    async def _pass_on(self, link: Link, source: asyncio.StreamReader, sink: asyncio.StreamWriter):
        """Until the source ends, which the sink is told. A connection that is cut ends both directions."""
        try:
            while data := await source.read(min(self.slice_bytes, PIECE_BYTES)):
                if self.latency_seconds:
                    await asyncio.sleep(self.latency_seconds)
                if self.bytes_per_second:
                    await asyncio.sleep(len(data) / self.bytes_per_second)
                if self.losing_answers and sink is link.ends[0] and begins_answer(data):
                    link.reset()
                    return
                link.dead = link.dead or self.swallowing
                if not link.dead:
                    sink.write(data)
                    await sink.drain()
            if link.dead:
                return
            if sink.can_write_eof():
                sink.write_eof()
        except OSError:
            if not link.dead:
                link.reset()
        finally:
            link.server_ended = link.server_ended or sink is link.ends[0]
