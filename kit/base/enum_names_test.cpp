#include "kit/base/enum_names.hpp"

#include <gtest/gtest.h>

namespace tw {
namespace {

enum class Color : std::uint8_t { red, green, blue };

constexpr auto kColors = enum_names<Color>({{Color::red, "red"}, {Color::green, "green"}});

TEST(EnumNames, one_table_converts_in_both_directions) {
    static_assert(kColors.name_of(Color::green) == "green");
    static_assert(kColors.parse("green") == Color::green);
    for (const auto color : {Color::red, Color::green}) EXPECT_EQ(kColors.parse(kColors.name_of(color)), color);
}

TEST(EnumNames, a_value_without_a_name_has_an_empty_one) { EXPECT_EQ(kColors.name_of(Color::blue), ""); }

TEST(EnumNames, a_text_that_is_no_name_has_no_value) {
    for (const auto* text : {"", "blue", "Red", "red "}) EXPECT_EQ(kColors.parse(text), std::nullopt) << text;
}

}  // namespace
}  // namespace tw
