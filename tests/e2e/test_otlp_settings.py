"""What the OTEL_ variables change, seen by a collector. The placements differ in nothing here but the resource."""

import concurrent.futures
import contextlib
import secrets
import socket
import time

import pytest

from harness.collector import Collector, wait_for
from harness.export import get_ops, get_user, log_records, telemetry_events, telemetry_of, threads, to
from harness.process import Process, run
from harness.shop import create_user
from harness.system import ONE, SERVICES
from harness.wire import Wire

pytestmark = pytest.mark.parametrize("placement", [ONE], scope="session")


@pytest.fixture
def collector():
    with contextlib.closing(Collector()) as collector:
        yield collector


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
    metrics = get_ops(system, "/metrics").text
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
    nobody = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_EXPORTER_OTLP_TIMEOUT": "100"}
    system = new_system(nobody | {"OTEL_BSP_SCHEDULE_DELAY": "20"})
    with system.client() as http:
        for _ in range(20):
            create_user(http)
        traces = wait_for(lambda: (lambda one: one if one["last_error"] else None)(telemetry_of(system)["signals"]["traces"]))
        assert traces["exported"] == 0 and traces["last_error"]["text"] and traces["last_error"]["at"].endswith("Z")
    system.stop()
    assert len(telemetry_events(system)) <= 2 * 3  # for each signal: at most once while it ran, once at the end


def test_a_collector_that_never_answers_holds_up_the_end_for_five_seconds_at_most(new_system):
    with socket.create_server(("127.0.0.1", 0)) as hole:
        system = new_system({"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{hole.getsockname()[1]}"})
        with system.client() as http:
            create_user(http)
        started = time.monotonic()
        system.stop()
        assert time.monotonic() - started < 5 + 3  # on a busy machine
    assert {event["event_name"] for event in telemetry_events(system)} == {"telemetry.dropped"}


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
    system = new_system(to(collector, OTEL_RESOURCE_ATTRIBUTES=attributes, K8S_POD_NAME="shop-0"))
    expected = {"team": "shop floor", "deployment.environment.name": "canary", "a,b": "1", "k8s.pod.name": "shop-0"}
    with system.client() as http:
        create_user(http)
    system.stop()
    for received in collector.received("traces") + collector.received("metrics") + collector.received("logs"):
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


@pytest.mark.parametrize(("env", "told"), [({"OTEL_LOG_LEVEL": "error"}, False), ({"LOG_LEVEL": "error"}, False),
                                           ({"OTEL_LOG_LEVEL": "error", "LOG_LEVEL": "info,telemetry=warn"}, True)])  # fmt: skip
def test_what_telemetry_says_about_itself_has_a_level_of_its_own(new_system, env, told):
    system = new_system(env | {"OTEL_TRACES_SAMPLER": "sometimes"})
    system.stop()
    assert bool(telemetry_events(system)) == told
    assert ("runtime.ready" in {one["event_name"] for one in log_records(system)}) == (env.get("LOG_LEVEL") != "error")


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


def test_requests_in_flight_are_shown_for_each_service(new_system):
    system = new_system()
    with Wire(system.address) as wire, system.client() as http:
        wire.send(b"POST /api/users HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{")
        create_user(http)
        shown = get_ops(system, "/requests").json()
        assert shown["user-service"] == {"rpc": 0}
        assert set(shown) == {"api-gateway"} | {f"{name}-service" for name in SERVICES}
        wire.send(b'"a": 1 }')
        assert wire.read_answer().status == 400


def test_an_exporter_that_cannot_work_is_named_and_stops_nothing(new_system):
    system = new_system({"OTEL_TRACES_EXPORTER": "file", "OTEL_EXPORTER_OTLP_FILE_PATH": "/nowhere/at/all"})
    with system.client() as http:
        create_user(http)
    assert telemetry_of(system)["signals"]["traces"]["active"] is False
    system.stop()
    (warning,) = telemetry_events(system)
    assert warning["event_name"] == "telemetry.exporter_unusable"
    assert "/nowhere/at/all" in warning["attributes"]["exception.message"]


def test_units_that_share_a_commit_have_a_span_for_it(new_system, collector):
    system = new_system(to(collector))

    def create(_):
        with system.client() as http:
            for _ in range(10):
                create_user(http)

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(create, range(16)))
    system.stop()
    spans = {one.record.span_id: one for one in collector.spans()}
    commits = [one for one in spans.values() if one.record.name == "COMMIT"]
    assert commits, "160 writes of 16 clients never waited for one another"
    for commit in commits:
        linked = [spans[link.span_id] for link in commit.record.links]
        # Units of background work share commits, too, and have no span.
        assert 1 <= len(linked) <= commit.attributes["db.operation.batch.size"] >= 2
        assert commit.record.parent_span_id in {one.record.span_id for one in linked}
        for unit in linked:
            assert unit.record.name == "INSERT users"
            assert [link.span_id for link in unit.record.links] == [commit.record.span_id]
            assert unit.record.start_time_unix_nano <= commit.record.start_time_unix_nano
            assert commit.record.end_time_unix_nano <= unit.record.end_time_unix_nano
