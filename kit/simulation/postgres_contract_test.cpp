// The model of PostgreSQL answers as PostgreSQL does: the same statements, in the same order, from the same sessions.
#include "kit/simulation/postgres_model.hpp"
#include "kit/simulation/scheduler.hpp"
#include "kit/sql/postgres/libpq_handle.hpp"
#include "kit/testing/postgres_server.hpp"

#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <poll.h>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tw::simulation {
namespace {

using namespace std::chrono_literals;
using sql::pg::LibpqConnection;
using sql::pg::LibpqResult;

/// What a session sends. A text that is a number lets so many milliseconds pass, and its session says nothing.
struct Step {
    char session;
    std::string sql;
};

struct Script {
    std::string name;
    std::vector<Step> steps;
};
void PrintTo(const Script& script, std::ostream* out) { *out << script.name; }

/// A server that a script runs against, and how time passes for it.
class Side {
 public:
    virtual ~Side() = default;
    virtual LibpqConnection connect() = 0;
    virtual void pass(std::chrono::milliseconds time) = 0;
    /// Whether that process of the server has to wait for another, or sleeps, and will not answer for now.
    virtual bool waits(int process) = 0;
};

class RealSide final : public Side {
 public:
    LibpqConnection connect() override { return LibpqConnection{PQconnectdb(url_.c_str())}; }
    void pass(std::chrono::milliseconds time) override { std::this_thread::sleep_for(time); }
    bool waits(int process) override {
        return test::PostgresServer::shared().run(
                   fmt::format("SELECT cardinality(pg_blocking_pids(pid)) > 0 OR coalesce(wait_event, '') = 'PgSleep' FROM "
                               "pg_stat_activity WHERE pid = {}",
                               process)) == "t";
    }

 private:
    std::string url_ = test::PostgresServer::shared().empty_database();
};

class ModelSide final : public Side {
 public:
    LibpqConnection connect() override {
        LibpqConnection connection;
        model_.serve_blocking([&] { connection.reset(PQconnectdb(model_.url().c_str())); });
        return connection;
    }
    void pass(std::chrono::milliseconds time) override { scheduler_.run_for(time); }
    /// Whoever does not answer within some milliseconds waits.
    bool waits(int) override {
        pass(20ms);
        return true;
    }

 private:
    Scheduler scheduler_{1};
    PostgresModel model_{scheduler_, {}};
};

/// A session of a script.
class Client {
 public:
    explicit Client(LibpqConnection connection) : connection_{std::move(connection)} {
        EXPECT_EQ(PQstatus(connection_.get()), CONNECTION_OK) << PQerrorMessage(connection_.get());
        PQsetNoticeProcessor(connection_.get(), [](void*, const char*) {}, nullptr);
    }

    void send(const std::string& text) {
        waits_ = true;
        if (text.find(" | ") != std::string::npos) return send_pipeline(text);
        // Several statements are a simple query, one is an extended one.
        const bool several = text.find(';') != std::string::npos;
        const int sent = several ? PQsendQuery(connection_.get(), text.c_str())
                                 : PQsendQueryParams(connection_.get(), text.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0);
        EXPECT_EQ(sent, 1) << PQerrorMessage(connection_.get());
    }
    bool waits() const { return waits_; }
    int process() const { return PQbackendPID(connection_.get()); }

    /// What has been answered since; empty where the answer is not complete.
    std::string take() {
        if (!waits_) return {};
        if (PQconsumeInput(connection_.get()) == 0) lost_ = true;
        while (lost_ || PQisBusy(connection_.get()) == 0) {
            const LibpqResult result{PQgetResult(connection_.get())};
            // In a pipeline, nothing stands between two results.
            if (!result && pipelines_ && !lost_) continue;
            if (!result || PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC) {
                waits_ = false;
                if (std::exchange(pipelines_, false)) {
                    EXPECT_EQ(PQexitPipelineMode(connection_.get()), 1);
                }
                return std::exchange(answer_, {});
            }
            answer_ += " " + describe(result.get());
        }
        return {};
    }

 private:
    /// The statements between bars, up to one Sync.
    void send_pipeline(std::string_view text) {
        pipelines_ = true;
        EXPECT_EQ(PQenterPipelineMode(connection_.get()), 1);
        while (!text.empty()) {
            const auto end = std::min(text.find(" | "), text.size());
            const std::string statement{text.substr(0, end)};
            text.remove_prefix(std::min(end + 3, text.size()));
            EXPECT_EQ(PQsendQueryParams(connection_.get(), statement.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0), 1);
        }
        EXPECT_EQ(PQpipelineSync(connection_.get()), 1);
    }
    static std::string field(const PGresult* result, int code) {
        const char* const text = PQresultErrorField(result, code);
        return text == nullptr ? std::string{} : std::string{text};
    }
    static std::string describe(PGresult* result) {
        if (PQresultStatus(result) == PGRES_PIPELINE_ABORTED) return "skipped";
        if (PQresultStatus(result) == PGRES_FATAL_ERROR) {
            return fmt::format("{} {} {}.{}", field(result, PG_DIAG_SQLSTATE), field(result, PG_DIAG_CONSTRAINT_NAME),
                               field(result, PG_DIAG_TABLE_NAME), field(result, PG_DIAG_COLUMN_NAME));
        }
        std::string text = PQcmdStatus(result);
        for (int row = 0; row < PQntuples(result); ++row) {
            text += " [";
            for (int column = 0; column < PQnfields(result); ++column) {
                if (column > 0) text += ", ";
                text += PQgetisnull(result, row, column) != 0 ? "null" : PQgetvalue(result, row, column);
            }
            text += "]";
        }
        for (int column = 0; column < PQnfields(result); ++column) text += fmt::format(" {}", PQftype(result, column));
        return text;
    }

    LibpqConnection connection_;
    std::string answer_;
    bool waits_ = false;
    bool pipelines_ = false;
    bool lost_ = false;
};

/// Sends what a script says, and writes down what everybody was answered.
class Player {
 public:
    explicit Player(Side& side) : side_{side} {}

    std::vector<std::string> play(const Script& script) {
        for (const auto& [session, sql] : script.steps) {
            if (const auto time = std::atoi(sql.c_str()); time > 0) {
                side_.pass(std::chrono::milliseconds{time});
            } else {
                if (!clients_.contains(session)) clients_.emplace(session, Client{side_.connect()});
                clients_.at(session).send(sql);
                settle(session);
                if (clients_.at(session).waits()) transcript_.push_back(fmt::format("{} waits: {}", session, sql));
            }
            // Those who were waiting for it.
            for (const auto& [name, client] : clients_) settle(name);
        }
        return std::move(transcript_);
    }

 private:
    /// Until the session has its answer, or will have none for now.
    void settle(char session) {
        auto& client = clients_.at(session);
        for (int i = 0; client.waits() && i < 2'000; ++i) {
            const bool waits = side_.waits(client.process());
            // The answer may have come in between.
            if (auto answer = client.take(); !answer.empty()) transcript_.push_back(fmt::format("{}:{}", session, answer));
            if (waits) return;
            side_.pass(2ms);
        }
    }

    Side& side_;
    std::map<char, Client> clients_;
    std::vector<std::string> transcript_;
};

/// What every script begins with.
constexpr const char* kTables =
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

/// Its lines are "A: BEGIN".
Script script(std::string_view name, std::string_view lines) {
    Script script{std::string{name}, {{'A', kTables}}};
    while (!lines.empty()) {
        const auto end = std::min(lines.find('\n'), lines.size());
        const auto line = lines.substr(0, end);
        lines.remove_prefix(std::min(end + 1, lines.size()));
        const auto begin = line.find_first_not_of(' ');
        if (begin != std::string_view::npos) script.steps.push_back({line[begin], std::string{line.substr(begin + 3)}});
    }
    return script;
}

/// By their names. Each line is a session and what it sends, or how many milliseconds pass.
constexpr std::pair<std::string_view, std::string_view> kScripts[] = {
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
    {"waiting_writers_get_the_row_in_turn", R"(
            A: BEGIN
            A: UPDATE stock SET on_hand = on_hand * 2 WHERE id = 'p1'
            B: UPDATE stock SET on_hand = on_hand + 1 WHERE id = 'p1'
            C: UPDATE stock SET on_hand = on_hand * 10 WHERE id = 'p1'
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
            A: SELECT pg_sleep(0.01), 7
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

std::vector<Script> scripts() {
    std::vector<Script> scripts;
    for (const auto& [name, lines] : kScripts) scripts.push_back(script(name, lines));
    return scripts;
}

class PostgresContract : public testing::TestWithParam<Script> {};

TEST_P(PostgresContract, the_model_answers_as_the_server_does) {
    RealSide real;
    ModelSide model;
    const auto expected = Player{real}.play(GetParam());
    const auto answered = Player{model}.play(GetParam());
    EXPECT_EQ(answered, expected);
}

INSTANTIATE_TEST_SUITE_P(Scripts, PostgresContract, testing::ValuesIn(scripts()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace tw::simulation
