"""An order from its payment to its end, over HTTP."""

import secrets
import time

import pytest

from harness.many import at_once
from harness.shop import create_order, create_product, create_user, done, problem, stock

SOON = {"TRADEWIND_PAYMENT_RECONCILE_AFTER_SECONDS": "1"}


@pytest.fixture
def mug(http) -> dict:
    return create_product(http, stock=5)


@pytest.fixture
def order(http, mug) -> dict:
    return create_order(http, create_user(http)["id"], mug["id"], 2)


def pay(http, order: dict, token: str = "tok_ok", **fields):
    return http.post(f"/api/orders/{order['id']}/pay", json={"payment_token": token} | fields)


def read(http, order: dict) -> dict:
    return done(http.get(f"/api/orders/{order['id']}"))


def wait_until(what, seconds: float = 20):
    """Whatever `what` returns once it is true."""
    give_up = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < give_up, "it does not come true"
        time.sleep(0.05)
    return found


def timeline(http, order: dict, *types: str) -> list[dict]:
    """The order's entries, once there are as many as types."""

    def entries():
        found = done(http.get(f"/api/orders/{order['id']}/timeline"))["entries"]
        return found if len(found) >= len(types) else None

    found = wait_until(entries)
    assert [entry["type"] for entry in found] == list(types)
    return found


def test_an_order_is_paid_fulfilled_and_completed(http, order, mug):
    paid = done(pay(http, order))
    assert (paid["status"], paid["payment_status"], paid["capture"]) == ("confirmed", "paid", "automatic")
    payment = done(http.get(f"/api/payments/{paid['payment_id']}"))
    assert (payment["status"], payment["captured"], payment["order_id"]) == ("succeeded", order["total"], order["id"])
    assert stock(http, mug["id"]) == {"on_hand": 3, "reserved": 0, "available": 3}
    assert done(pay(http, order)) == paid
    fulfilled = done(http.post(f"/api/orders/{order['id']}/fulfil", json={"tracking": "parcel 4711"}))
    assert (fulfilled["status"], fulfilled["tracking"]) == ("fulfilled", "parcel 4711")
    assert done(http.post(f"/api/orders/{order['id']}/complete", json={}))["status"] == "completed"
    problem(http.post(f"/api/orders/{order['id']}/cancel", json={}), 400, "ILLEGAL_TRANSITION")


def test_a_payment_may_be_captured_on_fulfilment(http, order):
    paid = done(pay(http, order, capture="on_fulfilment"))
    assert (paid["status"], paid["payment_status"]) == ("confirmed", "authorized")
    fulfilled = done(http.post(f"/api/orders/{order['id']}/fulfil", json={}))
    assert (fulfilled["status"], fulfilled["payment_status"]) == ("fulfilled", "paid")
    assert done(http.get(f"/api/payments/{paid['payment_id']}"))["captured"] == order["total"]


def test_a_declined_order_can_be_paid_with_another_token(http, order):
    for _ in range(2):
        refusal = problem(pay(http, order, "tok_declined"), 402, "PAYMENT_DECLINED")
        assert refusal["detail"] == "card_declined"
    shown = read(http, order)
    assert (shown["status"], shown["payment_status"], shown["reason"]) == ("pending", "failed", "card_declined")
    assert done(pay(http, order))["payment_status"] == "paid"
    problem(pay(http, order, "tok_other"), 400, "ORDER_PAID")


def test_a_canceled_order_gives_back_its_payment_and_its_stock(http, order, mug):
    paid = done(pay(http, order, capture="on_fulfilment"))
    canceled = done(http.post(f"/api/orders/{order['id']}/cancel", json={"reason": "changed my mind"}))
    assert (canceled["status"], canceled["payment_status"]) == ("canceled", "none")
    assert done(http.get(f"/api/payments/{paid['payment_id']}"))["status"] == "canceled"
    assert stock(http, mug["id"]) == {"on_hand": 5, "reserved": 0, "available": 5}
    problem(pay(http, order), 400, "ILLEGAL_TRANSITION")


def test_a_paid_order_is_not_canceled(http, order):
    done(pay(http, order))
    problem(http.post(f"/api/orders/{order['id']}/cancel", json={}), 400, "PAYMENT_CAPTURED")


@pytest.mark.parametrize("number", ["4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111", "４１１１１１１１１１１１１１１１"])
def test_a_card_number_is_refused_in_every_text(http, order, number):
    problem(pay(http, order, number), 400, "CARD_NUMBER_REFUSED", "/payment_token")
    path = f"/api/orders/{order['id']}"
    problem(http.post(f"{path}/cancel", json={"reason": number}), 400, "CARD_NUMBER_REFUSED", "/reason")
    problem(http.post(f"{path}/fulfil", json={"tracking": number}), 400, "CARD_NUMBER_REFUSED", "/tracking")
    assert read(http, order) == order


def test_payments_of_one_order_at_once_charge_it_once(http, order, system):
    answers = at_once(system, 8, [order] * 16, pay)
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["payment_status"] for answer in answers} == {"paid"}
    assert len(done(http.get("/api/payments", params={"order_id": order["id"]}))["payments"]) == 1


def test_a_payment_whose_outcome_is_not_known_settles_by_itself(new_system):
    with new_system(env=SOON).client() as http:
        user, mug = create_user(http), create_product(http, stock=5)
        good, bad = (create_order(http, user["id"], mug["id"]) for _ in range(2))
        for order, token in ((good, "tok_timeout_then_ok"), (bad, "tok_timeout_then_declined")):
            pay(http, order, token)
        wait_until(lambda: read(http, good)["payment_status"] == "paid")
        wait_until(lambda: read(http, bad)["payment_status"] == "failed")
        assert (read(http, good)["status"], read(http, bad)["status"]) == ("confirmed", "pending")
        assert done(pay(http, good, "tok_timeout_then_ok"))["payment_status"] == "paid"
        problem(pay(http, bad, "tok_timeout_then_declined"), 402, "PAYMENT_DECLINED")


def test_an_order_that_is_not_paid_in_time_gives_its_stock_back(new_system):
    settings = {"TRADEWIND_ORDER_PAYMENT_WINDOW_SECONDS": "1", "TRADEWIND_ORDER_EXPIRY_INTERVAL_MS": "50"}
    with new_system(env=settings).client() as http:
        mug = create_product(http, stock=5)
        order = create_order(http, create_user(http)["id"], mug["id"], 2)
        wait_until(lambda: read(http, order)["status"] == "expired")
        wait_until(lambda: stock(http, mug["id"]) == {"on_hand": 5, "reserved": 0, "available": 5})
        problem(pay(http, order), 400, "ILLEGAL_TRANSITION")
        entries = timeline(http, order, "order.created", "order.expired")
        assert [entry["actor"] for entry in entries] == ["anonymous", "system"]


def test_the_timeline_tells_each_change_with_its_trace(http, order):
    trace_id = secrets.token_hex(16)
    headers = {"traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-01"}
    problem(pay(http, order, "tok_declined"), 402, "PAYMENT_DECLINED")
    done(http.post(f"/api/orders/{order['id']}/pay", json={"payment_token": "tok_ok"}, headers=headers))
    attempt = ("order.payment_started", "order.payment_failed", "order.payment_started", "order.confirmed", "order.paid")
    entries = timeline(http, order, "order.created", *attempt)
    assert [entry["version"] for entry in entries] == list(range(1, 7))
    assert [entry["trace_id"] for entry in entries[3:]] == [trace_id] * 3
    assert [entry["at"] for entry in entries] == sorted(entry["at"] for entry in entries)
    assert entries[2]["reason"] == "card_declined"
    assert entries[-1]["payment_status"] == "paid"
    problem(http.get(f"/api/orders/{secrets.token_hex(4)}/timeline"), 404, "ORDER_NOT_FOUND")


def test_a_watch_sees_an_order_until_its_end(http, order, stubs, grpc_channel):
    orders = stubs.order_grpc.OrderServiceStub(grpc_channel("order"))
    watch = orders.WatchOrder(stubs.order.WatchOrderRequest(id=order["id"]), timeout=20)
    first = next(watch)
    assert (first.id, first.status) == (order["id"], "pending")
    done(http.post(f"/api/orders/{order['id']}/cancel", json={}))
    assert [seen.status for seen in watch][-1] == "canceled"
