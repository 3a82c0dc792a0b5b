"""Two thousand attackers at once, of the four kinds that slowhttptest knows, and such as never finish a TLS handshake: every one is cut
off, memory stays bounded, nothing is left behind, and all others are served."""

import contextlib
import selectors
import socket
import time

import pytest

from harness.collector import wait_for
from harness.h2_ports import resident_bytes
from harness.held import allow_descriptors, descriptors
from harness.shop import create_user, done
from harness.system import ONE
from harness.tls import Certificates

pytestmark = pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")

EACH = 500
# A connection may hold an answer, and beside it what was collected of those before; all that is asked for here would be 1 MiB each.
BYTES_EACH_MAX = 128 * 1024
CUT_SECONDS_MAX = 30
# More than the system is allowed, by the piece that it may have been given in one go.
QUEUED_BYTES_MAX = 256 * 1024
HASTY = {"TRADEWIND_HTTP_HEADER_TIMEOUT_MS": "1000", "TRADEWIND_HTTP_REQUEST_TIMEOUT_MS": "2000", "TRADEWIND_HTTP_IDLE_TIMEOUT_MS": "2000"}
# More ranges than anybody would serve (CVE-2011-3192), then silence on the connection.
RANGES = ",".join(["0-"] + [f"5-{end}" for end in range(1300)]).encode()
ATTACKS = {
    "slow header": b"GET /health HTTP/1.1\r\nHost: a\r\nX-Slow: ",
    "slow body": b'POST /api/users HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"email"',
    "slow read": b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n" * 30,
    "ranges": b"GET /openapi.json HTTP/1.1\r\nHost: a\r\nRange: bytes=" + RANGES + b"\r\n\r\n",
}
DRIP = {"slow header": b"x", "slow body": b" "}


def attack(address: tuple[str, int], kind: str) -> socket.socket:
    one = socket.socket()
    if kind == "slow read":
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    one.connect(address)
    one.setblocking(False)
    one.send(ATTACKS[kind])
    return one


def drip(attackers: dict[socket.socket, str]):
    """A byte more from each that is slow; those that have been cut off are told apart later."""
    for one, kind in attackers.items():
        with contextlib.suppress(OSError):
            one.send(DRIP.get(kind, b""))


def wait_cut(attackers: dict[socket.socket, str]):
    """Reads what comes, now that it does not matter any more, until the server has closed each of them."""
    give_up = time.monotonic() + CUT_SECONDS_MAX
    with selectors.DefaultSelector() as selector:
        for one in attackers:
            selector.register(one, selectors.EVENT_READ)
        while selector.get_map():
            assert time.monotonic() < give_up, f"{len(selector.get_map())} are not cut off"
            for key, _ in selector.select(0.2):
                try:
                    over = not key.fileobj.recv(65536)
                except OSError:
                    over = True
                if over:
                    selector.unregister(key.fileobj)


def test_two_thousand_slow_clients_harm_only_themselves(new_system):
    system = new_system(HASTY)
    wanted = len(ATTACKS) * EACH + 500
    assert allow_descriptors(wanted) >= wanted, "the tests need a hard limit of 2,500 descriptors (ulimit -H -n)"
    pid = system.process_of("gateway").pid
    with contextlib.ExitStack() as until_end, system.client() as http:
        user = create_user(http)["id"]
        open_before, bytes_before = descriptors(pid), resident_bytes(pid)
        attackers = {until_end.enter_context(attack(system.address, kind)): kind for _ in range(EACH) for kind in ATTACKS}
        until, served = time.monotonic() + 4, 0
        while time.monotonic() < until:
            drip(attackers)
            for _ in range(20):
                assert done(http.get(f"/api/users/{user}"))["id"] == user
            create_user(http)
            with system.client() as newcomer:
                assert newcomer.get("/health").status_code == 200
            served += 1
        assert served > 3
        assert resident_bytes(pid) - bytes_before < len(attackers) * BYTES_EACH_MAX
        wait_cut(attackers)
        until_end.close()
        wait_for(lambda: descriptors(pid) <= open_before + 20)
        create_user(http)


def queued_bytes(port: int) -> dict[str, int]:
    """What the system holds of each connection's output on our side, by its place in the list of sockets."""
    with open("/proc/net/tcp") as listing:
        rows = [line.split() for line in listing.readlines()[1:]]
    return {row[2]: int(row[4].split(":")[0], 16) for row in rows if int(row[1].split(":")[1], 16) == port and row[3] != "0A"}


def test_who_does_not_read_holds_little_of_the_systems_memory(new_system):
    """The memory for all connections together is bounded, and where it runs out all of them stall."""
    system = new_system(HASTY)
    with contextlib.ExitStack() as until_end:
        attackers = [until_end.enter_context(attack(system.address, "slow read")) for _ in range(20)]
        wait_for(lambda: len(queued_bytes(system.address[1])) == len(attackers) and min(queued_bytes(system.address[1]).values()) > 0)
        give_up = time.monotonic() + CUT_SECONDS_MAX
        while queued := queued_bytes(system.address[1]):
            assert max(queued.values()) < QUEUED_BYTES_MAX, queued
            assert time.monotonic() < give_up, f"{queued} are held for clients that were given up"
            time.sleep(0.02)
        assert len(attackers) == 20


def test_a_thousand_ranges_are_answered_as_one(new_system):
    system = new_system()
    with system.client() as http:
        whole = http.get("/openapi.json")
        answer = http.get("/openapi.json", headers={"range": "bytes=" + RANGES.decode()})
    assert (answer.status_code, answer.content) == (200, whole.content)


@pytest.mark.parametrize("port", ["http", "user"])
def test_who_never_finishes_the_handshake_keeps_nobody_out(new_system, stubs, tmp_path, port):
    """More than may shake hands at once on the only loop, and each newcomer finds room."""
    certificates = Certificates(tmp_path / "certs")
    system = new_system(certificates.edge() | certificates.rpc() | {"TRADEWIND_RUNTIME_LOOPS": "1"})
    assert allow_descriptors(2000) >= 1500, "the tests need a hard limit of 1,500 descriptors (ulimit -H -n)"
    process = system.process_of("gateway")
    host, number = (process.ready["http"] if port == "http" else system.grpc("user")).rsplit(":", 1)
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(socket.create_connection((host, int(number)), 10)) for _ in range(1000)]
        for one in silent[::2]:
            one.sendall(b"\x16\x03\x01")  # a record begins
        for _ in range(5):
            if port == "http":
                with certificates.client(system) as http:
                    create_user(http)
            else:
                with certificates.channel(system, "user") as channel:
                    stubs.user_grpc.UserServiceStub(channel).ListUsers(stubs.user.ListUsersRequest(page_size=1), timeout=20)
