"""The cases of grpc/doc/interop-test-descriptions.md, as calls of grpcio. They raise AssertionError where the server does other
than described."""

import queue

import grpc
from google.protobuf.duration_pb2 import Duration
from interop import messages_pb2 as messages
from interop import test_pb2_grpc
from interop.empty_pb2 import Empty
from xds.data.orca.v3.orca_load_report_pb2 import OrcaLoadReport
from xds.service.orca.v3 import orca_pb2_grpc
from xds.service.orca.v3.orca_pb2 import OrcaLoadReportRequest

from wire import ECHO_INITIAL, ECHO_TRAILING

CALL_SECONDS_MAX = 30
LARGE_REQUEST, LARGE_RESPONSE = 271828, 314159
VERY_LARGE = 10 * 1024 * 1024
PICKS = 100
REQUESTS = (27182, 8, 1828, 45904)
RESPONSES = (31415, 9, 2653, 58979)
ECHOED = ((ECHO_INITIAL, "test_initial_metadata_value"), (ECHO_TRAILING, b"\xab\xab\xab"))
# The loads that the server is to claim: processor, memory, and of what is called "util".
LOADS = ((0.8210, 0.5847, 0.30499), (0.29309, 0.2, 0.2039))
SPECIAL = "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001f608\t\n"


def expect(holds: bool, what: str):
    if not holds:
        raise AssertionError(what)


def expect_failure(call, code: grpc.StatusCode, message: str | None = None):
    """`call` makes a call and waits for its end."""
    try:
        call()
    except grpc.RpcError as refused:
        expect(refused.code() == code, f"{refused.code()} instead of {code}: {refused.details()}")
        expect(message in (None, refused.details()), f"another message: {refused.details()!r}")
    else:
        raise AssertionError(f"success instead of {code}")


def expect_payload(response, size: int):
    expect(response.payload.body == bytes(size), f"a payload other than {size} zeros")


def payload(size: int) -> messages.Payload:
    return messages.Payload(body=bytes(size))


def large_request(**more) -> messages.SimpleRequest:
    return messages.SimpleRequest(payload=payload(LARGE_REQUEST), response_size=LARGE_RESPONSE, **more)


def ask_for(request: int, response: int) -> messages.StreamingOutputCallRequest:
    return messages.StreamingOutputCallRequest(
        payload=payload(request), response_parameters=[messages.ResponseParameters(size=response)]
    )


class Outgoing:
    """The requests of a stream, one when it is time: end() ends them."""

    def __init__(self):
        self.put = (said := queue.SimpleQueue()).put
        self._said = said

    def __iter__(self):
        return iter(self._said.get, None)

    def end(self):
        self.put(None)


def empty_unary(stub, _):
    expect(stub.EmptyCall(Empty(), timeout=CALL_SECONDS_MAX) == Empty(), "another answer")


def large_unary(stub, _):
    expect_payload(stub.UnaryCall(large_request(), timeout=CALL_SECONDS_MAX), LARGE_RESPONSE)


def very_large_request(stub, _):
    request = messages.SimpleRequest(payload=payload(VERY_LARGE), response_size=VERY_LARGE)
    expect_payload(stub.UnaryCall(request, timeout=CALL_SECONDS_MAX), VERY_LARGE)


def cacheable_unary(stub, _):
    request = messages.SimpleRequest(response_size=7)
    expect_payload(stub.CacheableUnaryCall(request, metadata=[("x-user-ip", "1.2.3.4")], timeout=CALL_SECONDS_MAX), 7)


def pick_first_unary(stub, _):
    request = messages.SimpleRequest(payload=payload(1), response_size=1, fill_server_id=True)
    servers = {stub.UnaryCall(request, timeout=CALL_SECONDS_MAX).server_id for _ in range(PICKS)}
    expect(len(servers) == 1 and "" not in servers, f"{servers} instead of one server")


def client_streaming(stub, _):
    parts = (messages.StreamingInputCallRequest(payload=payload(size)) for size in REQUESTS)
    answer = stub.StreamingInputCall(parts, timeout=CALL_SECONDS_MAX)
    expect(answer.aggregated_payload_size == sum(REQUESTS), "another sum of the payloads")


def server_streaming(stub, _):
    wanted = [messages.ResponseParameters(size=size) for size in RESPONSES]
    answers = stub.StreamingOutputCall(messages.StreamingOutputCallRequest(response_parameters=wanted), timeout=CALL_SECONDS_MAX)
    expect([len(answer.payload.body) for answer in answers] == list(RESPONSES), "other answers")


def ping_pong(stub, _):
    out = Outgoing()
    answers = stub.FullDuplexCall(iter(out), timeout=CALL_SECONDS_MAX)
    for request, response in zip(REQUESTS, RESPONSES):
        out.put(ask_for(request, response))
        expect_payload(next(answers), response)
    out.end()
    expect(list(answers) == [], "an answer too many")


def empty_stream(stub, _):
    expect(list(stub.FullDuplexCall(iter(()), timeout=CALL_SECONDS_MAX)) == [], "an answer to nothing")


def expect_echo(call):
    expect(ECHOED[0] in tuple(call.initial_metadata()), "the initial metadata was not echoed")
    expect(ECHOED[1] in tuple(call.trailing_metadata()), "the trailing metadata was not echoed")


def custom_metadata(stub, _):
    answer, call = stub.UnaryCall.with_call(large_request(), metadata=ECHOED, timeout=CALL_SECONDS_MAX)
    expect_payload(answer, LARGE_RESPONSE)
    expect_echo(call)
    stream = stub.FullDuplexCall(iter((ask_for(LARGE_REQUEST, LARGE_RESPONSE),)), metadata=ECHOED, timeout=CALL_SECONDS_MAX)
    for answer in stream:
        expect_payload(answer, LARGE_RESPONSE)
    expect_echo(stream)


def refused_as(message: str) -> messages.EchoStatus:
    return messages.EchoStatus(code=grpc.StatusCode.UNKNOWN.value[0], message=message)


def fail_unary(stub, message: str):
    request = messages.SimpleRequest(response_status=refused_as(message))
    expect_failure(lambda: stub.UnaryCall(request, timeout=CALL_SECONDS_MAX), grpc.StatusCode.UNKNOWN, message)


def status_code_and_message(stub, _):
    message = "test status message"
    fail_unary(stub, message)
    request = messages.StreamingOutputCallRequest(response_status=refused_as(message))
    stream = stub.FullDuplexCall(iter((request,)), timeout=CALL_SECONDS_MAX)
    expect_failure(lambda: list(stream), grpc.StatusCode.UNKNOWN, message)


def special_status_message(stub, _):
    fail_unary(stub, SPECIAL)


def unimplemented_method(stub, _):
    expect_failure(lambda: stub.UnimplementedCall(Empty(), timeout=CALL_SECONDS_MAX), grpc.StatusCode.UNIMPLEMENTED)


def unimplemented_service(_, channel):
    nobody = test_pb2_grpc.UnimplementedServiceStub(channel)
    expect_failure(lambda: nobody.UnimplementedCall(Empty(), timeout=CALL_SECONDS_MAX), grpc.StatusCode.UNIMPLEMENTED)


def cancel_after_begin(stub, _):
    out = Outgoing()
    call = stub.StreamingInputCall.future(iter(out), timeout=CALL_SECONDS_MAX)
    call.cancel()
    expect(call.cancelled() and call.code() == grpc.StatusCode.CANCELLED, f"{call.code()} instead of CANCELLED")
    out.end()


def cancel_after_first_response(stub, _):
    out = Outgoing()
    answers = stub.FullDuplexCall(iter(out), timeout=CALL_SECONDS_MAX)
    out.put(ask_for(REQUESTS[0], RESPONSES[0]))
    expect_payload(next(answers), RESPONSES[0])
    answers.cancel()
    expect_failure(lambda: next(answers), grpc.StatusCode.CANCELLED)
    out.end()


def timeout_on_sleeping_server(stub, _):
    out = Outgoing()
    out.put(messages.StreamingOutputCallRequest(payload=payload(REQUESTS[0])))
    expect_failure(lambda: next(stub.FullDuplexCall(iter(out), timeout=0.001)), grpc.StatusCode.DEADLINE_EXCEEDED)
    out.end()


def client_compressed_unary_noprobe(stub, _):
    for packed in (True, False):
        request = large_request(expect_compressed=messages.BoolValue(value=packed))
        compression = grpc.Compression.Gzip if packed else grpc.Compression.NoCompression
        expect_payload(stub.UnaryCall(request, compression=compression, timeout=CALL_SECONDS_MAX), LARGE_RESPONSE)


def client_compressed_unary(stub, channel):
    lying = large_request(expect_compressed=messages.BoolValue(value=True))
    expect_failure(lambda: stub.UnaryCall(lying, timeout=CALL_SECONDS_MAX), grpc.StatusCode.INVALID_ARGUMENT)
    client_compressed_unary_noprobe(stub, channel)


def server_compressed_unary(stub, _):
    for packed in (True, False):
        request = large_request(response_compressed=messages.BoolValue(value=packed))
        expect_payload(stub.UnaryCall(request, timeout=CALL_SECONDS_MAX), LARGE_RESPONSE)


def server_compressed_streaming(stub, _):
    wanted = [
        messages.ResponseParameters(size=size, compressed=messages.BoolValue(value=packed))
        for size, packed in ((31415, True), (92653, False))
    ]
    answers = stub.StreamingOutputCall(messages.StreamingOutputCallRequest(response_parameters=wanted), timeout=CALL_SECONDS_MAX)
    expect([len(answer.payload.body) for answer in answers] == [31415, 92653], "other answers")


def orca_oob(stub, channel):
    """The reports come on a stream beside the one that says what they are to be."""
    interval = OrcaLoadReportRequest(report_interval=Duration(seconds=1))
    reports = orca_pb2_grpc.OpenRcaServiceStub(channel).StreamCoreMetrics(interval, timeout=CALL_SECONDS_MAX)
    out = Outgoing()
    answers = stub.FullDuplexCall(iter(out), timeout=CALL_SECONDS_MAX)
    for cpu, memory, util in LOADS:
        claim = messages.TestOrcaReport(cpu_utilization=cpu, memory_utilization=memory, utilization={"util": util})
        wanted = [messages.ResponseParameters(size=1)]
        out.put(messages.StreamingOutputCallRequest(orca_oob_report=claim, response_parameters=wanted))
        expect_payload(next(answers), 1)
        told = OrcaLoadReport(cpu_utilization=cpu, mem_utilization=memory, utilization={"util": util})
        expect(told in reports, "the stream of reports ended")
    out.end()
    expect(list(answers) == [], "an answer too many")
    reports.cancel()


CASES = {
    case.__name__: case
    for case in (
        empty_unary, large_unary, very_large_request, cacheable_unary, client_streaming, server_streaming, ping_pong, empty_stream,
        custom_metadata, status_code_and_message, special_status_message, unimplemented_method, unimplemented_service,
        cancel_after_begin, cancel_after_first_response, timeout_on_sleeping_server, client_compressed_unary,
        client_compressed_unary_noprobe, server_compressed_unary, server_compressed_streaming, orca_oob, pick_first_unary,
    )
}  # fmt: skip
