"""Thousands of connections that have had their answer and are kept: they are let be, others are served, and they cost what they should
once they are gone."""

import contextlib
import re
import resource
import socket

import pytest

from harness.collector import wait_for
from harness.h2_ports import NOBODY, resident_bytes
from harness.held import Held, allow_descriptors, descriptors, grpc_request, hold, http1_request, http2_request
from harness.shop import create_user
from harness.system import ONE

pytestmark = pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")

COUNT = 2000
# What a shell gives a program by default, and fewer than there will be connections.
SOFT_LIMIT = 1024
# Far more than a connection should cost (./dev bench idle measures that), far less than one that keeps its buffers.
BYTES_EACH_MAX = 64 * 1024


@contextlib.contextmanager
def few_descriptors():
    """For programs that are started inside."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(SOFT_LIMIT, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextlib.contextmanager
def closing_all(held: list[Held]):
    try:
        yield held
    finally:
        for one in held:
            one.socket.close()


@pytest.mark.parametrize("kind", ["HTTP/1.1", "HTTP/2", "gRPC"])
def test_thousands_are_held_and_others_served(new_system, kind):
    with few_descriptors():
        system = new_system()
    assert allow_descriptors(COUNT + 500) >= COUNT + 500, "the tests need a hard limit of 2,500 descriptors (ulimit -H -n)"
    process = system.process_of("gateway")
    host, port = system.grpc("user").rsplit(":", 1)
    address = (host, int(port)) if kind == "gRPC" else system.address
    opening = {
        "HTTP/1.1": http1_request("/health"),
        "HTTP/2": http2_request("/health"),
        "gRPC": grpc_request("/user.UserService/GetUser", NOBODY),
    }[kind]
    open_before, bytes_before = descriptors(process.pid), resident_bytes(process.pid)
    with closing_all(hold(address, opening, COUNT)) as held:
        assert descriptors(process.pid) >= open_before + COUNT
        assert resident_bytes(process.pid) - bytes_before < COUNT * BYTES_EACH_MAX
        with system.client() as http:
            create_user(http)
        with closing_all(hold(address, opening, 50)):
            assert all(one.alive() for one in held)
    wait_for(lambda: descriptors(process.pid) <= open_before + 20)


LIMITS = ["CONNECTIONS_MAX", "CONNECTIONS_PER_ADDRESS_MAX"]
SHARE = 20
# Both are this machine's; the server cannot tell that from two clients.
CLIENT, OTHER = "127.0.0.1", "127.0.0.2"


def served(address: tuple[str, int], opening: bytes, source: str) -> bool:
    try:
        with closing_all(hold(address, opening, 1, source)):
            return True
    except ConnectionError:
        return False


def limited(new_system, name: str):
    """On two loops, which have the limit together."""
    limits = {f"TRADEWIND_{port}_{name}": str(SHARE) for port in ("HTTP", "RPC")}
    return new_system({"TRADEWIND_RUNTIME_LOOPS": "2"} | limits)


@pytest.mark.parametrize("limit", LIMITS)
def test_one_too_many_is_told_and_the_others_stay(new_system, limit):
    system = limited(new_system, limit)
    opening = http1_request("/health")
    with closing_all(hold(system.address, opening, SHARE, CLIENT)) as held:
        with pytest.raises(ConnectionError, match="503"):
            hold(system.address, opening, 1, CLIENT)
        assert served(system.address, opening, OTHER) == (limit == "CONNECTIONS_PER_ADDRESS_MAX")
        assert all(one.alive() for one in held)
        held.pop().socket.close()
        wait_for(lambda: served(system.address, opening, CLIENT))


def test_one_too_many_is_told_when_to_come_back(new_system):
    system = limited(new_system, "CONNECTIONS_PER_ADDRESS_MAX")
    opening = http1_request("/health")
    with closing_all(hold(system.address, opening, SHARE, CLIENT)):
        with socket.create_connection(system.address, source_address=(CLIENT, 0)) as refused:
            answer = refused.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 503 ") and b"TOO_MANY_CONNECTIONS" in answer
    assert re.search(rb"\r\nretry-after: \d+\r\n", answer, re.IGNORECASE)


@pytest.mark.parametrize("limit", LIMITS)
def test_one_too_many_is_closed_on_a_grpc_port_and_the_others_stay(new_system, limit):
    system = limited(new_system, limit)
    host, port = system.grpc("user").rsplit(":", 1)
    address = (host, int(port))
    opening = grpc_request("/user.UserService/GetUser", NOBODY)
    with closing_all(hold(address, opening, SHARE, CLIENT)) as held:
        assert not served(address, opening, CLIENT)
        assert served(address, opening, OTHER) == (limit == "CONNECTIONS_PER_ADDRESS_MAX")
        assert all(one.alive() for one in held)
        held.pop().socket.close()
        wait_for(lambda: served(address, opening, CLIENT))


def test_zero_means_no_limit_by_address(new_system):
    system = new_system({"TRADEWIND_HTTP_CONNECTIONS_PER_ADDRESS_MAX": "0", "TRADEWIND_HTTP_CONNECTIONS_MAX": str(SHARE)})
    with closing_all(hold(system.address, http1_request("/health"), SHARE, CLIENT)) as held:
        assert all(one.alive() for one in held)
