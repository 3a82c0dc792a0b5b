"""Health and reflection on the HTTP port, asked as gRPC's clients ask: streams that stay open, question and answer in turn."""

import contextlib
import queue
import struct
import threading
import time

import grpc
import hpack
import pytest
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from harness.h2_wire import ACK, DATA, END_STREAM, GOAWAY, HEADERS, PING, RST_STREAM, WINDOW_UPDATE, H2Wire, frame
from harness.system import ONE
from harness.tls import Certificates

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
SERVICE_UNKNOWN = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
REFLECTION = "/grpc.reflection.{}.ServerReflection/ServerReflectionInfo"
WATCH = "/grpc.health.v1.Health/Watch"
GRPC = (("content-type", "application/grpc"), ("te", "trailers"))
CANCEL = 8

one_process = pytest.mark.parametrize("placement", [ONE], scope="session")
versions = pytest.mark.parametrize("version", ["v1", "v1alpha"])


@contextlib.contextmanager
def edge_of(system, certificates: Certificates | None = None):
    address = "{}:{}".format(*system.address)
    if certificates is None:
        channel = grpc.insecure_channel(address)
    else:
        channel = grpc.secure_channel(address, grpc.ssl_channel_credentials(certificates.read("ca.crt")))
    with channel:
        yield channel


@pytest.fixture
def edge(system):
    with edge_of(system) as channel:
        yield channel


class Conversation:
    """One call of reflection that stays open. The messages of both versions are the same ones."""

    def __init__(self, channel, version: str, timeout: float = 20):
        self._questions = queue.SimpleQueue()
        call = channel.stream_stream(
            REFLECTION.format(version),
            request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
            response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
        )
        self.answers = call(iter(self._questions.get, None), timeout=timeout)

    def ask(self, **question):
        self._questions.put(reflection_pb2.ServerReflectionRequest(**question))
        return next(self.answers)

    def end(self):
        self._questions.put(None)
        assert list(self.answers) == []


@versions
def test_an_open_call_of_reflection_is_answered_question_by_question(edge, version):
    talk = Conversation(edge, version)
    services = {service.name for service in talk.ask(list_services="*").list_services_response.service}
    assert {"user.UserService", "order.OrderService", "grpc.health.v1.Health"} <= services
    for service in sorted(services):
        assert talk.ask(file_containing_symbol=service).file_descriptor_response.file_descriptor_proto, service
    assert talk.ask(file_containing_symbol="nobody.Nothing").error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]
    talk.end()


def test_a_client_learns_the_contract_and_calls_by_it(edge, stubs):
    pool = DescriptorPool(ProtoReflectionDescriptorDatabase(edge))
    method = pool.FindServiceByName("user.UserService").FindMethodByName("GetUser")
    assert method.input_type.fields_by_name["id"].number == stubs.user.GetUserRequest.DESCRIPTOR.fields_by_name["id"].number
    assert pool.FindMessageTypeByName("google.rpc.ErrorInfo")  # what a refusal's details are


@pytest.mark.parametrize("service, status", [("", SERVING), ("user.UserService", SERVING), ("nobody", SERVICE_UNKNOWN)])
def test_who_watches_is_told_at_once_and_may_leave(edge, service, status):
    watch = health_pb2_grpc.HealthStub(edge).Watch(health_pb2.HealthCheckRequest(service=service), timeout=20)
    assert next(watch).status == status
    watch.cancel()
    assert health_pb2_grpc.HealthStub(edge).Check(health_pb2.HealthCheckRequest(), timeout=5).status == SERVING


def test_the_deadline_of_a_caller_holds(edge):
    watch = health_pb2_grpc.HealthStub(edge).Watch(health_pb2.HealthCheckRequest(), timeout=0.5)
    assert next(watch).status == SERVING
    with pytest.raises(grpc.RpcError) as over:
        next(watch)
    assert over.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED


@one_process
@pytest.mark.parametrize("tls", [False, True], ids=["clear", "tls"])
def test_a_drain_is_told_and_kept_waiting_by_nobody(new_system, tmp_path, tls):
    certificates = Certificates(tmp_path / "certs") if tls else None
    settings = certificates.edge() if certificates else {}
    shop = new_system(settings | {"TRADEWIND_SHUTDOWN_GRACE_MS": "1500", "TRADEWIND_SHUTDOWN_TIMEOUT_MS": "20000"})
    with edge_of(shop, certificates) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        watch = stub.Watch(health_pb2.HealthCheckRequest(), timeout=60)
        talk = Conversation(channel, "v1", timeout=60)
        assert talk.ask(list_services="*").list_services_response.service
        assert next(watch).status == SERVING
        threading.Timer(0.1, shop.process_of("gateway").terminate).start()
        assert next(watch).status == NOT_SERVING
        begun = time.monotonic()
        assert stub.Check(health_pb2.HealthCheckRequest(), timeout=5).status == NOT_SERVING
        assert talk.ask(file_containing_symbol="user.UserService").file_descriptor_response.file_descriptor_proto
        with pytest.raises(StopIteration):
            next(watch)
        with pytest.raises(grpc.RpcError) as ended:
            next(talk.answers)
        assert ended.value.code() == grpc.StatusCode.UNAVAILABLE
        assert shop.process_of("gateway").wait() == 0
        assert time.monotonic() - begun < 10


# Frame by frame.


def question(**what) -> bytes:
    data = reflection_pb2.ServerReflectionRequest(**what).SerializeToString()
    return struct.pack(">BI", 0, len(data)) + data


def ask(wire: H2Wire, stream: int, path: str, body: bytes = b"", *more: tuple[str, str]) -> None:
    head = wire.headers(stream, *GRPC, *more, path=path, method="POST", end=False)
    wire.send(head + (frame(DATA, 0, stream, body) if body else b""))


def answered(wire: H2Wire, stream: int, seconds: float = 20) -> bool:
    return wire.read(lambda kind, _, at, payload: (kind, at) == (DATA, stream) and payload, seconds)


def statuses(wire: H2Wire) -> dict[int, str]:
    """By stream, of what has been read so far."""
    decoder, found = hpack.Decoder(), {}
    for kind, _, stream, payload in wire.frames:
        if kind == HEADERS:
            found |= {stream: value for name, value in decoder.decode(payload) if name == "grpc-status"}
    return found


def ended(wire: H2Wire, stream: int) -> bool:
    return wire.read(lambda kind, flags, at, _: at == stream and kind in (HEADERS, DATA) and flags & END_STREAM)


@versions
def test_each_question_is_answered_before_the_next_one_comes(system, version):
    with H2Wire(system.address) as wire:
        ask(wire, 1, REFLECTION.format(version), question(list_services="*"))
        assert answered(wire, 1)
        for _ in range(3):
            wire.send(frame(DATA, 0, 1, question(file_containing_symbol="user.UserService")))
            assert answered(wire, 1)
        wire.send(frame(DATA, END_STREAM, 1))
        assert ended(wire, 1)
        assert statuses(wire) == {1: "0"}


def test_calls_and_requests_share_a_connection(system):
    with H2Wire(system.address) as wire:
        ask(wire, 1, WATCH, struct.pack(">BI", 0, 0))
        wire.send(wire.headers(3))
        ask(wire, 5, REFLECTION.format("v1"), question(list_services="*"))
        assert answered(wire, 5)
        assert {stream for kind, _, stream, _ in wire.frames if kind == DATA} == {1, 3, 5}
        wire.send(frame(DATA, END_STREAM, 1) + frame(RST_STREAM, 0, 1, struct.pack(">I", CANCEL)) + wire.headers(7))
        assert answered(wire, 7)


def test_too_large_a_question_and_an_unknown_method_are_refused_before_the_call_ends(system):
    with H2Wire(system.address) as wire:
        ask(wire, 1, REFLECTION.format("v1"), struct.pack(">BI", 0, 64 * 1024 + 1))
        assert ended(wire, 1)
        ask(wire, 3, REFLECTION.format("v2"))
        assert ended(wire, 3)
        ask(wire, 5, REFLECTION.format("v1"), b"", ("x-much", "x" * 16_400))
        assert ended(wire, 5)
        exhausted, unimplemented = grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNIMPLEMENTED
        assert statuses(wire) == {1: str(exhausted.value[0]), 3: str(unimplemented.value[0]), 5: str(exhausted.value[0])}


def test_a_closed_window_holds_back_the_answers_of_its_stream_alone(system):
    no_window = struct.pack(">HI", 4, 0)
    with H2Wire(system.address, settings=no_window) as wire:
        ask(wire, 1, REFLECTION.format("v1"), question(list_services="*"))
        assert not answered(wire, 1, seconds=0.5)
        wire.send(frame(WINDOW_UPDATE, 0, 1, struct.pack(">I", 1000)))
        assert answered(wire, 1)


@one_process
def test_a_connection_with_such_calls_is_let_go_when_it_is_old(new_system):
    shop = new_system({"TRADEWIND_RPC_CONNECTION_AGE_MS": "500", "TRADEWIND_RPC_CONNECTION_GRACE_MS": "500"})
    with H2Wire(shop.address) as wire:
        ask(wire, 1, REFLECTION.format("v1"), question(list_services="*"))
        assert answered(wire, 1)
        assert wire.read(lambda kind, *_: kind == GOAWAY)
        wire.send(frame(DATA, 0, 1, question(list_services="*")))
        assert answered(wire, 1)
        wire.read(seconds=10)
        assert wire.closed


@one_process
def test_open_calls_are_bounded_and_checks_are_not(new_system):
    shop = new_system()
    with contextlib.ExitStack() as held:
        for _ in range(5):
            wire = held.enter_context(H2Wire(shop.address))
            for stream in range(1, 201, 2):
                ask(wire, stream, REFLECTION.format("v1"))
            wire.send(frame(PING, 0, 0, bytes(8)))
            assert wire.read(lambda kind, flags, *_: kind == PING and flags & ACK)
        with edge_of(shop) as channel:
            with pytest.raises(grpc.RpcError) as refused:
                Conversation(channel, "v1").ask(list_services="*")
            assert refused.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
            assert health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=5).status == SERVING
    with edge_of(shop) as channel:
        deadline = time.monotonic() + 10
        while True:
            try:
                assert Conversation(channel, "v1").ask(list_services="*").list_services_response.service
                return
            except grpc.RpcError:
                assert time.monotonic() < deadline
                time.sleep(0.1)
