"""How many checkouts a second: an order is placed, paid and captured.

usage: ./dev bench checkout [--runs N] [--seconds N] [--clients N] [--products N] [--placements one,five] [--out FILE]

Measures one process on SQLite, and five processes on a private PostgreSQL, each with the load of wrk on the same machine. Needs wrk and
the release build. Exit code 1 when a budget is missed or an answer is no order.
"""

import argparse
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

from orders import make_products, server_cpu_seconds
from served import BINARY, ROOT, Server, create_user, stopped_at_end

sys.path.insert(0, str(ROOT / "tests/e2e"))
from harness.postgres import PostgresServer  # noqa: E402

# Whole checkouts a second, by placement.
PER_SECOND_MIN = {"one": 2_000, "five": 600}
# Each after those that it calls.
MODULES = ("user", "catalog", "payment", "order", "gateway")
COMMITS = "SELECT sum(xact_commit) FROM pg_stat_database"


class OneProcess:
    """`tradewind up` on SQLite."""

    name = "one"

    def __init__(self, stack: contextlib.ExitStack, folder: pathlib.Path):
        home = folder / self.name
        home.mkdir()
        self._server = stack.enter_context(stopped_at_end(Server(home)))
        self.url = self._server.url

    def cpu_seconds(self) -> dict[str, float]:
        return {"shop": self._server.cpu_seconds()}

    def commits(self) -> int:
        return 0


class FiveProcesses:
    """A process for each module, on PostgreSQL."""

    name = "five"

    def __init__(self, stack: contextlib.ExitStack, folder: pathlib.Path):
        settings = {"shared_buffers": "128MB", "max_wal_size": "4GB", "max_connections": "200"}
        self._postgres = stack.enter_context(contextlib.closing(PostgresServer(settings))).start()
        self._postgres.sql("CREATE DATABASE checkout")
        env = {"DATABASE_URL": self._postgres.url("checkout"), "TRADEWIND_RUNTIME_LOOPS": "1"}
        self._processes: dict[str, Server] = {}
        for module in MODULES:
            home = folder / module
            home.mkdir()
            process = stack.enter_context(stopped_at_end(Server(home, env, module)))
            self._processes[module] = process
            if module in process.grpc:
                env[f"{module.upper()}_SERVICE_URL"] = f"http://{process.grpc[module]}"
        self.url = self._processes["gateway"].url

    def cpu_seconds(self) -> dict[str, float]:
        shop = {name: process.cpu_seconds() for name, process in self._processes.items()}
        return shop | {"PostgreSQL": server_cpu_seconds(self._postgres.pid())}

    def commits(self) -> int:
        return int(self._postgres.sql(COMMITS))


def load(shop, user: str, options) -> dict:
    environment = {"CHECKOUT_USER": user, "CHECKOUT_PRODUCTS": str(options.products), "PATH": os.environ["PATH"]}
    script = ROOT / "benchmarks/http/checkout.lua"
    command = ["wrk", "-t1", f"-c{options.clients}", f"-d{options.seconds}s", "--timeout", "30s", "-s", script, shop.url]
    cpu_before, commits_before = shop.cpu_seconds(), shop.commits()
    out = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    result = json.loads(next(line for line in out.splitlines() if line.startswith("RESULT ")).removeprefix("RESULT "))
    paid = result["paid"]
    if not paid:
        raise SystemExit(f"nothing was paid: {result}")
    cpu = {name: (now - cpu_before[name]) * 1e6 / paid for name, now in shop.cpu_seconds().items()}
    commits = (shop.commits() - commits_before) / paid
    return result | {"per_second": paid / result["seconds"], "cpu_us": cpu, "commits": commits}


def report(name: str, runs: list[dict]) -> bool:
    """Prints a placement; whether its budgets are kept."""
    per_second = statistics.median(run["per_second"] for run in runs)
    wrong = sum(run["wrong"] for run in runs)
    missed = [f"fewer than {PER_SECOND_MIN[name]}"] if per_second < PER_SECOND_MIN[name] else []
    missed += [f"{wrong} answers that are no orders, such as {runs[-1]['example']}"] if wrong else []
    p50, p99 = (statistics.median(run[at] for run in runs) / 1000 for at in ("p50_us", "p99_us"))
    print(f"{name}: {per_second:,.0f} checkouts/s, p50 {p50:.1f} ms and p99 {p99:.1f} ms a request  {'MISS ' + ', '.join(missed) if missed else ''}")
    cpu = {part: statistics.median(run["cpu_us"][part] for run in runs) for part in runs[0]["cpu_us"]}
    print("  CPU per checkout, us: " + ", ".join(f"{part} {used:,.0f}" for part, used in cpu.items()))
    if commits := statistics.median(run["commits"] for run in runs):
        print(f"  transactions of PostgreSQL per checkout, reads among them: {commits:.1f}")
    return not missed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--placements", type=lambda text: text.split(","), default=["one", "five"])
    parser.add_argument("--products", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/bench/checkout.json")
    options = parser.parse_args()
    if not BINARY.is_file():
        raise SystemExit(f"{BINARY} is missing: run ./dev build first")
    results, kept = {}, True
    for kind in (OneProcess, FiveProcesses):
        if kind.name not in options.placements:
            continue
        with contextlib.ExitStack() as stack:
            folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tradewind-bench-")))
            shop = kind(stack, folder)
            make_products(shop.url)
            user = create_user(shop.url)
            results[kind.name] = [load(shop, user, options) for _ in range(options.runs + 1)][1:]  # the first one warms up
        kept &= report(kind.name, results[kind.name])
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(results, indent=2) + "\n")
    raise SystemExit(0 if kept else 1)


if __name__ == "__main__":
    main()
