#!/usr/bin/env bash
# What PostgreSQL costs its client, and what sharing commits is worth: sql_bench starts a server of its own, synced to disk, and
# reads and writes over loopback; pgbench does the same inserts with as many connections as there are writers. Exit code 1 when
# a budget is missed.
#
#   benchmarks/postgres.sh [--repetitions 5]
set -euo pipefail
cd "$(dirname "$0")/.."

repetitions=5
while (($#)); do
    case "$1" in
        --repetitions) repetitions=$2; shift 2 ;;
        *) echo "unknown argument $1; known is --repetitions" >&2; exit 64 ;;
    esac
done

bench=build/release/bin/sql_bench
for need in pg_config python3 "$bench"; do
    command -v "$need" >/dev/null || { echo "$need is missing: ./dev bench postgres installs and builds what is needed" >&2; exit 69; }
done

mkdir -p build/bench
"$bench" --benchmark_filter='^postgres_' --benchmark_repetitions="$repetitions" --benchmark_enable_random_interleaving=true \
    --benchmark_format=json >build/bench/postgres.json
python3 - <<'PYTHON'
import json
import statistics
import sys

with open("build/bench/postgres.json") as file:
    runs = [run for run in json.load(file)["benchmarks"] if run["run_type"] == "iteration"]


def of(name: str, key: str) -> list[float]:
    return sorted(run[key] for run in runs if run["run_name"].startswith(name))


reads = of("postgres_point_read/64", "cpu_us")
shared = of("postgres_shared_commits/64", "items_per_second")
single = of("postgres_one_commit_each/64", "items_per_second")
others = of("postgres_pgbench_inserts/64", "inserts_per_second")
missed = False


def tell(what: str, values: list[float], unit: str):
    print(f"{what}: {statistics.median(values):.2f} {unit} (least {values[0]:.2f}, most {values[-1]:.2f})")


def hold(what: str, value: float, budget: float, over: bool):
    global missed
    bad = value > budget if over else value < budget
    missed |= bad
    print(f"{what}: {value:.2f} (budget {'<=' if over else '>='} {budget:g}){'  MISSED' if bad else ''}")


tell("creates that share commits, 64 writers", shared, "/s")
tell("creates with a commit each, 64 writers", single, "/s")
tell("pgbench's single-row inserts, 64 connections", others, "/s")
tell("client CPU of a read, 64 in flight", reads, "us")
hold("client CPU of a read, us", statistics.median(reads), 4, True)
hold("shared commits over one each", statistics.median(shared) / statistics.median(single), 2.5, False)
hold("shared commits over pgbench", statistics.median(shared) / statistics.median(others), 2, False)
sys.exit(missed)
PYTHON
