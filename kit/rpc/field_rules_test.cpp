#include "kit/rpc/field_rules.hpp"

#include <cstdint>
#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::rpc::rules {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Place kRequest;

std::string fault_of(std::string_view value, Format format) {
    Violations found;
    check_text({kRequest, "field"}, value, {.format = format, .given = true}, found);
    return found.empty() ? "" : found[0].detail;
}

TEST(Place, is_the_empty_pointer_for_the_request_itself) { EXPECT_EQ(kRequest.pointer(), ""); }

TEST(Place, names_items_by_index_and_escapes_keys) {
    const Place lines{kRequest, "lines"};
    const Place line{lines, 12};
    EXPECT_EQ((Place{line, "a/b~"}.pointer()), "/lines/12/a~1b~0");
}

TEST(EmailFormat, is_text_before_and_after_one_at_sign) {
    for (const auto* good : {"a@b", "ann.smith+x@example.com", "jürgen@exämple.de"})
        EXPECT_EQ(fault_of(good, Format::email), "") << good;
    for (const auto* bad : {"", "ann", "@b", "a@", "a@b@c", "a b@c", "a@b\n", "a@\x7f"})
        EXPECT_NE(fault_of(bad, Format::email), "") << bad;
}

TEST(SlugFormat, is_lower_case_letters_digits_and_single_hyphens) {
    for (const auto* good : {"prod-123", "a", "7"}) EXPECT_EQ(fault_of(good, Format::slug), "") << good;
    for (const auto* bad : {"", "-a", "a-", "a--b", "A", "a_b", "ä"}) EXPECT_NE(fault_of(bad, Format::slug), "") << bad;
}

TEST(CurrencyFormat, is_three_upper_case_letters) {
    EXPECT_EQ(fault_of("EUR", Format::currency), "");
    for (const auto* bad : {"", "EU", "EURO", "eur", "E1R"}) EXPECT_NE(fault_of(bad, Format::currency), "") << bad;
}

TEST(UuidFormat, is_36_characters) {
    EXPECT_EQ(fault_of("01890a5d-ac96-774b-bcce-b302099a8057", Format::uuid), "");
    EXPECT_NE(fault_of("01890a5dac96774bbcceb302099a8057", Format::uuid), "");
}

TEST(TimestampFormat, is_rfc_3339) {
    EXPECT_EQ(fault_of("2026-01-31T12:00:00Z", Format::timestamp), "");
    EXPECT_NE(fault_of("2026-01-31", Format::timestamp), "");
}

TEST(TextRules, accept_an_absent_value_unless_it_is_required) {
    Violations found;
    check_text({kRequest, "field"}, "", {.length_min = 3, .format = Format::email}, found);
    EXPECT_THAT(found, IsEmpty());
    check_text({kRequest, "field"}, "", {.required = true}, found);
    EXPECT_THAT(found, ElementsAre(Violation{"/field", "must not be empty"}));
}

TEST(TextRules, say_one_character_in_the_singular) {
    Violations found;
    check_text({kRequest, "field"}, "ab", {.length_max = 1}, found);
    EXPECT_THAT(found, ElementsAre(Violation{"/field", "must be at most 1 character"}));
}

TEST(TextRules, bound_characters_and_not_bytes) {
    Violations found;
    check_text({kRequest, "field"}, "ää", {.length_max = 2}, found);
    EXPECT_THAT(found, IsEmpty());
    check_text({kRequest, "field"}, "äää", {.length_max = 2}, found);
    EXPECT_THAT(found, ElementsAre(Violation{"/field", "must be at most 2 characters"}));
}

TEST(Violations, are_listed_up_to_a_limit) {
    Violations found;
    for (std::size_t i = 0; i <= kViolationsMax; ++i) report({kRequest, "field"}, "must not be empty", found);
    EXPECT_EQ(found.size(), kViolationsMax);
}

TEST(NumberRules, compare_across_signs_and_widths) {
    Violations found;
    const Place at{kRequest, "field"};
    check_number(at, std::numeric_limits<std::uint64_t>::max(), {.min = -1}, found);
    EXPECT_THAT(found, IsEmpty());
    check_number(at, std::numeric_limits<std::uint64_t>::max(), {.max = INT64_MAX}, found);
    EXPECT_EQ(found.size(), 1U);
    check_number(at, std::numeric_limits<std::int32_t>::min(), {.min = 0}, found);
    EXPECT_EQ(found.size(), 2U);
}

TEST(NumberRules, refuse_a_required_zero_even_within_the_bounds) {
    Violations found;
    check_number({kRequest, "delta"}, 0, {.required = true, .min = -5, .max = 5}, found);
    EXPECT_THAT(found, ElementsAre(Violation{"/delta", "must not be zero"}));
}

TEST(NumberRules, treat_zero_as_absent_unless_it_is_given) {
    Violations found;
    check_number({kRequest, "field"}, 0, {.min = 1}, found);
    EXPECT_THAT(found, IsEmpty());
    check_number({kRequest, "field"}, 0, {.min = 1, .given = true}, found);
    EXPECT_THAT(found, ElementsAre(Violation{"/field", "must be at least 1"}));
}

TEST(ListRules, bound_the_number_of_items) {
    Violations found;
    check_list({kRequest, "field"}, 2, {.items_max = 2}, found);
    EXPECT_THAT(found, IsEmpty());
    check_list({kRequest, "field"}, 3, {.items_max = 2}, found);
    check_list({kRequest, "field"}, 0, {.required = true}, found);
    EXPECT_THAT(found, ElementsAre(Violation{"/field", "must have at most 2 items"}, Violation{"/field", "must not be empty"}));
}

}  // namespace
}  // namespace tw::rpc::rules
