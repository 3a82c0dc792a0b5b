"""What one read of a user costs the whole `tradewind up`, by where the user comes from: the process's own cache, PostgreSQL, or Redis.

usage: ./dev bench stores [--repetitions N] [--seconds N] [--connections N]

Starts a private PostgreSQL and a private Redis, as the end-to-end tests do. Needs wrk and the release build. Exit code 1 when a budget is missed.
"""

import contextlib
import pathlib
import sys
import tempfile

from measure import in_turn, read_options, row
from served import ROOT, BareServer, Server, create_user, stopped_at_end

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
        where = {name: (server, f"{server.url}/api/users/{create_user(server.url)}", {}) for name, server in running.items()}
        bare = stack.enter_context(stopped_at_end(BareServer()))
        where["a bare loop, as many bytes"] = (bare, bare.url, {})
        return in_turn(where, options)


def main():
    options = read_options(__doc__.splitlines()[0], repetitions=5, seconds=4)
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
