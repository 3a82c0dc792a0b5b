"""Idempotency keys: one effect and one answer for each key, over HTTP and gRPC."""

import concurrent.futures
import uuid

import grpc
import pytest

from harness.shop import create_product, create_user, new_email, problem, stock


def new_key() -> dict[str, str]:
    return {"idempotency-key": str(uuid.uuid4())}


def post(http, path: str, body: dict, headers: dict):
    return http.post(path, json=body, headers=headers)


def test_a_repeated_order_is_one_order_with_the_same_bytes(http):
    user, product = create_user(http), create_product(http, stock=10)
    body = {"user_id": user["id"], "product_id": product["id"], "quantity": 2}
    key = new_key()
    first = post(http, "/api/orders", body, key)
    assert first.status_code == 200 and "idempotent-replayed" not in first.headers
    for _ in range(3):
        again = post(http, "/api/orders", body, key)
        assert (again.status_code, again.content) == (200, first.content)
        assert again.headers["idempotent-replayed"] == "true"
        assert again.headers.get("etag") == first.headers.get("etag")
    assert stock(http, product["id"])["reserved"] == 2
    other = post(http, "/api/orders", body, new_key())
    assert other.status_code == 200 and other.json()["id"] != first.json()["id"]


def test_every_keyed_route_repeats_its_answer(http):
    user, product = create_user(http), create_product(http, stock=10)
    calls = [
        ("POST", "/api/users", {"email": new_email(), "name": "Alice"}),
        ("PATCH", f"/api/users/{user['id']}", {"name": "Bob"}),
        ("PATCH", f"/api/users/{user['id']}", {}),
        ("POST", "/api/products", {"id": f"prod-{uuid.uuid4().hex[:12]}", "name": "Cup", "price": {"minor": 100, "currency": "EUR"}}),
        ("PATCH", f"/api/products/{product['id']}", {"name": "Mug"}),
        ("POST", f"/api/products/{product['id']}/stock", {"delta": 5, "reason": "delivery"}),
        ("POST", "/api/orders", {"user_id": user["id"], "product_id": product["id"], "quantity": 1}),
    ]
    for method, path, body in calls:
        key = new_key()
        first = http.request(method, path, json=body, headers=key)
        assert first.status_code == 200, (path, first.text)
        again = http.request(method, path, json=body, headers=key)
        assert (again.status_code, again.content) == (200, first.content), path
        assert again.headers["idempotent-replayed"] == "true", path
    assert stock(http, product["id"])["on_hand"] == 15


def test_a_key_of_another_request_is_refused(http):
    key, email = new_key(), new_email()
    assert post(http, "/api/users", {"email": email, "name": "Alice"}, key).status_code == 200
    refused = problem(post(http, "/api/users", {"email": email, "name": "Bob"}, key), 422, "IDEMPOTENCY_KEY_REUSED")
    assert refused["retryable"] is False
    # The same key is another one at another method.
    product = create_product(http, stock=1)
    assert http.patch(f"/api/products/{product['id']}", json={"name": "Mug"}, headers=key).status_code == 200


def test_a_refused_call_leaves_its_key_free(http):
    key, email = new_key(), new_email()
    taken = create_user(http)
    problem(post(http, "/api/users", {"email": taken["email"], "name": "Alice"}, key), 409, "EMAIL_TAKEN", "/email")
    problem(post(http, "/api/users", {"email": "nobody", "name": "Alice"}, key), 400, "INVALID_FIELD", "/email")
    assert post(http, "/api/users", {"email": email, "name": "Alice"}, key).status_code == 200


@pytest.mark.parametrize("key", ["k" * 256, "two words", "tab\there"])
def test_a_key_of_a_wrong_form_is_refused(http, key):
    problem(post(http, "/api/users", {"email": new_email(), "name": "Alice"}, {"idempotency-key": key}), 400, "INVALID_IDEMPOTENCY_KEY")


def test_duplicates_at_once_have_one_effect(http, system):
    user, product = create_user(http), create_product(http, stock=1000)
    body = {"user_id": user["id"], "product_id": product["id"], "quantity": 1}

    def place(key: dict) -> tuple[int, bytes]:
        with system.client() as client:
            answer = post(client, "/api/orders", body, key)
            return answer.status_code, answer.content

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        for _ in range(10):
            key = new_key()
            answers = list(pool.map(place, [key] * 16))
            assert {status for status, _ in answers} <= {200, 409}
            assert len({content for status, content in answers if status == 200}) == 1
    orders = http.get("/api/orders", params={"user_id": user["id"], "page_size": 100}).json()["orders"]
    assert len(orders) == 10


def test_keys_work_over_grpc(stubs, grpc_channel):
    users = stubs.user_grpc.UserServiceStub(grpc_channel("user"))
    email, metadata = new_email(), [("idempotency-key", str(uuid.uuid4()))]
    request = stubs.user.CreateUserRequest(email=email, name="Alice")
    first = users.CreateUser(request, timeout=10, metadata=metadata)
    again, call = users.CreateUser.with_call(request, timeout=10, metadata=metadata)
    assert again == first
    assert dict(call.initial_metadata())["idempotent-replayed"] == "true"
    with pytest.raises(grpc.RpcError) as refused:
        users.CreateUser(stubs.user.CreateUserRequest(email=email, name="Bob"), timeout=10, metadata=metadata)
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    with pytest.raises(grpc.RpcError) as malformed:
        users.CreateUser(request, timeout=10, metadata=[("idempotency-key", "k" * 256)])
    assert malformed.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_keys_work_over_grpc_at_the_edge(stubs, system):
    host, port = system.address
    with grpc.insecure_channel(f"{host}:{port}") as channel:
        users = stubs.user_grpc.UserServiceStub(channel)
        metadata = [("idempotency-key", str(uuid.uuid4()))]
        request = stubs.user.CreateUserRequest(email=new_email(), name="Alice")
        first = users.CreateUser(request, timeout=10, metadata=metadata)
        again, call = users.CreateUser.with_call(request, timeout=10, metadata=metadata)
        assert again == first
        assert dict(call.initial_metadata())["idempotent-replayed"] == "true"
