"""A receiver of OTLP that keeps every byte and answers as a case wants: stock grpcio and http.server, official messages."""

import concurrent.futures
import contextlib
import dataclasses
import gzip
import http.server
import socket
import threading
import time
import typing

import grpc
from google.protobuf import duration_pb2
from google.rpc import error_details_pb2, status_pb2
from harness import otlp_messages
from harness.otlp_messages import REQUESTS, RESPONSES

LOOPBACK = "127.0.0.1"
SIGNALS = ("traces", "metrics", "logs")
REJECTED = {"traces": "rejected_spans", "metrics": "rejected_data_points", "logs": "rejected_log_records"}
GRPC_METHODS = {
    "traces": "opentelemetry.proto.collector.trace.v1.TraceService",
    "metrics": "opentelemetry.proto.collector.metrics.v1.MetricsService",
    "logs": "opentelemetry.proto.collector.logs.v1.LogsService",
}


@dataclasses.dataclass
class Answer:
    """What the sink does with a request. `status` is HTTP's, `code` gRPC's, whichever protocol the request came by."""

    status: int = 200
    code: grpc.StatusCode = grpc.StatusCode.OK
    retry_after: float | None = None  # seconds; a whole number for HTTP
    rejected: int = 0
    message: str = ""
    delay: float = 0

    @property
    def accepts(self) -> bool:
        return self.status == 200 and self.code == grpc.StatusCode.OK


@dataclasses.dataclass
class Export:
    """One request as it came."""

    signal: str
    protocol: str  # as in OTEL_EXPORTER_OTLP_PROTOCOL
    body: bytes  # without compression
    headers: dict[str, str]
    at: float  # monotonic
    answer: Answer

    @property
    def message(self):
        if self.protocol == "http/json":
            return otlp_messages.parse(self.body, REQUESTS[self.signal]())
        return REQUESTS[self.signal].FromString(self.body)


Behaviour = typing.Callable[[str, int], Answer]  # (signal, how many of its requests came before)


def accept(_signal: str, _number: int) -> Answer:
    return Answer()


class Sink:
    """Listens at `address` once started; `behave` may be changed at any time. Can be stopped and started at the same port."""

    def __init__(self, protocol: str, behave: Behaviour = accept, port: int = 0):
        self.protocol = protocol
        self.behave = behave
        self.port = port
        self.exports: list[Export] = []
        self._lock = threading.Lock()
        self._server = None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def start(self) -> "Sink":
        self._server = (GrpcServer if self.protocol == "grpc" else HttpServer)(self, self.port)
        self.port = self._server.port
        return self

    def stop(self):
        """Nobody listens afterwards, and connections end."""
        if self._server:
            self._server.close()
            self._server = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def take(self, signal: str, protocol: str, body: bytes, headers: dict[str, str]) -> Answer:
        with self._lock:
            number = sum(export.signal == signal for export in self.exports)
            answer = self.behave(signal, number)
            self.exports.append(Export(signal, protocol, body, headers, time.monotonic(), answer))
        time.sleep(answer.delay)
        return answer

    def all(self, signal: str) -> list[Export]:
        with self._lock:
            return [export for export in self.exports if export.signal == signal]

    def accepted(self, signal: str) -> list:
        """The messages of the requests that were accepted, whole or in part."""
        return [export.message for export in self.all(signal) if export.answer.accepts]

    def rejected(self, signal: str) -> int:
        return sum(export.answer.rejected for export in self.all(signal) if export.answer.accepts)


def partial_success(signal: str, answer: Answer):
    response = RESPONSES[signal]()
    if answer.rejected or answer.message:
        setattr(response.partial_success, REJECTED[signal], answer.rejected)
        response.partial_success.error_message = answer.message
    return response


class HttpServer:
    def __init__(self, sink: Sink, port: int):
        self._connections: set[socket.socket] = set()
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self):
                server._connections.add(self.request)
                super().setup()

            def finish(self):
                server._connections.discard(self.request)
                with contextlib.suppress(OSError):
                    super().finish()

            def do_POST(self):  # noqa: N802 (http.server's name)
                body = self._body()
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                signal = self.path.removeprefix("/v1/")
                assert signal in SIGNALS, self.path
                kinds = {"application/x-protobuf": "http/protobuf", "application/json": "http/json"}
                headers = {name.lower(): value for name, value in self.headers.items()}
                answer = sink.take(signal, kinds[headers["content-type"]], body, headers)
                with contextlib.suppress(OSError):
                    self._answer(signal, answer, headers["content-type"])

            def _body(self) -> bytes:
                if self.headers.get("transfer-encoding") != "chunked":
                    return self.rfile.read(int(self.headers["content-length"]))
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            def _answer(self, signal: str, answer: Answer, content_type: str):
                said = partial_success(signal, answer) if answer.status == 200 else status_pb2.Status(code=14, message=answer.message)
                body = otlp_messages.dump(said) if content_type == "application/json" else said.SerializeToString()
                self.send_response(answer.status)
                self.send_header("content-type", content_type)
                self.send_header("content-length", str(len(body)))
                if answer.retry_after is not None:
                    self.send_header("retry-after", str(int(answer.retry_after)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer((LOOPBACK, port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class GrpcServer:
    def __init__(self, sink: Sink, port: int):
        self._server = grpc.server(concurrent.futures.ThreadPoolExecutor(8))
        for signal, service in GRPC_METHODS.items():
            handler = grpc.unary_unary_rpc_method_handler(self._handler(sink, signal))  # without codecs: the bytes as they are
            self._server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(service, {"Export": handler})])
        self.port = self._server.add_insecure_port(f"{LOOPBACK}:{port}")
        assert self.port, f"port {port} is taken"
        self._server.start()

    @staticmethod
    def _handler(sink: Sink, signal: str):
        def export(body: bytes, context: grpc.ServicerContext) -> bytes:
            answer = sink.take(signal, "grpc", body, dict(context.invocation_metadata()))
            if answer.code == grpc.StatusCode.OK:
                return partial_success(signal, answer).SerializeToString()
            if answer.retry_after is not None:
                status = status_pb2.Status(code=answer.code.value[0], message=answer.message)
                seconds = int(answer.retry_after)
                nanos = int((answer.retry_after - seconds) * 1e9)
                info = error_details_pb2.RetryInfo(retry_delay=duration_pb2.Duration(seconds=seconds, nanos=nanos))
                status.details.add().Pack(info)
                context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
            context.abort(answer.code, answer.message)

        return export

    def close(self):
        self._server.stop(0).wait()


class BlackHole:
    """Accepts connections and reads, and never says a word."""

    def __init__(self, port: int = 0):
        self._listener = socket.create_server((LOOPBACK, port))
        self._listener.settimeout(0.05)
        self.port = self._listener.getsockname()[1]
        self.accepted = 0
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        connections = []
        while not self._ending.is_set():
            with contextlib.suppress(TimeoutError):
                connection, _ = self._listener.accept()
                connection.setblocking(False)
                connections.append(connection)
                self.accepted += 1
            for connection in connections:
                with contextlib.suppress(OSError):
                    connection.recv(1 << 20)
        for connection in connections:
            connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._ending.set()
        self._thread.join()
        self._listener.close()
