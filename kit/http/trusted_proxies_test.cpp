#include "kit/http/trusted_proxies.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::http {
namespace {

constexpr std::string_view kProxies = "10.0.0.0/8, fd00::/8";

/// Returns the client that a request from 10.0.0.1 without TLS has.
ProxiedClient client_by(ProxyHeader header, std::vector<std::pair<std::string, std::string>> fields) {
    const auto proxies = TrustedProxies::of(kProxies, header).value();
    Headers headers;
    for (auto& [name, value] : fields) headers.add(name, value);
    return proxies.client_of(headers, "10.0.0.1", false);
}

std::string x_forwarded(std::string value) {
    return client_by(ProxyHeader::x_forwarded, {{"X-Forwarded-For", std::move(value)}}).address;
}

std::string forwarded(std::string value) { return client_by(ProxyHeader::forwarded, {{"Forwarded", std::move(value)}}).address; }

TEST(TrustedProxies, by_default_nobody_is_trusted) {
    EXPECT_FALSE(TrustedProxies{}.trusts("127.0.0.1"));
    EXPECT_FALSE(TrustedProxies{}.any());
}

TEST(TrustedProxies, networks_of_both_families_and_single_addresses_are_trusted) {
    const auto proxies = TrustedProxies::of("10.0.0.0/8,192.0.2.7 , fd00::/8,::1", ProxyHeader::forwarded).value();
    for (const auto* const peer : {"10.0.0.1", "10.255.255.255", "::ffff:10.1.2.3", "192.0.2.7", "fd12::1", "::1"}) {
        EXPECT_TRUE(proxies.trusts(peer)) << peer;
    }
    for (const auto* const peer : {"11.0.0.1", "192.0.2.8", "fe80::1", "::2", "127.0.0.1", "shop.example", "", "/run/a.sock"}) {
        EXPECT_FALSE(proxies.trusts(peer)) << peer;
    }
}

TEST(TrustedProxies, a_word_stands_for_local_sockets) {
    const auto proxies = TrustedProxies::of("unix", ProxyHeader::x_forwarded).value();
    EXPECT_TRUE(proxies.trusts(""));
    EXPECT_TRUE(proxies.trusts("/run/a.sock"));
    EXPECT_FALSE(proxies.trusts("127.0.0.1"));
}

TEST(TrustedProxies, what_is_no_network_is_refused) {
    for (const auto* const list :
         {"10.0.0.0/33", "10.0.0.1/8", "fd00::/129", "10.0.0/8", "proxy", "10.0.0.0/", "10.0.0.0/8x", "/8"}) {
        EXPECT_FALSE(TrustedProxies::of(list, ProxyHeader::x_forwarded)) << list;
    }
}

TEST(TrustedProxies, the_list_is_read_from_its_end_to_the_first_address_that_is_not_trusted) {
    EXPECT_EQ(x_forwarded("192.0.2.7"), "192.0.2.7");
    EXPECT_EQ(x_forwarded("203.0.113.9, 192.0.2.7"), "192.0.2.7");
    EXPECT_EQ(x_forwarded("203.0.113.9, 192.0.2.7, 10.1.1.1 ,10.2.2.2"), "192.0.2.7");
    EXPECT_EQ(x_forwarded("10.3.3.3,10.1.1.1"), "10.3.3.3");
    EXPECT_EQ(x_forwarded(""), "10.0.0.1");
    EXPECT_EQ(forwarded("for=203.0.113.9, for=192.0.2.7;proto=https, for=10.1.1.1"), "192.0.2.7");
}

TEST(TrustedProxies, fields_that_were_sent_several_times_are_one_list) {
    EXPECT_EQ(client_by(ProxyHeader::x_forwarded, {{"X-Forwarded-For", "203.0.113.9"}, {"x-forwarded-for", "192.0.2.7"}}).address,
              "192.0.2.7");
}

TEST(TrustedProxies, an_address_may_have_a_port) {
    EXPECT_EQ(x_forwarded("192.0.2.7:4711"), "192.0.2.7");
    EXPECT_EQ(x_forwarded("[2001:db8::7]:4711"), "2001:db8::7");
    EXPECT_EQ(x_forwarded("2001:DB8:0::7"), "2001:db8::7");
    EXPECT_EQ(forwarded("for=\"[2001:db8::7]:4711\""), "2001:db8::7");
    EXPECT_EQ(forwarded("For=\"192.0.2.7:_port\""), "192.0.2.7");
}

TEST(TrustedProxies, an_address_that_cannot_be_read_ends_the_list_at_the_proxy_that_wrote_it) {
    EXPECT_EQ(x_forwarded("192.0.2.7, unknown, 10.1.1.1"), "10.1.1.1");
    EXPECT_EQ(x_forwarded("192.0.2.7, 1.2.3.4.5"), "10.0.0.1");
    EXPECT_EQ(x_forwarded("[2001:db8::7"), "2001:db8::7");
    EXPECT_EQ(x_forwarded("["), "10.0.0.1");
    EXPECT_EQ(forwarded("for=192.0.2.7, for=_hidden, for=10.1.1.1"), "10.1.1.1");
    EXPECT_EQ(forwarded("for=192.0.2.7, proto=https"), "10.0.0.1");
}

TEST(TrustedProxies, a_malformed_field_says_nothing) {
    for (const auto* const text :
         {"for", "for=\"192.0.2.7", "for=192.0.2.7 x", "=1", "for=\"a\\", "for=192.0.2.7=1", "for=[::1]"}) {
        EXPECT_EQ(forwarded(text), "10.0.0.1") << text;
    }
    const auto elements = read_forwarded("for=\"a, b\\\"c\";by=x;;proto=HTTPS , ,for=2").value();
    ASSERT_EQ(elements.size(), 3U);
    EXPECT_EQ(elements[0].node, "a, b\"c");
    EXPECT_EQ(elements[0].proto, "HTTPS");
    EXPECT_EQ(elements[2].node, "2");
}

TEST(TrustedProxies, only_the_chosen_field_is_read) {
    EXPECT_EQ(client_by(ProxyHeader::x_forwarded, {{"Forwarded", "for=192.0.2.7"}}).address, "10.0.0.1");
    EXPECT_EQ(client_by(ProxyHeader::forwarded, {{"X-Forwarded-For", "192.0.2.7"}}).address, "10.0.0.1");
    EXPECT_EQ(client_by(ProxyHeader::proxy_protocol, {{"X-Forwarded-For", "192.0.2.7"}}).address, "10.0.0.1");
}

TEST(TrustedProxies, the_scheme_is_that_by_which_the_client_came) {
    const auto secure = [](std::string nodes, std::string protos) {
        return client_by(ProxyHeader::x_forwarded,
                         {{"X-Forwarded-For", std::move(nodes)}, {"X-Forwarded-Proto", std::move(protos)}})
            .secure;
    };
    EXPECT_TRUE(secure("192.0.2.7", "https"));
    EXPECT_FALSE(secure("192.0.2.7", "http"));
    EXPECT_FALSE(secure("192.0.2.7", "gopher"));
    EXPECT_TRUE(secure("192.0.2.7, 10.1.1.1", "HTTPS, http"));
    EXPECT_FALSE(secure("192.0.2.7, 10.1.1.1", "http"));
    EXPECT_FALSE(secure("203.0.113.9, 192.0.2.7", "https, http")) << "the client may have sent the first of each list";
    EXPECT_TRUE(client_by(ProxyHeader::forwarded, {{"Forwarded", "for=1.2.3.4;proto=http, for=192.0.2.7;proto=https"}}).secure);
}

TEST(TrustedProxies, a_long_list_is_read_in_part) {
    std::string list = "192.0.2.7";
    for (int i = 0; i < 100; ++i) list += ",10.1.1.1";
    EXPECT_EQ(x_forwarded(list), "10.1.1.1");
}

}  // namespace
}  // namespace tw::http
