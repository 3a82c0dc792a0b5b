#include "kit/net/address.hpp"

#include <gtest/gtest.h>

namespace tw::net {
namespace {

TEST(Address, host_and_port_are_read_and_written_as_people_write_them) {
    EXPECT_EQ(Address::parse("127.0.0.1:8080").value(), (Address{"127.0.0.1", 8080}));
    EXPECT_EQ(Address::parse("user-service:50051").value(), (Address{"user-service", 50051}));
    EXPECT_EQ(Address::parse("[::1]:0").value(), (Address{"::1", 0}));
    EXPECT_EQ((Address{"::1", 50051}).to_string(), "[::1]:50051");
    EXPECT_EQ((Address{"localhost", 80}).to_string(), "localhost:80");
}

TEST(Address, what_is_no_address_is_refused) {
    for (const auto* text : {"", "localhost", ":80", "localhost:", "localhost:65536", "localhost:-1", "localhost:80x", "::1:80",
                             "[::1]", "[]:80", "[localhost]:80", "a b:80", "host/path:80", "user@host:80"}) {
        const auto address = Address::parse(text);
        ASSERT_FALSE(address) << text;
        EXPECT_EQ(address.error().reason(), "INVALID_ADDRESS");
    }
}

TEST(Address, a_password_is_masked_in_what_is_said_of_a_bad_address) {
    for (const auto* text : {"ann:s3cret@user:50051", "http://ann:s3cret@user:50051", "ann:s3cret"}) {
        for (const auto& address : {Address::parse(text), Address::parse_url(text)}) {
            ASSERT_FALSE(address) << text;
            EXPECT_EQ(address.error().detail().find("s3cret"), std::string::npos) << address.error().detail();
        }
    }
}

TEST(Address, a_unix_domain_socket_is_its_absolute_path) {
    const auto address = Address::parse("unix:/run/user.sock").value();
    EXPECT_TRUE(address.is_local_socket());
    EXPECT_EQ(address.host, "/run/user.sock");
    EXPECT_EQ(address.to_string(), "unix:/run/user.sock");
    EXPECT_EQ(Address::parse("unix:///run/user.sock").value(), address);
    EXPECT_FALSE(Address::parse("127.0.0.1:1").value().is_local_socket());
    const auto path = "/" + std::string(106, 'x');
    EXPECT_TRUE(Address::parse("unix:" + path));
    for (const auto& text : {std::string{"unix:"}, std::string{"unix:user.sock"}, std::string{"unix://host/user.sock"},
                             std::string{"unix:/run/"}, "unix:" + path + "x"}) {
        EXPECT_FALSE(Address::parse(text)) << text;
    }
}

TEST(Address, a_url_gives_host_and_port) {
    EXPECT_EQ(Address::parse_url("http://user:50051").value(), (Address{"user", 50051}));
    EXPECT_EQ(Address::parse_url("http://[::1]:50051/").value(), (Address{"::1", 50051}));
    for (const auto* url :
         {"user:50051", "https://user:50051", "http://user", "http://user:50051/path", "http://user:1?q", "http://me@user:1"}) {
        EXPECT_FALSE(Address::parse_url(url)) << url;
    }
}

TEST(Address, an_ipv4_address_in_the_form_of_ipv6_is_unmapped_and_nothing_else_is) {
    EXPECT_EQ((Address{"::ffff:192.0.2.7", 5}).unmapped(), (Address{"192.0.2.7", 5}));
    EXPECT_EQ((Address{"::ffff:c000:207", 5}).unmapped(), (Address{"192.0.2.7", 5}));
    for (const auto* host : {"192.0.2.7", "2001:db8::1", "::1", "::192.0.2.7", "fe80::1%eth0", "user", "/run/user.sock"}) {
        EXPECT_EQ((Address{host, 5}).unmapped(), (Address{host, 5}));
    }
}

TEST(Address, loopback_is_what_stays_on_the_machine) {
    for (const auto* host : {"127.0.0.1", "127.8.9.10", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "localhost", "LocalHost",
                             "shop.localhost", "/run/user.sock"}) {
        EXPECT_TRUE((Address{host}).is_loopback()) << host;
    }
    for (const auto* host : {"", "0.0.0.0", "::", "128.0.0.1", "127.evil.example", "127.0.0.1.evil.example",
                             "localhost.evil.example", "notlocalhost", "::2", "::ffff:128.0.0.1"}) {
        EXPECT_FALSE((Address{host}).is_loopback()) << host;
    }
}

}  // namespace
}  // namespace tw::net
