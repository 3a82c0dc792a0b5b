"""A network that delays, slices, throttles, cuts and swallows, between the client and the edge and between the modules. Calls end with the
right status in time, everything recovers by itself, and nothing is left behind."""

import concurrent.futures
import contextlib
import os
import time

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from harness.collector import wait_for
from harness.fault_proxy import FaultProxy
from harness.metrics import Series
from harness.network import HARMLESS, IN_TIME_SECONDS, address_of, at_rest, buy, client_of, get, impose, post_user, wait_served
from harness.shop import create_user, done, new_email, problem
from harness.system import FIVE, ONE

five_processes = pytest.mark.parametrize("placement, engine", [(FIVE, "sqlite")], scope="session")
one_process = pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")
harmless = pytest.mark.parametrize("fault", HARMLESS)

# Of the gateway and the order service to the user service: one of each loop.
LINKS_MAX = 2 * os.cpu_count()


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
    system = new_system({"TRADEWIND_HTTP_IDLE_TIMEOUT_MS": "1000", "TRADEWIND_HTTP_REQUEST_TIMEOUT_MS": "1000"})
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
        wait_served(http, get(f"/api/users/{user}"))
        buy(http)
    wait_for(lambda: at_rest(system))
    wait_for(lambda: proxy.connections() <= LINKS_MAX)


@five_processes
def test_calls_that_are_under_way_when_they_are_cut_end_at_once(before_user):
    system, proxy = before_user
    with system.client() as http, concurrent.futures.ThreadPoolExecutor(4) as pool:
        user = create_user(http)["id"]
        proxy.swallowing = True
        started = time.monotonic()
        calls = [pool.submit(post_user, http) for _ in range(4)]
        wait_for(lambda: Series(system).value("http_server_active_requests") == len(calls))
        proxy.reset_all()
        for call in calls:
            problem(call.result(), 503, call.result().json()["code"])
            assert int(call.result().headers["retry-after"]) >= 1
        assert time.monotonic() - started < IN_TIME_SECONDS
        proxy.heal()
        wait_served(http, get(f"/api/users/{user}"))
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
        wait_served(http, get(f"/api/users/{user}"))
        buy(http)
    wait_for(lambda: at_rest(system))
    wait_for(lambda: proxy.connections() <= LINKS_MAX)


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


@five_processes
def test_a_stream_that_is_cut_ends_on_both_sides(new_system):
    system = new_system()
    before = Series(system).value("tw_rpc_server_active_calls")
    with FaultProxy(address_of(system.grpc("user"))) as proxy, grpc.insecure_channel(f"127.0.0.1:{proxy.port}") as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=60)
        assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
        proxy.reset_all()
        with pytest.raises(grpc.RpcError) as caught:
            next(watch)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        wait_for(lambda: Series(system).value("tw_rpc_server_active_calls") == before)
