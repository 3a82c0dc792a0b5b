// Tests what an administrator, a failover or another session can do to this program's sessions: the
// server ends them, cancels their statements or makes them read-only.
#include "kit/sql/postgres/postgres_fixture.hpp"
#include "kit/sql/postgres/prepared_statements.hpp"

#include <set>
#include <thread>

#include <fmt/format.h>

namespace tw::sql::pg {
namespace {

using std::chrono::milliseconds;

/// Calls a function of the server for each of this program's sessions that sleeps in such a
/// statement, once there is one. It is called outside of the loop.
void to_sessions_running(const std::string& function, const std::string& like) {
    const auto sql = fmt::format(
        "SELECT count({}(pid)) FROM pg_stat_activity WHERE application_name = 'tw' AND wait_event = 'PgSleep' AND query "
        "LIKE '{}'",
        function, like);
    for (int i = 0; i < 2'000; ++i) {
        if (PostgresFixture::server().run(sql) != "0") return;
        std::this_thread::sleep_for(milliseconds{2});
    }
    ADD_FAILURE() << "no session sleeps in " << like;
}

/// Ends all sessions of this program and returns when they have ended. It is called on the loop,
/// which runs nothing meanwhile.
void terminate_all() {
    auto& server = PostgresFixture::server();
    const std::string ours = " FROM pg_stat_activity WHERE application_name = 'tw'";
    server.run("SELECT count(pg_terminate_backend(pid))" + ours);
    for (int i = 0; i < 2'000 && server.run("SELECT count(*)" + ours) != "0"; ++i) std::this_thread::sleep_for(milliseconds{2});
}

template <class T>
Task<T> while_it_is_done_to(PostgresFixture& store, Task<T> work, std::string function, std::string like) {
    const auto act = [](PostgresFixture& store, std::string function, std::string like) -> Task<bool> {
        const auto work = [&] {
            to_sessions_running(function, like);
            return true;
        };
        auto working = store.workers().run(store.loop(), work);
        co_return co_await working;
    };
    auto acting = both(std::move(work), act(store, std::move(function), std::move(like)));
    auto done = co_await std::move(acting);
    co_return std::move(done.first);
}

Task<std::vector<Result<Rows>>> read_many(PostgresFixture& store, int count) {
    std::vector<Task<Result<Rows>>> reads;
    reads.push_back(store.database().query(store.ctx(), kSleep, 0.2));
    for (int i = 1; i < count; ++i) reads.push_back(store.database().query(store.ctx(), kCountUsers));
    auto reading = all(std::move(reads));
    co_return co_await std::move(reading);
}

TEST(PostgresTermination, reads_of_a_terminated_session_are_sent_once_more_and_counted_once) {
    constexpr int kReadsMax = 8;
    PostgresFixture store{{.reads_max = kReadsMax}};
    for (int round = 0; round < 4; ++round) {
        auto reading = while_it_is_done_to(store, read_many(store, kReadsMax), "pg_terminate_backend", "SELECT pg_sleep%");
        for (const auto& rows : store.run(std::move(reading))) EXPECT_TRUE(rows) << rows.error().cause();
    }
    // Exactly as many reads as at first are accepted, so the count of reads is right.
    const auto outcomes = store.run(read_many(store, kReadsMax + 1));
    for (int i = 0; i < kReadsMax; ++i) EXPECT_TRUE(outcomes[static_cast<std::size_t>(i)]);
    ASSERT_FALSE(outcomes[kReadsMax]);
    EXPECT_EQ(outcomes[kReadsMax].error().reason(), "DATABASE_BUSY");
    EXPECT_TRUE(store.store().health());
}

TEST(PostgresTermination, a_unit_that_was_sent_to_a_terminated_session_is_written_by_another) {
    StoreFixture store{PostgresFixture::server().empty_database()};
    for (int id = 1; id <= 5; ++id) {
        terminate_all();
        const auto written = store.write(new_user(id));
        EXPECT_TRUE(written) << written.error().cause();
    }
    EXPECT_EQ(store.count(), 5);
}

TEST(PostgresTermination, a_unit_whose_session_is_terminated_before_its_commit_is_written_by_another) {
    PostgresFixture store;
    Unit unit = new_user(1);
    unit.add(kSleep, 0.2);
    auto writing = while_it_is_done_to(store, store.database().write(store.ctx(), std::move(unit)), "pg_terminate_backend",
                                       "SELECT pg_sleep%");
    const auto written = store.run(std::move(writing));
    EXPECT_TRUE(written) << written.error().cause();
    EXPECT_EQ(store.count(), "1");
}

TEST(PostgresTermination, a_unit_that_ends_every_session_is_refused_and_its_outcome_is_not_open) {
    PostgresFixture store;
    static constexpr Statement kEndSession{"SELECT pg_terminate_backend", "SELECT pg_terminate_backend(pg_backend_pid())"};
    Unit unit = new_user(1);
    unit.add(kEndSession);
    const auto refused = store.write(std::move(unit));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "DATABASE_UNREACHABLE");
    EXPECT_FALSE(refused.error().outcome_open());
    EXPECT_EQ(store.count(), "0");
    EXPECT_TRUE(store.write(new_user(2)));
}

Task<Result<void>> insert_in_a_transaction(PostgresFixture& store, std::int64_t id, int& bodies) {
    auto body = Database::Body{[&store, &bodies, id](Transaction& transaction) -> Task<Result<void>> {
        ++bodies;
        auto inserting = transaction.execute(store.ctx(), kInsertUser, id, "a" + std::to_string(id), Value{Null{}}, 0, 0.0);
        const auto inserted = co_await std::move(inserting);
        co_return inserted ? Result<void>{} : inserted.error();
    }};
    auto running = store.database().transaction(store.ctx(), std::move(body));
    co_return co_await std::move(running);
}

TEST(PostgresTermination, a_transaction_on_a_terminated_session_is_repeated_on_another) {
    PostgresFixture store;
    int bodies = 0;
    ASSERT_TRUE(store.run(insert_in_a_transaction(store, 1, bodies)));
    terminate_all();
    const auto done = store.run(insert_in_a_transaction(store, 2, bodies));
    EXPECT_TRUE(done) << done.error().cause();
    EXPECT_EQ(store.count(), "2");
}

/// The first commit of a new user takes long, so that a test can interfere with it.
class SlowCommitTest : public testing::Test {
 protected:
    SlowCommitTest() {
        PostgresFixture::server().run(
            fmt::format("CREATE SEQUENCE {0}.commits; CREATE FUNCTION {0}.dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                        "IF nextval('{0}.commits') = 1 THEN PERFORM pg_sleep(20); END IF; RETURN NULL; END $$; CREATE CONSTRAINT "
                        "TRIGGER dawdle "
                        "AFTER INSERT ON {0}.users DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {0}.dawdle()",
                        schema_));
    }
    std::string commits() { return PostgresFixture::server().run("SELECT last_value FROM " + schema_ + ".commits"); }

    PostgresFixture store_{{.lines = 1}};
    const std::string schema_ = store_.url().substr(store_.url().rfind('D') + 1);
    int bodies_ = 0;
};

TEST_F(SlowCommitTest, a_commit_that_somebody_cancels_is_repeated_and_leaves_the_connection_usable) {
    auto writing = while_it_is_done_to(store_, store_.database().write(store_.ctx(), new_user(1)), "pg_cancel_backend", "COMMIT");
    const auto written = store_.run(std::move(writing));
    EXPECT_TRUE(written) << written.error().cause();
    EXPECT_EQ(commits(), "2");
    EXPECT_EQ(store_.count(), "1");
    const auto read = store_.run(store_.database().query(store_.ctx(), kCountUsers));
    EXPECT_TRUE(read) << read.error().cause();
}

TEST_F(SlowCommitTest, a_checked_commit_that_somebody_cancels_is_repeated_too) {
    Unit unit;
    unit.add_one_row(kInsertUser, 1, "a", Value{Null{}}, 0, 0.0);
    auto writing =
        while_it_is_done_to(store_, store_.database().write(store_.ctx(), std::move(unit)), "pg_cancel_backend", "COMMIT");
    const auto written = store_.run(std::move(writing));
    EXPECT_TRUE(written) << written.error().cause();
    EXPECT_EQ(store_.count(), "1");
    EXPECT_TRUE(store_.run(store_.database().query(store_.ctx(), kCountUsers)));
}

TEST_F(SlowCommitTest, a_transaction_whose_commit_somebody_cancels_is_repeated) {
    auto running = while_it_is_done_to(store_, insert_in_a_transaction(store_, 1, bodies_), "pg_cancel_backend", "COMMIT");
    const auto done = store_.run(std::move(running));
    EXPECT_TRUE(done) << done.error().cause();
    EXPECT_EQ(bodies_, 2);
    EXPECT_EQ(store_.count(), "1");
    EXPECT_TRUE(store_.run(insert_in_a_transaction(store_, 2, bodies_)));
}

TEST_F(SlowCommitTest, a_session_that_is_terminated_in_its_commit_leaves_the_outcome_open) {
    auto writing =
        while_it_is_done_to(store_, store_.database().write(store_.ctx(), new_user(1)), "pg_terminate_backend", "COMMIT");
    const auto written = store_.run(std::move(writing));
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().reason(), "OUTCOME_UNKNOWN");
    EXPECT_TRUE(written.error().outcome_open());
    EXPECT_TRUE(store_.write(new_user(2)));
}

Task<Result<void>> transact_for(PostgresFixture& store, milliseconds time) {
    RootCall call{store.loop(), Deadline::after(store.loop().now(), time)};
    auto body = Database::Body{[&](Transaction& transaction) -> Task<Result<void>> {
        auto inserting = transaction.execute(call.context(), kInsertUser, 1, "a", Value{Null{}}, 0, 0.0);
        const auto inserted = co_await std::move(inserting);
        co_return inserted ? Result<void>{} : inserted.error();
    }};
    auto running = store.database().transaction(call.context(), std::move(body));
    co_return co_await std::move(running);
}

TEST_F(SlowCommitTest, a_transaction_whose_commit_hangs_ends_with_its_call_and_leaves_the_outcome_open) {
    const auto outcome = store_.run(transact_for(store_, milliseconds{100}));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code(), Code::deadline_exceeded);
    EXPECT_TRUE(outcome.error().outcome_open());
    EXPECT_EQ(store_.count_running("COMMIT"), "1") << "the COMMIT still hangs when its caller is told";
    // The connection is not given to the next transaction.
    EXPECT_TRUE(store_.run(insert_in_a_transaction(store_, 2, bodies_)));
}

Task<Result<void>> write_for(PostgresFixture& store, milliseconds time, Unit unit) {
    RootCall call{store.loop(), Deadline::after(store.loop().now(), time)};
    auto writing = store.database().write(call.context(), std::move(unit));
    co_return co_await std::move(writing);
}

TEST_F(SlowCommitTest, a_unit_whose_call_is_over_knows_whether_its_commit_was_sent) {
    const auto sent = store_.run(write_for(store_, milliseconds{100}, new_user(1)));
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code(), Code::deadline_exceeded);
    EXPECT_TRUE(sent.error().outcome_open());

    Unit checked;
    checked.add(kSleep, 20.0);
    checked.add_one_row(kSetAge, 1, 1);
    const auto unsent = store_.run(write_for(store_, milliseconds{100}, std::move(checked)));
    ASSERT_FALSE(unsent);
    EXPECT_EQ(unsent.error().code(), Code::deadline_exceeded);
    EXPECT_FALSE(unsent.error().outcome_open());
}

/// The server waits for a standby that does not exist.
class MissingStandby {
 public:
    MissingStandby() { set("nobody"); }
    ~MissingStandby() { set(""); }

 private:
    static void set(const std::string& names) {
        auto& server = PostgresFixture::server();
        server.run("ALTER SYSTEM SET synchronous_standby_names = '" + names + "'");
        server.run("SELECT pg_reload_conf()");
        for (int i = 0; i < 2'000 && server.run("SHOW synchronous_standby_names") != names; ++i) {
            std::this_thread::sleep_for(milliseconds{2});
        }
    }
};

TEST(PostgresStandby, a_neighbours_deadline_does_not_acknowledge_what_no_standby_has) {
    PostgresFixture store;
    ASSERT_TRUE(store.write(new_user(1)));
    std::pair<Result<void>, Result<void>> outcomes;
    {
        const MissingStandby missing;
        auto writing = both(write_for(store, milliseconds{100}, new_user(2)), write_for(store, milliseconds{3'000}, new_user(3)));
        outcomes = store.run(std::move(writing));
    }
    ASSERT_FALSE(outcomes.first);
    EXPECT_EQ(outcomes.first.error().code(), Code::deadline_exceeded);
    EXPECT_TRUE(outcomes.first.error().outcome_open());
    ASSERT_FALSE(outcomes.second);
    EXPECT_EQ(outcomes.second.error().reason(), "OUTCOME_UNKNOWN") << outcomes.second.error().cause();
    EXPECT_TRUE(outcomes.second.error().outcome_open());
    EXPECT_TRUE(store.write(new_user(4)));
}

TEST(PostgresStatements, more_statements_than_a_connection_keeps_prepared_still_run_and_are_forgotten_by_the_server) {
    PostgresFixture store{{.lines = 1}};
    constexpr std::size_t kCount = 1'100;
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < kCount; ++i) texts.push_back(fmt::format("SELECT {}::bigint", i));
    std::vector<Statement> statements;
    for (const auto& text : texts) statements.push_back({"SELECT", text});
    for (int round = 0; round < 2; ++round) {
        for (std::size_t i = 0; i < kCount; ++i) {
            const auto row = store.run(store.database().query_row(store.ctx(), statements[i]));
            ASSERT_TRUE(row) << i << ": " << row.error().cause();
            ASSERT_EQ((**row).get<std::size_t>(0), i);
        }
    }
    static constexpr Statement kPrepared{"SELECT prepared", "SELECT count(*) FROM pg_prepared_statements"};
    const auto prepared = store.run(store.database().query_row(store.ctx(), kPrepared));
    EXPECT_LE((**prepared).get<std::size_t>(0), PreparedStatements::kMax);
}

void set_read_only(bool on) {
    auto& server = PostgresFixture::server();
    const std::string value = on ? "on" : "off";
    server.run("ALTER SYSTEM SET default_transaction_read_only = " + value);
    server.run("SELECT pg_reload_conf()");
    for (int i = 0; i < 2'000 && server.run("SHOW default_transaction_read_only") != value; ++i) {
        std::this_thread::sleep_for(milliseconds{2});
    }
}

/// Repeats a write until it succeeds, a bounded number of times.
bool writes_again(PostgresFixture& store, std::int64_t id) {
    for (int i = 0; i < 500; ++i) {
        if (store.write(new_user(id))) return true;
        store.sleep(milliseconds{10});
    }
    return false;
}

TEST(PostgresReadOnly, writes_come_back_when_sessions_made_on_a_read_only_server_meet_one_that_writes) {
    PostgresFixture store;
    ASSERT_TRUE(store.write(new_user(1)));
    // The setting applies to new sessions only, as with ALTER DATABASE … SET.
    auto& server = PostgresFixture::server();
    server.run("ALTER ROLE tw SET default_transaction_read_only = on");
    terminate_all();
    store.sleep(milliseconds{100});
    const auto refused = store.write(new_user(2));
    server.run("BEGIN READ WRITE; ALTER ROLE tw RESET default_transaction_read_only; COMMIT");
    EXPECT_FALSE(refused);
    EXPECT_TRUE(writes_again(store, 3));
}

TEST(PostgresReadOnly, a_server_that_is_read_only_for_a_while_serves_reads_meanwhile_and_writes_afterwards) {
    PostgresFixture store;
    ASSERT_TRUE(store.write(new_user(1)));
    set_read_only(true);
    int read = 0;
    for (int i = 0; i < 5; ++i) {
        const auto refused = store.write(new_user(2));
        EXPECT_FALSE(refused);
        EXPECT_FALSE(!refused && refused.error().outcome_open());
        store.sleep(milliseconds{50});
        if (store.run(store.database().query(store.ctx(), kCountUsers))) ++read;
    }
    set_read_only(false);
    EXPECT_EQ(read, 5);
    EXPECT_TRUE(writes_again(store, 3));
    int bodies = 0;
    EXPECT_TRUE(store.run(insert_in_a_transaction(store, 4, bodies)));
}

}  // namespace
}  // namespace tw::sql::pg
