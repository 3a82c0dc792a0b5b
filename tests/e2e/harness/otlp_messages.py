"""OTLP's messages by signal, and their JSON form, which differs from protobuf's own in that ids are hexadecimal and enumerations
numbers."""

import base64
import json

from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

REQUESTS = {
    "traces": trace_service_pb2.ExportTraceServiceRequest,
    "metrics": metrics_service_pb2.ExportMetricsServiceRequest,
    "logs": logs_service_pb2.ExportLogsServiceRequest,
}
RESPONSES = {
    "traces": trace_service_pb2.ExportTraceServiceResponse,
    "metrics": metrics_service_pb2.ExportMetricsServiceResponse,
    "logs": logs_service_pb2.ExportLogsServiceResponse,
}
IDS = {"traceId": 16, "spanId": 8, "parentSpanId": 8}


def parse(body: bytes | str, into):
    """Fills the message `into`; an unknown field or a malformed id is an error."""
    return parse_object(json.loads(body), into)


def parse_object(value: dict, into):
    return json_format.ParseDict(_with_base64(value), into)


def dump(message) -> bytes:
    """For answers, which hold no ids."""
    return json_format.MessageToJson(message).encode()


def _with_base64(value):
    if isinstance(value, list):
        return [_with_base64(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {key: _id(key, one) if key in IDS else _with_base64(one) for key, one in value.items()}


def _id(name: str, text: str) -> str:
    data = bytes.fromhex(text)
    assert len(data) in (0, IDS[name]) and text == data.hex(), f"{name}: {text!r}"
    return base64.b64encode(data).decode()
