"""A network that delays, slices, throttles, cuts and swallows: between the client and the edge, between the modules, before the database
and before telemetry's receiver. Calls end with the right status in time, everything recovers by itself, and nothing is left behind."""

import concurrent.futures
import contextlib
import time
import urllib.parse

import grpc
import httpx
import pytest

from harness.collector import Collector, wait_for
from harness.fault_proxy import FaultProxy
from harness.metrics import Series
from harness.shop import create_order, create_product, create_user, done, new_email, problem
from harness.system import FIVE, ONE, System

five_processes = pytest.mark.parametrize("placement, engine", [(FIVE, "sqlite")], scope="session")
one_process = pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")

# No deadline of the contract is longer; what takes longer than this has no deadline.
IN_TIME_SECONDS = 10
RECOVERS_SECONDS_MAX = 15
# How the faults that lose nothing are set.
HARMLESS = {
    "late": {"latency_seconds": 0.05},
    "sliced": {"slice_bytes": 1},
    "throttled": {"bytes_per_second": 50_000},
}
harmless = pytest.mark.parametrize("fault", HARMLESS)


def impose(proxy: FaultProxy, fault: str):
    for name, value in HARMLESS[fault].items():
        setattr(proxy, name, value)


def client_of(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, timeout=30, trust_env=False)


def address_of(where: str) -> tuple[str, int]:
    host, port = where.rsplit(":", 1)
    return host, int(port)


def buy(http: httpx.Client):
    """One of everything."""
    user, bought = create_user(http), create_product(http, stock=3)
    order = create_order(http, user["id"], bought["id"], 1)
    assert done(http.get(f"/api/orders/{order['id']}"))["user_id"] == user["id"]


def at_rest(system: System) -> bool:
    series = Series(system)
    active = series.value("tw_rpc_server_active_calls")
    requests = sum(sample.value for sample in series.find("http_server_active_requests"))
    return (active, requests) == (0, 0)


def wait_served(http: httpx.Client, path: str):
    """Until it is answered again on every loop: a success alone might be another loop's."""
    in_a_row, give_up = 0, time.monotonic() + RECOVERS_SECONDS_MAX
    while in_a_row < 10:
        answer = http.get(path)
        in_a_row = in_a_row + 1 if answer.status_code == 200 else 0
        assert time.monotonic() < give_up, f"still {answer.status_code} {answer.text}"


@pytest.fixture
def before_user(new_system):
    """A system whose gateway and order service reach the user service through a proxy: (system, proxy)."""
    system = new_system()
    with FaultProxy(address_of(system.grpc("user"))) as proxy:
        for name in ("gateway", "order"):
            system.processes[name].stop()
        # In the order in which they depend on each other; the proxy takes the place of what they find by themselves.
        for name in ("order", "gateway"):
            system.start_process(name, "--set", f"user.url={proxy.url}")
        yield system, proxy


@harmless
@one_process
def test_a_bad_line_to_the_edge_makes_nothing_wrong(system, fault):
    with FaultProxy(system.address) as proxy, client_of(proxy.url) as http:
        impose(proxy, fault)
        buy(http)


@one_process
def test_clients_that_are_cut_off_leave_nothing_behind(system):
    with FaultProxy(system.address) as proxy, concurrent.futures.ThreadPoolExecutor(8) as pool:

        def ask(_: int):
            with contextlib.suppress(httpx.TransportError), client_of(proxy.url) as http:
                for _ in range(20):
                    create_user(http)

        proxy.latency_seconds = 0.01
        running = [pool.submit(ask, number) for number in range(8)]
        while not all(one.done() for one in running):
            time.sleep(0.05)
            proxy.reset_all()
        for one in running:
            one.result()
    wait_for(lambda: at_rest(system))
    with system.client() as http:
        buy(http)


@one_process
def test_clients_that_have_vanished_are_let_go(new_system):
    """Half-open: the server is never told, and finds out by its own time limits."""
    system = new_system({"TRADEWIND_HTTP_IDLE_TIME_MS": "1000", "TRADEWIND_HTTP_REQUEST_TIME_MS": "1000"})
    with FaultProxy(system.address) as proxy, contextlib.ExitStack() as stack:
        clients = [stack.enter_context(client_of(proxy.url)) for _ in range(20)]
        for http in clients:
            assert http.get("/health").status_code == 200
        assert proxy.connections() == len(clients)
        proxy.swallowing = True
        for http in clients:
            with pytest.raises(httpx.ReadTimeout):
                http.post("/api/users", json={"email": new_email(), "name": "Alice"}, timeout=0.05)
        wait_for(lambda: proxy.connections() == 0)
    wait_for(lambda: at_rest(system))


@harmless
@five_processes
def test_a_bad_line_between_modules_makes_nothing_wrong(before_user, fault):
    system, proxy = before_user
    impose(proxy, fault)
    with system.client() as http:
        buy(http)


@five_processes
def test_connections_that_are_cut_between_modules_are_made_again(before_user):
    system, proxy = before_user
    with system.client() as http:
        user = create_user(http)["id"]
        for _ in range(10):
            proxy.reset_all()
            answer = http.get(f"/api/users/{user}")
            if answer.status_code != 200:
                assert problem(answer, 503, "UNAVAILABLE")["retryable"] is True
                assert int(answer.headers["retry-after"]) >= 1
        wait_served(http, f"/api/users/{user}")
        buy(http)
    wait_for(lambda: at_rest(system))


@five_processes
def test_calls_that_are_under_way_when_they_are_cut_end_at_once(before_user):
    system, proxy = before_user
    with system.client() as http, concurrent.futures.ThreadPoolExecutor(4) as pool:
        user = create_user(http)["id"]
        proxy.swallowing = True
        started = time.monotonic()
        calls = [pool.submit(http.post, "/api/users", json={"email": new_email(), "name": "Alice"}) for _ in range(4)]
        wait_for(lambda: Series(system).value("http_server_active_requests") == len(calls))
        proxy.reset_all()
        for call in calls:
            problem(call.result(), 503, call.result().json()["code"])
            assert int(call.result().headers["retry-after"]) >= 1
        assert time.monotonic() - started < IN_TIME_SECONDS
        proxy.heal()
        wait_served(http, f"/api/users/{user}")
    wait_for(lambda: at_rest(system))


@five_processes
def test_a_module_that_is_swallowed_costs_its_callers_their_deadline_and_no_more(before_user):
    system, proxy = before_user
    with system.client() as http:
        user = create_user(http)["id"]
        proxy.swallowing = True
        for _ in range(3):
            started = time.monotonic()
            problem(http.get(f"/api/users/{user}"), 504, "DEADLINE_EXCEEDED")
            assert time.monotonic() - started < IN_TIME_SECONDS
        assert done(http.get("/api/products/prod-123")), "what needs no user goes on"
        proxy.heal()
        proxy.reset_all()
        wait_served(http, f"/api/users/{user}")
        buy(http)
    wait_for(lambda: at_rest(system))


@five_processes
def test_over_grpc_a_caller_is_told_by_the_codes_of_grpc(new_system, stubs):
    system = new_system()
    with FaultProxy(address_of(system.grpc("user"))) as proxy, grpc.insecure_channel(f"127.0.0.1:{proxy.port}") as channel:
        users = stubs.user_grpc.UserServiceStub(channel)
        made = users.CreateUser(stubs.user.CreateUserRequest(email=new_email(), name="Alice"), timeout=IN_TIME_SECONDS)
        proxy.swallowing = True
        with pytest.raises(grpc.RpcError) as caught:
            users.GetUser(stubs.user.GetUserRequest(id=made.id), timeout=0.5)
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        call = users.GetUser.future(stubs.user.GetUserRequest(id=made.id), timeout=IN_TIME_SECONDS)
        proxy.reset_all()
        assert call.code() is grpc.StatusCode.UNAVAILABLE
        proxy.heal()
        assert users.GetUser(stubs.user.GetUserRequest(id=made.id), timeout=IN_TIME_SECONDS, wait_for_ready=True).id == made.id
    wait_for(lambda: at_rest(system))


@pytest.fixture
def before_postgres(postgres, placement, request, tmp_path):
    """A system that reaches its database through a proxy: (system, proxy)."""
    with contextlib.ExitStack() as until:
        database = until.enter_context(postgres.database())
        proxy = until.enter_context(FaultProxy(("127.0.0.1", postgres.port)))
        url = urllib.parse.urlsplit(postgres.url(database))
        shop = System(placement, tmp_path, {"DATABASE_URL": url._replace(netloc=f"tradewind@127.0.0.1:{proxy.port}").geturl()})
        until.callback(shop.kill)
        yield shop.start(), proxy
        shop.stop()


by_postgres = pytest.mark.parametrize("placement", [ONE], scope="session")


@harmless
@by_postgres
def test_a_bad_line_to_the_database_makes_nothing_wrong(before_postgres, fault):
    system, proxy = before_postgres
    impose(proxy, fault)
    with system.client() as http:
        buy(http)


@by_postgres
def test_connections_to_the_database_that_are_cut_are_made_again(before_postgres):
    system, proxy = before_postgres
    with system.client() as http:
        user = create_user(http)["id"]
        for _ in range(10):
            proxy.reset_all()
            answer = http.get("/api/users", params={"page_size": 1})
            assert answer.status_code in (200, 503), answer.text
            assert answer.status_code == 200 or int(answer.headers["retry-after"]) >= 1
        wait_served(http, f"/api/users/{user}")
        buy(http)
    wait_for(lambda: at_rest(system))


@by_postgres
def test_a_database_that_is_swallowed_costs_its_callers_their_deadline_and_no_more(before_postgres):
    system, proxy = before_postgres
    with system.client() as http:
        create_user(http)
        proxy.swallowing = True
        for _ in range(3):
            started = time.monotonic()
            answer = http.get("/api/users", params={"page_size": 1})
            assert answer.status_code in (503, 504), answer.text
            assert answer.status_code == 504 or int(answer.headers["retry-after"]) >= 1
            assert time.monotonic() - started < IN_TIME_SECONDS
        assert http.get("/health").status_code == 200
        proxy.heal()
        wait_served(http, "/api/users?page_size=1")
        buy(http)
    wait_for(lambda: at_rest(system))


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
@one_process
def test_a_receiver_of_telemetry_that_is_swallowed_costs_no_request_anything(new_system, protocol):
    with contextlib.closing(Collector()) as collector:
        where = urllib.parse.urlsplit(collector.url(protocol))
        with FaultProxy((where.hostname, where.port)) as proxy:
            env = {"OTEL_EXPORTER_OTLP_ENDPOINT": proxy.url, "OTEL_EXPORTER_OTLP_PROTOCOL": protocol, "OTEL_BSP_SCHEDULE_DELAY": "50",
                   "OTEL_EXPORTER_OTLP_TIMEOUT": "1000"}  # fmt: skip
            shop = new_system(env)
            with shop.client() as http:
                proxy.swallowing = True
                for _ in range(20):
                    started = time.monotonic()
                    create_user(http)
                    assert time.monotonic() - started < IN_TIME_SECONDS
                proxy.heal()
                proxy.reset_all()
                # What was recorded meanwhile may be lost; what comes now is not.
                wait_for(lambda: create_user(http) and collector.spans())
            shop.stop()
