#include "kit/gateway/rate_limit.hpp"

#include <gtest/gtest.h>

namespace tw::gateway {
namespace {

using namespace std::chrono_literals;

TEST(LimitKey, tells_methods_and_callers_apart) {
    EXPECT_EQ((LimitKey{"/sample.UserService/GetUser", "192.0.2.7"}.text()), "/sample.UserService/GetUser 192.0.2.7");
}

TEST(LimitKey, one_network_of_ipv6_is_one_caller) {
    const LimitKey one{"/r", "2001:db8:1:2:3:4:5:6"};
    EXPECT_EQ(one.text(), "/r 2001:db8:1:2::");
    EXPECT_EQ(one.text(), (LimitKey{"/r", "2001:db8:1:2::1"}.text()));
    EXPECT_NE(one.text(), (LimitKey{"/r", "2001:db8:1:3::1"}.text()));
}

TEST(LimitKey, a_caller_who_is_known_is_counted_at_every_address_and_alone) {
    const Principal ada{.kind = Principal::Kind::user, .id = "ada", .issuer = "https://id.example"};
    auto other = ada;
    other.issuer = "https://other.example";
    EXPECT_EQ((LimitKey{"/r", ada}.text()), "/r =ada https://id.example");
    EXPECT_NE((LimitKey{"/r", ada}.text()), (LimitKey{"/r", other}.text()));
    EXPECT_NE((LimitKey{"/r", Principal{.id = "192.0.2.7"}}.text()), (LimitKey{"/r", "192.0.2.7"}.text()));
}

TEST(LimitKey, what_does_not_fit_is_cut) { EXPECT_LE((LimitKey{std::string(500, 'r'), "192.0.2.7"}.text().size()), 192u); }

TEST(TellRate, a_refusal_says_how_long_to_wait) {
    const cache::RateDecision refused{.allowed = false, .limit = 20, .remaining = 0, .reset = 1'900ms, .retry_after = 100ms};
    const auto error = rate_exceeded(refused);
    EXPECT_EQ(error.code(), Code::resource_exhausted);
    EXPECT_EQ(error.reason(), "RATE_LIMITED");
    EXPECT_EQ(error.retry_after(), 100ms);
    EXPECT_TRUE(error.retryable());
    rpc::Metadata fields;
    tell_rate(refused, {.burst = 20, .interval = 100ms}, fields);
    EXPECT_EQ(fields,
              (rpc::Metadata{{"ratelimit-policy", "\"caller-route\";q=20;w=2"}, {"ratelimit", "\"caller-route\";r=0;t=2"}}));
}

TEST(TellRate, is_silent_until_half_of_the_bucket_is_used) {
    const cache::Rate rate{.burst = 20, .interval = 100ms};
    rpc::Metadata early;
    tell_rate({.allowed = true, .limit = 20, .remaining = 11}, rate, early);
    EXPECT_TRUE(early.empty());
    rpc::Metadata late;
    tell_rate({.allowed = true, .limit = 20, .remaining = 10, .reset = 1s}, rate, late);
    ASSERT_EQ(late.size(), 2U);
    EXPECT_EQ(late[1].second, "\"caller-route\";r=10;t=1");
}

}  // namespace
}  // namespace tw::gateway
