#pragma once

#include <string_view>
#include <utility>

namespace tw::simulation {

/// The statements at the start of every script.
inline constexpr const char* kTables =
    "CREATE TABLE stock (id text NOT NULL CONSTRAINT stock_pkey PRIMARY KEY, on_hand bigint NOT NULL, held bigint NOT NULL, "
    "CONSTRAINT "
    "stock_held_check CHECK (held >= 0 AND held <= on_hand));"
    "CREATE TABLE moves (id bigint NOT NULL CONSTRAINT moves_pkey PRIMARY KEY, stock_id text CONSTRAINT moves_stock_fkey "
    "REFERENCES "
    "stock (id), at timestamptz, done boolean NOT NULL DEFAULT false, ratio double precision);"
    "CREATE TABLE users (id bigint NOT NULL CONSTRAINT users_pkey PRIMARY KEY, email text NOT NULL, age bigint, active boolean "
    "NOT "
    "NULL DEFAULT true);"
    "CREATE UNIQUE INDEX users_email_key ON users (lower(email));"
    "CREATE UNIQUE INDEX users_active_key ON users (age) WHERE active;"
    "INSERT INTO stock (id, on_hand, held) VALUES ('p1', 10, 0), ('p2', 10, 0), ('p3', 10, 0);"
    "INSERT INTO users (id, email, age) VALUES (1, 'a@x', 1), (2, 'b@x', 2)";

/// The scripts by their names. Each line is a session and what it sends, or a number of
/// milliseconds that pass.
inline constexpr std::pair<std::string_view, std::string_view> kScripts[] = {
    {"a_write_waits_for_the_row_and_sees_what_was_committed", R"(
            A: BEGIN
            A: UPDATE stock SET on_hand = on_hand + 5 WHERE id = 'p1'
            B: UPDATE stock SET on_hand = on_hand + 1 WHERE id = 'p1'
            C: SELECT id, on_hand FROM stock ORDER BY id
            A: SELECT on_hand FROM stock WHERE id = 'p1'
            A: COMMIT
            C: SELECT id, on_hand FROM stock ORDER BY id)"},
    {"a_condition_is_looked_at_again_after_waiting", R"(
            A: BEGIN
            A: UPDATE stock SET held = 9 WHERE id = 'p1'
            B: UPDATE stock SET held = held + 5 WHERE id = 'p1' AND on_hand - held >= 5
            A: COMMIT
            B: SELECT held FROM stock WHERE id = 'p1')"},
    {"a_check_is_of_the_row_that_was_waited_for", R"(
            A: BEGIN
            A: UPDATE stock SET held = held + 8 WHERE id = 'p1'
            B: BEGIN
            B: UPDATE stock SET held = held + 8 WHERE id = 'p1'
            A: ROLLBACK
            B: COMMIT
            A: BEGIN
            A: UPDATE stock SET on_hand = 100 WHERE id = 'p1'
            B: UPDATE stock SET held = held + 8 WHERE id = 'p1'
            A: COMMIT
            B: SELECT held, on_hand FROM stock WHERE id = 'p1')"},
    // A busy server may let C have the row before B, so the result does not show who came first.
    {"waiting_writers_all_get_the_row", R"(
            A: BEGIN
            A: UPDATE stock SET on_hand = on_hand * 2 WHERE id = 'p1'
            B: UPDATE stock SET on_hand = on_hand + 1 WHERE id = 'p1'
            C: UPDATE stock SET on_hand = on_hand + 10 WHERE id = 'p1'
            A: COMMIT
            A: SELECT on_hand FROM stock WHERE id = 'p1')"},
    {"a_key_that_is_being_inserted_is_waited_for", R"(
            A: BEGIN
            A: INSERT INTO users (id, email) VALUES (3, 'c@x')
            B: INSERT INTO users (id, email) VALUES (3, 'd@x')
            A: COMMIT
            A: BEGIN
            A: INSERT INTO users (id, email) VALUES (4, 'e@x')
            B: INSERT INTO users (id, email) VALUES (4, 'f@x')
            C: INSERT INTO users (id, email) VALUES (5, 'E@X')
            A: ROLLBACK
            C: SELECT id, email, age, active FROM users ORDER BY id)"},
    {"a_key_that_is_being_given_up_is_waited_for", R"(
            A: BEGIN
            A: DELETE FROM users WHERE id = 1
            B: INSERT INTO users (id, email) VALUES (6, 'A@x')
            A: COMMIT
            A: BEGIN
            A: UPDATE users SET email = 'z@x' WHERE id = 2
            B: INSERT INTO users (id, email) VALUES (7, 'b@X')
            A: ROLLBACK
            A: SELECT id, email FROM users ORDER BY id)"},
    {"an_index_of_some_rows_counts_only_those", R"(
            A: INSERT INTO users (id, email, age, active) VALUES (3, 'c@x', 1, false)
            A: UPDATE users SET active = true WHERE id = 3
            A: UPDATE users SET active = false WHERE id = 1
            A: BEGIN
            A: UPDATE users SET active = true WHERE id = 3
            B: UPDATE users SET active = true WHERE id = 1
            A: COMMIT
            A: SELECT id, active FROM users ORDER BY id)"},
    {"a_parent_may_be_written_but_not_taken_away", R"(
            A: BEGIN
            A: UPDATE stock SET on_hand = 11 WHERE id = 'p1'
            B: INSERT INTO moves (id, stock_id) VALUES (1, 'p1')
            A: COMMIT
            A: BEGIN
            A: SELECT id FROM stock WHERE id = 'p2' FOR UPDATE
            B: INSERT INTO moves (id, stock_id) VALUES (2, 'p2')
            A: COMMIT
            A: BEGIN
            A: DELETE FROM stock WHERE id = 'p3'
            B: INSERT INTO moves (id, stock_id) VALUES (3, 'p3')
            A: COMMIT
            A: DELETE FROM stock WHERE id = 'p1'
            A: BEGIN
            A: INSERT INTO stock (id, on_hand, held) VALUES ('p4', 1, 0)
            B: INSERT INTO moves (id, stock_id) VALUES (4, 'p4')
            A: COMMIT
            B: INSERT INTO moves (id, stock_id, at, ratio) VALUES (4, 'p4', NULL, 0.5)
            B: SELECT id, stock_id, at, done, ratio FROM moves ORDER BY id)"},
    {"sessions_that_wait_for_each_other_are_parted", R"(
            A: BEGIN
            B: BEGIN
            A: UPDATE stock SET on_hand = 1 WHERE id = 'p1'
            B: UPDATE stock SET on_hand = 2 WHERE id = 'p2'
            A: UPDATE stock SET on_hand = 3 WHERE id = 'p2'
            B: UPDATE stock SET on_hand = 4 WHERE id = 'p1'
            A: 1500
            B: COMMIT
            A: COMMIT
            A: SELECT id, on_hand FROM stock ORDER BY id)"},
    {"three_sessions_in_a_ring_are_parted", R"(
            A: BEGIN
            B: BEGIN
            C: BEGIN
            A: UPDATE stock SET on_hand = 1 WHERE id = 'p1'
            B: UPDATE stock SET on_hand = 2 WHERE id = 'p2'
            C: UPDATE stock SET on_hand = 3 WHERE id = 'p3'
            A: UPDATE stock SET on_hand = 4 WHERE id = 'p2'
            B: UPDATE stock SET on_hand = 5 WHERE id = 'p3'
            C: UPDATE stock SET on_hand = 6 WHERE id = 'p1'
            A: 1600
            C: ROLLBACK
            B: COMMIT
            A: COMMIT
            A: SELECT id, on_hand FROM stock ORDER BY id)"},
    {"a_wait_for_a_lock_ends_after_lock_timeout", R"(
            A: BEGIN
            A: UPDATE stock SET on_hand = 1 WHERE id = 'p1'
            B: BEGIN
            B: SELECT set_config('lock_timeout', '1000', true)
            B: UPDATE stock SET on_hand = 2 WHERE id = 'p2'
            B: UPDATE stock SET on_hand = 2 WHERE id = 'p1'
            C: UPDATE stock SET on_hand = 3 WHERE id = 'p2'
            A: 1500
            B: SELECT 1
            B: COMMIT
            A: COMMIT
            A: SELECT id, on_hand FROM stock ORDER BY id)"},
    {"a_statement_ends_after_statement_timeout", R"(
            A: BEGIN
            A: SELECT set_config('statement_timeout', '1000', true)
            A: SELECT pg_sleep(5), 7
            A: 1500
            A: ROLLBACK
            A: SELECT pg_sleep(0), 7
            A: BEGIN
            A: UPDATE stock SET on_hand = 1 WHERE id = 'p1'
            B: BEGIN
            B: SELECT set_config('lock_timeout', '5000', true), set_config('statement_timeout', '1000', true)
            B: UPDATE stock SET on_hand = 2 WHERE id = 'p1'
            A: 1500
            B: COMMIT
            A: COMMIT)"},
    {"a_failed_transaction_takes_nothing_more", R"(
            A: BEGIN
            A: UPDATE stock SET on_hand = 1 WHERE id = 'p1'
            A: INSERT INTO users (id, email) VALUES (1, 'q@x')
            B: UPDATE stock SET on_hand = 2 WHERE id = 'p1'
            A: SELECT 1
            A: BEGIN
            A: COMMIT
            A: SELECT on_hand FROM stock WHERE id = 'p1'
            A: ROLLBACK
            A: COMMIT)"},
    {"constraints_say_their_names", R"(
            A: INSERT INTO stock (id, on_hand, held) VALUES ('p9', 1, 2)
            A: INSERT INTO stock (id, on_hand, held) VALUES ('p9', NULL, 0)
            A: INSERT INTO stock (id, on_hand, held) VALUES ('p1', 1, 0)
            A: INSERT INTO moves (id, stock_id) VALUES (1, 'p9')
            A: INSERT INTO users (id, email) VALUES (9, 'A@X')
            A: INSERT INTO users (id, email, age) VALUES (9, 'i@x', 1)
            A: UPDATE users SET age = 2 WHERE id = 1
            A: SELECT id FROM nowhere
            A: SELECT colour FROM users
            A: UPDATE stock SET on_hand = on_hand + 9223372036854775807 WHERE id = 'p1')"},
    {"a_transaction_that_reads_only_writes_nothing", R"(
            A: BEGIN READ ONLY
            A: SELECT id FROM stock WHERE id = 'p1'
            A: UPDATE stock SET on_hand = 2 WHERE id = 'p1'
            A: ROLLBACK
            A: BEGIN READ ONLY
            A: SELECT id FROM stock WHERE id = 'p1' FOR UPDATE
            A: COMMIT
            A: BEGIN READ ONLY
            A: INSERT INTO users (id, email) VALUES (9, 'i@x')
            A: ROLLBACK)"},
    {"statements_of_one_query_are_one_transaction", R"(
            A: UPDATE stock SET on_hand = 1 WHERE id = 'p1'; UPDATE stock SET held = 5 WHERE id = 'p1'; SELECT 1
            A: SELECT on_hand FROM stock WHERE id = 'p1'
            A: UPDATE stock SET on_hand = 7 WHERE id = 'p1'; SELECT id, on_hand FROM stock WHERE id = 'p1'
            A: BEGIN; UPDATE stock SET on_hand = 8 WHERE id = 'p1'; COMMIT)"},
    {"a_pipeline_goes_on_after_its_sync", R"(
            A: BEGIN | UPDATE stock SET on_hand = 1 WHERE id = 'p1' | COMMIT
            A: BEGIN | UPDATE stock SET on_hand = 2 WHERE id = 'p1' | INSERT INTO users (id, email) VALUES (1, 'q@x') | COMMIT
            A: SELECT 1 | COMMIT
            A: ROLLBACK | SELECT on_hand FROM stock WHERE id = 'p1'
            A: UPDATE stock SET on_hand = 3 WHERE id = 'p1' | INSERT INTO users (id, email) VALUES (1, 'q@x') | SELECT 1
            A: SELECT on_hand FROM stock WHERE id = 'p1' | SELECT id FROM nowhere | SELECT 1
            A: UPDATE stock SET on_hand = 4 WHERE id = 'p1' | UPDATE stock SET held = 4 WHERE id = 'p1'
            B: BEGIN | UPDATE stock SET on_hand = 5 WHERE id = 'p1'
            A: SELECT on_hand FROM stock WHERE id = 'p1' | UPDATE stock SET held = 5 WHERE id = 'p1' | SELECT 1
            B: COMMIT)"},
    {"advisory_locks_last_as_long_as_their_transaction", R"(
            A: BEGIN
            A: SELECT pg_advisory_xact_lock(77)
            B: BEGIN
            B: SELECT pg_advisory_xact_lock(78)
            B: SELECT pg_advisory_xact_lock(77)
            A: COMMIT
            B: COMMIT)"},
    {"a_locked_table_is_read_but_not_written", R"(
            A: BEGIN
            A: LOCK TABLE stock IN SHARE MODE
            C: SELECT count(*) FROM stock
            B: UPDATE stock SET on_hand = 2 WHERE id = 'p1'
            A: COMMIT
            B: SELECT on_hand FROM stock WHERE id = 'p1')"},
    {"a_transaction_sees_its_own_changes_over_those_of_others", R"(
            A: BEGIN
            A: UPDATE stock SET on_hand = 20 WHERE id = 'p1'
            A: DELETE FROM stock WHERE id = 'p3'
            A: INSERT INTO stock (id, on_hand, held) VALUES ('p0', 5, 0)
            B: UPDATE stock SET on_hand = 30 WHERE id = 'p2'
            A: SELECT id, on_hand FROM stock ORDER BY id
            B: SELECT id, on_hand FROM stock ORDER BY id
            A: UPDATE stock SET held = 1
            A: COMMIT
            B: SELECT id, on_hand, held FROM stock ORDER BY id)"},
    {"changed_rows_are_returned", R"(
            A: INSERT INTO stock (id, on_hand, held) VALUES ('p4', 5, 0) RETURNING id, on_hand
            A: UPDATE stock SET on_hand = on_hand + 1 WHERE id = 'p4' RETURNING on_hand
            A: DELETE FROM stock WHERE id = 'p4' RETURNING id
            A: DELETE FROM stock WHERE id = 'p4')"},
    {"conditions_tell_capitals_and_nulls_apart", R"(
            A: INSERT INTO users (id, email, age) VALUES (3, 'Upper@x', NULL)
            A: SELECT id FROM users WHERE email LIKE 'u%' ORDER BY id
            A: SELECT id, coalesce(age, 0), age IS NULL FROM users ORDER BY id
            A: SELECT count(*), max(age), min(email) FROM users
            A: SELECT id FROM users WHERE active AND age > 1)"},
};

}  // namespace tw::simulation
