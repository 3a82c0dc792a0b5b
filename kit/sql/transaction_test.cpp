#include "kit/async/sleep.hpp"
#include "kit/sql/store_fixture.hpp"

#include <stdexcept>

namespace tw::sql {
namespace {

class TransactionTest : public testing::TestWithParam<Engine> {
 protected:
    Result<void> transaction(Database::Body body) { return store_.run(database_.transaction(store_.ctx(), std::move(body))); }

    TestFolder folder_;
    StoreFixture store_{GetParam().url(folder_)};
    Database& database_ = store_.database();
};

INSTANTIATE_TEST_SUITE_P(Engines, TransactionTest, testing::ValuesIn(engines()),
                         [](const auto& info) { return info.param.name; });

Task<Result<std::int64_t>> insert(Transaction& transaction, const CallContext& ctx, std::int64_t id) {
    auto inserting = transaction.execute(ctx, kInsertUser, id, "user" + std::to_string(id), Value{Null{}}, 0, 0.0);
    co_return co_await std::move(inserting);
}

Task<Result<void>> increment(Transaction& transaction, const CallContext& ctx) {
    auto finding = transaction.query_row(ctx, kFindAge, 1);
    const auto row = co_await std::move(finding);
    if (!row) co_return row.error();
    // The turn of the loop gives the other transactions a chance to run in between.
    co_await hop_to(ctx.loop());
    auto setting = transaction.execute(ctx, kSetAge, 1, (*row)->get<std::int64_t>(0) + 1);
    const auto set = co_await std::move(setting);
    if (!set) co_return set.error();
    EXPECT_EQ(*set, 1);
    co_return Result<void>{};
}

TEST_P(TransactionTest, read_modify_write_loses_no_update) {
    ASSERT_TRUE(store_.write(new_user(1)));
    const auto body = [this](Transaction& transaction) { return increment(transaction, store_.ctx()); };
    std::vector<Task<Result<void>>> tasks;
    for (int i = 0; i < 10; ++i) tasks.push_back(database_.transaction(store_.ctx(), Database::Body{body}));
    for (const auto& outcome : store_.run(all(std::move(tasks)))) EXPECT_TRUE(outcome);
    EXPECT_EQ((**store_.run(database_.query_row(store_.ctx(), kFindUser, 1))).get<int>(3), 10);
}

Task<Result<void>> insert_then_fail(Transaction& transaction, const CallContext& ctx) {
    auto inserting = insert(transaction, ctx, 1);
    EXPECT_TRUE(co_await std::move(inserting));
    auto counting = transaction.query(ctx, kCountUsers);
    const auto counted = co_await std::move(counting);
    EXPECT_EQ(counted->front().get<int>(0), 1);
    co_return Error{Code::failed_precondition, "NO", "no"};
}

TEST_P(TransactionTest, an_error_rolls_back) {
    const auto outcome = transaction([this](Transaction& transaction) { return insert_then_fail(transaction, store_.ctx()); });
    EXPECT_EQ(outcome.error().reason(), "NO");
    EXPECT_EQ(store_.count(), 0);
    EXPECT_TRUE(store_.write(new_user(1)));
}

Task<Result<void>> insert_then_throw(Transaction& transaction, const CallContext& ctx) {
    auto inserting = insert(transaction, ctx, 1);
    EXPECT_TRUE(co_await std::move(inserting));
    throw std::runtime_error{"a bug"};
}

Task<bool> throws(Database& database, const CallContext& ctx) {
    auto body = Database::Body{[&](Transaction& transaction) { return insert_then_throw(transaction, ctx); }};
    auto running = database.transaction(ctx, std::move(body));
    try {
        static_cast<void>(co_await std::move(running));
    } catch (const std::runtime_error&) {
        co_return true;
    }
    co_return false;
}

TEST_P(TransactionTest, an_exception_rolls_back_and_goes_on) {
    EXPECT_TRUE(store_.run(throws(database_, store_.ctx())));
    EXPECT_TRUE(store_.write(new_user(2)));
    EXPECT_EQ(store_.count(), 1);
}

Task<Result<void>> ignore_a_failure(Transaction& transaction, const CallContext& ctx) {
    for (const int id : {1, 1, 2}) {
        auto inserting = insert(transaction, ctx, id);
        const auto inserted = co_await std::move(inserting);
        if (id == 2) {
            EXPECT_EQ(inserted.error().reason(), "TRANSACTION_FAILED");
        }
    }
    co_return Result<void>{};
}

TEST_P(TransactionTest, after_a_failed_statement_nothing_is_committed) {
    const auto outcome = transaction([this](Transaction& transaction) { return ignore_a_failure(transaction, store_.ctx()); });
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().reason(), "UNIQUE_VIOLATION");
    EXPECT_EQ(store_.count(), 0);
}

Task<Result<void>> insert_an_orphan(Transaction& transaction, const CallContext& ctx) {
    auto inserting = transaction.execute(ctx, kInsertPet, 1, "Rex", 999);
    EXPECT_TRUE(co_await std::move(inserting));
    co_return Result<void>{};
}

TEST_P(TransactionTest, what_the_commit_refuses_is_reported) {
    const auto outcome = transaction([this](Transaction& transaction) { return insert_an_orphan(transaction, store_.ctx()); });
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().reason(), "FOREIGN_KEY_VIOLATION");
    EXPECT_TRUE(store_.write(new_user(1)));
}

Task<Result<void>> insert_then_wait(Transaction& transaction, const CallContext& ctx, OneShot<bool>& release) {
    auto inserting = insert(transaction, ctx, 1);
    EXPECT_TRUE(co_await std::move(inserting));
    co_await release;
    auto again = insert(transaction, ctx, 3);
    EXPECT_FALSE(co_await std::move(again));
    co_return Result<void>{};
}

/// The transaction ends only after another write succeeded, which the transaction's deadline must
/// make possible.
Task<Result<void>> outstay(Database& database, EventLoop& loop) {
    RootCall patient{loop};
    RootCall hasty{loop, Deadline::after(loop.now(), std::chrono::milliseconds{30})};
    OneShot<bool> release;
    const auto write_and_release = [](Database& database, const CallContext& ctx, RootCall& hasty,
                                      OneShot<bool>& release) -> Task<Result<void>> {
        auto writing = database.write(ctx, new_user(2));
        auto written = co_await std::move(writing);
        while (!hasty.context().over()) {
            auto waiting = sleep_for(ctx, std::chrono::milliseconds{5});
            EXPECT_TRUE(co_await std::move(waiting));
        }
        release.set(true);
        co_return written;
    };
    auto body = Database::Body{[&](Transaction& transaction) { return insert_then_wait(transaction, hasty.context(), release); }};
    auto running = both(database.transaction(hasty.context(), std::move(body)),
                        write_and_release(database, patient.context(), hasty, release));
    auto outcomes = co_await std::move(running);
    EXPECT_TRUE(outcomes.second);
    co_return outcomes.first;
}

TEST_P(TransactionTest, one_that_outstays_its_call_is_rolled_back_and_lets_others_write) {
    const auto outcome = store_.run(outstay(database_, store_.loop()));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code(), Code::deadline_exceeded);
    const auto rows = store_.run(database_.query(store_.ctx(), kListUsers));
    ASSERT_EQ(rows->size(), 1U);
    EXPECT_EQ(rows->front().get<int>(0), 2);
}

Task<std::int64_t> count_inside(Database& database, Transaction& transaction, const CallContext& ctx) {
    auto inserting = insert(transaction, ctx, 1);
    EXPECT_TRUE(co_await std::move(inserting));
    auto counting = database.query_row(ctx, kCountUsers);
    const auto counted = co_await std::move(counting);
    co_return (**counted).get<std::int64_t>(0);
}

TEST_P(TransactionTest, nobody_else_sees_what_is_not_committed) {
    std::int64_t seen = -1;
    const auto look = [](Database& database, Transaction& transaction, const CallContext& ctx,
                         std::int64_t& seen) -> Task<Result<void>> {
        auto counting = count_inside(database, transaction, ctx);
        seen = co_await std::move(counting);
        co_return Result<void>{};
    };
    EXPECT_TRUE(transaction([&](Transaction& transaction) { return look(database_, transaction, store_.ctx(), seen); }));
    EXPECT_EQ(seen, 0);
    EXPECT_EQ(store_.count(), 1);
}

}  // namespace
}  // namespace tw::sql
