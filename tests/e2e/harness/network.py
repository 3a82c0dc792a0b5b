"""What the cases of a failing network have in common: faults that lose nothing, and how to see that all is well again."""

import time

import httpx

from harness.fault_proxy import FaultProxy
from harness.metrics import Series
from harness.shop import create_order, create_product, create_user, done, new_email
from harness.system import System

# No deadline of the contract is longer; what takes longer than this has no deadline.
IN_TIME_SECONDS = 10
RECOVERS_SECONDS_MAX = 15
# How the faults that lose nothing are set.
HARMLESS = {
    "late": {"latency_seconds": 0.05},
    "sliced": {"slice_bytes": 1},
    "throttled": {"bytes_per_second": 50_000},
}


def impose(proxy: FaultProxy, fault: str):
    for name, value in HARMLESS[fault].items():
        setattr(proxy, name, value)


def client_of(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, timeout=30, trust_env=False)


def address_of(where: str) -> tuple[str, int]:
    host, port = where.rsplit(":", 1)
    return host, int(port)


def buy(http: httpx.Client):
    """One of everything."""
    user, bought = create_user(http), create_product(http, stock=3)
    order = create_order(http, user["id"], bought["id"], 1)
    assert done(http.get(f"/api/orders/{order['id']}"))["user_id"] == user["id"]


def at_rest(system: System) -> bool:
    series = Series(system)
    active = series.value("tw_rpc_server_active_calls")
    requests = sum(sample.value for sample in series.find("http_server_active_requests"))
    return (active, requests) == (0, 0)


def wait_served(http: httpx.Client, ask):
    """Until ask(http) is answered again on every loop and connection: a success alone might be another one's."""
    in_a_row, give_up = 0, time.monotonic() + RECOVERS_SECONDS_MAX
    while in_a_row < 10:
        answer = ask(http)
        in_a_row = in_a_row + 1 if answer.status_code == 200 else 0
        assert time.monotonic() < give_up, f"still {answer.status_code} {answer.text}"


def get(path: str):
    return lambda http: http.get(path)


def post_user(http: httpx.Client) -> httpx.Response:
    return http.post("/api/users", json={"email": new_email(), "name": "Alice"})


def order_of(http: httpx.Client):
    """Made beforehand, since it takes every store."""
    wanted = {"user_id": create_user(http)["id"], "product_id": create_product(http, stock=1000)["id"], "quantity": 1}
    return lambda client: client.post("/api/orders", json=wanted)
