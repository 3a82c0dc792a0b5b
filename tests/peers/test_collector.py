"""The flow through five processes into a real OpenTelemetry Collector, over each protocol, plain and compressed, read back from
its files."""

import os
import subprocess

import httpx
import pytest
from harness import otlp_messages
from harness.process import ROOT
from opentelemetry.proto.logs.v1.logs_pb2 import LogsData
from opentelemetry.proto.metrics.v1.metrics_pb2 import MetricsData
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from rig import flow, rules, spans
from rig.books import spans_made
from rig.peers import Collector
from rig.product import PROTOCOLS, no_slower, otlp
from rig.program import folder_of, until

DATA = {"traces": TracesData, "metrics": MetricsData, "logs": LogsData}


def received(collector, signal: str) -> list:
    return [otlp_messages.parse_object(line, DATA[signal]()) for line in collector.lines(signal)]


def services(collector, signal: str) -> set[str]:
    """Whose records of that signal were received."""
    resources = {"traces": "resource_spans", "metrics": "resource_metrics", "logs": "resource_logs"}[signal]
    found = [one.resource for message in received(collector, signal) for one in getattr(message, resources)]
    return {attribute.value.string_value for one in found for attribute in one.attributes if attribute.key == "service.name"}


def telemetry_of(pair, signal: str) -> dict:
    """What the operations port says of it."""
    return httpx.get(f"http://{pair.process.ready['ops']}/telemetry", timeout=10, trust_env=False).json()["signals"][signal]


@pytest.mark.parametrize("compression", ["none", "gzip"])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_all_three_signals_of_all_five_services_arrive(collector, new_system, protocol, compression):
    env = otlp(collector.endpoint(protocol), protocol, EXPORTER_OTLP_COMPRESSION=compression)
    system = new_system(env)
    traces = flow.drive(system)
    system.stop()  # sends what there is

    for signal in DATA:
        until(f"{signal} of all services", lambda signal=signal: services(collector, signal) >= flow.SERVICES)
    all_spans = spans.from_otlp(received(collector, "traces"))
    of_order = [span for span in all_spans if span.trace_id == traces["create order"]]
    flow.check_create_order(of_order)

    for signal, check in rules.CHECKS.items():
        if signal != "metrics":  # the collector batches points anew
            check(received(collector, signal))
    records = [record for message in received(collector, "logs") for record in rules.logs_of(message)]
    access = {record.trace_id.hex(): record for record in records if record.event_name == "http.request"}
    assert set(traces.values()) <= set(access)
    edge = {span.trace_id: span.id for span in all_spans if span.service == "api-gateway" and span.kind == "SERVER"}
    assert all(access[trace].span_id.hex() == edge[trace] for trace in traces.values())


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_a_collector_that_is_killed_is_found_again(collector, new_pair, protocol):
    pair = new_pair(otlp(collector.endpoint(protocol), protocol, EXPORTER_OTLP_TIMEOUT="2500"))
    usual = pair.ask(20)
    until("the first spans", lambda: collector.lines("traces"))
    collector.program.kill()
    killed = pair.ask(20)
    until("a loss", lambda: pair.metric("tw_telemetry_dropped_total", error_type="export_failed"))
    collector.program.start()
    trace = pair.http.get("/api/users/01a20000-0000-7000-8000-000000000000").json()["trace_id"]
    until("the last request's spans", lambda: trace in {span.trace_id for span in spans.from_otlp(received(collector, "traces"))})
    no_slower(usual, killed)


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_a_collector_without_memory_refuses_and_is_asked_again(start, new_pair, protocol):
    """Its refusals are the real ones: status codes, and whether it says when to come back, as its memory limiter has them."""
    collector = start(Collector, memory_mib=1)
    pair = new_pair(otlp(collector.endpoint(protocol), protocol, EXPORTER_OTLP_TIMEOUT="60000"))
    pair.ask(5)
    until("a second attempt", lambda: telemetry_of(pair, "traces")["requests"] >= 2)
    assert "memory" in telemetry_of(pair, "traces")["last_error"]["text"]
    assert collector.lines("traces") == []
    collector.program.stop()
    collector.memory_mib = 200
    collector.configure()
    collector.program.start()
    until("all spans", lambda: len(spans.from_otlp(received(collector, "traces"))) == spans_made(5))
    assert telemetry_of(pair, "traces")["exported"] == spans_made(5)
    assert not pair.metric("tw_telemetry_dropped_total")


def test_the_configuration_in_deploy_is_valid(tmp_path):
    command = [folder_of("otelcol") / "otelcol", "validate", "--config", ROOT / "deploy/collector/collector.yaml"]
    verdict = subprocess.run(command, cwd=tmp_path, env=os.environ | {"LOGS_FILE": "logs.jsonl"}, capture_output=True, text=True, check=False)
    assert verdict.returncode == 0, verdict.stderr
