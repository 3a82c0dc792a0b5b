"""The audit log, as docs/guide/audit.md describes it: who changed what, and a check that shares no code with the program."""

import hashlib
import io
import json
import pathlib
import re
import sqlite3
import sys
import time

import pytest

from harness.process import ROOT, run
from harness.shop import create_order, create_user, done
from harness.system import FIVE, ONE, System
from harness.tls import Certificates
from harness.tokens import Issuer, bearer

one_process = pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")
one_on_postgres = pytest.mark.parametrize("placement, engine", [(ONE, "postgres")], scope="session")
five_processes = pytest.mark.parametrize("placement, engine", [(FIVE, "sqlite")], scope="session")

TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
CANARIES = ("canary", "tok_ok", "Bearer", "eyJ")
CHECK = re.search(r"```python\n(.*?)```", (ROOT / "docs/guide/audit.md").read_text(), re.DOTALL).group(1)


def check_as_the_guide_says(export: str):
    """Computes every hash again, and compares each record with the one before it."""
    last: dict[str, str] = {}
    for line in export.splitlines():
        record = json.loads(line)
        *parts, found = record.values()
        text = "".join(f"{len(part)}:{part}," for part in map(str, parts))
        assert hashlib.sha256(text.encode()).hexdigest() == found, line
        assert record["previous_hash"] == last.get(record["module"], "0" * 64)
        last[record["module"]] = found
    assert last


class Log:
    """The audit logs of a system that has ended."""

    def __init__(self, system: System, folder: pathlib.Path):
        self.system = system
        self.folder = folder

    def command(self, *words, module: str = ""):
        data = self.system.process_of(module or "user").stdout_file.parent / "data"
        env = {"DATABASE_URL": self.system.env["DATABASE_URL"]} if "DATABASE_URL" in self.system.env else None
        return run("audit", *words, "--data", data, folder=self.folder, env=env)

    def export(self, *words, module: str = "") -> str:
        answer = self.command("export", *words, module=module)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    def records(self, *words, module: str = "") -> list[dict]:
        return [json.loads(line) for line in self.export(*words, module=module).splitlines()]


def seal(shop: System):
    """Ends the system once it has had the time to store and seal what it recorded."""
    time.sleep(3)
    shop.stop()


def use_shop(shop: System, issuer: Issuer) -> dict[str, str]:
    with shop.client() as http:
        alice = create_user(http, email="canary@example.com", name="canary")
        assert http.post("/api/users", json={"email": "canary@example.com", "name": "Other"}).status_code == 409
        hers, support = bearer(issuer.token(alice["id"])), bearer(issuer.token("support-1", "support"))
        wanted = {"user_id": alice["id"], "product_id": "prod-123", "quantity": 1}
        paid = done(http.post("/api/orders", json=wanted, headers=hers))
        done(http.post(f"/api/orders/{paid['id']}/pay", json={"payment_token": "tok_ok"}, headers=hers))
        order = done(http.post("/api/orders", json=wanted, headers=hers | TRACEPARENT))
        canceled = {"reason": "canary was asked for"}
        done(http.post(f"/api/orders/{order['id']}/cancel", json=canceled, headers=support))
        assert http.patch(f"/api/users/{alice['id']}", json={"name": "canary"}, headers=support | {"if-match": '"77"'}).status_code == 412
        assert http.post(f"/api/orders/{order['id']}/cancel", json={}, headers=TRACEPARENT).status_code == 401
        assert http.post(f"/api/orders/{order['id']}/fulfil", json={}, headers=hers).status_code == 403
        assert http.post(f"/api/orders/{order['id']}/cancel", json={}, headers=bearer("canary.canary.canary")).status_code == 401
    return {"user": alice["id"], "order": order["id"]}


def of(records: list[dict], outcome: str, method: str) -> list[dict]:
    return [one for one in records if one["outcome"] == outcome and one["method"].endswith("/" + method)]


def expect_the_story(log: Log, made: dict[str, str]):
    records = log.records()
    paid, created = of(records, "ok", "CreateOrder")
    assert (created["actor_kind"], created["actor_id"], created["trace_id"]) == ("user", made["user"], TRACE)
    assert paid["actor_id"] == made["user"] and of(records, "ok", "PayOrder")
    assert f"user={made['user']}" in created["objects"] and f"order={made['order']}" in created["objects"]
    (registered,) = of(records, "ok", "CreateUser")
    assert registered["actor_kind"] == "anonymous" and registered["objects"] == f"user={made['user']}"
    (taken,) = of(records, "refused", "CreateUser")
    assert (taken["reason"], taken["objects"]) == ("EMAIL_TAKEN", "")
    (canceled,) = of(records, "ok", "CancelOrder")
    assert (canceled["actor_id"], canceled["actor_roles"]) == ("support-1", "support")
    assert canceled["objects"] == f"order={made['order']}"
    (refused,) = of(records, "refused", "UpdateUser")
    assert refused["reason"] and of(records, "ok", "UpdateUser") == []
    # What the order service does for the order has its identity.
    assert {one["service"].rsplit("/", 1)[-1] for one in of(records, "ok", "Reserve") + of(records, "ok", "CreatePayment")} == {"order"}


@one_process
def test_the_log_says_who_changed_what_and_who_was_denied(new_system, issuer, tmp_path):
    shop = new_system(issuer.settings())
    made = use_shop(shop, issuer)
    seal(shop)
    log = Log(shop, tmp_path)
    expect_the_story(log, made)
    denied = [one for one in log.records("order") if one["outcome"] == "denied"]
    assert {one["reason"] for one in denied} >= {"TOKEN_REQUIRED", "CALLER_NOT_ALLOWED"} and len(denied) == 3
    (unknown,) = [one for one in denied if one["reason"] == "TOKEN_REQUIRED"]
    assert (unknown["actor_kind"], unknown["trace_id"], unknown["address"]) == ("anonymous", TRACE, "127.0.0.1")
    everything = log.export()
    assert [canary for canary in CANARIES if canary in everything] == []
    verified = log.command("verify")
    assert verified.returncode == 0 and verified.stdout.count("whole") == 4, verified.stdout + verified.stderr


@one_process
def test_other_software_checks_an_export(new_system, issuer, tmp_path):
    shop = new_system(issuer.settings())
    use_shop(shop, issuer)
    seal(shop)
    export = Log(shop, tmp_path).export()
    check_as_the_guide_says(export)
    # The guide's own program finds a change, too.
    before = sys.stdin
    try:
        sys.stdin = io.StringIO(export)
        exec(compile(CHECK, "audit.md", "exec"), {})  # noqa: S102
        sys.stdin = io.StringIO(export.replace('"outcome":"ok"', '"outcome":"refused"', 1))
        with pytest.raises(AssertionError):
            exec(compile(CHECK, "audit.md", "exec"), {})  # noqa: S102
    finally:
        sys.stdin = before


@one_process
def test_an_export_is_filtered(new_system, issuer, tmp_path):
    shop = new_system(issuer.settings())
    made = use_shop(shop, issuer)
    seal(shop)
    log = Log(shop, tmp_path)
    assert {one["actor_id"] for one in log.records("--actor", "support-1")} == {"support-1"}
    of_order = log.records("--object", made["order"])
    assert of_order and all(made["order"] in one["objects"] for one in of_order)
    times = sorted(one["recorded_at"] for one in log.records())
    middle = times[len(times) // 2]
    assert [one["recorded_at"] for one in log.records("--to", middle) if one["recorded_at"] >= middle] == []
    assert len(log.records("--from", middle)) + len(log.records("--to", middle)) == len(times)
    wrong = log.command("export", "--from", "yesterday")
    assert wrong.returncode != 0 and "--from" in wrong.stderr


@one_process
def test_a_changed_record_is_found_and_so_is_a_chain_that_was_cut(new_system, issuer, tmp_path):
    shop = new_system(issuer.settings())
    use_shop(shop, issuer)
    seal(shop)
    log = Log(shop, tmp_path)
    heads = tmp_path / "heads.json"
    heads.write_text(log.command("verify", "--json").stdout)
    assert json.loads(heads.read_text())["ok"] is True
    assert log.command("verify", "--anchor", heads).returncode == 0
    file = shop.process_of("order").stdout_file.parent / "data/order.sqlite"
    with sqlite3.connect(file) as database:
        last = database.execute("SELECT max(position) FROM audit_records").fetchone()[0]
        database.execute("DELETE FROM audit_records WHERE position = ?", (last,))
        before = database.execute("SELECT position, hash FROM audit_records WHERE position = ?", (last - 1,)).fetchone()
        database.execute("UPDATE audit_chains SET position = ?, hash = ?", before)
    database.close()
    assert log.command("verify").returncode == 0
    cut = log.command("verify", "--anchor", heads)
    assert cut.returncode == 1 and f"order: BROKEN at position {last} (missing)" in cut.stdout
    with sqlite3.connect(file) as database:
        database.execute("UPDATE audit_records SET actor_id = 'mallory' WHERE position = 2")
    database.close()
    changed = log.command("verify", "order", "--json")
    assert changed.returncode == 1
    assert json.loads(changed.stdout)["chains"][0]["broken"] == {"position": 2, "fault": "changed"}


@one_on_postgres
def test_the_log_on_postgresql_is_checked_while_the_program_runs(new_system, issuer, tmp_path):
    shop = new_system(issuer.settings())
    made = use_shop(shop, issuer)
    log = Log(shop, tmp_path)
    assert log.command("verify").returncode == 0
    seal(shop)
    expect_the_story(log, made)
    check_as_the_guide_says(log.export())


@one_process
def test_a_chain_stays_whole_when_the_data_move_to_postgresql(new_system, issuer, tmp_path, postgres):
    shop = new_system(issuer.settings())
    use_shop(shop, issuer)
    seal(shop)
    log = Log(shop, tmp_path)
    heads = tmp_path / "heads.json"
    heads.write_text(log.command("verify", "--json").stdout)
    before = log.export()
    with postgres.database() as database:
        url = postgres.url(database)
        assert run("migrate", folder=tmp_path, env={"DATABASE_URL": url}).returncode == 0
        copied = run("copy", "--to", url, "--data", shop.process_of("user").stdout_file.parent / "data", folder=tmp_path)
        assert copied.returncode == 0, copied.stderr
        shop.env["DATABASE_URL"] = url
        verified = log.command("verify", "--anchor", heads)
        assert verified.returncode == 0, verified.stdout + verified.stderr
        assert log.export() == before


@five_processes
def test_the_modules_of_five_processes_have_their_own_logs(new_system, issuer, tmp_path):
    certificates = Certificates(tmp_path / "certs")
    shop = new_system(certificates.rpc() | issuer.settings())
    with shop.client() as http:
        alice = create_user(http)
        order = done(http.post("/api/orders", json={"user_id": alice["id"], "product_id": "prod-123", "quantity": 1}, headers=bearer(issuer.token(alice["id"]))))
        assert http.post(f"/api/orders/{order['id']}/cancel", json={}, headers=TRACEPARENT).status_code == 401
    seal(shop)
    log = Log(shop, tmp_path)
    (reserved,) = of(log.records("catalog", module="catalog"), "ok", "Reserve")
    assert f"order={order['id']}" in reserved["objects"] and reserved["service"].endswith("/order")
    # The gateway has no database. The module of the method records what the gateway has denied.
    (unknown,) = [one for one in log.records("order", module="order") if one["outcome"] == "denied"]
    assert (unknown["actor_kind"], unknown["reason"], unknown["trace_id"]) == ("anonymous", "TOKEN_REQUIRED", TRACE)
    assert (unknown["address"], unknown["service"].rsplit("/", 1)[-1]) == ("127.0.0.1", "gateway")
    assert unknown["method"] == "/order.OrderService/CancelOrder"
    assert log.command("verify", "order", module="order").returncode == 0


@one_process
def test_nothing_is_recorded_in_development_without_an_issuer(new_system, tmp_path):
    shop = new_system()
    with shop.client() as http:
        user = create_user(http)
        create_order(http, user["id"])
    seal(shop)
    assert Log(shop, tmp_path).export() == ""


@one_process
def test_what_an_operator_changes_is_recorded(new_system, tmp_path):
    shop = new_system({"TRADEWIND_AUDIT_RECORDS": "all"}, start=False)
    data = shop.folder / "up/data"
    assert run("migrate", "--data", data, folder=tmp_path).returncode == 0
    columns = (
        "id, kind, version, state, due_at, fence, owner, attempts, signals, input, result, error_code, error_reason, error_detail,"
        " traceparent, created_at, done_at"
    )
    with sqlite3.connect(data / "order.sqlite") as database:
        database.execute(f"INSERT INTO flows ({columns}) VALUES ('flow/1', 'test.flow', 1, 'parked', NULL, 1, 'order-1', 3, 0, '', '', 14, 'AWAY', '', '', 1, NULL)")
    database.close()
    shop.start()
    assert run("flows", "cancel", "flow/1", "--ops", shop.processes["up"].ready["ops"], folder=tmp_path).returncode == 0
    seal(shop)
    (record,) = Log(shop, tmp_path).records("order", "--object", "flow/1")
    assert (record["actor_kind"], record["method"], record["outcome"]) == ("operator", "operations/flows/cancel", "ok")
