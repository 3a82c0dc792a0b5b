#include "kit/http/server/host_rule.hpp"

#include "kit/http/problem.hpp"
#include "kit/http/server/testing.hpp"

#include <gmock/gmock.h>

namespace tw::http {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(HostRule, loopback_and_the_bound_address_are_answered_for) {
    const auto rule = HostRule::of({"127.0.0.1", 8080}, {}, "http.hosts");
    for (const auto* host : {"", "localhost", "LOCALHOST:8080", "localhost.", "shop.localhost:1", "127.0.0.1", "127.0.0.1:8080",
                             "127.9.9.9", "[::1]", "[::1]:8080", "[::ffff:127.0.0.1]:1"}) {
        EXPECT_TRUE(rule.check(host)) << host;
    }
    for (const auto* host : {"evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.7",
                             "[::2]", "[2001:db8::1]:80", "notlocalhost", "a", "/run/user.sock", "[", "."}) {
        const auto checked = rule.check(host);
        ASSERT_FALSE(checked) << host;
        EXPECT_EQ(checked.error().reason(), "HOST_NOT_ALLOWED");
        EXPECT_EQ(http_status(checked.error()), 421);
        EXPECT_THAT(checked.error().detail(), HasSubstr("http.hosts"));
    }
}

TEST(HostRule, names_of_the_list_are_answered_for_in_any_case_and_at_any_port) {
    const auto rule = HostRule::of({"192.0.2.7", 8080}, {"Shop.example", "api.example"}, "http.hosts");
    for (const auto* host : {"shop.example", "SHOP.example:443", "api.example.", "192.0.2.7", "192.0.2.7:8080"}) {
        EXPECT_TRUE(rule.check(host)) << host;
    }
    for (const auto* host : {"www.shop.example", "shop.example.evil.example", "192.0.2.8"})
        EXPECT_FALSE(rule.check(host)) << host;
}

TEST(HostRule, a_port_that_is_bound_to_all_addresses_answers_for_any_of_them) {
    for (const auto* bound : {"0.0.0.0", "::"}) {
        const auto rule = HostRule::of({bound, 8080}, {"shop.example"}, "http.hosts");
        EXPECT_TRUE(rule.check("10.1.2.3:8080"));
        EXPECT_TRUE(rule.check("[2001:db8::7]:8080"));
        EXPECT_FALSE(rule.check("evil.example"));
    }
}

TEST(HostRule, without_a_rule_all_hosts_are_answered_for) { EXPECT_TRUE(HostRule{}.check("evil.example")); }

TEST(HostRule, a_connection_refuses_the_request_and_goes_on) {
    const auto rule = HostRule::of({"127.0.0.1", 8080}, {}, "http.hosts");
    testing::Bench bench{testing::echo, {}, nullptr, {}, {.hosts = rule}};
    const auto output = bench.converse(
        {"GET /1 HTTP/1.1\r\nHost: evil.example\r\n\r\n" + testing::get("/2") +
         "GET /3 HTTP/1.1\r\nHost: localhost\r\n\r\nGET http://evil.example/4 HTTP/1.1\r\nHost: localhost\r\n\r\n"});
    EXPECT_THAT(output, StartsWith("HTTP/1.1 421 Misdirected Request\r\n"));
    EXPECT_EQ(testing::count(output, "HTTP/1.1 421 "), 3u);
    EXPECT_EQ(testing::count(output, "HTTP/1.1 200 "), 1u);
    EXPECT_THAT(output, HasSubstr("GET /3? "));
}

}  // namespace
}  // namespace tw::http
