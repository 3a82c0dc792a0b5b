"""Behind PgBouncer: sessions are served, transactions are refused at the start with a sentence."""

import contextlib

import httpx
import pytest

from harness.pgbouncer import PgBouncer
from harness.process import Process, run
from harness.shop import create_order, create_product, create_user, done, stock


@pytest.fixture
def pooled(postgres):
    """pooled("session") is the URL of an empty database behind a pooler of that mode."""
    with contextlib.ExitStack() as until:

        def make(pool_mode: str) -> str:
            bouncer = PgBouncer(postgres, pool_mode)
            database = until.enter_context(postgres.database())
            until.callback(bouncer.close)
            return bouncer.url(database)

        yield make


@pytest.mark.parametrize("engine", ["postgresql"], scope="session")
def test_a_pooler_of_sessions_serves_the_shop(tmp_path, pooled, engine):
    url = pooled("session")
    process = Process("up", ["up", "--ports", "auto"], tmp_path, {"DATABASE_URL": url})
    try:
        ready = process.wait_ready().ready
        with httpx.Client(base_url=f"http://{ready['http']}", timeout=30, trust_env=False) as http:
            bought = create_product(http, stock=50)
            for _ in range(20):
                user = create_user(http)
                order = create_order(http, user["id"], bought["id"], 2)
                assert done(http.get(f"/api/orders/{order['id']}"))["user_id"] == user["id"]
            assert stock(http, bought["id"])["reserved"] == 40
            assert http.get("/ready").status_code == 200
        process.stop()
    finally:
        process.kill()
    again = run("migrate", folder=tmp_path, env={"DATABASE_URL": url})
    assert again.returncode == 0 and "nothing to do" in again.stdout, again


@pytest.mark.parametrize("command", [["up", "--ports", "auto"], ["migrate"], ["doctor", "--ports", "auto"]], ids=lambda words: words[0])
@pytest.mark.parametrize("engine", ["postgresql"], scope="session")
def test_a_pooler_of_transactions_is_refused_with_the_remedy(tmp_path, pooled, command, engine):
    result = run(*command, folder=tmp_path, env={"DATABASE_URL": pooled("transaction")})
    assert result.returncode == (1 if command[0] == "doctor" else 78), result
    said = result.stdout + result.stderr
    assert "transaction pooling" in said and "pool_mode" in said, said
