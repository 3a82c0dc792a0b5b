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
SPANS_NOT_SEEN = {("{http.request.method}", "CLIENT")}
METRICS_NOT_SEEN = {
    "http.client.request.duration",
    "tw.db.unreadable_rows",
    "tw.tls.certificate.expiry",
    "tw.tls.server.handshakes",
}
EVENTS_NOT_SEEN = {
    "http.handler_failed",
    "rpc.failed",
    "rpc.refused",
    "log.dropped",
    "log.repeated",
    "telemetry.setting_ignored",
    "telemetry.exporter_unusable",
    "telemetry.dropped",
    "telemetry.partial_success",
    "background.failed",
    "backup.control_unavailable",
    "database.connections_bounded",
    "database.server_full",
    "db.row_unreadable",
    "order.hold_not_released",
    "payment.provider_silent",
    "catalog.expiry_failed",
    "catalog.reservations_expired",
    "redis.away",
    "tls.refused",
    "user.email_collides",
    "tls.failed",
    "tls.certificate_unfit",
    "tls.reloaded",
    "tls.reload_failed",
    "redis.back",
    "redis.refused",
}

SECRETS = ("zaphod", "tok_", "sesame", "deep-thought")


def use_everything(system: System):
    with system.client() as http:
        http.headers.update({"authorization": "Bearer sesame", "baggage": "who=deep-thought"})
        personal = {"email": "zaphod@example.com", "name": "Zaphod"}
        create_user(http, **personal)
        assert http.post("/api/users", json=personal).status_code == 409
        done(http.get("/api/users", params={"email": personal["email"]}))
        user, bought = create_user(http), create_product(http, stock=7)
        order = create_order(http, user["id"], bought["id"], 2)
        payment = {"user_id": user["id"], "amount": order["total"], "order_id": order["id"]}
        done(http.post("/api/payments", json=payment | {"payment_token": "tok_ok"}))
        second = create_order(http, user["id"], bought["id"], 1)
        payment = {"user_id": user["id"], "amount": second["total"], "order_id": second["id"]}
        http.post("/api/payments", json=payment | {"payment_token": "tok_declined"})
        done(http.post(f"/api/orders/{second['id']}/cancel", json={"reason": "no"}))
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
        own = endpoint | {"LOG_LEVEL": "debug", "OTEL_METRIC_EXPORT_INTERVAL": "200"}
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


def test_every_metric_of_the_contract_is_seen(told):
    seen = {one.record.name for one in told.collector.received("metrics")}
    assert seen == {entry["name"] for entry in CONTRACT["metrics"]} - METRICS_NOT_SEEN


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
