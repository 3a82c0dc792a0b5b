"""PostgreSQL restarts, refuses or is wrongly named: nothing acknowledged is lost, and whoever runs the product is told."""

import collections
import concurrent.futures
import contextlib
import threading
import time

import httpx

from harness.postgres import PostgresServer
from harness.process import run
from harness.shop import create_user, new_email
from harness.system import System

RESTARTS = 20
SERVES_AGAIN_SECONDS_MAX = 5


class Client(threading.Thread):
    """Creates users one after the other and keeps what was acknowledged, and all other answers by status."""

    def __init__(self, shop: System, until: threading.Event):
        super().__init__()
        self.created: list[str] = []
        self.others: collections.Counter = collections.Counter()
        self.without_retry_after = 0
        self._shop, self._until = shop, until

    def run(self):
        with self._shop.client() as http:
            while not self._until.is_set():
                answer = http.post("/api/users", json={"email": new_email(), "name": "Alice"})
                if answer.status_code == 200:
                    self.created.append(answer.json()["id"])
                    continue
                self.others[answer.status_code] += 1
                self.without_retry_after += "retry-after" not in answer.headers
                time.sleep(0.01)


def status_of(http: httpx.Client, user: str, patience: float) -> int:
    """Each loop has connections of its own, and one may still be without when another one answers."""
    while True:
        status = http.get(f"/api/users/{user}").status_code
        if status != 503 or time.monotonic() > patience:
            return status
        time.sleep(0.02)


def test_restarts_under_load_lose_nothing_that_was_acknowledged(placement, tmp_path):
    with contextlib.ExitStack() as until:
        postgres = PostgresServer().start()
        until.callback(postgres.close)
        shop = System(placement, tmp_path, {"DATABASE_URL": postgres.url(until.enter_context(postgres.database()))})
        until.callback(shop.kill)
        shop.start()
        enough = threading.Event()
        clients = [Client(shop, enough) for _ in range(4)]
        for client in clients:
            client.start()
        slowest = 0.0
        try:
            for _ in range(RESTARTS):
                time.sleep(0.2)
                postgres.kill()
                postgres.start()
                restarted = time.monotonic()
                with shop.client() as http:
                    while http.post("/api/users", json={"email": new_email(), "name": "Bob"}).status_code != 200:
                        assert time.monotonic() - restarted < SERVES_AGAIN_SECONDS_MAX
                        time.sleep(0.02)
                slowest = max(slowest, time.monotonic() - restarted)
        finally:
            enough.set()
            for client in clients:
                client.join()

        assert slowest < SERVES_AGAIN_SECONDS_MAX
        others = sum((client.others for client in clients), collections.Counter())
        assert set(others) <= {503}, others
        assert sum(client.without_retry_after for client in clients) == 0
        created = [user for client in clients for user in client.created]
        assert len(created) > RESTARTS
        with shop.client() as http:
            found = collections.Counter(status_of(http, user, time.monotonic() + SERVES_AGAIN_SECONDS_MAX) for user in created)
        assert found == {200: len(created)}
        shop.stop()


def test_while_it_is_away_the_edge_says_when_to_come_back(placement, tmp_path):
    postgres = PostgresServer().start()
    with contextlib.ExitStack() as until:
        until.callback(postgres.close)
        shop = System(placement, tmp_path, {"DATABASE_URL": postgres.url(until.enter_context(postgres.database()))})
        until.callback(shop.kill)
        shop.start()
        with shop.client() as http:
            create_user(http)
            postgres.kill()
            for _ in range(3):
                started = time.monotonic()
                answer = http.post("/api/users", json={"email": new_email(), "name": "Alice"})
                assert answer.status_code == 503, answer.text
                assert answer.json()["retryable"] is True
                assert int(answer.headers["retry-after"]) >= 1
                assert time.monotonic() - started < 5
            assert http.get("/health").status_code == 200
        ready = httpx.get(shop.ops_url("user") + "/ready?verbose", timeout=10, trust_env=False)
        assert ready.status_code == 503 and "user" in ready.text, ready.text


def test_replicas_may_start_together_on_an_empty_database(placement, postgres, tmp_path):
    with contextlib.ExitStack() as until:
        env = {"DATABASE_URL": postgres.url(until.enter_context(postgres.database()))}
        shops = [System(placement, tmp_path / str(number), env) for number in range(3)]
        for shop in shops:
            until.callback(shop.kill)
        with concurrent.futures.ThreadPoolExecutor(len(shops)) as pool:
            list(pool.map(System.start, shops))
        with shops[0].client() as one, shops[1].client() as other:
            user = create_user(one)
            assert other.get(f"/api/users/{user['id']}").json()["email"] == user["email"]
        for shop in shops:
            shop.stop()


def start(folder, url: str, *more: str):
    return run("up", "--ports", "auto", *more, folder=folder, env={"DATABASE_URL": url})


def test_a_wrong_password_is_told_and_not_shown(postgres, tmp_path):
    postgres.sql("DO $$ BEGIN CREATE ROLE locked LOGIN PASSWORD 'right'; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    rules = postgres.data / "pg_hba.conf"
    before = rules.read_text()
    rules.write_text("host all locked 127.0.0.1/32 scram-sha-256\n" + before)
    postgres.sql("SELECT pg_reload_conf()")
    try:
        refused = start(tmp_path, f"postgresql://locked:wrong-secret@127.0.0.1:{postgres.port}/postgres")
    finally:
        rules.write_text(before)
        postgres.sql("SELECT pg_reload_conf()")
    assert refused.returncode == 78, refused.stderr
    assert "password" in refused.stderr and "database.url" in refused.stderr, refused.stderr
    assert "wrong-secret" not in refused.stderr + refused.stdout


def test_a_database_that_is_not_there_is_named(postgres, tmp_path):
    refused = start(tmp_path, postgres.url("nowhere"))
    assert refused.returncode == 78, refused.stderr
    assert "nowhere" in refused.stderr and "database.url" in refused.stderr, refused.stderr


def test_a_role_without_permission_is_told(postgres, tmp_path):
    with postgres.database() as database:
        postgres.sql("DO $$ BEGIN CREATE ROLE guest LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
        url = postgres.url(database).replace("tradewind@", "guest@")
        refused = start(tmp_path, url)
    assert refused.returncode == 78, refused.stderr
    assert "permission" in refused.stderr and "database.url" in refused.stderr, refused.stderr


def test_a_server_that_is_away_at_start_is_named(tmp_path):
    refused = start(tmp_path, "postgresql://tradewind@127.0.0.1:1/shop")
    assert refused.returncode == 69, refused.stderr
    assert "127.0.0.1" in refused.stderr and "database.url" in refused.stderr, refused.stderr


def test_production_refuses_a_database_that_may_lose_what_it_acknowledged(postgres, tmp_path):
    with postgres.database() as database:
        postgres.sql(f"ALTER DATABASE {database} SET synchronous_commit = off")
        refused = start(tmp_path, postgres.url(database), "--profile", "production")
    assert refused.returncode == 78, refused.stderr
    assert "synchronous_commit" in refused.stderr, refused.stderr
