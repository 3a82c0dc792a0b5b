#include "kit/sql/sqlite/connection.hpp"

#include "kit/sql/sqlite/sqlite_error.hpp"
#include "kit/sql/store_fixture.hpp"

#include <sys/stat.h>

namespace tw::sql {
namespace {

constexpr Statement kEcho{"SELECT", "SELECT $1"};

class ConnectionTest : public testing::Test {
 protected:
    std::unique_ptr<Connection> open(Connection::Role role) {
        return std::move(Connection::open(folder_ / "x.db", role)).value();
    }
    std::string pragma(Connection& connection, const Statement& statement) {
        const auto value = (**connection.query_row(statement)).get<Value>(0);
        const auto* number = std::get_if<std::int64_t>(&value);
        return number != nullptr ? std::to_string(*number) : std::get<std::string>(value);
    }

    TestFolder folder_;
    std::unique_ptr<Connection> writer_ = open(Connection::Role::writer);
};

TEST_F(ConnectionTest, the_writer_syncs_each_commit_of_a_write_ahead_log) {
    static constexpr Statement kSynchronous{"PRAGMA", "PRAGMA synchronous"};
    static constexpr Statement kJournal{"PRAGMA", "PRAGMA journal_mode"};
    static constexpr Statement kForeignKeys{"PRAGMA", "PRAGMA foreign_keys"};
    EXPECT_EQ(pragma(*writer_, kSynchronous), "2");
    EXPECT_EQ(pragma(*writer_, kJournal), "wal");
    EXPECT_EQ(pragma(*writer_, kForeignKeys), "1");
}

TEST_F(ConnectionTest, a_new_file_is_its_owners_alone) {
    struct stat status{};
    ASSERT_EQ(::stat((folder_ / "x.db").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(ConnectionTest, a_statement_is_prepared_once) {
    for (int i = 0; i < 5; ++i) EXPECT_EQ((**writer_->query_row(kEcho, to_values(i))).get<int>(0), i);
    const auto cached = writer_->cached_statements();
    EXPECT_TRUE(writer_->query_row(kEcho, to_values(9)));
    EXPECT_EQ(writer_->cached_statements(), cached);
}

TEST_F(ConnectionTest, another_text_at_the_same_address_is_not_mistaken) {
    Statement statement{"SELECT", "SELECT 1"};
    EXPECT_EQ((**writer_->query_row(statement)).get<int>(0), 1);
    statement.text = "SELECT 2";
    EXPECT_EQ((**writer_->query_row(statement)).get<int>(0), 2);
}

TEST_F(ConnectionTest, parameters_go_by_their_number_not_by_their_place) {
    static constexpr Statement kSwapped{"SELECT", "SELECT $2, $1, $2"};
    const auto row = writer_->query_row(kSwapped, to_values("a", "b"));
    EXPECT_EQ((**row).get<std::string>(0), "b");
    EXPECT_EQ((**row).get<std::string>(1), "a");
    EXPECT_EQ((**row).get<std::string>(2), "b");
}

TEST_F(ConnectionTest, the_wrong_number_of_parameters_is_internal) {
    EXPECT_EQ(writer_->query(kEcho).error().code(), Code::internal);
    EXPECT_EQ(writer_->query(kEcho, to_values(1, 2)).error().code(), Code::internal);
    EXPECT_TRUE(writer_->query(kEcho, to_values(1)));
}

TEST_F(ConnectionTest, other_kinds_of_parameters_are_internal) {
    for (const auto* text : {"SELECT ?", "SELECT :name", "SELECT $name", "SELECT $0", "SELECT ?1"}) {
        const Statement statement{"SELECT", text};
        EXPECT_EQ(writer_->query(statement, to_values(1)).error().code(), Code::internal) << text;
    }
}

TEST_F(ConnectionTest, several_statements_in_one_text_are_internal) {
    static constexpr Statement kTwo{"SELECT", "SELECT 1; SELECT 2"};
    static constexpr Statement kNone{"SELECT", "  "};
    static constexpr Statement kTrailing{"SELECT", "SELECT 1;\n "};
    EXPECT_EQ(writer_->query(kTwo).error().code(), Code::internal);
    EXPECT_EQ(writer_->query(kNone).error().code(), Code::internal);
    EXPECT_TRUE(writer_->query(kTrailing));
}

TEST_F(ConnectionTest, every_value_comes_back) {
    EXPECT_EQ((**writer_->query_row(kEcho, to_values("Zo\xC3\xAB"))).get<std::string>(0), "Zo\xC3\xAB");
    EXPECT_EQ((**writer_->query_row(kEcho, to_values(""))).get<Value>(0), Value{std::string{}});
    EXPECT_EQ((**writer_->query_row(kEcho, to_values(Value{Null{}}))).get<Value>(0), Value{Null{}});
    EXPECT_EQ((**writer_->query_row(kEcho, to_values(-1.5))).get<double>(0), -1.5);
    EXPECT_TRUE((**writer_->query_row(kEcho, to_values(true))).get<bool>(0));
    const auto moment = Timestamp::from_unix_micros(-5);
    EXPECT_EQ((**writer_->query_row(kEcho, to_values(moment))).get<Timestamp>(0), moment);
}

TEST_F(ConnectionTest, a_reader_refuses_to_write) {
    ASSERT_TRUE(writer_->run_script("CREATE TABLE t (x)"));
    static constexpr Statement kInsert{"INSERT t", "INSERT INTO t VALUES (1)"};
    EXPECT_EQ(open(Connection::Role::loop_reader)->query(kInsert).error().code(), Code::internal);
    EXPECT_EQ(open(Connection::Role::scan_reader)->query(kInsert).error().code(), Code::internal);
}

TEST_F(ConnectionTest, a_reader_on_a_loop_does_not_wait_for_a_lock) {
    static constexpr Statement kCount{"SELECT", "SELECT count(*) FROM sqlite_schema"};
    // A write-ahead log has no lock that keeps readers out, so the test uses another kind of
    // journal.
    ASSERT_TRUE(writer_->run_script("PRAGMA journal_mode=DELETE"));
    const auto reader = open(Connection::Role::loop_reader);
    ASSERT_TRUE(writer_->run_script("BEGIN EXCLUSIVE"));
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(reader->query(kCount).error().reason(), "DATABASE_BUSY");
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds{1});
}

TEST_F(ConnectionTest, a_limit_stops_a_statement) {
    static constexpr Statement kEndless{
        "SELECT", "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT max(i) FROM n"};
    const auto stopped = writer_->query(kEndless, {}, {.kilo_steps_max = 10});
    ASSERT_FALSE(stopped);
    EXPECT_TRUE(is_interrupted(stopped.error()));
    const std::atomic<bool> abandoned{true};
    EXPECT_TRUE(is_interrupted(writer_->query(kEndless, {}, {.abandoned = &abandoned}).error()));
    EXPECT_TRUE(is_interrupted(writer_->query(kEndless, {}, {.until = std::chrono::steady_clock::now()}).error()));
}

TEST_F(ConnectionTest, a_limit_counts_each_run_anew) {
    for (int i = 0; i < 5000; ++i) ASSERT_TRUE(writer_->query_row(kEcho, to_values(i), {.kilo_steps_max = 2}));
}

TEST_F(ConnectionTest, changed_rows_are_those_of_this_statement) {
    ASSERT_TRUE(writer_->run_script("CREATE TABLE t (x); INSERT INTO t VALUES (1), (2), (3)"));
    static constexpr Statement kUpdate{"UPDATE t", "UPDATE t SET x = 0 WHERE x >= $1"};
    static constexpr Statement kCreate{"CREATE u", "CREATE TABLE u (x)"};
    EXPECT_EQ(writer_->execute(kUpdate, to_values(2)).value(), 2);
    EXPECT_EQ(writer_->execute(kEcho, to_values(2)).value(), 0);
    EXPECT_EQ(writer_->execute(kUpdate, to_values(9)).value(), 0);
    EXPECT_EQ(writer_->execute(kCreate).value(), 0);
}

TEST_F(ConnectionTest, a_file_that_is_no_database_is_data_loss) {
    {
        std::FILE* file = std::fopen((folder_ / "junk.db").c_str(), "w");
        for (int i = 0; i < 1000; ++i) std::fputs("this is no database. ", file);
        std::fclose(file);
    }
    const auto opened = Connection::open(folder_ / "junk.db", Connection::Role::writer);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), Code::data_loss);
}

}  // namespace
}  // namespace tw::sql
