"""Traces, metrics and logs arrive at a collector, whole and right, over every protocol and in every placement. SIGTERM is sent
right after the last request, so that all of it is what the shutdown flushes."""

import contextlib
import pathlib
import re
import secrets

import pytest
from opentelemetry.proto.metrics.v1 import metrics_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

from harness.collector import Collector, as_dict
from harness.contract import CONTRACT, metric_faults, span_entry, span_kind
from harness.shop import UUID_V7, create_order, create_user, done
from harness.system import ONE, System
from harness.system import SERVICES as MODULES

Span = trace_pb2.Span
SERVICES = {"api-gateway", *(f"{module}-service" for module in MODULES)}


class Told:
    """What a collector received of one short life of the product."""

    def __init__(self, placement: str, folder: pathlib.Path, protocol: str, env: dict[str, str]):
        self.placement = placement
        self.protocol = protocol
        self.collector = Collector()
        self.caller_span = secrets.token_hex(8)
        self.order_trace, self.refused_trace = secrets.token_hex(16), secrets.token_hex(16)
        endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": self.collector.url(protocol), "OTEL_EXPORTER_OTLP_PROTOCOL": protocol}
        self.system = System(placement, folder, endpoint | env)
        try:
            self.system.start()
            with self.system.client() as http:
                user = create_user(http)
                http.headers["traceparent"] = f"00-{self.refused_trace}-{self.caller_span}-01"
                assert http.get("/api/users/018f0000-0000-7000-8000-000000000000").status_code == 404
                http.headers["traceparent"] = f"00-{self.order_trace}-{self.caller_span}-01"
                create_order(http, user["id"])
                self.system.stop()
        finally:
            self.system.kill()
            self.collector.close()


@pytest.fixture(scope="module", params=["grpc", "http/protobuf", "http/json"])
def told(request, placement, new_database, tmp_path_factory):
    more = {} if request.param == "http/json" else {"OTEL_EXPORTER_OTLP_COMPRESSION": "gzip"}
    with contextlib.ExitStack() as until:
        return Told(placement, tmp_path_factory.mktemp("told"), request.param, new_database(until) | more)


def named(span) -> str:
    return f"{span.service}: {span.record.name} {span_kind(span.record)}"


def edges(spans: list) -> set[tuple[str, str]]:
    by_id = {one.record.span_id: one for one in spans}
    parent = lambda one: named(by_id[one.record.parent_span_id]) if one.record.parent_span_id in by_id else ""
    return {(parent(one), named(one)) for one in spans}


def test_everything_comes_over_the_protocol_that_was_asked_for(told):
    assert {protocol for protocol, *_ in told.collector.requests} == {told.protocol}
    assert {signal for _, signal, *_ in told.collector.requests} == {"traces", "metrics", "logs"}


def test_an_order_is_one_trace_from_the_gateway_to_sql(told):
    spans = told.collector.spans(told.order_trace)
    create, get_user, reserve = "order.OrderService/CreateOrder", "user.UserService/GetUser", "catalog.CatalogService/Reserve"
    found = edges(spans)
    sql = {edge for edge in found if "/" not in edge[1]}
    assert found - sql == {
        ("", "api-gateway: POST /api/orders SERVER"),
        ("api-gateway: POST /api/orders SERVER", f"api-gateway: {create} CLIENT"),
        (f"api-gateway: {create} CLIENT", f"order-service: {create} SERVER"),
        (f"order-service: {create} SERVER", f"order-service: {get_user} CLIENT"),
        (f"order-service: {get_user} CLIENT", f"user-service: {get_user} SERVER"),
        (f"order-service: {create} SERVER", f"order-service: {reserve} CLIENT"),
        (f"order-service: {reserve} CLIENT", f"catalog-service: {reserve} SERVER"),
    }
    assert (f"user-service: {get_user} SERVER", "user-service: SELECT users CLIENT") in sql
    assert (f"order-service: {create} SERVER", "order-service: INSERT orders CLIENT") in sql
    assert any(parent == f"catalog-service: {reserve} SERVER" for parent, _ in sql)
    roots = [one.record for one in spans if one.record.name == "POST /api/orders"]
    assert [root.parent_span_id.hex() for root in roots] == [told.caller_span]


def test_the_spans_of_services_have_the_ids_of_request_and_answer(told):
    spans = {named(one): one.attributes for one in told.collector.spans(told.order_trace)}
    created = spans["order-service: order.OrderService/CreateOrder SERVER"]
    reserved = spans["catalog-service: catalog.CatalogService/Reserve SERVER"]
    asked = spans["user-service: user.UserService/GetUser SERVER"]
    assert re.fullmatch(UUID_V7, created["shop.order.id"])
    assert reserved["shop.order.id"] == created["shop.order.id"]
    assert re.fullmatch(UUID_V7, asked["shop.user.id"]) and asked["shop.user.id"] == created["shop.user.id"]


def test_each_service_has_its_own_name_in_every_placement(told):
    expected = SERVICES - {"payment-service"}
    assert {one.service for one in told.collector.spans()} == expected
    assert {one.service for one in told.collector.received("metrics")} >= expected
    processes = {one.resource["process.pid"] for one in told.collector.received("metrics")}
    assert len(processes) == (1 if told.placement == ONE else 5)


KINDS = (
    Span.SPAN_KIND_SERVER,
    Span.SPAN_KIND_CLIENT,
    Span.SPAN_KIND_INTERNAL,
    Span.SPAN_KIND_PRODUCER,
    Span.SPAN_KIND_CONSUMER,
)


def test_every_span_is_as_the_specification_and_the_contract_have_it(told):
    spans = told.collector.spans()
    assert spans
    seen = set()
    for received in spans:
        span = received.record
        assert len(span.trace_id) == 16 and any(span.trace_id)
        assert len(span.span_id) == 8 and any(span.span_id)
        assert (span.trace_id, span.span_id) not in seen
        seen.add((span.trace_id, span.span_id))
        assert len(span.parent_span_id) in (0, 8)
        assert 0 < span.start_time_unix_nano <= span.end_time_unix_nano
        assert span.kind in KINDS
        assert span.flags & 0x01, "only what is sampled is exported"
        keys = set(received.attributes)
        assert span_entry(received), f"{named(received)}: {keys}"
        assert span.status.code in (trace_pb2.Status.STATUS_CODE_UNSET, trace_pb2.Status.STATUS_CODE_ERROR)
        assert (span.status.code == trace_pb2.Status.STATUS_CODE_ERROR) == ("error.type" in keys), named(received)
        assert (received.scope.name, bool(received.scope.version)) == ("tradewind", True)


def test_a_refusal_is_no_error_of_the_server(told):
    spans = {named(one): one for one in told.collector.spans(told.refused_trace)}
    root = spans["api-gateway: GET /api/users/{id} SERVER"]
    assert root.attributes["http.response.status_code"] == 404
    assert root.record.status.code == trace_pb2.Status.STATUS_CODE_UNSET
    served = spans["user-service: user.UserService/GetUser SERVER"]
    assert served.attributes["rpc.response.status_code"] == "NOT_FOUND"
    assert served.record.status.code == trace_pb2.Status.STATUS_CODE_UNSET


def test_no_span_has_what_a_caller_sent(told):
    shown = str([one.record for one in told.collector.spans()])
    assert "@example.com" not in shown
    assert "Alice" not in shown and "$1" in shown


def test_the_last_request_is_in_the_log_with_its_trace(told):
    (access,) = [one for one in told.collector.logs(told.order_trace) if one.record.event_name == "http.request"]
    root = next(one for one in told.collector.spans(told.order_trace) if one.record.name == "POST /api/orders")
    assert access.service == "api-gateway"
    assert access.record.span_id == root.record.span_id
    assert access.record.flags & 0xFF == root.record.flags & 0xFF
    assert access.attributes["http.route"] == "/api/orders"
    assert (access.record.severity_text, access.record.severity_number) == ("INFO", 9)


def test_the_log_that_is_exported_is_the_log_on_stdout(told):
    written = [record for process in told.system.processes.values() for record in process.log_records()]
    events = [one["event_name"] for one in written]
    expected = sorted((one["service.name"], one["event_name"], one.get("trace_id", "")) for one in written)
    assert sorted((one.service, one.record.event_name, one.record.trace_id.hex()) for one in told.collector.logs()) == expected
    assert "runtime.stopped" in events and not [event for event in events if event.startswith("telemetry.")], events


def last_points(told, name: str, service: str) -> list:
    metric = told.collector.metrics(name, service)[-1].record
    return list(getattr(metric, metric.WhichOneof("data")).data_points)


def test_the_last_request_is_in_the_metrics(told):
    points = last_points(told, "http.server.request.duration", "api-gateway")
    (orders,) = [one for one in points if as_dict(one.attributes).get("http.route") == "/api/orders"]
    assert orders.count == 1 and orders.sum > 0 and sum(orders.bucket_counts) == 1
    assert [one.trace_id.hex() for one in orders.exemplars] == [told.order_trace]
    created = last_points(told, "shop.orders.created", "order-service")
    assert [one.as_double for one in created] == [1]


def test_every_metric_is_cumulative_and_of_the_contract(told):
    metrics = told.collector.received("metrics")
    assert {fault for one in metrics for fault in metric_faults(one)} == set()
    for received in metrics:
        data = getattr(received.record, received.record.WhichOneof("data"))
        if received.record.WhichOneof("data") != "gauge":
            assert data.aggregation_temporality == metrics_pb2.AGGREGATION_TEMPORALITY_CUMULATIVE
        assert all(point.time_unix_nano >= point.start_time_unix_nano for point in data.data_points)


def test_the_resource_says_who_speaks(told):
    for received in told.collector.received("traces") + told.collector.received("metrics") + told.collector.received("logs"):
        resource = received.resource
        required = {name for name, when in CONTRACT["resource"].items() if when == "always"}
        assert required <= set(resource) <= set(CONTRACT["resource"]), resource
        assert resource["service.namespace"] == "tradewind"
        assert resource["process.runtime.name"] == "cpp"
        assert re.fullmatch(r"[0-9a-f-]{36}", resource["service.instance.id"])
    pids = {process.pid for process in told.system.processes.values()}
    assert {one.resource["process.pid"] for one in told.collector.spans()} <= pids


def test_nothing_was_lost(told):
    counts = [point.as_double for one in told.collector.metrics("tw.telemetry.dropped") for point in one.record.sum.data_points]
    assert set(counts) == {0}
