"""Telemetry as lines of a file, which any tool that reads OTLP JSON can take up later."""

import json

from harness import otlp_messages
from harness.otlp_messages import REQUESTS
from rig import flow, rules, spans

MEMBERS = {"resourceSpans": "traces", "resourceMetrics": "metrics", "resourceLogs": "logs"}


def test_five_processes_share_a_file_of_whole_lines(new_system, tmp_path):
    file = tmp_path / "telemetry.jsonl"
    exporters = {f"OTEL_{signal.upper()}_EXPORTER": "file" for signal in REQUESTS}
    often = {"OTEL_BSP_SCHEDULE_DELAY": "20", "OTEL_BLRP_SCHEDULE_DELAY": "20", "OTEL_METRIC_EXPORT_INTERVAL": "50"}
    system = new_system(exporters | often | {"OTEL_EXPORTER_OTLP_FILE_PATH": str(file)})
    traces = [flow.drive(system) for _ in range(5)]
    system.stop()

    messages = {signal: [] for signal in REQUESTS}
    text = file.read_text()
    assert text.endswith("\n")
    for line in text.splitlines():
        value = json.loads(line)
        (member,) = value
        messages[MEMBERS[member]].append(otlp_messages.parse_object(value, REQUESTS[MEMBERS[member]]()))
    for signal, check in rules.CHECKS.items():
        assert len(messages[signal]) >= 5
        check(messages[signal])
    found = spans.from_otlp(messages["traces"])
    for one in traces:
        flow.check_create_order([span for span in found if span.trace_id == one["create order"]])
