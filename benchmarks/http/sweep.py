"""How long the catalogue takes to expire overdue reservations that have piled up, on PostgreSQL.

usage: ./dev bench sweep [--reservations 100000] [--loops 2] [--out FILE]

Puts the reservations into the database of a stopped shop, each a second overdue, then starts it and looks until none is held. Starts a
private PostgreSQL, as the end-to-end tests do. Needs the release build. Exit code 1 when the budget is missed.
"""

import argparse
import contextlib
import json
import pathlib
import sys
import tempfile
import time

from served import ROOT, Server, stopped_at_end

sys.path.insert(0, str(ROOT / "tests/e2e"))
from harness.postgres import PostgresServer  # noqa: E402

SECONDS_MAX = 60
PRODUCTS = 200

FILL = """
    INSERT INTO products (id, name, name_folded, description, price_minor, currency, status, created_at, updated_at, version)
        SELECT 'bench-' || p, 'bench', 'bench', '', 100, 'EUR', 'active', now(), now(), 1 FROM generate_series(1, {products}) p;
    INSERT INTO stock (product_id, on_hand, reserved)
        SELECT 'bench-' || p, {reservations}, 0 FROM generate_series(1, {products}) p;
    INSERT INTO reservations (order_id, status, expires_at, created_at, updated_at)
        SELECT gen_random_uuid()::text, 'held', now() - interval '1 second', now(), now() FROM generate_series(1, {reservations});
    INSERT INTO reservation_lines (order_id, line_no, product_id, name, unit_price_minor, currency, quantity)
        SELECT order_id, 1, 'bench-' || (1 + row_number() OVER () % {products}), 'bench', 100, 'EUR', 1 FROM reservations;
    UPDATE stock SET reserved = line.quantity
        FROM (SELECT product_id, sum(quantity) AS quantity FROM reservation_lines GROUP BY product_id) line
        WHERE line.product_id = stock.product_id;
"""


def measure(folder: pathlib.Path, reservations: int, loops: int) -> dict:
    with contextlib.ExitStack() as stack:
        postgres = stack.enter_context(contextlib.closing(PostgresServer({"shared_buffers": "128MB", "max_wal_size": "4GB"}))).start()
        postgres.sql("CREATE DATABASE sweep")
        environment = {"DATABASE_URL": postgres.url("sweep"), "TRADEWIND_RUNTIME_LOOPS": str(loops)}
        Server(folder, environment).stop()  # makes the tables
        postgres.sql(FILL.format(products=PRODUCTS, reservations=reservations), database="sweep")
        started = time.monotonic()
        stack.enter_context(stopped_at_end(Server(folder, environment)))
        held = "SELECT count(*) FROM reservations WHERE status = 'held'"
        while (left := int(postgres.sql(held, database="sweep"))) > 0 and time.monotonic() - started < 10 * SECONDS_MAX:
            time.sleep(0.2)
        seconds = time.monotonic() - started
        reserved = int(postgres.sql("SELECT sum(reserved) FROM stock", database="sweep"))
    return {"reservations": reservations, "loops": loops, "seconds": seconds, "per_second": reservations / seconds, "left": left, "reserved": reserved}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reservations", type=int, default=100_000)
    parser.add_argument("--loops", type=int, default=2)
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/bench/sweep.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tradewind-bench-") as folder:
        result = measure(pathlib.Path(folder), options.reservations, options.loops)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=2) + "\n")
    print(f"{result['reservations']:,} overdue reservations expired in {result['seconds']:.1f} s, {result['per_second']:,.0f} a second")
    failed = result["left"] or result["reserved"] or result["seconds"] > SECONDS_MAX
    if failed:
        print(f"MISS: {result['left']} are left, {result['reserved']} pieces are reserved; {SECONDS_MAX} s are allowed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
