"""The checker itself: each rule objects to a record that breaks it. A check that cannot fail is worth nothing."""

import time

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.metrics.v1 import metrics_pb2

from rig import rules

NOW = time.time_ns()


def under(message, of_resource: str, of_scope: str):
    """A scope of the message, with all that a scope needs but records."""
    resource = getattr(message, of_resource).add()
    attribute = resource.resource.attributes.add(key="service.name")
    attribute.value.string_value = "user-service"
    scope = getattr(resource, of_scope).add()
    scope.scope.name = "tradewind"
    return scope


def a_span():
    message = ExportTraceServiceRequest()
    span = under(message, "resource_spans", "scope_spans").spans.add(
        trace_id=b"t" * 16, span_id=b"s" * 8, name="GET /", kind=2, start_time_unix_nano=NOW, end_time_unix_nano=NOW + 5, flags=0x101
    )
    return message, span


def a_log():
    message = ExportLogsServiceRequest()
    record = under(message, "resource_logs", "scope_logs").log_records.add(time_unix_nano=NOW, severity_number=9, severity_text="INFO")
    record.body.string_value = "hello"
    return message, record


def a_sum(value: int = 1, at: int = NOW):
    message = ExportMetricsServiceRequest()
    metric = under(message, "resource_metrics", "scope_metrics").metrics.add(name="orders", unit="{order}")
    metric.sum.aggregation_temporality = metrics_pb2.AGGREGATION_TEMPORALITY_CUMULATIVE
    metric.sum.is_monotonic = True
    return message, metric.sum.data_points.add(start_time_unix_nano=NOW - 10, time_unix_nano=at, as_int=value)


def a_histogram():
    message = ExportMetricsServiceRequest()
    metric = under(message, "resource_metrics", "scope_metrics").metrics.add(name="duration", unit="s")
    metric.histogram.aggregation_temporality = metrics_pb2.AGGREGATION_TEMPORALITY_CUMULATIVE
    point = metric.histogram.data_points.add(start_time_unix_nano=NOW - 10, time_unix_nano=NOW, count=3, sum=4)
    point.explicit_bounds.extend([1, 2])
    point.bucket_counts.extend([1, 2, 0])
    return message, point


GOOD = {
    "span": (a_span, rules.check_traces),
    "log": (a_log, rules.check_logs),
    "sum": (a_sum, rules.check_metrics),
    "histogram": (a_histogram, rules.check_metrics),
}

BREAKS = {
    "a trace id of zeros": ("span", lambda span: setattr(span, "trace_id", bytes(16))),
    "a short span id": ("span", lambda span: setattr(span, "span_id", b"s" * 7)),
    "its own parent": ("span", lambda span: setattr(span, "parent_span_id", b"s" * 8)),
    "a span without name": ("span", lambda span: setattr(span, "name", "")),
    "a span without kind": ("span", lambda span: setattr(span, "kind", 0)),
    "a span that ends before it starts": ("span", lambda span: setattr(span, "end_time_unix_nano", NOW - 1)),
    "microseconds for nanoseconds": ("span", lambda span: setattr(span, "start_time_unix_nano", NOW // 1000)),
    "a span that was not sampled": ("span", lambda span: setattr(span, "flags", 0x100)),
    "the status of an application": ("span", lambda span: setattr(span.status, "code", 1)),
    "a status message without an error": ("span", lambda span: setattr(span.status, "message", "broken")),
    "a link to nothing": ("span", lambda span: span.links.add()),
    "an event without name": ("span", lambda span: span.events.add(time_unix_nano=NOW)),
    "an attribute without value": ("span", lambda span: span.attributes.add(key="a")),
    "a key twice": ("span", lambda span: [span.attributes.add(key="a").value.CopyFrom(TEXT) for _ in range(2)]),
    "an unknown field": ("span", lambda span: span.MergeFromString(b"\xf8\x07\x01")),
    "a log without severity": ("log", lambda record: setattr(record, "severity_number", 0)),
    "a severity that is another's": ("log", lambda record: setattr(record, "severity_text", "ERROR")),
    "a log that says nothing": ("log", lambda record: record.ClearField("body")),
    "a span without its trace": ("log", lambda record: setattr(record, "span_id", b"s" * 8)),
    "a sum without start": ("sum", lambda point: setattr(point, "start_time_unix_nano", 0)),
    "a point without value": ("sum", lambda point: point.ClearField("as_int")),
    "a count that is not the buckets'": ("histogram", lambda point: setattr(point, "count", 4)),
    "a bucket too few": ("histogram", lambda point: point.bucket_counts.pop()),
    "bounds that fall": ("histogram", lambda point: point.explicit_bounds.reverse()),
    "a sum below its buckets": ("histogram", lambda point: setattr(point, "sum", 1)),
}


def text():
    span = a_span()[1]
    span.attributes.add(key="a").value.string_value = "b"
    return span.attributes[0].value


TEXT = text()


@pytest.mark.parametrize("kind", GOOD)
def test_what_keeps_the_rules_passes(kind):
    make, check = GOOD[kind]
    check([make()[0]])


@pytest.mark.parametrize("what", BREAKS)
def test_what_breaks_a_rule_is_objected_to(what):
    kind, spoil = BREAKS[what]
    make, check = GOOD[kind]
    message, record = make()
    spoil(record)
    with pytest.raises(AssertionError):
        check([message])


def test_a_span_that_comes_twice_is_objected_to():
    message, _ = a_span()
    with pytest.raises(AssertionError, match="twice"):
        rules.check_traces([message, message])


def test_a_sum_that_falls_is_objected_to():
    rules.check_metrics([a_sum(5)[0], a_sum(6, NOW + 1)[0]])
    with pytest.raises(AssertionError, match="fell"):
        rules.check_metrics([a_sum(5)[0], a_sum(4, NOW + 1)[0]])


def test_a_series_that_starts_anew_is_objected_to():
    later, point = a_sum(6, NOW + 1)
    point.start_time_unix_nano = NOW
    with pytest.raises(AssertionError, match="start"):
        rules.check_metrics([a_sum(5)[0], later])
