"""The flow as Jaeger's query API shows it."""

from rig import flow, spans
from rig.peers import Collector, Jaeger
from rig.product import otlp
from rig.program import until


def test_an_order_is_one_trace_with_every_span_below_the_right_one(start, new_system):
    jaeger = start(Jaeger)
    collector = start(Collector, traces_to=jaeger.otlp)
    system = new_system(otlp(collector.endpoint("grpc")))
    traces = flow.drive(system)
    system.stop()

    until("all services in Jaeger", lambda: set(jaeger.get("services")) >= flow.SERVICES)
    trace_id = traces["create order"]

    def whole():
        """The trace, once the last of its processes has reported."""
        found = jaeger.get(f"traces/{trace_id}")
        seen = {process["serviceName"] for trace in found for process in trace["processes"].values()}
        return found if seen == flow.SERVICES - {"payment-service"} else None

    (trace,) = until("the order's trace", whole)
    flow.check_create_order(spans.from_jaeger(trace))
    # Nothing but that the caller, who began the trace, did not report, and that the event was published after its order was answered.
    expected = {"POST /api/orders": "invalid parent span IDs", "send order": "clock skew adjustment disabled"}
    warnings = [(span["operationName"], warning) for span in trace["spans"] for warning in span.get("warnings") or []]
    assert all(operation in expected and expected[operation] in warning for operation, warning in warnings), warnings
    # As a user looks for it: by service, operation and tag.
    found = jaeger.get("traces", service="api-gateway", operation="POST /api/orders", tags='{"http.response.status_code":"200"}')
    assert [one["traceID"] for one in found] == [trace_id]


def test_jaeger_takes_spans_without_a_collector_between(start, new_system):
    jaeger = start(Jaeger)
    system = new_system(otlp(f"http://{jaeger.otlp}", METRICS_EXPORTER="none", LOGS_EXPORTER="none"))
    traces = flow.drive(system)
    system.stop()
    assert until("the user's trace", lambda: jaeger.get(f"traces/{traces['get user']}"))
