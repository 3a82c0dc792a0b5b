#include "kit/base/error.hpp"

#include "kit/base/result.hpp"

#include <gtest/gtest.h>

namespace tw {
namespace {

TEST(Error, says_what_why_and_for_whom_separately) {
    const auto error = internal("disk 3 answered EIO");
    EXPECT_EQ(error.code(), Code::internal);
    EXPECT_EQ(error.cause(), "disk 3 answered EIO");
    EXPECT_EQ(error.detail(), "internal error");
}

TEST(Error, a_copy_is_independent) {
    const auto original = invalid("/email", "must contain an @");
    Error copy = original;
    copy = std::move(copy).with_violation("/name", "must not be empty");
    EXPECT_EQ(original.violations().size(), 1U);
    EXPECT_EQ(copy.violations().size(), 2U);
}

TEST(Error, only_passing_conditions_are_retryable_unless_said) {
    EXPECT_TRUE(unavailable("no connection").retryable());
    EXPECT_TRUE((Error{Code::aborted, "RACE", ""}.retryable()));
    EXPECT_FALSE(deadline_exceeded().retryable());
    EXPECT_FALSE(unavailable("shutting down for good").with_retryable(false).retryable());
}

TEST(Error, an_outcome_is_open_where_the_code_cannot_exclude_an_effect_unless_said) {
    EXPECT_TRUE(deadline_exceeded().outcome_open());
    EXPECT_TRUE(cancelled().outcome_open());
    EXPECT_TRUE(internal("a broken invariant").outcome_open());
    EXPECT_FALSE(unavailable("no connection").outcome_open());
    EXPECT_FALSE(not_found("user", "1").outcome_open());
    EXPECT_TRUE(unavailable("lost after sending").with_outcome_open(true).outcome_open());
    EXPECT_FALSE(deadline_exceeded().with_outcome_open(false).outcome_open());
}

TEST(Error, a_list_of_violations_reads_as_one_sentence) {
    const auto error = invalid({{"/email", "must not be empty"}, {"/lines/0/quantity", "must be positive"}});
    EXPECT_EQ(error.detail(), "email: must not be empty; lines/0/quantity: must be positive");
    EXPECT_EQ(error.violations()[1], (Violation{"/lines/0/quantity", "must be positive"}));
}

TEST(Error, not_found_repeats_only_a_bounded_part_of_the_id) {
    const auto error = not_found("user", std::string(10'000, 'x'));
    EXPECT_EQ(error.reason(), "USER_NOT_FOUND");
    EXPECT_LT(error.detail().size(), 100U);
}

TEST(Code, numbers_outside_the_list_read_as_unknown) {
    EXPECT_EQ(code_from_number(5), Code::not_found);
    EXPECT_EQ(code_from_number(17), Code::unknown);
    EXPECT_EQ(code_from_number(-1), Code::unknown);
    EXPECT_EQ(code_name(Code::unauthenticated), "UNAUTHENTICATED");
}

TEST(Result, holds_a_value_or_an_error) {
    const Result<int> value = 7;
    const Result<int> error = deadline_exceeded();
    EXPECT_EQ(value.value_or(0), 7);
    ASSERT_FALSE(error);
    EXPECT_EQ(error.error().code(), Code::deadline_exceeded);
}

}  // namespace
}  // namespace tw
