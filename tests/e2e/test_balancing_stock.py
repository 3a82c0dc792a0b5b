"""The gateway's channel with user services made with grpcio: health, retries and pushback as others speak them. Only where
modules are processes of their own."""

import concurrent.futures
import contextlib
import time

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from harness.shop import done, problem
from harness.system import FIVE

pytestmark = [
    pytest.mark.parametrize("placement", [FIVE], scope="session"),
    pytest.mark.parametrize("engine", ["sqlite"], scope="session"),
]

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


class StockUser:
    """A user service that answers ListUsers; `refusals` is how often it says UNAVAILABLE first."""

    def __init__(self, stubs):
        self.calls = 0
        self.refusals = 0
        self.pushback = ""
        self.attempts: list[str] = []
        self.health = health.HealthServicer()
        self._stubs = stubs
        self._server = grpc.server(concurrent.futures.ThreadPoolExecutor(8))
        health_pb2_grpc.add_HealthServicer_to_server(self.health, self._server)
        method = grpc.unary_unary_rpc_method_handler(
            self._list_users, stubs.user.ListUsersRequest.FromString, lambda message: message.SerializeToString()
        )
        self._server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("user.UserService", {"ListUsers": method})])
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def serve(self, status):
        self.health.set("", status)

    def stop(self):
        self._server.stop(0).wait()

    def _list_users(self, request, context):
        self.calls += 1
        self.attempts.append(dict(context.invocation_metadata()).get("grpc-previous-rpc-attempts", ""))
        if self.refusals > 0:
            self.refusals -= 1
            if self.pushback:
                context.set_trailing_metadata((("grpc-retry-pushback-ms", self.pushback),))
            context.abort(grpc.StatusCode.UNAVAILABLE, "not now")
        return self._stubs.user.ListUsersResponse()


@pytest.fixture
def shop(new_system, stubs):
    """shop(count): an HTTP client of a gateway that knows so many stock user services, and these."""
    with contextlib.ExitStack() as until:

        def start(count: int, *more: str):
            services = [StockUser(stubs) for _ in range(count)]
            for service in services:
                until.callback(service.stop)
            system = new_system(start=False)
            target = "ipv4:" + ",".join(f"127.0.0.1:{service.port}" for service in services)
            system.start_process("gateway", "--set", f"user.url={target}", *more)
            return until.enter_context(system.client()), services

        yield start


def eventually(condition, seconds: float = 20):
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "did not come about in time"
        time.sleep(0.02)


def calls_of(http, services, count: int) -> list[int]:
    before = [service.calls for service in services]
    for _ in range(count):
        done(http.get("/api/users"))
    return [service.calls - was for service, was in zip(services, before)]


def test_a_replica_that_says_not_serving_gets_no_calls(shop):
    http, services = shop(2)
    first, second = services
    first.serve(SERVING)
    second.serve(NOT_SERVING)
    eventually(lambda: calls_of(http, services, 10) == [10, 0])
    second.serve(SERVING)
    eventually(lambda: min(calls_of(http, services, 10)) > 0)
    first.serve(NOT_SERVING)
    eventually(lambda: calls_of(http, services, 10) == [0, 10])


def test_unavailable_is_tried_again_and_the_callee_told(shop):
    http, (service,) = shop(1)
    service.refusals = 2
    done(http.get("/api/users"))
    assert service.attempts == ["", "1", "2"]
    service.refusals = 3
    problem(http.get("/api/users"), 503, "UNAVAILABLE")
    assert service.calls == 6


def test_pushback_is_honoured(shop):
    http, (service,) = shop(1)
    service.refusals, service.pushback = 1, "-1"
    problem(http.get("/api/users"), 503, "UNAVAILABLE")
    assert service.calls == 1
    service.refusals, service.pushback = 1, "300"
    started = time.monotonic()
    done(http.get("/api/users"))
    assert time.monotonic() - started >= 0.3
    assert service.calls == 3


def test_an_outage_is_not_amplified(shop):
    # Without the circuit breaker, whose refusals make no calls at all.
    limits = ["rpc.retry_tokens_max=20", "rpc.breaker_failures_max=0", "runtime.loops=1"]
    http, (service,) = shop(1, *(part for limit in limits for part in ("--set", limit)))
    service.refusals = 10_000
    for _ in range(50):
        problem(http.get("/api/users"), 503, "UNAVAILABLE")
    assert 50 < service.calls <= 60
