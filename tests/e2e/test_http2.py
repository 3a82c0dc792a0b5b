"""HTTP/2 (RFC 9113) on the HTTP port, beside HTTP/1.1, with stock clients."""

import json
import socket
import time

import hpack
import pytest

from harness.h2_wire import ACK, DATA, END_STREAM, GOAWAY, HEADERS, PING, PREFACE, SETTINGS, H2Client, H2Wire, frame

NO_ERROR, PROTOCOL_ERROR = 0, 1


@pytest.fixture
def client(system):
    with H2Client(system.address) as client:
        yield client


def new_user(client, name: str = "Ada", *more):
    body = json.dumps({"email": f"{time.time_ns()}@example.test", "name": name}).encode()
    return client.ask("/api/users", "POST", ("content-type", "application/json"), *more, body=body)


def test_reads_and_writes_answer_as_by_http_1_1(system, client, http):
    status, headers, body = new_user(client)
    assert (status, headers["content-type"]) == (200, "application/json")
    user = json.loads(body)
    status, headers, body = client.ask(f"/api/users/{user['id']}")
    first = http.get(f"/api/users/{user['id']}")
    assert (status, body, headers["etag"]) == (first.status_code, first.content, first.headers["etag"])
    assert int(headers["content-length"]) == len(body)


def test_a_head_request_has_the_length_and_no_body(client):
    _, whole, body = client.ask("/api/products/prod-123")
    status, headers, nothing = client.ask("/api/products/prod-123", "HEAD")
    assert (status, nothing, headers["content-length"]) == (200, b"", whole["content-length"])
    assert body


def test_problems_are_problems_here_too(client):
    status, headers, body = new_user(client, name="")
    assert (status, headers["content-type"]) == (400, "application/problem+json")
    assert [error["pointer"] for error in json.loads(body)["errors"]] == ["/name"]
    assert client.ask("/api/nothing")[0] == 404
    status, headers, _ = client.ask("/health", "DELETE")
    assert (status, "GET" in headers["allow"]) == (405, True)
    status, headers, _ = client.ask("/health", "TRACE")
    assert (status, "GET" in headers["allow"]) == (405, True)
    assert client.ask("*", "OPTIONS")[0] == 204


def test_an_idempotency_key_that_is_none_is_refused(client):
    status, _, body = new_user(client, "Ada", ("idempotency-key", "k" * 256))
    assert (status, json.loads(body)["code"]) == (400, "INVALID_IDEMPOTENCY_KEY")


def test_many_streams_at_once_are_all_answered(system):
    with H2Wire(system.address) as wire:
        streams = range(1, 201, 2)
        wire.send(b"".join(wire.headers(stream) for stream in streams))
        ended = set()
        wire.read(lambda kind, flags, stream, _: kind in (HEADERS, DATA) and flags & END_STREAM
                  and (ended.add(stream) or len(ended) == len(streams)))
        assert ended == set(streams)


def test_too_large_a_header_or_uri_is_refused_and_the_connection_goes_on(client):
    assert client.ask("/health", "GET", ("x-large", "x" * 20_000))[0] == 431
    assert client.ask("/" + "x" * 9_000)[0] == 414
    assert client.ask()[0] == 200


def status_of(wire: H2Wire, stream: int) -> int:
    """Of an answer on that stream, which must be the first one to have a header on this connection."""
    assert wire.read(lambda kind, _, at, __: kind == HEADERS and at == stream)
    return int(dict(hpack.Decoder().decode(wire.frames[-1][3]))[":status"])


def test_a_body_that_is_announced_to_be_too_large_is_refused_before_it_comes(system):
    with H2Wire(system.address) as wire:
        wire.send(wire.headers(1, ("content-length", "2000000"), path="/api/users", method="POST", end=False))
        assert status_of(wire, 1) == 413
        assert wire.reset_code(1) == NO_ERROR
        wire.send(wire.headers(3))
        assert wire.read(lambda kind, _, stream, __: kind == HEADERS and stream == 3)


def test_a_body_beyond_the_limit_is_refused_whatever_it_announced(system):
    with H2Wire(system.address) as wire:
        wire.send(wire.headers(1, ("content-type", "application/json"), path="/api/users", method="POST", end=False))
        piece = frame(DATA, 0, 1, b"x" * 16_000)
        sent = 0
        while sent < 2_000_000 and not wire.read(lambda kind, _, stream, __: kind == HEADERS and stream == 1, seconds=0.02):
            wire.send(piece)
            sent += 16_000
        assert any(kind == HEADERS for kind, *_ in wire.frames)
        assert sent < 1_300_000
        wire.send(wire.headers(3))
        assert wire.read(lambda kind, _, stream, __: kind == HEADERS and stream == 3)


def test_a_host_that_contradicts_the_authority_is_refused(system):
    with H2Wire(system.address) as wire:
        wire.send(wire.headers(1, ("host", "other.example")))
        assert status_of(wire, 1) == 400
        wire.send(wire.headers(3, ("host", "shop.example"), ("host", "shop.example")))
        assert wire.reset_code(3) == PROTOCOL_ERROR


@pytest.mark.parametrize("more", [("connection", "close"), ("transfer-encoding", "chunked"), ("Upper", "x"), ("te", "gzip")])
def test_fields_of_http_1_1_reset_the_stream(system, more):
    with H2Wire(system.address) as wire:
        wire.send(wire.headers(1, more))
        assert wire.reset_code(1) == PROTOCOL_ERROR
        wire.send(wire.headers(3))
        assert wire.read(lambda kind, _, stream, __: kind == HEADERS and stream == 3)


def test_a_content_length_that_lies_resets_the_stream(system):
    with H2Wire(system.address) as wire:
        wire.send(wire.headers(1, ("content-length", "3"), path="/api/users", method="POST", end=False))
        wire.send(frame(DATA, END_STREAM, 1, b"four"))
        assert wire.reset_code(1) == PROTOCOL_ERROR


def test_a_stream_id_lower_than_the_last_one_is_a_connection_error(system):
    with H2Wire(system.address) as wire:
        wire.send(wire.headers(5) + wire.headers(3))
        assert wire.goaway() == PROTOCOL_ERROR


def test_a_request_that_is_served_outlives_the_drain(new_system):
    system = new_system()
    with H2Wire(system.address) as wire:
        wire.send(wire.headers(1, ("content-type", "application/json"), path="/api/users", method="POST", end=False))
        assert wire.read(lambda kind, flags, *_: kind == SETTINGS and flags & ACK)
        system.process_of("gateway").terminate()
        assert wire.read(lambda kind, *_: kind == GOAWAY)
        body = json.dumps({"email": "drain@example.test", "name": "Ada"}).encode()
        wire.send(frame(PING, ACK, 0, bytes(8)) + frame(DATA, END_STREAM, 1, body))
        assert wire.read(lambda kind, _, stream, __: kind == DATA and stream == 1)
        assert wire.goaway() == NO_ERROR
    assert system.process_of("gateway").wait() == 0


def test_the_preface_may_come_byte_by_byte(system):
    with socket.create_connection(system.address, 20) as plain:
        for byte in PREFACE + frame(SETTINGS, 0, 0):
            plain.sendall(bytes([byte]))
        assert plain.recv(9)[3] == SETTINGS
