"""What clients of all kinds send: protobuf's JSON, media types in any spelling, byte order marks, empty bodies, odd text."""

import json

import httpx
import pytest
from google.protobuf import json_format

from harness.shop import create_order, create_product, create_user, done, new_email, problem

JSON = {"content-type": "application/json"}
EXACT_MAX = 2**53 - 1


@pytest.mark.parametrize("names", ["camel case", "the contract's names"])
def test_a_client_with_protobufs_json_writes_and_reads(http, stubs, names):
    keep = names != "camel case"

    def send(method: str, path: str, message) -> dict:
        body = json_format.MessageToJson(message, preserving_proto_field_name=keep)
        return done(http.request(method, path, content=body, headers=JSON))

    user = send("POST", "/api/users", stubs.user.CreateUserRequest(email=new_email(), name="Alice"))
    assert json_format.ParseDict(user, stubs.user.User()).name == "Alice"
    product = create_product(http, stock=5)["id"]
    stocked = send("POST", f"/api/products/{product}/stock", stubs.catalog.AdjustStockRequest(delta=3, reason="delivery"))
    assert json_format.ParseDict(stocked, stubs.catalog.Product()).stock.on_hand == 8
    changed = stubs.catalog.UpdateProductRequest(expected_version=1)
    changed.price.minor, changed.price.currency = 250, "EUR"
    assert send("PATCH", f"/api/products/{product}", changed)["price"] == {"minor": 250, "currency": "EUR"}
    order = stubs.order.CreateOrderRequest(user_id=user["id"])
    order.lines.add(product_id=product, quantity=2)
    made = send("POST", "/api/orders", order)
    assert json_format.ParseDict(made, stubs.order.Order()).total.minor == 500


def test_numbers_may_be_strings_and_names_lower_camel_case(http):
    wanted = {"userId": create_user(http)["id"], "productId": "prod-123", "quantity": "2"}
    assert done(http.post("/api/orders", json=wanted))["quantity"] == 2
    assert done(http.get("/api/users?pageSize=1"))["users"]
    refused = http.post("/api/orders", json=wanted | {"quantity": "two"})
    problem(refused, 400, "INVALID_FIELD", "/quantity")
    twice = http.post("/api/orders", json=wanted | {"user_id": wanted["userId"]})
    problem(twice, 400, "INVALID_FIELD", "/user_id")


def test_money_stays_within_what_javascript_holds(http):
    product = {"id": f"p-{new_email().split('@')[0]}", "name": "Cup", "status": "active"}

    def priced(minor) -> httpx.Response:
        return http.post("/api/products", json=product | {"price": {"minor": minor, "currency": "EUR"}})

    for minor in (EXACT_MAX + 1, -EXACT_MAX - 1, str(EXACT_MAX + 1), 2**63 - 1, 0, -1):
        problem(priced(minor), 400, "INVALID_FIELD", "/price/minor")
    assert done(priced(EXACT_MAX))["price"]["minor"] == EXACT_MAX
    done(http.post(f"/api/products/{product['id']}/stock", json={"delta": 5, "reason": "delivery"}))
    user = create_user(http)["id"]
    assert create_order(http, user, product["id"])["total"]["minor"] == EXACT_MAX
    over = http.post("/api/orders", json={"user_id": user, "product_id": product["id"], "quantity": 2})
    assert over.status_code == 400, "a sum that JavaScript would change is refused, too"


@pytest.mark.parametrize(
    "kind",
    ["application/json;charset=utf8", "application/json; charset=UTF-8", 'Application/JSON;Charset="Utf-8"', "application/json ; charset=us-ascii"],
)
def test_a_charset_may_be_spelt_in_any_way(http, kind):
    body = json.dumps({"email": new_email(), "name": "Alice"})
    assert http.post("/api/users", content=body, headers={"content-type": kind}).status_code == 200


def test_a_merge_patch_changes_what_it_names(http):
    path = f"/api/products/{create_product(http, stock=1)['id']}"
    patch = {"content-type": "application/merge-patch+json"}
    changed = done(http.patch(path, content=json.dumps({"description": "blue", "name": "Cup"}), headers=patch))
    assert changed["description"] == "blue" and changed["name"] == "Cup"
    assert done(http.patch(path, content=json.dumps({"description": None}), headers=patch))["description"] == ""
    problem(http.patch(path, content=json.dumps({"name": None}), headers=patch), 400, "INVALID_FIELD", "/name")
    problem(http.patch(path, content=json.dumps({"price": None}), headers=patch), 400, "INVALID_FIELD", "/price")
    assert done(http.patch(path, json={"name": None}))["name"] == "Cup", "in plain JSON null is the same as absent"


def test_a_refused_media_type_is_told_what_is_accepted(http):
    posted = http.post("/api/users", content="email=a", headers={"content-type": "application/x-www-form-urlencoded"})
    problem(posted, 415, "UNSUPPORTED_MEDIA_TYPE")
    assert posted.headers["accept"] == posted.headers["accept-post"] == "application/json"
    patched = http.patch(f"/api/users/{create_user(http)['id']}", content="<a/>", headers={"content-type": "application/xml"})
    assert "application/merge-patch+json" in patched.headers["accept-patch"]
    packed = http.post("/api/users", content="{}", headers=JSON | {"content-encoding": "br"})
    assert packed.status_code == 415 and packed.headers["accept-encoding"] == "identity"
    assert http.options("/api/users").headers["accept-post"] == "application/json"


def test_a_byte_order_mark_is_skipped(http):
    body = "\ufeff" + json.dumps({"email": new_email(), "name": "Alice"})
    assert http.post("/api/users", content=body.encode(), headers=JSON).status_code == 200


@pytest.mark.parametrize("headers", [{}, JSON, {"content-type": "text/plain"}])
def test_an_order_is_canceled_without_a_body(http, headers):
    order = create_order(http, create_user(http)["id"])
    assert done(http.post(f"/api/orders/{order['id']}/cancel", headers=headers))["status"] == "canceled"


def test_a_plus_sign_in_a_query_is_explained(http):
    email = f"a+{new_email()}"
    user = create_user(http, email=email)
    refused = http.get(f"/api/users?email={email}")
    problem(refused, 400, "INVALID_FIELD", "/email", "/email")
    assert "%2B" in refused.text
    assert [each["id"] for each in done(http.get("/api/users", params={"email": email}))["users"]] == [user["id"]]


@pytest.mark.parametrize(
    ("method", "path", "body", "pointer"),
    [
        ("POST", "/api/users", {"email": "a@example.com", "name": "A\0B"}, "/name"),
        ("POST", "/api/users", {"email": "a\0@example.com", "name": "A"}, "/email"),
        ("PATCH", "/api/products/prod-123", {"description": "\0"}, "/description"),
        ("POST", "/api/orders", {"user_id": "\0", "product_id": "p", "quantity": 1}, "/user_id"),
        ("POST", "/api/orders", {"user_id": "u", "lines": [{"product_id": "\0", "quantity": 1}]}, "/lines/0/product_id"),
        ("POST", "/api/orders/some/cancel", {"reason": "\0"}, "/reason"),
        ("GET", "/api/users/a%00b", None, "/id"),
        ("GET", "/api/users?page_token=%00", None, "/page_token"),
        ("GET", "/api/users?page_token=100", None, "/page_token"),
        ("GET", "/api/products?query=%00", None, "/query"),
        ("GET", "/api/orders?user_id=%00", None, "/user_id"),
    ],
)
def test_a_nul_in_text_names_its_field(http, method, path, body, pointer):
    problem(http.request(method, path, json=body), 400, "INVALID_FIELD", pointer)
