"""Many clients that take their time: each is cut off by its limit, and nobody else notices (Slowloris, R.U.D.Y., slow read, idling)."""

import contextlib
import socket
import time

import pytest

from harness.shop import create_user
from harness.system import ONE

pytestmark = pytest.mark.parametrize("placement", [ONE], scope="session")

COUNT = 200
HASTY = {"TRADEWIND_HTTP_HEADER_TIMEOUT_MS": "500", "TRADEWIND_HTTP_REQUEST_TIMEOUT_MS": "1000", "TRADEWIND_HTTP_IDLE_TIMEOUT_MS": "1000"}
CUT_SECONDS_MAX = 20

HALF_A_HEADER = b"GET /health HTTP/1.1\r\nHost: a\r\nX-Slow: "
HALF_A_BODY = b'POST /api/users HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"email"'
NOTHING_MORE = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"


def answers_until_cut(slow: socket.socket, feed: bytes) -> bytes:
    """Sends a byte now and then; what came until the server closed."""
    received = b""
    give_up = time.monotonic() + CUT_SECONDS_MAX
    slow.settimeout(0.1)
    while time.monotonic() < give_up:
        try:
            slow.sendall(feed)
            part = slow.recv(65536)
            if not part:
                return received
            received += part
        except TimeoutError:
            continue
        except OSError:
            return received
    pytest.fail("it was not cut off")


@pytest.mark.parametrize(
    "begin, feed, said",
    [(HALF_A_HEADER, b"x", b" 408 "), (HALF_A_BODY, b" ", b" 408 "), (NOTHING_MORE, b"", b" 200 ")],
    ids=["header", "body", "idle"],
)
def test_slow_clients_are_cut_off_and_others_served(new_system, begin, feed, said):
    system = new_system(HASTY)
    with contextlib.ExitStack() as all_of_them:
        slow = [all_of_them.enter_context(socket.create_connection(system.address, timeout=10)) for _ in range(COUNT)]
        for connection in slow:
            connection.sendall(begin)
        with system.client() as http:
            user = create_user(http)["id"]
            assert {http.get(f"/api/users/{user}").status_code for _ in range(200)} == {200}
        assert said in answers_until_cut(slow[0], feed)
        for connection in slow[1:]:
            answers_until_cut(connection, b"")


def test_who_does_not_read_is_cut_off(new_system):
    system = new_system(HASTY)
    with socket.socket() as lazy:
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        lazy.connect(system.address)
        lazy.settimeout(2)
        wanted = 400
        with contextlib.suppress(OSError):
            lazy.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n" * wanted)
        with system.client() as http:
            size = len(http.get("/openapi.json").content)
            until = time.monotonic() + 6
            while time.monotonic() < until:
                assert http.get("/health").status_code == 200
                time.sleep(0.05)
        received = 0
        with contextlib.suppress(OSError):
            while part := lazy.recv(1 << 20):
                received += len(part)
        assert received < wanted * size / 2, "it went on sending to a client that did not read"
