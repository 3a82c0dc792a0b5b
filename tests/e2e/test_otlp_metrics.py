"""Metrics as the OTEL_ variables have them: form, temporality, exemplars, and where they can be scraped."""

import contextlib
import secrets
import socket

import httpx
import pytest
from opentelemetry.proto.metrics.v1 import metrics_pb2

from harness.collector import Collector, as_dict, wait_for
from harness.export import get_ops, get_user, telemetry_events, to
from harness.ports import free_ports
from harness.shop import create_user
from harness.system import ONE

pytestmark = pytest.mark.parametrize("placement", [ONE], scope="session")


@pytest.fixture
def collector():
    with contextlib.closing(Collector()) as collector:
        yield collector


def data_of(collector: Collector, name: str, service: str):
    metric = collector.metrics(name, service)[-1].record
    return metric.WhichOneof("data"), getattr(metric, metric.WhichOneof("data"))


def test_histograms_can_be_exponential_while_the_scrape_stays_explicit(new_system, collector):
    system = new_system(
        to(collector, OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION="base2_exponential_bucket_histogram")
    )
    with system.client() as http:
        for _ in range(30):
            create_user(http)
    page = get_ops(system, "/metrics").text
    assert 'http_server_request_duration_seconds_bucket{service_name="api-gateway"' in page
    system.stop()
    form, data = data_of(collector, "http.server.request.duration", "api-gateway")
    assert form == "exponential_histogram"
    (point,) = [one for one in data.data_points if as_dict(one.attributes).get("http.route") == "/api/users"]
    assert point.count == 30 == point.zero_count + sum(point.positive.bucket_counts)
    assert 1 <= len(point.positive.bucket_counts) <= 160 and point.scale <= 20
    base = 2 ** (2**-point.scale)
    assert base**point.positive.offset < point.min * 1.001
    assert point.max <= base ** (point.positive.offset + len(point.positive.bucket_counts)) * 1.001
    assert point.exemplars
    form, data = data_of(collector, "http.server.request.body.size", "api-gateway")
    assert form == "exponential_histogram"


def test_delta_points_add_up_to_what_happened(new_system, collector):
    system = new_system(
        to(collector, OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE="delta", OTEL_METRIC_EXPORT_INTERVAL="100")
    )

    def points() -> list:
        return [
            (metric.record.histogram.aggregation_temporality, point)
            for metric in collector.metrics("http.server.request.duration", "api-gateway")
            for point in metric.record.histogram.data_points
            if as_dict(point.attributes).get("http.route") == "/api/users"
        ]

    with system.client() as http:
        for _ in range(3):
            count = sum(point.count for _, point in points())
            create_user(http)
            wait_for(lambda count=count: sum(point.count for _, point in points()) > count)
    system.stop()
    assert {temporality for temporality, _ in points()} == {metrics_pb2.AGGREGATION_TEMPORALITY_DELTA}
    assert sum(point.count for _, point in points()) == 3
    ends = [(point.start_time_unix_nano, point.time_unix_nano) for _, point in points()]
    assert all(end == start for (_, end), (start, _) in zip(ends, ends[1:]))


@pytest.mark.parametrize(("chosen", "kept"), [("always_off", set()), ("always_on", {"00", "01"}), ("trace_based", {"01"})])
def test_exemplars_are_kept_as_the_filter_says(new_system, collector, chosen, kept):
    system = new_system(to(collector, OTEL_METRICS_EXEMPLAR_FILTER=chosen))
    traces = {"00": "00" * 15 + "0a", "01": "00" * 15 + "0b"}
    with system.client() as http:
        # Different methods, so that one does not take the other's place as the exemplar of its bucket.
        get_user(http, traces["00"], "00")
        http.headers["traceparent"] = f"00-{traces['01']}-{secrets.token_hex(8)}-01"
        create_user(http)
    system.stop()
    found = {
        exemplar.trace_id.hex()
        for one in collector.metrics("http.server.request.duration", "api-gateway")
        for point in one.record.histogram.data_points
        for exemplar in point.exemplars
    }
    assert found == {traces[flags] for flags in kept}


def test_metrics_can_have_a_port_of_their_own(new_system):
    port = free_ports(1)[0]
    new_system({"OTEL_EXPORTER_PROMETHEUS_HOST": "127.0.0.1", "OTEL_EXPORTER_PROMETHEUS_PORT": str(port)})
    own = f"http://127.0.0.1:{port}"
    page = httpx.get(own + "/metrics", timeout=10, trust_env=False)
    assert page.status_code == 200 and "process_uptime_seconds" in page.text
    assert httpx.get(own + "/config", timeout=10, trust_env=False).status_code == 404
    assert httpx.post(own + "/metrics", timeout=10, trust_env=False).status_code == 405


def test_a_busy_port_for_metrics_is_named_and_stops_nothing(new_system):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        system = new_system({"OTEL_EXPORTER_PROMETHEUS_HOST": "127.0.0.1", "OTEL_EXPORTER_PROMETHEUS_PORT": port})
        assert "process_uptime_seconds" in get_ops(system, "/metrics").text
        system.stop()
    (warning,) = telemetry_events(system)
    assert warning["attributes"]["tw.telemetry.variable"] == "OTEL_EXPORTER_PROMETHEUS_PORT" and port in warning["body"]
