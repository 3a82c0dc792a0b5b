#include "kit/base/money.hpp"

#include <limits>
#include <utility>

#include <gtest/gtest.h>

namespace tw {
namespace {

const auto kEur = *Currency::parse("EUR");
const auto kJpy = *Currency::parse("JPY");
constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
constexpr auto kMin = std::numeric_limits<std::int64_t>::min();

TEST(Money, adds_subtracts_and_multiplies_within_a_currency) {
    EXPECT_EQ(Money(250, kEur).plus(Money(50, kEur)), Money(300, kEur));
    EXPECT_EQ(Money(250, kEur).minus(Money(300, kEur)), Money(-50, kEur));
    EXPECT_EQ(Money(250, kEur).times(3), Money(750, kEur));
}

TEST(Money, currencies_do_not_mix) {
    EXPECT_EQ(Money(1, kEur).plus(Money(1, kJpy)), std::nullopt);
    EXPECT_EQ(Money(1, kEur).minus(Money(1, kJpy)), std::nullopt);
}

TEST(Money, overflow_has_no_value) {
    EXPECT_EQ(Money(kMax, kEur).plus(Money(1, kEur)), std::nullopt);
    EXPECT_EQ(Money(kMin, kEur).minus(Money(1, kEur)), std::nullopt);
    EXPECT_EQ(Money(kMax / 2 + 1, kEur).times(2), std::nullopt);
}

TEST(Money, no_result_is_beyond_what_a_double_holds_exactly) {
    constexpr auto kLargest = Money::kMinorMax;
    EXPECT_EQ(kLargest, 9'007'199'254'740'991);
    EXPECT_EQ(Money(kLargest - 1, kEur).plus(Money(1, kEur)), Money(kLargest, kEur));
    EXPECT_EQ(Money(kLargest, kEur).plus(Money(1, kEur)), std::nullopt);
    EXPECT_EQ(Money(1 - kLargest, kEur).minus(Money(1, kEur)), Money(-kLargest, kEur));
    EXPECT_EQ(Money(-kLargest, kEur).minus(Money(1, kEur)), std::nullopt);
    EXPECT_EQ(Money(kLargest, kEur).times(1), Money(kLargest, kEur));
    EXPECT_EQ(Money(kLargest / 2 + 1, kEur).times(2), std::nullopt);
    EXPECT_EQ(Money(kLargest / 2 + 1, kEur).times(-2), std::nullopt);
}

TEST(Currency, is_three_upper_case_letters) {
    EXPECT_EQ(kEur.code(), "EUR");
    for (const auto* text : {"", "EU", "EURO", "eur", "E1R"}) EXPECT_EQ(Currency::parse(text), std::nullopt) << text;
}

TEST(Currency, is_one_of_those_that_iso_4217_lists_with_a_minor_unit) {
    for (const auto* const listed : {"AED", "EUR", "USD", "VED", "VES", "XAD", "XCG", "ZMW", "ZWG"}) {
        EXPECT_TRUE(Currency::parse(listed)) << listed;
    }
    // These texts are codes that do not exist, are withdrawn or have no minor unit, and texts that
    // are not three upper-case letters.
    for (const auto* const other : {"ZZZ", "AAA", "DEM", "HRK", "ANG", "BGN", "XXX", "XTS", "XAU", "XDR", "eur", "Eur", "EU",
                                    "EURO", "", "E R", "\u20ac"}) {
        EXPECT_FALSE(Currency::parse(other)) << other;
    }
}

TEST(Currency, has_the_decimals_of_its_minor_unit) {
    const std::pair<const char*, int> decimals[] = {{"EUR", 2}, {"USD", 2}, {"MRU", 2}, {"JPY", 0}, {"ISK", 0}, {"UGX", 0},
                                                    {"KWD", 3}, {"TND", 3}, {"CLF", 4}, {"UYW", 4}, {"CLP", 0}};
    for (const auto& [code, count] : decimals) EXPECT_EQ(Currency::parse(code)->decimals(), count) << code;
}

TEST(Currency, that_was_stored_before_the_list_changed_stays_readable) {
    const auto mark = Currency::from_stored("DEM");
    ASSERT_TRUE(mark);
    EXPECT_EQ(mark->code(), "DEM");
    EXPECT_EQ(mark->decimals(), 2);
    for (const auto* const odd : {"dem", "DE", "DEMM", "D3M", ""}) EXPECT_FALSE(Currency::from_stored(odd)) << odd;
}

}  // namespace
}  // namespace tw
