"""What the OTEL_ variables change, seen by a collector. The placements differ in nothing here but the resource."""

import contextlib
import pathlib
import secrets

import httpx
import pytest
from opentelemetry.proto.metrics.v1 import metrics_pb2

from harness.collector import Collector, as_dict, wait_for
from harness.process import Process, run
from harness.shop import create_user, done
from harness.system import ONE, System

pytestmark = pytest.mark.parametrize("placement", [ONE], scope="session")


@pytest.fixture
def collector():
    with contextlib.closing(Collector()) as collector:
        yield collector


def to(collector: Collector, **more: str) -> dict[str, str]:
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.http_url} | more


def telemetry_of(system: System) -> dict:
    return httpx.get(system.ops_url() + "/telemetry", timeout=10, trust_env=False).json()


def get_user(http: httpx.Client, trace_id: str, flags: str = "01"):
    answer = http.get("/api/users/none", headers={"traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-{flags}"})
    assert answer.status_code in (400, 404)


def log_records(system: System) -> list[dict]:
    return [record for process in system.processes.values() for record in process.log_records()]


def telemetry_events(system: System) -> list[dict]:
    return [record for record in log_records(system) if record["event_name"].startswith("telemetry.")]


def threads(process: Process) -> list[str]:
    return [task.read_text().strip() for task in pathlib.Path(f"/proc/{process.pid}/task").glob("*/comm")]


def test_without_configuration_nobody_is_called_and_nothing_is_said(new_system):
    system = new_system()
    with system.client() as http:
        create_user(http)
        assert "tw-exporter" not in threads(system.process_of("user"))
        assert all(signal == {"exporter": "none", "active": False} for signal in telemetry_of(system)["signals"].values())
    system.stop()
    assert telemetry_events(system) == []


def test_a_switched_off_sdk_exports_nothing_and_keeps_log_metrics_and_context(new_system, collector):
    system = new_system(to(collector, OTEL_SDK_DISABLED="true"))
    trace_id = secrets.token_hex(16)
    with system.client() as http:
        get_user(http, trace_id)
        assert telemetry_of(system)["disabled"] is True
    metrics = httpx.get(system.ops_url() + "/metrics", timeout=10, trust_env=False).text
    assert 'http_server_request_duration_seconds_count{service_name="api-gateway"' in metrics
    assert "tw-exporter" not in threads(system.process_of("user"))
    system.stop()
    assert collector.requests == []
    assert trace_id in {record.get("trace_id") for record in log_records(system)}
    assert telemetry_events(system) == []


def test_otlp_endpoint_is_an_alias_and_part_of_the_configuration(new_system, collector, tmp_path):
    alias = {"OTLP_ENDPOINT": collector.http_url + "/v1/traces"}
    shown = run("config", "show", folder=tmp_path, env=alias).stdout
    (line,) = [line for line in shown.splitlines() if line.startswith("telemetry.otlp_endpoint")]
    assert collector.http_url in line and line.endswith("OTLP_ENDPOINT")
    system = new_system(alias)
    with system.client() as http:
        create_user(http)
    system.stop()
    assert {signal for _, signal, *_ in collector.requests} == {"traces", "metrics", "logs"}


def test_the_configuration_file_can_name_the_collector(new_system, collector):
    system = new_system(config=f'[telemetry]\notlp_endpoint = "{collector.http_url}"\n')
    with system.client() as http:
        create_user(http)
    system.stop()
    assert collector.spans()


def test_the_operations_port_tells_how_the_export_is_going(new_system, collector):
    system = new_system(to(collector, OTEL_BSP_SCHEDULE_DELAY="50"))
    with system.client() as http:
        create_user(http)
    wait_for(collector.spans)
    traces = wait_for(lambda: (lambda one: one if one["exported"] else None)(telemetry_of(system)["signals"]["traces"]))
    assert (traces["exporter"], traces["protocol"]) == ("otlp", "http/protobuf")
    assert traces["endpoint"] == collector.http_url + "/v1/traces"
    assert traces["exported"] == len(collector.spans())
    assert set(traces["dropped"].values()) == {0}
    assert traces["last_export_at"].endswith("Z") and traces["last_error"] is None


def test_an_absent_collector_is_told_once_and_stops_nothing(new_system):
    system = new_system({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_BSP_SCHEDULE_DELAY": "20", "OTEL_EXPORTER_OTLP_TIMEOUT": "100"})
    with system.client() as http:
        for _ in range(20):
            create_user(http)
        traces = wait_for(lambda: (lambda one: one if one["last_error"] else None)(telemetry_of(system)["signals"]["traces"]))
        assert traces["exported"] == 0 and traces["last_error"]["text"] and traces["last_error"]["at"].endswith("Z")
    system.stop()
    assert len(telemetry_events(system)) <= 2 * 3  # for each signal: at most once while it ran, once at the end


@pytest.mark.parametrize("sampler", ["always_off", "parentbased_always_off"])
def test_what_is_not_sampled_is_not_exported_but_measured_and_logged(new_system, collector, sampler):
    system = new_system(to(collector, OTEL_TRACES_SAMPLER=sampler))
    with system.client() as http:
        create_user(http)
    system.stop()
    assert collector.spans() == []
    access = next(record for record in log_records(system) if record["event_name"] == "http.request")
    assert access["trace_flags"] in ("00", "02", 0, 2) and len(access["trace_id"]) == 32
    assert collector.metrics("http.server.request.duration", "api-gateway") and collector.logs(access["trace_id"])


def test_a_ratio_keeps_the_traces_above_its_threshold_whatever_the_caller_decided(new_system, collector):
    system = new_system(to(collector, OTEL_TRACES_SAMPLER="traceidratio", OTEL_TRACES_SAMPLER_ARG="0.5"))
    start = secrets.token_hex(9)
    kept, left_out = start + "80000000000000", start + "7fffffffffffff"
    with system.client() as http:
        for trace_id in (kept, left_out):
            get_user(http, trace_id, "00")
            get_user(http, trace_id, "01")
    system.stop()
    assert collector.spans(left_out) == []
    assert len([one for one in collector.spans(kept) if one.record.name == "GET /api/users/{id}"]) == 2


def test_with_a_parent_the_parent_decides(new_system, collector):
    system = new_system(to(collector, OTEL_TRACES_SAMPLER="parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG="0"))
    sampled, unsampled = secrets.token_hex(16), secrets.token_hex(16)
    with system.client() as http:
        get_user(http, sampled, "01")
        get_user(http, unsampled, "00")
        create_user(http)
    system.stop()
    assert {one.record.trace_id.hex() for one in collector.spans()} == {sampled}


def test_resource_attributes_are_decoded_and_go_before_our_own(new_system, collector):
    attributes = "team=shop%20floor,deployment.environment.name=canary,a%2Cb=1"
    system = new_system(to(collector, OTEL_RESOURCE_ATTRIBUTES=attributes, K8S_POD_NAME="shop-0", K8S_NODE_NAME="n1"))
    with system.client() as http:
        create_user(http)
    system.stop()
    for received in collector.received("traces") + collector.received("metrics") + collector.received("logs"):
        expected = {"team": "shop floor", "deployment.environment.name": "canary", "a,b": "1", "k8s.pod.name": "shop-0", "k8s.node.name": "n1"}
        assert expected.items() <= received.resource.items()


def test_a_name_for_several_services_is_refused_with_a_warning(new_system, collector):
    system = new_system(to(collector, OTEL_SERVICE_NAME="mine"))
    with system.client() as http:
        create_user(http)
    system.stop()
    assert {one.service for one in collector.spans()} >= {"api-gateway", "user-service"}
    (warning,) = telemetry_events(system)
    assert warning["attributes"]["tw.telemetry.variable"] == "OTEL_SERVICE_NAME"


def test_the_only_service_of_a_process_can_be_named(placement, collector, tmp_path):
    env = to(collector, OTEL_SERVICE_NAME="my-users", OTEL_RESOURCE_ATTRIBUTES="service.name=not-this")
    process = Process("user", ["serve", "user", "--ports", "auto", "--data", str(tmp_path / "data")], tmp_path, env)
    try:
        process.wait_ready().stop()
    finally:
        process.kill()
    assert {one.service for one in collector.received("metrics")} == {"my-users"}
    assert {record["service.name"] for record in process.log_records()} == {"my-users"}


BAD = {
    "OTEL_TRACES_SAMPLER": ("sometimes", "parentbased_always_on"),
    "OTEL_BSP_SCHEDULE_DELAY": ("soon", "5000"),
    "OTEL_EXPORTER_OTLP_PROTOCOL": ("carrier-pigeon", "http/protobuf"),
    "OTEL_METRIC_EXPORT_INTERVAL": ("-1", "60000"),
    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": ("many", "128"),
    "OTEL_PROPAGATORS": ("jaeger", ""),
    "OTEL_UNHEARD_OF": ("1", ""),
}


def test_a_bad_value_is_named_once_with_what_is_used_instead(new_system, collector):
    system = new_system(to(collector, **{name: value for name, (value, _) in BAD.items()}))
    with system.client() as http:
        create_user(http)
    system.stop()
    warnings = telemetry_events(system)
    assert sorted(warning["attributes"]["tw.telemetry.variable"] for warning in warnings) == sorted(BAD)
    for warning in warnings:
        assert (warning["event_name"], warning["severity_text"]) == ("telemetry.setting_ignored", "WARN")
        value, used = BAD[warning["attributes"]["tw.telemetry.variable"]]
        assert used in warning["body"]
    assert collector.spans()


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
    page = httpx.get(system.ops_url() + "/metrics", timeout=10, trust_env=False).text
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
        done(http.post("/api/users", json={"email": f"{secrets.token_hex(8)}@example.com", "name": "A"}, headers={"traceparent": f"00-{traces['01']}-{secrets.token_hex(8)}-01"}))
    system.stop()
    found = {
        exemplar.trace_id.hex()
        for one in collector.metrics("http.server.request.duration", "api-gateway")
        for point in one.record.histogram.data_points
        for exemplar in point.exemplars
    }
    assert found == {traces[flags] for flags in kept}


def test_signals_can_go_different_ways(new_system, collector, tmp_path):
    file = tmp_path / "telemetry.jsonl"
    system = new_system({
        "OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": collector.grpc_url,
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "grpc", "OTEL_LOGS_EXPORTER": "file", "OTEL_EXPORTER_OTLP_FILE_PATH": str(file),
        "OTEL_METRICS_EXPORTER": "none",
    })  # fmt: skip
    with system.client() as http:
        create_user(http)
    system.stop()
    assert {(protocol, signal) for protocol, signal, *_ in collector.requests} == {("grpc", "traces")}
    assert '"resourceLogs"' in file.read_text() and '"http.request"' in file.read_text()
