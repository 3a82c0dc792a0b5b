#include "services/mapping/contention.hpp"

#include "kit/async/run.hpp"
#include "kit/base/result.hpp"

#include <cstddef>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tw {
namespace {

class RetryTest : public testing::Test {
 protected:
    /// Runs a change whose attempts end as the test says, one after the other.
    Result<int> change(std::vector<Result<int>> outcomes) {
        attempts_ = 0;
        auto retrying = retry_contended([&] { return attempt(outcomes); });
        return run_until_done(loop_, std::move(retrying));
    }

    std::size_t attempts_ = 0;

 private:
    Task<Result<int>> attempt(const std::vector<Result<int>>& outcomes) { co_return outcomes.at(attempts_++); }

    EventLoop loop_;
};

TEST_F(RetryTest, a_change_that_succeeds_is_tried_once) {
    EXPECT_EQ(change({1}).value(), 1);
    EXPECT_EQ(attempts_, 1U);
}

TEST_F(RetryTest, a_change_that_was_contended_is_tried_again) {
    EXPECT_EQ(change({contended(), contended(), 3}).value(), 3);
    EXPECT_EQ(attempts_, 3U);
}

TEST_F(RetryTest, after_three_attempts_the_change_is_contended) {
    const auto outcome = change({contended(), contended(), contended(), 4});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code(), Code::aborted);
    EXPECT_EQ(outcome.error().reason(), "CONTENDED");
    EXPECT_EQ(attempts_, 3U);
}

TEST_F(RetryTest, another_error_ends_the_change_at_once) {
    const auto outcome = change({contended(), unavailable("away"), 3});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().reason(), "UNAVAILABLE");
    EXPECT_EQ(attempts_, 2U);
}

TEST(Contention, an_update_that_found_no_row_in_its_state_is_contended) {
    EXPECT_TRUE(is_contended(explain_update(Error{Code::failed_precondition, "ROWS_UNEXPECTED", "0 rows"})));
    EXPECT_EQ(explain_update(Error{Code::unavailable, "DATABASE_BUSY", "locked"}).reason(), "DATABASE_BUSY");
}

}  // namespace
}  // namespace tw
