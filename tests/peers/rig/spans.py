"""Spans as a tree, whoever they are read from: OTLP messages, or Jaeger's query API."""

import dataclasses

from opentelemetry.proto.trace.v1 import trace_pb2


@dataclasses.dataclass(frozen=True)
class Span:
    service: str
    name: str
    kind: str  # "SERVER", "CLIENT", "INTERNAL"
    trace_id: str
    id: str
    parent: str  # empty for a root

    @property
    def label(self) -> str:
        return f"{self.service}: {self.name} {self.kind}"


def from_otlp(messages) -> list[Span]:
    """Of ExportTraceServiceRequest or TracesData messages."""
    spans = []
    for message in messages:
        for resource in message.resource_spans:
            service = next(one.value.string_value for one in resource.resource.attributes if one.key == "service.name")
            for scope in resource.scope_spans:
                spans += [_from_otlp(service, span) for span in scope.spans]
    return spans


def _from_otlp(service: str, span) -> Span:
    kind = trace_pb2.Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_")
    return Span(service, span.name, kind, span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())


def from_jaeger(trace: dict) -> list[Span]:
    return [_from_jaeger(trace, span) for span in trace["spans"]]


def _from_jaeger(trace: dict, span: dict) -> Span:
    parents = [one["spanID"] for one in span["references"] if one["refType"] == "CHILD_OF"]
    assert len(parents) <= 1, span
    kind = next((tag["value"] for tag in span["tags"] if tag["key"] == "span.kind"), "internal").upper()
    service = trace["processes"][span["processID"]]["serviceName"]
    return Span(service, span["operationName"], kind, span["traceID"], span["spanID"], parents[0] if parents else "")


def edges(spans: list[Span]) -> set[tuple[str, str]]:
    """(label of the parent, label of the child), with "" for what has no parent among `spans`."""
    by_id = {span.id: span for span in spans}
    assert len(by_id) == len(spans), "two spans have the same id"
    return {(by_id[span.parent].label if span.parent in by_id else "", span.label) for span in spans}
