"""A request can ask for faults, in the development profile and if a setting allows it. docs/guide/faults.md says how."""

import time

import grpc
import httpx
import pytest

from harness.shop import create_order, create_product, create_user, done, problem
from harness.system import FIVE, ONE

both = pytest.mark.parametrize("placement, engine", [(ONE, "sqlite"), (FIVE, "sqlite")], scope="session")
one_process = pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")

ALLOWED = {"TRADEWIND_FAULT_INJECTION": "true"}
LIST = "catalog.CatalogService/ListProducts"


@both
def test_a_call_fails_as_its_request_asks(new_system):
    with new_system(ALLOWED).client() as http:
        failed = http.get("/api/products", headers={"x-tw-fault": f"{LIST};code=NOT_FOUND"})
        problem(failed, 404, "FAULT_INJECTED")
        assert http.get("/api/products").status_code == 200, "other requests are not hit"
        other = http.get("/api/products", headers={"x-tw-fault": "user.UserService/*;code=NOT_FOUND"})
        assert other.status_code == 200, "other methods are not hit"
        assert http.get("/api/products", headers={"x-tw-fault": f"{LIST};abort"}).status_code >= 500
        problem(http.get("/api/products", headers={"x-tw-fault": "nonsense"}), 400, "MALFORMED_FAULT")


@both
def test_a_call_takes_longer_and_its_deadline_counts(new_system):
    with new_system(ALLOWED).client() as http:
        begun = time.monotonic()
        assert http.get("/api/products", headers={"x-tw-fault": f"{LIST};latency_ms=300"}).status_code == 200
        assert time.monotonic() - begun >= 0.3


@both
def test_a_fault_travels_through_the_services(new_system):
    """The order service calls the user service, which the request asks to fail."""
    with new_system(ALLOWED).client() as http:
        user, product = create_user(http), create_product(http, stock=5)
        wanted = {"user_id": user["id"], "product_id": product["id"], "quantity": 1}
        failed = http.post("/api/orders", json=wanted, headers={"x-tw-fault": "user.UserService/GetUser;code=RESOURCE_EXHAUSTED"})
        assert failed.status_code == 429, failed.text
        assert create_order(http, user["id"], product["id"], 1)["status"] == "pending"


@both
def test_grpc_callers_ask_by_metadata(new_system, stubs):
    system = new_system(ALLOWED)
    host, port = system.address
    for address in (f"{host}:{port}", system.grpc("catalog")):
        with grpc.insecure_channel(address) as channel:
            catalog = stubs.catalog_grpc.CatalogServiceStub(channel)
            with pytest.raises(grpc.RpcError) as failed:
                catalog.ListProducts(stubs.catalog.ListProductsRequest(), metadata=[("x-tw-fault", f"{LIST};code=ABORTED")], timeout=20)
            assert failed.value.code() == grpc.StatusCode.ABORTED, address


@both
def test_faults_of_the_operations_port_hit_all_calls_until_they_are_removed(new_system):
    system = new_system(ALLOWED)
    faults = f"{system.ops_url('catalog')}/faults"
    with system.client() as http:
        assert httpx.put(faults, content=f"{LIST};code=NOT_FOUND").json() == {"faults": [f"{LIST};code=NOT_FOUND"]}
        problem(http.get("/api/products"), 404, "FAULT_INJECTED")
        assert httpx.put(faults, content="").json() == {"faults": []}
        assert http.get("/api/products").status_code == 200


@one_process
def test_nothing_is_hit_without_the_setting(new_system):
    with new_system({}).client() as http:
        for headers in ({"x-tw-fault": f"{LIST};code=NOT_FOUND"}, {"baggage": f"tw.fault={LIST}%3Bcode=NOT_FOUND"}):
            assert done(http.get("/api/products", headers=headers)) is not None
