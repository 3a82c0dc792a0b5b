"""The console as a receiver of OpenTelemetry's own SDKs and of a real collector: everything that is sent is there, and once."""

import contextlib
import itertools
import json
import secrets
import time

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from rig import sdks
from rig.console import Console, Forwarder, records_of
from rig.program import until
from rig.sink import Sink

ATTRIBUTES = {
    "text": ("string", 'Grüße, "quoted" \\ and 🙂'),
    "empty": ("string", ""),
    "integer": ("int", -(2**62) - 1),
    "number": ("double", 0.1),
    "yes": ("bool", True),
    "no": ("bool", False),
    "texts": ("array", ["a", "", "ü"]),
    "integers": ("array", [1, -1, 2**53 + 1]),
    "numbers": ("array", [1.5, -0.25]),
    "flags": ("array", [True, False]),
}

NESTED = ("map", {"deep": True, "half": 0.5})


def values(attributes: list[dict]) -> dict:
    """Keys with the type and value that the page shows."""
    return {one["key"]: (one["type"], one["value"] if one["type"] in ("string", "bytes") else json.loads(one["value"])) for one in attributes}


@pytest.fixture
def console(start) -> Console:
    return start(Console)


def check_page(console: Console, sdk: str, trace_id: str):
    """What the page shows of the trace that the programs in tests/peers/parts send."""
    spans = console.spans(trace_id)
    root, child, publish = (spans[name] for name in ("root", "child", "publish"))
    assert len(spans) == 3
    more = {"bytes": ("bytes", "AP8K"), "nested": NESTED} if sdk == "go" else {}
    assert values(root["attributes"]) == ATTRIBUTES | more | {"shop.order.id": ("string", f"order-{sdk}")}
    assert (root["kind"], child["kind"], publish["kind"]) == (2, 3, 4)
    assert not root["parent_span_id"] and child["parent_span_id"] == publish["parent_span_id"] == root["span_id"]
    assert (root["status"], child["status"], publish["status"]) == (0, 2, 1) and child["status_message"] == "locked"
    assert [event["name"] for event in child["events"]] == ["retry", "gave up"]
    assert values(child["events"][0]["attributes"]) == {"attempt": ("int", 1), "delays": ("array", [0.5, 1.0])}
    (link,) = child["links"]
    assert values(link["attributes"])["attempt"] == ("int", 2)
    assert list(console.spans(link["trace_id"])) == ["earlier"]
    of_sender = values(root["resource"])
    assert root["service"] == of_sender["service.name"][1] == f"{sdk}-sender"
    assert of_sender["service.version"] == ("string", "1.2.3") and of_sender["replicas"] == ("array", [1, 2])
    assert (root["scope_name"], root["scope_version"]) == ("shop.tracer", "0.9")


def check_logs(console: Console, sdk: str, trace_id: str):
    child = console.spans(trace_id)["child"]
    record = next(one for one in console.get("/q/logs", q=f"trace_id:{trace_id}")["records"] if one["severity"] == 13)
    assert (record["span_id"], record["service"]) == (child["span_id"], f"{sdk}-sender")
    attributes = values(record["attributes"])
    if sdk == "python":
        assert record["body"] == "the order order-python is locked" and attributes["attempt"] == ("int", 2)
    else:
        assert json.loads(record["body"]) == {"order": "order-go", "attempts": [1, 2]}
        assert record["event_name"] == "order.locked"
        assert attributes["nested"] == NESTED


@pytest.mark.parametrize("sdk", sdks.SDKS)
def test_what_an_sdk_sends_is_kept_as_it_was_sent(console, sdk):
    with contextlib.ExitStack() as stack:
        kinds = list(itertools.product(sdks.PROTOCOLS[sdk], ("none", "gzip")))
        sinks = [stack.enter_context(Sink(protocol)) for protocol, _ in kinds]
        ways = [sdks.Way(protocol, compression, [console.receiver(protocol), f"127.0.0.1:{sink.port}"])
                for (protocol, compression), sink in zip(kinds, sinks, strict=True)]  # fmt: skip
        trace_ids = sdks.send(sdk, ways)
        for way, sink, trace_id in zip(ways, sinks, trace_ids, strict=True):
            sent = records_of(sink.accepted("traces"), trace_id)
            assert len(sent) == 3
            assert records_of([console.trace(trace_id)], trace_id) == sent, way
            check_logs(console, sdk, trace_id)
    check_page(console, sdk, trace_ids[-1])
    found = console.get("/q/traces", q=f"shop.order.id=order-{sdk}")["traces"]
    assert [one["trace_id"] for one in found] == trace_ids[::-1]


def spans_request(trace_id: bytes, count: int) -> trace_service_pb2.ExportTraceServiceRequest:
    request = trace_service_pb2.ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = "collected"
    scope = resource.scope_spans.add()
    for number in range(count):
        now = time.time_ns()
        span = scope.spans.add(trace_id=trace_id, span_id=secrets.token_bytes(8), name=f"span {number}", start_time_unix_nano=now,
                               end_time_unix_nano=now + 1_000_000)  # fmt: skip
        span.status.SetInParent()  # the collector writes it, too
    return request


def send(address: str, request: trace_service_pb2.ExportTraceServiceRequest):
    with grpc.insecure_channel(address) as channel:
        trace_service_pb2_grpc.TraceServiceStub(channel).Export(request, timeout=10)


def test_a_collector_sends_again_what_found_no_room_and_all_of_it_is_there_once(console, start):
    forwarder = start(Forwarder, console)
    ways = {"grpc": forwarder.grpc, "http": forwarder.http}
    ids = {way: [secrets.token_bytes(16) for _ in range(5)] for way in ways}
    requests = {trace_id: spans_request(trace_id, 3) for of_way in ids.values() for trace_id in of_way}
    with console.disk_full():
        for way, address in ways.items():
            for trace_id in ids[way]:
                send(address, requests[trace_id])
        until("refusals of both ways", lambda: all(forwarder.retries(way) for way in ways))
        assert console.get("/q/status").get("spans", 0) == 0

    def arrived():
        return console.get("/q/status")["spans"] >= 30

    until("all spans", arrived)
    for trace_id, request in requests.items():
        assert records_of([console.trace(trace_id.hex())], trace_id.hex()) == records_of([request], trace_id.hex())
    assert console.get("/q/status")["spans"] == 30
