"""A receiver of OTLP, over gRPC and HTTP, made of stock parts and the official messages."""

import concurrent.futures
import dataclasses
import gzip
import http.server
import ssl
import threading
import time

import grpc
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2_grpc
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc

from harness import otlp_messages
from harness.otlp_messages import REQUESTS, RESPONSES
from harness.tls import Certificates

LISTS = {
    "traces": ("resource_spans", "scope_spans", "spans"),
    "metrics": ("resource_metrics", "scope_metrics", "metrics"),
    "logs": ("resource_logs", "scope_logs", "log_records"),
}


@dataclasses.dataclass
class Received:
    """One span, metric or log record, and whose it is."""

    resource: dict
    scope: object
    record: object

    @property
    def service(self) -> str:
        return self.resource["service.name"]

    @property
    def attributes(self) -> dict:
        return as_dict(self.record.attributes)


def as_dict(attributes) -> dict:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


def wait_for(what, seconds: float = 20):
    """Until `what()` is true, which it returns."""
    give_up = time.monotonic() + seconds
    while True:
        found = what()
        if found or time.monotonic() > give_up:
            assert found, "it has not come"
            return found
        time.sleep(0.02)


class Collector:
    """Takes everything, and keeps what it took as messages: (protocol, signal, headers, message). With `certificates` it speaks
    TLS alone, as localhost, and asks its clients for a certificate of the same CA."""

    def __init__(self, certificates: Certificates | None = None):
        self.requests: list[tuple[str, str, dict, object]] = []
        self._lock = threading.Lock()
        self._grpc = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
        self._serve("traces", trace_service_pb2_grpc.TraceServiceServicer, trace_service_pb2_grpc.add_TraceServiceServicer_to_server)
        self._serve(
            "metrics", metrics_service_pb2_grpc.MetricsServiceServicer, metrics_service_pb2_grpc.add_MetricsServiceServicer_to_server
        )
        self._serve("logs", logs_service_pb2_grpc.LogsServiceServicer, logs_service_pb2_grpc.add_LogsServiceServicer_to_server)
        if certificates:
            ca, key, leaf = (certificates.read(name) for name in ("ca.crt", "gateway.key", "gateway.crt"))
            credentials = grpc.ssl_server_credentials([(key, leaf)], ca, require_client_auth=True)
            self.grpc_url = f"https://localhost:{self._grpc.add_secure_port('127.0.0.1:0', credentials)}"
        else:
            self.grpc_url = f"http://127.0.0.1:{self._grpc.add_insecure_port('127.0.0.1:0')}"
        self._grpc.start()
        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._http_handler())
        self.http_url = f"http://127.0.0.1:{self._http.server_address[1]}"
        if certificates:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(certificates.ca))
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_cert_chain(certificates.folder / "gateway.crt", certificates.folder / "gateway.key")
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
            self.http_url = f"https://localhost:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def url(self, protocol: str) -> str:
        return self.grpc_url if protocol == "grpc" else self.http_url

    def close(self):
        self._http.shutdown()
        self._http.server_close()
        self._grpc.stop(None)

    def _keep(self, protocol: str, signal: str, headers: dict, message):
        with self._lock:
            self.requests.append((protocol, signal, headers, message))
        return RESPONSES[signal]()

    def _serve(self, signal: str, servicer: type, add):
        def export(_, request, context):
            return self._keep("grpc", signal, dict(context.invocation_metadata()), request)

        add(type("Servicer", (servicer,), {"Export": export})(), self._grpc)

    def _http_handler(self):
        keep = self._keep

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                signal = self.path.rpartition("/v1/")[2]
                kind = self.headers["content-type"]
                is_json = kind == "application/json"
                message = otlp_messages.parse(body, REQUESTS[signal]()) if is_json else REQUESTS[signal].FromString(body)
                protocol = "http/json" if is_json else "http/protobuf"
                response = keep(protocol, signal, {k.lower(): v for k, v in self.headers.items()}, message)
                answer = otlp_messages.dump(response) if is_json else response.SerializeToString()
                self.send_response(200)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        return Handler

    def messages(self, signal: str) -> list:
        with self._lock:
            return [message for _, one, _, message in self.requests if one == signal]

    def received(self, signal: str) -> list[Received]:
        resources, scopes, records = LISTS[signal]
        return [
            Received(as_dict(resource.resource.attributes), scope.scope, record)
            for message in self.messages(signal)
            for resource in getattr(message, resources)
            for scope in getattr(resource, scopes)
            for record in getattr(scope, records)
        ]

    def spans(self, trace_id: str | None = None) -> list[Received]:
        return [one for one in self.received("traces") if trace_id in (None, one.record.trace_id.hex())]

    def logs(self, trace_id: str | None = None) -> list[Received]:
        return [one for one in self.received("logs") if trace_id in (None, one.record.trace_id.hex())]

    def metrics(self, name: str, service: str | None = None) -> list[Received]:
        return [one for one in self.received("metrics") if one.record.name == name and service in (None, one.service)]
