#include "kit/otlp/pipeline/retry.hpp"

#include <gtest/gtest.h>

namespace tw::otlp {
namespace {

using namespace std::chrono_literals;

TEST(Retry, the_specifications_codes_are_tried_again_and_no_others) {
    for (int number = 1; number <= 16; ++number) {
        const auto code = static_cast<Code>(number);
        const bool listed = code == Code::cancelled || code == Code::deadline_exceeded || code == Code::aborted ||
                            code == Code::out_of_range || code == Code::unavailable || code == Code::data_loss;
        EXPECT_EQ(is_retryable_code(code, false), listed) << number;
        EXPECT_EQ(is_retryable_code(code, true), listed || code == Code::resource_exhausted) << number;
    }
}

TEST(Retry, the_specifications_statuses_are_tried_again_and_no_others) {
    for (int status = 400; status < 600; ++status) {
        EXPECT_EQ(is_retryable_http_status(status), status == 429 || status == 502 || status == 503 || status == 504) << status;
    }
}

TEST(RetryAfter, is_seconds_or_a_date_in_any_of_three_forms) {
    const auto now = *Timestamp::parse("1994-11-06T08:49:30Z");
    EXPECT_EQ(parse_retry_after("0", now), 0ms);
    EXPECT_EQ(parse_retry_after("120", now), 120s);
    EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now), 7s);
    EXPECT_EQ(parse_retry_after("Sunday, 06-Nov-94 08:49:37 GMT", now), 7s);
    EXPECT_EQ(parse_retry_after("Sun Nov  6 08:49:37 1994", now), 7s);
    EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:00 GMT", now), 0ms);
    EXPECT_EQ(parse_retry_after("99999999999999999999999", now), 365 * 24h);
}

TEST(RetryAfter, anything_else_says_nothing) {
    const Timestamp now;
    for (const auto* text : {"", "-1", "1.5", "soon", "10s", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 32 Nov 1994 08:49:37 GMT",
                             "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT and more", "Sun, 06 Nov 1994"}) {
        EXPECT_FALSE(parse_retry_after(text, now)) << text;
    }
}

TEST(RetrySchedule, waits_grow_to_their_bound) {
    RetrySchedule backoff{{.first_delay = 1s, .last_delay = 4s, .growth = 2.0}, Deadline::never()};
    const SteadyTime now{};
    EXPECT_EQ(backoff.next(now, {}, 0.5), 1s);
    EXPECT_EQ(backoff.next(now, {}, 0.5), 2s);
    EXPECT_EQ(backoff.next(now, {}, 0.5), 4s);
    EXPECT_EQ(backoff.next(now, {}, 0.5), 4s);
}

TEST(RetrySchedule, waits_vary_by_a_fifth_either_way) {
    const SteadyTime now{};
    RetrySchedule low{{.first_delay = 1s}, Deadline::never()};
    EXPECT_EQ(low.next(now, {}, 0.0), 800ms);
    RetrySchedule high{{.first_delay = 1s}, Deadline::never()};
    EXPECT_GT(*high.next(now, {}, 0.999), 1190ms);
}

TEST(RetrySchedule, the_receivers_wish_counts_more) {
    RetrySchedule backoff{{}, Deadline::never()};
    EXPECT_EQ(backoff.next({}, 3s, 0.1), 3s);
}

TEST(RetrySchedule, gives_up_when_the_next_attempt_would_come_too_late) {
    const SteadyTime now{};
    RetrySchedule backoff{{.first_delay = 1s, .last_delay = 8s, .growth = 2.0}, Deadline::after(now, 10s)};
    EXPECT_EQ(backoff.next(now + 5s, {}, 0.5), 1s);
    EXPECT_EQ(backoff.next(now + 6s, 5s, 0.5), std::nullopt);
    EXPECT_EQ(backoff.next(now + 9s, {}, 0.5), std::nullopt);
}

}  // namespace
}  // namespace tw::otlp
