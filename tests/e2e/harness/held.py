"""Thousands of connections that each ask one question by HTTP/1.1 or HTTP/2 and are then held, with nothing but sockets; the benchmarks use
it too, without the environment of the tests."""

import os
import resource
import socket
import struct
import time

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, SETTINGS, GOAWAY = 0, 1, 4, 7
END_STREAM, END_HEADERS, ACK = 0x1, 0x4, 0x1
CONNECT_AT_ONCE = 200
ANSWER_SECONDS_MAX = 30


def allow_descriptors(wanted: int) -> int:
    """Raises this process's own limit, where that is lower; how many it may have now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def descriptors(pid: int) -> int:
    """How many a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def literal(name: str, value: str) -> bytes:
    """A field that enters no table and is not packed (RFC 7541 §6.2.2); name and value shorter than 127 bytes."""
    return b"\x00" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()


def grpc_request(path: str, message: bytes = b"") -> bytes:
    """The opening of a connection with one call on it."""
    fields = {":method": "POST", ":scheme": "http", ":path": path, ":authority": "localhost", "content-type": "application/grpc", "te": "trailers"}
    block = b"".join(literal(name, value) for name, value in fields.items())
    body = b"\x00" + struct.pack(">I", len(message)) + message
    return (
        PREFACE + frame(SETTINGS, 0, 0) + frame(SETTINGS, ACK, 0)
        + frame(HEADERS, END_HEADERS, 1, block) + frame(DATA, END_STREAM, 1, body)
    )  # fmt: skip


def http2_request(path: str) -> bytes:
    fields = {":method": "GET", ":scheme": "http", ":path": path, ":authority": "localhost"}
    block = b"".join(literal(name, value) for name, value in fields.items())
    return PREFACE + frame(SETTINGS, 0, 0) + frame(SETTINGS, ACK, 0) + frame(HEADERS, END_HEADERS | END_STREAM, 1, block)


def http1_request(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


class Held:
    """One connection; whether its answer has come whole is all that is read of it."""

    def __init__(self, address: tuple[str, int], opening: bytes, source: str = ""):
        self.http2 = opening.startswith(PREFACE)
        self.socket = socket.create_connection(address, ANSWER_SECONDS_MAX, (source, 0) if source else None)
        self.opening = opening
        self._buffer = b""

    def ask(self):
        self.socket.sendall(self.opening)

    def wait(self):
        """Until the answer is there; ConnectionError where it is none, or the connection ends before."""
        until = time.monotonic() + ANSWER_SECONDS_MAX
        while not (self._answered_by_frames() if self.http2 else self._answered_by_text()):
            if time.monotonic() > until:
                raise ConnectionError("no answer")
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError("closed before it was answered")
            self._buffer += data
        self._buffer = b""

    def _answered_by_frames(self) -> bool:
        while len(self._buffer) >= 9:
            size = int.from_bytes(self._buffer[:3], "big")
            if len(self._buffer) < 9 + size:
                break
            kind, flags, stream = struct.unpack(">BBI", self._buffer[3:9])
            if kind == GOAWAY:
                raise ConnectionError("GOAWAY")
            self._buffer = self._buffer[9 + size :]
            if stream == 1 and flags & END_STREAM and kind in (DATA, HEADERS):
                return True
        return False

    def _answered_by_text(self) -> bool:
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return False
        if not head.startswith(b"HTTP/1.1 200 "):
            raise ConnectionError(head.split(b"\r\n")[0].decode())
        length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        return len(body) >= length

    def alive(self) -> bool:
        self.socket.setblocking(False)
        try:
            return self.socket.recv(65536) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False
        finally:
            self.socket.settimeout(ANSWER_SECONDS_MAX)


def hold(address: tuple[str, int], opening: bytes, count: int, source: str = "") -> list[Held]:
    """So many connections, each of which has had its answer; from the address `source`, or from that which the system takes."""
    held: list[Held] = []
    while len(held) < count:
        batch = [Held(address, opening, source) for _ in range(min(CONNECT_AT_ONCE, count - len(held)))]
        if opening:
            for one in batch:
                one.ask()
            for one in batch:
                one.wait()
        held += batch
    return held
