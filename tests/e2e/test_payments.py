"""Payments with the simulated provider, over HTTP and gRPC."""

import subprocess
import time
import uuid

import grpc
import pytest

from harness.shop import create_order, create_user, done, minor, pages, problem


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


@pytest.fixture
def payments(stubs, grpc_channel):
    return stubs.payment_grpc.PaymentServiceStub(grpc_channel("payment"))


def curl(system, path: str, body: str | None = None) -> str:
    """What curl prints, as a person would call it: without a body where there is none."""
    command = ["curl", "-s", "--show-error", "--noproxy", "*", "-X", "POST", f"{system.url}{path}"]
    command += ["-H", "Content-Type: application/json", "-d", body] if body else []
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout


def test_an_authorised_payment_is_captured_once(http):
    made = done(http.post("/api/payments", json=wanted(capture_method="manual")))
    path = f"/api/payments/{made['id']}"
    captured = done(http.post(f"{path}/capture", json={}))
    assert (captured["status"], minor(captured["captured"]), minor(captured["capturable"])) == ("succeeded", 2500, 0)
    assert done(http.post(f"{path}/capture")) == captured
    problem(http.post(f"{path}/cancel", json={}), 400, "ILLEGAL_TRANSITION")
    assert done(http.get(path)) == captured


def test_a_canceled_payment_gives_the_authorisation_back_and_leaves_the_order_to_another_attempt(http):
    request = wanted(capture_method="manual")
    made = done(http.post("/api/payments", json=request))
    path = f"/api/payments/{made['id']}"
    canceled = done(http.post(f"{path}/cancel", json={"reason": "sold out"}))
    assert (canceled["status"], minor(canceled["capturable"]), canceled["cancel_reason"]) == ("canceled", 0, "sold out")
    assert done(http.post(f"{path}/cancel", json={"reason": "again"})) == canceled
    problem(http.post(f"{path}/capture", json={}), 400, "ILLEGAL_TRANSITION")
    problem(http.post(f"{path}/confirm", json={"payment_token": "tok_declined"}), 409, "PAYMENT_EXISTS")
    assert done(http.post("/api/payments", json=request | {"attempt": 2}))["status"] == "requires_capture"


def test_curl_confirms_and_captures_a_payment(system, http):
    made = done(http.post("/api/payments", json=wanted(payment_token="", capture_method="manual")))
    path = f"/api/payments/{made['id']}"
    assert '"last_error":"insufficient_funds"' in curl(system, f"{path}/confirm", '{"payment_token":"tok_insufficient_funds"}')
    assert '"status":"requires_capture"' in curl(system, f"{path}/confirm", '{"payment_token":"tok_ok"}')
    assert '"status":"succeeded"' in curl(system, f"{path}/capture")
    assert '"code":"ILLEGAL_TRANSITION"' in curl(system, f"{path}/cancel")


def test_payments_are_listed_by_order_and_status(http):
    request = wanted(payment_token="tok_declined")
    made = [done(http.post("/api/payments", json=request | {"attempt": attempt})) for attempt in range(1, 4)]
    order = request["order_id"]
    assert pages(http, "/api/payments", "payments", page_size=2, order_id=order) == made
    done(http.post(f"/api/payments/{made[1]['id']}/cancel"))
    assert [one["id"] for one in pages(http, "/api/payments", "payments", order_id=order, status="canceled")] == [made[1]["id"]]
    assert pages(http, "/api/payments", "payments", order_id="none") == []
    problem(http.get("/api/payments", params={"status": "capturing"}), 400, "INVALID_FIELD", "/status")


def test_a_client_of_grpc_confirms_captures_cancels_and_lists(stubs, payments):
    fields = {"order_id": str(uuid.uuid4()), "user_id": str(uuid.uuid4()), "amount": {"minor": 700, "currency": "EUR"}}
    made = payments.CreatePayment(stubs.payment.CreatePaymentRequest(capture_method="manual", **fields), timeout=10)
    confirmed = payments.ConfirmPayment(stubs.payment.ConfirmPaymentRequest(id=made.id, payment_token="tok_ok"), timeout=10)
    assert (confirmed.status, confirmed.capturable.minor) == ("requires_capture", 700)
    captured = payments.CapturePayment(stubs.payment.CapturePaymentRequest(id=made.id), timeout=10)
    assert (captured.status, captured.captured.minor) == ("succeeded", 700)
    listed = payments.ListPayments(stubs.payment.ListPaymentsRequest(order_id=made.order_id), timeout=10)
    assert list(listed.payments) == [captured]
    with pytest.raises(grpc.RpcError) as refused:
        payments.CancelPayment(stubs.payment.CancelPaymentRequest(id=made.id), timeout=10)
    assert refused.value.code() == grpc.StatusCode.FAILED_PRECONDITION


@pytest.mark.parametrize(
    ("method", "body", "code", "pointers"),
    [
        ("confirm", {"payment_token": "４２４２４２４２４２４２４２４２"}, "CARD_NUMBER_REFUSED", ["/payment_token"]),
        ("confirm", {"payment_token": "4242-4242-4242-4242"}, "CARD_NUMBER_REFUSED", ["/payment_token"]),
        ("confirm", {}, "INVALID_FIELD", ["/payment_token"]),
        ("confirm", {"payment_token": "t" * 201}, "INVALID_FIELD", ["/payment_token"]),
        ("cancel", {"reason": "card 4242.4242.4242.4242"}, "CARD_NUMBER_REFUSED", ["/reason"]),
        ("cancel", {"reason": "r" * 201}, "INVALID_FIELD", ["/reason"]),
    ],
)
def test_a_wrong_change_of_a_payment_is_refused_and_changes_nothing(http, method, body, code, pointers):
    made = done(http.post("/api/payments", json=wanted(payment_token="")))
    refused = problem(http.post(f"/api/payments/{made['id']}/{method}", json=body), 400, code, *pointers)
    # Any trace id may have these digits.
    assert "4242" not in str({name: value for name, value in refused.items() if name != "trace_id"})
    assert done(http.get(f"/api/payments/{made['id']}")) == made


@pytest.mark.parametrize(("method", "body"), [("confirm", {"payment_token": "tok_ok"}), ("capture", {}), ("cancel", {})])
def test_no_method_finds_an_id_of_no_payment(http, method, body):
    for unknown in ("none", str(uuid.uuid4())):
        problem(http.post(f"/api/payments/{unknown}/{method}", json=body), 404, "PAYMENT_NOT_FOUND")


def test_a_charge_that_is_not_answered_settles_by_itself(new_system):
    system = new_system({"TRADEWIND_PAYMENT_RECONCILE_AFTER_SECONDS": "1"})
    with system.client() as http:
        good = done(http.post("/api/payments", json=wanted(payment_token="tok_timeout_then_ok", capture_method="manual")))
        bad = done(http.post("/api/payments", json=wanted(payment_token="tok_timeout_then_declined")))
        assert (good["status"], bad["status"]) == ("processing", "processing")
        until = time.monotonic() + 20
        while "processing" in (good["status"], bad["status"]) and time.monotonic() < until:
            time.sleep(0.1)
            good, bad = (done(http.get(f"/api/payments/{one['id']}")) for one in (good, bad))
        assert (good["status"], minor(good["capturable"])) == ("requires_capture", 2500)
        assert (bad["status"], bad["last_error"]) == ("requires_confirmation", "card_declined")
        assert done(http.post(f"/api/payments/{good['id']}/capture"))["status"] == "succeeded"


def test_a_payment_that_is_processing_is_neither_captured_nor_canceled(http):
    made = done(http.post("/api/payments", json=wanted(payment_token="tok_timeout_then_ok")))
    for method in ("capture", "cancel"):
        refused = problem(http.post(f"/api/payments/{made['id']}/{method}"), 409, "PAYMENT_PROCESSING")
        assert refused["retryable"]
