"""What `tradewind doctor` finds: each check in each state that a set-up can bring about."""

import contextlib
import email.utils
import http.server
import json
import pathlib
import socket
import sqlite3
import threading
import time

import pytest

from harness.collector import Collector
from harness.process import run
from harness.redis import RedisServer
from harness.tls import Certificates
from harness.tokens import AUDIENCE, Issuer

ISSUER = "https://id.example"


class Doctor:
    def __init__(self, folder):
        self.folder = folder
        self.code = -1
        self.text = ""

    def ask(self, env: dict[str, str] | None = None, *words: str) -> dict[str, list[dict]]:
        """The findings, by check."""
        done = run("doctor", *words, "--json", "--ports", "auto", "--data", self.folder / "data", folder=self.folder, env=env)
        self.code, self.text = done.returncode, done.stdout + done.stderr
        found = json.loads(done.stdout)
        assert found["ok"] == (done.returncode == 0) and done.returncode in (0, 1), done
        checks: dict[str, list[dict]] = {}
        for one in found["checks"]:
            assert bool(one["remedy"]) == (one["state"] in ("warn", "fail")), one
            checks.setdefault(one["check"], []).append(one)
        assert (done.returncode == 1) == any(one["state"] == "fail" for one in found["checks"])
        return checks

    def states(self, check: str, env: dict[str, str] | None = None, *words: str) -> list[str]:
        return [one["state"] for one in self.ask(env, *words)[check]]


@pytest.fixture
def doctor(tmp_path) -> Doctor:
    return Doctor(tmp_path)


@contextlib.contextmanager
def served(body: str, status: int = 200, ahead: float = 0):
    """An HTTP server whose clock is ahead by so many seconds; gives its URL."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.send_response_only(status)
            self.send_header("date", email.utils.formatdate(time.time() + ahead, usegmt=True))
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/keys"
        server.shutdown()


def test_a_fresh_machine_has_no_problems_and_the_table_says_so(doctor, tmp_path):
    checks = doctor.ask()
    assert doctor.code == 0, doctor.text
    assert {"data folder", "settings", "profile", "descriptors", "ports", "clock", "redis", "collector", "issuer"} < set(checks)
    assert {one["state"] for name in ("redis", "collector", "issuer", "clock", "certificates") for one in checks[name]} == {"skipped"}
    table = run("doctor", "--ports", "auto", "--data", tmp_path / "data", folder=tmp_path)
    assert table.returncode == 0 and table.stdout.startswith("CHECK") and "No problems found" in table.stdout


def test_only_the_modules_that_are_named_are_checked(doctor):
    checks = doctor.ask(None, "user")
    assert "database user" in checks and "database order" not in checks
    assert not any("http can listen" in one["what"] for one in checks["ports"])


def change(folder: pathlib.Path, statement: str) -> None:
    """SQLite files belong to one process, so each statement has a connection of its own."""
    with contextlib.closing(sqlite3.connect(folder / "data/user.sqlite")) as database:
        database.execute(statement)
        database.commit()


def test_migrations_are_applied_pending_or_newer_than_the_program(doctor, tmp_path):
    assert run("migrate", "--data", tmp_path / "data", folder=tmp_path).returncode == 0
    fine = doctor.ask()["database user"]
    assert [one["state"] for one in fine] == ["ok", "ok", "ok"] and "synchronous = FULL" in fine[1]["what"]
    change(tmp_path, "CREATE TABLE kept AS SELECT * FROM tw_migrations WHERE schema = 'user' ORDER BY version DESC LIMIT 1")
    change(tmp_path, "DELETE FROM tw_migrations WHERE schema = 'user' AND version = (SELECT version FROM kept)")
    pending = doctor.ask()["database user"][0]
    assert pending["state"] == "warn" and "pending" in pending["what"] and "migrate" in pending["remedy"], pending
    change(tmp_path, "INSERT INTO tw_migrations SELECT * FROM kept")
    change(tmp_path, "UPDATE kept SET version = version + 1")
    change(tmp_path, "INSERT INTO tw_migrations SELECT * FROM kept")
    newer = doctor.ask()["database user"][0]
    assert newer["state"] == "fail" and "newer version" in newer["remedy"], newer


def test_a_damaged_file_is_found(doctor, tmp_path):
    assert run("migrate", "--data", tmp_path / "data", folder=tmp_path).returncode == 0
    file = tmp_path / "data/user.sqlite"
    content = bytearray(file.read_bytes())
    with contextlib.closing(sqlite3.connect(file)) as database:
        (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'users'").fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
    content[(page - 1) * size : page * size] = b"\xff" * size
    file.write_bytes(content)
    assert doctor.states("database user")[-1] == "fail" and "damaged" in doctor.text


def test_a_postgresql_server_is_asked_for_durability_and_time(doctor, postgres):
    with postgres.database() as database:
        env = {"DATABASE_URL": postgres.url(database)}
        assert run("migrate", folder=doctor.folder, env=env).returncode == 0
        checks = doctor.ask(env)
        assert [one["state"] for one in checks["database order"]] == ["ok", "ok"], checks
        assert [one["state"] for one in checks["clock"]] == ["ok"], checks
        assert checks["data folder"][0]["state"] == "skipped"
        postgres.sql(f"ALTER DATABASE {database} SET synchronous_commit = off")
        assert doctor.states("database order", env) == ["ok", "warn"]
        assert doctor.states("database order", env | {"TRADEWIND_PROFILE": "production"}) == ["ok", "fail"]


def test_a_database_that_is_away_is_named_without_its_password(doctor):
    checks = doctor.ask({"DATABASE_URL": "postgresql://shop:canary@127.0.0.1:1/shop", "REDIS_URL": "redis://:canary@127.0.0.1:1/0"})
    assert [one["state"] for one in checks["database order"]] == ["fail"]
    assert [one["state"] for one in checks["redis"]] == ["fail"]
    assert "127.0.0.1:1/shop" in doctor.text and "canary" not in doctor.text


def test_a_server_that_never_answers_is_given_up(doctor):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        env = {
            "DATABASE_URL": f"postgresql://shop@127.0.0.1:{silent.getsockname()[1]}/shop",
            "TRADEWIND_DATABASE_CONNECT_TIMEOUT_MS": "600000",
        }
        began = time.monotonic()
        checks = doctor.ask(env)
        assert time.monotonic() - began < 20
    assert [one["state"] for one in checks["database order"]] == ["fail"]
    assert "no result within 10 s" in checks["database order"][0]["what"]


def issued_by(place: str) -> dict[str, str]:
    return {"TRADEWIND_AUTH_ISSUERS": ISSUER, "TRADEWIND_AUTH_AUDIENCES": AUDIENCE, "TRADEWIND_AUTH_KEYS": place}


def test_the_keys_of_an_issuer_are_read(doctor, tmp_path):
    keys = Issuer(tmp_path / "issuer").jwks.read_text()
    with served(keys) as url:
        checks = doctor.ask(issued_by(url))
        assert [one["state"] for one in checks["issuer"] + checks["clock"]] == ["ok", "ok"], checks
    with served("nothing here", status=404) as url:
        assert doctor.states("issuer", issued_by(url)) == ["fail"] and "404" in doctor.text
    with served('{"keys": []}') as url:
        assert doctor.states("issuer", issued_by(url)) == ["fail"] and "no usable keys" in doctor.text
    assert doctor.states("issuer", issued_by("http://127.0.0.1:1/keys")) == ["fail"]
    assert doctor.states("issuer", issued_by("/nowhere/keys.json")) == ["fail"]


def test_the_clock_of_an_issuer_may_differ_by_the_skew_that_tokens_may_have(doctor, tmp_path):
    keys = Issuer(tmp_path / "issuer").jwks.read_text()
    for ahead, state in ((0, "ok"), (10, "warn"), (-10, "warn"), (3600, "fail"), (-3600, "fail")):
        with served(keys, ahead=ahead) as url:
            assert doctor.states("clock", issued_by(url)) == [state], (ahead, doctor.text)


def test_the_discovery_of_an_issuer_is_followed(doctor, tmp_path):
    with served('{"issuer": "somebody else"}') as url:
        env = {"TRADEWIND_AUTH_ISSUERS": url.removesuffix("/keys"), "TRADEWIND_AUTH_AUDIENCES": AUDIENCE}
        assert doctor.states("issuer", env) == ["fail"] and "names another issuer" in doctor.text


def test_certificates_match_their_keys_have_the_names_and_last(doctor, tmp_path):
    certificates = Certificates(tmp_path / "certs")
    env = certificates.edge() | certificates.rpc()
    checks = doctor.ask(env)["certificates"]
    assert {one["state"] for one in checks} == {"ok", "warn"}, checks
    assert [one["what"] for one in checks if one["state"] == "warn" and "system's authorities" not in one["what"]] == []
    certificates.renew("user", days=20)
    checks = doctor.ask(env)["certificates"]
    assert any(one["state"] == "warn" and "user.crt" in one["what"] and "expires in 19 day(s)" in one["what"] for one in checks)
    certificates.renew("user", days=90, uri="spiffe://tradewind/order")
    assert "fail" in doctor.states("certificates", env) and "has no URI name spiffe://tradewind/user" in doctor.text
    (certificates.folder / "order.key").write_bytes(certificates.read("user.key"))
    assert "fail" in doctor.states("certificates", env) and "order.key" in doctor.text


def test_a_collector_is_sent_nothing_and_has_to_take_it(doctor):
    collector = Collector()
    try:
        for protocol in ("grpc", "http/protobuf", "http/json"):
            env = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url(protocol), "OTEL_EXPORTER_OTLP_PROTOCOL": protocol}
            assert set(doctor.states("collector", env)) == {"ok"}, doctor.text
    finally:
        collector.close()
    away = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
    assert doctor.states("collector", away) == ["fail"]
    assert doctor.states("collector", away | {"TRADEWIND_TELEMETRY_RECEIVER": "optional"}) == ["warn"]


@pytest.mark.parametrize(
    "settings, bus, states",
    [
        (("--appendonly", "yes"), "redis", ["ok", "ok", "ok"]),
        ((), "local", ["ok", "warn", "ok"]),
        ((), "redis", ["ok", "fail", "ok"]),
        (("--save", "3600 1"), "redis", ["ok", "warn", "ok"]),
        (("--appendonly", "yes", "--maxmemory-policy", "allkeys-lru"), "redis", ["ok", "ok", "fail"]),
    ],
    ids=["append-only", "nothing kept", "events lost", "snapshots", "events dropped"],
)
def test_redis_keeps_what_goes_through_it(doctor, settings, bus, states):
    with contextlib.closing(RedisServer(*settings)) as redis:
        redis.start()
        assert doctor.states("redis", {"REDIS_URL": redis.url(), "TRADEWIND_EVENTS_BUS": bus}) == states, doctor.text


def test_redis_that_does_not_tell_its_settings_is_a_warning(doctor):
    with contextlib.closing(RedisServer()) as redis:
        redis.start()
        redis.ask("ACL", "SETUSER", "shop", "on", ">mine", "~*", "&*", "+@all", "-info", "-config")
        url = f"redis://shop:mine@127.0.0.1:{redis.port}/0"
        assert doctor.states("redis", {"REDIS_URL": url}) == ["ok", "warn", "warn"], doctor.text


def test_what_production_refuses_is_a_failure_with_its_remedy(doctor):
    env = {"TRADEWIND_PROFILE": "production", "TRADEWIND_OPS_ADDRESS": "0.0.0.0:0", "TRADEWIND_RUNTIME_REPLICAS": "2"}
    refused = doctor.ask(env, "user")["profile"]
    assert {one["state"] for one in refused} == {"fail"}
    named = {one["what"].split(":")[0] for one in refused}
    assert named == {"ops.address", "rpc.certificate", "auth.issuers", "database.url"}, refused
