"""http.body_bytes_max is the one limit of a request's body, for JSON and for gRPC at the edge, and each client is refused in its own form."""

import struct

import grpc
import httpx
import pytest

from harness.shop import problem
from harness.system import ONE

pytestmark = pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")

MIB = 1024 * 1024
BODY_MAX = 8 * MIB
LARGE = {"TRADEWIND_HTTP_BODY_BYTES_MAX": str(BODY_MAX)}


def long_name(bytes_: int) -> str:
    return "x" * bytes_


def test_json_is_read_up_to_the_setting_and_refused_beyond(new_system):
    with new_system(LARGE).client() as http:
        body = {"email": "a@example.com", "name": long_name(6 * MIB)}
        problem(http.post("/api/users", json=body), 400, "INVALID_FIELD", "/name")
        problem(http.post("/api/users", json=body | {"name": long_name(BODY_MAX)}), 413, "BODY_TOO_LARGE")


def test_grpc_at_the_edge_is_read_up_to_the_setting_and_refused_in_grpcs_own_form(new_system, stubs):
    host, port = new_system(LARGE).address
    options = [("grpc.max_send_message_length", 64 * MIB)]
    with grpc.insecure_channel(f"{host}:{port}", options) as channel:
        users = stubs.user_grpc.UserServiceStub(channel)
        for compression in (grpc.Compression.NoCompression, grpc.Compression.Gzip):
            for size, code in ((6 * MIB, grpc.StatusCode.INVALID_ARGUMENT), (9 * MIB, grpc.StatusCode.RESOURCE_EXHAUSTED)):
                request = stubs.user.CreateUserRequest(email="a@example.com", name=long_name(size))
                with pytest.raises(grpc.RpcError) as refused:
                    users.CreateUser(request, timeout=30, compression=compression)
                assert refused.value.code() == code, (compression, size, refused.value.details())


def test_grpc_web_by_http_1_1_is_refused_in_its_own_form(new_system, stubs):
    message = stubs.user.CreateUserRequest(email="a@example.com", name=long_name(2 * MIB)).SerializeToString()
    body = struct.pack(">BI", 0, len(message)) + message
    headers = {"content-type": "application/grpc-web+proto"}
    system = new_system()
    for content in (body, iter([body])):
        refused = httpx.post(system.url + "/user.UserService/CreateUser", content=content, headers=headers, trust_env=False, timeout=20)
        assert refused.status_code == 200
        assert refused.headers["content-type"].startswith("application/grpc-web")
        assert refused.headers.get("grpc-status") == "8" or b"grpc-status:8" in refused.content.replace(b" ", b"")
