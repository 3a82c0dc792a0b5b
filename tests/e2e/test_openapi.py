"""The OpenAPI document tells the truth about the routes."""

import jsonschema
import pytest

from harness.process import binary
from harness.shop import create_order, create_user, done, new_email


@pytest.fixture(scope="module")
def document(http) -> dict:
    return done(http.get("/openapi.json"))


def validate(document: dict, schema: dict, value):
    """References in a schema are into its document."""
    jsonschema.Draft202012Validator(schema | {"components": document["components"]}).validate(value)


def answer_schema(document: dict, method: str, path: str, status: str = "200", kind: str = "application/json") -> dict:
    responses = document["paths"][path][method]["responses"]
    response = responses.get(status) or responses["default"]
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
    return response["content"][kind]["schema"]


def request_schema(document: dict, method: str, path: str) -> dict:
    return document["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]


def test_what_the_gateway_makes_of_the_mounted_routes_is_the_document_of_the_whole_contract(http):
    """The gateway merges the documents of the services. protoc has written one of them all, beside the generated headers."""
    whole = binary().parent.parent / "proto/gen/commerce_contract/proto/openapi.json"
    if not whole.exists():
        pytest.skip(f"not a build folder: {whole} is missing")
    assert http.get("/openapi.json").text == whole.read_text()


ROUTES = {
    "/api/users": {"get", "post"},
    "/api/users/{id}": {"get", "patch"},
    "/api/products": {"get", "post"},
    "/api/products/{id}": {"get", "patch"},
    "/api/products/{id}/stock": {"post"},
    "/api/products/{id}/movements": {"get"},
    "/api/orders": {"get", "post"},
    "/api/orders/{id}": {"get"},
    "/api/orders/{id}/cancel": {"post"},
    "/api/orders/{id}/complete": {"post"},
    "/api/orders/{id}/events": {"get"},
    "/api/orders/{id}/fulfil": {"post"},
    "/api/orders/{id}/pay": {"post"},
    "/api/orders/{id}/timeline": {"get"},
    "/api/payments": {"get", "post"},
    "/api/payments/{id}": {"get"},
    "/api/payments/{id}/confirm": {"post"},
    "/api/payments/{id}/capture": {"post"},
    "/api/payments/{id}/cancel": {"post"},
}


def test_the_document_has_exactly_the_routes_of_the_contract(document):
    assert document["openapi"].startswith("3.1")
    routes = {path: set(methods) & {"get", "post", "put", "patch", "delete"} for path, methods in document["paths"].items()}
    assert {path: methods for path, methods in routes.items() if path.startswith("/api/")} == ROUTES


def test_every_operation_has_its_own_id_a_summary_and_its_errors(document):
    operations = [operation for methods in document["paths"].values() for operation in methods.values() if isinstance(operation, dict)]
    ids = [operation["operationId"] for operation in operations]
    assert len(set(ids)) == len(ids)
    assert all(operation["summary"] and "200" in operation["responses"] for operation in operations)


def test_the_document_says_which_operations_need_a_token(document):
    assert document["components"]["securitySchemes"]["AccessToken"]["scheme"] == "bearer"
    for path, methods in document["paths"].items():
        for verb, operation in methods.items():
            public = (verb, path) in {("post", "/api/users"), ("get", "/api/products"), ("get", "/api/products/{id}")}
            assert operation.get("security", []) == ([] if public else [{"AccessToken": []}]), (verb, path)
            assert "401" in operation["responses"] and ("403" in operation["responses"]) != public
    assert "needs an access token" in document["info"]["description"]


def test_every_schema_is_a_schema(document):
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_the_flow_s_requests_and_answers_fit_their_schemas(document, http):
    wanted = {"email": new_email(), "name": "Alice"}
    validate(document, request_schema(document, "post", "/api/users"), wanted)
    user = done(http.post("/api/users", json=wanted))
    validate(document, answer_schema(document, "post", "/api/users"), user)
    validate(document, answer_schema(document, "get", "/api/users/{id}"), done(http.get(f"/api/users/{user['id']}")))

    wanted = {"user_id": user["id"], "product_id": "prod-123", "quantity": 2}
    validate(document, request_schema(document, "post", "/api/orders"), wanted)
    order = done(http.post("/api/orders", json=wanted))
    validate(document, answer_schema(document, "post", "/api/orders"), order)
    validate(document, answer_schema(document, "get", "/api/orders/{id}"), done(http.get(f"/api/orders/{order['id']}")))

    payment = {"order_id": order["id"], "user_id": user["id"], "amount": order["total"], "payment_token": "tok_ok"}
    validate(document, request_schema(document, "post", "/api/payments"), payment)
    validate(document, answer_schema(document, "post", "/api/payments"), done(http.post("/api/payments", json=payment)))
    for path, name in (("/api/users", "users"), ("/api/orders", "orders"), ("/api/products", "products")):
        listed = done(http.get(path, params={"page_size": 5}))
        assert listed[name]
        validate(document, answer_schema(document, "get", path), listed)


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("/api/users", {"email": "a@example.com", "name": "A", "nickname": "B"}),
        ("/api/users", {"email": "a@example.com"}),
        ("/api/users", {"email": "a@example.com", "name": "x" * 201}),
        ("/api/orders", {"user_id": "a", "product_id": "b", "quantity": "two words"}),
    ],
)
def test_what_the_server_refuses_its_schema_refuses(document, http, path, wrong):
    with pytest.raises(jsonschema.ValidationError):
        validate(document, request_schema(document, "post", path), wrong)
    assert http.post(path, json=wrong).status_code == 400


def test_a_refusal_fits_the_schema_of_problems(document, http):
    refusal = http.post("/api/users", json={"email": "nobody"})
    schema = answer_schema(document, "post", "/api/users", "400", "application/problem+json")
    validate(document, schema, refusal.json())


def test_a_trace_id_is_in_the_answer_of_a_refused_order(http):
    user = create_user(http)
    assert create_order(http, user["id"])["user_id"] == user["id"]
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    refusal = http.post("/api/orders", json={"user_id": user["id"], "product_id": "prod-none", "quantity": 1}, headers=headers)
    assert refusal.json()["trace_id"] == trace
