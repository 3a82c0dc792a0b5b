#include "kit/sql/value.hpp"

#include "kit/sql/row.hpp"

#include <gtest/gtest.h>

namespace tw::sql {
namespace {

struct Tag;

TEST(Value, a_bool_reads_back_from_either_engine) {
    EXPECT_TRUE(Binding<bool>::from_sql(true));
    EXPECT_TRUE(Binding<bool>::from_sql(std::int64_t{1}));
    EXPECT_FALSE(Binding<bool>::from_sql(std::int64_t{0}));
}

TEST(Value, a_timestamp_reads_back_from_either_engine) {
    const auto moment = Timestamp::from_unix_micros(1'700'000'000'123'456);
    EXPECT_EQ(Binding<Timestamp>::from_sql(moment), moment);
    EXPECT_EQ(Binding<Timestamp>::from_sql(std::int64_t{1'700'000'000'123'456}), moment);
}

TEST(Value, a_column_of_another_type_throws) {
    const Row row{{Value{std::string{"text"}}}};
    EXPECT_THROW(row.get<std::int64_t>(0), UnreadableValue);
    EXPECT_THROW(row.get<Timestamp>(0), UnreadableValue);
    EXPECT_THROW(row.get<Id<Tag>>(0), UnreadableValue);
    EXPECT_THROW(row.get<std::string>(1), std::out_of_range);
}

TEST(Value, parameters_keep_their_order) {
    const auto values = to_values(1, "two", std::optional<int>{}, true);
    ASSERT_EQ(values.size(), 4U);
    EXPECT_EQ(values[0], Value{std::int64_t{1}});
    EXPECT_EQ(values[1], Value{std::string{"two"}});
    EXPECT_EQ(values[2], Value{Null{}});
    EXPECT_EQ(values[3], Value{true});
}

}  // namespace
}  // namespace tw::sql
