"""The checker objects to each change that is made by hand to a small database in order. A check that cannot fail checks nothing."""

import copy
import json

import pytest

import checker

USER, ORDER, CANCELED, OTHER = "user-1", "order-1", "order-2", "order-3"


def told_order(order: str, status: str, version: int) -> str:
    return json.dumps({"id": order, "status": status, "version": version, "total": {"minor": "2500", "currency": "EUR"}})


def call(kind: str, answer: str, **more) -> dict:
    return {"kind": kind, "told": "done", "answer": answer, "body": {}} | more


def calls_in_order() -> list[dict]:
    """A paid and fulfilled order, one that was paid and canceled, and one that waits for its payment."""
    wanted = {"user_id": USER, "lines": [{"product_id": "cup", "quantity": 2}]}
    found = [
        call("user", json.dumps({"id": USER}), body={"email": "a@example.com"}, key="k1"),
        call("deliver", "{}", body={"reason": "delivery k2"}, delta=10, product="cup", key="k2"),
    ]
    found += [call("order", told_order(order, "pending", 1), body=wanted, key=f"k{order}") for order in (ORDER, CANCELED, OTHER)]
    found += [call("pay", told_order(order, "confirmed", 4), order=order) for order in (ORDER, CANCELED)]
    fulfilled = call("fulfil", told_order(ORDER, "fulfilled", 5), order=ORDER, body={"tracking": "parcel"})
    return [*found, fulfilled, call("cancel", told_order(CANCELED, "canceled", 6), order=CANCELED)]


def order_row(order: str, status: str, payment_status: str, version: int, payment: str = "", tracking: str = "") -> dict:
    return {"id": order, "user_id": USER, "status": status, "payment_status": payment_status, "payment_id": payment,
            "total_minor": 2500, "version": version, "tracking": tracking, "active_flow": ""}  # fmt: skip


def payment_row(payment: str, order: str, status: str, captured: int) -> dict:
    return {"id": payment, "order_id": order, "status": status, "amount_minor": 2500, "captured_minor": captured, "under_way": ""}


def movement(kind: str, delta: int, order: str = "", reason: str = "") -> dict:
    return {"product_id": "cup", "kind": kind, "delta": delta, "order_id": order, "reason": reason}


def entries(order: str, *types: str) -> list[dict]:
    return [{"order_id": order, "version": number + 1, "type": f"order.{name}", "status": name, "at": f"2026-01-01T00:00:0{number}"}
            for number, name in enumerate(types)]  # fmt: skip


def books_in_order() -> dict[str, list[dict]]:
    lines = [{"order_id": order, "product_id": "cup", "quantity": 2} for order in (ORDER, CANCELED, OTHER)]
    statuses = ((ORDER, "committed", False), (CANCELED, "committed", True), (OTHER, "held", False))
    whole_way = ("created", "payment_started", "confirmed", "paid", "fulfilled")
    back = ("created", "payment_started", "confirmed", "authorized", "canceling", "canceled")
    return {
        "user.users": [{"id": USER, "email": "a@example.com"}],
        "catalog.stock": [{"product_id": "cup", "on_hand": 8, "reserved": 2}],
        "catalog.stock_adjustments": [
            movement("adjusted", 10, reason="delivery k2"),
            movement("sold", -2, ORDER),
            movement("sold", -2, CANCELED),
            movement("restocked", 2, CANCELED),
        ],
        "catalog.reservations": [{"order_id": order, "status": status, "restocked": back} for order, status, back in statuses],
        "catalog.reservation_lines": lines,
        "order.order_lines": [dict(line) for line in lines],
        "order.orders": [
            order_row(ORDER, "fulfilled", "paid", 5, "payment-1", "parcel"),
            order_row(CANCELED, "canceled", "none", 6, "payment-2"),
            order_row(OTHER, "pending", "failed", 1, "payment-3"),
        ],
        "order.order_timeline": entries(ORDER, *whole_way) + entries(CANCELED, *back)
        + [entries(OTHER, "created")[0] | {"status": "pending"}],
        "order.flows": [{"id": "pay/1", "state": "done", "error_reason": ""}, {"id": "pay/2", "state": "parked", "error_reason": "GONE"}],
        "order.outbox": [],
        "order.dead_events": [],
        "payment.payments": [
            payment_row("payment-1", ORDER, "succeeded", 2500),
            payment_row("payment-2", CANCELED, "canceled", 0),
            payment_row("payment-3", OTHER, "requires_confirmation", 0),
        ],
    }  # fmt: skip


def test_books_in_order_have_no_objection():
    assert checker.check(books_in_order(), calls_in_order()) == []


def lose(table: str, at: int = 0):
    return lambda books: books[table].pop(at)


def twice(table: str, at: int = 0):
    return lambda books: books[table].append(dict(books[table][at]))


def change(table: str, row: int, /, **fields):
    return lambda books: books[table][row].update(fields)


def add(table: str, /, **fields):
    return lambda books: books[table].append(fields)


CHANGES = {
    "a user is lost": (lose("user.users"), "the user a@example.com was acknowledged and is not stored"),
    "a user is there twice": (twice("user.users"), "is stored 2 times"),
    "a user has another id": (change("user.users", 0, id="user-9"), "with another id"),
    "a user whom nobody asked for": (add("user.users", id="x", email="x@example.com"), "nobody asked for the user x@example.com"),
    "a delivery is lost": (lose("catalog.stock_adjustments"), "was acknowledged and is not stored"),
    "a delivery is there twice": (twice("catalog.stock_adjustments"), "is stored 2 times"),
    "an order is lost": (lose("order.orders"), "orders of user-1: 2 cup were acknowledged, and 2 are stored"),
    "an order is there twice": (twice("order.orders", 2), "4 orders of user-1: 2 cup are stored, and at most 3"),
    "an order has fallen back": (change("order.orders", 0, status="pending"), "was fulfilled for a client"),
    "an order has an older version": (change("order.orders", 0, version=4), "in version 5"),
    "an order has another price": (change("order.orders", 0, total_minor=2400), "costs 2400"),
    "an order has another tracking number": (change("order.orders", 0, tracking="x"), "another tracking number"),
    "an order is stuck": (change("order.orders", 1, status="canceling"), "left under way: order order-2 is canceling"),
    "an order does not expire": (change("order.orders", 2, overdue=True), "left under way: order order-3 is pending after its time"),
    "an order keeps its flow": (change("order.orders", 2, active_flow="pay/3"), "left under way: order order-3 has a flow"),
    "a piece is oversold": (change("catalog.stock", 0, on_hand=7), "cup has 7 on hand: 10 were delivered and 2 are sold"),
    "a piece is reserved for nobody": (change("catalog.stock", 0, reserved=3), "cup has 3 reserved, and 2 are held"),
    "more is reserved than there is": (change("catalog.stock", 0, reserved=9), "cup has 9 reserved and 8 on hand"),
    "a movement has no line": (lose("catalog.stock_adjustments", 3), "its journal adds up to 6"),
    "stock came back twice": (twice("catalog.stock_adjustments", 3), "the journal says 4 for restocked order-2 cup"),
    "a sold order was restocked": (change("catalog.reservations", 0, restocked=True), "the order order-1 is fulfilled, and its reservation is restocked"),
    "a pending order has lost its stock": (change("catalog.reservations", 2, status="released"), "its reservation is released"),
    "a canceled order keeps its stock": (change("catalog.reservations", 1, restocked=False), "its reservation is committed"),
    "a reservation has other lines": (lose("catalog.reservation_lines"), "the order order-1 has other lines"),
    "a paid order has no payment": (lose("payment.payments"), "is fulfilled, paid, and its payments are []"),
    "an order was charged twice": (twice("payment.payments"), "its payments are ['succeeded', 'succeeded']"),
    "a canceled order was charged": (change("payment.payments", 1, status="succeeded"), "the order order-2 is canceled, none"),
    "an authorisation was not voided": (change("payment.payments", 1, status="requires_capture"), "the order order-2 is canceled, none"),
    "a payment is of another amount": (change("payment.payments", 0, captured_minor=2400), "of another amount"),
    "an order names another payment": (change("order.orders", 0, payment_id="payment-9"), "names another payment"),
    "a pending order is paid": (change("order.orders", 0, status="expired"), "the order order-1 is expired and paid"),
    "a payment is not settled": (change("payment.payments", 2, status="processing"), "payment payment-3 is processing"),
    "a payment of no order": (change("payment.payments", 2, order_id="order-9"), "the order order-9, which is not stored, has a payment"),
    "a capture is under way": (change("payment.payments", 0, under_way="capture"), "has a capture under way"),
    "a flow has not ended": (change("order.flows", 0, state="running"), "the flow pay/1 has not ended"),
    "a flow is parked without a reason": (change("order.flows", 1, error_reason=""), "parked without a reason"),
    "an event was not published": (add("order.outbox", id="event-1"), "event event-1 is not published"),
    "an event is dead": (add("order.dead_events", aggregate_id=ORDER, error="no"), "an event of order-1 is dead"),
    "an event was not applied": (lose("order.order_timeline", 4), "its timeline says paid in version 4"),
    "the first event was not applied": (lose("order.order_timeline"), "does not begin with its creation"),
    "an event was applied twice": (add("order.order_timeline", order_id=ORDER, version=0, type="order.paid", status="paid", at=""), "does not begin"),
    "an order was paid twice": (change("order.order_timeline", 1, type="order.paid"), "has order.paid twice"),
    "events are not in order": (change("order.order_timeline", 3, at="2026-01-01T00:00:01"), "is not in order"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_by_hand_is_found(name):
    changed_by, objection = CHANGES[name]
    books = copy.deepcopy(books_in_order())
    changed_by(books)
    broken = checker.check(books, calls_in_order())
    assert any(objection in each for each in broken), broken


@pytest.mark.parametrize("kind", ["user", "deliver", "order"])
def test_what_was_refused_and_is_stored_is_found(kind):
    calls = calls_in_order()
    next(call for call in calls if call["kind"] == kind)["told"] = "refused"
    assert checker.check(books_in_order(), calls)


@pytest.mark.parametrize("kind", ["user", "deliver", "order"])
def test_what_was_left_open_may_be_stored_or_not(kind):
    calls = calls_in_order()
    one = next(call for call in calls if call["kind"] == kind)
    one["told"] = "open"
    assert checker.check(books_in_order(), calls) == []
