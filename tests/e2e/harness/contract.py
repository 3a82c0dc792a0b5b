"""docs/reference/telemetry.yaml, and whether what was received is in it."""

import re

import yaml
from opentelemetry.proto.trace.v1 import trace_pb2

from harness.collector import Received, as_dict
from harness.process import ROOT

CONTRACT = yaml.safe_load((ROOT / "docs/reference/telemetry.yaml").read_text())
FORMS = {"counter": "sum", "up_down_counter": "sum", "gauge": "gauge", "histogram": "histogram"}


def span_kind(span) -> str:
    return trace_pb2.Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_")


def _name_of(entry: dict, attributes: dict) -> str:
    """The entry's name with the values of the attributes that it names."""
    return re.sub(r"\{([^}]*)\}", lambda one: str(attributes.get(one[1], "")), entry["name"]).strip()


def fits(entry: dict, attributes: dict, more: frozenset = frozenset()) -> bool:
    allowed = entry["attributes"]
    required = {name for name, when in allowed.items() if when == "always"}
    return required <= set(attributes) <= set(allowed) | more


def span_entry(received: Received) -> dict | None:
    """What the contract says of that span; nothing where it knows no such span."""
    span, attributes = received.record, received.attributes
    for entry in CONTRACT["spans"]:
        same = entry["kind"] == span_kind(span) and _name_of(entry, attributes) == span.name
        if same and fits(entry, attributes):
            return entry
    return None


def metric_faults(received: Received) -> list[str]:
    metric = received.record
    entry = next((one for one in CONTRACT["metrics"] if one["name"] == metric.name), None)
    if entry is None:
        return [f"{metric.name} is not in the contract"]
    form = metric.WhichOneof("data")
    data = getattr(metric, form)
    faults = []
    if form != FORMS[entry["kind"]] or (form == "sum" and data.is_monotonic != (entry["kind"] == "counter")):
        faults.append(f"{metric.name} is a {form}, not a {entry['kind']}")
    if metric.unit != entry["unit"] or not metric.description:
        faults.append(f"{metric.name} has the unit {metric.unit!r}")
    for point in data.data_points:
        if form == "histogram" and list(point.explicit_bounds) != entry["buckets"]:
            faults.append(f"{metric.name} has other buckets")
        attributes = as_dict(point.attributes)
        if not attributes.get("otel.metric.overflow") and not fits(entry, attributes):
            faults.append(f"{metric.name} has {attributes}")
    return faults


def event_entry(event: str, severity: str, attributes: dict) -> dict | None:
    for entry in CONTRACT["logs"]:
        if entry["event"] == event and entry["severity"] in (severity, "any") and fits(entry, attributes):
            return entry
    return None
