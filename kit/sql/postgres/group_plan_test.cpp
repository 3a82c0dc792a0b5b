#include "kit/sql/postgres/group_plan.hpp"

#include <limits>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::sql::pg {
namespace {

using testing::ElementsAre;

constexpr Statement kNote{"INSERT notes", "INSERT INTO notes (text) VALUES ($1)"};
constexpr Statement kSetUser{.summary = "UPDATE users", .text = "UPDATE users SET age = $2 WHERE id = $1", .row_of = "users"};
constexpr Statement kSetPet{.summary = "UPDATE pets", .text = "UPDATE pets SET age = $2 WHERE id = $1", .row_of = "pets"};
constexpr Statement kCount{.summary = "UPDATE counts",
                           .text = "UPDATE counts SET a = a + $2, b = b + $3 WHERE id = $1",
                           .row_of = "counts",
                           .adds = true};
constexpr Statement kCountTwice{
    .summary = "UPDATE counts twice", .text = "UPDATE counts SET a = a + 2 * $2 WHERE id = $1", .row_of = "counts", .adds = true};
constexpr Statement kScore{
    .summary = "UPDATE bills", .text = "UPDATE bills SET a = a + $2 WHERE id = $1", .row_of = "bills", .adds = true};

class GroupPlanTest : public testing::Test {
 protected:
    Unit& unit() { return *units_.emplace_back(std::make_unique<Unit>()); }
    const GroupPlan& plan() {
        pointers_.clear();
        for (const auto& unit : units_) pointers_.push_back(unit.get());
        plan_ = std::make_unique<GroupPlan>(pointers_);
        return *plan_;
    }
    /// Writes each statement as "table row numbers", followed by a colon and the units that it runs
    /// for.
    static std::vector<std::string> text_of(const std::vector<PlannedStep>& steps) {
        std::vector<std::string> texts;
        for (const auto& step : steps) {
            std::string text{step.statement->row_of};
            for (const auto& value : step.parameters) {
                const auto* number = std::get_if<std::int64_t>(&value);
                text += " " + (number != nullptr ? std::to_string(*number) : std::get<std::string>(value));
            }
            text += ":";
            for (const auto one : step.units) text += std::to_string(one);
            texts.push_back(text);
        }
        return texts;
    }

    std::vector<std::unique_ptr<Unit>> units_;
    std::vector<const Unit*> pointers_;
    std::unique_ptr<GroupPlan> plan_;
};

TEST_F(GroupPlanTest, units_run_in_the_order_of_the_rows_that_they_write) {
    unit().add(kSetUser, "b", 1);
    unit().add(kSetUser, "a", 1);
    unit().add(kSetPet, "c", 1);
    EXPECT_THAT(text_of(plan().statements()), ElementsAre("pets c 1:2", "users a 1:1", "users b 1:0"));
}

TEST_F(GroupPlanTest, rows_that_are_named_by_numbers_are_ordered_as_numbers) {
    unit().add(kSetUser, 10, 1);
    unit().add(kSetUser, 9, 1);
    EXPECT_THAT(text_of(plan().statements()), ElementsAre("users 9 1:1", "users 10 1:0"));
}

TEST_F(GroupPlanTest, the_statements_of_a_unit_stay_together_and_in_their_order) {
    auto& first = unit();
    first.add(kSetUser, "b", 1);
    first.add(kNote, "n");
    unit().add(kSetUser, "a", 1);
    EXPECT_THAT(text_of(plan().statements()), ElementsAre("users a 1:1", "users b 1:0", " n:0"));
}

TEST_F(GroupPlanTest, units_that_name_no_row_come_first_as_they_came) {
    unit().add(kSetUser, "a", 1);
    unit().add(kNote, "n");
    unit().add(kNote, "m");
    EXPECT_THAT(text_of(plan().statements()), ElementsAre(" n:1", " m:2", "users a 1:0"));
}

TEST_F(GroupPlanTest, units_that_write_the_same_row_stay_in_the_order_in_which_they_came) {
    unit().add(kSetUser, "a", 1);
    unit().add(kSetUser, "a", 2);
    EXPECT_THAT(text_of(plan().statements()), ElementsAre("users a 1:0", "users a 2:1"));
    EXPECT_FALSE(plan().statements()[0].alone_at_row);
    EXPECT_FALSE(plan().statements()[1].alone_at_row);
}

TEST_F(GroupPlanTest, a_unit_that_nobody_shares_its_row_with_is_alone_there_even_if_it_writes_twice) {
    auto& twice = unit();
    twice.add(kSetUser, "a", 1);
    twice.add(kSetUser, "a", 2);
    unit().add(kSetUser, "b", 1);
    for (const auto& step : plan().statements()) EXPECT_TRUE(step.alone_at_row);
}

TEST_F(GroupPlanTest, additions_to_one_row_are_one_statement_with_the_sums) {
    unit().add(kCount, "a", 1, 10);
    unit().add(kCount, "b", 2, 20);
    unit().add(kCount, "a", 3, -30);
    EXPECT_THAT(text_of(plan().additions()), ElementsAre("counts a 4 -20:02", "counts b 2 20:1"));
    EXPECT_FALSE(plan().additions()[0].alone_at_row);
    EXPECT_TRUE(plan().additions()[1].alone_at_row);
}

TEST_F(GroupPlanTest, additions_of_one_unit_to_one_row_are_one_statement_too) {
    auto& both = unit();
    both.add(kCount, "a", 1, 1);
    both.add(kCount, "a", 2, 2);
    EXPECT_THAT(text_of(plan().additions()), ElementsAre("counts a 3 3:0"));
    EXPECT_TRUE(plan().additions()[0].alone_at_row);
}

TEST_F(GroupPlanTest, additions_come_after_all_other_statements_and_in_the_order_of_their_rows) {
    auto& mixed = unit();
    mixed.add(kScore, "a", 1);
    mixed.add(kCount, "b", 1, 1);
    mixed.add(kSetUser, "u", 1);
    unit().add(kScore, "b", 1);
    EXPECT_THAT(text_of(plan().statements()), ElementsAre("users u 1:0"));
    EXPECT_THAT(text_of(plan().additions()), ElementsAre("bills a 1:0", "bills b 1:1", "counts b 1 1:0"));
}

TEST_F(GroupPlanTest, different_additions_to_one_row_are_not_mixed_up) {
    unit().add(kCount, "a", 1, 1);
    unit().add(kCountTwice, "a", 1);
    unit().add(kCount, "a", 2, 2);
    EXPECT_THAT(text_of(plan().additions()), ElementsAre("counts a 3 3:02", "counts a 1:1"));
    for (const auto& step : plan().additions()) EXPECT_FALSE(step.alone_at_row);
}

TEST_F(GroupPlanTest, sums_that_would_overflow_are_not_made) {
    constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
    unit().add(kScore, "a", kMost);
    unit().add(kScore, "a", 1);
    EXPECT_THAT(text_of(plan().additions()), ElementsAre("bills a " + std::to_string(kMost) + ":0", "bills a 1:1"));
    for (const auto& step : plan().additions()) EXPECT_FALSE(step.alone_at_row);
}

TEST_F(GroupPlanTest, rows_are_counted_where_a_statement_must_change_one) {
    unit().add(kSetUser, "a", 1);
    EXPECT_FALSE(plan().counts_rows());
    unit().add_one_row(kSetUser, "b", 1);
    EXPECT_TRUE(plan().counts_rows());
}

TEST(Unit, statements_that_add_run_after_the_others) {
    Unit unit;
    unit.add(kScore, "a", 1);
    unit.add(kNote, "n");
    unit.add(kCount, "a", 1, 1);
    unit.add_one_row(kSetUser, "u", 1);
    std::vector<const Statement*> order;
    for (const auto& step : unit.steps()) order.push_back(step.statement);
    EXPECT_THAT(order, ElementsAre(&kNote, &kSetUser, &kScore, &kCount));
}

}  // namespace
}  // namespace tw::sql::pg
