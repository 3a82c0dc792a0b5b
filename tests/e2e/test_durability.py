"""What was acknowledged is there after kill -9, and when no more can be written."""

import resource
import threading

import httpx
import pytest

from harness.shop import create_order, create_product, create_user, done, new_email, pages, problem, stock


def create_until_killed(system, http_url: str, victim: str, kill_after: int, make) -> list[dict]:
    """make(client) again and again from 16 connections, 1,000 times in all; kill -9 of `victim` after `kill_after` were acknowledged."""
    acknowledged: list[dict] = []
    left = iter(range(1000))
    lock = threading.Lock()

    def run():
        with httpx.Client(base_url=http_url, timeout=30, trust_env=False, verify=False) as http:
            while True:
                with lock:
                    if next(left, None) is None:
                        return
                try:
                    answer = make(http)
                except httpx.HTTPError:
                    continue
                if answer.status_code == 200:
                    with lock:
                        acknowledged.append(answer.json())
                        if len(acknowledged) == kill_after:
                            system.process_of(victim).kill()

    threads = [threading.Thread(target=run) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return acknowledged


def test_users_acknowledged_before_kill_9_are_there_afterwards(new_system):
    system = new_system()
    users = create_until_killed(
        system, system.url, "user", 500, lambda http: http.post("/api/users", json={"email": new_email(), "name": "Alice"})
    )
    assert 500 <= len(users) < 1000
    system.kill()
    system.start()
    with system.client() as http:
        there = {user["id"]: user for user in pages(http, "/api/users", "users")}
        for user in users:
            assert there[user["id"]] == user
        create_user(http)


def test_orders_acknowledged_before_kill_9_are_there_with_their_stock(new_system):
    system = new_system()
    with system.client() as http:
        user, bought = create_user(http), create_product(http, stock=2000)
    wanted = {"user_id": user["id"], "product_id": bought["id"], "quantity": 1}
    orders = create_until_killed(system, system.url, "order", 200, lambda http: http.post("/api/orders", json=wanted))
    assert 200 <= len(orders) < 1000
    system.kill()
    system.start()
    with system.client() as http:
        there = {order["id"]: order for order in pages(http, "/api/orders", "orders", user_id=user["id"])}
        for order in orders:
            assert there[order["id"]] == order
        # A reservation whose order was never written may remain until it expires; an order without its reservation may not.
        assert stock(http, bought["id"])["reserved"] >= len(there)
        create_order(http, user["id"], bought["id"])


def test_a_kill_during_the_first_start_does_no_harm(new_system):
    system = new_system()
    system.kill()
    system.start()
    with system.client() as http:
        assert done(http.get("/api/products/prod-123"))["id"] == "prod-123"


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True, scope="session")
def test_while_files_cannot_grow_writes_are_refused_and_reads_go_on(new_system):
    system = new_system()
    unlimited = resource.RLIM_INFINITY
    acknowledged: list[dict] = []
    with system.client() as http:
        resource.prlimit(system.process_of("user").pid, resource.RLIMIT_FSIZE, (1_000_000, unlimited))
        for _ in range(2000):
            answer = http.post("/api/users", json={"email": new_email(), "name": "Alice"})
            if answer.status_code != 200:
                break
            acknowledged.append(answer.json())
        problem(answer, 503, "STORAGE_FAILED")
        assert acknowledged
        for user in acknowledged:
            assert done(http.get(f"/api/users/{user['id']}")) == user
        resource.prlimit(system.process_of("user").pid, resource.RLIMIT_FSIZE, (unlimited, unlimited))
        acknowledged.append(create_user(http))
        there = {user["id"]: user for user in pages(http, "/api/users", "users")}
        assert all(there[user["id"]] == user for user in acknowledged)
