"""What the console costs the shop: a read of a user and an order, with the console and without it.

usage: ./dev bench console [--repetitions N] [--seconds N] [--connections N]

Compares two `tradewind up` in turn. With the console, the process records every request, stores it and can show it. The CPU time is that of
the whole process. Needs wrk and the release build. Exit code 1 when a budget is missed.
"""

import contextlib
import json
import pathlib
import tempfile

from measure import in_turn, read_options, row
from orders import make_products
from served import Server, create_user, stopped_at_end

RATIO_MAX = 1.05


def measure(folder: pathlib.Path, options) -> dict[str, dict]:
    with contextlib.ExitStack() as stack:

        def served(name: str) -> tuple[Server, str]:
            (folder / name).mkdir()
            server = stack.enter_context(stopped_at_end(Server(folder / name, {"TRADEWIND_TELEMETRY_CONSOLE": name})))
            make_products(server.url)
            return server, create_user(server.url)

        servers = {name: served(name) for name in ("on", "off")}

        def order(user: str) -> dict[str, str]:
            return {"TW_POST": json.dumps({"user_id": user, "product_id": "bench-1", "quantity": 1})}

        return {
            "GET user": in_turn({name: (server, f"{server.url}/api/users/{user}", {}) for name, (server, user) in servers.items()}, options),
            "POST order": in_turn({name: (server, f"{server.url}/api/orders", order(user)) for name, (server, user) in servers.items()}, options),
        }


def main():
    options = read_options(__doc__.splitlines()[0], repetitions=5, seconds=3)
    with tempfile.TemporaryDirectory(prefix="tradewind-bench-") as folder:
        results = measure(pathlib.Path(folder), options)
    missed = False
    for request, found in results.items():
        for name, numbers in found.items():
            row(f"{request}, console {name}: CPU", numbers["cpu_us"], "µs")
            row("    latency, median", numbers["p50_us"], "µs")
            row("    latency, 99th percentile", numbers["p99_us"], "µs")
        for what, number in (("median latency", "p50_us"), ("99th percentile", "p99_us"), ("CPU", "cpu_us")):
            ratio = found["on"][number]["median"] / found["off"][number]["median"]
            missed |= ratio > RATIO_MAX
            print(f"{'MISS' if ratio > RATIO_MAX else 'ok  '} {request}, {what}: ratio {ratio:.3f}  budget <= {RATIO_MAX:g}")
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
