"""The wall clock jumps by an hour while the shop works: what waits for time goes by the monotonic clock, and what is stored still holds."""

import datetime
import time
import uuid

import pytest

from harness.clock import Clock
from harness.shop import create_order, create_product, create_user, done, pages, problem
from harness.tokens import Issuer, bearer

HOUR = 3600


@pytest.fixture
def clock(tmp_path) -> Clock:
    return Clock(tmp_path)


def age(moment: str) -> float:
    return time.time() - datetime.datetime.fromisoformat(moment).timestamp()


def types_of(http, order: dict) -> list[str]:
    return [entry["type"] for entry in done(http.get(f"/api/orders/{order['id']}/timeline"))["entries"]]


def wait_for_payment(http, order: dict, seconds: float = 20):
    """The entry comes by an event, and so by the relay and its lease."""
    give_up = time.monotonic() + seconds
    while not any("paid" in one or "confirmed" in one for one in types_of(http, order)):
        assert time.monotonic() < give_up, types_of(http, order)
        time.sleep(0.05)


def buy(http) -> dict:
    order = create_order(http, create_user(http)["id"], create_product(http, stock=3)["id"])
    paid = done(http.post(f"/api/orders/{order['id']}/pay", json={"payment_token": "tok_ok"}))
    assert paid["payment_status"] == "paid", paid
    wait_for_payment(http, order)
    return paid


@pytest.mark.parametrize("first", [HOUR, -HOUR])
def test_the_shop_goes_on_when_the_clock_jumps(new_system, clock, first):
    system = new_system(clock.environment())
    with system.client() as http:
        before = buy(http)
        assert abs(age(before["updated_at"])) < 60
        clock.step_to(first)
        there = buy(http)
        assert abs(age(there["updated_at"]) + first) < 60, "the clock did not jump"
        clock.step_to(0)
        back = buy(http)
        assert [done(http.get(f"/api/orders/{one['id']}"))["payment_status"] for one in (before, there, back)] == ["paid"] * 3
        listed = {one["id"] for one in pages(http, "/api/orders", "orders", page_size=2, user_id=there["user_id"])}
        assert listed == {there["id"]}


def test_who_takes_over_does_not_wait_for_the_clock_of_a_dead_process(new_system, clock):
    """Leases that were taken while the clock was ahead do not hold anybody up for an hour."""
    clock.step_to(HOUR)
    system = new_system(clock.environment())
    with system.client() as http:
        buy(http)
    system.kill()
    clock.step_to(0)
    system.start()
    with system.client() as http:
        buy(http)


def test_a_key_is_replayed_whatever_the_clock_says(new_system, clock):
    system = new_system(clock.environment())
    with system.client() as http:
        key = {"idempotency-key": uuid.uuid4().hex}
        wanted = {"user_id": create_user(http)["id"], "product_id": create_product(http, stock=3)["id"], "quantity": 1}
        made = http.post("/api/orders", json=wanted, headers=key)
        for ahead in (HOUR, -HOUR, 0):
            clock.step_to(ahead)
            again = http.post("/api/orders", json=wanted, headers=key)
            assert (again.status_code, again.content) == (200, made.content)
            assert again.headers["idempotent-replayed"] == "true"


def test_a_token_counts_by_the_clock_there_is(new_system, clock, tmp_path):
    issuer = Issuer(tmp_path / "issuer")
    system = new_system(issuer.settings() | clock.environment())
    token = bearer(issuer.token("somebody", "operator"))
    with system.client() as http:
        done(http.get("/api/users", headers=token))
        for ahead in (HOUR, -HOUR):
            clock.step_to(ahead)
            problem(http.get("/api/users", headers=token), 401, "INVALID_TOKEN")
        clock.step_to(0)
        done(http.get("/api/users", headers=token))
