#include "kit/simulation/postgres_model.hpp"

#include "kit/simulation/postgres/postgres_text.hpp"
#include "kit/simulation/scheduler.hpp"
#include "kit/sql/postgres/libpq_handle.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::simulation {
namespace {

using namespace std::chrono_literals;
using sql::pg::LibpqConnection;
using sql::pg::LibpqResult;

class PostgresModelTest : public testing::Test {
 protected:
    LibpqConnection connect() {
        LibpqConnection connection;
        model_.serve_blocking([&] { connection.reset(PQconnectdb(model_.url().c_str())); });
        return connection;
    }
    /// Runs statements in a blocking way, like a program that starts.
    void run(const std::string& text) {
        model_.serve_blocking([&] {
            const LibpqConnection connection{PQconnectdb(model_.url().c_str())};
            const LibpqResult result{PQexec(connection.get(), text.c_str())};
            EXPECT_EQ(PQresultStatus(result.get()), PGRES_COMMAND_OK) << PQresultErrorMessage(result.get());
        });
    }

    Scheduler scheduler_{1};
    PostgresModel model_{scheduler_, {.place = "order database"}};
};

std::string message_of(const std::function<void()>& work) {
    try {
        work();
    } catch (const NotModelled& why) {
        return why.what();
    }
    return "nothing was thrown";
}

TEST_F(PostgresModelTest, committed_rows_are_read_with_the_types_of_their_columns) {
    run("CREATE TABLE things (id bigint NOT NULL CONSTRAINT things_pkey PRIMARY KEY, name text, done boolean, at timestamptz);"
        "INSERT INTO things (id, name, done, at) VALUES (1, 'one', true, now())");
    const auto rows = model_.rows("SELECT id, name, done, at FROM things");
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].get<std::int64_t>(0), 1);
    EXPECT_EQ(rows[0].get<std::string>(1), "one");
    EXPECT_TRUE(rows[0].get<bool>(2));
    EXPECT_EQ(rows[0].get<Timestamp>(3), scheduler_.now());
}

/// Tests with texts that the model does not know.
class PostgresModelGap : public PostgresModelTest, public testing::WithParamInterface<std::string> {};

TEST_P(PostgresModelGap, ends_the_run_and_is_named) {
    const auto connection = connect();
    ASSERT_EQ(PQsendQuery(connection.get(), GetParam().c_str()), 1);
    scheduler_.descriptors_changed();
    EXPECT_THAT(message_of([&] { scheduler_.run_for(1s); }), testing::HasSubstr(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Texts, PostgresModelGap,
                         testing::Values("VACUUM", "SELECT 1::bigint", "SELECT id FROM things FOR SHARE", "SELECT 1 + 1",
                                         "BEGIN ISOLATION LEVEL SERIALIZABLE", "SET statement_timeout = 1"));

TEST_F(PostgresModelTest, a_text_that_the_model_does_not_know_ends_a_start_and_is_named) {
    const auto start = [&] {
        model_.serve_blocking([&] {
            const LibpqConnection connection{PQconnectdb(model_.url().c_str())};
            const LibpqResult result{PQexec(connection.get(), "LISTEN changes")};
            EXPECT_EQ(PQresultStatus(result.get()), PGRES_FATAL_ERROR);
        });
    };
    EXPECT_THAT(message_of(start), testing::HasSubstr("LISTEN changes"));
}

TEST_F(PostgresModelTest, a_crash_keeps_what_was_committed_and_nothing_else) {
    run("CREATE TABLE things (id bigint NOT NULL CONSTRAINT things_pkey PRIMARY KEY)");
    run("INSERT INTO things (id) VALUES (1)");
    const auto connection = connect();
    ASSERT_EQ(PQsendQuery(connection.get(), "BEGIN; INSERT INTO things (id) VALUES (2)"), 1);
    scheduler_.descriptors_changed();
    scheduler_.run_for(1s);
    EXPECT_EQ(model_.open_transactions(), 1U);
    model_.crash();
    EXPECT_EQ(model_.open_transactions(), 0U);
    EXPECT_EQ(model_.sessions(), 0U);
    EXPECT_EQ(model_.rows("SELECT id FROM things").size(), 1U);
}

TEST_F(PostgresModelTest, a_watcher_is_told_of_each_row_that_was_committed_as_it_was_before_and_after) {
    run("CREATE TABLE things (id bigint NOT NULL CONSTRAINT things_pkey PRIMARY KEY, name text);"
        "INSERT INTO things (id, name) VALUES (1, 'one'), (2, 'two')");
    std::vector<std::pair<PostgresModel::NamedRow, PostgresModel::NamedRow>> changes;
    model_.watch("things", [&](const auto& change) { changes.emplace_back(change.before, change.after); });
    run("BEGIN; UPDATE things SET name = 'uno' WHERE id = 1; UPDATE things SET name = 'eins' WHERE id = 1; COMMIT");
    run("BEGIN; UPDATE things SET name = 'zwei' WHERE id = 2; ROLLBACK");
    run("DELETE FROM things WHERE id = 2");
    const PostgresModel::NamedRow one{{"id", "1"}, {"name", "one"}};
    const PostgresModel::NamedRow changed{{"id", "1"}, {"name", "eins"}};
    const PostgresModel::NamedRow two{{"id", "2"}, {"name", "two"}};
    EXPECT_THAT(changes, testing::ElementsAre(testing::Pair(one, changed), testing::Pair(two, testing::IsEmpty())));
}

TEST_F(PostgresModelTest, a_row_with_a_parameter_is_found) {
    run("CREATE TABLE things (id bigint NOT NULL CONSTRAINT things_pkey PRIMARY KEY, name text);"
        "INSERT INTO things (id, name) VALUES (1, 'one'), (2, 'two')");
    const auto rows = model_.rows("SELECT id FROM things WHERE name = $1", {"two"});
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].get<std::int64_t>(0), 2);
}

TEST_F(PostgresModelTest, a_statement_is_planned_again_after_its_table_has_changed) {
    run("CREATE TABLE things (id bigint NOT NULL CONSTRAINT things_pkey PRIMARY KEY)");
    run("INSERT INTO things (id) VALUES (1)");
    EXPECT_EQ(model_.rows("SELECT * FROM things")[0].size(), 1U);
    run("ALTER TABLE things ADD COLUMN name text NOT NULL DEFAULT 'none'");
    EXPECT_EQ(model_.rows("SELECT * FROM things")[0].size(), 2U);
}

TEST_F(PostgresModelTest, a_time_that_is_the_default_of_a_column_is_compared_as_a_time) {
    run("CREATE TABLE things (id bigint NOT NULL CONSTRAINT things_pkey PRIMARY KEY)");
    run("ALTER TABLE things ADD COLUMN at timestamptz NOT NULL DEFAULT '1970-01-01 00:00:01+00'");
    run("INSERT INTO things (id) VALUES (1)");
    EXPECT_EQ(model_.rows("SELECT at FROM things")[0].get<Timestamp>(0), Timestamp::from_unix_micros(1'000'000));
    run("INSERT INTO things (id, at) VALUES (2, now())");
    EXPECT_EQ(model_.rows("SELECT id FROM things ORDER BY at")[0].get<std::int64_t>(0), 1);
}

TEST_F(PostgresModelTest, the_name_of_the_socket_can_be_told_as_the_place) {
    const auto connection = connect();
    const std::string host = PQhost(connection.get());
    EXPECT_EQ(model_.without_name("connect to " + host + ":5432"), "connect to order database:5432");
}

}  // namespace
}  // namespace tw::simulation
