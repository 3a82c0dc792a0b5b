"""The flow over gRPC: with the clients of the first days, and with today's contract."""

import json
import re
import subprocess
import sys

import pytest

from harness.process import ROOT
from harness.shop import TIMESTAMP, UUID_V7, create_product, create_user, done, new_email, product, stock


def test_a_client_made_from_the_first_messages_alone_works(system, compat_stubs):
    email = new_email()
    client = [sys.executable, str(ROOT / "tests/e2e/compat/client.py"), str(compat_stubs)]
    result = subprocess.run([*client, system.grpc("user"), system.grpc("order"), email], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    got = json.loads(result.stdout)
    assert got["user"] == got["same_user"]
    assert got["order"] == got["same_order"]
    user, order = got["user"], got["order"]
    assert re.match(UUID_V7, user["id"]) and re.match(TIMESTAMP, user["created_at"])
    assert (user["email"], user["name"]) == (email, "Old Client")
    assert re.match(UUID_V7, order["id"]) and re.match(TIMESTAMP, order["created_at"])
    assert (order["user_id"], order["product_id"], order["quantity"], order["status"]) == (user["id"], "prod-123", 2, "pending")


@pytest.fixture
def users(stubs, grpc_channel):
    return stubs.user_grpc.UserServiceStub(grpc_channel("user"))


@pytest.fixture
def orders(stubs, grpc_channel):
    return stubs.order_grpc.OrderServiceStub(grpc_channel("order"))


@pytest.fixture
def catalog(stubs, grpc_channel):
    return stubs.catalog_grpc.CatalogServiceStub(grpc_channel("catalog"))


def test_users_are_created_changed_and_listed(stubs, users):
    email = new_email()
    user = users.CreateUser(stubs.user.CreateUserRequest(email=email, name="Alice"), timeout=10)
    assert (user.status, user.version) == ("active", 1)
    changed = users.UpdateUser(stubs.user.UpdateUserRequest(id=user.id, name="Bob"), timeout=10)
    assert (changed.name, changed.email, changed.version) == ("Bob", email, 2)
    assert users.GetUser(stubs.user.GetUserRequest(id=user.id), timeout=10) == changed
    listed = users.ListUsers(stubs.user.ListUsersRequest(email=email), timeout=10)
    assert list(listed.users) == [changed]


def test_orders_are_placed_listed_and_canceled(stubs, http, orders):
    user, bought = create_user(http), create_product(http, stock=5, minor=300)
    request = stubs.order.CreateOrderRequest(user_id=user["id"], lines=[{"product_id": bought["id"], "quantity": 2}])
    order = orders.CreateOrder(request, timeout=10)
    assert (order.total.minor, order.total.currency, order.quantity) == (600, "EUR", 2)
    assert list(orders.ListOrders(stubs.order.ListOrdersRequest(user_id=user["id"]), timeout=10).orders) == [order]
    canceled = orders.CancelOrder(stubs.order.CancelOrderRequest(id=order.id, reason="no"), timeout=10)
    assert canceled.status == "canceled"
    assert stock(http, bought["id"])["reserved"] == 0


def test_what_was_made_over_grpc_is_seen_over_http(stubs, http, users, orders):
    user = users.CreateUser(stubs.user.CreateUserRequest(email=new_email(), name="Alice"), timeout=10)
    order = orders.CreateOrder(stubs.order.CreateOrderRequest(user_id=user.id, product_id="prod-123", quantity=1), timeout=10)
    assert done(http.get(f"/api/users/{user.id}"))["email"] == user.email
    assert done(http.get(f"/api/orders/{order.id}"))["total"]["currency"] == order.total.currency


def test_products_are_read_one_by_one_and_together(stubs, http, catalog):
    got = catalog.GetProduct(stubs.catalog.GetProductRequest(id="prod-123"), timeout=10)
    assert got.name == product(http, "prod-123")["name"]
    both = catalog.BatchGetProducts(stubs.catalog.BatchGetProductsRequest(ids=["prod-none", "prod-123"]), timeout=10)
    assert [each.id for each in both.products] == ["prod-123"]


def test_stock_is_reserved_once_then_released_or_committed(stubs, http, catalog):
    messages = stubs.catalog
    committed, released = (create_product(http, stock=5)["id"] for _ in range(2))
    order_of = {committed: "0190b6a0-0000-7000-8000-" + committed[-12:], released: "0190b6a0-0000-7000-8000-" + released[-12:]}
    for product_id, order_id in order_of.items():
        request = messages.ReserveRequest(order_id=order_id, lines=[{"product_id": product_id, "quantity": 2}])
        assert catalog.Reserve(request, timeout=10) == catalog.Reserve(request, timeout=10)
        assert stock(http, product_id)["reserved"] == 2
    for _ in range(2):
        assert catalog.Commit(messages.CommitRequest(order_id=order_of[committed]), timeout=10).status == "committed"
        assert catalog.Release(messages.ReleaseRequest(order_id=order_of[released]), timeout=10).status == "released"
    assert stock(http, committed) == {"on_hand": 3, "reserved": 0, "available": 3}
    assert stock(http, released) == {"on_hand": 5, "reserved": 0, "available": 5}


def test_a_payment_is_made_and_read(stubs, grpc_channel):
    payments = stubs.payment_grpc.PaymentServiceStub(grpc_channel("payment"))
    order_id = "0190b6a0-0000-7000-8000-" + new_email()[:12]
    wanted = {"order_id": order_id, "user_id": order_id, "amount": {"minor": 5, "currency": "EUR"}, "payment_token": "tok_ok"}
    payment = payments.CreatePayment(stubs.payment.CreatePaymentRequest(**wanted), timeout=10)
    assert (payment.status, payment.captured.minor) == ("succeeded", 5)
    assert payments.GetPayment(stubs.payment.GetPaymentRequest(id=payment.id), timeout=10) == payment
