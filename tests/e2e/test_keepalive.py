"""Peers that have gone without a word, peers that ask too often whether somebody is there, and what operators see of connections."""

import contextlib
import socket
import subprocess
import threading
import time

import grpc
import httpx
import pytest

from harness.collector import wait_for
from harness.h2_wire import ACK, GOAWAY, PING, H2Client, H2Wire, frame
from harness.process import run
from harness.shop import create_order, create_product, create_user, problem
from harness.system import FIVE, ONE

SMALL = pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")
PROCESSES = pytest.mark.parametrize("placement, engine", [(FIVE, "sqlite")], scope="session")
POSTGRES = pytest.mark.parametrize("placement, engine", [(ONE, "postgresql")], scope="session")
ENHANCE_YOUR_CALM = 11
GET_USER = "/user.UserService/GetUser"
GRPC = (("te", "trailers"), ("content-type", "application/grpc"))


def wire_to(authority: str) -> H2Wire:
    host, port = authority.rsplit(":", 1)
    return H2Wire((host, int(port)))


def ping(wire: H2Wire, number: int) -> bool:
    """Whether it is answered."""
    payload = number.to_bytes(8, "big")
    wire.send(frame(PING, 0, 0, payload))
    wire.read(lambda kind, flags, _, content: (kind == PING and flags & ACK and content == payload) or kind == GOAWAY)
    return not wire.closed and wire.frames[-1][0] == PING


def channelz(system, module: str) -> list[dict]:
    """What the loops of one module say."""
    answer = httpx.get(system.ops_url(module) + "/channelz", timeout=10, trust_env=False)
    assert answer.status_code == 200
    return [entry for entry in answer.json()["modules"] if entry["module"] == module]


def connections(system, module: str) -> list[dict]:
    return [connection for entry in channelz(system, module) for connection in entry["server"]["connections"]]


@SMALL
def test_a_client_that_pings_too_often_is_sent_away_with_the_reason(system, stubs, http):
    user = create_user(http)
    with grpc.insecure_channel(system.grpc("user")) as other, wire_to(system.grpc("user")) as wire:
        users = stubs.user_grpc.UserServiceStub(other)
        for number in range(3):
            assert ping(wire, number)
        assert users.GetUser(stubs.user.GetUserRequest(id=user["id"]), timeout=10).id == user["id"]
        assert not ping(wire, 3)
        assert wire.goaway() == ENHANCE_YOUR_CALM
        words = [payload[8:] for kind, _, _, payload in wire.frames if kind == GOAWAY]
        assert words == [b"too_many_pings"]
        assert users.GetUser(stubs.user.GetUserRequest(id=user["id"]), timeout=10).id == user["id"]


@SMALL
def test_pings_between_answers_are_free(system):
    with wire_to(system.grpc("user")) as wire:
        for round in range(10):
            for number in range(3):
                assert ping(wire, 100 * round + number)
            stream = 2 * round + 1
            wire.send(wire.headers(stream, *GRPC, path=GET_USER, method="POST"))
            assert wire.read(lambda kind, _, at, __: kind == 1 and at == stream)


@SMALL
def test_counting_pings_can_be_turned_off(new_system):
    system = new_system({"TRADEWIND_RPC_PERMIT_KEEPALIVE_TIME_MS": "0"})
    with wire_to(system.grpc("user")) as wire:
        assert all(ping(wire, number) for number in range(50))


@SMALL
def test_the_http_port_counts_no_pings_below_a_flood(system):
    """Browsers and proxies ask before they use a connection that has been idle."""
    with H2Wire(system.address) as wire:
        assert all(ping(wire, number) for number in range(50))


@SMALL
def test_a_client_that_does_not_answer_is_cut_and_one_that_does_stays(new_system):
    system = new_system({"TRADEWIND_RPC_SERVER_KEEPALIVE_TIME_MS": "200", "TRADEWIND_RPC_SERVER_KEEPALIVE_TIMEOUT_MS": "5000"})
    asked = lambda kind, flags, *_: kind == PING and not flags & ACK
    with wire_to(system.grpc("user")) as living, wire_to(system.grpc("user")) as dead:
        for _ in range(20):
            assert living.read(asked)
            living.send(frame(PING, ACK, 0, living.frames[-1][3]))
        dead.read()
        assert dead.closed
        assert [kind for kind, flags, _, __ in dead.frames if kind == PING and not flags & ACK], "it was not asked"
        assert living.read(asked)


@SMALL
def test_the_http_port_cuts_a_client_that_does_not_answer(new_system):
    env = {"TRADEWIND_HTTP_KEEPALIVE_TIME_MS": "200", "TRADEWIND_HTTP_IDLE_TIMEOUT_MS": "3600000"}
    system = new_system(env)
    with H2Wire(system.address, timeout=60) as wire:
        assert wire.read(lambda kind, flags, *_: kind == PING and not flags & ACK)
        wire.read(seconds=60)
        assert wire.closed
    with H2Client(system.address) as other:
        assert other.ask()[0] == 200


@SMALL
def test_connections_that_become_too_old_lose_no_call(new_system, stubs):
    system = new_system({"TRADEWIND_RPC_CONNECTION_AGE_MS": "200"})
    with system.client() as http:
        user = create_user(http)["id"]
    seen: set[str] = set()
    # Who looks sees a connection only while it is there.
    look = lambda: seen.update(connection["peer"] for connection in connections(system, "user"))
    give_up = time.monotonic() + 60
    with grpc.insecure_channel(system.grpc("user")) as channel:
        users = stubs.user_grpc.UserServiceStub(channel)
        while len(seen) < 5:
            assert time.monotonic() < give_up, f"only {seen}"
            calls = [users.GetUser.future(stubs.user.GetUserRequest(id=user), timeout=20) for _ in range(50)]
            look()
            assert {call.result().id for call in calls} == {user}
            look()


class Swallow:
    """Between a client and a server: passes on, until it swallows all that comes on the connections there are. Nobody is told."""

    def __init__(self, authority: str):
        host, port = authority.rsplit(":", 1)
        self._target = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []
        self._holes: list[threading.Event] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def connections(self) -> int:
        return len(self._holes)

    def swallow(self):
        for hole in self._holes:
            hole.set()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near = self._listener.accept()[0]
                far = socket.create_connection(self._target)
                hole = threading.Event()
                self._sockets += [near, far]
                self._holes.append(hole)
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(source, sink, hole), daemon=True).start()

    @staticmethod
    def _carry(source: socket.socket, sink: socket.socket, hole: threading.Event):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if not hole.is_set():
                    sink.sendall(data)
            if not hole.is_set():
                sink.shutdown(socket.SHUT_WR)

    def close(self):
        for one in (self._listener, *self._sockets):
            one.close()


@PROCESSES
def test_a_module_that_has_gone_without_a_word_is_given_up_and_reached_anew(new_system):
    system = new_system()
    between = Swallow(system.grpc("order"))
    with contextlib.closing(between), system.client() as http:
        user, bought = create_user(http), create_product(http, stock=50)
        quick = ("rpc.keepalive_time_ms=300", "rpc.keepalive_timeout_ms=300", f"order.url={between.url}", "runtime.loops=1")
        system.processes["gateway"].stop()
        system.start_process("gateway", *(part for one in quick for part in ("--set", one)))
        wanted = {"user_id": user["id"], "product_id": bought["id"], "quantity": 1}
        with system.client() as shop:
            create_order(shop, user["id"], bought["id"])
            before = between.connections
            between.swallow()
            problem(shop.post("/api/orders", json=wanted), 503, "UNAVAILABLE")  # its deadline would have made it a 504
            create_order(shop, user["id"], bought["id"])
            assert between.connections == before + 1


@PROCESSES
def test_channels_and_servers_are_shown(new_system):
    system = new_system()
    with system.client() as http:
        user = create_user(http)
        assert http.get(f"/api/users/{user['id']}").status_code == 200
        assert http.get("/api/users/01a20000-0000-7000-8000-000000000000").status_code == 404
        channels = [channel for entry in channelz(system, "gateway") for channel in entry["channels"]]
        to_user = [channel for channel in channels if system.grpc("user") in channel["target"]]
        assert sum(channel["calls"]["started"] for channel in to_user) == 3
        assert sum(channel["calls"]["succeeded"] for channel in to_user) == 2
        assert sum(channel["calls"]["failed"] for channel in to_user) == 1
        used = [channel for channel in to_user if channel["calls"]["started"]]
        assert {channel["connectivity"] for channel in used} == {"ready"}
        assert all(channel["subchannels"][0]["address"] == system.grpc("user") for channel in used)
        assert all(channel["subchannels"][0]["connections"] == 1 for channel in used)

        served = channelz(system, "user")
        assert sorted(entry["loop"] for entry in served) == list(range(len(served)))
        assert sum(entry["server"]["calls"]["started"] for entry in served) >= 3
        here = connections(system, "user")
        assert len(here) == sum(entry["server"]["connections_open"] for entry in served) == len(used)
        assert all(one["peer"].startswith("127.0.0.1:") and one["identity"] == "" and one["age_ms"] >= 0 for one in here)
        assert sum(one["streams_started"] for one in here) >= 3
    with wire_to(system.grpc("user")) as wire:
        assert ping(wire, 1) and ping(wire, 2)
        assert 2 in [one["pings_received"] for one in connections(system, "user")]
    refused = httpx.post(system.ops_url() + "/channelz", timeout=10, trust_env=False)
    assert refused.status_code == 405
    assert httpx.get(system.url + "/channelz", timeout=10, trust_env=False).status_code == 404


@SMALL
def test_channels_within_the_process_are_shown(system, http):
    create_user(http)
    channels = [channel for entry in channelz(system, "gateway") for channel in entry["channels"]]
    assert channels
    assert {(channel["policy"], channel["connectivity"]) for channel in channels} == {("local", "ready")}
    assert sum(channel["calls"]["succeeded"] for channel in channels) >= 1


@pytest.mark.parametrize("setting", ["rpc.keepalive_time_ms=-1", "rpc.keepalive_timeout_ms=0", "rpc.server_keepalive_time_ms=86400001",
                                     "rpc.server_keepalive_timeout_ms=9", "rpc.permit_keepalive_time_ms=never",
                                     "rpc.permit_keepalive_without_calls=2", "http.keepalive_time_ms=-1"])
def test_settings_have_bounds(tmp_path, setting):
    refused = run("config", "show", "--set", setting, folder=tmp_path)
    assert refused.returncode == 78, refused.stdout + refused.stderr
    assert setting.split("=")[0] in refused.stderr


def test_settings_are_shown_with_their_defaults(tmp_path):
    shown = run("config", "show", folder=tmp_path).stdout
    for key, value in {"rpc.keepalive_time_ms": "30000", "rpc.keepalive_timeout_ms": "20000", "rpc.keepalive_without_calls": "false",
                       "rpc.server_keepalive_time_ms": "7200000", "rpc.server_keepalive_timeout_ms": "20000",
                       "rpc.permit_keepalive_time_ms": "20000", "rpc.permit_keepalive_without_calls": "false",
                       "http.keepalive_time_ms": "120000"}.items():
        line = next(line for line in shown.splitlines() if line.startswith(key + " "))
        assert line.split()[1] == value, line


@contextlib.contextmanager
def locked(server, database: str, table: str):
    """Nobody reads or writes the table meanwhile."""
    command = server._command("psql", "--host=127.0.0.1", f"--port={server.port}", "--username=tradewind", f"--dbname={database}", "--quiet")
    with subprocess.Popen(**command | {"stdin": subprocess.PIPE}, text=True, stdout=subprocess.DEVNULL) as holder:
        holder.stdin.write(f"BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;\n")
        holder.stdin.flush()
        granted = f"SELECT count(*) FROM pg_locks WHERE relation = '{table}'::regclass AND mode = 'AccessExclusiveLock' AND granted"
        try:
            assert wait_for(lambda: server.sql(granted, database).strip() == "1")
            yield
        finally:
            holder.stdin.close()


def waiting(server, database: str) -> int:
    """Statements that wait for a lock."""
    return int(server.sql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'", database))


LIST_USERS_DEADLINE_SECONDS = 5


def stops_in_time(stubs, users, way: str, still_waits) -> bool:
    """Whether a call that is over was seen to take its statement along, before the method's own deadline would have. False also where
    this machine was too slow to tell."""
    give_up = time.monotonic() + LIST_USERS_DEADLINE_SECONDS - 0.5
    call = users.ListUsers.future(stubs.user.ListUsersRequest(page_size=1), timeout=2 if way == "deadline" else 60)
    while not still_waits():
        if call.done() or time.monotonic() > give_up:
            return False
    if way == "cancel":
        call.cancel()
    while still_waits():
        if time.monotonic() > give_up:
            call.cancel()
            return False
    assert call.code() is (grpc.StatusCode.CANCELLED if way == "cancel" else grpc.StatusCode.DEADLINE_EXCEEDED)
    return time.monotonic() < give_up


@POSTGRES
@pytest.mark.parametrize("way", ["cancel", "deadline"])
def test_a_call_that_is_over_stops_its_statement(new_system, postgres, stubs, way):
    system = new_system()
    database = system.env["DATABASE_URL"].rsplit("/", 1)[1]
    with grpc.insecure_channel(system.grpc("user")) as channel:
        users = stubs.user_grpc.UserServiceStub(channel)
        with locked(postgres, database, "users"):
            still_waits = lambda: waiting(postgres, database) > 0
            assert any(stops_in_time(stubs, users, way, still_waits) for _ in range(5))
        users.ListUsers(stubs.user.ListUsersRequest(page_size=1), timeout=10)
