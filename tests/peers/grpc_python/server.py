"""The server of gRPC's interoperability suite, on grpcio. It cannot tell whether a request came packed: grpcio does not say."""

import argparse
import signal
import threading
import time
from concurrent import futures

import grpc
from interop import messages_pb2, test_pb2_grpc
from interop.empty_pb2 import Empty
from xds.data.orca.v3.orca_load_report_pb2 import OrcaLoadReport
from xds.service.orca.v3 import orca_pb2_grpc

from wire import ECHO_INITIAL, ECHO_TRAILING, LOAD_TRAILER, OPTIONS, read

STATUS = {code.value[0]: code for code in grpc.StatusCode}
THREADS = 16
REPORT_SECONDS_LEAST = 1


def echo_metadata(context: grpc.ServicerContext, *more: tuple[str, bytes]):
    """`more` trailers go with those that are echoed: who sets them sets them all."""
    sent = dict(context.invocation_metadata())
    if ECHO_INITIAL in sent:
        context.send_initial_metadata([(ECHO_INITIAL, sent[ECHO_INITIAL])])
    echoed = [(ECHO_TRAILING, sent[ECHO_TRAILING])] if ECHO_TRAILING in sent else []
    context.set_trailing_metadata([*echoed, *more])


def refuse_as_wanted(request, context: grpc.ServicerContext):
    wanted = request.response_status
    if wanted.code:
        context.abort(STATUS[wanted.code], wanted.message)


def answers(request, context: grpc.ServicerContext):
    if any(wanted.compressed.value for wanted in request.response_parameters):
        context.set_compression(grpc.Compression.Gzip)
    for wanted in request.response_parameters:
        time.sleep(wanted.interval_us / 1e6)
        if not wanted.compressed.value:
            context.disable_next_message_compression()
        yield messages_pb2.StreamingOutputCallResponse(payload=messages_pb2.Payload(body=bytes(wanted.size)))


def load_report(claim: messages_pb2.TestOrcaReport) -> OrcaLoadReport:
    return OrcaLoadReport(
        cpu_utilization=claim.cpu_utilization,
        mem_utilization=claim.memory_utilization,
        request_cost=claim.request_cost,
        utilization=claim.utilization,
    )


class OpenRcaService(orca_pb2_grpc.OpenRcaServiceServicer):
    """Tells `report`, which is set by way of a LoadLock."""

    def __init__(self):
        self.lock = threading.Lock()
        self.report = OrcaLoadReport()

    def StreamCoreMetrics(self, request, context):
        ended = threading.Event()
        context.add_callback(ended.set)
        seconds = max(request.report_interval.ToTimedelta().total_seconds(), REPORT_SECONDS_LEAST)
        yield self.report
        while not ended.wait(seconds):
            yield self.report


class LoadLock:
    """A call's own: from the first time that it sets the load to its end no other call does, or clients would read each other's."""

    def __init__(self, load: OpenRcaService):
        self._load, self._held = load, False

    def set(self, report: OrcaLoadReport):
        if not self._held:
            self._held = self._load.lock.acquire()
        self._load.report = report

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._held:
            self._load.lock.release()


class TestService(test_pb2_grpc.TestServiceServicer):
    def __init__(self, load: OpenRcaService, server_id: str):
        self._load, self._server_id = load, server_id

    def EmptyCall(self, request, context):
        echo_metadata(context)
        return Empty()

    def UnaryCall(self, request, context):
        if request.response_compressed.value:
            context.set_compression(grpc.Compression.Gzip)
        load = load_report(request.orca_per_query_report).SerializeToString()
        echo_metadata(context, *([(LOAD_TRAILER, load)] if request.HasField("orca_per_query_report") else []))
        refuse_as_wanted(request, context)
        server_id = self._server_id if request.fill_server_id else ""
        return messages_pb2.SimpleResponse(payload=messages_pb2.Payload(body=bytes(request.response_size)), server_id=server_id)

    def CacheableUnaryCall(self, request, context):
        return self.UnaryCall(request, context)

    def StreamingOutputCall(self, request, context):
        yield from answers(request, context)

    def StreamingInputCall(self, request_iterator, context):
        size = sum(len(request.payload.body) for request in request_iterator)
        return messages_pb2.StreamingInputCallResponse(aggregated_payload_size=size)

    def FullDuplexCall(self, request_iterator, context):
        echo_metadata(context)
        with LoadLock(self._load) as lock:
            for request in request_iterator:
                refuse_as_wanted(request, context)
                if request.HasField("orca_oob_report"):
                    lock.set(load_report(request.orca_oob_report))
                yield from answers(request, context)

    def HalfDuplexCall(self, request_iterator, context):
        for request in list(request_iterator):
            yield from answers(request, context)


def main():
    flags = argparse.ArgumentParser()
    flags.add_argument("--port", type=int, default=10000)
    flags.add_argument("--use_tls", action="store_true")
    flags.add_argument("--tls_cert_file")
    flags.add_argument("--tls_key_file")
    flags = flags.parse_args()

    server = grpc.server(futures.ThreadPoolExecutor(THREADS), options=OPTIONS)
    load = OpenRcaService()
    orca_pb2_grpc.add_OpenRcaServiceServicer_to_server(load, server)
    address = f"127.0.0.1:{flags.port}"
    test_pb2_grpc.add_TestServiceServicer_to_server(TestService(load, address), server)
    if flags.use_tls:
        server.add_secure_port(address, grpc.ssl_server_credentials([(read(flags.tls_key_file), read(flags.tls_cert_file))]))
    else:
        server.add_insecure_port(address)
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    server.start()
    print(f"serves at {address}", flush=True)
    ended.wait()
    server.stop(grace=0).wait()


if __name__ == "__main__":
    main()
