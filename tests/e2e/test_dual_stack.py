"""IPv4 and IPv6 at one port: each client has its own address, whichever way it came."""

import socket

import httpx
import pytest

from harness.collector import wait_for
from harness.system import ONE

pytestmark = pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")

ONE_EACH = {"TRADEWIND_HTTP_REQUESTS_PER_SECOND_MAX": "1", "TRADEWIND_HTTP_REQUESTS_BURST_MAX": "1"}


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def ask(host: str, port: str, source: str, path: str = "/api/products/prod-123") -> int:
    transport = httpx.HTTPTransport(local_address=source)
    with httpx.Client(transport=transport, trust_env=False, timeout=20) as client:
        return client.get(f"http://{host}:{port}{path}", headers={"host": "localhost"}).status_code


def test_ipv4_clients_of_an_ipv6_port_have_limits_of_their_own(new_system):
    system = new_system(ONE_EACH | {"TRADEWIND_HTTP_ADDRESS": "[::]:0", "TRADEWIND_RUNTIME_PUBLISHED_AT": "127.0.0.1", "LOG_LEVEL": "info"})
    host, port = system.process_of("gateway").ready["http"].rsplit(":", 1)
    assert host == ("[::]" if has_ipv6() else "0.0.0.0")
    statuses = [ask("127.0.0.1", port, source) for source in ("127.0.0.1", "127.0.0.2", "127.0.0.3")]
    assert statuses == [200, 200, 200], "each has its first request"
    assert 429 in [ask("127.0.0.1", port, "127.0.0.1") for _ in range(5)]
    with socket.create_connection(("127.0.0.1", int(port)), 20) as wire:
        wire.sendall(b"GET / HTTP/1.1\r\n\r\n")
        wire.recv(65536)
    records = system.process_of("gateway").log_records
    wait_for(lambda: any(one["attributes"].get("client.address") == "127.0.0.1" for one in records() if one.get("event_name") == "http.rejected"))
    assert "::ffff:" not in system.tail()


def test_localhost_is_both_families(new_system):
    system = new_system({"TRADEWIND_HTTP_ADDRESS": "localhost:0", "TRADEWIND_OPS_ADDRESS": "localhost:0"})
    for where in (system.process_of("gateway").ready["http"], system.process_of("gateway").ready["ops"]):
        host, port = where.rsplit(":", 1)
        assert host == "localhost"
        assert ask("127.0.0.1", port, "127.0.0.1", "/health") == 200
        if has_ipv6():
            assert ask("[::1]", port, "::1", "/health") == 200
