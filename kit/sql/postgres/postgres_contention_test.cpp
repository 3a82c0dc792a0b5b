// Tests commits of several loops that write the same rows.
#include "kit/sql/postgres/postgres_fixture.hpp"

#include <array>

#include <gmock/gmock.h>

namespace tw::sql::pg {
namespace {

constexpr Statement kSetAgeOfRow{.summary = "UPDATE users", .text = "UPDATE users SET age = $2 WHERE id = $1", .row_of = "users"};
constexpr Statement kAddAge{
    .summary = "UPDATE users age", .text = "UPDATE users SET age = age + $2 WHERE id = $1", .row_of = "users", .adds = true};

Unit set_age(std::int64_t id, std::int64_t age, const Statement& statement = kSetAgeOfRow) {
    Unit unit;
    unit.add(statement, id, age);
    return unit;
}
Unit add_age(std::int64_t id, std::int64_t age) {
    Unit unit;
    unit.add(kAddAge, id, age);
    return unit;
}

/// Four rows, and two databases as two loops have them. Units that are queued on one of them in the
/// same turn share a commit.
class PostgresContentionTest : public testing::Test {
 protected:
    /// By default no group gives up waiting for a lock.
    explicit PostgresContentionTest(std::chrono::milliseconds lock_wait_max = std::chrono::hours{1})
        : store_{PostgresOptions{.lock_wait_max = lock_wait_max}} {
        for (int id = 1; id <= 4; ++id) EXPECT_TRUE(store_.write(new_user(id)));
    }
    std::string sql(const std::string& text) { return PostgresFixture::server().run(text); }
    std::string age(int id) { return sql("SELECT age FROM " + table() + " WHERE id = " + std::to_string(id)); }
    std::string table() const { return store_.url().substr(store_.url().rfind('D') + 1) + ".users"; }
    /// Returns how many deadlocks the server has found so far.
    static std::size_t deadlocks() {
        const auto log = PostgresFixture::server().log();
        std::size_t count = 0;
        for (auto at = log.find("deadlock detected"); at != std::string::npos; at = log.find("deadlock detected", at + 1))
            ++count;
        return count;
    }
    /// Returns how many of this test's statements wait for a lock.
    std::string waiting() {
        return sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE users%'");
    }

    /// Holds locks on the rows until `until` returns true.
    Task<void> hold_rows(std::vector<int> ids, std::function<bool()> until, OneShot<bool>& held) {
        auto body = [&](Transaction& transaction) -> Task<Result<void>> {
            for (const auto id : ids) {
                auto locking = transaction.query(store_.ctx(), kFindAge, id);
                EXPECT_TRUE(co_await std::move(locking));
            }
            held.set(true);
            while (!until()) {
                auto waiting = sleep_for(store_.ctx(), std::chrono::milliseconds{2});
                static_cast<void>(co_await std::move(waiting));
            }
            co_return Result<void>{};
        };
        auto holding = store_.database().transaction(store_.ctx(), std::move(body));
        EXPECT_TRUE(co_await std::move(holding));
    }
    /// Writes the units while `ids` are locked, those of one vector on one database, and returns
    /// their outcomes.
    std::vector<Result<void>> write_behind(std::vector<int> ids, std::function<bool()> until, std::vector<Unit> one,
                                           std::vector<Unit> other = {}) {
        const auto writing = [&]() -> Task<std::vector<Result<void>>> {
            OneShot<bool> held;
            Gate gate;
            spawn(gate, hold_rows(ids, until, held));
            co_await held;
            std::vector<Task<Result<void>>> writes;
            for (auto& unit : one) writes.push_back(store_.database().write(store_.ctx(), std::move(unit)));
            for (auto& unit : other) writes.push_back(other_->write(store_.ctx(), std::move(unit)));
            auto all_writes = all(std::move(writes));
            auto outcomes = co_await std::move(all_writes);
            co_await close_and_wait(gate);
            co_return outcomes;
        };
        return store_.run(writing());
    }

    PostgresFixture store_;
    std::unique_ptr<Database> other_ = store_.another_database();
};

TEST_F(PostgresContentionTest, groups_of_two_loops_that_write_the_same_rows_do_not_meet_in_a_deadlock) {
    const auto before = deadlocks();
    std::vector<Unit> upwards;
    std::vector<Unit> downwards;
    for (int id = 1; id <= 4; ++id) {
        upwards.push_back(set_age(id, 10 + id));
        downwards.push_back(set_age(5 - id, 20 - id));
    }
    const auto both_wait = [this] { return waiting() == "2"; };
    for (const auto& outcome : write_behind({2, 3}, both_wait, std::move(upwards), std::move(downwards))) EXPECT_TRUE(outcome);
    EXPECT_EQ(deadlocks(), before);
    EXPECT_EQ(store_.store().stats().commits, 4U + 2U);
}

TEST_F(PostgresContentionTest, additions_of_two_loops_to_the_same_rows_all_count) {
    const auto before = deadlocks();
    std::vector<Unit> upwards;
    std::vector<Unit> downwards;
    for (int i = 0; i < 20; ++i) {
        upwards.push_back(add_age(1 + i % 4, 1));
        downwards.push_back(add_age(4 - i % 4, 1));
    }
    const auto both_wait = [this] { return waiting() == "2"; };
    for (const auto& outcome : write_behind({2, 3}, both_wait, std::move(upwards), std::move(downwards))) EXPECT_TRUE(outcome);
    for (int id = 1; id <= 4; ++id) EXPECT_EQ(age(id), "10");
    EXPECT_EQ(deadlocks(), before);
    EXPECT_EQ(store_.store().stats().commits, 4U + 2U);
}

/// Adds to rows through `write`, with all units in one group.
class PostgresAdditionTest : public PostgresContentionTest {
 protected:
    std::vector<Result<void>> write(std::vector<Unit> units) {
        return store_.run(write_together(store_.database(), store_.ctx(), std::move(units), kLockUsers));
    }
};

TEST_F(PostgresAdditionTest, an_addition_that_a_check_refuses_fails_alone) {
    ASSERT_TRUE(store_.write(set_age(1, 3)));
    std::vector<Unit> units;
    units.push_back(add_age(1, -2));
    units.push_back(add_age(2, 5));
    units.push_back(add_age(1, -2));
    const auto outcomes = write(std::move(units));
    EXPECT_TRUE(outcomes[0]);
    EXPECT_TRUE(outcomes[1]);
    ASSERT_FALSE(outcomes[2]);
    EXPECT_TRUE(violates(outcomes[2].error(), "users_age_check"));
    EXPECT_EQ(age(1), "1");
    EXPECT_EQ(age(2), "5");
}

TEST_F(PostgresAdditionTest, units_with_row_counts_and_additions_take_effect_whole_or_not_at_all) {
    const auto unit_of = [](std::int64_t counted, std::int64_t added, std::int64_t amount) {
        Unit unit;
        unit.add(kAddAge, added, amount);
        unit.add_one_row(kSetAgeOfRow, counted, 7);
        return unit;
    };
    std::vector<Unit> units;
    units.push_back(unit_of(1, 3, 5));
    units.push_back(unit_of(99, 3, 5));
    units.push_back(unit_of(2, 4, -1));
    const auto outcomes = write(std::move(units));
    EXPECT_TRUE(outcomes[0]);
    ASSERT_FALSE(outcomes[1]);
    EXPECT_EQ(outcomes[1].error().reason(), "ROWS_UNEXPECTED");
    ASSERT_FALSE(outcomes[2]);
    EXPECT_TRUE(violates(outcomes[2].error(), "users_age_check"));
    EXPECT_EQ(age(1), "7");
    EXPECT_EQ(age(2), "0");
    EXPECT_EQ(age(3), "5");
    EXPECT_EQ(age(4), "0");
}

class PostgresLockWaitTest : public PostgresContentionTest {
 protected:
    explicit PostgresLockWaitTest(std::chrono::milliseconds lock_wait_max = std::chrono::milliseconds{200})
        : PostgresContentionTest{lock_wait_max} {}
};

TEST_F(PostgresLockWaitTest, a_unit_that_waits_for_a_lock_does_not_keep_its_neighbours_waiting) {
    std::vector<Unit> units;
    units.push_back(set_age(1, 11));
    units.push_back(set_age(2, 12));
    // The lock on the row is released after the neighbour has written. A unit that waited for the
    // whole group would wait for ever.
    const auto neighbour_is_through = [this] { return age(1) == "11"; };
    for (const auto& outcome : write_behind({2}, neighbour_is_through, std::move(units))) EXPECT_TRUE(outcome);
    EXPECT_EQ(age(2), "12");
}

TEST_F(PostgresLockWaitTest, a_unit_that_waits_for_a_lock_alone_does_not_keep_those_after_it_waiting) {
    std::vector<Unit> first;
    first.push_back(set_age(2, 12));
    OneShot<bool> unused;
    int polls = 0;
    bool written = false;
    Gate gate;
    const auto write_another = [](PostgresFixture& store, bool& written) -> Task<void> {
        auto writing = store.database().write(store.ctx(), set_age(1, 11));
        written = (co_await std::move(writing)).has_value();
    };
    const auto until = [&] {
        if (++polls == 10) spawn(gate, write_another(store_, written));
        return written;
    };
    for (const auto& outcome : write_behind({2}, until, std::move(first))) EXPECT_TRUE(outcome);
    EXPECT_EQ(age(2), "12");
    store_.run(close_and_wait(gate));
}

/// The statements name no rows, so they run in the order of their arrival.
TEST_F(PostgresLockWaitTest, groups_that_wait_for_each_other_are_parted_before_the_server_finds_a_deadlock) {
    const auto before = deadlocks();
    std::vector<Unit> upwards;
    std::vector<Unit> downwards;
    for (int id = 1; id <= 4; ++id) {
        upwards.push_back(set_age(id, 10 + id, kSetAge));
        downwards.push_back(set_age(5 - id, 20 - id, kSetAge));
    }
    const auto both_wait = [this] { return waiting() == "2"; };
    for (const auto& outcome : write_behind({2, 3}, both_wait, std::move(upwards), std::move(downwards))) EXPECT_TRUE(outcome);
    EXPECT_EQ(deadlocks(), before);
}

class PostgresShortLockWaitTest : public PostgresLockWaitTest {
 protected:
    PostgresShortLockWaitTest() : PostgresLockWaitTest{std::chrono::milliseconds{2}} {}
};

TEST_F(PostgresShortLockWaitTest, a_unit_that_never_gets_its_lock_is_told_that_the_database_is_busy) {
    bool over = false;
    const auto writing = [&]() -> Task<Result<void>> {
        OneShot<bool> held;
        Gate gate;
        spawn(gate, hold_rows({2}, [&] { return over; }, held));
        co_await held;
        auto write = store_.database().write(store_.ctx(), set_age(2, 12));
        auto outcome = co_await std::move(write);
        over = true;
        co_await close_and_wait(gate);
        co_return outcome;
    };
    const auto outcome = store_.run(writing());
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().reason(), "DATABASE_BUSY");
    EXPECT_FALSE(outcome.error().outcome_open());
    EXPECT_EQ(age(2), "0");
    EXPECT_TRUE(store_.write(set_age(2, 12)));
}

TEST_F(PostgresLockWaitTest, a_unit_whose_caller_gives_up_while_it_waits_for_a_lock_is_not_written) {
    bool over = false;
    const auto giving_up = [&]() -> Task<Result<void>> {
        OneShot<bool> held;
        Gate gate;
        // The row stays locked until no statement waits for it any more, so the unit cannot get it.
        spawn(gate, hold_rows({2}, [&] { return over && waiting() == "0"; }, held));
        co_await held;
        RootCall call{store_.loop(), Deadline::after(store_.loop().now(), std::chrono::milliseconds{60})};
        auto writing = store_.database().write(call.context(), set_age(2, 12));
        auto outcome = co_await std::move(writing);
        over = true;
        co_await close_and_wait(gate);
        co_return outcome;
    };
    const auto outcome = store_.run(giving_up());
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code(), Code::deadline_exceeded);
    EXPECT_TRUE(store_.write(set_age(1, 1)));
    EXPECT_EQ(age(2), "0");
}

}  // namespace
}  // namespace tw::sql::pg
