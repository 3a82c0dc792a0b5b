#include "kit/sql/postgres/postgres_fixture.hpp"

#include <set>

namespace tw::sql::pg {
namespace {

using From = test::FaultProxy::From;
using std::chrono::milliseconds;

class PostgresFaultTest : public testing::Test {
 protected:
    PostgresFixture store_{{.silence_max = milliseconds{1'000}}};
};

TEST_F(PostgresFaultTest, a_commit_whose_answer_is_lost_is_neither_told_to_succeed_nor_repeated) {
    ASSERT_TRUE(store_.write(new_user(1)));
    store_.proxy().cut_at(From::server, "COMMIT");
    const auto outcome = store_.write(new_user(2));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code(), Code::unavailable);
    EXPECT_EQ(outcome.error().reason(), "OUTCOME_UNKNOWN");
    EXPECT_FALSE(outcome.error().retryable());
    EXPECT_TRUE(store_.proxy().cut());
    EXPECT_EQ(store_.count(), "2");
    EXPECT_TRUE(store_.write(new_user(3)));
    EXPECT_EQ(store_.count(), "3");
}

TEST_F(PostgresFaultTest, a_lost_answer_to_a_checked_commit_is_an_unknown_outcome_too) {
    ASSERT_TRUE(store_.write(new_user(1)));
    store_.proxy().cut_at(From::server, "COMMIT");
    Unit unit;
    unit.add_one_row(kSetAge, 1, 44);
    const auto outcome = store_.write(std::move(unit));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().reason(), "OUTCOME_UNKNOWN");
}

TEST_F(PostgresFaultTest, what_was_lost_before_its_commit_was_sent_is_written_by_another_connection_once) {
    ASSERT_TRUE(store_.write(new_user(1)));
    store_.proxy().cut_at(From::server, "UPDATE 1");
    Unit unit = new_user(2);
    unit.add_one_row(kSetAge, 1, 44);
    const auto outcome = store_.write(std::move(unit));
    EXPECT_TRUE(outcome) << outcome.error().cause();
    EXPECT_TRUE(store_.proxy().cut());
    EXPECT_EQ(store_.count(), "2");
}

TEST_F(PostgresFaultTest, what_finds_no_other_connection_was_not_done_and_may_be_repeated) {
    store_.proxy().refuse(true);
    store_.proxy().cut_all();
    const auto outcome = store_.write(new_user(2));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().reason(), "DATABASE_UNREACHABLE");
    EXPECT_FALSE(outcome.error().outcome_open());
    EXPECT_TRUE(outcome.error().retryable());
    EXPECT_TRUE(outcome.error().retry_after());
    EXPECT_EQ(store_.count(), "0");
}

Task<Result<void>> insert_both(Transaction& transaction, const CallContext& ctx) {
    for (const int id : {1, 2}) {
        auto inserting = transaction.execute(ctx, kInsertUser, id, "user" + std::to_string(id), Value{Null{}}, 0, 0.0);
        const auto inserted = co_await std::move(inserting);
        if (!inserted) co_return inserted.error();
    }
    co_return Result<void>{};
}

TEST_F(PostgresFaultTest, a_transactions_lost_commit_is_an_unknown_outcome) {
    store_.proxy().cut_at(From::server, "COMMIT");
    auto body = Database::Body{[&](Transaction& transaction) { return insert_both(transaction, store_.ctx()); }};
    const auto outcome = store_.run(store_.database().transaction(store_.ctx(), std::move(body)));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().reason(), "OUTCOME_UNKNOWN");
    EXPECT_EQ(store_.count(), "2");
}

TEST_F(PostgresFaultTest, a_read_whose_connection_breaks_is_repeated_on_another) {
    ASSERT_TRUE(store_.run(store_.database().query(store_.ctx(), kListUsers)));
    store_.proxy().cut_at(From::server, "SELECT 1");
    const auto row = store_.run(store_.database().query_row(store_.ctx(), kCountUsers));
    EXPECT_TRUE(store_.proxy().cut());
    ASSERT_TRUE(row);
    EXPECT_EQ((**row).get<int>(0), 0);
}

Task<Result<Rows>> query_for(Database& database, EventLoop& loop, milliseconds time) {
    RootCall call{loop, Deadline::after(loop.now(), time)};
    auto querying = database.query(call.context(), kListUsers);
    co_return co_await std::move(querying);
}

Task<Result<void>> write_for(Database& database, EventLoop& loop, milliseconds time, std::int64_t id) {
    RootCall call{loop, Deadline::after(loop.now(), time)};
    auto writing = database.write(call.context(), new_user(id));
    co_return co_await std::move(writing);
}

Task<Result<void>> transact_for(Database& database, EventLoop& loop, milliseconds time) {
    RootCall call{loop, Deadline::after(loop.now(), time)};
    auto body = Database::Body{[&](Transaction& transaction) { return insert_both(transaction, call.context()); }};
    auto running = database.transaction(call.context(), std::move(body));
    co_return co_await std::move(running);
}

/// Returns how long it takes until a read succeeds again.
milliseconds time_to_recover(PostgresFixture& store) {
    const auto began = store.loop().now();
    while (store.loop().now() - began < std::chrono::seconds{15}) {
        if (store.run(query_for(store.database(), store.loop(), milliseconds{200}))) break;
        store.sleep(milliseconds{20});
    }
    return std::chrono::duration_cast<milliseconds>(store.loop().now() - began);
}

TEST_F(PostgresFaultTest, calls_to_a_server_that_swallows_everything_end_at_their_deadline) {
    ASSERT_TRUE(store_.write(new_user(1)));
    store_.proxy().swallow(true);
    const auto began = store_.loop().now();
    EXPECT_EQ(store_.run(query_for(store_.database(), store_.loop(), milliseconds{100})).error().code(), Code::deadline_exceeded);
    EXPECT_EQ(store_.run(write_for(store_.database(), store_.loop(), milliseconds{100}, 2)).error().code(),
              Code::deadline_exceeded);
    EXPECT_EQ(store_.run(transact_for(store_.database(), store_.loop(), milliseconds{100})).error().code(),
              Code::deadline_exceeded);
    EXPECT_LT(store_.loop().now() - began, milliseconds{1'000});
    store_.proxy().cut_all();
    store_.proxy().swallow(false);
    EXPECT_LT(time_to_recover(store_), milliseconds{5'000});
}

TEST_F(PostgresFaultTest, a_server_that_is_away_is_said_to_be_at_once_and_found_again) {
    store_.proxy().refuse(true);
    store_.proxy().cut_all();
    store_.sleep(milliseconds{200});
    EXPECT_EQ(store_.store().health().error().reason(), "DATABASE_UNREACHABLE");
    const auto began = store_.loop().now();
    const auto refused = store_.run(store_.database().query(store_.ctx(), kListUsers)).error();
    EXPECT_EQ(refused.reason(), "DATABASE_UNREACHABLE");
    EXPECT_EQ(refused.detail().find("127.0.0.1"), std::string::npos) << "callers do not learn where the server is";
    EXPECT_EQ(store_.write(new_user(1)).error().reason(), "DATABASE_UNREACHABLE");
    EXPECT_EQ(store_.run(transact_for(store_.database(), store_.loop(), milliseconds{1'000})).error().reason(),
              "DATABASE_UNREACHABLE");
    EXPECT_LT(store_.loop().now() - began, milliseconds{100});
    store_.proxy().refuse(false);
    EXPECT_LT(time_to_recover(store_), milliseconds{5'000});
    EXPECT_TRUE(store_.store().health());
    EXPECT_TRUE(store_.write(new_user(1)));
}

struct Load {
    std::set<std::int64_t> acknowledged;
    std::set<std::string> failures;
    bool over = false;
};

Task<void> write_all_the_time(Database& database, const CallContext& ctx, std::int64_t id, Load& load) {
    for (; !load.over; ++id) {
        auto writing = database.write(ctx, new_user(id));
        const auto written = co_await std::move(writing);
        if (written) {
            load.acknowledged.insert(id);
            continue;
        }
        load.failures.insert(std::string{code_name(written.error().code())});
        auto waiting = sleep_for(ctx, milliseconds{10});
        static_cast<void>(co_await std::move(waiting));
    }
}

/// Restarts the server repeatedly from another thread. Each wait for an acknowledgement ends after
/// five seconds.
Task<bool> restart_under_load(PostgresFixture& store, Load& load, int times) {
    Gate gate;
    for (std::int64_t i = 0; i < 8; ++i) spawn(gate, write_all_the_time(store.database(), store.ctx(), i * 1'000'000, load));
    bool recovered = true;
    for (int i = 0; i < times && recovered; ++i) {
        static_cast<void>(co_await store.workers().run(store.loop(), [] {
            test::PostgresServer::shared().restart();
            return true;
        }));
        const auto before = load.acknowledged.size();
        const auto until = store.loop().now() + std::chrono::seconds{5};
        while (load.acknowledged.size() == before && store.loop().now() < until) {
            auto waiting = sleep_for(store.ctx(), milliseconds{5});
            static_cast<void>(co_await std::move(waiting));
        }
        recovered = load.acknowledged.size() > before;
    }
    load.over = true;
    co_await close_and_wait(gate);
    co_return recovered;
}

TEST_F(PostgresFaultTest, twenty_crashes_under_load_lose_nothing_that_was_acknowledged_and_say_only_unavailable) {
    Load load;
    EXPECT_TRUE(store_.run(restart_under_load(store_, load, 20)));
    EXPECT_EQ(load.failures, std::set<std::string>{"UNAVAILABLE"});
    const auto rows = store_.run(store_.database().query(store_.ctx(), kListUsers));
    ASSERT_TRUE(rows);
    EXPECT_GT(load.acknowledged.size(), 20U);
    for (const auto& row : *rows) load.acknowledged.erase(row.get<std::int64_t>(0));
    EXPECT_TRUE(load.acknowledged.empty());
}

}  // namespace
}  // namespace tw::sql::pg
