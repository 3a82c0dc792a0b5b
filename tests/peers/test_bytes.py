"""Every byte that leaves, read with the official messages and held against the specification."""

import pytest
from harness.system import SERVICES

from rig import flow, rules, spans
from rig.product import PROTOCOLS, Pair, otlp
from rig.program import until
from rig.sink import SIGNALS, Sink
from rig.tap import Tap


def mishaps(system):
    """Requests that end badly, each in another layer."""
    with system.client() as http:
        assert http.get("/api/users/nobody").status_code == 404
        assert http.post("/api/users", content=b"{", headers={"content-type": "application/json"}).status_code == 400
        assert http.request("BREW", "/api/users").status_code == 405
        assert http.get("/nowhere", headers={"user-agent": "\u00fc".encode("latin-1") * 400}).status_code == 404
        assert http.get("/api/products", headers={"traceparent": "garbage", "tracestate": "a=1,b=2"}).status_code == 200
        system.processes["user"].stop()
        assert http.get("/api/users/01a20000-0000-7000-8000-000000000000").status_code == 503


@pytest.mark.parametrize("compression", ["none", "gzip"])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_all_that_is_sent_obeys_the_specification(new_system, protocol, compression):
    with Sink(protocol) as sink:
        system = new_system(otlp(sink.url, protocol, EXPORTER_OTLP_COMPRESSION=compression))
        traces = flow.drive(system)
        mishaps(system)
        until("three collections of metrics", lambda: len(sink.all("metrics")) >= 3 * len(SERVICES))
        for name in ("gateway", "order", "payment", "catalog"):
            system.processes[name].stop()

        for signal in SIGNALS:
            assert sink.all(signal), signal
            rules.CHECKS[signal](sink.accepted(signal))
        if protocol != "grpc":
            encodings = {export.headers.get("content-encoding", "none") for signal in SIGNALS for export in sink.all(signal)}
            assert encodings == {compression}
        found = [span for span in spans.from_otlp(sink.accepted("traces")) if span.trace_id == traces["create order"]]
        flow.check_create_order(found)


@pytest.mark.parametrize("compression", ["none", "gzip"])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_is_compressed_cannot_be_read_on_the_wire(new_pair, protocol, compression):
    with Sink(protocol) as sink, Tap(sink.port) as tap:
        pair: Pair = new_pair(otlp(tap.url, protocol, EXPORTER_OTLP_COMPRESSION=compression))
        pair.ask(5)
        pair.process.stop()
        assert all(sink.accepted(signal) for signal in SIGNALS)
        # A name that stands in all three signals.
        assert (b"api-gateway" in bytes(tap.heard)) == (compression == "none")


def points(sink: Sink, name: str) -> list:
    metrics = [metric for message in sink.accepted("metrics") for metric in rules.metrics_of(message) if metric.name == name]
    return [point for metric in metrics for point in rules.points_of(metric)]


def test_deltas_are_adjacent_and_add_up(new_pair):
    with Sink("http/protobuf") as sink:
        pair: Pair = new_pair(otlp(sink.url, "http/protobuf", EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE="delta"))
        for _ in range(3):
            pair.ask(10)
            before = len(sink.all("metrics"))
            until("another collection", lambda before=before: len(sink.all("metrics")) > before + 1)
        pair.process.stop()
        rules.check_metrics(sink.accepted("metrics"))
        requests = points(sink, "http.server.request.duration")
        assert sum(point.count for point in requests) == 30
        assert len([point for point in requests if point.count]) >= 2
        for before, after in zip(requests, requests[1:]):
            assert before.time_unix_nano <= after.start_time_unix_nano


def test_exponential_histograms_obey_the_specification_too(new_pair):
    wanted = {"EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION": "base2_exponential_bucket_histogram"}
    with Sink("grpc") as sink:
        pair: Pair = new_pair(otlp(sink.url, **wanted))
        for _ in range(3):
            pair.ask(10)
            before = len(sink.all("metrics"))
            until("another collection", lambda before=before: len(sink.all("metrics")) > before + 1)
        pair.process.stop()
        rules.check_metrics(sink.accepted("metrics"))
        last = points(sink, "http.server.request.duration")[-1]
        assert last.count == 30 and last.positive.bucket_counts
        # The mean lies between the outermost bounds that the buckets claim.
        base, first = 2 ** (2**-last.scale), last.positive.offset
        lowest, highest = base**first, base ** (first + len(last.positive.bucket_counts))
        assert lowest < last.sum / last.count <= highest


def test_what_a_limit_takes_away_is_counted_in_the_record(new_pair):
    limits = {"SPAN_ATTRIBUTE_COUNT_LIMIT": "3", "LOGRECORD_ATTRIBUTE_COUNT_LIMIT": "2", "ATTRIBUTE_VALUE_LENGTH_LIMIT": "5"}
    with Sink("grpc") as sink:
        pair: Pair = new_pair(otlp(sink.url, **limits))
        pair.ask(2)
        pair.process.stop()
        all_spans = [span for message in sink.accepted("traces") for span in rules.spans_of(message)]
        records = [record for message in sink.accepted("logs") for record in rules.logs_of(message)]
        for found, most in ((all_spans, 3), (records, 2)):
            assert any(one.dropped_attributes_count for one in found)
            for one in found:
                assert len(one.attributes) <= most, one
                assert not one.dropped_attributes_count or len(one.attributes) == most, one
                assert all(len(attribute.value.string_value.encode()) <= 5 for attribute in one.attributes), one


def test_headers_go_along_with_every_request(new_pair):
    for protocol in ("grpc", "http/protobuf"):
        with Sink(protocol) as sink:
            pair: Pair = new_pair(otlp(sink.url, protocol, EXPORTER_OTLP_HEADERS="x-tenant=shop%201,authorization=Bearer%20s3cret"))
            pair.ask(1)
            pair.process.stop()
            seen = [export.headers for signal in SIGNALS for export in sink.all(signal)]
            assert seen
            assert all(headers.get("x-tenant") == "shop 1" and headers.get("authorization") == "Bearer s3cret" for headers in seen)
            log = pair.process.stdout_file.read_text() + pair.process.stderr_file.read_text()
            assert "s3cret" not in log
            pair.close()


def test_the_last_request_before_the_end_arrives(new_pair):
    """All intervals are longer than the case: only the shutdown can have sent it."""
    slow = {"BSP_SCHEDULE_DELAY": "600000", "BLRP_SCHEDULE_DELAY": "600000", "METRIC_EXPORT_INTERVAL": "600000"}
    with Sink("grpc") as sink:
        pair: Pair = new_pair(otlp(sink.url, **slow))
        answer = pair.http.get("/api/users/01a20000-0000-7000-8000-000000000000")
        assert not any(sink.all(signal) for signal in ("traces", "metrics"))
        pair.process.stop()
        trace = answer.json()["trace_id"]
        found = [span for span in spans.from_otlp(sink.accepted("traces")) if span.trace_id == trace]
        assert {span.service for span in found} == {"api-gateway", "user-service"}
        records = [record for message in sink.accepted("logs") for record in rules.logs_of(message)]
        assert trace in {record.trace_id.hex() for record in records}
        assert sum(point.count for point in points(sink, "http.server.request.duration")) == 1
