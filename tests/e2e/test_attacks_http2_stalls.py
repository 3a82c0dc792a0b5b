"""Clients by HTTP/2 that begin and do not go on, or do not take what they asked for: each is ended after its time, on the HTTP port and
on a gRPC port, and others are served meanwhile."""

import contextlib
import struct
import time

import pytest

from harness.h2_ports import GRPC, GrpcPort, HttpPort, unharmed
from harness.h2_wire import DATA, END_STREAM, HEADERS, SETTINGS, WINDOW_UPDATE, H2Wire, frame
from harness.shop import create_user
from harness.system import ONE, System

pytestmark = pytest.mark.parametrize("placement", [ONE], scope="session")

CANCEL, ENHANCE_YOUR_CALM = 8, 11
INITIAL_WINDOW_SIZE = 4
WINDOW_MAX = 2**31 - 1
STREAMS = range(1, 101, 2)
IMPATIENT = """
[http]
header_timeout_ms = 500
request_timeout_ms = 1000
idle_timeout_ms = 1500
[rpc]
header_timeout_ms = 500
send_timeout_ms = 1000
idle_timeout_ms = 1500
"""


@pytest.fixture(scope="module")
def impatient(tmp_path_factory, placement):
    """A system that waits for nobody for long, with users enough for answers of many KiB."""
    system = System(placement, tmp_path_factory.mktemp("impatient"), {}, IMPATIENT)
    try:
        with system.start().client() as http:
            for _ in range(100):
                create_user(http, name="n" * 190)
        yield system
        system.stop()
    finally:
        system.kill()


@pytest.fixture(params=["http", "grpc"])
def port(request, impatient):
    return HttpPort(impatient) if request.param == "http" else GrpcPort(impatient)


def window(bytes_max: int) -> bytes:
    return struct.pack(">HI", INITIAL_WINDOW_SIZE, bytes_max)


def ask_for_much(port: HttpPort, wire: H2Wire, stream: int) -> bytes:
    if not isinstance(port, GrpcPort):
        return wire.headers(stream, path="/openapi.json")
    call = wire.headers(stream, *GRPC, path="/user.UserService/ListUsers", method="POST", end=False)
    return call + frame(DATA, END_STREAM, stream, bytes(5))


def test_a_zero_window_ends_the_streams_that_wait_for_it(port):
    with unharmed(port) as other, port.wire(settings=window(0)) as wire:
        wire.send(b"".join(ask_for_much(port, wire, stream) for stream in STREAMS))
        assert port.serves(other)
        assert wire.reset_code(STREAMS[-1]) == CANCEL


def test_a_header_that_does_not_end_closes_the_connection(port):
    with unharmed(port), port.wire() as wire:
        wire.send(frame(HEADERS, END_STREAM, 1, wire.encoder.encode([(":method", "POST")])))
        assert wire.goaway() == ENHANCE_YOUR_CALM


def test_headers_that_end_in_time_may_be_many_and_slow(port):
    """What is late is one header, not a connection that has had one on its way for most of the time."""
    with port.wire() as wire:
        for stream in range(1, 9, 2):
            block = port.whole(wire, stream)
            wire.send(block[:12])
            time.sleep(0.3)
            wire.send(block[12:])
            assert wire.read(lambda kind, _, at, __, stream=stream: kind == HEADERS and at == stream)


def test_a_body_that_does_not_end_is_a_timeout_of_its_stream(port):
    with unharmed(port), port.wire() as wire:
        wire.send(port.half(wire, 1) + frame(DATA, 0, 1, b"\x00"))
        assert wire.read(lambda kind, _, stream, __: kind == HEADERS and stream == 1)
        wire.send(port.whole(wire, 3))
        assert wire.read(lambda kind, _, stream, __: kind == HEADERS and stream == 3)
        codes = [wire.decoder.decode(payload) for kind, _, _, payload in wire.frames if kind == HEADERS]
        assert dict(codes[0]).get("grpc-status") == "4" or dict(codes[0])[":status"] == "408"


def test_a_client_that_reads_nothing_is_closed(port):
    with unharmed(port), port.wire(settings=window(WINDOW_MAX)) as wire:
        wire.send(frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", WINDOW_MAX - 65535)))
        wire.socket.settimeout(3)
        stream = 1
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and wire.send(ask_for_much(port, wire, stream)):
            stream += 2
            time.sleep(0.005)
        assert wire.closed


def test_a_connection_that_asks_for_nothing_is_let_go(port):
    with unharmed(port), port.wire() as wire:
        assert wire.read(lambda kind, flags, *_: kind == SETTINGS and flags == 0)
        assert wire.goaway() == 0


def test_a_connection_that_says_nothing_is_closed(port):
    with unharmed(port), contextlib.closing(port.connect()) as silent:
        with contextlib.suppress(ConnectionResetError):
            while silent.recv(65536):
                pass
