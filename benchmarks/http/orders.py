"""How many orders PostgreSQL takes when loops and replicas sell the same products at once.

usage: ./dev bench orders [--products 1,4,20,200] [--pairs N] [--seconds N] [--clients N] [--placements NAMES] [--out FILE]

Starts a private PostgreSQL, as the end-to-end tests do. Needs wrk and the release build. Exit code 1 when a budget is missed.
"""

import argparse
import contextlib
import dataclasses
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import urllib.request

from served import BINARY, ROOT, TICKS_PER_SECOND, Server, create_user, stopped_at_end

sys.path.insert(0, str(ROOT / "tests/e2e"))
from harness.postgres import PostgresServer  # noqa: E402

PRODUCTS_MAX = 200
STOCK = 1_000_000_000
# Of two loops or two replicas, against one loop: as many orders, but for the one product that all of them sell.
RATE_RATIO_MIN = 1.0
RATE_RATIO_MIN_ONE_PRODUCT = 0.9
P99_TO_P50_MAX = 4.0


@dataclasses.dataclass
class Placement:
    """So many processes with so many loops each, on one database."""

    name: str
    replicas: int
    loops: int


PLACEMENTS = [Placement("one loop", 1, 1), Placement("two loops", 1, 2), Placement("two replicas", 2, 1)]


def server_cpu_seconds(postmaster: int) -> float:
    """User and system time of PostgreSQL: the postmaster, its children, and those that have ended."""
    ticks = 0
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            pid, rest = stat.parent.name, stat.read_text().rsplit(")", 1)[1].split()
            if int(pid) == postmaster:
                ticks += sum(map(int, rest[11:15]))
            elif int(rest[1]) == postmaster:
                ticks += sum(map(int, rest[11:13]))
    return ticks / TICKS_PER_SECOND


def post(url: str, body: dict) -> dict:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def make_products(url: str):
    for number in range(1, PRODUCTS_MAX + 1):
        product = f"bench-{number}"
        post(f"{url}/api/products", {"id": product, "name": product, "price": {"minor": 100, "currency": "EUR"}, "status": "active"})
        post(f"{url}/api/products/{product}/stock", {"delta": STOCK, "reason": "for the benchmark"})


class Shop:
    """The processes of one placement, on a database of their own."""

    def __init__(self, stack: contextlib.ExitStack, folder: pathlib.Path, postgres: PostgresServer, placement: Placement):
        database = placement.name.replace(" ", "_")
        postgres.sql(f"CREATE DATABASE {database}")
        self.placement, self._postgres = placement, postgres
        self._running = []
        for replica in range(placement.replicas):
            home = folder / f"{database}_{replica}"
            home.mkdir()
            environment = {"DATABASE_URL": postgres.url(database), "TRADEWIND_RUNTIME_LOOPS": str(placement.loops)}
            self._running.append(stack.enter_context(stopped_at_end(Server(home, environment))))
        make_products(self._running[0].url)
        self._user = create_user(self._running[0].url)

    def load(self, products: int, clients: int, seconds: float) -> dict:
        """One run of wrk on each replica at once; an answer that is no order is counted as wrong."""
        each = max(1, clients // len(self._running))
        environment = {"ORDERS_USER": self._user, "ORDERS_PRODUCTS": str(products), "PATH": "/usr/bin:/bin"}
        script = ROOT / "benchmarks/http/orders.lua"
        database_before = server_cpu_seconds(self._postgres.pid())
        shop_before = sum(running.cpu_seconds() for running in self._running)
        loads = [
            subprocess.Popen(
                ["wrk", "-t1", f"-c{each}", f"-d{seconds}s", "--timeout", "30s", "-s", script, running.url],
                env=environment,
                stdout=subprocess.PIPE,
                text=True,
            )
            for running in self._running
        ]
        results = []
        for one in loads:
            out, _ = one.communicate()
            results.append(json.loads(next(line for line in out.splitlines() if line.startswith("RESULT ")).removeprefix("RESULT ")))
        answers = sum(result["answers"] for result in results)
        if not answers:
            raise SystemExit(f"no answers: {results}")
        database_cpu = server_cpu_seconds(self._postgres.pid()) - database_before
        shop_cpu = sum(running.cpu_seconds() for running in self._running) - shop_before
        return {
            "per_second": sum((result["answers"] - result["wrong"]) / result["seconds"] for result in results),
            "wrong": sum(result["wrong"] for result in results),
            "p50_ms": statistics.mean(result["p50_us"] for result in results) / 1000,
            "p99_ms": max(result["p99_us"] for result in results) / 1000,
            "database_cpu_us": database_cpu * 1e6 / answers,
            "shop_cpu_us": shop_cpu * 1e6 / answers,
        }


def measure(folder: pathlib.Path, options) -> dict:
    """The placements in turn, there and back, so that all meet the machine in the same moods."""
    results: dict = {}
    with contextlib.ExitStack() as stack:
        settings = {"shared_buffers": "128MB", "max_wal_size": "4GB", "log_lock_waits": "on"}
        postgres = stack.enter_context(contextlib.closing(PostgresServer(settings))).start()
        shops = [Shop(stack, folder, postgres, placement) for placement in PLACEMENTS if placement.name in options.placements]
        for shop in shops:
            shop.load(PRODUCTS_MAX, options.clients, 1)  # warms up
        for products in options.products:
            for pair in range(options.pairs):
                for shop in shops if pair % 2 == 0 else reversed(shops):
                    postgres.sql("CHECKPOINT")
                    run = shop.load(products, options.clients, options.seconds)
                    results.setdefault(products, {}).setdefault(shop.placement.name, []).append(run)
        log = postgres.log.read_text(errors="replace")
        results["deadlocks"] = log.count("deadlock detected")
        results["lock_timeouts"] = log.count("due to lock timeout")
    return results


def median(runs: list[dict], name: str) -> float:
    return statistics.median(run[name] for run in runs)


def report(results: dict) -> bool:
    """Prints everything; whether all budgets are kept."""
    kept = True
    print(f"{'products':>8}  {'placement':14}{'orders/s':>10}{'ratio':>7}{'p50 ms':>8}{'p99 ms':>8}{'PostgreSQL us':>15}{'shop us':>9}")
    for products, by_placement in results.items():
        if not isinstance(by_placement, dict):
            continue
        base = by_placement.get(PLACEMENTS[0].name)
        for name, runs in by_placement.items():
            ratio = statistics.median(run["per_second"] / one["per_second"] for run, one in zip(runs, base, strict=True)) if base else 0
            p50, p99 = median(runs, "p50_ms"), median(runs, "p99_ms")
            least = RATE_RATIO_MIN_ONE_PRODUCT if products == 1 else RATE_RATIO_MIN
            missed = [f"ratio < {least:g}"] if base and runs is not base and ratio < least else []
            missed += [f"p99 > {P99_TO_P50_MAX:g} x p50"] if p99 > P99_TO_P50_MAX * p50 else []
            wrong = sum(run["wrong"] for run in runs)
            missed += [f"{wrong} answers that are no orders"] if wrong else []
            kept &= not missed
            print(
                f"{products:>8}  {name:14}{median(runs, 'per_second'):>10,.0f}{ratio:>7.2f}{p50:>8.1f}{p99:>8.1f}"
                f"{median(runs, 'database_cpu_us'):>15,.0f}{median(runs, 'shop_cpu_us'):>9,.0f}  {'MISS ' + ', '.join(missed) if missed else ''}"
            )
    print(f"\ndeadlocks that PostgreSQL logged: {results['deadlocks']}, lock timeouts: {results['lock_timeouts']}")
    return kept and results["deadlocks"] == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--products", type=lambda text: [int(part) for part in text.split(",")], default=[1, 4, 20, 200])
    parser.add_argument("--placements", type=lambda text: text.split(","), default=[placement.name for placement in PLACEMENTS])
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/bench/orders.json")
    options = parser.parse_args()
    if not BINARY.is_file():
        raise SystemExit(f"{BINARY} is missing: run ./dev build first")
    with tempfile.TemporaryDirectory(prefix="tradewind-bench-") as folder:
        results = measure(pathlib.Path(folder), options)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(results, indent=2) + "\n")
    raise SystemExit(0 if report(results) else 1)


if __name__ == "__main__":
    main()
