"""docs/reference/telemetry.yaml and a whole run of the product, compared both ways: nothing is told that the contract does not
know, and nothing is in the contract that is never told."""

import re
import runpy

import pytest

from harness.collector import Collector
from harness.contract import CONTRACT, event_entry, metric_faults, span_entry, span_kind
from harness.export import log_records
from harness.process import ROOT
from harness.redis import RedisServer
from harness.shop import create_order, create_product, create_user, done, new_email
from harness.system import System
from harness.wire import Wire

# What only a fault brings about, or only a program of somebody else's on the kit.
SPANS_NOT_SEEN = {
    ("{http.request.method}", "CLIENT"),
    ("order.expire_orders", "INTERNAL"),
    ("payment.reconcile", "INTERNAL"),
}
METRICS_NOT_SEEN = {
    "http.client.request.duration",
    "shop.payments.reconciled",
    "tw.auth.key_reads",
    "tw.console.commit.duration",
    "tw.console.kept",
    "tw.console.left_out",
    "tw.console.received",
    "tw.console.refused",
    "tw.console.stored",
    "tw.console.waiting",
    "tw.db.unreadable_rows",
    "tw.events.dead_letters",
    "tw.tls.certificate.expiry",
    "tw.tls.server.handshakes",
}
METRICS_OF_CALLS_BETWEEN_PROCESSES = {"tw.rpc.replica.ejections"}
EVENTS_NOT_SEEN = {
    "audit.report_failed",
    "auth.call_refused",
    "auth.stream_ended",
    "auth.keys_not_read",
    "auth.keys_read",
    "console.file_set_aside",
    "http.handler_failed",
    "http.stream_stalled",
    "rpc.failed",
    "rpc.fault_injected",
    "rpc.refused",
    "rpc.circuit_opened",
    "rpc.circuit_closed",
    "rpc.replica_ejected",
    "log.dropped",
    "log.repeated",
    "telemetry.setting_ignored",
    "telemetry.exporter_unusable",
    "telemetry.dropped",
    "telemetry.partial_success",
    "background.failed",
    "idempotency.sweep_failed",
    "audit.store_failed",
    "audit.seal_failed",
    "audit.remove_failed",
    "flow.parked",
    "flow.retried",
    "flow.canceled",
    "outbox.publish_failed",
    "event.handler_failed",
    "event.dead",
    "event.redriven",
    "event.dropped",
    "event.dead_lettered",
    "backup.control_unavailable",
    "database.connections_bounded",
    "runtime.route_not_answered",
    "database.server_full",
    "db.row_unreadable",
    "order.capture_refused",
    "order.expiry_failed",
    "order.orders_expired",
    "order.reservation_not_released",
    "payment.provider_timeout",
    "payment.reconciled",
    "payment.reconcile_failed",
    "payment.conflicted",
    "payment.conflict_not_stored",
    "catalog.expiry_failed",
    "catalog.reservations_expired",
    "redis.unavailable",
    "tls.refused",
    "user.email_collides",
    "tls.failed",
    "tls.certificate_unfit",
    "tls.reloaded",
    "tls.reload_failed",
    "redis.available",
    "redis.refused",
}

SECRETS = ("zaphod", "tok_", "sesame", "deep-thought")


def use_everything(system: System):
    with system.client() as http:
        http.headers.update({"baggage": "who=deep-thought"})
        assert http.get("/api/users", headers={"authorization": "Bearer sesame"}).status_code == 401
        personal = {"email": "zaphod@example.com", "name": "Zaphod"}
        done(http.post("/api/users", json=personal, headers={"idempotency-key": "first"}))
        assert http.post("/api/users", json=personal).status_code == 409
        done(http.get("/api/users", params={"email": personal["email"]}))
        user, bought = create_user(http), create_product(http, stock=7)
        order = create_order(http, user["id"], bought["id"], 2)
        done(http.post(f"/api/orders/{order['id']}/pay", json={"payment_token": "tok_ok"}))
        second = create_order(http, user["id"], bought["id"], 1)
        payment = {"user_id": user["id"], "amount": second["total"], "order_id": second["id"]}
        http.post("/api/payments", json=payment | {"payment_token": "tok_declined"})
        done(http.post(f"/api/orders/{second['id']}/cancel", json={"reason": "no"}))
        assert '"status":"canceled"' in http.get(f"/api/orders/{second['id']}/events").text
        third = create_order(http, user["id"], bought["id"], 1)
        done(http.post(f"/api/orders/{third['id']}/pay", json={"payment_token": "tok_ok"}))
        done(http.post(f"/api/orders/{third['id']}/fulfil", json={"tracking": "parcel 4711"}))
        done(http.post(f"/api/orders/{third['id']}/complete", json={}))
        done(http.get("/api/users", params={"email": new_email()}))
        done(http.get("/api/products/prod-123"))
        assert http.get("/api/products/none").status_code == 404
        assert http.post("/api/users", content=b"{").status_code in (400, 415)
        assert http.get("/nowhere").status_code == 404
        assert http.get(f"/nowhere/{personal['email']}").status_code == 404
        assert http.request("FETCH", "/api/users").status_code in (404, 405, 501)
    with Wire(system.address) as wire:
        wire.send(b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n")
        assert wire.read_answer().status == 400


class Told:
    """What a collector received of the product's lives, one for each environment in `stores`."""

    def __init__(self, placement: str, folder, *stores: dict[str, str]):
        self.collector = Collector()
        endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": self.collector.grpc_url, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
        own = endpoint | {"LOG_LEVEL": "debug", "TRADEWIND_AUDIT_RECORDS": "all", "OTEL_METRIC_EXPORT_INTERVAL": "200"}
        self.systems = [System(placement, folder / str(number), own | store) for number, store in enumerate(stores)]
        try:
            for system in self.systems:
                system.start()
                use_everything(system)
                system.stop()
        finally:
            for system in self.systems:
                system.kill()
            self.collector.close()

    def log_records(self) -> list[dict]:
        return [record for system in self.systems for record in log_records(system)]


@pytest.fixture(scope="module")
def told(placement, postgres, tmp_path_factory) -> Told:
    """Embedded, and on the stores of production."""
    redis = RedisServer().start()
    try:
        with postgres.database() as database:
            production = {"DATABASE_URL": postgres.url(database), "REDIS_URL": redis.url()}
            return Told(placement, tmp_path_factory.mktemp("contract"), {}, production)
    finally:
        redis.close()


def test_every_span_is_in_the_contract(told):
    strange = [one for one in told.collector.spans() if span_entry(one) is None]
    assert [(one.service, one.record.name, span_kind(one.record), one.attributes) for one in strange] == []


def test_every_span_of_the_contract_is_seen(told):
    seen = {(entry["name"], entry["kind"]) for one in told.collector.spans() if (entry := span_entry(one))}
    assert seen == {(entry["name"], entry["kind"]) for entry in CONTRACT["spans"]} - SPANS_NOT_SEEN


def test_every_metric_is_in_the_contract(told):
    assert {fault for one in told.collector.received("metrics") for fault in metric_faults(one)} == set()


def test_every_metric_of_the_contract_is_seen(told, placement):
    seen = {one.record.name for one in told.collector.received("metrics")}
    not_seen = METRICS_NOT_SEEN | (METRICS_OF_CALLS_BETWEEN_PROCESSES if placement == "one-process" else set())
    assert seen == {entry["name"] for entry in CONTRACT["metrics"]} - not_seen


def test_every_log_event_is_in_the_contract(told):
    written = [(one["event_name"], one["severity_text"], one.get("attributes", {})) for one in told.log_records()]
    assert [one for one in written if event_entry(*one) is None] == []
    exported = [(one.record.event_name, one.record.severity_text, one.attributes) for one in told.collector.logs()]
    assert [one for one in exported if event_entry(*one) is None] == []


def test_every_log_event_has_a_body(told):
    assert [one for one in told.log_records() if not one["body"].strip()] == []
    assert [one for one in told.collector.logs() if not one.record.body.string_value.strip()] == []


def test_the_access_log_says_in_its_body_what_was_asked_for_and_what_came_of_it(told):
    access = [one for one in told.log_records() if one["event_name"] == "http.request"]
    assert access
    for one in access:
        asked = one["attributes"]
        start = f"{asked['http.request.method']} {asked['url.path']} {asked['http.response.status_code']} "
        assert re.fullmatch(re.escape(start) + r"\d+\.\d ms", one["body"]), one
    missing = {one["attributes"]["url.path"] for one in access if one["body"].startswith("GET /nowhere")}
    assert missing == {"/nowhere", "/nowhere/***"}
    assert all(one["attributes"]["user_agent.original"].startswith("python-httpx/") for one in access)
    assert all(one["attributes"]["client.address"] == "127.0.0.1" for one in access)


def test_every_log_event_of_the_contract_is_seen(told):
    seen = {one["event_name"] for one in told.log_records()}
    assert seen >= {entry["event"] for entry in CONTRACT["logs"]} - EVENTS_NOT_SEEN
    assert EVENTS_NOT_SEEN <= {entry["event"] for entry in CONTRACT["logs"]}


def test_nothing_is_told_that_is_nobodys_business(told):
    messages = [message for *_, message in told.collector.requests]
    everything = (str(messages) + str(told.log_records())).lower()
    assert [one for one in SECRETS if one in everything] == []


def test_every_resource_has_what_the_contract_says(told):
    always = {name for name, when in CONTRACT["resource"].items() if when == "always"}
    received = told.collector.received("traces") + told.collector.received("metrics") + told.collector.received("logs")
    assert received
    assert [one.resource for one in received if not always <= set(one.resource) <= set(CONTRACT["resource"])] == []


def test_the_page_for_people_is_made_of_the_contract(placement):
    page = runpy.run_path(str(ROOT / "tools/dev/telemetry_page.py"))["page"]
    assert (ROOT / "docs/reference/telemetry.md").read_text() == page(CONTRACT), "run tools/dev/telemetry_page.py"
