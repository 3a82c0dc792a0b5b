#include "kit/cli/table.hpp"

#include <gtest/gtest.h>

namespace tw::cli {
namespace {

TEST(Table, aligns_columns_and_leaves_out_those_that_are_empty) {
    EXPECT_EQ(table({{"STATE", "ERROR", "ID"}, {"parked", "", "b"}, {"done", "", "größer"}}),
              "STATE   ID\n"
              "parked  b\n"
              "done    größer\n");
}

TEST(Table, a_short_last_cell_leaves_no_spaces_behind) {
    EXPECT_EQ(table({{"A", "B"}, {"x", ""}, {"long", "y"}}), "A     B\nx\nlong  y\n");
}

}  // namespace
}  // namespace tw::cli
