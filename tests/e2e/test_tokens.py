"""Access tokens over their life: they expire, keys change, services pass them on, and development has tokens of its own."""

import time

import grpc
import httpx
import pytest

from harness.methods import NOBODY, Method, call
from harness.process import run
from harness.shop import create_user, done, order_with_token, problem
from harness.system import FIVE, ONE
from harness.tls import Certificates
from harness.tokens import Key, bearer

one_process = pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")
five_processes = pytest.mark.parametrize("placement, engine", [(FIVE, "sqlite")], scope="session")


@one_process
def test_a_stream_ends_when_its_token_expires(new_system, stubs, issuer):
    shop = new_system(issuer.settings())
    with shop.client() as http:
        alice = create_user(http)
        order = order_with_token(http, alice, issuer.token(alice["id"]))
        # A token counts for 30 s more than it says, because clocks differ.
        now = int(time.time())
        brief = issuer.token(alice["id"], iat=now - 60, exp=now - 28)
        with grpc.insecure_channel(shop.grpc("order")) as channel:
            watch = channel.unary_stream(
                "/order.OrderService/WatchOrder",
                request_serializer=stubs.order.WatchOrderRequest.SerializeToString,
                response_deserializer=stubs.order.Order.FromString,
            )
            metadata = [("authorization", f"Bearer {brief}")]
            watched = watch(stubs.order.WatchOrderRequest(id=order["id"]), metadata=metadata, timeout=20)
            with http.stream("GET", f"/api/orders/{order['id']}/events", headers=bearer(brief)) as events:
                lines = [line for line in events.iter_lines() if line]
            assert next(watched).id == order["id"]
            with pytest.raises(grpc.RpcError) as ended:
                list(watched)
        assert ended.value.code() == grpc.StatusCode.UNAUTHENTICATED
        assert "event: error" in lines, lines
        assert '"status":401' in lines[-1].replace(" ", ""), lines
        assert 2 <= time.time() - now < 8


@five_processes
def test_the_token_goes_along_and_services_know_each_other(new_system, issuer, tmp_path):
    """A whole purchase through five processes: each verifies the token, and the order service reserves stock as itself."""
    certificates = Certificates(tmp_path / "certs")
    shop = new_system(certificates.rpc() | issuer.settings())
    with shop.client() as http:
        alice = create_user(http)
        hers = issuer.token(alice["id"])
        order = order_with_token(http, alice, hers)
        paid = done(http.post(f"/api/orders/{order['id']}/pay", json={"payment_token": "tok_ok"}, headers=bearer(hers)))
        assert paid["payment_status"] in ("paid", "authorized"), paid
        assert done(http.get(f"/api/payments/{paid['payment_id']}", headers=bearer(hers)))["user_id"] == alice["id"]


@one_process
def test_a_key_that_is_new_is_found_and_one_that_is_gone_is_refused(new_system, issuer, tmp_path):
    shop = new_system(issuer.settings() | {"TRADEWIND_AUTH_KEYS_REFRESH_MS": "1000"})
    with shop.client() as http:
        before = issuer.token(NOBODY, "support")
        assert http.get("/api/users", headers=bearer(before)).status_code == 200
        newer = Key(tmp_path, "key-2")
        issuer.publish(newer)
        assert http.get("/api/users", headers=bearer(issuer.token(NOBODY, "support", key=newer))).status_code == 200
        answers = {http.get("/api/users", headers=bearer(before)).status_code for _ in range(3)}
        assert answers <= {200, 401}
        for _ in range(100):
            if http.get("/api/users", headers=bearer(before)).status_code == 401:
                return
        pytest.fail("the old key is still accepted")


@one_process
def test_development_tokens_are_signed_by_the_running_program(new_system):
    shop = new_system()
    ops = shop.ops_url().removeprefix("http://")

    def token(*arguments: str) -> str:
        made = run("token", "dev", "--ops", ops, *arguments, folder=shop.folder)
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()

    with shop.client() as http:
        alice, bob = create_user(http), create_user(http, name="Bob")
        # Without an issuer, a call without a token may do everything. A token still counts.
        assert http.get(f"/api/users/{alice['id']}").status_code == 200
        hers = bearer(token("--user", alice["id"]))
        assert http.get(f"/api/users/{alice['id']}", headers=hers).status_code == 200
        problem(http.get(f"/api/users/{bob['id']}", headers=hers), 404, "USER_NOT_FOUND")
        problem(http.get("/api/users", headers=hers), 403, "CALLER_NOT_ALLOWED")
        helper = bearer(token("--role", "support", "--user", NOBODY))
        assert http.get("/api/users", headers=helper).status_code == 200
        problem(http.get("/api/users", headers=bearer("abc")), 401, "INVALID_TOKEN")
        refused = run("token", "dev", "--ops", ops, "--user", NOBODY, "--role", "king", folder=shop.folder)
        assert refused.returncode == 64 and "role" in refused.stderr
        # A page of another web site cannot send the header field that the path asks for.
        assert httpx.post(shop.ops_url() + "/token", json={"user": NOBODY}, trust_env=False).status_code == 403


@one_process
def test_another_start_has_another_key(new_system):
    shop = new_system()
    made = run("token", "dev", "--ops", shop.ops_url().removeprefix("http://"), "--user", NOBODY, folder=shop.folder)
    shop.stop()
    shop.start()
    with shop.client() as http:
        problem(http.get("/api/products", headers=bearer(made.stdout.strip())), 401, "INVALID_TOKEN")


@one_process
def test_production_makes_no_tokens_and_closes_health_and_reflection(new_system, issuer):
    shop = new_system(issuer.settings() | {"TRADEWIND_PROFILE": "production"})
    made = run("token", "dev", "--ops", shop.ops_url().removeprefix("http://"), "--user", NOBODY, folder=shop.folder)
    assert made.returncode != 0 and not made.stdout and "profile" in made.stderr
    host, port = shop.address
    for address in (f"{host}:{port}", shop.grpc("user")):
        with grpc.insecure_channel(address) as channel:
            for path in ("/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"):
                method = Method("user", path, frozenset(), "", "", path.endswith("Watch"))
                assert call(channel, method, None) == "unauthenticated", (address, path)
                assert call(channel, method, issuer.token(NOBODY)) == "denied"
            check = Method("user", "/grpc.health.v1.Health/Check", frozenset(), "", "", False)
            assert call(channel, check, issuer.token(NOBODY, "operator")) == "passed"
    with shop.client() as http:
        assert http.get("/health").status_code == 200
        assert http.get("/api/products").status_code == 200
        assert http.get("/api/users").status_code == 401


def test_without_an_issuer_production_does_not_start(tmp_path):
    refused = run("up", "--ports", "auto", "--data", str(tmp_path / "data"), folder=tmp_path, env={"TRADEWIND_PROFILE": "production"})
    assert refused.returncode == 78 and "auth.issuers: no issuer is set" in refused.stderr, refused.stderr


@pytest.mark.parametrize(
    "settings, named",
    [
        ({"TRADEWIND_AUTH_ISSUERS": "https://id.example"}, "auth.audiences"),
        ({"TRADEWIND_AUTH_ISSUERS": "nonsense", "TRADEWIND_AUTH_AUDIENCES": "x"}, "auth.keys"),
        ({"TRADEWIND_AUTH_ISSUERS": "http://id.example", "TRADEWIND_AUTH_AUDIENCES": "x"}, "https"),
        (
            {"TRADEWIND_AUTH_ISSUERS": "https://a,https://b", "TRADEWIND_AUTH_AUDIENCES": "x,y,z"},
            "one for each",
        ),
        (
            {"TRADEWIND_AUTH_ISSUERS": "i", "TRADEWIND_AUTH_AUDIENCES": "x", "TRADEWIND_AUTH_KEYS": "/nowhere/keys.json"},
            "/nowhere/keys.json",
        ),
    ],
)
def test_wrong_settings_are_named(tmp_path, settings, named):
    refused = run("up", "--ports", "auto", "--data", str(tmp_path / "data"), folder=tmp_path, env=settings)
    assert refused.returncode == 78 and named in refused.stderr, refused.stderr
