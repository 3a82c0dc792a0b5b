"""Bad input over HTTP: the right status, every bad field named by its pointer, nothing stored."""

import dataclasses
import json
import typing

import pytest

from harness.shop import create_product, create_user, new_email, pages, problem, stock

JSON = {"content-type": "application/json"}


@dataclasses.dataclass
class Bad:
    """A request that must be refused. `body`: an object that is sent as JSON, or the bytes themselves."""

    body: typing.Any
    status: int = 400
    code: str = "INVALID_FIELD"
    pointers: tuple[str, ...] = ()
    path: str = "/api/users"
    headers: dict[str, str] = dataclasses.field(default_factory=lambda: dict(JSON))


def user(*pointers: str, **fields) -> Bad:
    """A user with these fields instead of good ones; a field that is None is left out."""
    body = {"email": new_email(), "name": "Alice"} | fields
    return Bad({name: value for name, value in body.items() if value is not None}, pointers=pointers)


def order(*pointers: str, code: str = "INVALID_FIELD", **fields) -> Bad:
    """An order with these fields instead of good ones: USER and PRODUCT stand for ones that exist."""
    body = {"user_id": "USER", "product_id": "PRODUCT", "quantity": 1} | fields
    return Bad({name: value for name, value in body.items() if value is not None}, code=code, pointers=pointers, path="/api/orders")


def malformed(body: bytes, path: str = "/api/users") -> Bad:
    return Bad(body, code="MALFORMED_JSON", pointers=("",), path=path)


NOBODY = "0190b6a0-0000-7000-8000-000000000000"
GOOD_BYTES = json.dumps({"email": "good@example.com", "name": "Alice"}).encode()

CASES = {
    "malformed JSON": malformed(b'{"email": "a@example.com", "name": '),
    "no JSON at all": malformed(b"email=a@example.com&name=Alice"),
    "an empty body": malformed(b""),
    "bytes after the object": malformed(GOOD_BYTES + b"{}"),
    "JSON with a comment": malformed(b"/* */" + GOOD_BYTES),
    "a body that is not UTF-8": malformed(b'{"email":"a\xff@example.com","name":"Alice"}'),
    "a lone surrogate": malformed(b'{"email":"a@example.com","name":"\\ud800"}'),
    "JSON too deep": malformed(b'{"email":' + b"[" * 100 + b"]" * 100 + b',"name":"A"}'),
    "an array instead of an object": Bad([], pointers=("",)),
    "null instead of an object": Bad(b"null", pointers=("",)),
    "a field twice": Bad(b'{"email":"a@example.com","email":"b@example.com","name":"A"}', pointers=("/email",)),
    "email is a number": user("/email", email=5),
    "email is null": Bad({"email": None, "name": "Alice"}, pointers=("/email",)),
    "email is missing": user("/email", email=None),
    "email is empty": user("/email", email=""),
    "email has no @": user("/email", email="alice.example.com"),
    "email has two @": user("/email", email="alice@example@com"),
    "email has nothing before the @": user("/email", email="@example.com"),
    "email has a space": user("/email", email="ali ce@example.com"),
    "email has a line feed": user("/email", email="alice@example.com\nBcc: x"),
    "email over 254 characters": user("/email", email="a" * 250 + "@example.com"),
    "name is missing": user("/name", name=None),
    "name is empty": user("/name", name=""),
    "name over 200 characters": user("/name", name="ü" * 201),
    "name is an object": user("/name", name={"first": "Alice"}),
    "an unknown field": user("/nickname", nickname="Al"),
    "a field that only answers have": user("/id", id=NOBODY),
    "two bad fields": user("/email", "/name", email="nobody", name=""),
    "three bad fields of three kinds": user("/email", "/name", "/nickname", email=None, name=7, nickname="Al"),
    "body over 1 MiB": Bad(b'{"name":"' + b"a" * 1024 * 1024 + b'"}', 413, "BODY_TOO_LARGE"),
    "a wrong content type": Bad(GOOD_BYTES, 415, "UNSUPPORTED_MEDIA_TYPE", headers={"content-type": "text/plain"}),
    "a form": Bad(b"email=a", 415, "UNSUPPORTED_MEDIA_TYPE", headers={"content-type": "application/x-www-form-urlencoded"}),
    "no content type": Bad(GOOD_BYTES, 415, "UNSUPPORTED_MEDIA_TYPE", headers={}),
    "a content encoding": Bad(GOOD_BYTES, 415, "UNSUPPORTED_MEDIA_TYPE", headers=JSON | {"content-encoding": "gzip"}),
    "quantity 0": order("/quantity", quantity=0),
    "quantity negative": order("/quantity", quantity=-1),
    "quantity over 10,000": order("/quantity", quantity=10_001),
    "quantity past 32 bits": order("/quantity", quantity=2**31),
    "quantity past 64 bits": order("/quantity", quantity=2**64 + 1),
    "quantity with a fraction": order("/quantity", quantity=1.5),
    "quantity is a word": order("/quantity", quantity="two"),
    "quantity is a boolean": order("/quantity", quantity=True),
    "quantity is missing": order("/quantity", quantity=None),
    "user is missing": order("/user_id", user_id=None),
    "product is missing": order("/product_id", product_id=None),
    "user and quantity are bad": order("/quantity", "/user_id", user_id="", quantity=0),
    "user is unknown": order("/user_id", code="USER_NOT_FOUND", user_id=NOBODY),
    "user's id is malformed": order("/user_id", code="USER_NOT_FOUND", user_id="alice"),
    "product is unknown": order("/product_id", code="PRODUCT_NOT_FOUND", product_id="prod-none"),
    "not enough stock": order("/quantity", code="OUT_OF_STOCK", quantity=6),
    "a line's quantity is bad": order(
        "/lines/1/quantity", product_id=None, quantity=None,
        lines=[{"product_id": "PRODUCT", "quantity": 1}, {"product_id": "PRODUCT", "quantity": 0}],
    ),
    "an unknown field in a line": order(
        "/lines/0/price", product_id=None, quantity=None, lines=[{"product_id": "PRODUCT", "quantity": 1, "price": 1}]
    ),
    "malformed order": malformed(b"{", path="/api/orders"),
}  # fmt: skip


@pytest.fixture(scope="module")
def known(http) -> dict[str, str]:
    """What USER and PRODUCT stand for."""
    return {"USER": create_user(http)["id"], "PRODUCT": create_product(http, stock=5)["id"]}


def stored(http, known) -> dict:
    """All that a bad request could have left behind."""
    return {
        "users": [each["id"] for each in pages(http, "/api/users", "users")],
        "orders": pages(http, "/api/orders", "orders", user_id=known["USER"]),
        "stock": stock(http, known["PRODUCT"]),
    }


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_refused_and_leaves_nothing_behind(http, known, name):
    bad = CASES[name]
    body = bad.body
    if not isinstance(body, bytes):
        body = json.dumps(body)
        for word, value in known.items():
            body = body.replace(f'"{word}"', f'"{value}"')
    before = stored(http, known)
    answer = http.post(bad.path, content=body, headers=bad.headers)
    refusal = problem(answer, bad.status, bad.code, *bad.pointers)
    if bad.status != 413:  # that is refused before the request is read, so before its trace begins
        assert len(refusal["trace_id"]) == 32
        assert refusal["instance"] == bad.path
    assert stored(http, known) == before


def test_a_name_of_200_characters_is_fine(http):
    assert create_user(http, name="ü" * 200)["name"] == "ü" * 200


def test_a_content_type_may_bear_a_charset(http):
    body = json.dumps({"email": new_email(), "name": "Alice"})
    assert http.post("/api/users", content=body, headers={"content-type": "Application/JSON; charset=utf-8"}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/nothing", "/api/users/", "/api/users/a/b", "/API/users", "/api//users", "/api/users%2F"]
)
def test_an_unknown_route_is_not_found(http, path):
    problem(http.get(path), 404, "ROUTE_NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/users", {"GET", "HEAD", "POST"}),
        ("PUT", "/api/users/some", {"GET", "HEAD", "PATCH"}),
        ("POST", "/api/orders/some", {"GET", "HEAD"}),
        ("GET", "/api/orders/some/cancel", {"POST"}),
        ("POST", "/health", {"GET", "HEAD"}),
        ("BREW", "/api/users", {"GET", "HEAD", "POST"}),
    ],
)
def test_a_wrong_method_is_refused_and_the_right_ones_are_named(http, method, path, allowed):
    answer = http.request(method, path)
    problem(answer, 405, "METHOD_NOT_ALLOWED")
    assert {each.strip() for each in answer.headers["allow"].split(",")} - {"OPTIONS"} == allowed


def test_trace_is_a_method_of_no_path(http):
    answer = http.request("TRACE", "/api/users")
    problem(answer, 405, "METHOD_NOT_ALLOWED")
    assert "TRACE" not in answer.headers["allow"]
    problem(http.request("TRACE", "/nowhere"), 404, "ROUTE_NOT_FOUND")
