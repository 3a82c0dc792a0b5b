"""When a service that others call goes away and comes back. Only where modules are processes of their own."""

import socket
import time

import grpc
import pytest

from harness.shop import create_order, create_product, create_user, done, problem, stock
from harness.system import FIVE
from harness.wire import Wire, request

pytestmark = pytest.mark.parametrize("placement", [FIVE], scope="session")


def restart(system, module: str):
    """On the same port and data."""
    address = system.grpc(module)
    system.processes[module].kill()
    return lambda: system.start_process(module, "--grpc", f"{module}={address}")


def eventually(condition, seconds: float = 10):
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "did not recover in time"
        time.sleep(0.05)


def test_without_the_user_service_orders_answer_503_until_it_is_back(new_system):
    system = new_system()
    with system.client() as http:
        user, bought = create_user(http), create_product(http, stock=5)
        start_again = restart(system, "user")
        wanted = {"user_id": user["id"], "product_id": bought["id"], "quantity": 1}
        for path, call in (("/api/orders", lambda: http.post("/api/orders", json=wanted)), ("/api/users", lambda: http.get("/api/users"))):
            started = time.monotonic()
            answer = call()
            assert time.monotonic() - started < 6, path
            told = problem(answer, 503, "UNAVAILABLE")
            assert told["retryable"] is True
            assert "the user module" in told["detail"] and system.grpc("user") not in answer.text, "which module, and not where"
            assert system.grpc("user").rsplit(":", 1)[1] not in answer.text
            assert int(answer.headers["retry-after"]) >= 1
        assert done(http.get("/api/products/prod-123")), "what needs no user goes on"
        assert any(system.grpc("user") in line for line in system.tail().splitlines() if "rpc.refused" in line), "the log says where"
        start_again()
        eventually(lambda: http.post("/api/orders", json=wanted).status_code == 200)
        assert create_order(http, user["id"], bought["id"])["status"] == "pending"


def test_stock_is_not_reserved_for_an_order_that_failed(new_system):
    system = new_system()
    with system.client() as http:
        user, bought = create_user(http), create_product(http, stock=5)
        restart(system, "user")
        wanted = {"user_id": user["id"], "product_id": bought["id"], "quantity": 1}
        problem(http.post("/api/orders", json=wanted), 503, "UNAVAILABLE")
        eventually(lambda: stock(http, bought["id"])["reserved"] == 0)


def test_over_grpc_it_is_unavailable(new_system, stubs):
    system = new_system()
    with system.client() as http:
        user = create_user(http)
    restart(system, "catalog")
    with grpc.insecure_channel(system.grpc("order")) as channel:
        orders = stubs.order_grpc.OrderServiceStub(channel)
        with pytest.raises(grpc.RpcError) as caught:
            orders.CreateOrder(stubs.order.CreateOrderRequest(user_id=user["id"], product_id="prod-123", quantity=1), timeout=10)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


def test_a_service_that_stays_silent_costs_the_deadline_and_no_more(new_system):
    """Something accepts the connection and never says a word."""
    system = new_system()
    with system.client() as http:
        user = create_user(http)
        address = system.grpc("user")
        system.processes["user"].stop()
        host, port = address.rsplit(":", 1)
        with socket.create_server((host, int(port))):
            started = time.monotonic()
            answer = http.get(f"/api/users/{user['id']}")
            assert answer.status_code in (503, 504), answer.text
            assert time.monotonic() - started < 3, "GetUser has a deadline of 1 s"
            # The shorter deadline of a caller that gives up ends the wait as well.
            assert http.get("/health").status_code == 200


def test_a_client_that_goes_away_harms_nobody(new_system):
    system = new_system()
    body = b'{"email":"gone@example.com","name":"Gone"}'
    for _ in range(50):
        with Wire(system.address) as wire:
            wire.send(request("POST", "/api/users", "Content-Type: application/json", body=body))
    with system.client() as http:
        create_user(http)


def test_services_may_start_in_any_order(new_system):
    system = new_system()
    with system.client() as http:
        starts = {module: restart(system, module) for module in ("user", "catalog")}
        for module in ("catalog", "user"):
            starts[module]()
        eventually(lambda: http.get("/api/users", params={"page_size": 1}).status_code == 200)
        user = create_user(http)
        wanted = {"user_id": user["id"], "product_id": "prod-123", "quantity": 1}
        eventually(lambda: http.post("/api/orders", json=wanted).status_code == 200)
