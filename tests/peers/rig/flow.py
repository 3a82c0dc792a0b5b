"""The flow that everybody tries first, and what it must look like to whoever receives its telemetry."""

import secrets

from harness.shop import create_order, create_user, done
from harness.system import SERVICES as MODULES
from harness.system import System

from rig.spans import Span, edges

SERVICES = {"api-gateway", *(f"{module}-service" for module in MODULES)}


def drive(system: System) -> dict[str, str]:
    """Alice is created and read, orders, reads the order and pays; the trace id of each step. The caller starts the traces."""
    traces = {}
    with system.client() as http:

        def step(name: str):
            traces[name] = secrets.token_hex(16)
            http.headers["traceparent"] = f"00-{traces[name]}-{secrets.token_hex(8)}-01"

        step("create user")
        user = create_user(http)
        step("get user")
        done(http.get("/api/users/" + user["id"]))
        step("create order")
        order = create_order(http, user["id"], quantity=2)
        step("get order")
        done(http.get("/api/orders/" + order["id"]))
        step("pay")
        payment = {"order_id": order["id"], "user_id": user["id"], "amount": order["total"], "attempt": 1}
        done(http.post("/api/payments", json=payment | {"payment_token": "tok_ok"}))
    return traces


def call(caller: str, service: str, method: str) -> tuple[str, str]:
    """The edge between the two ends of a call."""
    return (f"{caller}: {method} CLIENT", f"{service}: {method} SERVER")


CREATE = "order.OrderService/CreateOrder"
GET_USER = "user.UserService/GetUser"
RESERVE = "catalog.CatalogService/Reserve"
ORDERED = "order-service: " + CREATE + " SERVER"


def check_create_order(spans: list[Span]):
    """gateway → order → {user, catalog} → SQL: every span is there and below the right one."""
    # The event that the order is created may be published before or after all else is known.
    found = edges(spans) - {(ORDERED, "order-service: send order PRODUCER")}
    sql = {(parent, child) for parent, child in found if child.endswith(" CLIENT") and "/" not in child}
    assert found - sql == {
        ("", "api-gateway: POST /api/orders SERVER"),
        ("api-gateway: POST /api/orders SERVER", f"api-gateway: {CREATE} CLIENT"),
        call("api-gateway", "order-service", CREATE),
        (ORDERED, f"order-service: {GET_USER} CLIENT"),
        call("order-service", "user-service", GET_USER),
        (ORDERED, f"order-service: {RESERVE} CLIENT"),
        call("order-service", "catalog-service", RESERVE),
    }
    assert (f"user-service: {GET_USER} SERVER", "user-service: SELECT users CLIENT") in sql, sql
    assert (ORDERED, "order-service: INSERT orders CLIENT") in sql, sql
    assert any(parent == f"catalog-service: {RESERVE} SERVER" for parent, _ in sql), sql
    # A statement belongs to the service that ran it.
    assert all(parent.partition(":")[0] == child.partition(":")[0] for parent, child in sql), sql
