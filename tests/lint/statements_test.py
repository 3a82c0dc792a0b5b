"""What statements.py refuses and allows. Runs as a part of lint_test.py."""

import unittest
from unittest import mock

import statements
import statements_exceptions as exceptions
from statements_texts import Found

POSTGRES = """
CREATE TABLE products (
    id     text   NOT NULL CONSTRAINT products_pkey PRIMARY KEY,
    name   text   NOT NULL,
    status text   NOT NULL CONSTRAINT products_status_check CHECK (status IN ('draft', 'active')),
    stock  bigint NOT NULL
);
CREATE TABLE orders (
    id         text        NOT NULL CONSTRAINT orders_pkey PRIMARY KEY,
    user_id    text        NOT NULL,
    created_at timestamptz NOT NULL,
    version    bigint      NOT NULL
);
CREATE INDEX orders_user_idx ON orders (user_id, id);
CREATE TABLE order_lines (
    order_id   text   NOT NULL CONSTRAINT order_lines_order_fkey REFERENCES orders (id),
    line_no    bigint NOT NULL,
    product_id text   NOT NULL CONSTRAINT order_lines_product_fkey REFERENCES products (id),
    CONSTRAINT order_lines_pkey PRIMARY KEY (order_id, line_no)
);
CREATE TABLE users (
    id    text NOT NULL CONSTRAINT users_pkey PRIMARY KEY,
    email text NOT NULL
);
CREATE UNIQUE INDEX users_email_key ON users (email);
"""
SQLITE = POSTGRES.replace("timestamptz", "INTEGER").replace("bigint", "INTEGER").replace("\n);", "\n) STRICT;")
FOLDER = "services/shop/migrations/"
MIGRATIONS = {FOLDER + "postgres/0001_shop.sql": POSTGRES, FOLDER + "sqlite/0001_shop.sql": SQLITE}
STORE = "services/shop/shop_store.cpp"


def objections_to(text, **found):
    constants = {"kPlain": Found(STORE, 1, "kPlain", "SELECT id FROM orders LIMIT $1")}
    statement = Found(STORE, 1, "kThis", text, **found)
    return statements.statement_objections(statement, constants, statements.read_modules(MIGRATIONS))


class Rules(unittest.TestCase):
    def assert_refused(self, text, reason, **found):
        objections = objections_to(text, **found)
        self.assertIn(reason, "\n".join(objections), f"{text} is allowed, or for another reason")

    def assert_allowed(self, text, **found):
        self.assertEqual(objections_to(text, **found), [], text)


class StatementGrammar(Rules):
    def test_what_services_do_is_allowed(self):
        for text in (
            "SELECT id, user_id FROM orders WHERE id = $1",
            "SELECT id, user_id FROM orders WHERE id = $1 FOR UPDATE",
            "SELECT id FROM orders WHERE id > $1 AND ($2 = '' OR user_id = $2) ORDER BY id LIMIT $3",
            "SELECT id FROM products WHERE name LIKE $1 ESCAPE '!' AND status IN ('draft', 'active') LIMIT 5",
            "SELECT CAST(count(*) AS bigint) FROM order_lines WHERE order_id = $1",
            "INSERT INTO orders (id, user_id, created_at, version) VALUES ($1, $2, $3, 1)",
            "INSERT INTO orders (id, user_id, created_at, version) VALUES ($1, $2, $3, 1) ON CONFLICT (id) DO NOTHING",
            "UPDATE orders SET version = $2 + 1 WHERE id = $1 AND version = $2 RETURNING user_id",
            "DELETE FROM order_lines WHERE order_id = $1",
        ):
            self.assert_allowed(text)

    def test_ids_and_time_are_the_programs(self):
        insert = "INSERT INTO orders (id, user_id, created_at, version) VALUES ({}, $1, {}, 1)"
        for id_, time in (("gen_random_uuid()", "$2"), ("uuid_generate_v4()", "$2"), ("$2", "now()"), ("$2", "CURRENT_TIMESTAMP")):
            self.assert_refused(insert.format(id_, time), "the program's")
        self.assert_refused(insert.format("nextval('ids')", "$2"), "no sequences")
        self.assert_refused("SELECT id FROM orders ORDER BY random() LIMIT 1", "random()")

    def test_locks_are_row_locks_that_every_engine_has(self):
        by_id = "SELECT id FROM orders WHERE id = $1 "
        for lock in ("FOR SHARE", "FOR NO KEY UPDATE", "FOR KEY SHARE"):
            self.assert_refused(by_id + lock, "only FOR UPDATE")
        self.assert_refused(by_id + "FOR UPDATE NOWAIT", "no NOWAIT")
        self.assert_refused("SELECT o.id FROM orders o WHERE o.id = $1 FOR UPDATE OF o", "FOR UPDATE OF")
        self.assert_refused("SELECT pg_advisory_xact_lock($1)", "advisory")
        self.assert_refused("LOCK TABLE orders", "no LOCK TABLE")

    def test_skip_locked_names_what_does_without(self):
        text = "SELECT id FROM orders ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED"
        self.assert_refused(text, "// Fallback: kNameOfIt")
        self.assert_refused(text, "kMissing is no statement of this file", fallback="kMissing")
        self.assert_allowed(text, fallback="kPlain")

    def test_transactions_and_sessions_are_the_drivers(self):
        for text in ("BEGIN", "SAVEPOINT a", "ROLLBACK TO SAVEPOINT a", "LISTEN a", "NOTIFY a", "SET statement_timeout = 1", "CALL f()"):
            self.assertNotEqual(objections_to(text), [], text)
        self.assert_refused("DECLARE c CURSOR FOR SELECT id FROM orders", "no cursors")
        self.assert_refused("SELECT id FROM orders WHERE id = $1; SELECT id FROM orders WHERE id = $1", "one statement")
        self.assert_refused("CREATE TEMP TABLE t (id text)", "for migrations")

    def test_what_one_engine_has_alone_is_refused(self):
        where = "SELECT id FROM orders WHERE id = $1 AND "
        for condition, reason in (
            ("user_id ILIKE $2", "ILIKE"),
            ("user_id = ANY($2)", "arrays"),
            ("user_id ~ $2", "operator ~"),
            ("user_id -> 'a' = $2", "operator ->"),
            ("user_id @> $2", "operator @>"),
            ("version::int = $2", "cast"),
            ("user_id::text = $2", "SQLite refuses"),
            ("version IS DISTINCT FROM $2", "operator"),
            ("lower(user_id) = $2", "the program folds"),
            ("date_trunc('day', created_at) = $2", "not a function of every engine"),
            ("version = GREATEST($2, 1)", "GREATEST"),
        ):
            self.assert_refused(where + condition, reason)
        self.assert_refused("WITH a AS (SELECT id FROM orders) SELECT id FROM a", "no WITH")
        self.assert_refused("SELECT id, row_number() OVER (ORDER BY id) FROM orders LIMIT 1", "window")
        self.assert_refused("SELECT id FROM orders WHERE id = $1 UNION SELECT id FROM users WHERE id = $1", "no UNION")
        self.assert_refused("SELECT id FROM other.orders WHERE id = $1", "no schema before a table")

    def test_conflicts_are_named_by_columns(self):
        insert = "INSERT INTO orders (id, user_id, created_at, version) VALUES ($1, $2, $3, 1) ON CONFLICT "
        self.assert_refused(insert + "DO NOTHING", "name the columns of the conflict")
        self.assert_refused(insert + "ON CONSTRAINT orders_pkey DO NOTHING", "ON CONSTRAINT")
        self.assert_refused(insert + "(id) WHERE version = 1 DO NOTHING", "partial index")
        self.assert_refused(insert + "(id) DO UPDATE SET id = $2", "never changes")

    def test_columns_are_named(self):
        self.assert_refused("SELECT * FROM orders WHERE id = $1", "name the columns")
        self.assert_refused("SELECT o.* FROM orders o WHERE id = $1", "name the columns")
        self.assert_refused("DELETE FROM orders WHERE id = $1 RETURNING *", "name the columns")
        self.assert_refused("INSERT INTO orders VALUES ($1, $2, $3, 1)", "name the columns")
        self.assert_allowed("SELECT o.id FROM (SELECT * FROM orders WHERE id > $1 ORDER BY id LIMIT $2) o")

    def test_returning_takes_columns(self):
        self.assert_refused("DELETE FROM orders WHERE id = $1 RETURNING (SELECT max(id) FROM orders)", "no subquery in RETURNING")

    def test_parameters_are_parameters(self):
        self.assert_refused("SELECT id FROM orders WHERE id = $1 AND user_id = $3", "$2 is not used")
        self.assert_refused("SELECT id FROM orders WHERE id = ?", "cannot parse")
        self.assert_refused(None, "string literals only")

    def test_pages_continue_after_a_key(self):
        self.assert_refused("SELECT id FROM orders ORDER BY id LIMIT $1 OFFSET $2", "no OFFSET")

    def test_both_engines_must_know_the_columns(self):
        self.assert_refused("SELECT colour FROM orders WHERE id = $1", "SQLite refuses it: no such column")


class StatementShards(Rules):
    def test_a_change_names_its_shard(self):
        self.assert_refused("UPDATE orders SET version = 1", "have a WHERE")
        self.assert_refused("DELETE FROM orders", "have a WHERE")
        self.assert_refused("UPDATE orders SET version = 1 WHERE user_id = $1", "rows of every shard")
        self.assert_refused("UPDATE orders SET version = 1 WHERE id > $1", "rows of every shard")
        self.assert_refused("UPDATE orders SET version = 1 WHERE id = $1 OR user_id = $1", "rows of every shard")
        self.assert_refused("UPDATE orders SET id = $2 WHERE id = $1", "never changes")
        self.assert_allowed("UPDATE order_lines SET line_no = line_no + 1 WHERE order_id = $1")

    def test_a_read_names_its_shard_or_is_bounded(self):
        self.assert_refused("SELECT id FROM orders WHERE user_id = $1", "reads every shard without a bound")
        self.assert_allowed("SELECT id FROM orders WHERE user_id = $1 LIMIT $2")
        self.assert_allowed("SELECT id FROM users WHERE email = $1")
        self.assert_refused("SELECT id FROM orders WHERE user_id = $1 LIMIT 1 FOR UPDATE", "FOR UPDATE names its shard")

    def test_tables_are_joined_within_a_shard(self):
        self.assert_allowed("SELECT o.id, l.line_no FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE o.id = $1")
        self.assert_allowed("SELECT o.id, l.line_no FROM orders o, order_lines l WHERE o.id = $1 AND l.order_id = $1")
        self.assert_allowed("SELECT l.line_no, p.name FROM order_lines l JOIN products p ON p.id = l.product_id WHERE l.order_id = $1")
        self.assert_refused("SELECT o.id, u.email FROM orders o JOIN users u ON u.id = o.user_id AND o.id = $1", "different shards")
        self.assert_allowed("SELECT id FROM orders WHERE id IN (SELECT order_id FROM order_lines WHERE product_id = $1) LIMIT $2")
        self.assert_refused("DELETE FROM users WHERE id = $1 AND id IN (SELECT user_id FROM orders)", "different shards")
        self.assert_refused("UPDATE users SET email = $1 WHERE id IN (SELECT user_id FROM orders WHERE id = $2)", "rows of every shard")

    def test_tables_are_made_by_migrations(self):
        self.assert_refused("SELECT id FROM nowhere WHERE id = $1", "no migration makes the table nowhere")

    def test_an_exception_lasts_as_long_as_its_reason(self):
        with mock.patch.dict("statements_shards.ACROSS_SHARDS", {(STORE, "kThis"): "argued"}):
            self.assert_allowed("UPDATE orders SET version = 1 WHERE user_id = $1")
            self.assert_refused("UPDATE orders SET version = 1 WHERE id = $1", "needs no entry")
        lists = (exceptions.EXEMPT, exceptions.REFERENCE_TABLES, exceptions.WHOLE_ON_CITUS, exceptions.ACROSS_SHARDS)
        lists += (exceptions.ONLY_SQLITE,)
        self.assertEqual(len(statements.stale_exceptions({}, {}, set())), sum(map(len, lists)))


class MigrationRules(unittest.TestCase):
    def objections(self, text):
        migrations = statements.Migrations()
        migrations.apply("a.sql", POSTGRES + text)
        return migrations.objections

    def assert_refused(self, text, reason):
        self.assertIn(reason, "\n".join(entry[2] for entry in self.objections(text)), text)

    def assert_allowed(self, text):
        self.assertEqual(self.objections(text), [], text)

    def test_tables_and_later_changes_are_allowed(self):
        self.assert_allowed("ALTER TABLE orders ADD COLUMN note text NOT NULL DEFAULT '';")
        self.assert_allowed("CREATE INDEX orders_open_idx ON orders (created_at ASC) WHERE version = 1;")
        self.assert_allowed("ALTER TABLE orders ADD CONSTRAINT orders_version_check CHECK (version > 0);")
        self.assert_allowed("UPDATE orders SET version = 1 WHERE version = 0;")
        self.assert_allowed("DROP INDEX orders_user_idx;")

    def test_ids_are_the_programs(self):
        table = "CREATE TABLE t (id {} NOT NULL CONSTRAINT t_pkey PRIMARY KEY);"
        self.assert_refused(table.format("bigserial"), "no serial")
        self.assert_refused(table.format("serial"), "no serial")
        self.assert_refused(table.format("bigint GENERATED ALWAYS AS IDENTITY"), "no identity")
        self.assert_refused(table.format("text DEFAULT gen_random_uuid()"), "gen_random_uuid()")
        self.assert_refused(table.format("timestamptz DEFAULT now()"), "now()")
        self.assert_refused(table.format("timestamptz DEFAULT CURRENT_TIMESTAMP"), "the program's")
        self.assert_refused("CREATE SEQUENCE ids;", "no sequences")

    def test_types_are_those_of_every_engine(self):
        for type_ in ("jsonb", "uuid", "text[]", "timestamp", "money"):
            self.assert_refused(f"CREATE TABLE t (id text CONSTRAINT t_pkey PRIMARY KEY, x {type_});", "not one of every engine")

    def test_what_hides_work_in_the_database_is_refused(self):
        self.assert_refused("CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f();", "no triggers")
        self.assert_refused("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';", "no stored functions")
        self.assert_refused("CREATE TEMP TABLE t (id text CONSTRAINT t_pkey PRIMARY KEY);", "no temporary")
        self.assert_refused("CREATE EXTENSION pgcrypto;", "not a part of SQL")
        self.assert_refused("CREATE INDEX CONCURRENTLY i ON orders (version);", "no CONCURRENTLY")
        self.assert_refused("CREATE INDEX i ON orders (lower(user_id));", "expression")
        self.assert_refused("CREATE INDEX i ON orders USING gin (user_id);", "indexes are plain")
        self.assert_refused("ALTER TABLE orders RENAME COLUMN version TO revision;", "no renaming")
        self.assert_refused("ALTER TABLE orders ALTER COLUMN version TYPE text;", "AlterColumnType")

    def test_a_table_has_a_key_to_be_sharded_by(self):
        self.assert_refused("CREATE TABLE t (id text NOT NULL);", "has no primary key")

    def test_a_unique_index_contains_the_shard_key(self):
        self.assert_refused("CREATE UNIQUE INDEX orders_user_key ON orders (user_id);", "orders_user_key: a unique index contains")
        self.assert_refused("ALTER TABLE orders ADD CONSTRAINT orders_user_key UNIQUE (user_id);", "a unique index contains")
        self.assert_allowed("CREATE UNIQUE INDEX order_lines_product_key ON order_lines (order_id, product_id);")

    def test_a_foreign_key_stays_within_a_shard(self):
        table = "CREATE TABLE notes (id text CONSTRAINT notes_pkey PRIMARY KEY, owner_id text CONSTRAINT notes_fkey REFERENCES {} (id));"
        self.assert_refused(table.format("orders"), "notes_fkey: a foreign key stays within a shard")
        self.assert_refused(table.format("elsewhere"), "elsewhere is no table of this module")
        self.assert_allowed(table.format("products"))

    def test_constraints_have_names(self):
        self.assert_refused("CREATE TABLE t (id text PRIMARY KEY);", "name the constraint")
        self.assert_refused("CREATE INDEX ON orders (version);", "name the index")

    def test_an_objection_names_its_line(self):
        self.assertEqual(self.objections("\n-- Why.\nCREATE SEQUENCE ids;")[0][:2], ("a.sql", POSTGRES.count("\n") + 3))


class BothEngines(unittest.TestCase):
    def objections(self, engine, text, replacement):
        path = FOLDER + engine + "/0001_shop.sql"
        module = statements.read_modules({**MIGRATIONS, path: MIGRATIONS[path].replace(text, replacement)})["services/shop"]
        return "\n".join(entry[2] for entry in module.all_objections())

    def test_the_same_tables_in_both_are_allowed(self):
        self.assertEqual(self.objections("sqlite", "nothing", "nothing"), "")

    def test_tables_that_differ_are_refused(self):
        self.assertIn("differ between", self.objections("sqlite", "users_email_key", "users_email_folded_key"))
        self.assertIn("differ between", self.objections("postgres", "user_id    text        NOT NULL,", ""))

    def test_a_constraint_may_be_only_in_sqlite(self):
        with mock.patch.dict("statements_schema.ONLY_SQLITE", {"products_status_check": "argued"}):
            self.assertEqual(self.objections("postgres", " CONSTRAINT products_status_check CHECK (status IN ('draft', 'active'))", ""), "")

    def test_sqlite_reads_its_own(self):
        self.assertIn("STRICT", self.objections("sqlite", ") STRICT;", ");"))
        self.assertIn("AUTOINCREMENT", self.objections("sqlite", "version    INTEGER", "version    INTEGER -- AUTOINCREMENT\n"))
        self.assertIn("SQLite refuses", self.objections("sqlite", "ON orders (user_id, id)", "ON orders (user)"))


class Guide(unittest.TestCase):
    def test_the_guide_lists_every_table_with_its_shard_key(self):
        modules = statements.read_modules(MIGRATIONS)
        rows = [f"| shop | `{table}` | `{key}` | |" for table, key in (("products", "id"), ("orders", "id"), ("users", "id"))]
        missing = [text for _, _, text in statements.guide_objections("\n".join(rows), modules)]
        self.assertEqual(len(missing), 1)
        self.assertIn("order_lines, sharded by order_id, is missing", missing[0])
        self.assertEqual(list(statements.guide_objections("\n".join([*rows, "| | `order_lines` | `order_id` |"]), modules)), [])


if __name__ == "__main__":
    unittest.main()
