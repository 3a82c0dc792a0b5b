#include "kit/sql/postgres/postgres_store.hpp"

#include "kit/sql/postgres/pool_metrics.hpp"
#include "kit/sql/postgres/postgres_fixture.hpp"

#include <thread>

#include <gmock/gmock.h>

namespace tw::sql::pg {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

class PostgresStoreTest : public testing::Test {
 protected:
    PostgresFixture store_;
};

/// Runs a query in a call with a deadline of its own.
Task<Result<Rows>> query_for(Database& database, EventLoop& loop, milliseconds time, const Statement& statement,
                             double argument) {
    RootCall call{loop, Deadline::after(loop.now(), time)};
    auto querying = database.query(call.context(), statement, argument);
    co_return co_await std::move(querying);
}

/// Returns whether the server stops running the statement soon.
bool stops(PostgresFixture& store, const std::string& like) {
    for (int i = 0; i < 100; ++i) {
        if (store.count_running(like) == "0") return true;
        store.sleep(milliseconds{10});
    }
    return false;
}

TEST_F(PostgresStoreTest, a_read_that_outstays_its_call_is_stopped_in_the_server) {
    const auto outcome = store_.run(query_for(store_.database(), store_.loop(), milliseconds{50}, kSleep, 20.0));
    EXPECT_EQ(outcome.error().code(), Code::deadline_exceeded);
    EXPECT_TRUE(stops(store_, "SELECT pg_sleep%"));
}

Task<std::pair<Result<Rows>, Result<Rows>>> read_beside_a_slow_one(PostgresFixture& store) {
    auto slow = query_for(store.database(), store.loop(), milliseconds{50}, kSleep, 20.0);
    auto quick = query_for(store.database(), store.loop(), milliseconds{5'000}, kSleep, 0.001);
    auto reading = both(std::move(slow), std::move(quick));
    co_return co_await std::move(reading);
}

TEST_F(PostgresStoreTest, a_read_behind_one_that_is_stopped_is_repeated_and_succeeds) {
    const auto [slow, quick] = store_.run(read_beside_a_slow_one(store_));
    EXPECT_EQ(slow.error().code(), Code::deadline_exceeded);
    ASSERT_TRUE(quick);
    EXPECT_EQ(quick->front().get<int>(1), 7);
}

Task<std::pair<Result<Rows>, Result<Rows>>> read_beside_a_wrong_one(PostgresFixture& store) {
    static constexpr Statement kWrong{"SELECT wrong", "SELECT 1 / (1 - $1::integer)"};
    auto wrong = store.database().query(store.ctx(), kWrong, 1);
    auto right = store.database().query(store.ctx(), kWrong, 2);
    auto reading = both(std::move(wrong), std::move(right));
    co_return co_await std::move(reading);
}

TEST_F(PostgresStoreTest, a_read_that_fails_fails_alone) {
    const auto [wrong, right] = store_.run(read_beside_a_wrong_one(store_));
    EXPECT_EQ(wrong.error().code(), Code::internal);
    ASSERT_TRUE(right);
    EXPECT_EQ(right->front().get<int>(0), -1);
}

TEST_F(PostgresStoreTest, a_statement_of_a_transaction_that_outstays_its_call_is_stopped_in_the_server) {
    RootCall call{store_.loop(), Deadline::after(store_.loop().now(), milliseconds{50})};
    const auto sleep = [](Transaction& transaction, const CallContext& ctx) -> Task<Result<void>> {
        auto asking = transaction.query(ctx, kSleep, 20.0);
        const auto answer = co_await std::move(asking);
        if (!answer) co_return answer.error();
        co_return Result<void>{};
    };
    auto body = Database::Body{[&](Transaction& transaction) { return sleep(transaction, call.context()); }};
    const auto outcome = store_.run(store_.database().transaction(call.context(), std::move(body)));
    EXPECT_EQ(outcome.error().code(), Code::deadline_exceeded);
    EXPECT_TRUE(stops(store_, "SELECT pg_sleep%"));
    EXPECT_TRUE(store_.write(new_user(1)));
}

Task<Result<void>> write_for(Database& database, EventLoop& loop, milliseconds time, Unit unit) {
    RootCall call{loop, Deadline::after(loop.now(), time)};
    auto writing = database.write(call.context(), std::move(unit));
    co_return co_await std::move(writing);
}

TEST_F(PostgresStoreTest, a_unit_that_outstays_its_call_is_stopped_and_takes_nobody_along) {
    Unit slow = new_user(1);
    slow.add(kSleep, 20.0);
    auto writing = both(write_for(store_.database(), store_.loop(), milliseconds{50}, std::move(slow)),
                        write_for(store_.database(), store_.loop(), milliseconds{5'000}, new_user(2)));
    const auto [outstaying, patient] = store_.run(std::move(writing));
    EXPECT_EQ(outstaying.error().code(), Code::deadline_exceeded);
    EXPECT_TRUE(patient);
    EXPECT_EQ(store_.count(), "1");
}

Unit change_in_turn(std::int64_t first, std::int64_t second) {
    Unit unit;
    unit.add_one_row(kSetAge, first, first);
    unit.add(kSleep, 0.2);
    unit.add_one_row(kSetAge, second, second);
    return unit;
}

TEST_F(PostgresStoreTest, two_commits_that_meet_in_a_deadlock_both_succeed_in_the_end) {
    ASSERT_TRUE(store_.write(new_user(1)));
    ASSERT_TRUE(store_.write(new_user(2)));
    const auto other = store_.another_database();
    auto writing =
        both(store_.database().write(store_.ctx(), change_in_turn(1, 2)), other->write(store_.ctx(), change_in_turn(2, 1)));
    const auto [first, second] = store_.run(std::move(writing));
    EXPECT_TRUE(first);
    EXPECT_TRUE(second);
}

TEST_F(PostgresStoreTest, a_plan_that_the_schema_has_overtaken_is_made_anew) {
    static constexpr Statement kAll{"SELECT users", "SELECT * FROM users"};
    ASSERT_TRUE(store_.write(new_user(1)));
    ASSERT_EQ(store_.run(store_.database().query(store_.ctx(), kAll))->front().size(), 5U);
    static constexpr Migration kMore[] = {{1, "more", "ALTER TABLE users ADD COLUMN nick text NOT NULL DEFAULT ''"}};
    ASSERT_TRUE(store_.store().migrate({.name = "more", .sqlite = {}, .postgres = kMore}));
    const auto rows = store_.run(store_.database().query(store_.ctx(), kAll));
    ASSERT_TRUE(rows);
    EXPECT_EQ(rows->front().size(), 6U);
}

TEST_F(PostgresStoreTest, two_that_migrate_at_once_do_the_work_once) {
    static constexpr Migration kSlow[] = {{1, "slow", "CREATE TABLE raced (x bigint); SELECT pg_sleep(0.2)"},
                                          {2, "more", "INSERT INTO raced VALUES (1)"}};
    static constexpr Schema kRaced{.name = "raced", .sqlite = {}, .postgres = kSlow};
    Result<void> outcomes[2];
    {
        std::vector<std::jthread> threads;
        for (auto& outcome : outcomes) {
            threads.emplace_back([&] {
                const auto store = open_postgres_store(store_.url());
                outcome = (*store)->migrate(kRaced);
            });
        }
    }
    EXPECT_TRUE(outcomes[0]);
    EXPECT_TRUE(outcomes[1]);
    static constexpr Statement kCount{"SELECT raced", "SELECT count(*) FROM raced"};
    EXPECT_EQ((**store_.run(store_.database().query_row(store_.ctx(), kCount))).get<int>(0), 1);
}

TEST_F(PostgresStoreTest, a_setting_that_risks_acknowledged_changes_is_named) {
    EXPECT_TRUE(store_.store().check_durability());
    const auto risky = open_postgres_store(store_.url() + "%20-csynchronous_commit%3Doff");
    ASSERT_TRUE(risky);
    const auto refused = (*risky)->check_durability();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "DATABASE_NOT_DURABLE");
    EXPECT_THAT(refused.error().detail(), HasSubstr("synchronous_commit is off"));
}

TEST_F(PostgresStoreTest, spans_say_which_server_and_what_it_answered) {
    ASSERT_TRUE(store_.write(new_user(1)));
    ASSERT_FALSE(store_.write(new_user(1)));
    const auto& span = store_.telemetry().spans.spans().back();
    EXPECT_EQ(span.text("db.system.name"), "postgresql");
    EXPECT_EQ(span.text("db.namespace"), "postgres");
    EXPECT_EQ(span.text("server.address"), "127.0.0.1");
    EXPECT_EQ(span.text("server.port"), std::to_string(store_.proxy().port()));
    EXPECT_EQ(span.text("db.response.status_code"), "23505");
    EXPECT_EQ(span.text("error.type"), "ALREADY_EXISTS");
}

TEST_F(PostgresStoreTest, the_pool_counts_its_connections) {
    ASSERT_TRUE(store_.run(store_.database().query(store_.ctx(), kListUsers)));
    store_.sleep(milliseconds{50});
    std::vector<telemetry::MetricPoint> points;
    store_.telemetry().meter.collect(points);
    double idle = -1;
    std::uint64_t created = 0;
    for (const auto& point : points) {
        const auto is_idle = point.attributes.back().second == telemetry::MetricValue{std::string{"idle"}};
        if (point.instrument == &kConnectionCount && is_idle) idle = point.value;
        if (point.instrument == &kConnectionCreateTime) created = point.count;
    }
    EXPECT_EQ(idle, 2);
    EXPECT_EQ(created, 2U);
}

TEST(PostgresBounds, what_does_not_fit_the_pool_is_refused) {
    PostgresFixture store{{.leases_max = 1, .lease_queue_max = 1, .lease_wait_max = milliseconds{50}, .reads_max = 2}};
    auto body = [&](Transaction& transaction) -> Task<Result<void>> {
        auto sleeping = transaction.query(store.ctx(), kSleep, 0.3);
        static_cast<void>(co_await std::move(sleeping));
        co_return Result<void>{};
    };
    // On a busy machine, the first connection takes longer than a transaction waits for one here.
    auto nothing = [](Transaction&) -> Task<Result<void>> { co_return Result<void>{}; };
    while (!store.run(store.database().transaction(store.ctx(), Database::Body{nothing}))) {
    }
    std::vector<Task<Result<void>>> tasks;
    for (int i = 0; i < 3; ++i) tasks.push_back(store.database().transaction(store.ctx(), Database::Body{body}));
    const auto outcomes = store.run(all(std::move(tasks)));
    EXPECT_TRUE(outcomes[0]);
    EXPECT_EQ(outcomes[1].error().reason(), "DATABASE_BUSY");
    EXPECT_EQ(outcomes[1].error().code(), Code::unavailable);
    EXPECT_EQ(outcomes[2].error().reason(), "DATABASE_BUSY");

    std::vector<Task<Result<Rows>>> reads;
    for (int i = 0; i < 3; ++i) reads.push_back(store.database().query(store.ctx(), kListUsers));
    const auto answers = store.run(all(std::move(reads)));
    EXPECT_TRUE(answers[0]);
    EXPECT_TRUE(answers[1]);
    EXPECT_EQ(answers[2].error().reason(), "DATABASE_BUSY");
}

TEST(PostgresBounds, an_answer_that_is_too_large_ends_its_statement_and_nobody_elses) {
    PostgresFixture store{{.lines = 1, .result_bytes_max = 1'000'000}};
    static constexpr Statement kLarge{"SELECT large", "SELECT repeat('x', 1000) FROM generate_series(1, $1)"};
    const auto refused = store.run(store.database().query(store.ctx(), kLarge, 20'000));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::resource_exhausted);
    EXPECT_EQ(refused.error().reason(), "RESULT_TOO_LARGE");
    const auto smaller = store.run(store.database().query(store.ctx(), kLarge, 500));
    EXPECT_TRUE(smaller) << smaller.error().cause();
}

TEST(PostgresBounds, units_beyond_the_queue_are_refused_at_once) {
    PostgresFixture store{{.units_max = 4}};
    std::vector<Task<Result<void>>> writes;
    for (int i = 0; i < 5; ++i) writes.push_back(store.database().write(store.ctx(), new_user(i)));
    const auto outcomes = store.run(all(std::move(writes)));
    for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(outcomes[i]);
    EXPECT_EQ(outcomes[4].error().reason(), "DATABASE_BUSY");
}

TEST(PostgresName, a_host_name_is_looked_up_by_the_loop) {
    auto url = test::PostgresServer::shared().empty_database();
    url.replace(url.find("127.0.0.1"), 9, "localhost");
    StoreFixture store{url};
    EXPECT_TRUE(store.write(new_user(1)));
    EXPECT_EQ(store.count(), 1);
}

}  // namespace
}  // namespace tw::sql::pg
