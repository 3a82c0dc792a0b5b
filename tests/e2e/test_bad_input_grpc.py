"""Bad input over gRPC: status code, reason and fields as google.rpc details."""

import grpc
import pytest

from harness.shop import create_product, create_user, new_email, pages

NOBODY = "0190b6a0-0000-7000-8000-000000000000"


def refusal(stubs, call, request) -> tuple[str, str, list[str]]:
    """Status code, reason and the named fields, by JSON pointer as over HTTP; checks that the details repeat the status."""
    with pytest.raises(grpc.RpcError) as caught:
        call(request, timeout=10)
    error = caught.value
    metadata = dict(error.trailing_metadata())
    status = stubs.status.Status.FromString(metadata["grpc-status-details-bin"])
    assert status.code == error.code().value[0]
    assert status.message == error.details() != ""
    info, request_errors = stubs.details.ErrorInfo(), stubs.details.BadRequest()
    for detail in status.details:
        for message in (info, request_errors):
            if detail.Is(message.DESCRIPTOR):
                detail.Unpack(message)
    assert info.domain == "tradewind"
    assert all(violation.description for violation in request_errors.field_violations)
    return error.code().name, info.reason, sorted(violation.field for violation in request_errors.field_violations)


USERS = {
    "nothing at all": ({}, ["/email", "/name"]),
    "email is empty": ({"email": "", "name": "A"}, ["/email"]),
    "email has no @": ({"email": "alice", "name": "A"}, ["/email"]),
    "name over 200 characters": ({"email": "a@example.com", "name": "ü" * 201}, ["/name"]),
    "two bad fields": ({"email": "alice", "name": "x" * 201}, ["/email", "/name"]),
}


@pytest.mark.parametrize("case", USERS)
def test_a_bad_user_is_refused_with_its_fields(stubs, grpc_channel, http, case):
    fields, named = USERS[case]
    users = stubs.user_grpc.UserServiceStub(grpc_channel("user"))
    before = len(pages(http, "/api/users", "users"))
    got = refusal(stubs, users.CreateUser, stubs.user.CreateUserRequest(**fields))
    assert got == ("INVALID_ARGUMENT", "INVALID_FIELD", named)
    assert len(pages(http, "/api/users", "users")) == before


ORDERS = {
    "quantity 0": ({"quantity": 0}, ("INVALID_ARGUMENT", "INVALID_FIELD", ["/quantity"])),
    "quantity negative": ({"quantity": -1}, ("INVALID_ARGUMENT", "INVALID_FIELD", ["/quantity"])),
    "quantity over 10,000": ({"quantity": 10_001}, ("INVALID_ARGUMENT", "INVALID_FIELD", ["/quantity"])),
    "user and quantity": ({"user_id": "", "quantity": 0}, ("INVALID_ARGUMENT", "INVALID_FIELD", ["/quantity", "/user_id"])),
    "user is unknown": ({"user_id": NOBODY}, ("INVALID_ARGUMENT", "USER_NOT_FOUND", ["/user_id"])),
    "product is unknown": ({"product_id": "prod-none"}, ("INVALID_ARGUMENT", "PRODUCT_NOT_FOUND", ["/product_id"])),
    "not enough stock": ({"quantity": 6}, ("FAILED_PRECONDITION", "OUT_OF_STOCK", ["/quantity"])),
}


@pytest.mark.parametrize("case", ORDERS)
def test_a_bad_order_is_refused_with_its_fields(stubs, grpc_channel, http, case):
    fields, expected = ORDERS[case]
    user, bought = create_user(http), create_product(http, stock=5)
    request = stubs.order.CreateOrderRequest(**({"user_id": user["id"], "product_id": bought["id"], "quantity": 1} | fields))
    orders = stubs.order_grpc.OrderServiceStub(grpc_channel("order"))
    assert refusal(stubs, orders.CreateOrder, request) == expected
    assert pages(http, "/api/orders", "orders", user_id=user["id"]) == []


def test_an_email_that_is_taken_already_exists(stubs, grpc_channel):
    users = stubs.user_grpc.UserServiceStub(grpc_channel("user"))
    email = new_email()
    users.CreateUser(stubs.user.CreateUserRequest(email=email, name="A"), timeout=10)
    got = refusal(stubs, users.CreateUser, stubs.user.CreateUserRequest(email=email.upper(), name="B"))
    assert got == ("ALREADY_EXISTS", "EMAIL_TAKEN", ["/email"])


@pytest.mark.parametrize("wrong_id", [NOBODY, "none", ""])
def test_an_unknown_id_is_not_found(stubs, grpc_channel, wrong_id):
    users = stubs.user_grpc.UserServiceStub(grpc_channel("user"))
    orders = stubs.order_grpc.OrderServiceStub(grpc_channel("order"))
    payments = stubs.payment_grpc.PaymentServiceStub(grpc_channel("payment"))
    catalog = stubs.catalog_grpc.CatalogServiceStub(grpc_channel("catalog"))
    calls = {
        "USER": (users.GetUser, stubs.user.GetUserRequest),
        "ORDER": (orders.GetOrder, stubs.order.GetOrderRequest),
        "PAYMENT": (payments.GetPayment, stubs.payment.GetPaymentRequest),
        "PRODUCT": (catalog.GetProduct, stubs.catalog.GetProductRequest),
    }
    for noun, (call, message) in calls.items():
        assert refusal(stubs, call, message(id=wrong_id))[:2] == ("NOT_FOUND", f"{noun}_NOT_FOUND")
