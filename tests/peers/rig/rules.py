"""What OpenTelemetry's specification and OTLP's proto files demand of every request, checked on official messages. Each
function raises AssertionError with the record that breaks a rule."""

import re
import time

from google.protobuf.unknown_fields import UnknownFieldSet
from opentelemetry.proto.logs.v1 import logs_pb2
from opentelemetry.proto.metrics.v1 import metrics_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

METRIC_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_./-]{0,254}")  # Metrics API, "Instrument name syntax"
TRACE_FLAGS_MASK = 0xFF
IS_REMOTE = 0x100  # HAS_IS_REMOTE
KNOWN_FLAGS = 0x3FF
DAY = 24 * 3600 * 10**9
SEVERITIES = {name: range(first, first + 4) for first, name in zip(range(1, 25, 4), ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"))}


def check_known(message):
    """No field that the official proto files do not know, at any depth."""
    assert len(UnknownFieldSet(message)) == 0, f"unknown fields in {message}"
    for field, value in message.ListFields():
        if field.message_type is not None:
            for one in value if field.is_repeated else [value]:
                check_known(one)


def check_time(nanos: int, record):
    assert abs(time.time_ns() - nanos) < DAY, f"not about now, {nanos}: {record}"


def check_attributes(attributes, record):
    keys = [one.key for one in attributes]
    assert all(keys), f"an empty key: {record}"
    assert len(set(keys)) == len(keys), f"a key twice: {record}"
    assert all(one.value.WhichOneof("value") for one in attributes), f"an attribute without a value: {record}"


def check_resource(resource):
    check_attributes(resource.attributes, resource)
    names = [one.value.string_value for one in resource.attributes if one.key == "service.name"]
    assert len(names) == 1 and names[0], f"no service.name: {resource}"
    assert resource.dropped_attributes_count == 0, resource


def check_id(data: bytes, size: int, record):
    assert len(data) == size and any(data), f"not an id of {size} bytes, {data.hex()}: {record}"


def check_link_to_span(trace_id: bytes, span_id: bytes, record):
    """Of a log record or an exemplar: none, a trace, or a span in a trace."""
    if trace_id:
        check_id(trace_id, 16, record)
    if span_id:
        assert trace_id, f"a span without its trace: {record}"
        check_id(span_id, 8, record)


def parts(message, of_resource: str, of_scope: str, records: str):
    """(resource, scope, record) of a request; no level may be empty."""
    resources = getattr(message, of_resource)
    assert resources, "an empty request"
    for resource in resources:
        check_resource(resource.resource)
        assert getattr(resource, of_scope), f"a resource with nothing: {resource}"
        for scope in getattr(resource, of_scope):
            assert scope.scope.name, f"a scope without name: {scope}"
            assert getattr(scope, records), f"a scope with nothing: {scope}"
            for record in getattr(scope, records):
                yield resource.resource, scope.scope, record


def spans_of(message) -> list:
    return [record for _, _, record in parts(message, "resource_spans", "scope_spans", "spans")]


def logs_of(message) -> list:
    return [record for _, _, record in parts(message, "resource_logs", "scope_logs", "log_records")]


def metrics_of(message) -> list:
    return [record for _, _, record in parts(message, "resource_metrics", "scope_metrics", "metrics")]


def points_of(metric) -> list:
    return list(getattr(metric, metric.WhichOneof("data")).data_points)


def records_in(signal: str, message) -> int:
    """In the unit in which the signal is counted: spans, metric points, log records."""
    if signal == "metrics":
        return sum(len(points_of(metric)) for metric in metrics_of(message))
    return len((spans_of if signal == "traces" else logs_of)(message))


def check_traces(messages):
    seen = set()
    for message in messages:
        check_known(message)
        for span in spans_of(message):
            check_span(span)
            assert span.span_id not in seen, f"exported twice: {span}"
            seen.add(span.span_id)


def check_span(span):
    check_id(span.trace_id, 16, span)
    check_id(span.span_id, 8, span)
    if span.parent_span_id:
        check_id(span.parent_span_id, 8, span)
        assert span.parent_span_id != span.span_id, f"its own parent: {span}"
    assert span.name, f"no name: {span}"
    assert span.kind != trace_pb2.Span.SPAN_KIND_UNSPECIFIED and span.kind in trace_pb2.Span.SpanKind.values(), f"no kind: {span}"
    check_time(span.start_time_unix_nano, span)
    check_time(span.end_time_unix_nano, span)
    assert span.start_time_unix_nano <= span.end_time_unix_nano, f"ends before it starts: {span}"
    assert span.flags & TRACE_FLAGS_MASK & 1, f"exported though not sampled: {span}"
    assert span.flags & ~KNOWN_FLAGS == 0, f"unknown flags: {span}"
    check_attributes(span.attributes, span)
    for event in span.events:
        assert event.name, f"an event without name: {span}"
        check_time(event.time_unix_nano, span)
        check_attributes(event.attributes, event)
    for link in span.links:
        check_id(link.trace_id, 16, link)
        check_id(link.span_id, 8, link)
        check_attributes(link.attributes, link)
    # Instrumentation leaves OK to the application (Trace API, "Set Status"), and a message belongs to errors only.
    assert span.status.code in (trace_pb2.Status.STATUS_CODE_UNSET, trace_pb2.Status.STATUS_CODE_ERROR), f"status: {span}"
    assert not span.status.message or span.status.code == trace_pb2.Status.STATUS_CODE_ERROR, f"a message without an error: {span}"


def check_logs(messages):
    for message in messages:
        check_known(message)
        for record in logs_of(message):
            check_log(record)


def check_log(record):
    check_time(record.time_unix_nano or record.observed_time_unix_nano, record)
    if record.observed_time_unix_nano:
        check_time(record.observed_time_unix_nano, record)
    assert record.severity_number in logs_pb2.SeverityNumber.values() and record.severity_number, f"no severity: {record}"
    for text, numbers in SEVERITIES.items():
        assert record.severity_text != text or record.severity_number in numbers, f"severity: {record}"
    assert record.body.WhichOneof("value") or record.event_name, f"says nothing: {record}"
    check_attributes(record.attributes, record)
    check_link_to_span(record.trace_id, record.span_id, record)


def check_metrics(messages):
    """All requests of one receiver, in the order in which they came."""
    streams = {}
    for message in messages:
        check_known(message)
        names = set()
        for resource, scope, metric in parts(message, "resource_metrics", "scope_metrics", "metrics"):
            key = (resource.SerializeToString(deterministic=True), scope.name, metric.name)
            assert key not in names, f"a metric twice in a request: {metric.name}"
            names.add(key)
            check_metric(metric)
            check_stream(streams, key, metric)


def check_metric(metric):
    assert METRIC_NAME.fullmatch(metric.name), metric.name
    assert metric.unit.isascii() and len(metric.unit) <= 63, f"unit: {metric.name}"
    assert metric.WhichOneof("data"), f"no data: {metric.name}"
    points = points_of(metric)
    assert points, f"no points: {metric.name}"
    attributes = [tuple(sorted(one.SerializeToString() for one in point.attributes)) for point in points]
    assert len(set(attributes)) == len(attributes), f"a point twice: {metric}"
    for point in points:
        check_attributes(point.attributes, metric)
        check_time(point.time_unix_nano, metric)
        for exemplar in point.exemplars:
            assert exemplar.WhichOneof("value"), f"an exemplar without a value: {metric}"
            check_time(exemplar.time_unix_nano, metric)
            check_link_to_span(exemplar.trace_id, exemplar.span_id, metric)
        if metric.WhichOneof("data") == "histogram":
            check_histogram(point, metric)
        elif metric.WhichOneof("data") == "exponential_histogram":
            total = point.zero_count + sum(point.positive.bucket_counts) + sum(point.negative.bucket_counts)
            assert total == point.count, f"buckets do not sum to the count: {metric}"
        else:
            assert point.WhichOneof("value"), f"a point without a value: {metric}"


def check_histogram(point, metric):
    bounds, counts = list(point.explicit_bounds), list(point.bucket_counts)
    assert len(counts) == len(bounds) + 1 or not counts and not bounds, f"{len(bounds)} bounds, {len(counts)} counts: {metric}"
    assert all(low < high for low, high in zip(bounds, bounds[1:])), f"bounds do not increase: {metric}"
    assert not counts or sum(counts) == point.count, f"buckets do not sum to the count: {metric}"
    if point.HasField("min") and point.HasField("max"):
        assert point.min <= point.max, f"min > max: {metric}"
    if point.count and point.HasField("sum") and bounds:
        # Whatever lies in a bucket is at least its lower bound, and above zero in the first (durations and sizes).
        least = sum(count * low for count, low in zip(counts, [0, *bounds]))
        assert point.sum >= least * (1 - 1e-9), f"the sum is less than the buckets allow: {metric}"


def cumulative(metric) -> bool:
    kind = metric.WhichOneof("data")
    if kind == "gauge":
        return False
    temporality = getattr(metric, kind).aggregation_temporality
    assert temporality != metrics_pb2.AGGREGATION_TEMPORALITY_UNSPECIFIED, f"no temporality: {metric.name}"
    return temporality == metrics_pb2.AGGREGATION_TEMPORALITY_CUMULATIVE


def check_stream(streams: dict, key: tuple, metric):
    """What one series says over time: never another kind or unit, time goes on, and what is cumulative only grows."""
    kind = metric.WhichOneof("data")
    monotonic = kind == "sum" and metric.sum.is_monotonic
    shape = (kind, metric.unit, monotonic, cumulative(metric))
    assert streams.setdefault(key, shape) == shape, f"{metric.name} changed from {streams[key]} to {shape}"
    for point in points_of(metric):
        series = (*key, tuple(sorted(one.SerializeToString() for one in point.attributes)))
        before = streams.get(series)
        streams[series] = point
        if kind != "gauge":
            assert 0 < point.start_time_unix_nano <= point.time_unix_nano, f"start time: {metric}"
        if before is None:
            continue
        assert before.time_unix_nano < point.time_unix_nano, f"time stands still: {metric}"
        if cumulative(metric):
            assert before.start_time_unix_nano == point.start_time_unix_nano, f"a new start: {metric}"
        if kind in ("histogram", "exponential_histogram") and cumulative(metric):
            assert before.count <= point.count, f"the count fell: {metric}"
        if kind == "histogram" and cumulative(metric):
            assert all(old <= new for old, new in zip(before.bucket_counts, point.bucket_counts)), f"a bucket fell: {metric}"
        if monotonic and cumulative(metric):
            assert value_of(before) <= value_of(point), f"a monotonic sum fell: {metric}"


def value_of(point) -> float:
    return getattr(point, point.WhichOneof("value"))


CHECKS = {"traces": check_traces, "metrics": check_metrics, "logs": check_logs}
