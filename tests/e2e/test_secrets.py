"""Passwords of PostgreSQL and Redis change while requests come, and show up nowhere."""

import contextlib
import pathlib
import threading
import time

import httpx
import pytest

from harness.postgres import PostgresServer
from harness.redis import RedisServer
from harness.shop import create_user
from harness.system import ONE, System

pytestmark = pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")

ROLE = "rotating"
OPS_TOKEN = "canary-0123456789abcdef"
OLD_SESSIONS = f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{ROLE}' AND backend_start < "


@pytest.fixture
def guarded():
    """A PostgreSQL that asks ROLE for its password, and the name of a database that belongs to ROLE."""
    server = PostgresServer()
    try:
        rules = server.data / "pg_hba.conf"
        server.keep("pg_hba.conf", f"host all {ROLE} 127.0.0.1/32 scram-sha-256\n".encode() + rules.read_bytes())
        server.start()
        server.sql(f"CREATE ROLE {ROLE} LOGIN PASSWORD 'canary-one'")
        server.sql(f"CREATE DATABASE shop OWNER {ROLE}")
        yield server
    finally:
        server.close()


@pytest.fixture
def redis():
    server = RedisServer("--requirepass", "canary-one")
    try:
        yield server.start()
    finally:
        server.close()


def said_by_console(system: System) -> list[str]:
    """What the console says of the process and of its requests."""
    ready = system.process_of("gateway").ready
    with httpx.Client(base_url=f"http://{ready['console']}", trust_env=False) as page:
        process = page.get(f"/q/processes/{ready['ops']}")
        assert process.status_code == 200 and len(process.json()["settings"]) > 50, process.text[:400]
        return [process.text, *(page.get(path).text for path in ("/q/processes", "/q/logs?page_size=500", "/q/status"))]


def replace(file: pathlib.Path, text: str):
    draft = file.with_suffix(".draft")
    draft.write_text(text)
    draft.rename(file)


@contextlib.contextmanager
def load(system: System):
    """Reads and changes users all the time. Gives the statuses of the answers."""
    statuses: list[int] = []
    done = threading.Event()

    def work():
        with system.client() as http:
            user = create_user(http)
            while not done.is_set():
                statuses.append(http.get(f"/api/users/{user['id']}").status_code)
                statuses.append(http.patch(f"/api/users/{user['id']}", json={"name": f"Name {len(statuses)}"}).status_code)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    try:
        yield statuses
    finally:
        done.set()
        for worker in workers:
            worker.join()


def wait_until(condition, seconds: float = 15):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_passwords_are_rotated_without_a_failed_request(new_system, guarded, redis, tmp_path):
    database, cache, spans = tmp_path / "database-url", tmp_path / "redis-url", tmp_path / "spans.jsonl"

    def url(password: str) -> str:
        return guarded.url("shop").replace("tradewind@", f"{ROLE}:{password}@")

    database.write_text(url("canary-one") + "\n")
    cache.write_text(redis.url("canary-one") + "\n")
    system = new_system(
        {
            "DATABASE_URL_FILE": str(database),
            "REDIS_URL_FILE": str(cache),
            "OTEL_TRACES_EXPORTER": "file",
            "OTEL_EXPORTER_OTLP_FILE_PATH": str(spans),
            "TRADEWIND_TELEMETRY_CONSOLE": "on",
            "TRADEWIND_OPS_TOKEN": OPS_TOKEN,
            "TRADEWIND_CONSOLE_OPS_TOKEN": "canary-of-other-processes",
        }
    )
    with load(system) as statuses:
        wait_until(lambda: len(statuses) > 50)
        since = guarded.sql("SELECT clock_timestamp()").strip()
        guarded.sql(f"ALTER ROLE {ROLE} PASSWORD 'canary-two'")
        redis.ask("CONFIG", "SET", "requirepass", "canary-two", password="canary-one")
        replace(database, url("canary-two"))
        replace(cache, redis.url("canary-two"))
        redis.ask("CLIENT", "KILL", "TYPE", "normal", password="canary-two")
        wait_until(lambda: guarded.sql(f"{OLD_SESSIONS}'{since}'").strip() == "0")
        before = len(statuses)
        wait_until(lambda: len(statuses) > before + 50)
    assert set(statuses) == {200}
    assert "user.1:" in redis.ask("KEYS", "*", password="canary-two")
    operator = {"authorization": f"Bearer {OPS_TOKEN}"}
    pages = ("/config", "/metrics", "/channelz", "/requests", "/telemetry")
    said = [httpx.get(system.ops_url() + path, headers=operator, trust_env=False).text for path in pages]
    said += said_by_console(system)
    said.append(str(system.process_of("gateway").log_records()))
    wait_until(lambda: spans.exists() and spans.stat().st_size > 0)
    said.append(spans.read_text())
    for text in said:
        assert "canary" not in text, text[max(0, text.find("canary") - 200) :][:400]
