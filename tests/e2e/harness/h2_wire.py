"""HTTP/2 frames on a socket, for what a proper client refuses to send; h2 (the library) reads what comes back."""

import socket
import ssl
import struct
import time

import h2.config
import h2.connection
import h2.errors
import h2.events
import hpack

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, END_HEADERS, ACK = 0x1, 0x4, 0x1


def connected(address: tuple[str, int], timeout: float, tls: ssl.SSLContext | None) -> socket.socket:
    plain = socket.create_connection(address, timeout)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return tls.wrap_socket(plain, server_hostname="localhost") if tls else plain


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def fields(path: str = "/health", method: str = "GET", *more: tuple[str, str]) -> list[tuple[str, str]]:
    return [(":method", method), (":scheme", "http"), (":authority", "shop.example"), (":path", path), *more]


class H2Wire:
    """One connection by prior knowledge, or by `tls`. `frames` are collected as they come."""

    def __init__(
        self,
        address: tuple[str, int],
        timeout: float = 20,
        settings: bytes = b"",
        preface: bytes = PREFACE,
        tls: ssl.SSLContext | None = None,
    ):
        self.socket = connected(address, timeout, tls)
        self.encoder = hpack.Encoder()
        self.decoder = hpack.Decoder()
        self.frames: list[tuple[int, int, int, bytes]] = []
        self._buffer = b""
        self.closed = False
        self.send(preface + frame(SETTINGS, 0, 0, settings) + frame(SETTINGS, ACK, 0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data: bytes) -> bool:
        """False when the server has closed."""
        try:
            self.socket.sendall(data)
        except OSError:
            self.closed = True
        return not self.closed

    def headers(self, stream: int, *more: tuple[str, str], path: str = "/health", method: str = "GET", end: bool = True) -> bytes:
        block = self.encoder.encode(fields(path, method, *more))
        return frame(HEADERS, END_HEADERS | (END_STREAM if end else 0), stream, block)

    def read(self, until=lambda kind, flags, stream, payload: False, seconds: float = 20) -> bool:
        """Reads frames until one fits, or to the end. Whether one did."""
        deadline = time.monotonic() + seconds
        while not self.closed:
            while len(self._buffer) >= 9:
                size = int.from_bytes(self._buffer[:3], "big")
                if len(self._buffer) < 9 + size:
                    break
                kind, flags, stream = struct.unpack(">BBI", self._buffer[3:9])
                payload = self._buffer[9 : 9 + size]
                self._buffer = self._buffer[9 + size :]
                self.frames.append((kind, flags, stream, payload))
                if until(kind, flags, stream, payload):
                    return True
            self.socket.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                data = self.socket.recv(65536)
            except TimeoutError:
                return False
            except OSError:
                data = b""
            self._buffer += data
            self.closed = not data
        return False

    def goaway(self, seconds: float = 20) -> int | None:
        """The code with which the server ends the connection; it must close as well. None where it closed without a word."""
        self.read(seconds=seconds)
        assert self.closed, "the server keeps the connection"
        codes = [int.from_bytes(payload[4:8], "big") for kind, _, _, payload in self.frames if kind == GOAWAY]
        return codes[-1] if codes else None

    def reset_code(self, stream: int, seconds: float = 20) -> int | None:
        if not self.read(lambda kind, _, at, __: kind == RST_STREAM and at == stream, seconds):
            return None
        return int.from_bytes(self.frames[-1][3], "big")


class H2Client:
    """A sound client on h2, one request at a time."""

    def __init__(self, address: tuple[str, int], timeout: float = 20, tls: ssl.SSLContext | None = None):
        self.socket = connected(address, timeout, tls)
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
        self.h2.initiate_connection()
        self._flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def ask(self, path: str = "/health", method: str = "GET", *more: tuple[str, str], body: bytes = b"") -> tuple[int, dict, bytes]:
        stream = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream, fields(path, method, *more), end_stream=not body)
        while body:
            self._flush()
            size = min(len(body), self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size)
            if size == 0:
                self._events()
                continue
            self.h2.send_data(stream, body[:size], end_stream=size == len(body))
            body = body[size:]
        self._flush()
        headers: dict[str, str] = {}
        content = b""
        while True:
            for event in self._events():
                if isinstance(event, h2.events.ResponseReceived):
                    headers = dict(event.headers)
                elif isinstance(event, h2.events.TrailersReceived):
                    headers |= dict(event.headers)
                elif isinstance(event, h2.events.DataReceived):
                    content += event.data
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.StreamEnded):
                    self._flush()
                    return int(headers[":status"]), headers, content
                elif isinstance(event, h2.events.StreamReset | h2.events.ConnectionTerminated):
                    raise ConnectionError(repr(event))

    def _events(self) -> list:
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("closed")
        events = self.h2.receive_data(data)
        self._flush()
        return events
