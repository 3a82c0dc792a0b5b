"""What every gRPC port has beside its own services: health and reflection, asked by gRPC's own clients."""

import threading

import grpc
import pytest
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from harness.system import ONE

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
SERVICE_UNKNOWN = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN


@pytest.mark.parametrize("service", ["", "order.OrderService", "grpc.health.v1.Health"])
def test_a_port_that_serves_says_so(grpc_channel, service):
    stub = health_pb2_grpc.HealthStub(grpc_channel("order"))
    assert stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=5).status == SERVING
    watch = stub.Watch(health_pb2.HealthCheckRequest(service=service), timeout=5)
    assert next(watch).status == SERVING
    watch.cancel()


def test_a_service_that_is_not_there_is_unknown(grpc_channel):
    stub = health_pb2_grpc.HealthStub(grpc_channel("order"))
    with pytest.raises(grpc.RpcError) as refused:
        stub.Check(health_pb2.HealthCheckRequest(service="user.UserService"), timeout=5)
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND
    watch = stub.Watch(health_pb2.HealthCheckRequest(service="nobody"), timeout=5)
    assert next(watch).status == SERVICE_UNKNOWN
    watch.cancel()


@pytest.mark.parametrize("placement", [ONE], scope="session")
def test_who_watches_hears_of_the_end_and_keeps_nobody_waiting(new_system):
    shop = new_system({"TRADEWIND_SHUTDOWN_GRACE_MS": "1500"})
    with grpc.insecure_channel(shop.grpc("user")) as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=60)
        questions = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter(()), timeout=60)
        assert next(watch).status == SERVING
        threading.Timer(0.1, shop.process_of("user").terminate).start()
        assert next(watch).status == NOT_SERVING
        assert health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=5).status == NOT_SERVING
        assert list(questions) == []
        with pytest.raises((StopIteration, grpc.RpcError)):
            next(watch)
    assert shop.process_of("user").wait() == 0


def test_reflection_lists_the_services_of_the_port(grpc_channel):
    database = ProtoReflectionDescriptorDatabase(grpc_channel("order"))
    assert set(database.get_services()) == {
        "order.OrderService",
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
    }


def test_reflection_tells_contracts_whole(grpc_channel):
    pool = DescriptorPool(ProtoReflectionDescriptorDatabase(grpc_channel("order")))
    service = pool.FindServiceByName("order.OrderService")
    method = service.FindMethodByName("CreateOrder")
    assert [field.name for field in method.input_type.fields][:3] == ["user_id", "product_id", "quantity"]
    assert pool.FindServiceByName("grpc.health.v1.Health")
    assert pool.FindMessageTypeByName("google.rpc.ErrorInfo")  # what a refusal's details are


@pytest.mark.parametrize(
    "question",
    [
        {"file_by_filename": "user_store.proto"},
        {"file_containing_symbol": "user.UserService"},
        {"file_containing_extension": {"containing_type": "order.Order", "extension_number": 1}},
        {"all_extension_numbers_of_type": "nothing.Here"},
    ],
)
def test_reflection_tells_nothing_of_what_the_port_does_not_serve(grpc_channel, question):
    stub = reflection_pb2_grpc.ServerReflectionStub(grpc_channel("order"))
    (answer,) = stub.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest(**question)]), timeout=5)
    assert answer.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]


def test_reflection_knows_the_options_of_the_contract_by_number(grpc_channel):
    stub = reflection_pb2_grpc.ServerReflectionStub(grpc_channel("order"))
    question = reflection_pb2.ServerReflectionRequest(all_extension_numbers_of_type="google.protobuf.MethodOptions")
    (answer,) = stub.ServerReflectionInfo(iter([question]), timeout=5)
    assert answer.all_extension_numbers_response.extension_number
