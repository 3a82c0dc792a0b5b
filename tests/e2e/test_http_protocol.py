"""HTTP/1.1 (RFC 9112) at the edge, byte by byte."""

import json

import pytest

from harness.wire import Wire, request

JSON = "Content-Type: application/json"


def refused(wire: Wire, status: int = 400) -> bool:
    """Answered with that status, then closed."""
    answer = wire.read_answer()
    assert answer.status == status, answer
    return wire.at_end()


def test_five_pipelined_requests_are_answered_in_order(system):
    paths = ["/health", "/api/products/prod-123", "/api/nothing", "/api/users/none", "/health"]
    with Wire(system.address) as wire:
        wire.send(b"".join(request("GET", path) for path in paths))
        answers = [wire.read_answer() for _ in paths]
    assert [answer.status for answer in answers] == [200, 200, 404, 404, 200]
    assert json.loads(answers[1].body)["id"] == "prod-123"


def test_a_connection_is_used_again(system):
    with Wire(system.address) as wire:
        for _ in range(50):
            assert wire.send(request("GET", "/health")).read_answer().status == 200


def test_connection_close_is_honoured(system):
    with Wire(system.address) as wire:
        answer = wire.send(request("GET", "/health", "Connection: close")).read_answer()
        assert (answer.status, answer.headers["connection"].lower()) == (200, "close")
        assert wire.at_end()


def test_http_1_0_is_answered_and_closed(system):
    with Wire(system.address) as wire:
        assert wire.send(request("GET", "/health", version="HTTP/1.0")).read_answer().status == 200
        assert wire.at_end()


def test_a_chunked_body_is_read(system):
    body = b'{"email":"","name":"Al"}'
    chunks = b"%x\r\n%s\r\n%x;note=1\r\n%s\r\n0\r\n\r\n" % (5, body[:5], len(body) - 5, body[5:])
    with Wire(system.address) as wire:
        wire.send(request("POST", "/api/users", JSON, "Transfer-Encoding: chunked") + chunks)
        answer = wire.read_answer()
        assert answer.status == 400
        assert [error["pointer"] for error in json.loads(answer.body)["errors"]] == ["/email"]
        assert wire.send(request("GET", "/health")).read_answer().status == 200


def test_a_client_that_expects_100_continue_gets_it(system):
    body = b'{"email":"","name":"Al"}'
    with Wire(system.address) as wire:
        wire.send(request("POST", "/api/users", JSON, "Expect: 100-continue", f"Content-Length: {len(body)}"))
        assert wire.read_answer(head_only=True).status == 100
        assert wire.send(body).read_answer().status == 400


def test_a_body_announced_as_too_large_is_refused_before_it_is_sent(system):
    with Wire(system.address) as wire:
        wire.send(request("POST", "/api/users", JSON, "Expect: 100-continue", f"Content-Length: {1024 * 1024 + 1}"))
        assert wire.read_answer().status == 413


def test_a_chunked_body_over_the_limit_is_refused(system):
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    with Wire(system.address) as wire:
        wire.send(request("POST", "/api/users", JSON, "Transfer-Encoding: chunked") + chunk * 16 + b"1\r\n \r\n")
        assert wire.read_answer().status == 413


def test_head_is_answered_like_get_without_a_body(system):
    with Wire(system.address) as wire:
        get = wire.send(request("GET", "/api/products/prod-123")).read_answer()
        head = wire.send(request("HEAD", "/api/products/prod-123")).read_answer(head_only=True)
        assert head.status == get.status == 200
        assert head.headers["content-type"] == get.headers["content-type"]
        assert wire.send(request("GET", "/health")).read_answer().status == 200  # no body bytes were left in between


GET = b"GET /health HTTP/1.1\r\n"
POST = b"POST /api/users HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
AMBIGUOUS = {
    "content length and transfer encoding": POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two content lengths": POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}}",
    "content length as a list": POST + b"Content-Length: 2, 3\r\n\r\n{}}",
    "content length with a sign": POST + b"Content-Length: +2\r\n\r\n{}",
    "content length that overflows": POST + b"Content-Length: 18446744073709551618\r\n\r\n{}",
    "transfer encoding that is not chunked": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "transfer encoding twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked is not last": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunk size that is no number": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "chunk size with a prefix": POST + b"Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n",
    "chunk longer than its size": POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}}}\r\n0\r\n\r\n",
    "chunk size ended by a bare line feed": POST + b"Transfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n",
    "transfer encoding in HTTP/1.0": b"POST /api/users HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two hosts": GET + b"Host: a\r\nHost: b\r\n\r\n",
    "no host": GET + b"\r\n",
    "folded header": GET + b"Host: a\r\nX-A: b\r\n c\r\n\r\n",
    "header with a bare line feed": GET + b"Host: a\nX-A: b\r\n\r\n",
    "header with a bare carriage return": GET + b"Host: a\r\nX-A: b\rX-B: c\r\n\r\n",
    "header with a NUL": GET + b"Host: a\r\nX-A: b\0c\r\n\r\n",
    "space before the colon": GET + b"Host : a\r\n\r\n",
    "header without a name": GET + b"Host: a\r\n: b\r\n\r\n",
    "space before the first header": GET + b" Host: a\r\n\r\n",
    "request line with three spaces": b"GET /health extra HTTP/1.1\r\nHost: a\r\n\r\n",
    "unknown HTTP version": b"GET /health HTTP/3.7\r\nHost: a\r\n\r\n",
    "something else than HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64 + b"\r\n\r\n",
}

# Where the standard names another status than 400.
BETTER_STATUS = {
    "unknown HTTP version": 505,
    "transfer encoding that is not chunked": 501,
    "content length that overflows": 413,
}


@pytest.mark.parametrize("case", AMBIGUOUS)
def test_ambiguous_framing_is_refused_and_the_connection_closed(system, case):
    with Wire(system.address) as wire:
        answer = wire.send(AMBIGUOUS[case]).read_answer()
        assert answer.status == BETTER_STATUS.get(case, 400), answer
        assert wire.at_end()


def test_a_smuggled_request_is_never_answered(system):
    hidden = request("GET", "/health")
    with Wire(system.address) as wire:
        wire.send(POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden)
        assert refused(wire)


def test_a_header_over_16_kib_is_refused(system):
    with Wire(system.address) as wire:
        wire.send(request("GET", "/health", "X-Long: " + "a" * 17 * 1024))
        assert wire.read_answer().status == 431


def test_a_target_over_8_kib_is_refused(system):
    with Wire(system.address) as wire:
        wire.send(request("GET", "/" + "a" * 9 * 1024))
        assert wire.read_answer().status == 414
