"""Attacks by HTTP/2, one each: the server ends the attacker's connection with the right code, its memory stays bounded, and
others are served meanwhile."""

import contextlib
import struct
import time

import pytest

from harness.h2_wire import (CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PING, PRIORITY, RST_STREAM, SETTINGS,
                             WINDOW_UPDATE, H2Client, H2Wire, frame)

CANCEL, ENHANCE_YOUR_CALM = 8, 11
MEMORY_MAX = 64 * 1024 * 1024
JSON = ("content-type", "application/json")


def resident_bytes(pid: int) -> int:
    with open(f"/proc/{pid}/statm") as statm:
        return int(statm.read().split()[1]) * 4096


@pytest.fixture
def unharmed(system):
    """Around an attack: memory does not grow by much, and another client, connected before, is served during and after it."""
    pid = system.process_of("gateway").pid

    @contextlib.contextmanager
    def watch():
        with H2Client(system.address) as other:
            assert other.ask()[0] == 200
            before = resident_bytes(pid)
            yield other
            assert other.ask()[0] == 200
            assert resident_bytes(pid) - before < MEMORY_MAX

    return watch


def flood(wire: H2Wire, pieces, seconds: float = 20):
    """Sends until the server closes; the answers are read, so that it is the flood that ends it and not our own deafness."""
    deadline = time.monotonic() + seconds
    for piece in pieces:
        if not wire.send(piece) or time.monotonic() > deadline:
            break
        wire.read(seconds=0.001)
        if wire.closed:
            break


def test_rapid_reset(system, unharmed):
    with unharmed() as other, H2Wire(system.address) as wire:
        cancel = struct.pack(">I", CANCEL)
        pairs = b"".join(wire.headers(stream) + frame(RST_STREAM, 0, stream, cancel) for stream in range(1, 1001, 2))
        wire.send(pairs)
        assert other.ask()[0] == 200
        assert wire.goaway() == ENHANCE_YOUR_CALM


def test_made_you_reset(system, unharmed):
    """The server is made to reset streams, by window updates that it must refuse (CVE-2025-8671)."""
    with unharmed(), H2Wire(system.address) as wire:
        too_much = struct.pack(">I", 2**31 - 1)
        flood(wire, (wire.headers(stream, JSON, path="/api/users", method="POST", end=False)
                     + frame(WINDOW_UPDATE, 0, stream, too_much) for stream in range(1, 2001, 2)))
        assert wire.goaway() == ENHANCE_YOUR_CALM


def test_continuation_flood(system, unharmed):
    with unharmed(), H2Wire(system.address) as wire:
        piece = frame(CONTINUATION, 0, 1, wire.encoder.encode([("x-a", "b" * 1000)]))
        wire.send(frame(HEADERS, END_STREAM, 1, wire.encoder.encode([(":method", "GET")])))
        flood(wire, (piece for _ in range(1000)))
        assert wire.goaway() == ENHANCE_YOUR_CALM


def test_empty_continuation_flood(system, unharmed):
    with unharmed(), H2Wire(system.address) as wire:
        wire.send(frame(HEADERS, END_STREAM, 1))
        flood(wire, (frame(CONTINUATION, 0, 1) for _ in range(1000)))
        assert wire.goaway() == ENHANCE_YOUR_CALM


def test_hpack_bomb(system, unharmed):
    """A field of the dynamic table, referred to thousands of times: some KiB that stand for many MiB."""
    with unharmed(), H2Wire(system.address) as wire:
        wire.send(wire.headers(1, ("x-bomb", "b" * 3900)))
        block = wire.encoder.encode([(":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", "/health")])
        bomb = block + b"\xbe" * 12_000  # the newest entry of the table
        for stream in range(3, 1003, 2):
            if not wire.send(frame(HEADERS, END_HEADERS | END_STREAM, stream, bomb)):
                break
        assert wire.goaway() == ENHANCE_YOUR_CALM


@pytest.mark.parametrize("what", ["ping", "settings", "priority", "window", "unknown"])
def test_floods_of_frames_that_ask_for_nothing(system, unharmed, what):
    pieces = {
        "ping": frame(PING, 0, 0, bytes(8)),
        "settings": frame(SETTINGS, 0, 0),
        "priority": frame(PRIORITY, 0, 1, struct.pack(">IB", 3, 1)),
        "window": frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 1)),
        "unknown": frame(0xBA, 0, 0, b"x"),
    }
    with unharmed(), H2Wire(system.address) as wire:
        flood(wire, (pieces[what] * 50 for _ in range(1000)))
        assert wire.goaway() == ENHANCE_YOUR_CALM


@pytest.mark.parametrize("padding", [b"", b"\x08" + bytes(8)], ids=["plain", "padded"])
def test_flood_of_empty_data(system, unharmed, padding):
    with unharmed(), H2Wire(system.address) as wire:
        wire.send(wire.headers(1, JSON, path="/api/users", method="POST", end=False))
        empty = frame(DATA, 0x8 if padding else 0, 1, padding)
        flood(wire, (empty * 50 for _ in range(1000)))
        assert wire.goaway() == ENHANCE_YOUR_CALM


def test_pings_that_are_not_read_do_not_pile_up(system, unharmed):
    with unharmed() as other, H2Wire(system.address) as wire:
        ping = frame(PING, 0, 0, bytes(8)) * 1000
        wire.socket.settimeout(1)
        for _ in range(200):
            if not wire.send(ping):
                break
        assert other.ask()[0] == 200
        wire.socket.settimeout(20)
        assert wire.goaway() in (ENHANCE_YOUR_CALM, None)


def test_more_streams_than_allowed_are_refused(system, unharmed):
    with unharmed(), H2Wire(system.address) as wire:
        assert wire.read(lambda kind, flags, *_: kind == SETTINGS and flags & 1)
        wire.send(b"".join(wire.headers(stream, JSON, path="/api/users", method="POST", end=False) for stream in range(1, 403, 2)))
        wire.goaway(seconds=20)


@pytest.fixture(scope="module")
def impatient(tmp_path_factory, placement):
    """A system that waits for nobody for long."""
    from harness.system import System

    system = System(placement, tmp_path_factory.mktemp("impatient"), {}, "[http]\nheader_time_ms = 500\nrequest_time_ms = 1000\n")
    try:
        yield system.start()
        system.stop()
    finally:
        system.kill()


def test_a_zero_window_ends_the_streams_that_wait_for_it(impatient):
    with H2Client(impatient.address) as other, H2Wire(impatient.address, settings=struct.pack(">HI", 4, 0)) as wire:
        wire.send(b"".join(wire.headers(stream, path="/openapi.json") for stream in range(1, 101, 2)))
        assert other.ask()[0] == 200
        assert wire.reset_code(1) == CANCEL
        assert other.ask()[0] == 200


def test_a_header_that_does_not_end_closes_the_connection(impatient):
    with H2Client(impatient.address) as other, H2Wire(impatient.address) as wire:
        wire.send(frame(HEADERS, END_STREAM, 1, wire.encoder.encode([(":method", "GET")])))
        assert wire.goaway() == ENHANCE_YOUR_CALM
        assert other.ask()[0] == 200


def test_a_body_that_does_not_end_is_a_timeout_of_its_stream(impatient):
    with H2Wire(impatient.address) as wire:
        wire.send(wire.headers(1, JSON, path="/api/users", method="POST", end=False) + frame(DATA, 0, 1, b"{"))
        assert wire.read(lambda kind, _, stream, __: kind == HEADERS and stream == 1)
        assert wire.frames[-1][3][:1] != b"\x88"  # not ":status: 200"
        wire.send(wire.headers(3))
        assert wire.read(lambda kind, _, stream, __: kind == HEADERS and stream == 3)


def test_a_client_that_reads_nothing_is_closed(impatient):
    with H2Client(impatient.address) as other, H2Wire(impatient.address, settings=struct.pack(">HI", 4, 2**31 - 1)) as wire:
        wire.send(frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 2**31 - 1 - 65535)))
        wire.socket.settimeout(3)
        stream = 1
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline and wire.send(wire.headers(stream, path="/openapi.json")):
            stream += 2
            time.sleep(0.005)
        assert wire.closed
        assert other.ask()[0] == 200
