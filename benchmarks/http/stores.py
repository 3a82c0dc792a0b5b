"""What one read of a user costs the whole `tradewind up`, by where the user comes from: the process's own cache, PostgreSQL, or Redis.

usage: ./dev bench stores [--repetitions N] [--seconds N] [--connections N]

Starts a private PostgreSQL and a private Redis, as the end-to-end tests do. Needs wrk and the release build. Exit code 1 when a budget is missed.
"""

import argparse
import contextlib
import pathlib
import sys
import tempfile

from measure import row, summary
from served import BINARY, ROOT, BareServer, Server, create_user, load, stopped_at_end

sys.path.insert(0, str(ROOT / "tests/e2e"))
from harness.postgres import PostgresServer  # noqa: E402
from harness.redis import RedisServer  # noqa: E402

BUDGETS_US = {"PostgreSQL": 30.0, "Redis, a hit": 24.0}


def measure(folder: pathlib.Path, options) -> dict:
    """Each in turn, so that all meet the machine in the same moods."""
    with contextlib.ExitStack() as stack:
        postgres = stack.enter_context(contextlib.closing(PostgresServer())).start()
        redis = stack.enter_context(contextlib.closing(RedisServer())).start()

        def served(name: str, **environment: str) -> Server:
            (folder / name).mkdir()
            if "DATABASE_URL" in environment:
                postgres.sql(f"CREATE DATABASE {name}")
                environment["DATABASE_URL"] = postgres.url(name)
            return stack.enter_context(stopped_at_end(Server(folder / name, environment)))

        running = {
            "SQLite, the process's own cache": served("own"),
            "SQLite": served("uncached", TRADEWIND_CACHE_MODE="off"),
            "PostgreSQL": served("database", DATABASE_URL="", TRADEWIND_CACHE_MODE="off"),
            "Redis, a hit": served("redis", DATABASE_URL="", REDIS_URL=redis.url()),
        }
        where = {name: (server, f"{server.url}/api/users/{create_user(server.url)}") for name, server in running.items()}
        bare = stack.enter_context(stopped_at_end(BareServer()))
        where["a bare loop, as many bytes"] = (bare, bare.url)
        for server, url in where.values():
            load(server, url, options.connections, 1)  # warms up
        results = {name: [] for name in where}
        for _ in range(options.repetitions):
            for name, (server, url) in where.items():
                results[name].append(load(server, url, options.connections, options.seconds))
    return {name: summary(runs) for name, runs in results.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--connections", type=int, default=64)
    options = parser.parse_args()
    if not BINARY.is_file():
        raise SystemExit(f"{BINARY} is missing: run ./dev build first")
    with tempfile.TemporaryDirectory(prefix="tradewind-bench-") as folder:
        results = measure(pathlib.Path(folder), options)
    for name, numbers in results.items():
        row(f"GET user, CPU: {name}", numbers["cpu_us"], "µs")
    missed = False
    for name, budget in BUDGETS_US.items():
        got = results[name]["cpu_us"]["median"]
        missed |= got > budget
        print(f"{'MISS' if got > budget else 'ok  '} {name:34} {got:8.1f}  budget <= {budget:g}")
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
