"""The choice of propagators (OTEL_PROPAGATORS), B3, and OpenTelemetry's own propagators for Python as caller and callee."""

import re

import pytest
from opentelemetry import baggage as otel_baggage
from opentelemetry import trace as otel_trace
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.propagators.b3 import B3MultiFormat, B3SingleFormat
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from harness.trace_context import B3_SPAN, B3_TRACE, PARENT, SPAN, TRACE, Fields, traceparent, values


def otel_context_of(fields: Fields, propagator) -> otel_trace.SpanContext:
    carrier = {name.lower(): value for name, value in fields}
    return otel_trace.get_current_span(propagator.extract(carrier)).get_span_context()


def b3_of(fields: Fields) -> tuple[str, ...]:
    (value,) = values(fields, "b3")
    assert re.fullmatch(r"[0-9a-f]{32}-[0-9a-f]{16}-[01d]", value), value
    return tuple(value.split("-"))


@pytest.mark.parametrize("kind", ["b3", "b3multi"])
@pytest.mark.parametrize(
    ("fields", "trace", "state"),
    [
        ([("b3", f"{B3_TRACE}-{B3_SPAN}-1")], B3_TRACE, "1"),
        ([("B3", f"{B3_TRACE}-{B3_SPAN}-0-{SPAN}")], B3_TRACE, "0"),
        ([("b3", f"{B3_TRACE}-{B3_SPAN}-d")], B3_TRACE, "d"),
        ([("b3", f"64fe8b2a57d3eff7-{B3_SPAN}-1")], "0" * 16 + "64fe8b2a57d3eff7", "1"),
        ([("X-B3-TraceId", B3_TRACE), ("X-B3-SpanId", B3_SPAN), ("X-B3-Sampled", "1")], B3_TRACE, "1"),
        ([("X-B3-TraceId", B3_TRACE), ("X-B3-SpanId", B3_SPAN), ("X-B3-Sampled", "0")], B3_TRACE, "0"),
        ([("X-B3-TraceId", B3_TRACE), ("X-B3-SpanId", B3_SPAN), ("X-B3-Flags", "1")], B3_TRACE, "d"),
        ([("x-b3-traceid", TRACE), ("x-b3-spanid", SPAN), ("b3", f"{B3_TRACE}-{B3_SPAN}-0")], B3_TRACE, "0"),
        ([("b3", "0")], None, "0"),
        ([("X-B3-Sampled", "0")], None, "0"),
        ([("b3", f"{B3_TRACE}-{B3_SPAN}-x")], None, "1"),
        ([("b3", f"{'0' * 32}-{B3_SPAN}-1")], None, "1"),
        ([("X-B3-TraceId", B3_TRACE)], None, "1"),
        ([("traceparent", PARENT)], None, "1"),
    ],
)
def test_b3_is_read_in_either_form_and_sent_in_the_chosen_one(trace_context, sink, kind, fields, trace, state):
    (got,) = trace_context(OTEL_PROPAGATORS=kind).relay(sink, fields)
    assert not values(got, "traceparent")
    if kind == "b3":
        sent_trace, sent_span, sent_state = b3_of(got)
        assert not values(got, "x-b3-traceid")
        propagator = B3SingleFormat()
    else:
        (sent_trace,), (sent_span,) = values(got, "x-b3-traceid"), values(got, "x-b3-spanid")
        sent_state = "d" if values(got, "x-b3-flags") == ["1"] else values(got, "x-b3-sampled")[0]
        assert not values(got, "b3") and (sent_state != "d" or not values(got, "x-b3-sampled"))
        propagator = B3MultiFormat()
    assert sent_state == state
    assert sent_trace == trace if trace else sent_trace not in (B3_TRACE, TRACE)
    assert sent_span != B3_SPAN
    seen = otel_context_of(got, propagator)
    assert (f"{seen.trace_id:032x}", f"{seen.span_id:016x}") == (sent_trace, sent_span)
    assert seen.trace_flags.sampled == (state != "0")


def test_propagators_are_chosen_by_name_each_once_and_unknown_ones_are_named(trace_context, sink):
    service = trace_context(OTEL_PROPAGATORS="b3,jaeger,b3,tracecontext")
    (got,) = service.relay(sink, [("traceparent", PARENT), ("baggage", "k=v")])
    assert b3_of(got)[0] == TRACE == traceparent(got)[0]
    assert not values(got, "baggage")
    warnings = [record["body"] for record in service.records() if record["severity_text"] == "WARN"]
    assert len(warnings) == 1 and "OTEL_PROPAGATORS" in warnings[0] and "jaeger" in warnings[0]


def test_none_propagates_nothing(trace_context, sink):
    (got,) = trace_context(OTEL_PROPAGATORS="none").relay(sink, [("traceparent", PARENT), ("b3", f"{B3_TRACE}-{B3_SPAN}-1"), ("baggage", "k=v")])
    assert not [name for name, _ in got if name.lower() in ("traceparent", "tracestate", "b3", "baggage") or "x-b3" in name.lower()]


def test_a_sampler_that_says_no_still_propagates(trace_context, sink):
    (got,) = trace_context(OTEL_TRACES_SAMPLER="always_off").relay(sink, [("traceparent", PARENT)])
    assert traceparent(got)[0] == TRACE
    assert traceparent(got)[2] == "00"


def otel_span(sampled: bool = True):
    flags = otel_trace.TraceFlags(otel_trace.TraceFlags.SAMPLED if sampled else 0)
    state = otel_trace.TraceState([("rojo", "00f067aa0ba902b7"), ("congo", "t61rcWkgMzE")])
    context = otel_trace.SpanContext(int(TRACE, 16), int(SPAN, 16), is_remote=False, trace_flags=flags, trace_state=state)
    return otel_trace.set_span_in_context(otel_trace.NonRecordingSpan(context))


@pytest.mark.parametrize("sampled", [True, False])
def test_what_opentelemetry_injects_comes_through_and_is_extracted_by_it_again(trace_context, sink, sampled):
    context = otel_baggage.set_baggage("tier", "gold, really", otel_span(sampled))
    context = otel_baggage.set_baggage("name", "Am\u00e9lie", context)
    carrier: dict[str, str] = {}
    for propagator in (TraceContextTextMapPropagator(), W3CBaggagePropagator()):
        propagator.inject(carrier, context)
    (got,) = trace_context().relay(sink, list(carrier.items()))
    seen = otel_context_of(got, TraceContextTextMapPropagator())
    assert (f"{seen.trace_id:032x}", seen.trace_flags.sampled) == (TRACE, sampled)
    assert list(seen.trace_state.items()) == [("rojo", "00f067aa0ba902b7"), ("congo", "t61rcWkgMzE")]
    extracted = W3CBaggagePropagator().extract({name.lower(): value for name, value in got})
    assert otel_baggage.get_all(extracted) == {"tier": "gold, really", "name": "Am\u00e9lie"}


@pytest.mark.parametrize(("kind", "propagator"), [("b3", B3SingleFormat()), ("b3multi", B3MultiFormat())])
def test_what_opentelemetry_injects_as_b3_is_gone_on_with(trace_context, sink, kind, propagator):
    carrier: dict[str, str] = {}
    propagator.inject(carrier, otel_span())
    (got,) = trace_context(OTEL_PROPAGATORS=kind).relay(sink, list(carrier.items()))
    seen = otel_context_of(got, propagator)
    assert f"{seen.trace_id:032x}" == TRACE and f"{seen.span_id:016x}" != SPAN and seen.trace_flags.sampled
