#include "kit/sql/postgres/group_attempt.hpp"

#include "kit/sql/shared/errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::sql::pg {
namespace {

constexpr Statement kSet{.summary = "UPDATE users", .text = "UPDATE users SET age = $2 WHERE id = $1", .row_of = "users"};
constexpr Statement kSetUnnamed{.summary = "UPDATE users", .text = "UPDATE users SET name = $2 WHERE id = $1"};
constexpr Statement kCountUp{
    .summary = "UPDATE counts", .text = "UPDATE counts SET a = a + $2 WHERE id = $1", .row_of = "counts", .adds = true};

class GroupAttemptTest : public testing::Test {
 protected:
    void unit(std::invocable<Unit&> auto fill) {
        Unit unit;
        fill(unit);
        jobs_.push_back(std::make_shared<UnitJob>(std::move(unit), Deadline::never(), TraceContext{}));
    }
    GroupAttempt& attempt() {
        attempt_.emplace(jobs_, SteadyTime{}, std::chrono::milliseconds{70}, options_);
        return *attempt_;
    }
    /// Returns the texts of a batch.
    static std::vector<std::string_view> texts(const Batch& batch) {
        std::vector<std::string_view> texts;
        for (std::size_t i = 0; i < batch.size(); ++i) texts.push_back(batch.command(i).statement->text);
        return texts;
    }
    /// Answers all commands of the batch with success and one row changed. If `refused` is set,
    /// that command fails and all after it are skipped.
    static void answer(Batch& batch, std::optional<std::size_t> refused = {}, const Error& why = refusal()) {
        for (std::size_t i = 0; i < batch.size(); ++i) {
            if (i == refused) {
                batch.answered(i, why);
                break;
            }
            batch.answered(i, Answer{.rows = {}, .rows_changed = 1});
        }
        batch.ended(nullptr);
    }
    static Error refusal() { return constraint_violated(Constraint::check, "a_check", "no"); }

    PostgresOptions options_;
    std::vector<std::shared_ptr<UnitJob>> jobs_;
    std::optional<GroupAttempt> attempt_;
};

TEST_F(GroupAttemptTest, everything_goes_in_one_piece_where_no_rows_are_counted) {
    unit([](Unit& unit) {
        unit.add(kCountUp, "a", 1);
        unit.add(kSet, "u", 1);
    });
    auto& whole = attempt();
    EXPECT_TRUE(whole.commits_at_once());
    EXPECT_THAT(texts(*whole.batch()),
                testing::ElementsAre("BEGIN", "SELECT set_config('lock_timeout', $1, true)", kSet.text, kCountUp.text, "COMMIT"));
    EXPECT_EQ(whole.batch()->command(1).parameters[0], Value{std::string{"70"}});
    answer(*whole.batch());
    EXPECT_FALSE(whole.failure());
}

TEST_F(GroupAttemptTest, additions_wait_until_rows_were_counted) {
    unit([](Unit& unit) {
        unit.add(kCountUp, "a", 1);
        unit.add_one_row(kSet, "u", 1);
    });
    auto& parts = attempt();
    ASSERT_FALSE(parts.commits_at_once());
    EXPECT_THAT(texts(*parts.batch()), testing::ElementsAre("BEGIN", testing::_, kSet.text));
    EXPECT_THAT(texts(*parts.ending()), testing::ElementsAre(kCountUp.text, "COMMIT"));
    answer(*parts.batch());
    EXPECT_FALSE(parts.failure());
    answer(*parts.ending());
    EXPECT_FALSE(parts.failure_of_ending());
}

TEST_F(GroupAttemptTest, all_units_whose_rows_are_missing_are_found_at_once) {
    for (const auto* row : {"a", "b", "c"}) {
        unit([&](Unit& unit) { unit.add_one_row(kSet, row, 1); });
    }
    auto& parts = attempt();
    parts.batch()->answered(0, Answer{});
    parts.batch()->answered(1, Answer{});
    for (const std::size_t command : {2, 3, 4}) {
        parts.batch()->answered(command, Answer{.rows = {}, .rows_changed = command == 3 ? 1 : 0});
    }
    parts.batch()->ended(nullptr);
    const auto failure = parts.failure();
    ASSERT_TRUE(failure);
    ASSERT_EQ(failure->units.size(), 2U);
    EXPECT_EQ(failure->units[0].unit, 0U);
    EXPECT_EQ(failure->units[1].unit, 2U);
    EXPECT_TRUE(failure->units[0].certain);
}

TEST_F(GroupAttemptTest, a_missing_row_is_uncertain_where_others_write_it_or_the_statement_names_none) {
    unit([](Unit& unit) { unit.add_one_row(kSet, "a", 1); });
    unit([](Unit& unit) { unit.add_one_row(kSet, "a", 2); });
    unit([](Unit& unit) { unit.add_one_row(kSetUnnamed, "b", 2); });
    auto& parts = attempt();
    for (std::size_t i = 0; i < parts.batch()->size(); ++i) parts.batch()->answered(i, Answer{});
    parts.batch()->ended(nullptr);
    const auto failure = parts.failure();
    ASSERT_TRUE(failure);
    ASSERT_EQ(failure->units.size(), 3U);
    for (const auto& one : failure->units) EXPECT_FALSE(one.certain);
}

TEST_F(GroupAttemptTest, a_refused_addition_is_certain_only_for_a_unit_alone_at_its_row) {
    for (const auto* row : {"a", "b", "b"}) {
        unit([&](Unit& unit) { unit.add(kCountUp, row, 1); });
    }
    auto& alone = attempt();
    answer(*alone.batch(), 2);
    auto failure = alone.failure();
    ASSERT_TRUE(failure);
    ASSERT_EQ(failure->units.size(), 1U);
    EXPECT_EQ(failure->units[0].unit, 0U);
    EXPECT_TRUE(failure->units[0].certain);

    auto& shared = attempt();
    answer(*shared.batch(), 3);
    failure = shared.failure();
    ASSERT_TRUE(failure);
    ASSERT_EQ(failure->units.size(), 2U);
    EXPECT_EQ(failure->units[0].unit, 1U);
    EXPECT_EQ(failure->units[1].unit, 2U);
    EXPECT_FALSE(failure->units[0].certain);
}

TEST_F(GroupAttemptTest, a_refusal_that_may_come_from_the_rows_of_another_unit_is_not_certain) {
    for (const auto* row : {"a", "b"}) {
        unit([&](Unit& unit) { unit.add(kSet, row, 1); });
    }
    for (const auto constraint : {Constraint::unique, Constraint::foreign_key, Constraint::check, Constraint::not_null}) {
        auto& parts = attempt();
        answer(*parts.batch(), 3, constraint_violated(constraint, "a_constraint", "no"));
        const auto failure = parts.failure();
        ASSERT_TRUE(failure);
        ASSERT_EQ(failure->units.size(), 1U);
        const bool about_other_rows = constraint == Constraint::unique || constraint == Constraint::foreign_key;
        EXPECT_EQ(failure->units[0].certain, !about_other_rows);
    }
}

TEST_F(GroupAttemptTest, a_lock_that_did_not_come_in_time_is_not_certain) {
    unit([](Unit& unit) { unit.add(kCountUp, "a", 1); });
    auto& one = attempt();
    answer(*one.batch(), 2, database_busy("canceling statement due to lock timeout"));
    const auto failure = one.failure();
    ASSERT_TRUE(failure);
    ASSERT_EQ(failure->units.size(), 1U);
    EXPECT_FALSE(failure->units[0].certain);
}

TEST_F(GroupAttemptTest, a_failure_of_the_ending_is_that_of_the_units_that_add) {
    unit([](Unit& unit) { unit.add_one_row(kSet, "u", 1); });
    unit([](Unit& unit) { unit.add(kCountUp, "a", 1); });
    auto& parts = attempt();
    answer(*parts.batch());
    ASSERT_FALSE(parts.failure());
    answer(*parts.ending(), 0);
    const auto failure = parts.failure_of_ending();
    ASSERT_TRUE(failure);
    ASSERT_EQ(failure->units.size(), 1U);
    EXPECT_EQ(failure->units[0].unit, 1U);
}

TEST_F(GroupAttemptTest, a_commit_that_is_refused_is_nobodys) {
    unit([](Unit& unit) { unit.add_one_row(kSet, "u", 1); });
    auto& parts = attempt();
    answer(*parts.batch());
    ASSERT_FALSE(parts.failure());
    answer(*parts.ending(), 0);
    const auto failure = parts.failure_of_ending();
    ASSERT_TRUE(failure);
    EXPECT_TRUE(failure->units.empty());
    EXPECT_FALSE(failure->final);
}

TEST_F(GroupAttemptTest, a_connection_that_is_lost_after_the_commit_was_sent_leaves_the_outcome_open) {
    unit([](Unit& unit) { unit.add_one_row(kSet, "u", 1); });
    auto& parts = attempt();
    answer(*parts.batch());
    ASSERT_FALSE(parts.failure());
    const Loss lost{.error = database_unreachable("gone")};
    parts.ending()->ended(&lost);
    const auto failure = parts.failure_of_ending();
    ASSERT_TRUE(failure);
    EXPECT_TRUE(failure->final);
    EXPECT_TRUE(failure->error.outcome_open());
}

TEST_F(GroupAttemptTest, units_that_were_given_up_before_the_commit_leave_their_group) {
    for (const auto* row : {"a", "b", "c"}) {
        unit([&](Unit& unit) { unit.add_one_row(kSet, row, 1); });
    }
    auto& parts = attempt();
    answer(*parts.batch());
    jobs_[0]->abandoned = true;
    jobs_[2]->abandoned = true;
    const auto failure = parts.failure();
    ASSERT_TRUE(failure);
    ASSERT_EQ(failure->units.size(), 2U);
    EXPECT_EQ(failure->units[0].unit, 0U);
    EXPECT_EQ(failure->units[1].unit, 2U);
}

TEST_F(GroupAttemptTest, a_connection_that_is_lost_before_the_commit_was_sent_leaves_nothing_open) {
    unit([](Unit& unit) { unit.add_one_row(kSet, "u", 1); });
    auto& parts = attempt();
    const Loss lost{.error = database_unreachable("gone")};
    parts.batch()->ended(&lost);
    const auto failure = parts.failure();
    ASSERT_TRUE(failure);
    EXPECT_TRUE(failure->final);
    EXPECT_TRUE(failure->elsewhere);
    EXPECT_FALSE(failure->error.outcome_open());
}

}  // namespace
}  // namespace tw::sql::pg
