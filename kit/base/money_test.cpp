#include "kit/base/money.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace tw {
namespace {

const auto kEur = *Currency::parse("EUR");
const auto kJpy = *Currency::parse("JPY");
constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
constexpr auto kMin = std::numeric_limits<std::int64_t>::min();

TEST(Money, AddsSubtractsAndMultipliesWithinACurrency) {
    EXPECT_EQ(Money(250, kEur).plus(Money(50, kEur)), Money(300, kEur));
    EXPECT_EQ(Money(250, kEur).minus(Money(300, kEur)), Money(-50, kEur));
    EXPECT_EQ(Money(250, kEur).times(3), Money(750, kEur));
}

TEST(Money, CurrenciesDoNotMix) {
    EXPECT_EQ(Money(1, kEur).plus(Money(1, kJpy)), std::nullopt);
    EXPECT_EQ(Money(1, kEur).minus(Money(1, kJpy)), std::nullopt);
}

TEST(Money, OverflowHasNoValue) {
    EXPECT_EQ(Money(kMax, kEur).plus(Money(1, kEur)), std::nullopt);
    EXPECT_EQ(Money(kMin, kEur).minus(Money(1, kEur)), std::nullopt);
    EXPECT_EQ(Money(kMax / 2 + 1, kEur).times(2), std::nullopt);
}

TEST(Currency, IsThreeUpperCaseLetters) {
    EXPECT_EQ(kEur.code(), "EUR");
    for (const auto* text : {"", "EU", "EURO", "eur", "E1R"}) EXPECT_EQ(Currency::parse(text), std::nullopt) << text;
}

}  // namespace
}  // namespace tw
