#include "kit/rpc/network/retry.hpp"

#include <gtest/gtest.h>

namespace tw::rpc {
namespace {

using namespace std::chrono_literals;

struct RetryTest : testing::Test {
    RetryOptions options{.attempts_max = 4, .backoff_first = 50ms, .backoff_last = 150ms};
    RetryBudget budget{options};
    RetryPlan plan{options, budget, true};
    const Failure down{.code = Code::unavailable};
};

TEST_F(RetryTest, waits_are_random_below_a_bound_that_doubles_up_to_the_last) {
    EXPECT_EQ(plan.after(down, 0.5), 25ms);
    EXPECT_EQ(plan.after(down, 1.0), 100ms);
    EXPECT_EQ(plan.after(down, 1.0), 150ms);
    EXPECT_EQ(plan.previous_attempts(), 3);
    EXPECT_EQ(plan.retries(), 3);
}

TEST_F(RetryTest, attempts_are_counted_with_the_first_one) {
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(plan.after(down, 0.0));
    EXPECT_FALSE(plan.after(down, 0.0));
    options.attempts_max = 1;
    RetryPlan once{options, budget, true};
    EXPECT_FALSE(once.after(down, 0.0));
}

TEST_F(RetryTest, only_unavailable_is_retried) {
    for (const auto code : {Code::deadline_exceeded, Code::internal, Code::resource_exhausted, Code::aborted, Code::cancelled}) {
        EXPECT_FALSE(plan.after({.code = code}, 0.0)) << code_name(code);
    }
}

TEST_F(RetryTest, a_call_that_has_been_answered_in_part_is_not_retried) { EXPECT_FALSE(plan.after({.answered = true}, 0.0)); }

TEST_F(RetryTest, an_answer_that_forbids_a_retry_is_final) {
    EXPECT_FALSE(plan.after({.code = Code::unavailable, .no_retry = true}, 0.0));
    EXPECT_TRUE(plan.after({.code = Code::unavailable, .no_retry = false}, 0.0));
    EXPECT_FALSE(plan.after({.code = Code::unavailable, .no_retry = true, .pushback = 1ms}, 0.0));
}

TEST_F(RetryTest, the_outcome_of_a_call_is_open_if_that_of_any_attempt_is) {
    EXPECT_FALSE(plan.conclude(unavailable("never sent")).outcome_open());
    plan.note(unavailable("never sent"));
    EXPECT_FALSE(plan.conclude(unavailable("never sent")).outcome_open());
    plan.note(unavailable("lost").with_outcome_open(true));
    plan.note(unavailable("never sent"));
    const auto error = plan.conclude(not_found("user", "1"));
    EXPECT_TRUE(error.outcome_open());
    EXPECT_EQ(error.code(), Code::not_found);
}

TEST_F(RetryTest, a_call_that_may_not_be_repeated_is_not_retried) {
    RetryPlan effectful{options, budget, false};
    EXPECT_FALSE(effectful.after(down, 0.0));
}

TEST_F(RetryTest, an_unprocessed_call_is_sent_again_at_once_even_if_it_may_not_be_repeated) {
    RetryPlan effectful{options, budget, false};
    for (int i = 0; i < 3; ++i) EXPECT_EQ(effectful.after({.unprocessed = true}, 1.0), 0ns);
    EXPECT_FALSE(effectful.after({.unprocessed = true}, 1.0));
    EXPECT_EQ(effectful.retries(), 3);
}

TEST_F(RetryTest, pushback_sets_the_time_of_the_retry) {
    EXPECT_EQ(plan.after({.pushback = 700ms}, 1.0), 700ms);
    EXPECT_EQ(plan.after({.pushback = 0ms}, 1.0), 0ms);
    EXPECT_FALSE(plan.after({.pushback = -1ms}, 1.0));
}

TEST_F(RetryTest, pushback_does_not_make_a_call_repeatable) {
    RetryPlan effectful{options, budget, false};
    EXPECT_FALSE(effectful.after({.pushback = 0ms}, 0.0));
    EXPECT_FALSE(plan.after({.code = Code::internal, .pushback = 0ms}, 0.0));
}

TEST_F(RetryTest, the_budget_ends_retries_when_half_of_it_is_gone) {
    options.budget_tokens_max = 10;
    RetryBudget small{options};
    int retried = 0;
    for (int i = 0; i < 100; ++i) {
        RetryPlan one{options, small, true};
        retried += one.after(down, 0.0) ? 1 : 0;
    }
    EXPECT_EQ(retried, 4);
}

/// Makes `calls` calls of which every `nth` fails once. Returns how many of the failed ones are
/// tried again.
int retried_of(RetryBudget& budget, const RetryOptions& options, int calls, int nth) {
    int retried = 0;
    for (int i = 1; i <= calls; ++i) {
        if (i % nth == 0) {
            RetryPlan one{options, budget, true};
            if (!one.after({.code = Code::unavailable}, 0.0)) continue;
            ++retried;
        }
        budget.on_success();
    }
    return retried;
}

TEST_F(RetryTest, one_failure_in_twenty_is_always_retried) {
    options.budget_tokens_max = 10;
    RetryBudget small{options};
    EXPECT_EQ(retried_of(small, options, 2000, 20), 100);
}

TEST_F(RetryTest, many_failures_are_retried_at_most_once_for_ten_good_answers) {
    options.budget_tokens_max = 10;
    RetryBudget small{options};
    EXPECT_LE(retried_of(small, options, 2000, 2), 2000 / 10 + 5);
}

TEST_F(RetryTest, a_share_of_zero_gives_no_tokens_back) {
    options.budget_share = 0;
    RetryBudget budget{options};
    while (budget.allows()) budget.on_failure();
    for (int i = 0; i < 10'000; ++i) budget.on_success();
    EXPECT_FALSE(budget.allows());
}

}  // namespace
}  // namespace tw::rpc
