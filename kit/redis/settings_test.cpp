#include "kit/redis/settings.hpp"

#include <gtest/gtest.h>

namespace tw::redis {
namespace {

Settings parsed(std::string url) { return Settings::parse_url(Secret{std::move(url)}).value(); }

TEST(RedisUrlTest, a_host_alone_means_the_usual_port_and_database_0) {
    const auto settings = parsed("redis://cache");
    EXPECT_EQ(settings.address, (net::Address{"cache", 6379}));
    EXPECT_EQ(settings.database, 0);
    EXPECT_TRUE(settings.user.empty());
    EXPECT_TRUE(settings.password.empty());
}

TEST(RedisUrlTest, everything_that_it_can_say_is_read) {
    const auto settings = parsed("redis://shop:p%40ss%2Fword@[::1]:7000/3");
    EXPECT_EQ(settings.user, "shop");
    EXPECT_EQ(settings.password.reveal(), "p@ss/word");
    EXPECT_EQ(settings.address, (net::Address{"::1", 7000}));
    EXPECT_EQ(settings.database, 3);
}

TEST(RedisUrlTest, a_password_may_come_without_a_user_and_have_an_at_sign) {
    const auto settings = parsed("redis://:a@b@localhost:6380/");
    EXPECT_TRUE(settings.user.empty());
    EXPECT_EQ(settings.password.reveal(), "a@b");
    EXPECT_EQ(settings.address, (net::Address{"localhost", 6380}));
}

TEST(RedisUrlTest, an_ipv6_address_may_come_without_a_port) {
    EXPECT_EQ(parsed("redis://[::1]").address, (net::Address{"::1", 6379}));
}

TEST(RedisUrlTest, one_more_s_means_tls) {
    EXPECT_FALSE(parsed("redis://cache").secure);
    const auto settings = parsed("rediss://me:secret@cache:6380/1");
    EXPECT_TRUE(settings.secure);
    EXPECT_EQ(settings.address, (net::Address{"cache", 6380}));
    EXPECT_EQ(settings.to_string(), "rediss://me:***@cache:6380/1");
}

TEST(RedisUrlTest, no_error_shows_what_the_url_said) {
    for (const auto* const url :
         {"redis://hunter2:x:y", "hunter2", "redis://u:hunter2@host:port", "redis://u:hunter2%4@h", "redis://u:hunter2@h/x",
          "redis://u:hunter2@h/-1", "redis://u:hunter2@h?db=1", "redis://hunter2@h"}) {
        const auto refused = Settings::parse_url(Secret{url});
        ASSERT_FALSE(refused) << url;
        EXPECT_EQ(refused.error().detail().find("hunter2"), std::string::npos) << refused.error().detail();
        EXPECT_EQ(refused.error().cause().find("hunter2"), std::string::npos) << refused.error().cause();
    }
}

TEST(RedisUrlTest, shown_to_people_the_password_is_masked) {
    EXPECT_EQ(parsed("redis://shop:hunter2@cache/2").to_string(), "redis://shop:***@cache:6379/2");
    EXPECT_EQ(parsed("redis://cache").to_string(), "redis://cache:6379/0");
}

}  // namespace
}  // namespace tw::redis
