#include "kit/net/connection_count.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tw::net {
namespace {

Address from(const std::string& host) { return {host, 4711}; }

TEST(ConnectionCount, one_too_many_is_refused_until_another_has_gone) {
    ConnectionCount count;
    const ConnectionLimits limits{.connections_max = 2, .connections_per_address_max = 0};
    auto first = std::make_unique<Result<ConnectionCount::Place>>(count.admit(from("192.0.2.1"), limits));
    const auto second = count.admit(from("192.0.2.1"), limits);
    ASSERT_TRUE(*first && second);
    const auto third = count.admit(from("192.0.2.2"), limits);
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().code(), Code::unavailable);
    EXPECT_EQ(third.error().reason(), "TOO_MANY_CONNECTIONS");
    EXPECT_EQ(count.open(), 2u);
    first.reset();
    EXPECT_TRUE(count.admit(from("192.0.2.2"), limits));
}

TEST(ConnectionCount, an_address_that_has_its_share_keeps_no_other_out) {
    ConnectionCount count;
    const ConnectionLimits limits{.connections_max = 10, .connections_per_address_max = 2};
    auto first = std::make_unique<Result<ConnectionCount::Place>>(count.admit(from("192.0.2.1"), limits));
    const auto second = count.admit(from("192.0.2.1"), limits);
    const auto third = count.admit(from("192.0.2.1"), limits);
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().reason(), "TOO_MANY_CONNECTIONS");
    EXPECT_NE(third.error().detail().find("address"), std::string::npos);
    EXPECT_TRUE(count.admit(from("192.0.2.2"), limits));
    first.reset();
    EXPECT_TRUE(count.admit(from("192.0.2.1"), limits));
    EXPECT_EQ(count.open(), 1u);
}

/// Returns whether a connection from `second` is counted for the same client as one from `first`.
bool same_client(const std::string& first, const std::string& second) {
    ConnectionCount count;
    const ConnectionLimits limits{.connections_max = 10, .connections_per_address_max = 1};
    const auto place = count.admit(from(first), limits);
    return !count.admit(from(second), limits);
}

TEST(ConnectionCount, an_ipv6_client_is_its_slash64) {
    EXPECT_TRUE(same_client("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"));
    EXPECT_FALSE(same_client("2001:db8:1:2::1", "2001:db8:1:3::1"));
    EXPECT_TRUE(same_client("fe80::1%eth0", "fe80::2"));
}

TEST(ConnectionCount, an_ipv4_client_is_its_address_however_it_is_written) {
    EXPECT_TRUE(same_client("192.0.2.1", "::ffff:192.0.2.1"));
    EXPECT_FALSE(same_client("::ffff:192.0.2.1", "::ffff:192.0.2.2"));
    EXPECT_FALSE(same_client("0.0.0.0", "::"));
}

TEST(ConnectionCount, clients_of_a_unix_domain_socket_share_no_address) {
    EXPECT_FALSE(same_client("/run/user.sock", "/run/user.sock"));
    EXPECT_FALSE(same_client("", ""));
}

TEST(ConnectionCount, a_place_is_given_back_once_and_outlives_the_count) {
    auto count = std::make_unique<ConnectionCount>();
    const ConnectionLimits limits{.connections_max = 10, .connections_per_address_max = 1};
    const ConnectionCount same = *count;
    {
        auto place = count->admit(from("192.0.2.1"), limits).value();
        count.reset();
        const auto moved = std::move(place);
        EXPECT_EQ(same.open(), 1u);
    }
    EXPECT_EQ(same.open(), 0u);
}

TEST(ConnectionCount, threads_together_get_no_more_than_one) {
    constexpr std::size_t kThreads = 4;
    constexpr std::size_t kRounds = 2'000;
    ConnectionCount count;
    const ConnectionLimits limits{.connections_max = kThreads, .connections_per_address_max = 2};
    std::atomic<std::size_t> inside{0};
    std::atomic<std::size_t> most{0};
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < kThreads; ++i) {
            threads.emplace_back([&, own = count]() mutable {
                for (std::size_t round = 0; round < kRounds; ++round) {
                    const auto place = own.admit(from("192.0.2.1"), limits);
                    if (!place) continue;
                    const auto now = ++inside;
                    auto before = most.load();
                    while (now > before && !most.compare_exchange_weak(before, now)) {
                    }
                    --inside;
                }
            });
        }
    }
    EXPECT_GE(most.load(), 1u);
    EXPECT_LE(most.load(), limits.connections_per_address_max);
    EXPECT_EQ(count.open(), 0u);
}

}  // namespace
}  // namespace tw::net
