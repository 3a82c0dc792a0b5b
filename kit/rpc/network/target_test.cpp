#include "kit/rpc/target.hpp"

#include <gtest/gtest.h>

namespace tw::rpc {
namespace {

TEST(TargetTest, a_host_is_written_in_three_ways_and_looked_up) {
    for (const auto* text : {"user:50051", "http://user:50051", "dns:user:50051", "dns:///user:50051"}) {
        const auto target = Target::parse(text);
        ASSERT_TRUE(target) << text;
        EXPECT_TRUE(target->looked_up()) << text;
        EXPECT_EQ(target->text, text);
        EXPECT_EQ(target->name(), "user:50051");
        EXPECT_EQ(target->authority(), "user:50051");
        EXPECT_EQ(target->host(), "user");
    }
}

TEST(TargetTest, literals_are_not_looked_up) {
    for (const auto* text : {"127.0.0.1:1", "[::1]:1", "dns:///127.0.0.1:1", "ipv4:127.0.0.1:1", "ipv6:[::1]:1", "unix:/s"}) {
        const auto target = Target::parse(text);
        ASSERT_TRUE(target) << text;
        EXPECT_FALSE(target->looked_up()) << text;
    }
}

TEST(TargetTest, a_list_has_each_address_once_and_no_host) {
    const auto target = Target::parse("ipv4:10.0.0.1:1,10.0.0.2:1,10.0.0.1:1").value();
    EXPECT_EQ(target.addresses, (std::vector<net::Address>{{"10.0.0.1", 1}, {"10.0.0.2", 1}}));
    EXPECT_EQ(target.name(), "10.0.0.1:1,10.0.0.2:1");
    EXPECT_EQ(target.authority(), "10.0.0.1:1");
    EXPECT_EQ(target.host(), "");
    EXPECT_EQ(Target::parse("ipv6:[::1]:1,[::2]:2")->addresses.size(), 2u);
}

TEST(TargetTest, the_host_of_a_unix_domain_socket_is_this_machine) {
    const auto target = Target::parse("unix:///run/user.sock").value();
    EXPECT_EQ(target.addresses.front().host, "/run/user.sock");
    EXPECT_EQ(target.name(), "unix:/run/user.sock");
    EXPECT_EQ(target.authority(), "localhost");
}

TEST(TargetTest, a_password_is_masked_in_the_error_for_a_bad_target) {
    for (const auto* text :
         {"http://ann:s3cret@user:1", "dns:///ann:s3cret@user:1", "ipv4:ann:s3cret@1.2.3.4:1", "ann:s3cret@user:1"}) {
        const auto target = Target::parse(text);
        ASSERT_FALSE(target) << text;
        EXPECT_EQ(target.error().detail().find("s3cret"), std::string::npos) << target.error().detail();
    }
}

TEST(TargetTest, anything_else_is_refused) {
    for (const auto* text : {"", "user", "user:0", "https://user:1", "ftp://user:1", "http://user", "http://user:1/path",
                             "dns:///user", "dns://9.9.9.9/user:1", "ipv4:user:1", "ipv4:[::1]:1", "ipv6:127.0.0.1:1",
                             "ipv4:", "ipv4:10.0.0.1:1,", "unix:user.sock", "xds:///user"}) {
        const auto target = Target::parse(text);
        ASSERT_FALSE(target) << text;
        EXPECT_EQ(target.error().reason(), "INVALID_TARGET");
    }
}

}  // namespace
}  // namespace tw::rpc
