"""Runs the shop and the shipping program beside it, and calls them by HTTP and gRPC with stock clients."""

import json
import os
import pathlib
import subprocess
import time

import grpc
import httpx
import pytest

SHIPPING = os.environ.get("SHIPPING", "build/shipping")
TRADEWIND = os.environ.get("TRADEWIND", "tradewind")


def start(folder: pathlib.Path, command: list[str], **environment: str):
    """Starts a program on free ports. Returns it with the addresses that it writes once it is ready."""
    ready = folder / "ready.json"
    folder.mkdir()
    command = [*command, "--ports", "auto", "--data", str(folder / "data"), "--ready-file", str(ready)]
    program = subprocess.Popen(command, env=os.environ | environment, cwd=folder)
    while not ready.exists():
        assert program.poll() is None, f"{command[0]} has ended with {program.returncode}"
        time.sleep(0.01)
    return program, json.loads(ready.read_text())


def stop(program: subprocess.Popen) -> None:
    program.terminate()
    assert program.wait(timeout=20) == 0


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The addresses of Tradewind with all its modules."""
    program, addresses = start(tmp_path_factory.mktemp("e2e") / "shop", [TRADEWIND, "up"])
    yield addresses
    stop(program)


@pytest.fixture(scope="module")
def shipping(shop, tmp_path_factory):
    """The addresses of the shipping program, which calls the shop for orders."""
    order_url = f"http://{shop['grpc']['order']}"
    folder = tmp_path_factory.mktemp("e2e") / "shipping"
    program, addresses = start(folder, [str(pathlib.Path(SHIPPING).absolute()), "serve"], ORDER_SERVICE_URL=order_url)
    yield addresses
    stop(program)


@pytest.fixture
def api(shipping):
    with httpx.Client(base_url=f"http://{shipping['http']}") as client:
        yield client


@pytest.fixture
def order_id(shop) -> str:
    """A real order."""
    with httpx.Client(base_url=f"http://{shop['http']}") as client:
        user = client.post("/api/users", json={"email": f"ann-{time.time_ns()}@example.com", "name": "Ann"})
        order = client.post("/api/orders", json={"user_id": user.json()["id"], "product_id": "prod-123", "quantity": 1})
        assert order.status_code == 200, order.text
        return order.json()["id"]


def ship(api: httpx.Client, order_id: str) -> httpx.Response:
    return api.post("/api/shipments", json={"order_id": order_id, "carrier": "post", "address": "12 Harbour Street, Bergen"})


def test_an_order_is_shipped_and_arrives(api, order_id):
    made = ship(api, order_id)
    assert made.status_code == 200, made.text
    shipment = made.json()
    assert shipment["status"] == "on_its_way" and shipment["tracking"].startswith("TW")

    path = f"/api/shipments/{shipment['id']}"
    assert api.get(path).json() == shipment
    assert api.get(path, headers={"If-None-Match": api.get(path).headers["ETag"]}).status_code == 304
    assert api.post(f"{path}/delivered", json={}).json()["status"] == "delivered"
    assert [one["status"] for one in api.get("/api/shipments", params={"order_id": order_id}).json()["shipments"]] == ["delivered"]


def test_what_cannot_be_shipped_is_refused_with_a_reason(api, order_id):
    assert ship(api, order_id).status_code == 200
    again = ship(api, order_id)
    assert (again.status_code, again.json()["code"]) == (409, "SHIPMENT_ON_ITS_WAY")
    unknown = ship(api, "0190b6a0-0000-7000-8000-000000000000")
    assert (unknown.status_code, unknown.json()["code"]) == (400, "ORDER_NOT_FOUND")
    assert unknown.json()["errors"][0]["pointer"] == "/order_id"


def test_the_same_methods_are_reached_by_grpc(shipping):
    with grpc.insecure_channel(shipping["grpc"]["shipping"]) as channel:
        get = channel.unary_unary("/shipping.v1.ShippingService/GetShipment")
        with pytest.raises(grpc.RpcError) as refused:
            get(b"", timeout=10)
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


def test_the_operations_port_counts_shipments(api, shipping, order_id):
    assert ship(api, order_id).status_code == 200
    assert "shipping_shipments_created_total" in httpx.get(f"http://{shipping['ops']}/metrics").text
    document = api.get("/openapi.json").json()
    assert "/api/shipments/{id}" in document["paths"]
