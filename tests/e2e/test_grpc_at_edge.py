"""gRPC and gRPC-Web on the HTTP port: the same methods, limits and errors as JSON has."""

import base64
import os
import pathlib
import signal
import struct
import time

import grpc
import httpx
import pytest
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from harness.shop import create_user, new_email
from harness.system import FIVE, ONE
from harness.tls import Certificates

GET_USER = "/user.UserService/GetUser"
one_process = pytest.mark.parametrize("placement", [ONE], scope="session")

NOBODY = "018f0000-0000-7000-8000-000000000000"


@pytest.fixture
def edge(system):
    host, port = system.address
    with grpc.insecure_channel(f"{host}:{port}") as channel:
        yield channel


@pytest.fixture
def users(stubs, edge):
    return stubs.user_grpc.UserServiceStub(edge)


def frames(body: bytes) -> list[tuple[int, bytes]]:
    found = []
    while body:
        flag, size = struct.unpack(">BI", body[:5])
        found.append((flag, body[5 : 5 + size]))
        body = body[5 + size :]
    return found


def frame(message) -> bytes:
    data = message.SerializeToString()
    return struct.pack(">BI", 0, len(data)) + data


def trailers(frame: bytes) -> dict[str, str]:
    return dict(line.split(":", 1) for line in frame.decode().splitlines())


def test_a_grpc_client_calls_through_the_gateway(stubs, users, http):
    email = new_email()
    created = users.CreateUser(stubs.user.CreateUserRequest(email=email, name="Alice"), timeout=10)
    assert users.GetUser(stubs.user.GetUserRequest(id=created.id), timeout=10) == created
    assert http.get(f"/api/users/{created.id}").json()["email"] == email


def test_errors_keep_their_details(stubs, users):
    with pytest.raises(grpc.RpcError) as refused:
        users.CreateUser(stubs.user.CreateUserRequest(email="nonsense", name=""), timeout=10)
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    details = dict(refused.value.trailing_metadata())["grpc-status-details-bin"]
    status = status_pb2.Status.FromString(details)
    bad = error_details_pb2.BadRequest()
    assert any(detail.Unpack(bad) for detail in status.details)
    assert {"/email", "/name"} <= {violation.field for violation in bad.field_violations}
    with pytest.raises(grpc.RpcError) as missing:
        users.GetUser(stubs.user.GetUserRequest(id=NOBODY), timeout=10)
    assert missing.value.code() == grpc.StatusCode.NOT_FOUND


def test_what_has_no_route_is_not_reached(stubs, edge):
    reserve = edge.unary_unary("/catalog.CatalogService/Reserve", request_serializer=bytes, response_deserializer=bytes)
    with pytest.raises(grpc.RpcError) as refused:
        reserve(b"", timeout=10)
    assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_by_grpc_web_nobody_watches(system):
    with httpx.Client(base_url=system.url, trust_env=False) as client:
        body = frame(health_pb2.HealthCheckRequest())
        answer = client.post("/grpc.health.v1.Health/Watch", content=body, headers={"content-type": "application/grpc-web"})
    assert trailers(frames(answer.content)[-1][1])["grpc-status"] == "12"


def test_health_is_checked_at_the_http_port(edge, system):
    health = health_pb2_grpc.HealthStub(edge)
    for service in ("", "user.UserService", "order.OrderService"):
        answer = health.Check(health_pb2.HealthCheckRequest(service=service), timeout=10)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
    with pytest.raises(grpc.RpcError) as unknown:
        health.Check(health_pb2.HealthCheckRequest(service="nobody"), timeout=10)
    assert unknown.value.code() == grpc.StatusCode.NOT_FOUND
    with httpx.Client(base_url=system.url, trust_env=False) as client:
        body = frame(health_pb2.HealthCheckRequest())
        answer = client.post("/grpc.health.v1.Health/Check", content=body, headers={"content-type": "application/grpc-web"})
        message, _ = frames(answer.content)
        assert health_pb2.HealthCheckResponse.FromString(message[1]).status == health_pb2.HealthCheckResponse.SERVING


def test_tools_read_the_contract_by_reflection_at_the_http_port(edge):
    known = ProtoReflectionDescriptorDatabase(edge)
    assert {"user.UserService", "order.OrderService", "grpc.health.v1.Health"} <= set(known.get_services())
    file = known.FindFileContainingSymbol("user.UserService")
    assert "CreateUser" in [method.name for method in file.service[0].method]


def test_before_http_2_the_status_of_grpc_goes_with_the_header(system):
    with httpx.Client(base_url=system.url, trust_env=False) as client:
        answer = client.post(GET_USER, content=b"\0\0\0\0\0", headers={"content-type": "Application/GRPC"})
    assert answer.status_code == 200 and answer.headers["grpc-status"] == "12"
    assert answer.headers["grpc-accept-encoding"] == "identity,gzip"


def wait_until_stopped(pid: int):
    """Each thread stops when it is scheduled next, which may be later than the signal."""
    while any(task.read_text().rpartition(")")[2].split()[0] != "T" for task in pathlib.Path(f"/proc/{pid}/task").glob("*/stat")):
        time.sleep(0.001)


@pytest.mark.parametrize("placement", [FIVE], scope="session")
def test_the_callers_deadline_holds_where_the_service_does_not_answer(new_system, stubs):
    shop = new_system()
    with shop.client() as http:
        user = create_user(http)["id"]
    pid = shop.process_of("user").pid
    os.kill(pid, signal.SIGSTOP)
    wait_until_stopped(pid)
    try:
        with shop.client() as client:
            body = frame(stubs.user.GetUserRequest(id=user))
            headers = {"content-type": "application/grpc-web", "grpc-timeout": "200m"}
            answer = client.post(GET_USER, content=body, headers=headers)
            assert trailers(frames(answer.content)[-1][1])["grpc-status"] == "4"
            answer = client.post(GET_USER, content=body, headers=headers | {"grpc-timeout": "soon"})
            assert trailers(frames(answer.content)[-1][1])["grpc-status"] == "3"
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("timeout", ["99999999H", "99999999M", "99999999S"])
def test_the_longest_time_that_a_caller_can_grant_is_no_time_that_has_passed(system, stubs, timeout):
    with httpx.Client(base_url=system.url, trust_env=False) as client:
        headers = {"content-type": "application/grpc-web", "grpc-timeout": timeout}
        answer = client.post(GET_USER, content=frame(stubs.user.GetUserRequest(id=NOBODY)), headers=headers)
    assert trailers(frames(answer.content)[-1][1])["grpc-status"] == str(grpc.StatusCode.NOT_FOUND.value[0])


@pytest.mark.parametrize("kind", ["application/grpc-web", "application/grpc-web+proto", "application/grpc-web-text"])
@pytest.mark.parametrize("http2", [False, True])
def test_a_browser_calls_by_grpc_web(system, stubs, http, kind, http2):
    user = create_user(http)
    text = "text" in kind
    with httpx.Client(base_url=system.url, trust_env=False, http1=not http2, http2=http2) as client:

        def call(request) -> tuple[dict, list[tuple[int, bytes]]]:
            body = frame(request)
            sent = base64.b64encode(body) if text else body
            answer = client.post(GET_USER, content=sent, headers={"content-type": kind, "x-grpc-web": "1"})
            assert answer.status_code == 200 and answer.headers["content-type"].startswith(kind)
            return answer.headers, frames(base64.b64decode(answer.content) if text else answer.content)

        _, (message, end) = call(stubs.user.GetUserRequest(id=user["id"]))
        assert stubs.user.User.FromString(message[1]).email == user["email"]
        assert end[0] == 0x80 and trailers(end[1]) == {"grpc-status": "0"}
        _, (end,) = call(stubs.user.GetUserRequest(id=NOBODY))
        assert end[0] == 0x80 and trailers(end[1])["grpc-status"] == str(grpc.StatusCode.NOT_FOUND.value[0])


def test_bodies_that_are_no_message_are_refused(system):
    with httpx.Client(base_url=system.url, trust_env=False) as client:
        for kind, body, code in (
            ("application/grpc-web", b"", 12),
            ("application/grpc-web", b"\0\0\0", 12),
            ("application/grpc-web", b"\0\xff\xff\xff\xff", 8),
            ("application/grpc-web", b"\0\0\0\0\x02\xff\xff", 3),
            ("application/grpc-web-text", b"???", 3),
            ("application/grpc", b"\0\0\0\0\0", 12),
        ):
            answer = client.post(GET_USER, content=body, headers={"content-type": kind})
            content = base64.b64decode(answer.content) if "text" in kind else answer.content
            if kind == "application/grpc":
                assert answer.status_code == 200 and content == b""
            else:
                assert trailers(frames(content)[-1][1])["grpc-status"] == str(code), (kind, body)


@one_process
def test_grpc_web_from_another_origin_needs_leave(new_system):
    shop = new_system({"TRADEWIND_HTTP_CORS_ORIGINS": "https://shop.example"})
    with shop.client() as client:
        asked = {"origin": "https://shop.example", "access-control-request-method": "POST"}
        leave = client.options(GET_USER, headers=asked)
        assert leave.status_code == 204 and "POST" in leave.headers["access-control-allow-methods"]
        assert "x-grpc-web" in leave.headers["access-control-allow-headers"].lower()
        answer = client.post(GET_USER, content=b"", headers={"content-type": "application/grpc-web", "origin": "https://shop.example"})
        assert answer.headers["access-control-allow-origin"] == "https://shop.example"
        assert "grpc-status" in answer.headers["access-control-expose-headers"].lower()


@one_process
def test_limits_are_the_routes(new_system, stubs):
    limits = {"TRADEWIND_HTTP_REQUESTS_PER_SECOND_MAX": "1", "TRADEWIND_HTTP_REQUESTS_BURST_MAX": "1"}
    shop = new_system(limits)
    with shop.client() as client, grpc.insecure_channel("{}:{}".format(*shop.address)) as channel:
        assert client.get(f"/api/users/{NOBODY}").status_code == 404
        with pytest.raises(grpc.RpcError) as refused:
            stubs.user_grpc.UserServiceStub(channel).GetUser(stubs.user.GetUserRequest(id=NOBODY), timeout=10)
        assert refused.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


@one_process
def test_grpc_over_tls(new_system, stubs, tmp_path):
    certificates = Certificates(tmp_path / "certs")
    shop = new_system(certificates.edge())
    credentials = grpc.ssl_channel_credentials(certificates.read("ca.crt"))
    with grpc.secure_channel("{}:{}".format(*shop.address), credentials) as channel:
        stub = stubs.user_grpc.UserServiceStub(channel)
        assert stub.CreateUser(stubs.user.CreateUserRequest(email=new_email(), name="Alice"), timeout=10).id
