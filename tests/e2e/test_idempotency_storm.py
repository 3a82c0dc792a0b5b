"""Many duplicates of each call at once, on several replicas, while Redis forgets everything: one key has one effect, and all who send it
get the same bytes.

TRADEWIND_STORM_KEYS says how many keys there are; the default is small, so that the case takes seconds."""

import concurrent.futures
import http.client
import json
import os
import time
import uuid

import grpc
import pytest

from harness.redis import RedisServer
from harness.shop import create_product, create_user
from harness.system import FIVE, ONE

KEYS = int(os.environ.get("TRADEWIND_STORM_KEYS", "24"))
DUPLICATES = 64
CLIENTS = 32
GIVE_UP_SECONDS = 60

NO_LIMITS = {"TRADEWIND_HTTP_REQUESTS_PER_SECOND_MAX": "0"}


@pytest.fixture
def redis():
    server = RedisServer()
    try:
        yield server.start()
    finally:
        server.close()


class Storm:
    """The duplicates of all keys, dealt to so many clients that those of one key are under way at once."""

    def __init__(self, keys: int, call, halfway):
        self.halfway = halfway
        self.call = call
        self.turns = [(number, str(uuid.uuid5(uuid.NAMESPACE_OID, f"{time.time_ns()} {number}"))) for number in range(keys)]

    def run(self) -> list[set[bytes]]:
        """The different answers to each key."""
        answers: list[set[bytes]] = []
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            for number, key in self.turns:
                if number == len(self.turns) // 2:
                    self.halfway()
                calls = [pool.submit(self.until_answered, key, duplicate) for duplicate in range(DUPLICATES)]
                answers.append({call.result() for call in calls})
        return answers

    def until_answered(self, key: str, duplicate: int) -> bytes:
        """Whoever is told that the call is under way asks again."""
        give_up = time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < give_up:
            if (answer := self.call(key, duplicate)) is not None:
                return answer
            time.sleep(0.01)
        raise AssertionError(f"the key {key} is under way for good")


def over_http(address: tuple[str, int], body: dict):
    payload = json.dumps(body)

    def call(key: str, _duplicate: int) -> bytes | None:
        connection = http.client.HTTPConnection(*address, timeout=30)
        try:
            headers = {"content-type": "application/json", "idempotency-key": key}
            connection.request("POST", "/api/orders", payload, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status == 409:
            assert json.loads(content)["code"] == "IDEMPOTENCY_IN_PROGRESS", content
            return None
        assert answer.status == 200, content
        return content

    return call


def over_grpc(stubs, targets: list[str], body: dict):
    services = [stubs.order_grpc.OrderServiceStub(grpc.insecure_channel(target)) for target in targets]
    request = stubs.order.CreateOrderRequest(**body)

    def call(key: str, duplicate: int) -> bytes | None:
        try:
            order = services[duplicate % len(services)].CreateOrder(request, timeout=30, metadata=[("idempotency-key", key)])
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.ABORTED, error
            return None
        return order.SerializeToString(deterministic=True)

    return call


def check(system, stubs, targets: list[str], redis: RedisServer):
    with system.client() as client:
        user, product = create_user(client), create_product(client, stock=10 * KEYS)
        body = {"user_id": user["id"], "product_id": product["id"], "quantity": 1}
        for call in (over_http(system.address, body), over_grpc(stubs, targets, body)):
            answers = Storm(KEYS, call, lambda: redis.ask("FLUSHALL")).run()
            assert [len(different) for different in answers] == [1] * KEYS
            assert len(set.union(*answers)) == KEYS
        placed, page = 0, ""
        while placed == 0 or page:
            query = {"user_id": user["id"], "page_size": 1000, "page_token": page}
            listed = client.get("/api/orders", params=query).json()
            placed, page = placed + len(listed["orders"]), listed["next_page_token"]
        assert placed == 2 * KEYS
        stock = client.get(f"/api/products/{product['id']}").json()["stock"]
        assert int(stock["reserved"]) == 2 * KEYS


@pytest.mark.parametrize("placement, engine", [(FIVE, "postgresql")], scope="session")
def test_each_key_has_one_effect_on_two_replicas(new_system, stubs, redis):
    system = new_system(NO_LIMITS | {"REDIS_URL": redis.url()})
    second = system.start_process("order", replica="order-2")
    targets = [process.ready["grpc"]["order"] for process in (system.processes["order"], second)]
    system.processes["gateway"].stop()
    system.start_process("gateway", "--set", f"order.url=ipv4:{','.join(targets)}")
    check(system, stubs, targets, redis)


@pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")
def test_each_key_has_one_effect_in_one_process(new_system, stubs, redis):
    system = new_system(NO_LIMITS | {"REDIS_URL": redis.url()})
    check(system, stubs, [system.grpc("order")], redis)
