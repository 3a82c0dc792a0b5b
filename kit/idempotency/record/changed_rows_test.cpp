#include "kit/idempotency/record/changed_rows.hpp"

#include <gtest/gtest.h>

namespace tw::idempotency {
namespace {

TEST(ChangedRowsTest, rows_are_read_as_they_were_written) {
    const ChangedRows rows{{"user.1:a", 3}, {"note 1\nof 2:", 1}};
    EXPECT_EQ(parse_changed_rows(changed_rows_text(rows)), rows);
    EXPECT_EQ(changed_rows_text({}), "");
    EXPECT_EQ(parse_changed_rows(""), ChangedRows{});
}

TEST(ChangedRowsTest, a_text_that_is_no_rows_is_not_read) {
    for (const auto* text : {"3", "three dXNlcg==", "3 ?"}) EXPECT_EQ(parse_changed_rows(text), std::nullopt) << text;
}

}  // namespace
}  // namespace tw::idempotency
