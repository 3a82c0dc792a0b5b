"""Connections between modules that break as an answer comes back: the call was done, and its caller cannot know. Nothing is done twice, and
nothing is left reserved."""

import pytest

from harness.fault_proxy import FaultProxy
from harness.network import address_of, get, wait_served
from harness.shop import create_product, create_user, problem, stock
from harness.system import FIVE

five_processes = pytest.mark.parametrize("placement, engine", [(FIVE, "sqlite")], scope="session")


@pytest.fixture
def before_catalog(new_system):
    """A system whose gateway and order service reach the catalogue through a proxy: (system, proxy)."""
    system = new_system()
    with FaultProxy(address_of(system.grpc("catalog"))) as proxy:
        for name in ("gateway", "order"):
            system.processes[name].stop()
        for name in ("order", "gateway"):
            system.start_process(name, "--set", f"catalog.url={proxy.url}")
        yield system, proxy


@five_processes
def test_a_change_with_a_key_whose_answer_is_lost_is_made_once_and_answered_later(before_catalog):
    system, proxy = before_catalog
    with system.client() as http:
        bought = create_product(http, stock=5)["id"]
        change = {"json": {"delta": 100, "reason": "delivery"}, "headers": {"idempotency-key": "delivery-7"}}
        proxy.losing_answers = True
        answer = http.post(f"/api/products/{bought}/stock", **change)
        proxy.heal()
        wait_served(http, get(f"/api/products/{bought}"))
        assert problem(answer, 503, "UNAVAILABLE")["retryable"], "repeating it does no harm"
        again = http.post(f"/api/products/{bought}/stock", **change)
        assert again.status_code == 200 and again.json()["stock"]["on_hand"] == 105
        assert again.headers["idempotent-replayed"] == "true"
        assert stock(http, bought)["on_hand"] == 105


@five_processes
def test_a_change_whose_answer_is_lost_is_not_made_again(before_catalog):
    system, proxy = before_catalog
    with system.client() as http:
        bought = create_product(http, stock=5)["id"]
        proxy.losing_answers = True
        answer = http.post(f"/api/products/{bought}/stock", json={"delta": 100, "reason": "delivery"})
        proxy.heal()
        wait_served(http, get(f"/api/products/{bought}"))
        assert stock(http, bought)["on_hand"] == 105
        assert not problem(answer, 503, "UNAVAILABLE")["retryable"], "it was done"


@five_processes
def test_an_order_whose_reservation_is_lost_leaves_no_stock_reserved(before_catalog):
    system, proxy = before_catalog
    with system.client() as http:
        user, bought = create_user(http)["id"], create_product(http, stock=5)["id"]
        proxy.losing_answers = True
        answer = http.post("/api/orders", json={"user_id": user, "product_id": bought, "quantity": 5})
        proxy.heal()
        wait_served(http, get(f"/api/products/{bought}"))
        assert problem(answer, 503, "UNAVAILABLE")["retryable"], "no order was placed"
        assert stock(http, bought) == {"on_hand": 5, "reserved": 0, "available": 5}
        assert http.get("/api/orders", params={"user_id": user}).json()["orders"] == []


@five_processes
def test_a_read_whose_answer_is_lost_is_made_again(before_catalog):
    system, proxy = before_catalog
    with system.client() as http:
        bought = create_product(http, stock=5)["id"]
        proxy.losing_answers = True
        problem(http.get(f"/api/products/{bought}"), 503, "UNAVAILABLE")
        proxy.heal()
        wait_served(http, get(f"/api/products/{bought}"))


@five_processes
def test_a_service_that_is_killed_between_its_commit_and_its_answer_has_placed_one_order(new_system):
    system = new_system()
    first = system.processes["order"]
    with FaultProxy(address_of(system.grpc("order"))) as proxy:
        system.processes["gateway"].stop()
        system.start_process("gateway", "--set", f"order.url={proxy.url}")
        with system.client() as http:
            user, bought = create_user(http)["id"], create_product(http, stock=5)["id"]
            order = {"json": {"user_id": user, "product_id": bought, "quantity": 1}, "headers": {"idempotency-key": "order-1"}}
            proxy.losing_answers = True
            problem(http.post("/api/orders", **order), 503, "UNAVAILABLE")
            first.kill()
            second = system.start_process("order")
            proxy.target = address_of(second.ready["grpc"]["order"])
            proxy.heal()
            wait_served(http, get("/api/orders?page_size=1"))
            again = http.post("/api/orders", **order)
            assert again.status_code == 200 and again.headers["idempotent-replayed"] == "true"
            assert [one["id"] for one in http.get("/api/orders", params={"user_id": user}).json()["orders"]] == [again.json()["id"]]
            assert stock(http, bought)["reserved"] == 1
