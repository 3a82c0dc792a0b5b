"""Products and stock over HTTP."""

import uuid

import pytest

from harness.shop import create_product, done, minor, pages, problem, product, stock


def test_the_demo_catalogue_is_seeded(http):
    seeded = [each for each in pages(http, "/api/products", "products") if not each["id"].startswith("test-")]
    assert 15 <= len(seeded) <= 30
    assert "prod-123" in [each["id"] for each in seeded]
    for each in seeded:
        assert each["name"] and minor(each["price"]) > 0 and len(each["price"]["currency"]) == 3, each
        assert each["status"] == "active" and int(each["stock"]["available"]) > 0, each


def test_a_search_folds_by_unicode(http):
    name = f"ŠKODA Übergroße Tasche {uuid.uuid4().hex}"
    made = create_product(http, name=name)
    for query in (name.lower(), name.upper(), name.replace("Ü", "U\u0308")):
        assert [each["id"] for each in pages(http, "/api/products", "products", query=query)] == [made["id"]], query


@pytest.mark.parametrize("currency", ["ZZZ", "XXX", "XAU", "DEM"])
def test_a_price_is_in_a_currency_that_iso_4217_lists(http, currency):
    wanted = {"id": "test-currency", "name": "Cup", "price": {"minor": 100, "currency": currency}}
    problem(http.post("/api/products", json=wanted), 400, "INVALID_FIELD", "/price/currency")


def test_products_are_listed_page_by_page_and_found_by_their_name(http):
    everything = pages(http, "/api/products", "products")
    assert [each["id"] for each in pages(http, "/api/products", "products", page_size=7)] == [each["id"] for each in everything]
    known = product(http, "prod-123")
    assert known["id"] in [each["id"] for each in pages(http, "/api/products", "products", query=known["name"].upper())]
    assert pages(http, "/api/products", "products", query="no such thing") == []


def test_a_product_is_added_stocked_and_changed(http):
    made = create_product(http, stock=5, minor=700)
    assert stock(http, made["id"]) == {"on_hand": 5, "reserved": 0, "available": 5}
    changed = done(http.patch(f"/api/products/{made['id']}", json={"price": {"minor": 800, "currency": "EUR"}}))
    assert (minor(changed["price"]), changed["name"], int(changed["version"])) == (800, made["name"], int(made["version"]) + 1)


def test_a_product_id_can_be_taken_once(http):
    again = {"id": "prod-123", "name": "Another", "price": {"minor": 1, "currency": "EUR"}}
    problem(http.post("/api/products", json=again), 409, "PRODUCT_EXISTS", "/id")


def test_stock_cannot_go_below_nothing(http):
    made = create_product(http, stock=3)
    answer = http.post(f"/api/products/{made['id']}/stock", json={"delta": -4, "reason": "lost"})
    problem(answer, 400, "OUT_OF_STOCK", "/delta")
    assert stock(http, made["id"])["on_hand"] == 3


def movements(http, product_id, **query):
    return pages(http, f"/api/products/{product_id}/movements", "movements", **query)


def test_the_journal_of_a_product_adds_up_to_its_stock(http):
    made = create_product(http, stock=5)
    done(http.post(f"/api/products/{made['id']}/stock", json={"delta": -2, "reason": "broken"}))
    journal = movements(http, made["id"])
    assert [(each["kind"], int(each["delta"]), each["actor"]) for each in journal] == [
        ("adjusted", 5, "anonymous"),
        ("adjusted", -2, "anonymous"),
    ]
    assert journal[-1]["reason"] == "broken"
    assert movements(http, made["id"], page_size=1) == journal
    assert stock(http, made["id"])["on_hand"] == 3


def test_the_stock_of_the_demo_catalogue_is_in_the_journal(http):
    first = movements(http, "prod-124")[0]
    assert (first["kind"], int(first["delta"]), first["reason"], first["actor"]) == ("adjusted", 140, "first delivery", "catalog")


def test_an_unknown_product_has_no_journal(http):
    problem(http.get("/api/products/prod-none/movements"), 404, "PRODUCT_NOT_FOUND")


@pytest.mark.parametrize("number", ["4242424242424242", "4242 4242 4242 4242", "\uff14\uff12\uff14\uff12-4242-4242-4242"])
def test_a_card_number_is_no_reason_of_an_adjustment(http, number):
    made = create_product(http, stock=3)
    answer = http.post(f"/api/products/{made['id']}/stock", json={"delta": 1, "reason": f"refund to {number}"})
    problem(answer, 400, "CARD_NUMBER_REFUSED", "/reason")
    assert number not in answer.text
    assert stock(http, made["id"])["on_hand"] == 3


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"id": "Not A Slug"}, ["/id"]),
        ({"id": "x" * 65}, ["/id"]),
        ({"price": {"minor": -1, "currency": "EUR"}}, ["/price/minor"]),
        ({"price": {"minor": 1, "currency": "euro"}}, ["/price/currency"]),
        ({"price": None}, ["/price"]),
        ({"status": "archived"}, ["/status"]),
        ({"name": "", "id": ""}, ["/id", "/name"]),
    ],
)
def test_a_wrong_product_is_refused(http, change, pointers):
    wanted = {"id": "test-wrong", "name": "Wrong", "price": {"minor": 1, "currency": "EUR"}} | change
    problem(http.post("/api/products", json=wanted), 400, "INVALID_FIELD", *pointers)
    assert http.get("/api/products/test-wrong").status_code == 404


def test_an_unknown_product_is_not_found(http):
    problem(http.get("/api/products/prod-none"), 404, "PRODUCT_NOT_FOUND")
