"""http.body_bytes_max and the limits of methods in the contract hold for JSON and for gRPC at the edge. Each client is refused in its own form."""

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
# request_bytes_max of most methods; CreateProduct has none.
SMALL_MAX = 16384


def long_name(bytes_: int) -> str:
    return "x" * bytes_


def test_json_is_read_up_to_the_setting_and_refused_beyond(new_system):
    with new_system(LARGE).client() as http:
        body = {"id": "cup", "name": long_name(6 * MIB), "price": {"minor": 100, "currency": "EUR"}}
        problem(http.post("/api/products", json=body), 400, "INVALID_FIELD", "/name")
        problem(http.post("/api/products", json=body | {"name": long_name(BODY_MAX)}), 413, "BODY_TOO_LARGE")


def test_grpc_at_the_edge_is_read_up_to_the_setting_and_refused_in_grpcs_own_form(new_system, stubs):
    host, port = new_system(LARGE).address
    options = [("grpc.max_send_message_length", 64 * MIB)]
    with grpc.insecure_channel(f"{host}:{port}", options) as channel:
        products = stubs.catalog_grpc.CatalogServiceStub(channel)
        for compression in (grpc.Compression.NoCompression, grpc.Compression.Gzip):
            for size, code in ((6 * MIB, grpc.StatusCode.INVALID_ARGUMENT), (9 * MIB, grpc.StatusCode.RESOURCE_EXHAUSTED)):
                request = stubs.catalog.CreateProductRequest(id="cup", name=long_name(size))
                with pytest.raises(grpc.RpcError) as refused:
                    products.CreateProduct(request, timeout=30, compression=compression)
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


def body_of_size(size: int) -> bytes:
    text = b'{"email": "a@example.com", "name": ""}'
    return text[:-2] + b"x" * (size - len(text)) + text[-2:]


def web_status(answer: httpx.Response) -> str:
    if "grpc-status" in answer.headers:
        return answer.headers["grpc-status"]
    return answer.content.split(b"grpc-status:")[1].split()[0].decode()


def test_a_method_with_small_requests_has_a_limit_of_its_own_at_each_door(new_system, stubs):
    system = new_system()
    with system.client() as http:
        headers = {"content-type": "application/json"}
        problem(http.post("/api/users", content=body_of_size(SMALL_MAX), headers=headers), 400, "INVALID_FIELD", "/name")
        problem(http.post("/api/users", content=body_of_size(SMALL_MAX + 1), headers=headers), 413, "BODY_TOO_LARGE")

    def request_of_size(size: int):
        request = stubs.user.CreateUserRequest(email="a@example.com", name=long_name(size - 100))
        request.name += long_name(size - request.ByteSize())
        assert request.ByteSize() == size
        return request

    sizes = ((SMALL_MAX, grpc.StatusCode.INVALID_ARGUMENT), (SMALL_MAX + 1, grpc.StatusCode.RESOURCE_EXHAUSTED))
    host, port = system.address
    with grpc.insecure_channel(f"{host}:{port}") as channel:
        users = stubs.user_grpc.UserServiceStub(channel)
        for size, code in sizes:
            with pytest.raises(grpc.RpcError) as refused:
                users.CreateUser(request_of_size(size), timeout=30)
            assert refused.value.code() == code, (size, refused.value.details())
    for size, code in sizes:
        message = request_of_size(size).SerializeToString()
        web = {"content-type": "application/grpc-web+proto"}
        content = struct.pack(">BI", 0, len(message)) + message
        answer = httpx.post(system.url + "/user.UserService/CreateUser", content=content, headers=web, trust_env=False, timeout=20)
        assert web_status(answer) == str(code.value[0]), size
