"""Attacks by HTTP/2, one each, on the HTTP port (its requests and its calls) and on a gRPC port, some over TLS: the server ends the attacker's connection with the
right code, its memory stays bounded, and others are served meanwhile."""

import ssl
import struct
import time

import pytest

from harness.h2_ports import CallsAtHttpPort, GrpcPort, HttpPort, unharmed
from harness.h2_wire import (CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PING, PRIORITY, RST_STREAM, SETTINGS,
                             WINDOW_UPDATE, H2Wire, frame)  # fmt: skip
from harness.system import System
from harness.tls import Certificates

# Nothing of it reaches a database.
pytestmark = pytest.mark.parametrize("engine", ["sqlite"], scope="session")

PROTOCOL_ERROR, FLOW_CONTROL_ERROR, CANCEL, ENHANCE_YOUR_CALM = 1, 3, 8, 11
SECURED = pytest.mark.parametrize("port", ["http", "calls", "grpc", "tls"], indirect=True)


@pytest.fixture(scope="module")
def secured(tmp_path_factory, placement):
    """A system whose HTTP port speaks TLS."""
    certificates = Certificates(tmp_path_factory.mktemp("tls") / "certs")
    context = ssl.create_default_context(cafile=str(certificates.ca))
    context.set_alpn_protocols(["h2"])
    system = System(placement, tmp_path_factory.mktemp("secured"), certificates.edge())
    try:
        yield HttpPort(system.start(), context)
        system.stop()
    finally:
        system.kill()


@pytest.fixture(params=["http", "calls", "grpc"])
def port(request, system):
    if request.param == "tls":
        return request.getfixturevalue("secured")
    return {"http": HttpPort, "calls": CallsAtHttpPort, "grpc": GrpcPort}[request.param](system)


def flood(wire: H2Wire, pieces, seconds: float = 20):
    """Sends until the server closes; the answers are read, so that it is the flood that ends it and not our own deafness."""
    deadline = time.monotonic() + seconds
    for piece in pieces:
        if not wire.send(piece) or time.monotonic() > deadline:
            break
        wire.read(seconds=0.001)
        if wire.closed:
            break


@SECURED
def test_rapid_reset(port):
    with unharmed(port) as other, port.wire() as wire:
        cancel = struct.pack(">I", CANCEL)
        pairs = b"".join(port.whole(wire, stream) + frame(RST_STREAM, 0, stream, cancel) for stream in range(1, 1001, 2))
        wire.send(pairs)
        assert port.serves(other)
        assert wire.goaway() == ENHANCE_YOUR_CALM


def window_update(stream: int, increment: int) -> bytes:
    return frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", increment))


def test_made_you_reset(port):
    """The server is made to reset streams, by window updates that it must refuse (CVE-2025-8671)."""
    with unharmed(port), port.wire() as wire:
        flood(wire, (port.half(wire, stream) + window_update(stream, 2**31 - 1) for stream in range(1, 2001, 2)))
        assert wire.goaway() == ENHANCE_YOUR_CALM


def test_a_window_beyond_the_greatest_ends_its_stream_alone(port):
    with unharmed(port), port.wire() as wire:
        wire.send(port.half(wire, 1) + window_update(1, 2**31 - 1))
        assert wire.reset_code(1) == FLOW_CONTROL_ERROR
        wire.send(port.whole(wire, 3))
        assert wire.read(lambda kind, _, stream, __: (kind, stream) == (HEADERS, 3))


def test_a_window_update_of_nothing_ends_the_connection(port):
    """A stream error, which may be treated as one of the connection (RFC 9113 §6.9, §5.4.2)."""
    with unharmed(port), port.wire() as wire:
        wire.send(port.half(wire, 1) + window_update(1, 0))
        assert wire.goaway() == PROTOCOL_ERROR


@SECURED
def test_continuation_flood(port):
    with unharmed(port), port.wire() as wire:
        piece = frame(CONTINUATION, 0, 1, wire.encoder.encode([("x-a", "b" * 1000)]))
        wire.send(frame(HEADERS, END_STREAM, 1, wire.encoder.encode([(":method", "GET")])))
        flood(wire, (piece for _ in range(1000)))
        assert wire.goaway() == ENHANCE_YOUR_CALM


def test_empty_continuation_flood(port):
    with unharmed(port), port.wire() as wire:
        wire.send(frame(HEADERS, END_STREAM, 1))
        flood(wire, (frame(CONTINUATION, 0, 1) for _ in range(1000)))
        assert wire.goaway() == ENHANCE_YOUR_CALM


@SECURED
def test_hpack_bomb(port):
    """A field of the dynamic table, referred to thousands of times: some KiB that stand for many MiB."""
    with unharmed(port), port.wire() as wire:
        wire.send(port.whole(wire, 1, ("x-bomb", "b" * 3900)))
        block = wire.encoder.encode([(":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", "/health")])
        bomb = block + b"\xbe" * 12_000  # the newest entry of the table
        for stream in range(3, 1003, 2):
            if not wire.send(frame(HEADERS, END_HEADERS | END_STREAM, stream, bomb)):
                break
        assert wire.goaway() == ENHANCE_YOUR_CALM


@pytest.mark.parametrize("what", ["ping", "settings", "priority", "window", "unknown"])
def test_floods_of_frames_that_ask_for_nothing(port, what):
    pieces = {
        "ping": frame(PING, 0, 0, bytes(8)),
        "settings": frame(SETTINGS, 0, 0),
        "priority": frame(PRIORITY, 0, 1, struct.pack(">IB", 3, 1)),
        "window": frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 1)),
        "unknown": frame(0xBA, 0, 0, b"x"),
    }
    with unharmed(port), port.wire() as wire:
        flood(wire, (pieces[what] * 50 for _ in range(1000)))
        assert wire.goaway() == ENHANCE_YOUR_CALM


@pytest.mark.parametrize("padding", [b"", b"\x08" + bytes(8)], ids=["plain", "padded"])
def test_flood_of_empty_data(port, padding):
    with unharmed(port), port.wire() as wire:
        wire.send(port.half(wire, 1))
        empty = frame(DATA, 0x8 if padding else 0, 1, padding)
        flood(wire, (empty * 50 for _ in range(1000)))
        assert wire.goaway() == ENHANCE_YOUR_CALM


def test_pings_that_are_not_read_do_not_pile_up(port):
    with unharmed(port) as other, port.wire() as wire:
        ping = frame(PING, 0, 0, bytes(8)) * 1000
        wire.socket.settimeout(1)
        for _ in range(200):
            if not wire.send(ping):
                break
        assert port.serves(other)
        wire.socket.settimeout(20)
        assert wire.goaway() in (ENHANCE_YOUR_CALM, None)


def test_more_streams_than_allowed_are_refused(port):
    with unharmed(port), port.wire() as wire:
        assert wire.read(lambda kind, flags, *_: kind == SETTINGS and flags & 1)
        wire.send(b"".join(port.half(wire, stream) for stream in range(1, 403, 2)))
        wire.goaway(seconds=20)
