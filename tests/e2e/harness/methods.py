"""What the contract says of each method and of fields that not everybody sees, as protoc reads it."""

import dataclasses
import importlib

import grpc
import pytest

from harness.system import SERVICES

NOBODY = "018f0000-0000-7000-8000-000000000000"


@dataclasses.dataclass(frozen=True)
class Method:
    module: str
    path: str
    allow: frozenset[str]
    verb: str
    route: str
    streams: bool


@pytest.fixture(scope="session")
def methods(stubs) -> list[Method]:
    options = importlib.import_module("tradewind.options_pb2")
    found = []
    for module in SERVICES:
        for service in getattr(stubs, module).DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                policy = method.GetOptions().Extensions[options.method]
                verb = policy.http.WhichOneof("pattern") or ""
                found.append(
                    Method(
                        module=module,
                        path=f"/{service.full_name}/{method.name}",
                        allow=frozenset(options.Caller.Name(caller) for caller in policy.allow),
                        verb=verb.upper(),
                        route=getattr(policy.http, verb).replace("{id}", NOBODY) if verb else "",
                        streams=method.server_streaming,
                    )
                )
    assert len(found) > 20
    return found


@pytest.fixture(scope="session")
def restricted_fields(stubs) -> list[tuple[str, set[str]]]:
    """The fields of the contracts that not every caller sees, and who sees them."""
    options = importlib.import_module("tradewind.options_pb2")
    found = []
    for module in SERVICES:
        for message in getattr(stubs, module).DESCRIPTOR.message_types_by_name.values():
            for field in message.fields:
                if seen_by := field.GetOptions().Extensions[options.field].visible_to:
                    found.append((field.full_name, {options.Caller.Name(caller) for caller in seen_by}))
    assert found
    return found


def of_status(code: grpc.StatusCode) -> str:
    names = {
        grpc.StatusCode.UNAUTHENTICATED: "unauthenticated",
        grpc.StatusCode.PERMISSION_DENIED: "denied",
        grpc.StatusCode.UNIMPLEMENTED: "unreachable",
    }
    return names.get(code, "passed")


def call(channel: grpc.Channel, method: Method, token: str | None) -> str:
    metadata = [("authorization", f"Bearer {token}")] if token else []
    make = channel.unary_stream if method.streams else channel.unary_unary
    stub = make(method.path, request_serializer=bytes, response_deserializer=bytes)
    try:
        answer = stub(b"", metadata=metadata, timeout=20)
        if method.streams:
            list(answer)
    except grpc.RpcError as refused:
        details = refused.details() or ""
        return "too large" if "metadata" in details.lower() and "larg" in details.lower() else of_status(refused.code())
    return "passed"
