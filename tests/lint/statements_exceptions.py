"""What the rules of statements.py let pass, with the reason. An entry that nothing needs any more is itself refused.

docs/guide/scaling.md tells operators what follows from each; keep the two together.
"""

# Files, or folders, whose statements are a driver's own.
EXEMPT = {
    "kit/sql/postgres/": "BEGIN, COMMIT, the time limit of a transaction, the history of migrations: only the driver sends them",
    "kit/sql/sqlite/": "PRAGMA, BEGIN IMMEDIATE, savepoints, the history of migrations: only SQLite sees them",
    "kit/sql/copy.cpp": "SQLite's own tables of tables and columns, and SELECT * of each table: `tradewind copy` reads a file with them",
    "kit/sql/shared/observe.cpp": "the names of spans about commits, which are never sent",
}

# Small tables that are read with every shard and rarely written: Citus keeps a copy of them on every node, so foreign keys and
# joins may go to them from any shard.
REFERENCE_TABLES = {
    "products": "the catalogue: thousands of rows, read with every stock and order, changed by merchants",
}

# Tables that have a unique index without their shard key, which only an engine with global indexes (CockroachDB, YugabyteDB) can
# spread. Citus keeps them whole on one node.
WHOLE_ON_CITUS = {
    "users": "an e-mail address is unique among all users (users_email_folded_key), and users are sharded by id",
    "payments": "an attempt is one payment and an order is charged once (payments_order_attempt_key, payments_order_charging_key); a payment is found and changed by its own id",
}

# UPDATE and DELETE that change rows of several shards in one statement.
ACROSS_SHARDS: dict[tuple[str, str], str] = {}

# Constraints that only SQLite keeps.
ONLY_SQLITE = dict.fromkeys(
    (
        "flows_state_check",
        "orders_capture_check",
        "orders_payment_status_check",
        "orders_status_check",
        "payments_capture_method_check",
        "payments_status_check",
        "reservations_status_check",
        "stock_adjustments_kind_check",
    ),
    "PostgreSQL parses a CHECK for each statement that writes, and the program checks names (docs/decisions/0069)",
)
