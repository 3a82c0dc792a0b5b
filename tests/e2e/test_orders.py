"""Orders over HTTP: price, stock, cancellation."""

import collections

import pytest

from harness.many import at_once
from harness.shop import create_order, create_product, create_user, done, minor, pages, problem, stock


@pytest.fixture
def user(http) -> dict:
    return create_user(http)


def test_the_total_is_the_catalogue_s_price_times_the_quantity(http, user):
    bought = create_product(http, stock=10, minor=1999)
    order = create_order(http, user["id"], bought["id"], 3)
    assert minor(order["total"]) == minor(order["subtotal"]) == 3 * 1999
    assert order["total"]["currency"] == "EUR"
    assert (order["status"], order["payment_status"]) == ("pending", "none")
    assert done(http.get(f"/api/orders/{order['id']}")) == order


def test_a_price_from_the_client_is_refused(http, user):
    wanted = {"user_id": user["id"], "product_id": "prod-123", "quantity": 1, "total": {"minor": 1, "currency": "EUR"}}
    problem(http.post("/api/orders", json=wanted), 400, "INVALID_FIELD", "/total")


def test_an_order_of_several_lines_adds_them_up(http, user):
    one, two = create_product(http, stock=5, minor=100), create_product(http, stock=5, minor=20)
    lines = [{"product_id": one["id"], "quantity": 2}, {"product_id": two["id"], "quantity": 3}]
    order = done(http.post("/api/orders", json={"user_id": user["id"], "lines": lines}))
    assert minor(order["total"]) == 260
    assert (order["product_id"], order["quantity"]) == (one["id"], 2)
    assert [(line["product_id"], line["quantity"], minor(line["unit_price"])) for line in order["lines"]] == [
        (one["id"], 2, 100),
        (two["id"], 3, 20),
    ]
    assert [line["name"] for line in order["lines"]] == [one["name"], two["name"]]


def test_the_shorthand_is_an_order_of_one_line(http, user):
    order = create_order(http, user["id"], "prod-123", 2)
    assert [(line["product_id"], line["quantity"]) for line in order["lines"]] == [("prod-123", 2)]


def test_a_later_price_changes_no_order(http, user):
    bought = create_product(http, stock=5, minor=100)
    order = create_order(http, user["id"], bought["id"])
    done(http.patch(f"/api/products/{bought['id']}", json={"price": {"minor": 999, "currency": "EUR"}}))
    assert done(http.get(f"/api/orders/{order['id']}")) == order


def test_an_order_reserves_stock_and_its_cancellation_releases_it(http, user):
    bought = create_product(http, stock=10)
    order = create_order(http, user["id"], bought["id"], 4)
    assert stock(http, bought["id"]) == {"on_hand": 10, "reserved": 4, "available": 6}
    canceled = done(http.post(f"/api/orders/{order['id']}/cancel", json={"reason": "changed my mind"}))
    assert (canceled["status"], canceled["reason"]) == ("canceled", "changed my mind")
    assert stock(http, bought["id"]) == {"on_hand": 10, "reserved": 0, "available": 10}
    assert done(http.get(f"/api/orders/{order['id']}")) == canceled


def test_cancelling_twice_changes_nothing_more(http, user):
    bought = create_product(http, stock=10)
    order = create_order(http, user["id"], bought["id"], 4)
    for _ in range(2):
        done(http.post(f"/api/orders/{order['id']}/cancel", json={}))
    assert stock(http, bought["id"]) == {"on_hand": 10, "reserved": 0, "available": 10}


def test_cancelling_another_version_is_refused(http, user):
    order = create_order(http, user["id"])
    answer = http.post(f"/api/orders/{order['id']}/cancel", json={"expected_version": int(order["version"]) + 1})
    problem(answer, 412, "VERSION_MISMATCH")
    assert done(http.get(f"/api/orders/{order['id']}"))["status"] == "pending"


def test_an_order_of_more_than_there_is_reserves_nothing(http, user):
    plenty, scarce = create_product(http, stock=10), create_product(http, stock=1)
    lines = [{"product_id": plenty["id"], "quantity": 2}, {"product_id": scarce["id"], "quantity": 2}]
    answer = http.post("/api/orders", json={"user_id": user["id"], "lines": lines})
    problem(answer, 400, "OUT_OF_STOCK", "/lines/1/quantity")
    assert stock(http, plenty["id"])["reserved"] == stock(http, scarce["id"])["reserved"] == 0
    assert pages(http, "/api/orders", "orders", user_id=user["id"]) == []


def test_concurrent_orders_never_oversell(system, http, user):
    bought = create_product(http, stock=10)
    wanted = {"user_id": user["id"], "product_id": bought["id"], "quantity": 1}
    answers = at_once(system, 15, [wanted] * 30, lambda client, order: client.post("/api/orders", json=order))
    assert collections.Counter(answer.status_code for answer in answers) == {200: 10, 400: 20}
    for answer in answers:
        if answer.status_code == 400:
            problem(answer, 400, "OUT_OF_STOCK", "/quantity")
    assert stock(http, bought["id"]) == {"on_hand": 10, "reserved": 10, "available": 0}
    assert len(pages(http, "/api/orders", "orders", user_id=user["id"])) == 10


def test_orders_are_listed_by_user_and_status(http, user):
    orders = [create_order(http, user["id"])["id"] for _ in range(3)]
    done(http.post(f"/api/orders/{orders[1]}/cancel", json={}))

    def listed(**query) -> list[str]:
        return [order["id"] for order in pages(http, "/api/orders", "orders", page_size=2, user_id=user["id"], **query)]

    assert listed() == orders
    assert listed(status="canceled") == [orders[1]]
    assert listed(status="pending") == [orders[0], orders[2]]


def test_a_product_that_is_not_active_cannot_be_ordered(http, user):
    draft = {"id": f"test-draft-{user['id']}", "name": "Draft", "price": {"minor": 1, "currency": "EUR"}}
    done(http.post("/api/products", json=draft))
    wanted = {"user_id": user["id"], "product_id": draft["id"], "quantity": 1}
    problem(http.post("/api/orders", json=wanted), 400, "PRODUCT_NOT_FOUND", "/product_id")


@pytest.mark.parametrize("order_id", ["0190b6a0-0000-7000-8000-000000000000", "none"])
def test_an_id_of_no_order_is_not_found(http, order_id):
    problem(http.get(f"/api/orders/{order_id}"), 404, "ORDER_NOT_FOUND")
    problem(http.post(f"/api/orders/{order_id}/cancel", json={}), 404, "ORDER_NOT_FOUND")
