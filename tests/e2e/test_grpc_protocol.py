"""gRPC as a transport, with grpcio on the other side."""

import shutil
import subprocess
import threading

import grpc
import pytest

from harness.shop import create_user, new_email


@pytest.fixture
def users(stubs, grpc_channel):
    return stubs.user_grpc.UserServiceStub(grpc_channel("user"))


def raw_call(channel: grpc.Channel, path: str):
    """A method of which the client knows only the bytes."""
    return channel.unary_unary(path, request_serializer=bytes, response_deserializer=bytes)


def failure(call, *arguments, **options) -> grpc.RpcError:
    with pytest.raises(grpc.RpcError) as caught:
        call(*arguments, **({"timeout": 10} | options))
    return caught.value


@pytest.mark.parametrize("path", ["/user.UserService/Nothing", "/user.NoService/GetUser", "/nothing", "/order.OrderService/GetOrder"])
def test_an_unknown_method_is_unimplemented(grpc_channel, path):
    assert failure(raw_call(grpc_channel("user"), path), b"").code() is grpc.StatusCode.UNIMPLEMENTED


def test_bytes_that_are_no_message_are_refused(grpc_channel):
    error = failure(raw_call(grpc_channel("user"), "/user.UserService/GetUser"), b"\x0a\xff\xff\xff\xff\x0f")
    assert error.code() in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.INTERNAL)


def test_a_field_of_tomorrow_is_ignored(stubs, users, grpc_channel):
    request = stubs.user.CreateUserRequest(email=new_email(), name="A").SerializeToString() + b"\xfa\x7f\x05later"  # field 2047
    answer = raw_call(grpc_channel("user"), "/user.UserService/CreateUser")(request, timeout=10)
    user = stubs.user.User.FromString(answer)
    assert users.GetUser(stubs.user.GetUserRequest(id=user.id), timeout=10) == user


def test_a_message_over_4_mib_is_refused(stubs, users):
    request = stubs.user.CreateUserRequest(email=new_email(), name="x" * (4 * 1024 * 1024 + 1))
    assert failure(users.CreateUser, request).code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_a_message_under_4_mib_reaches_the_method(stubs, users):
    request = stubs.user.CreateUserRequest(email=new_email(), name="x" * (4 * 1024 * 1024 - 1024))
    assert failure(users.CreateUser, request).code() is grpc.StatusCode.INVALID_ARGUMENT


def test_metadata_over_16_kib_is_refused_and_the_connection_lives_on(stubs, system):
    with grpc.insecure_channel(system.grpc("user")) as channel:
        users = stubs.user_grpc.UserServiceStub(channel)
        request = stubs.user.GetUserRequest(id="none")
        large = failure(users.GetUser, request, metadata=[("x-large", "a" * 20 * 1024)])
        assert large.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert failure(users.GetUser, request).code() is grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize("value", ["", "1", "m", "-1m", "123456789m", "1.5S", "1x"])
def test_a_malformed_timeout_is_refused(stubs, system, value):
    """grpcio writes grpc-timeout itself, so this one speaks through curl."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    command = ["curl", "-sS", "--http2-prior-knowledge", "--max-time", "20", "--noproxy", "*", "-D", "-", "-o", "/dev/null"]
    headers = ["content-type: application/grpc", "te: trailers", f"grpc-timeout: {value}" if value else "grpc-timeout;"]
    headers = [argument for header in headers for argument in ("-H", header)]
    url = f"http://{system.grpc('user')}/user.UserService/GetUser"
    # Without a body, so that the refusal does not cross with it.
    result = subprocess.run([*command, *headers, "-X", "POST", url], capture_output=True, check=True)
    received = result.stdout.decode().lower()
    assert "http/2 400" in received or "grpc-status: 3" in received or "grpc-status: 13" in received, received


def test_a_canceled_call_ends_as_canceled_and_the_next_one_works(stubs, users):
    for _ in range(20):
        call = users.ListUsers.future(stubs.user.ListUsersRequest(page_size=1000), timeout=10)
        call.cancel()  # unless it has its answer already
        assert call.done()
    assert users.ListUsers(stubs.user.ListUsersRequest(page_size=1), timeout=10).users is not None


def test_a_hundred_calls_share_a_connection(stubs, http, users):
    user = create_user(http)
    calls = [users.GetUser.future(stubs.user.GetUserRequest(id=user["id"]), timeout=20) for _ in range(300)]
    assert {call.result().id for call in calls} == {user["id"]}


def test_many_connections_are_served(stubs, http, system):
    user = create_user(http)
    errors = []

    def one_connection(number: int):
        try:
            with grpc.insecure_channel(system.grpc("user"), options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
                users = stubs.user_grpc.UserServiceStub(channel)
                for _ in range(10):
                    assert users.GetUser(stubs.user.GetUserRequest(id=user["id"]), timeout=20).id == user["id"]
        except Exception as error:  # of a thread: pytest would not see it
            errors.append(f"connection {number}: {error!r}")

    threads = [threading.Thread(target=one_connection, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors


def test_an_answer_of_many_kilobytes_arrives_whole(stubs, http, users):
    """More than one flow-control window."""
    names = {create_user(http, name=f"{number:03d}" + "n" * 190)["name"] for number in range(400)}
    found, token = set(), ""
    while True:
        page = users.ListUsers(stubs.user.ListUsersRequest(page_size=1000, page_token=token), timeout=20)
        found |= {user.name for user in page.users}
        token = page.next_page_token
        if not token:
            break
    assert names <= found


def test_percent_encoded_status_messages_come_through(stubs, http, grpc_channel):
    """A status message travels in an HTTP/2 header, which is ASCII."""
    orders = stubs.order_grpc.OrderServiceStub(grpc_channel("order"))
    request = stubs.order.CreateOrderRequest(user_id=create_user(http)["id"], product_id="prod-ü%", quantity=1)
    error = failure(orders.CreateOrder, request)
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    details = dict(error.trailing_metadata())["grpc-status-details-bin"]
    assert stubs.status.Status.FromString(details).message == error.details()
