"""HTTP/1.1 as bytes on a socket, for what a proper client refuses to send."""

import dataclasses
import socket
import time


@dataclasses.dataclass
class Answer:
    status: int
    version: str
    headers: dict[str, str]  # names in lower case
    body: bytes


class Wire:
    """One connection."""

    def __init__(self, address: tuple[str, int], timeout: float = 20):
        self._socket = socket.create_connection(address, timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def send(self, data: bytes) -> "Wire":
        self._socket.sendall(data)
        return self

    def send_last(self, data: bytes) -> "Wire":
        """Sends the data and the end of this side together, so that the server cannot answer between them."""
        assert self._socket.send(data, socket.MSG_MORE) == len(data)
        return self.end()

    def end(self) -> "Wire":
        """Ends this side: the server reads its end, and may still answer."""
        self._socket.shutdown(socket.SHUT_WR)
        return self

    def _fill(self) -> bool:
        try:
            data = self._socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self._buffer += data
        return bool(data)

    def _take_until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            assert self._fill(), f"closed in the middle of a header: {self._buffer!r}"
        head, self._buffer = self._buffer.split(mark, 1)
        return head

    def read_answer(self, head_only: bool = False) -> Answer:
        """`head_only`: the answer to HEAD, or an interim one, which has no body whatever its headers say."""
        lines = self._take_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, status, *_ = lines[0].split(" ")
        headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:])}
        length = 0 if head_only else int(headers.get("content-length", "0"))
        while len(self._buffer) < length:
            assert self._fill(), f"closed in the middle of a body: {len(self._buffer)} of {length} bytes"
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        return Answer(int(status), version, headers, body)

    def at_end(self) -> bool:
        """Whether the server closes, within the time-out, without another byte."""
        if self._buffer:
            return False
        try:
            return not self._fill()
        except TimeoutError:
            return False

    def seconds_until_end(self) -> float:
        start = time.monotonic()
        while self._fill():
            pass
        return time.monotonic() - start


def request(method: str, target: str, *headers: str, body: bytes = b"", version: str = "HTTP/1.1") -> bytes:
    """A well-formed request; Content-Length is added where there is a body."""
    lines = [f"{method} {target} {version}", "Host: shop.example", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body
