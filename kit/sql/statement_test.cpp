#include "kit/sql/statement.hpp"

#include "kit/sql/text.hpp"

#include <gtest/gtest.h>

namespace tw::sql {
namespace {

constexpr Statement kOne{.summary = "INSERT parcels", .text = insert<"parcels", "id, weight">};
constexpr Statement kMany{.summary = "INSERT parcels", .text = insert_many<"parcels", "id, weight">};

std::vector<std::vector<Value>> numbered(std::int64_t count) {
    std::vector<std::vector<Value>> rows;
    for (std::int64_t i = 0; i < count; ++i) rows.push_back(to_values(i, 100 + i));
    return rows;
}

TEST(Unit, adds_rows_by_as_few_statements_as_possible) {
    Unit unit;
    unit.add_rows(kOne, kMany, numbered(34));
    ASSERT_EQ(unit.steps().size(), 4U);
    EXPECT_EQ(unit.steps()[0].statement, &kMany);
    EXPECT_EQ(unit.steps()[1].statement, &kMany);
    EXPECT_EQ(unit.steps()[2].statement, &kOne);
    EXPECT_EQ(unit.steps()[3].statement, &kOne);
    ASSERT_EQ(unit.steps()[1].parameters.size(), 32U);
    EXPECT_EQ(unit.steps()[1].parameters.front(), Value{std::int64_t{16}});
    EXPECT_EQ(unit.steps()[1].parameters.back(), Value{std::int64_t{131}});
    EXPECT_EQ(unit.steps()[3].parameters, to_values(33, 133));
}

TEST(Unit, adds_few_rows_one_by_one) {
    Unit unit;
    unit.add_rows(kOne, kMany, numbered(2));
    ASSERT_EQ(unit.steps().size(), 2U);
    EXPECT_EQ(unit.steps()[0].statement, &kOne);
    unit.add_rows(kOne, kMany, {});
    EXPECT_EQ(unit.steps().size(), 2U);
}

}  // namespace
}  // namespace tw::sql
