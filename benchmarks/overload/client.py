"""An HTTP/1.1 client with an open loop: requests start at their times, however many have not been answered yet."""

import asyncio
import dataclasses
import random
import time
import urllib.parse

# More requests at once wait in the client, and their time runs.
CONNECTIONS_MAX = 1_000
HEAD_END = b"\r\n\r\n"


@dataclasses.dataclass
class Answer:
    """How one request ended. `status` is 0 where there was no answer. Times are in seconds."""

    kind: str
    meant: float
    took: float
    status: int
    retry_after: bool


class Connection(asyncio.Protocol):
    def __init__(self, client: "Client"):
        self._client, self._buffer, self.transport, self._asked = client, b"", None, None

    def connection_made(self, transport):
        self.transport = transport

    def ask(self, kind: str, request: bytes, meant: float):
        self._asked = (kind, meant)
        self.transport.write(request)

    def data_received(self, data: bytes):
        self._buffer += data
        end = self._buffer.find(HEAD_END)
        if end < 0:
            return
        head = self._buffer[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._buffer) < end + len(HEAD_END) + length:
            return
        self._buffer = b""
        self._end(int(head[9:12]), b"\r\nretry-after:" in head)
        if not self.transport.is_closing():
            self._client.idle(self)

    def connection_lost(self, _):
        self._client.lost(self)
        self._end(0, False)

    def _end(self, status: int, retry_after: bool):
        if self._asked:
            kind, meant = self._asked
            self._asked = None
            self._client.note(Answer(kind, meant, time.perf_counter() - meant, status, retry_after))


class Client:
    def __init__(self, url: str, random_times: bool = False):
        self._random_times = random_times
        self._where = urllib.parse.urlsplit(url)
        self._idle: list[Connection] = []
        self._open = 0
        self._queue: list[tuple[str, bytes, float]] = []
        self._answered: dict[int, asyncio.Future] = {}
        self.answers: list[Answer] = []
        self.waiting = 0

    def request(self, verb: str, path: str, body: bytes = b"") -> bytes:
        head = f"{verb} {path} HTTP/1.1\r\nHost: {self._where.netloc}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        return head.encode() + body

    def note(self, answer: Answer):
        self.waiting -= 1
        self.answers.append(answer)

    def idle(self, connection: Connection):
        if self._queue:
            connection.ask(*self._queue.pop(0))
        else:
            self._idle.append(connection)

    def lost(self, connection: Connection):
        self._open -= 1
        if connection in self._idle:
            self._idle.remove(connection)

    async def ask(self, kind: str, request: bytes, meant: float):
        self.waiting += 1
        if self._idle:
            return self._idle.pop().ask(kind, request, meant)
        if self._open >= CONNECTIONS_MAX:
            return self._queue.append((kind, request, meant))
        self._open += 1
        try:
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: Connection(self), self._where.hostname, self._where.port
            )
        except OSError:
            self._open -= 1
            return self.note(Answer(kind, meant, time.perf_counter() - meant, 0, False))
        connection.ask(kind, request, meant)

    async def at_rate(self, kind: str, make, per_second: float, seconds: float):
        """Starts the requests that `make(number)` makes, at equal distances, or at random times: many users who know nothing of each
        other are a Poisson process. The seed is fixed, so that each run has the same times."""
        meant, tasks, gaps = time.perf_counter(), set(), random.Random(1)
        for number in range(int(per_second * seconds)):
            meant += gaps.expovariate(per_second) if self._random_times else 1 / per_second
            if (pause := meant - time.perf_counter()) > 0:
                await asyncio.sleep(pause)
            elif number % 20 == 0:
                await asyncio.sleep(0)
            task = asyncio.ensure_future(self.ask(kind, make(number), meant))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    async def closed(self, kind: str, make, clients: int, seconds: float):
        """Keeps as many requests under way as there are clients."""
        until, number = time.perf_counter() + seconds, 0
        while time.perf_counter() < until:
            while self.waiting < clients:
                await self.ask(kind, make(number), time.perf_counter())
                number += 1
            await asyncio.sleep(0.001)

    async def settle(self, seconds: float = 15):
        until = time.perf_counter() + seconds
        while self.waiting > 0 and time.perf_counter() < until:
            await asyncio.sleep(0.05)

    def take(self) -> list[Answer]:
        answers, self.answers = self.answers, []
        return answers
