"""Every process of the shop is restarted in turn while customers buy, and no request fails (promise 8: a rolling restart).

Two replicas of each module share PostgreSQL and know each other's addresses. TW_RESTARTS is how often each process is restarted.
"""

import itertools
import os
import threading
import time

import httpx
import pytest
from harness.ports import free_ports
from harness.process import Process
from harness.shop import create_product, new_email
from harness.system import FIVE, SERVICES, System

RESTARTS = int(os.environ.get("TW_RESTARTS", "1"))
# A replica says by /ready that it ends, and serves for that long: longer than a balancer takes to notice.
GRACE_MS = 500
BALANCER_ASKS_EVERY = 0.05

pytestmark = [
    pytest.mark.parametrize("placement", [FIVE], scope="session"),
    pytest.mark.parametrize("engine", ["postgresql"], scope="session"),
]


class Replicas:
    """Two processes of each module, at addresses that stay the same when a process is restarted."""

    def __init__(self, system: System):
        self._system = system
        modules = [*SERVICES, "gateway"]
        ports = iter(free_ports(4 * len(modules)))
        self._addresses = {(module, number): (next(ports), next(ports)) for module in modules for number in (1, 2)}
        for module, number in self._addresses:
            self.start(module, number)

    def all(self) -> list[tuple[str, int]]:
        return list(self._addresses)

    def start(self, module: str, number: int) -> Process:
        port, ops = self._addresses[module, number]
        own = ["--http", f"127.0.0.1:{port}"] if module == "gateway" else ["--grpc", f"{module}=127.0.0.1:{port}"]
        others = [f"--set={other}.url={self._target(other)}" for other in SERVICES if other != module]
        settings = [f"--set=shutdown.grace_ms={GRACE_MS}", "--set=runtime.loops=1"]
        return self._system.start_process(module, *own, "--ops", f"127.0.0.1:{ops}", *others, *settings, replica=f"{module}-{number}")

    def restart(self, module: str, number: int):
        self._system.processes[f"{module}-{number}"].stop()
        self.start(module, number)

    def _target(self, module: str) -> str:
        return "ipv4:" + ",".join(f"127.0.0.1:{self._addresses[module, number][0]}" for number in (1, 2))

    def gateways(self) -> list[tuple[str, str]]:
        """The HTTP port and the operations port of each."""
        return [tuple(f"http://127.0.0.1:{port}" for port in self._addresses["gateway", number]) for number in (1, 2)]


class Balancer:
    """Asks the gateways whether they are ready, as a load balancer does, and gives requests to those that are."""

    def __init__(self, gateways: list[tuple[str, str]]):
        self._gateways = gateways
        self._ready = [url for url, _ in gateways]
        self._turn = itertools.count()
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._enough.set()
        self._thread.join()

    def _ask(self):
        with httpx.Client(trust_env=False, verify=False, timeout=5) as http:
            while not self._enough.wait(BALANCER_ASKS_EVERY):
                self._ready = [url for url, ops in self._gateways if self._is_ready(http, ops)]

    @staticmethod
    def _is_ready(http: httpx.Client, ops: str) -> bool:
        try:
            return http.get(f"{ops}/ready").status_code == 200
        except httpx.TransportError:
            return False

    def wait_for_all(self, seconds: float = 30):
        """Until it has seen that every gateway is ready. The next one is not to be restarted before."""
        until = time.monotonic() + seconds
        while len(self._ready) < len(self._gateways) and time.monotonic() < until:
            time.sleep(0.01)
        assert len(self._ready) == len(self._gateways), f"only {self._ready} are ready"

    def next(self) -> str:
        ready = self._ready
        assert ready, "no gateway is ready"
        return ready[next(self._turn) % len(ready)]


class Customers:
    """They register, order, pay and look at their orders, each on connections of its own. Nothing is repeated."""

    def __init__(self, balancer: Balancer, product: str, count: int):
        self.faults: list[str] = []
        self.requests = 0
        self._balancer, self._product = balancer, product
        self._enough = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(count)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._enough.set()
        for thread in self._threads:
            thread.join()

    def _run(self):
        with httpx.Client(trust_env=False, verify=False, timeout=30) as http:
            while not self._enough.is_set():
                try:
                    self._buy(http)
                except (AssertionError, httpx.HTTPError) as fault:
                    self.faults.append(f"{time.strftime('%X')} {fault!r}")

    def _buy(self, http: httpx.Client):
        user = self._ask(http, "POST", "/api/users", {"email": new_email(), "name": "Alice"})
        wanted = {"user_id": user["id"], "product_id": self._product, "quantity": 1}
        order = self._ask(http, "POST", "/api/orders", wanted)
        paid = self._ask(http, "POST", f"/api/orders/{order['id']}/pay", {"payment_token": "tok_ok"})
        assert paid["payment_status"] == "paid", paid
        read = self._ask(http, "GET", f"/api/orders/{order['id']}")
        assert read["status"] == paid["status"], (read, paid)

    def _ask(self, http: httpx.Client, method: str, path: str, body: dict | None = None) -> dict:
        url = self._balancer.next()
        answer = http.request(method, url + path, json=body)
        self.requests += 1
        assert answer.status_code == 200, (method, path, url, answer.status_code, answer.text)
        return answer.json()


def test_no_request_fails_while_every_process_is_restarted(new_system):
    replicas = Replicas(new_system(start=False))
    with httpx.Client(base_url=replicas.gateways()[0][0], trust_env=False, verify=False) as http:
        product = create_product(http, stock=1_000_000)["id"]
    with Balancer(replicas.gateways()) as balancer, Customers(balancer, product, 8) as customers:
        for _ in range(RESTARTS):
            for module, number in replicas.all():
                replicas.restart(module, number)
                balancer.wait_for_all()
    print(f"{customers.requests} requests, {len(replicas.all()) * RESTARTS} restarts")
    assert customers.requests > 100
    assert not customers.faults, "\n".join([f"{len(customers.faults)} requests failed, the first of them:", *customers.faults[:5]])
