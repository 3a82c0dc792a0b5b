"""An order is watched over HTTP by server-sent events, with curl and httpx as clients, and over gRPC."""

import json
import subprocess
import threading
import time

import httpx
import pytest

from harness.shop import create_order, create_product, create_user, done, problem
from harness.system import ONE


@pytest.fixture
def order(http) -> dict:
    return create_order(http, create_user(http)["id"], create_product(http, stock=5)["id"], 1)


def path_of(order: dict) -> str:
    return f"/api/orders/{order['id']}/events"


def cancel(http, order: dict):
    done(http.post(f"/api/orders/{order['id']}/cancel", json={}))


class Events:
    """The events of a stream, as a client reads them (WHATWG HTML, "Server-sent events")."""

    def __init__(self, lines):
        self.lines = iter(lines)
        self.comments = 0

    def __iter__(self):
        event: dict[str, str] = {}
        for line in self.lines:
            if line.startswith(":"):
                self.comments += 1
            elif line:
                name, _, value = line.partition(": ")
                event[name] = value
            elif event:
                yield event
                event = {}


def orders_in(events) -> list[tuple[str, dict]]:
    return [(event["id"], json.loads(event["data"])) for event in events if "data" in event]


def curl(system, order: dict, *arguments: str) -> subprocess.Popen:
    command = ["curl", "-N", "-s", "--show-error", "--noproxy", "*", "--max-time", "30", *arguments, system.url + path_of(order)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("version", ["--http1.0", "--http1.1", "--http2-prior-knowledge"])
def test_curl_sees_an_order_until_its_end(system, http, order, version):
    with curl(system, order, version) as watch:
        lines = (line.rstrip("\n") for line in watch.stdout)
        assert next(lines) == "retry: 1000"
        assert next(lines) == ""
        assert next(lines) == "id: 1"
        assert json.loads(next(lines).removeprefix("data: "))["status"] == "pending"
        cancel(http, order)
        seen = orders_in(Events(lines))
    assert watch.returncode == 0
    assert seen[-1][1]["status"] == "canceled"
    assert [int(number) for number, _ in seen] == [shown["version"] for _, shown in seen]


def test_the_head_says_that_it_is_a_stream(http, order):
    with http.stream("GET", path_of(order)) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream"
        assert answer.headers["cache-control"] == "no-store"
        assert "content-length" not in answer.headers
    head = http.head(path_of(order))
    assert (head.status_code, head.headers["content-type"]) == (200, "text/event-stream")


def test_a_watch_without_news_is_answered_at_once(stubs, grpc_channel, order):
    """A client learns from the head of the answer that its call is served."""
    orders = stubs.order_grpc.OrderServiceStub(grpc_channel("order"))
    watch = orders.WatchOrder(stubs.order.WatchOrderRequest(id=order["id"], after_version=order["version"]), timeout=20)
    watch.initial_metadata()  # waits for the head or the end
    assert watch.is_active()
    watch.cancel()


def test_a_client_continues_after_the_last_event_that_it_got(http, order):
    with http.stream("GET", path_of(order)) as answer:
        first = next(iter(Events(answer.iter_lines())))
        assert first == {"retry": "1000"}
    with http.stream("GET", path_of(order), headers={"Last-Event-ID": "1"}) as answer:
        threading.Timer(0.2, cancel, (http, order)).start()
        seen = orders_in(Events(answer.iter_lines()))
    assert [shown["version"] for _, shown in seen] == sorted({shown["version"] for _, shown in seen})
    assert seen[0][1]["version"] > 1
    assert seen[-1][1]["status"] == "canceled"
    # Whoever has seen the end is told not to come back.
    assert http.get(path_of(order), headers={"Last-Event-ID": seen[-1][0]}).status_code == 204


def test_what_cannot_be_watched_is_a_problem(http, order):
    problem(http.get("/api/orders/nobody/events"), 404, "ORDER_NOT_FOUND")
    problem(http.get(path_of(order), headers={"Accept": "application/json"}), 406, "NOT_ACCEPTABLE")
    problem(http.get(path_of(order), headers={"Last-Event-ID": "x"}), 400, "INVALID_FIELD", "/after_version")


@pytest.mark.parametrize("placement", [ONE], scope="session")
def test_a_silent_stream_has_heartbeats_and_ends_with_the_server(new_system):
    system = new_system({"TRADEWIND_HTTP_HEARTBEAT_SECONDS": "1"})
    with httpx.Client(base_url=system.url, trust_env=False) as http:
        order = create_order(http, create_user(http)["id"])
        with http.stream("GET", path_of(order), timeout=20) as answer:
            events = Events(answer.iter_lines())
            reader = iter(events)
            next(reader)
            next(reader)
            threading.Timer(2.5, system.process_of("order").terminate).start()
            started = time.monotonic()
            assert list(reader) == []
    assert events.comments >= 2
    assert time.monotonic() - started < 15
    assert system.process_of("order").wait() == 0


@pytest.mark.parametrize("placement", [ONE], scope="session")
def test_the_number_of_streams_is_bounded(new_system):
    system = new_system({"TRADEWIND_HTTP_STREAMS_MAX": "1"})
    with httpx.Client(base_url=system.url, trust_env=False) as http:
        order = create_order(http, create_user(http)["id"])
        with http.stream("GET", path_of(order)) as answer:
            assert answer.status_code == 200
            refusal = http.get(path_of(order))
            problem(refusal, 503, "TOO_MANY_STREAMS")
            assert refusal.headers["retry-after"] == "1"
        give_up = time.monotonic() + 5
        while True:
            with http.stream("GET", path_of(order)) as answer:
                if answer.status_code == 200:
                    break
            assert time.monotonic() < give_up, "the place of a client that left is not free"
