"""What callers see when a module is overloaded, and when one behind it is slow."""

import concurrent.futures
import contextlib
import threading
import time

import grpc
import pytest

from harness.shop import create_product, create_user, problem
from harness.system import FIVE, ONE

SMALL = pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")
PROCESSES = pytest.mark.parametrize("placement", [FIVE], scope="session")
ONE_CALL_AT_ONCE = {
    "TRADEWIND_RPC_LIMIT_FIRST": "1",
    "TRADEWIND_RPC_LIMIT_MIN": "1",
    "TRADEWIND_RPC_LIMIT_MAX": "1",
    "TRADEWIND_RPC_QUEUED_CALLS_MAX": "0",
}
# Less than the deadline of the call that the order service makes.
AT_ONCE_SECONDS = 0.4


def at_once(count, work) -> list:
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return [future.result() for future in [pool.submit(work, number) for number in range(count)]]


@SMALL
def test_calls_beyond_the_limit_are_refused_and_told_when_to_come_back(new_system):
    system = new_system(ONE_CALL_AT_ONCE)
    with system.client() as http:
        until = time.monotonic() + 30
        refused = []
        while not refused and time.monotonic() < until:
            answers = at_once(30, lambda number: http.post("/api/users", json={"email": f"{time.monotonic_ns()}-{number}@x.example", "name": "A"}))
            assert {answer.status_code for answer in answers} <= {200, 503}
            refused = [answer for answer in answers if answer.status_code == 503]
            assert {http.get("/health").status_code for _ in range(5)} == {200}
        problem(refused[0], 503, "OVERLOADED")
        assert refused[0].json()["retryable"] is True
        assert int(refused[0].headers["retry-after"]) >= 1
        create_user(http)


@SMALL
def test_the_limit_can_be_turned_off(new_system):
    system = new_system(ONE_CALL_AT_ONCE | {"TRADEWIND_RPC_ADAPTIVE_LIMIT": "false"})
    with system.client() as http:
        answers = at_once(30, lambda number: http.post("/api/users", json={"email": f"{number}@x.example", "name": "A"}))
    assert {answer.status_code for answer in answers} == {200}


class SlowUsers:
    """A user service that answers when a test lets it."""

    def __init__(self, stubs):
        self.calls, self.released, self._stubs = 0, threading.Event(), stubs

    def get_user(self, request, _):
        self.calls += 1
        self.released.wait(2)
        return self._stubs.user.User(id=request.id, status="active")


@contextlib.contextmanager
def slow_users(system, stubs):
    """Takes the place of the product's user service, on its port."""
    address = system.grpc("user")
    system.processes["user"].stop()
    users = SlowUsers(stubs)
    read, write = stubs.user.GetUserRequest.FromString, stubs.user.User.SerializeToString
    methods = {"GetUser": grpc.unary_unary_rpc_method_handler(users.get_user, read, write)}
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(64))
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("user.UserService", methods)])
    assert server.add_insecure_port(address)
    server.start()
    try:
        yield users
    finally:
        users.released.set()
        server.stop(0).wait()


@PROCESSES
def test_a_slow_service_is_left_alone_and_does_not_slow_down_the_others(new_system, stubs):
    system = new_system({"TRADEWIND_RPC_BREAKER_FAILURES_MAX": "3", "TRADEWIND_RPC_BREAKER_PROBE_LAST_MS": "500"})
    with system.client() as http:
        user, product = create_user(http)["id"], create_product(http, stock=50)["id"]
        wanted = {"user_id": user, "product_id": product, "quantity": 1}
        with slow_users(system, stubs) as users:
            until = time.monotonic() + 60
            refusal = None
            while refusal is None and time.monotonic() < until:
                with concurrent.futures.ThreadPoolExecutor(1) as pool:
                    orders = pool.submit(at_once, 4, lambda _: http.post("/api/orders", json=wanted))
                    while not orders.done():
                        assert http.get(f"/api/products/{product}").status_code == 200
                        time.sleep(0.05)
                answers = orders.result()
                assert {answer.status_code for answer in answers} <= {503, 504}
                refusal = next((answer for answer in answers if answer.json().get("code") == "CIRCUIT_OPEN"), None)
            problem(refusal, 503, "CIRCUIT_OPEN")
            assert int(refusal.headers["retry-after"]) >= 1
            assert refusal.elapsed.total_seconds() < AT_ONCE_SECONDS
            users.released.set()
            until = time.monotonic() + 10
            while (answer := http.post("/api/orders", json=wanted)).status_code != 200:
                assert time.monotonic() < until, answer.text
                time.sleep(0.1)
