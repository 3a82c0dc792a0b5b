"""Payments with the simulated provider, over HTTP."""

import uuid

import pytest

from harness.shop import create_order, create_user, done, minor, problem


def wanted(**fields) -> dict:
    """A payment for an order that nobody else pays."""
    ids = {"order_id": str(uuid.uuid4()), "user_id": str(uuid.uuid4())}
    return ids | {"amount": {"minor": 2500, "currency": "EUR"}, "payment_token": "tok_ok"} | fields


def test_an_order_is_paid(http):
    user = create_user(http)
    order = create_order(http, user["id"])
    payment = done(http.post("/api/payments", json=wanted(order_id=order["id"], user_id=user["id"], amount=order["total"])))
    assert (payment["status"], payment["order_id"], payment["user_id"]) == ("succeeded", order["id"], user["id"])
    assert minor(payment["captured"]) == minor(order["total"])
    assert payment["last_error"] == ""
    assert done(http.get(f"/api/payments/{payment['id']}")) == payment


def test_a_manual_payment_is_authorised_and_not_captured(http):
    payment = done(http.post("/api/payments", json=wanted(capture_method="manual")))
    assert (payment["status"], minor(payment["capturable"]), minor(payment["captured"])) == ("requires_capture", 2500, 0)


def test_a_declined_payment_says_why_and_can_be_confirmed_again(http):
    payment = done(http.post("/api/payments", json=wanted(payment_token="tok_declined")))
    assert payment["status"] == "requires_confirmation"
    assert payment["last_error"]
    assert minor(payment["capturable"]) == minor(payment["captured"]) == 0
    assert done(http.get(f"/api/payments/{payment['id']}")) == payment


def test_the_same_attempt_is_one_payment(http):
    request = wanted()
    first, second = (done(http.post("/api/payments", json=request)) for _ in range(2))
    assert first["id"] == second["id"]
    other = request | {"amount": {"minor": 2501, "currency": "EUR"}}
    problem(http.post("/api/payments", json=other), 409, "PAYMENT_EXISTS")


def test_an_order_is_charged_by_one_attempt(http):
    request = wanted()
    assert done(http.post("/api/payments", json=request))["status"] == "succeeded"
    for attempt in range(2, 10):
        problem(http.post("/api/payments", json=request | {"attempt": attempt}), 409, "ORDER_HAS_PAYMENT")


def test_a_token_that_was_missing_at_first_is_charged_when_it_comes(http):
    request = wanted()
    waiting = done(http.post("/api/payments", json=request | {"payment_token": ""}))
    assert waiting["status"] == "requires_confirmation"
    paid = done(http.post("/api/payments", json=request))
    assert (paid["id"], paid["status"], minor(paid["captured"])) == (waiting["id"], "succeeded", 2500)


@pytest.mark.parametrize(
    ("change", "code", "pointers"),
    [
        ({"payment_token": "4242424242424242"}, "CARD_NUMBER_REFUSED", ["/payment_token"]),
        ({"payment_token": "4242 4242 4242 4242"}, "CARD_NUMBER_REFUSED", ["/payment_token"]),
        ({"order_id": "none", "user_id": ""}, "INVALID_FIELD", ["/order_id", "/user_id"]),
        ({"amount": {"minor": 0, "currency": "EUR"}}, "INVALID_FIELD", ["/amount/minor"]),
        ({"capture_method": "sometimes"}, "INVALID_FIELD", ["/capture_method"]),
    ],
)
def test_a_wrong_payment_is_refused(http, change, code, pointers):
    problem(http.post("/api/payments", json=wanted(**change)), 400, code, *pointers)


def test_an_id_of_no_payment_is_not_found(http):
    problem(http.get("/api/payments/none"), 404, "PAYMENT_NOT_FOUND")
