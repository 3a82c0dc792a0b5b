"""What most cases begin with: a user, a product, an order. All through the HTTP interface."""

import uuid

import httpx

from harness.tokens import bearer

UUID_V7 = r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
TIMESTAMP = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$"


def new_email() -> str:
    return f"{uuid.uuid4().hex}@example.com"


def done(response: httpx.Response) -> dict:
    """The object in a successful answer."""
    assert response.status_code == 200, f"{response.request.method} {response.request.url}: {response.status_code} {response.text}"
    return response.json()


def create_user(http: httpx.Client, **fields) -> dict:
    return done(http.post("/api/users", json={"email": new_email(), "name": "Alice"} | fields))


def create_order(http: httpx.Client, user_id: str, product_id: str = "prod-123", quantity: int = 1) -> dict:
    return done(http.post("/api/orders", json={"user_id": user_id, "product_id": product_id, "quantity": quantity}))


def product(http: httpx.Client, product_id: str) -> dict:
    return done(http.get(f"/api/products/{product_id}"))


def problem(response: httpx.Response, status: int, code: str, *pointers: str) -> dict:
    """The problem+json of a refusal, after checking it: exactly these fields are named as wrong."""
    assert response.status_code == status, f"{response.status_code} {response.text}"
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert body["code"] == code, body
    assert body["title"] and body["type"] and isinstance(body["retryable"], bool), body
    named = [error["pointer"] for error in body.get("errors", [])]
    assert sorted(named) == sorted(pointers), body
    assert all(error["detail"] for error in body.get("errors", []))
    return body


def create_product(http: httpx.Client, stock: int = 0, minor: int = 1250, name: str = "Test mug") -> dict:
    """An active product of a price in euros, with that much in stock."""
    wanted = {"id": f"test-{uuid.uuid4().hex}", "name": name, "price": {"minor": minor, "currency": "EUR"}, "status": "active"}
    made = done(http.post("/api/products", json=wanted))
    if stock:
        made = done(http.post(f"/api/products/{made['id']}/stock", json={"delta": stock, "reason": "delivery"}))
    return made


def stock(http: httpx.Client, product_id: str) -> dict[str, int]:
    numbers = product(http, product_id).get("stock", {})
    return {name: int(numbers.get(name, 0)) for name in ("on_hand", "reserved", "available")}


def minor(money: dict) -> int:
    return int(money["minor"])


def pages(http: httpx.Client, path: str, field: str, page_size: int = 1000, **query) -> list[dict]:
    """All objects of a listing, page after page."""
    found, token = [], ""
    while True:
        page = done(http.get(path, params=query | {"page_size": page_size, "page_token": token}))
        assert len(page[field]) <= page_size
        found += page[field]
        token = page["next_page_token"]
        if not token:
            return found


def order_with_token(http: httpx.Client, user: dict, token: str) -> dict:
    wanted = {"user_id": user["id"], "product_id": "prod-123", "quantity": 1}
    return done(http.post("/api/orders", json=wanted, headers=bearer(token)))
