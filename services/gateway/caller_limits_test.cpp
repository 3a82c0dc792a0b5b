#include "services/gateway/caller_limits.hpp"

#include <gtest/gtest.h>

namespace tw::gateway {
namespace {

using namespace std::chrono_literals;

TEST(LimitKey, tells_verbs_routes_and_callers_apart) {
    EXPECT_EQ((LimitKey{"GET", "/api/users/{id}", "192.0.2.7"}.text()), "GET /api/users/{id} 192.0.2.7");
}

TEST(LimitKey, one_network_of_ipv6_is_one_caller) {
    const LimitKey one{"GET", "/r", "2001:db8:1:2:3:4:5:6"};
    EXPECT_EQ(one.text(), "GET /r 2001:db8:1:2::");
    EXPECT_EQ(one.text(), (LimitKey{"GET", "/r", "2001:db8:1:2::1"}.text()));
    EXPECT_NE(one.text(), (LimitKey{"GET", "/r", "2001:db8:1:3::1"}.text()));
}

TEST(LimitKey, what_does_not_fit_is_cut) { EXPECT_LE((LimitKey{"GET", std::string(500, 'r'), "192.0.2.7"}.text().size()), 192u); }

TEST(TellRate, a_refusal_says_how_long_to_wait) {
    const cache::RateDecision refused{.allowed = false, .limit = 20, .remaining = 0, .reset = 1'900ms, .retry_after = 100ms};
    const auto error = rate_exceeded(refused);
    EXPECT_EQ(error.code(), Code::resource_exhausted);
    EXPECT_EQ(error.reason(), "RATE_LIMITED");
    EXPECT_EQ(error.retry_after(), 100ms);
    EXPECT_TRUE(error.retryable());
    http::Response response;
    tell_rate(refused, {.burst = 20, .interval = 100ms}, response);
    EXPECT_EQ(response.headers.find("ratelimit-policy"), "\"caller-route\";q=20;w=2");
    EXPECT_EQ(response.headers.find("ratelimit"), "\"caller-route\";r=0;t=2");
}

TEST(TellRate, is_silent_until_half_of_the_bucket_is_used) {
    const cache::Rate rate{.burst = 20, .interval = 100ms};
    http::Response early;
    tell_rate({.allowed = true, .limit = 20, .remaining = 11}, rate, early);
    EXPECT_TRUE(early.headers.fields().empty());
    http::Response late;
    tell_rate({.allowed = true, .limit = 20, .remaining = 10, .reset = 1s}, rate, late);
    EXPECT_EQ(late.headers.find("ratelimit"), "\"caller-route\";r=10;t=1");
}

}  // namespace
}  // namespace tw::gateway
