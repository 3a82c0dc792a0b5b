// Tests the driver's answer to each way in which a command can end, at moments that no real server
// lets a test choose. The table has the ends of COMMIT and of a statement, for a unit, for a unit
// that counts rows, and for a transaction.
#include "kit/async/run.hpp"
#include "kit/sql/postgres/postgres_database.hpp"
#include "kit/sql/store_fixture.hpp"
#include "kit/testing/scripted_postgres.hpp"

namespace tw::sql::pg {
namespace {

using test::ScriptedPostgres;
using enum ScriptedPostgres::Fault;

constexpr Statement kInsert{"INSERT things", "INSERT INTO things VALUES (1)"};
constexpr Statement kSelect{"SELECT", "SELECT 1"};

enum class Kind : std::uint8_t { unit, counting_unit, transaction };

/// The pool has one connection, so that each write uses the connection that the one before left
/// behind.
class ScriptedTest : public testing::Test {
 protected:
    ScriptedTest() {
        const PostgresOptions options{.lines = 1, .leases_max = 1, .backoff_first = std::chrono::milliseconds{1}};
        shared_ = std::make_shared<StoreShared>(*Target::parse(server_.url(), options), options);
        database_ = std::make_unique<PostgresDatabase>(loop_, telemetry_.get(), shared_);
    }
    ~ScriptedTest() override { database_.reset(); }

    Result<void> write(Kind kind) {
        if (kind == Kind::transaction) return transact();
        Unit unit;
        if (kind == Kind::counting_unit) {
            unit.add_one_row(kInsert);
        } else {
            unit.add(kInsert);
        }
        return run_until_done(loop_, database_->write(call_.context(), std::move(unit)));
    }
    bool reads() { return run_until_done(loop_, database_->query(call_.context(), kSelect)).has_value(); }

    ScriptedPostgres server_;
    EventLoop loop_;
    RootCall call_{loop_};
    TestTelemetry telemetry_;
    std::shared_ptr<StoreShared> shared_;
    std::unique_ptr<PostgresDatabase> database_;

 private:
    Result<void> transact() {
        auto body = Database::Body{[this](Transaction& transaction) -> Task<Result<void>> {
            auto inserting = transaction.execute(call_.context(), kInsert);
            const auto inserted = co_await std::move(inserting);
            co_return inserted ? Result<void>{} : inserted.error();
        }};
        return run_until_done(loop_, database_->transaction(call_.context(), std::move(body)));
    }
};

struct Case {
    std::string name;
    std::string command;
    ScriptedPostgres::Fault fault;
    std::string sqlstate;
    /// The result for a unit, a counting unit and a transaction: empty for success, otherwise the
    /// reason, followed by "?" if the outcome is open.
    std::string expected[3];
};

void PrintTo(const Case& each, std::ostream* out) { *out << each.name; }

std::vector<Case> cases() {
    const std::string unknown = "OUTCOME_UNKNOWN?";
    const std::string refused = "UNIQUE_VIOLATION";
    return {
        {"commit_cancelled", "COMMIT", fail, "57014", {"", "", ""}},
        {"commit_loses", "COMMIT", fail, "40001", {"", "", ""}},
        {"commit_refused", "COMMIT", fail, "23505", {refused, refused, refused}},
        {"commit_wrong", "COMMIT", fail, "XX000", {"INTERNAL", "INTERNAL", "INTERNAL"}},
        {"commit_not_known", "COMMIT", fail, "40003", {unknown, unknown, unknown}},
        {"commit_ends_session", "COMMIT", end_session, "57P01", {unknown, unknown, unknown}},
        {"commit_unanswered", "COMMIT", hang_up, "", {unknown, unknown, unknown}},
        {"statement_cancelled", "INSERT", fail, "57014", {"", "", ""}},
        {"statement_refused", "INSERT", fail, "23505", {refused, refused, refused}},
        {"statement_read_only", "INSERT", fail, "25006", {"STORAGE_FAILED", "STORAGE_FAILED", "STORAGE_FAILED"}},
        {"statement_ends_session", "INSERT", end_session, "57P01", {"", "", ""}},
        {"statement_in_a_failed_transaction", "INSERT", fail, "25P02", {"", "", ""}},
        // The unit's COMMIT was sent together with the statement.
        {"statement_unanswered", "INSERT", hang_up, "", {unknown, "", ""}},
        {"begin_ends_session", "BEGIN", end_session, "57P01", {"", "", ""}},
    };
}

class OutcomeTableTest : public ScriptedTest, public testing::WithParamInterface<Case> {};

INSTANTIATE_TEST_SUITE_P(Ends, OutcomeTableTest, testing::ValuesIn(cases()), [](const auto& info) { return info.param.name; });

TEST_P(OutcomeTableTest, each_end_of_a_command_is_told_truthfully_and_leaves_a_usable_connection) {
    const auto& wanted = GetParam();
    for (const auto kind : {Kind::unit, Kind::counting_unit, Kind::transaction}) {
        server_.at(wanted.command, wanted.fault, wanted.sqlstate);
        const auto outcome = write(kind);
        const auto told = outcome ? std::string{} : outcome.error().reason() + (outcome.error().outcome_open() ? "?" : "");
        EXPECT_EQ(told, wanted.expected[static_cast<int>(kind)]) << (outcome ? "" : outcome.error().cause());
        // After a server was found to be read-only, a new connection finds one that can write.
        bool again = false;
        for (int i = 0; i < 100 && !again; ++i) again = write(kind).has_value();
        EXPECT_TRUE(again);
        EXPECT_TRUE(reads());
    }
}

TEST_F(ScriptedTest, a_cancelled_commit_is_sent_again_once_and_its_failed_transaction_is_rolled_back) {
    server_.at("COMMIT", fail, "57014");
    EXPECT_TRUE(write(Kind::unit));
    EXPECT_EQ(server_.count("COMMIT"), 2);
    EXPECT_EQ(server_.count("ROLLBACK"), 1);
    EXPECT_EQ(server_.count("INSERT"), 2);
}

TEST_F(ScriptedTest, a_connection_whose_rollback_is_cancelled_too_is_not_used_again) {
    for (const auto kind : {Kind::unit, Kind::counting_unit, Kind::transaction}) {
        server_.at("COMMIT", fail, "57014");
        server_.at("ROLLBACK", fail, "57014");
        EXPECT_TRUE(write(kind));
        EXPECT_TRUE(reads());
    }
}

TEST_F(ScriptedTest, a_unit_is_sent_elsewhere_when_the_server_has_crashed_since) {
    // The test repeats this, so that the server's message and the unit meet in some of the rounds.
    for (int i = 0; i < 15; ++i) {
        const auto kind = static_cast<Kind>(i % 3);
        server_.at("SELECT", crash_afterwards);
        EXPECT_TRUE(reads());
        EXPECT_TRUE(write(kind));
    }
}

TEST_F(ScriptedTest, a_unit_that_is_cancelled_again_and_again_is_refused_as_busy_and_not_done) {
    for (int i = 0; i < 10; ++i) server_.at("INSERT", fail, "57014");
    const auto refused = write(Kind::unit);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::unavailable);
    EXPECT_EQ(refused.error().reason(), "DATABASE_BUSY");
    EXPECT_FALSE(refused.error().outcome_open());
    EXPECT_EQ(server_.count("INSERT"), shared_->options.attempts_max);
}

TEST_F(ScriptedTest, a_unit_that_meets_sessions_that_end_at_their_first_command_is_refused_in_the_end) {
    for (int i = 0; i < 100; ++i) server_.at("BEGIN", end_session, "57P01");
    const auto refused = write(Kind::unit);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "DATABASE_UNREACHABLE");
    EXPECT_FALSE(refused.error().outcome_open());
    EXPECT_EQ(server_.count("BEGIN"), 17);
}

}  // namespace
}  // namespace tw::sql::pg
