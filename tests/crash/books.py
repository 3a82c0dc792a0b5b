"""Reads the databases by SQL, as plain rows. Nothing here knows the services' code."""

import json
import time

from harness.postgres import PostgresServer

# Of each database: the tables that are read, if they are there.
TABLES = {
    "user": ("users", "idempotency_keys"),
    "catalog": ("products", "stock", "stock_adjustments", "reservations", "reservation_lines", "idempotency_keys"),
    "payment": ("payments",),
    "order": ("orders", "order_lines", "order_timeline", "flows", "outbox", "dead_events", "idempotency_keys"),
}
OPEN_FLOWS = ("running", "waiting")
# How long after its time an order may still be pending: a sweep comes every few seconds.
EXPIRY_SECONDS_MAX = 20

Books = dict[str, list[dict]]


def rows(postgres: PostgresServer, database: str, table: str) -> list[dict]:
    there = postgres.sql(f"SELECT 1 FROM information_schema.tables WHERE table_name = '{table}'", database)
    if not there.strip():
        return []
    more = f", expires_at < now() - interval '{EXPIRY_SECONDS_MAX} s' AS overdue" if table == "orders" else ""
    return json.loads(postgres.sql(f"SELECT coalesce(json_agg(t), '[]') FROM (SELECT *{more} FROM {table}) t", database))


def read(postgres: PostgresServer) -> Books:
    """By `service.table`: its rows."""
    return {
        f"{service}.{table}": rows(postgres, f"{service}_books", table)
        for service, tables in TABLES.items()
        for table in tables
    }  # fmt: skip


def unsettled(books: Books) -> list[str]:
    """What is still under way. It is empty when nothing happens any more without a new request."""
    found = [f"flow {flow['id']} is {flow['state']}" for flow in books["order.flows"] if flow["state"] in OPEN_FLOWS]
    found += [f"order {order['id']} is canceling" for order in books["order.orders"] if order["status"] == "canceling"]
    found += [f"order {order['id']} has a flow" for order in books["order.orders"] if order.get("active_flow")]
    overdue = [order for order in books["order.orders"] if order["status"] == "pending" and order.get("overdue")]
    found += [f"order {order['id']} is pending after its time" for order in overdue]
    found += [f"payment {one['id']} is processing" for one in books["payment.payments"] if one["status"] == "processing"]
    found += [f"payment {one['id']} has a {one['under_way']} under way" for one in books["payment.payments"] if one.get("under_way")]
    found += [f"event {event['id']} is not published" for event in books["order.outbox"]]
    return found


def wait_until_quiet(postgres: PostgresServer, seconds: float) -> tuple[Books, list[str]]:
    """The books, and what was still under way after the time. The checker judges that, too."""
    give_up = time.monotonic() + seconds
    before: Books = {}
    while True:
        books = read(postgres)
        left = unsettled(books)
        if (not left and books == before) or time.monotonic() > give_up:
            return books, left
        before = books
        time.sleep(1)
