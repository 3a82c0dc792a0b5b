"""Preconditions (RFC 9110 §13) on objects and lists, as caches and careful writers use them."""

import concurrent.futures

import pytest

from harness.shop import create_order, create_product, create_user, problem

NOBODY = "0190b6a0-0000-7000-8000-000000000000"


def stock(http, product: str, delta: int, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return http.post(f"/api/products/{product}/stock", json={"delta": delta, "reason": "count"}, headers=headers)


@pytest.mark.parametrize("kind", ["users", "orders", "products"])
def test_what_the_client_has_is_not_sent_again(http, kind):
    user = create_user(http)["id"]
    made = {"users": lambda: user, "orders": lambda: create_order(http, user)["id"], "products": lambda: create_product(http, stock=5)["id"]}
    path = f"/api/{kind}/{made[kind]()}"
    shown = http.get(path)
    tag = shown.headers["etag"]
    for fields in (tag, f"W/{tag}", f'"0", {tag}', "*"):
        same = http.get(path, headers={"if-none-match": fields})
        assert same.status_code == 304 and same.content == b"" and same.headers["etag"] == tag, fields
        assert "content-type" not in same.headers
    assert http.head(path, headers={"if-none-match": tag}).status_code == 304
    assert http.get(path, headers={"if-none-match": '"0"'}).json() == shown.json()
    assert http.get(path, headers={"if-match": f'"0", {tag}'}).status_code == 200
    problem(http.get(path, headers={"if-match": '"0"'}), 412, "VERSION_MISMATCH")
    problem(http.get(f"/api/{kind}/{NOBODY}", headers={"if-match": '"0"'}), 404, f"{kind[:-1].upper()}_NOT_FOUND")


def test_a_change_needs_one_of_the_tags(http):
    path = f"/api/users/{create_user(http)['id']}"
    first = http.patch(path, json={"name": "B"}, headers={"if-match": '"1", "9"'})
    assert first.status_code == 200 and first.headers["etag"] == '"2"'
    for fields in ('"1", "9"', 'W/"2"', "2", '"x"'):
        problem(http.patch(path, json={"name": "C"}, headers={"if-match": fields}), 412, "VERSION_MISMATCH")
    for fields in ("*", '"2"', 'W/"2"', '"7", "2"'):
        problem(http.patch(path, json={"name": "C"}, headers={"if-none-match": fields}), 412, "VERSION_MISMATCH")
    assert http.get(path).json()["name"] == "B"
    assert http.patch(path, json={"name": "C"}, headers={"if-none-match": '"1"'}).status_code == 200
    assert http.patch(path, json={"name": "D"}, headers={"if-match": "*"}).status_code == 200


def test_of_changes_that_race_under_the_same_tags_one_wins(http, system):
    path = f"/api/users/{create_user(http)['id']}"

    def change(number: int) -> int:
        with system.client() as client:
            return client.patch(path, json={"name": str(number)}, headers={"if-match": '"1", "0"'}).status_code

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(change, range(16))) == [200] + [412] * 15
    assert http.get(path).json()["version"] == 2


def test_a_products_tag_tells_of_its_stock(http):
    product = create_product(http, stock=5)["id"]
    path = f"/api/products/{product}"
    before = http.get(path)
    assert stock(http, product, 1).status_code == 200
    after = http.get(path, headers={"if-none-match": before.headers["etag"]})
    assert after.status_code == 200 and after.json()["stock"]["on_hand"] == 6
    assert after.json()["version"] == before.json()["version"]
    assert http.get(path, headers={"if-none-match": after.headers["etag"]}).status_code == 304
    problem(http.patch(path, json={"name": "Cup"}, headers={"if-match": before.headers["etag"]}), 412, "VERSION_MISMATCH")
    plain = f'"{before.json()["version"]}"'
    assert http.patch(path, json={"name": "Cup"}, headers={"if-match": plain}).status_code == 200
    problem(http.patch(path, json={"name": "Mug"}, headers={"if-match": plain}), 412, "VERSION_MISMATCH")


def test_stock_is_adjusted_under_the_products_tag(http):
    product = create_product(http, stock=5)["id"]
    tag = http.get(f"/api/products/{product}").headers["etag"]
    assert stock(http, product, 1, if_match=tag).status_code == 200
    problem(stock(http, product, 1, if_match=tag), 412, "VERSION_MISMATCH")
    problem(stock(http, product, 1, if_none_match="*"), 412, "VERSION_MISMATCH")
    assert http.get(f"/api/products/{product}").json()["stock"]["on_hand"] == 6


def test_a_cancellation_is_under_the_orders_tag(http):
    order = create_order(http, create_user(http)["id"])
    path = f"/api/orders/{order['id']}"
    problem(http.post(f"{path}/cancel", headers={"if-match": '"7", "8"'}), 412, "VERSION_MISMATCH")
    assert http.get(path).json()["status"] == "pending"
    assert http.post(f"{path}/cancel", headers={"if-match": '"1", "8"'}).json()["status"] == "canceled"


def test_a_list_is_there_and_has_no_tag(http):
    assert http.get("/api/users?page_size=1", headers={"if-none-match": '"1"'}).status_code == 200
    assert http.get("/api/users?page_size=1", headers={"if-none-match": "*"}).status_code == 304
    problem(http.get("/api/users?page_size=1", headers={"if-match": '"1"'}), 412, "VERSION_MISMATCH")


def test_conditions_on_times_are_ignored(http):
    path = f"/api/users/{create_user(http)['id']}"
    old = "Sat, 29 Oct 1994 19:43:31 GMT"
    assert http.get(path, headers={"if-modified-since": "Fri, 29 Oct 2100 19:43:31 GMT"}).status_code == 200
    assert http.patch(path, json={"name": "B"}, headers={"if-unmodified-since": old}).status_code == 200
