#include "kit/sql/text.hpp"

#include "kit/sql/statement.hpp"

#include <gtest/gtest.h>

namespace tw::sql {
namespace {

constexpr Text kParcelColumns{"id, name, name_folded, version"};
constexpr Text kTwelveColumns{"a, b, c, d, e, f, g, h, i, j, k, l"};

TEST(Text, parts_are_put_together_by_the_compiler) {
    constexpr Statement kFind{.summary = "SELECT parcels",
                              .text = text<"SELECT ", kParcelColumns, " FROM parcels", " WHERE id = $1">};
    static_assert(kFind.text == "SELECT id, name, name_folded, version FROM parcels WHERE id = $1");
}

TEST(Text, an_insert_has_a_parameter_for_each_column) {
    EXPECT_EQ((insert<"parcels", kParcelColumns>),
              "INSERT INTO parcels (id, name, name_folded, version) VALUES ($1, $2, $3, $4)");
    EXPECT_EQ((insert<"letters", kTwelveColumns>),
              "INSERT INTO letters (a, b, c, d, e, f, g, h, i, j, k, l) "
              "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
    EXPECT_EQ((insert<"parcels", "id">), "INSERT INTO parcels (id) VALUES ($1)");
}

TEST(Text, an_insert_of_many_rows_has_a_parameter_for_each_column_of_each_row) {
    EXPECT_EQ((insert_many<"parcels", "id">),
              "INSERT INTO parcels (id) VALUES ($1), ($2), ($3), ($4), ($5), ($6), ($7), ($8), ($9), ($10), ($11), ($12), ($13), "
              "($14), ($15), ($16)");
    constexpr std::string_view kMany = insert_many<"parcels", kParcelColumns>;
    EXPECT_TRUE(kMany.starts_with(
        "INSERT INTO parcels (id, name, name_folded, version) VALUES ($1, $2, $3, $4), ($5, $6, $7, $8), ($9, $10, $11, $12), "));
    EXPECT_TRUE(kMany.ends_with(", ($57, $58, $59, $60), ($61, $62, $63, $64)"));
}

TEST(Text, two_lists_make_one) {
    EXPECT_EQ((list<kParcelColumns, "weight">.view()), "id, name, name_folded, version, weight");
    EXPECT_EQ((list<kParcelColumns, "weight">.count()), 5U);
}

TEST(Text, columns_are_qualified_one_by_one) {
    EXPECT_EQ((qualified<"p", kParcelColumns>.view()), "p.id, p.name, p.name_folded, p.version");
    EXPECT_EQ((qualified<"p", "id">.view()), "p.id");
}

TEST(Text, a_column_is_found_by_its_whole_name) {
    static_assert(kParcelColumns.at("id") == 0);
    static_assert(kParcelColumns.at("name_folded") == 2);
    static_assert(kParcelColumns.at("version") == 3);
    EXPECT_EQ(kParcelColumns.count(), 4U);
}

}  // namespace
}  // namespace tw::sql
