"""What happens under ten times the load that the shop can serve.

usage: ./dev bench overload [--seconds N] [--factor N] [--arrivals even|random] [--limit on|off] [--figure FILE] [--out FILE]

Five processes on a private PostgreSQL, in which an INSERT of an order takes as long as a slow disk lets it. So the capacity is that of
the database, a fraction of what the client on the same machine can ask for. The load is an open loop: requests start at their
times, however many have not been answered. Exit code 1 when a budget is missed.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import pathlib
import re
import statistics
import sys
import tempfile
import urllib.request

import figure
from client import Client

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "benchmarks/http"), str(ROOT / "tests/e2e")]
from harness.postgres import PostgresServer  # noqa: E402
from orders import make_products  # noqa: E402
from served import BINARY, Server, create_user, stopped_at_end  # noqa: E402

# Each after those that it calls.
MODULES = ("user", "catalog", "payment", "order", "gateway")
# An INSERT of an order, and what the slow upstream takes.
INSERT_SECONDS = 0.01
SLOW_SECONDS = 2
CLIENTS = 16
# Payments and questions of health a second, which are to be served whatever else there is.
PAYMENTS_SHARE = 0.1
HEALTH_PER_SECOND = 10

GOODPUT_SHARE_MIN = 0.9
P99_RATIO_MAX = 2.0
REFUSAL_SECONDS = 0.005
RECOVERY_SECONDS_MAX = 10
RETRIES_RATIO_MAX = 1.1

SLOW_INSERT = """
CREATE FUNCTION slow_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep({seconds}); RETURN NULL; END $$;
CREATE TRIGGER slow_{table} AFTER INSERT ON {table} FOR EACH STATEMENT EXECUTE FUNCTION slow_{table}();
"""


class Shop:
    """A process for each module."""

    def __init__(self, stack: contextlib.ExitStack, folder: pathlib.Path, extra: dict[str, str]):
        self.postgres = stack.enter_context(contextlib.closing(PostgresServer({"shared_buffers": "64MB"}))).start()
        self.postgres.sql("CREATE DATABASE shop")
        env = {"DATABASE_URL": self.postgres.url("shop"), "TRADEWIND_RUNTIME_LOOPS": "1", "TRADEWIND_DATABASE_PIPELINES": "2"} | extra
        self._processes: dict[str, Server] = {}
        for module in MODULES:
            home = folder / module
            home.mkdir()
            process = stack.enter_context(stopped_at_end(Server(home, env, module)))
            self._processes[module] = process
            if module in process.grpc:
                env[f"{module.upper()}_SERVICE_URL"] = f"http://{process.grpc[module]}"
        self.url = self._processes["gateway"].url

    def slow_down(self, table: str, seconds: float):
        self.postgres.sql(SLOW_INSERT.format(table=table, seconds=seconds), database="shop")

    def metric(self, module: str, pattern: str) -> float:
        """The sum of the series of a module whose line matches."""
        with urllib.request.urlopen(f"{self._processes[module].ops_url}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        return sum(float(line.split()[-1]) for line in lines if re.match(pattern, line))


class Load:
    """The requests of the benchmark."""

    def __init__(self, shop: Shop, random_times: bool):
        self.client, self._user = Client(shop.url, random_times), create_user(shop.url)
        self._pending: list[str] = []
        self._numbers = itertools.count()

    def order(self, number: int) -> bytes:
        body = {"user_id": self._user, "product_id": f"bench-{number % 200 + 1}", "quantity": 1}
        return self.client.request("POST", "/api/orders", json.dumps(body).encode())

    def payment(self, _: int) -> bytes:
        return self.client.request("POST", f"/api/orders/{self._pending.pop()}/pay", b'{"payment_token":"tok_ok"}')

    def health(self, _: int) -> bytes:
        return self.client.request("GET", "/health")

    def product(self, _: int) -> bytes:
        return self.client.request("GET", "/api/products/bench-1")

    def user(self, _: int) -> bytes:
        body = {"email": f"slow-{next(self._numbers)}@example.com", "name": "Alice"}
        return self.client.request("POST", "/api/users", json.dumps(body).encode())

    def place_orders(self, shop: Shop, count: int):
        for number in range(count):
            body = json.dumps({"user_id": self._user, "product_id": f"bench-{number % 200 + 1}", "quantity": 1}).encode()
            request = urllib.request.Request(f"{shop.url}/api/orders", body, {"Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=10) as answer:
                self._pending.append(json.load(answer)["id"])


def p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98] if len(values) > 1 else (values or [0.0])[0]


def served(answers, kind: str = "order"):
    return [answer for answer in answers if answer.kind == kind and answer.status == 200]


def refused(answers, kind: str = "order"):
    return [answer for answer in answers if answer.kind == kind and answer.status in (429, 503)]


async def measure_capacity(load: Load) -> float:
    await load.client.closed("order", load.order, CLIENTS, 2)
    await load.client.settle()
    load.client.take()
    await load.client.closed("order", load.order, CLIENTS, 6)
    await load.client.settle()
    return len(served(load.client.take())) / 6


async def at_rate(load: Load, per_second: float, seconds: float) -> list:
    await load.client.at_rate("order", load.order, per_second, seconds)
    await load.client.settle()
    return load.client.take()


async def overload(load: Load, capacity: float, options) -> list:
    payments = min(PAYMENTS_SHARE * capacity, (len(load._pending) - 1) / options.seconds)
    await asyncio.gather(
        load.client.at_rate("order", load.order, options.factor * capacity, options.seconds),
        load.client.at_rate("payment", load.payment, payments, options.seconds),
        load.client.at_rate("health", load.health, HEALTH_PER_SECOND, options.seconds),
    )
    overloaded = load.client.take()
    await load.client.at_rate("after", load.order, 0.8 * capacity, 15)
    await load.client.settle()
    return overloaded + load.client.take()


def recovery_seconds(answers, latency_max: float) -> float:
    """The time after the overload from which on every second is fine: all are served, none takes longer."""
    after = [answer for answer in answers if answer.kind == "after"]
    begun = min(answer.meant for answer in after)
    bad = [answer.meant - begun for answer in after if answer.status != 200 or answer.took > latency_max]
    return max(bad, default=0.0)


async def slow_upstream(shop: Shop, load: Load) -> dict:
    """Reads of a product while a service beside it takes two seconds."""
    await load.client.at_rate("alone", load.product, 100, 5)
    shop.slow_down("users", SLOW_SECONDS)
    await asyncio.gather(
        load.client.at_rate("beside", load.product, 100, 10),
        load.client.at_rate("slow", load.user, 50, 10),
    )
    await load.client.settle(20)
    answers = load.client.take()
    return {
        "product_p99_ms_alone": p99([answer.took for answer in served(answers, "alone")]) * 1000,
        "product_p99_ms_beside": p99([answer.took for answer in served(answers, "beside")]) * 1000,
        "products_failed": sum(answer.kind == "beside" and answer.status != 200 for answer in answers),
        "slow_statuses": {status: sum(a.kind == "slow" and a.status == status for a in answers) for status in {a.status for a in answers}},
    }


DURATION = r"rpc_server_call_duration_seconds"
CREATE = r'\{[^}]*rpc_method="order\.OrderService/CreateOrder"[^}]*'
REFUSED = CREATE + r'rpc_response_status_code="UNAVAILABLE"[^}]*'


async def measure(shop: Shop, options) -> dict:
    load = Load(shop, options.arrivals == "random")
    load.place_orders(shop, int(options.seconds * 30))
    shop.slow_down("orders", INSERT_SECONDS)
    capacity = await measure_capacity(load)
    usual = await at_rate(load, 0.8 * capacity, 20)
    calls_before = shop.metric("order", DURATION + "_count" + CREATE)
    answers = await overload(load, capacity, options)
    orders = [answer for answer in answers if answer.kind == "order"]
    asked = sum(answer.kind in ("order", "after") for answer in answers)
    usual_p99 = p99([answer.took for answer in served(usual)])
    within = shop.metric("order", DURATION + "_bucket" + REFUSED + r'le="0.005"')
    all_refused = shop.metric("order", DURATION + "_count" + REFUSED)
    payments = [answer for answer in answers if answer.kind == "payment"]
    health = [answer for answer in answers if answer.kind == "health"]
    figure.draw(options.figure, answers, options, capacity)
    return {
        "capacity_per_second": capacity,
        "goodput_per_second": len(served(answers)) / options.seconds,
        "goodput_share": len(served(answers)) / options.seconds / capacity,
        "usual_p99_ms": usual_p99 * 1000,
        "accepted_p99_ms": p99([answer.took for answer in served(answers)]) * 1000,
        "p99_ratio": p99([answer.took for answer in served(answers)]) / usual_p99 if usual_p99 else 0,
        "refused": len(refused(answers)),
        "other": len(orders) - len(served(answers)) - len(refused(answers)),
        "refused_without_retry_after": sum(not answer.retry_after for answer in refused(answers)),
        "refusal_p50_ms_at_the_client": statistics.median([answer.took for answer in refused(answers)] or [0]) * 1000,
        "refusals_within_5_ms_in_the_module": within / all_refused if all_refused else 1,
        "recovery_seconds": recovery_seconds(answers, max(P99_RATIO_MAX * usual_p99, 0.25)),
        "payments_served": len(served(payments, "payment")) / max(1, len(payments)),
        "payment_p99_ms": p99([answer.took for answer in served(payments, "payment")]) * 1000,
        "health_served": len(served(health, "health")) / max(1, len(health)),
        "retries_ratio": (shop.metric("order", DURATION + "_count" + CREATE) - calls_before) / asked,
        "slow_upstream": await slow_upstream(shop, load),
        "load_of_the_machine": os.getloadavg()[0],
    }


def report(results: dict) -> bool:
    """Prints everything; whether all budgets are kept."""
    slow = results["slow_upstream"]
    budgets = [
        ("goodput, share of the capacity", results["goodput_share"], ">=", GOODPUT_SHARE_MIN),
        ("p99 of accepted / p99 at 80% load", results["p99_ratio"], "<=", P99_RATIO_MAX),
        ("refusals within 5 ms in the module", results["refusals_within_5_ms_in_the_module"], ">=", 0.99),
        ("refusals without Retry-After", results["refused_without_retry_after"], "<=", 0),
        ("recovery, s", results["recovery_seconds"], "<=", RECOVERY_SECONDS_MAX),
        ("payments served", results["payments_served"], ">=", 0.99),
        ("health served", results["health_served"], ">=", 1),
        ("calls of the module / requests", results["retries_ratio"], "<=", RETRIES_RATIO_MAX),
        ("reads beside a slow upstream that failed", slow["products_failed"], "<=", 0),
    ]
    kept = True
    for what, value, sign, budget in budgets:
        fine = value >= budget if sign == ">=" else value <= budget
        kept &= fine
        print(f"{'ok  ' if fine else 'MISS'} {what:42} {value:9.3f}  budget {sign} {budget:g}")
    for name, value in results.items():
        print(f"     {name}: {value if isinstance(value, dict | int) else round(value, 3)}")
    return kept


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60, help="how long the overload lasts")
    parser.add_argument("--factor", type=float, default=10, help="the load in multiples of the capacity")
    parser.add_argument("--arrivals", choices=["even", "random"], default="even", help="random: as from many independent users")
    parser.add_argument("--limit", choices=["on", "off"], default="on", help="off: without the adaptive limit, to compare")
    parser.add_argument("--figure", type=pathlib.Path, default=ROOT / "build/bench/overload.svg")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/bench/overload.json")
    options = parser.parse_args()
    if not BINARY.is_file():
        raise SystemExit(f"{BINARY} is missing: run ./dev build first")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    extra = {"TRADEWIND_RPC_ADAPTIVE_LIMIT": "true" if options.limit == "on" else "false"}
    with tempfile.TemporaryDirectory(prefix="tradewind-bench-") as folder, contextlib.ExitStack() as stack:
        shop = Shop(stack, pathlib.Path(folder), extra)
        make_products(shop.url)
        results = asyncio.run(measure(shop, options))
    options.out.write_text(json.dumps(results, indent=2) + "\n")
    raise SystemExit(0 if report(results) else 1)


if __name__ == "__main__":
    main()
