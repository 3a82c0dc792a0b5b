"""Measures `tradewind up` over HTTP: reading and creating users, the start, and the memory at rest.

usage: ./dev bench http [--repetitions N] [--seconds N] [--connections N] [--folder DIR] [--out FILE]

Needs wrk (./dev setup bench) and the release build. Prints a table with the budgets and writes build/bench/http.json.
"""

import argparse
import contextlib
import json
import os
import pathlib
import platform
import sqlite3
import statistics
import subprocess
import tempfile
import time
import uuid

from served import BINARY, ROOT, BareServer, Server, create_user, load, server, stopped_at_end

SQL_BENCH = ROOT / "build/release/bin/sql_bench"

# Where the budget is an upper bound ("<=") or a lower one (">="); from the goals of the first release.
BUDGETS = {
    "read_cpu_us": ("<=", 20.0),
    "create_shared_vs_single_ratio": (">=", 2.5),
    "start_to_ready_ms": ("<=", 300.0),
    "rss_idle_mib": ("<=", 60.0),
}


def spread(values: list[float]) -> dict:
    return {"median": statistics.median(values), "least": min(values), "most": max(values), "runs": len(values)}


def in_turn(where: dict[str, tuple], options) -> dict:
    """Loads each server in turn, so that all meet the machine in the same moods, and sums up its runs. `where` has a server, a URL and the
    variables of its requests by the name of the server."""
    for server_, url, own in where.values():
        load(server_, url, options.connections, 1, own=own)  # warms up
    results = {name: [] for name in where}
    for _ in range(options.repetitions):
        for name, (server_, url, own) in where.items():
            results[name].append(load(server_, url, options.connections, options.seconds, own=own))
    return {name: summary(runs) for name, runs in results.items()}


def read_options(description: str, repetitions: int, seconds: int) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--repetitions", type=int, default=repetitions)
    parser.add_argument("--seconds", type=int, default=seconds)
    parser.add_argument("--connections", type=int, default=64)
    options = parser.parse_args()
    if not BINARY.is_file():
        raise SystemExit(f"{BINARY} is missing: run ./dev build first")
    return options


def summary(results: list[dict]) -> dict:
    """Median and spread of each number."""
    return {name: spread([result[name] for result in results]) for name in ("cpu_us", "per_second", "p50_us", "p99_us")}


def measure_reads(running: Server, options) -> tuple[dict, dict]:
    """The product and the bare loop in turn, so that both meet the machine in the same moods."""
    user_url = f"{running.url}/api/users/{create_user(running.url)}"
    reads, floors = [], []
    with stopped_at_end(BareServer()) as bare:
        load(running, user_url, options.connections, 1)  # warms up
        for _ in range(options.repetitions):
            reads.append(load(running, user_url, options.connections, options.seconds))
            floors.append(load(bare, bare.url, options.connections, options.seconds))
    return summary(reads), summary(floors)


def measure_start(folder: pathlib.Path, times: int) -> tuple[dict, dict]:
    """On a data folder that exists; memory a second after the start, when nothing has been asked yet."""
    starts, sizes = [], []
    for _ in range(times):
        with server(folder) as running:
            starts.append(running.start_to_ready_ms)
            if len(sizes) < 3:
                time.sleep(1)
                sizes.append(running.rss_mib())
    return spread(starts), spread(sizes)


def sql_bench() -> list[dict]:
    """The same question one layer down, without HTTP: units of one statement that share commits, and that do not."""
    if not SQL_BENCH.is_file():
        return []
    command = [
        SQL_BENCH,
        "--benchmark_filter=commit",
        "--benchmark_format=json",
        "--benchmark_repetitions=3",
        "--benchmark_report_aggregates_only=true",
    ]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rows = json.loads(out)["benchmarks"]
    return [row for row in rows if row["name"].endswith("_median")]


def bare_commits_per_second(folder: pathlib.Path, seconds: float) -> float:
    """What SQLite alone does on this disk with one thread and a commit for each row: what shared commits have to beat."""
    with contextlib.closing(sqlite3.connect(folder / "bare.sqlite", isolation_level=None)) as database:
        for statement in (
            "PRAGMA journal_mode=WAL",
            "PRAGMA synchronous=FULL",
            "CREATE TABLE users (id TEXT PRIMARY KEY, email TEXT UNIQUE)",
        ):
            database.execute(statement)
        rows, started = 0, time.perf_counter()
        while time.perf_counter() - started < seconds:
            database.execute("INSERT INTO users VALUES (?, ?)", (str(uuid.uuid4()), f"{rows}@example.com"))
            rows += 1
        return rows / (time.perf_counter() - started)


def measure(options) -> dict:
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tradewind-bench-", dir=options.folder) as name:
        folder = pathlib.Path(name)
        with server(folder) as running:
            read, floor = measure_reads(running, options)
            after_load = running.rss_mib()

            def create(connections: int) -> dict:
                return summary(
                    [
                        load(running, running.url, connections, options.seconds, create=True)
                        for _ in range(options.repetitions)
                    ]
                )

            shared, single = create(options.connections), create(1)
        start, memory = measure_start(folder, 10)
        bare = bare_commits_per_second(folder, options.seconds)
    # Against the faster of the two: one client after another over HTTP, and SQLite with nothing around it.
    ratio = shared["per_second"]["median"] / max(single["per_second"]["median"], bare)
    return {
        "read": read,
        "bare_loop": floor,
        "create_shared": shared,
        "create_single": single,
        "start_to_ready_ms": start,
        "rss_idle_mib": memory,
        "rss_after_reads_mib": after_load,
        "bare_commits_per_second": bare,
        "sql_bench": sql_bench(),
        "budgets": {
            "read_cpu_us": read["cpu_us"]["median"],
            "create_shared_vs_single_ratio": ratio,
            "start_to_ready_ms": start["median"],
            "rss_idle_mib": memory["median"],
        },
        "machine": {"cores": os.cpu_count(), "kernel": platform.release(), "load_1min": os.getloadavg()[0]},
        "options": {"connections": options.connections, "seconds": options.seconds, "repetitions": options.repetitions},
    }


def row(title: str, numbers: dict, unit: str):
    print(f"{title:44} {numbers['median']:12,.1f} {unit:6} ({numbers['least']:,.1f} to {numbers['most']:,.1f}, {numbers['runs']} runs)")


def report(result: dict) -> bool:
    """Prints everything; whether all budgets are kept."""
    connections = result["options"]["connections"]
    row(f"GET user, {connections} connections: CPU", result["read"]["cpu_us"], "µs")
    row("    of which a bare loop takes as well", result["bare_loop"]["cpu_us"], "µs")
    row("    rate", result["read"]["per_second"], "/s")
    row("    latency, 99th percentile", result["read"]["p99_us"], "µs")
    row(f"POST user, {connections} connections (shared commits)", result["create_shared"]["per_second"], "/s")
    row("    CPU", result["create_shared"]["cpu_us"], "µs")
    row("POST user, 1 connection (a commit each)", result["create_single"]["per_second"], "/s")
    print(f"{'SQLite alone, a commit each':44} {result['bare_commits_per_second']:12,.1f} /s")
    row("start to ready, existing data folder", result["start_to_ready_ms"], "ms")
    row("resident at rest", result["rss_idle_mib"], "MiB")
    for bench in result["sql_bench"]:
        rate = bench.get("items_per_second")
        print(f"sql_bench {bench['name']:44} " + (f"{rate:,.0f} /s" if rate else f"{bench['real_time']:,.1f} {bench['time_unit']}"))
    kept = True
    print()
    for name, (relation, bound) in BUDGETS.items():
        got = result["budgets"][name]
        fine = got <= bound if relation == "<=" else got >= bound
        kept &= fine
        print(f"{'ok  ' if fine else 'MISS'} {name:34} {got:8.1f}  budget {relation} {bound:g}")
    return kept


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument(
        "--folder", type=pathlib.Path, default=ROOT / "build/bench", help="where the data folder is made: the disk that is measured"
    )
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/bench/http.json")
    options = parser.parse_args()
    if not BINARY.is_file():
        raise SystemExit(f"{BINARY} is missing: run ./dev build first")
    result = measure(options)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=2) + "\n")
    raise SystemExit(0 if report(result) else 1)


if __name__ == "__main__":
    main()
