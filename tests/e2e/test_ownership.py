"""A customer sees and changes what is the customer's own, and personal data is for those whom the contract names."""

import grpc
import pytest

from harness.methods import NOBODY
from harness.shop import create_user, done, order_with_token, problem
from harness.system import FIVE, ONE
from harness.tls import Certificates
from harness.tokens import bearer

one_process = pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")
five_processes = pytest.mark.parametrize("placement, engine", [(FIVE, "sqlite")], scope="session")


@one_process
def test_a_foreign_object_is_not_found(new_system, issuer):
    shop = new_system(issuer.settings())
    with shop.client() as http:
        alice, bob = create_user(http), create_user(http, name="Bob")
        hers, his, helper = issuer.token(alice["id"]), issuer.token(bob["id"]), issuer.token(NOBODY, "support")
        order = order_with_token(http, alice, hers)
        paid = done(http.post(f"/api/orders/{order['id']}/pay", json={"payment_token": "tok_ok"}, headers=bearer(hers)))
        order_url = f"/api/orders/{order['id']}"
        reads = [f"/api/users/{alice['id']}", order_url, f"{order_url}/timeline", f"/api/payments/{paid['payment_id']}"]
        for url in reads:
            assert http.get(url, headers=bearer(hers)).status_code == 200, url
            assert http.get(url, headers=bearer(helper)).status_code == 200, url
            foreign = http.get(url, headers=bearer(his))
            missing = http.get(url.replace(url.split("/")[3], NOBODY), headers=bearer(his))
            assert foreign.status_code == missing.status_code == 404, url
            assert foreign.json()["code"] == missing.json()["code"]
            assert http.get(url).status_code == 401, url
        assert http.get(f"{order_url}/events", headers=bearer(his)).status_code == 404
        for action, body in (("cancel", {}), ("pay", {"payment_token": "tok_ok"}), ("pay", {"payment_token": "tok_other"})):
            problem(http.post(f"{order_url}/{action}", json=body, headers=bearer(his)), 404, "ORDER_NOT_FOUND")
        problem(http.patch(f"/api/users/{alice['id']}", json={"name": "Eve"}, headers=bearer(his)), 404, "USER_NOT_FOUND")
        assert done(http.get("/api/orders", headers=bearer(hers)))["orders"][0]["id"] == order["id"]
        assert not done(http.get("/api/orders", headers=bearer(his))).get("orders")
        assert not done(http.get(f"/api/orders?user_id={alice['id']}", headers=bearer(his))).get("orders")
        assert done(http.get("/api/orders", headers=bearer(helper))).get("orders")


@five_processes
def test_personal_fields_are_shown_to_the_callers_that_the_contract_lists(new_system, stubs, restricted_fields, issuer, tmp_path):
    assert dict(restricted_fields)["user.User.email"] == {"OWNER", "SUPPORT", "OPERATOR"}
    certificates = Certificates(tmp_path / "certs")
    shop = new_system(certificates.rpc() | issuer.settings())

    def user_at(channel: grpc.Channel, token: str | None):
        call = channel.unary_unary(
            "/user.UserService/GetUser",
            request_serializer=stubs.user.GetUserRequest.SerializeToString,
            response_deserializer=stubs.user.User.FromString,
        )
        metadata = [("authorization", f"Bearer {token}")] if token else []
        return call(stubs.user.GetUserRequest(id=alice["id"]), metadata=metadata, timeout=20)

    with shop.client() as http:
        alice = create_user(http)
        assert alice["email"] and alice["name"], "the answer repeats what the request has given"
        hers, helper, runner = issuer.token(alice["id"]), issuer.token(NOBODY, "support"), issuer.token(NOBODY, "operator")
        url = f"/api/users/{alice['id']}"
        for token in (hers, helper):
            assert http.get(url, headers=bearer(token)).json()["email"] == alice["email"]
            with certificates.channel(shop, "user", "gateway") as channel:
                assert user_at(channel, token).email == alice["email"]
        for token in (helper, runner):
            assert alice["email"] in {user["email"] for user in done(http.get("/api/users", headers=bearer(token)))["users"]}
        with certificates.channel(shop, "user", "order") as channel:
            for token in (None, hers):
                seen = user_at(channel, token)
                assert (seen.id, seen.status) == (alice["id"], "active")
                assert (seen.email, seen.name) == ("", ""), "a service needs no personal data"


@one_process
def test_nobody_orders_for_others(new_system, issuer):
    shop = new_system(issuer.settings())
    with shop.client() as http:
        alice, bob = create_user(http), create_user(http, name="Bob")
        his = issuer.token(bob["id"])
        wanted = {"product_id": "prod-123", "quantity": 1}
        foreign = http.post("/api/orders", json=wanted | {"user_id": alice["id"]}, headers=bearer(his))
        unknown = http.post("/api/orders", json=wanted | {"user_id": NOBODY}, headers=bearer(his))
        assert foreign.status_code == unknown.status_code == 400
        assert foreign.json()["code"] == unknown.json()["code"]
        assert done(http.post("/api/orders", json=wanted | {"user_id": bob["id"]}, headers=bearer(his)))["user_id"] == bob["id"]


@one_process
def test_an_idempotency_key_belongs_to_its_user(new_system, issuer):
    shop = new_system(issuer.settings())
    with shop.client() as http:
        made = []
        for name in ("merchant-1", "merchant-2"):
            headers = bearer(issuer.token(name, "merchant")) | {"idempotency-key": "the-same"}
            wanted = {"id": f"of-{name}", "name": "Mug", "price": {"minor": 100, "currency": "EUR"}}
            made.append(done(http.post("/api/products", json=wanted, headers=headers))["id"])
        assert made == ["of-merchant-1", "of-merchant-2"]
