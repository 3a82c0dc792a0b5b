"""What the order service passes on when it calls another: seen by a user service made with grpcio. Only where modules are
processes of their own."""

import concurrent.futures
import contextlib
import secrets
import threading
import time

import grpc
import pytest

from harness.shop import create_product, create_user, done, problem, stock
from harness.system import FIVE

pytestmark = pytest.mark.parametrize("placement", [FIVE], scope="session")

# grpcio keeps deadlines in whole milliseconds, rounded up, and tells what is left by another clock. The method's own deadline, which
# a lost one would show as, is 100 ms further away.
ROUNDING_SECONDS = 0.01


class Stand:
    """Answers GetUser as told and keeps what it saw of the call."""

    def __init__(self, stubs, behave):
        self.status = "active"
        self.metadata: dict[str, str] = {}
        self.seconds_left: float | None = None
        self.called = threading.Event()
        self.ended = threading.Event()
        self._stubs = stubs
        self._behave = behave

    def get_user(self, request, context):  # noqa: N802 (its name in the contract)
        self.metadata = dict(context.invocation_metadata())
        self.seconds_left = context.time_remaining()
        context.add_callback(self.ended.set)
        self.called.set()
        self._behave(self, context)
        return self._stubs.user.User(id=request.id, status=self.status)


def serialize(message) -> bytes:
    return message.SerializeToString()


@contextlib.contextmanager
def user_service(system, stubs, behave):
    """Takes the place of the product's user service, on its port."""
    address = system.grpc("user")
    system.processes["user"].stop()
    stand = Stand(stubs, behave)
    methods = {"GetUser": grpc.unary_unary_rpc_method_handler(stand.get_user, stubs.user.GetUserRequest.FromString, serialize)}
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("user.UserService", methods)])
    assert server.add_insecure_port(address)
    server.start()
    try:
        yield stand
    finally:
        server.stop(0).wait()


@pytest.fixture
def shop(new_system):
    """A system with an order that waits to be placed."""
    system = new_system()
    with system.client() as http:
        yield system, http, {"user_id": create_user(http)["id"], "product_id": create_product(http, stock=3)["id"], "quantity": 1}


def test_deadline_and_trace_go_along(shop, stubs):
    system, _, wanted = shop
    trace_id = secrets.token_hex(16)
    with user_service(system, stubs, lambda stand, context: None) as stand, grpc.insecure_channel(system.grpc("order")) as channel:
        orders = stubs.order_grpc.OrderServiceStub(channel)
        metadata = [("traceparent", f"00-{trace_id}-b7ad6b7169203331-01")]
        order = orders.CreateOrder(stubs.order.CreateOrderRequest(**wanted), timeout=0.9, metadata=metadata)
    assert order.status == "pending"
    assert 0 < stand.seconds_left <= 0.9 + ROUNDING_SECONDS
    assert stand.metadata["traceparent"].split("-")[1] == trace_id
    assert stand.metadata["traceparent"].split("-")[2] != "b7ad6b7169203331"


def test_baggage_goes_along_between_services_but_is_not_taken_at_the_edge(shop, stubs):
    system, http, wanted = shop
    with user_service(system, stubs, lambda stand, context: None) as stand, grpc.insecure_channel(system.grpc("order")) as channel:
        orders = stubs.order_grpc.OrderServiceStub(channel)
        request = stubs.order.CreateOrderRequest(**wanted)
        orders.CreateOrder(request, timeout=5, metadata=[("baggage", "tier=gold;ttl=5 , nonsense"), ("baggage", "a=%41")])
        assert stand.metadata["baggage"] == "tier=gold;ttl=5,a=%41"
        orders.CreateOrder(request, timeout=5, metadata=[("baggage", "a=" + "v" * 9000)])
        assert "baggage" not in stand.metadata
        done(http.post("/api/orders", json=wanted, headers={"baggage": "tier=gold"}))
        assert "baggage" not in stand.metadata


def test_b3_goes_along_where_it_is_asked_for(new_system, stubs):
    system = new_system(env={"OTEL_PROPAGATORS": "b3multi"})
    trace_id = secrets.token_hex(16)
    with system.client() as http:
        wanted = {"user_id": create_user(http)["id"], "product_id": create_product(http, stock=3)["id"], "quantity": 1}
        with user_service(system, stubs, lambda stand, context: None) as stand:
            headers = {"X-B3-TraceId": trace_id, "X-B3-SpanId": secrets.token_hex(8), "X-B3-Flags": "1"}
            done(http.post("/api/orders", json=wanted, headers=headers))
    assert stand.metadata["x-b3-traceid"] == trace_id
    assert stand.metadata["x-b3-spanid"] != headers["X-B3-SpanId"]
    assert stand.metadata["x-b3-flags"] == "1"
    assert "traceparent" not in stand.metadata


def test_a_deadline_ends_the_call_behind_as_well(shop, stubs):
    system, _, wanted = shop
    with user_service(system, stubs, lambda stand, context: stand.ended.wait(10)) as stand:
        with grpc.insecure_channel(system.grpc("order")) as channel, pytest.raises(grpc.RpcError) as caught:
            stubs.order_grpc.OrderServiceStub(channel).CreateOrder(stubs.order.CreateOrderRequest(**wanted), timeout=0.5)
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        assert stand.ended.wait(2)


def wait_for_reserved(http, product_id: str, quantity: int):
    give_up = time.monotonic() + 10
    while stock(http, product_id)["reserved"] != quantity:
        assert time.monotonic() < give_up, f"{stock(http, product_id)}, not {quantity} reserved"
        time.sleep(0.02)


def test_a_client_that_cancels_ends_the_call_behind_as_well(shop, stubs):
    system, http, wanted = shop
    with user_service(system, stubs, lambda stand, context: stand.ended.wait(10)) as stand:
        with grpc.insecure_channel(system.grpc("order")) as channel:
            call = stubs.order_grpc.OrderServiceStub(channel).CreateOrder.future(stubs.order.CreateOrderRequest(**wanted), timeout=30)
            assert stand.called.wait(10)
            wait_for_reserved(http, wanted["product_id"], 1)
            call.cancel()
            assert stand.ended.wait(1.5), "the call behind would have had until its own deadline"
        wait_for_reserved(http, wanted["product_id"], 0)


REFUSALS = {
    "NOT_FOUND": (400, "USER_NOT_FOUND", ["/user_id"]),
    "UNAVAILABLE": (503, None, []),
    "DEADLINE_EXCEEDED": (504, None, []),
    "INTERNAL": (500, None, []),
    "UNIMPLEMENTED": (500, None, []),
}


@pytest.mark.parametrize("code", REFUSALS)
def test_a_refusal_by_a_service_without_details_is_understood(shop, stubs, code):
    system, http, wanted = shop
    status, reason, pointers = REFUSALS[code]
    with user_service(system, stubs, lambda stand, context: context.abort(grpc.StatusCode[code], "because")):
        answer = http.post("/api/orders", json=wanted)
    problem(answer, status, reason or answer.json()["code"], *pointers)
    assert stock(http, wanted["product_id"])["reserved"] == 0


def test_a_suspended_user_cannot_order(shop, stubs):
    system, http, wanted = shop
    with user_service(system, stubs, lambda stand, context: None) as stand:
        stand.status = "suspended"
        answer = http.post("/api/orders", json=wanted)
    problem(answer, 400, "USER_NOT_ACTIVE", "/user_id")
