"""Sends a trace and its log records with OpenTelemetry's SDK for Python, for each way to each of several receivers.

usage: otel_python.py WAY...
WAY is PROTOCOL,COMPRESSION,ENDPOINT,..., such as grpc,gzip,http://127.0.0.1:4317

Protocols and endpoints are as in OTEL_EXPORTER_OTLP_. All receivers of a way get the same records. Prints the ids of the traces, one a
line, when all receivers have accepted everything."""

import logging
import os
import sys

from opentelemetry import trace
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult

VALUES = {
    "text": "Grüße, \"quoted\" \\ and 🙂",
    "empty": "",
    "integer": -(2**62) - 1,
    "number": 0.1,
    "yes": True,
    "no": False,
    "texts": ["a", "", "ü"],
    "integers": [1, -1, 2**53 + 1],
    "numbers": [1.5, -0.25],
    "flags": [True, False],
    "shop.order.id": "order-python",
}


def exporters(protocol: str, endpoint: str):
    """The exporters of spans and of log records."""
    if protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

        return OTLPSpanExporter(endpoint=endpoint, insecure=True), OTLPLogExporter(endpoint=endpoint, insecure=True)
    if protocol == "http/json":
        from opentelemetry.exporter.otlp.json.http._log_exporter import OTLPLogExporter
        from opentelemetry.exporter.otlp.json.http.trace_exporter import OTLPSpanExporter
    else:
        from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    return OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces"), OTLPLogExporter(endpoint=f"{endpoint}/v1/logs")


class Checked:
    """An exporter of spans or log records that remembers whether one of its exports failed."""

    def __init__(self, exporter):
        self.exporter = exporter
        self.failed = False

    def export(self, records):
        outcome = self.exporter.export(records)
        self.failed |= outcome.name != SpanExportResult.SUCCESS.name
        return outcome

    def __getattr__(self, name):
        return getattr(self.exporter, name)


def record(tracer: trace.Tracer, logger: logging.Logger) -> str:
    linked = tracer.start_span("earlier")
    linked.end()
    with tracer.start_as_current_span("root", kind=trace.SpanKind.SERVER, attributes=VALUES) as root:
        link = trace.Link(linked.get_span_context(), {"why": "retry", "attempt": 2})
        with tracer.start_as_current_span("child", kind=trace.SpanKind.CLIENT, links=[link]) as child:
            child.add_event("retry", {"attempt": 1, "delays": [0.5, 1.0]})
            child.add_event("gave up")
            child.set_status(trace.Status(trace.StatusCode.ERROR, "locked"))
            logger.warning("the order %s is locked", "order-python", extra={"attempt": 2})
        with tracer.start_as_current_span("publish", kind=trace.SpanKind.PRODUCER) as publish:
            publish.set_status(trace.StatusCode.OK)
        logger.info("done")
    return f"{root.get_span_context().trace_id:032x}"


def send(protocol: str, compression: str, endpoints: list[str]) -> str:
    os.environ.pop("OTEL_EXPORTER_OTLP_COMPRESSION", None)
    if compression == "gzip":  # the exporters for gRPC do not know the word "none"
        os.environ["OTEL_EXPORTER_OTLP_COMPRESSION"] = compression
    resource = Resource.create({"service.name": "python-sender", "service.version": "1.2.3", "replicas": [1, 2]})
    tracing = TracerProvider(resource=resource)
    logs = LoggerProvider(resource=resource)
    checked = []
    for endpoint in endpoints:
        for_spans, for_logs = map(Checked, exporters(protocol, endpoint))
        tracing.add_span_processor(SimpleSpanProcessor(for_spans))
        logs.add_log_record_processor(SimpleLogRecordProcessor(for_logs))
        checked += [for_spans, for_logs]
    logger = logging.getLogger("shop")
    logger.setLevel(logging.INFO)
    handler = LoggingHandler(logger_provider=logs)
    logger.addHandler(handler)
    tracer = tracing.get_tracer("shop.tracer", "0.9", attributes={"scope.attribute": True})
    trace_id = record(tracer, logger)
    logger.removeHandler(handler)
    tracing.shutdown()
    logs.shutdown()
    if any(one.failed for one in checked):
        raise SystemExit("an export failed")
    return trace_id


for way in sys.argv[1:]:
    of_protocol, of_compression, *receivers = way.split(",")
    print(send(of_protocol, of_compression, receivers))
