"""The caller's trace goes along to every service (W3C Trace Context)."""

import secrets
import time

import pytest

from harness.shop import create_user, done


def records_of(system, trace_id: str) -> list[dict]:
    return [record for process in system.processes.values() for record in process.log_records() if record.get("trace_id") == trace_id]


def services_that_logged(system, trace_id: str, expected: set[str]) -> set[str]:
    """Which services wrote something within the trace; logs are written a little after the answer."""
    give_up = time.monotonic() + 5
    while True:
        services = {record["service.name"] for record in records_of(system, trace_id)}
        if services >= expected or time.monotonic() > give_up:
            return services
        time.sleep(0.05)


def test_one_trace_runs_from_the_gateway_to_user_and_catalog(new_system):
    system = new_system(env={"LOG_LEVEL": "debug"})
    trace_id, caller_span = secrets.token_hex(16), secrets.token_hex(8)
    with system.client() as http:
        user = create_user(http)
        order = {"user_id": user["id"], "product_id": "prod-123", "quantity": 1}
        done(http.post("/api/orders", json=order, headers={"traceparent": f"00-{trace_id}-{caller_span}-01"}))
    expected = {"api-gateway", "order-service", "user-service", "catalog-service"}
    assert services_that_logged(system, trace_id, expected) == expected
    records = records_of(system, trace_id)
    assert caller_span not in {record["span_id"] for record in records}
    assert {record["trace_flags"] for record in records} <= {"01", 1, "03", 3}
    assert len({record["span_id"] for record in records}) >= 4


@pytest.mark.parametrize(
    "traceparent",
    [
        "",
        "garbage",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
        "\xfftrace",
        "0" * 4000,
    ],
)
def test_a_malformed_traceparent_starts_a_new_trace_and_fails_nothing(http, traceparent):
    headers = [(b"traceparent", traceparent.encode("latin-1"))]
    assert http.get("/api/products/prod-123", headers=headers).status_code == 200
    refusal = http.get("/api/products/prod-none", headers=headers)
    assert refusal.status_code == 404
    trace_id = refusal.json()["trace_id"]
    assert len(trace_id) == 32 and set(trace_id) != {"0"}
    assert trace_id != "0af7651916cd43dd8448eb211c80319c"


def test_two_traceparents_count_as_none(http):
    value = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    refusal = http.get("/api/products/prod-none", headers=[(b"traceparent", value), (b"traceparent", value)])
    assert refusal.json()["trace_id"] != "0af7651916cd43dd8448eb211c80319c"


def test_a_traceparent_of_a_later_version_is_understood(http):
    headers = {"traceparent": "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-brings"}
    assert http.get("/api/products/prod-none", headers=headers).json()["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
