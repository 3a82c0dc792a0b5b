"""The console answers Jaeger's query API as Jaeger does: both get the same spans, and are asked the same."""

import json
import secrets
import time

import grpc
import httpx
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from rig.console import Console
from rig.peers import Jaeger
from rig.program import until

MINUTE_US = 60_000_000


class Made:
    """An export request with spans of several services."""

    def __init__(self):
        self.request = trace_service_pb2.ExportTraceServiceRequest()
        self.began_ns = time.time_ns() - 5_000_000_000
        self._scopes = {}

    def scope(self, service: str):
        if service not in self._scopes:
            one = self.request.resource_spans.add()
            one.resource.attributes.add(key="service.name").value.string_value = service
            one.resource.attributes.add(key="service.version").value.string_value = "0.1.0"
            one.resource.attributes.add(key="process.pid").value.int_value = 4711
            self._scopes[service] = one.scope_spans.add()
            self._scopes[service].scope.name = "tradewind"
            self._scopes[service].scope.version = "1"
        return self._scopes[service]

    def span(self, service: str, name: str, kind: int, trace: bytes, parent: Span | None = None, at_ms: int = 0, ms: int = 5) -> Span:
        start = self.began_ns + at_ms * 1_000_000
        return self.scope(service).spans.add(
            trace_id=trace, span_id=secrets.token_bytes(8), parent_span_id=parent.span_id if parent else b"", name=name, kind=kind,
            start_time_unix_nano=start, end_time_unix_nano=start + ms * 1_000_000 + 123)  # fmt: skip


def make_order(made: Made, at_ms: int, failed: bool) -> bytes:
    """The spans of an order; returns its trace id."""
    trace = secrets.token_bytes(16)
    edge = made.span("gateway", "POST /api/orders", Span.SPAN_KIND_SERVER, trace, None, at_ms, 50 + at_ms)
    edge.attributes.add(key="http.response.status_code").value.int_value = 500 if failed else 201
    edge.attributes.add(key="http.request.method").value.string_value = "POST"
    call = made.span("gateway", "order.OrderService/CreateOrder", Span.SPAN_KIND_CLIENT, trace, edge, at_ms + 1, 40)
    served = made.span("order", "order.OrderService/CreateOrder", Span.SPAN_KIND_SERVER, trace, call, at_ms + 2, 30)
    served.attributes.add(key="large").value.int_value = 2**62
    served.attributes.add(key="ratio").value.double_value = 0.25
    served.attributes.add(key="whole").value.double_value = 3
    served.attributes.add(key="flag").value.bool_value = True
    served.attributes.add(key="raw").value.bytes_value = b"\x00\xff\n"
    listed = served.attributes.add(key="list").value.array_value
    listed.values.add().int_value = 1
    listed.values.add().string_value = "two"
    served.attributes.add(key="map").value.kvlist_value.values.add(key="deep").value.bool_value = True
    event = served.events.add(name="retry", time_unix_nano=served.start_time_unix_nano + 1000)
    event.attributes.add(key="attempt").value.int_value = 1
    link = served.links.add(trace_id=secrets.token_bytes(16), span_id=secrets.token_bytes(8))
    link.attributes.add(key="why").value.string_value = "replay"
    insert = made.span("order", "INSERT orders", Span.SPAN_KIND_CLIENT, trace, served, at_ms + 3, 4)
    insert.attributes.add(key="db.system.name").value.string_value = "sqlite"
    insert.trace_state = "a=b"
    made.span("order", "check", Span.SPAN_KIND_INTERNAL, trace, served, at_ms + 3, 1).status.code = 1
    if failed:
        served.status.code, served.status.message = 2, "locked"
    return trace


def tags(listed: list[dict]) -> list[str]:
    return sorted(json.dumps(one, sort_keys=True) for one in listed)


def process(one: dict) -> dict:
    return {"serviceName": one["serviceName"], "tags": tags(one["tags"])}


def in_order(trace: dict) -> dict:
    """The trace without what is free: the names of processes, and the order of spans, tags and references."""
    spans = []
    for span in trace["spans"]:
        span = span | {"process": process(trace["processes"][span["processID"]])}
        del span["processID"]
        span["tags"] = tags(span["tags"])
        span["references"] = tags(span["references"])
        span["logs"] = sorted(({**log, "fields": tags(log["fields"])} for log in span["logs"]), key=str)
        spans.append(span)
    return {"traceID": trace["traceID"], "spans": sorted(spans, key=lambda span: span["spanID"]), "warnings": trace["warnings"]}


class Both:
    """Jaeger and the console, which are asked the same."""

    def __init__(self, jaeger: Jaeger, console: Console):
        self.addresses = (jaeger.otlp, console.receiver("grpc"))
        self.urls = (f"http://{jaeger.query}", f"http://{console.ports['console']}")

    def send(self, request: trace_service_pb2.ExportTraceServiceRequest):
        for address in self.addresses:
            with grpc.insecure_channel(address) as channel:
                trace_service_pb2_grpc.TraceServiceStub(channel).Export(request, timeout=10)

    def ask(self, path: str, **query) -> list[httpx.Response]:
        return [httpx.get(url + path, params=query, timeout=10, trust_env=False) for url in self.urls]

    def equal(self, normal, path: str, **query):
        """Both answer the same; returns it."""
        answers = self.ask(path, **query)
        assert [answer.status_code for answer in answers] == [200, 200], (path, query)
        theirs, ours = (answer.json()["data"] for answer in answers)
        assert (ours is None) == (theirs is None), (path, query, ours, theirs)
        theirs, ours = normal(theirs or []), normal(ours or [])
        assert ours == theirs, (path, query)
        return theirs


def texts(data: list) -> list:
    return sorted(data)


def objects(data: list) -> list:
    return sorted(json.dumps(one, sort_keys=True) for one in data)


def traces(data: list) -> list:
    return sorted((in_order(one) for one in data), key=lambda trace: trace["traceID"])


def calls(data: list) -> list:
    """From service to service. Jaeger's memory also counts each child span of the same service as a call, which it is not."""
    return sorted((one["parent"], one["child"], one["callCount"]) for one in data if one["parent"] != one["child"])


@pytest.fixture
def both(start):
    return Both(start(Jaeger), start(Console))


def test_it_answers_as_jaeger_does(both):
    both.equal(texts, "/api/services")
    both.equal(objects, "/api/dependencies", endTs=time.time_ns() // 1_000_000, lookback=3_600_000)
    made = Made()
    ids = [make_order(made, 100 * number, failed=number % 2 == 1).hex() for number in range(4)]
    alone = made.span("user", "GetUser", Span.SPAN_KIND_SERVER, secrets.token_bytes(16))
    both.send(made.request)
    until("all traces in Jaeger", lambda: all(answer.json()["data"] for answer in both.ask("/api/traces", service="user")))
    until("all traces in Jaeger", lambda: len(both.ask("/api/traces", service="order")[0].json()["data"]) == 4)

    assert both.equal(texts, "/api/services") == ["gateway", "order", "user"]
    for service in ("gateway", "order", "user", "nobody"):
        both.equal(texts, f"/api/services/{service}/operations")
        both.equal(objects, "/api/operations", service=service)
        both.equal(objects, "/api/operations", service=service, spanKind="server")
    for trace in [*ids, alone.trace_id.hex()]:
        both.equal(traces, f"/api/traces/{trace}")
    both.equal(traces, "/api/traces", traceID=ids)
    until_us = time.time_ns() // 1000
    window = {"start": until_us - 10 * MINUTE_US, "end": until_us}
    searches = [
        {"service": "gateway"},
        {"service": "nobody"},
        {"service": "order", "operation": "INSERT orders"},
        {"service": "order", "operation": "no such"},
        {"service": "gateway", "minDuration": "200ms"},
        {"service": "gateway", "maxDuration": "200ms", "operation": "POST /api/orders"},
        {"service": "gateway", "tags": '{"http.response.status_code":"500"}'},
        {"service": "order", "tag": "flag:true"},
        {"service": "order", "tags": '{"db.system.name":"sqlite"}', "operation": "INSERT orders"},
    ]
    for search in searches:
        both.equal(traces, "/api/traces", **search, **window)
    both.equal(traces, "/api/traces", service="gateway", start=until_us - 20 * MINUTE_US, end=until_us - 15 * MINUTE_US)
    # Jaeger's memory finds every trace by this tag.
    failed = both.ask("/api/traces", service="order", tags='{"error":"true"}', **window)[1].json()["data"]
    assert sorted(one["traceID"] for one in failed) == sorted(ids[1::2])
    # Which traces are left out is free.
    limited = [answer.json()["data"] for answer in both.ask("/api/traces", service="gateway", limit=2, **window)]
    assert [len(data) for data in limited] == [2, 2]
    found = both.equal(calls, "/api/dependencies", endTs=time.time_ns() // 1_000_000, lookback=3_600_000)
    assert found == [("gateway", "order", 4)]


def test_what_is_not_there_or_cannot_be_read_is_refused_as_jaeger_does(both):
    paths = [("/api/traces/0af7651916cd43dd8448eb211c80319c", {}), ("/api/traces/xyz", {}), ("/api/traces", {}),
             ("/api/traces", {"service": "a", "minDuration": "5"}), ("/api/traces", {"service": "a", "limit": "x"}),
             ("/api/operations", {})]  # fmt: skip
    for path, query in paths:
        theirs, ours = both.ask(path, **query)
        assert ours.status_code == theirs.status_code, (path, query, theirs.text)
        assert bool(ours.json()["errors"]) == bool(theirs.json()["errors"])
