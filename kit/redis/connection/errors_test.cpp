#include "kit/redis/connection/errors.hpp"

#include <gtest/gtest.h>

namespace tw::redis {
namespace {

TEST(RedisErrorTest, what_servers_say_has_a_name) {
    const std::pair<std::string_view, std::string_view> said[] = {
        {"LOADING Redis is loading the dataset in memory", "REDIS_LOADING"},
        {"OOM command not allowed when used memory > 'maxmemory'.", "REDIS_FULL"},
        {"MOVED 3999 127.0.0.1:6381", "REDIS_CLUSTER"},
        {"NOAUTH Authentication required.", "REDIS_AUTHENTICATION"},
        {"WRONGPASS invalid username-password pair or user is disabled.", "REDIS_AUTHENTICATION"},
        {"ERR AUTH <password> called without any password configured", "REDIS_AUTHENTICATION"},
        {"NOPERM this user has no permissions to run the 'get' command", "REDIS_PERMISSION"},
        {"WRONGTYPE Operation against a key holding the wrong kind of value", "REDIS_WRONG_TYPE"},
        {"READONLY You can't write against a read only replica.", "REDIS_READ_ONLY"},
        {"ERR Error running script (call to f_1): @user_script:9: -READONLY You can't write against a read only replica.",
         "REDIS_READ_ONLY"},
        {"MISCONF Redis is configured to save RDB snapshots", "REDIS_NOT_SAVING"},
        {"NOREPLICAS Not enough good replicas to write.", "REDIS_NOT_SAVING"},
        {"ERR Error running script (call to f_1): @user_script:9: user_script:9: attempt to index nil", "REDIS_ERROR"},
        {"NOSCRIPT No matching script. Please use EVAL.", "REDIS_NO_SCRIPT"},
        {"ERR DB index is out of range", "REDIS_DATABASE"},
        {"BUSYGROUP Consumer Group name already exists", "REDIS_GROUP_EXISTS"},
        {"NOGROUP No such key", "REDIS_NO_GROUP"},
        {"ERR something new", "REDIS_ERROR"},
        {"", "REDIS_ERROR"}};
    for (const auto& [message, reason] : said) EXPECT_EQ(from_reply(message).reason(), reason) << message;
}

TEST(RedisErrorTest, arguments_that_a_server_quotes_are_left_out) {
    const auto error = from_reply("ERR unknown command 'GETT', with args beginning with: 'user:ann@example.com' ");
    EXPECT_EQ(error.cause(), "ERR unknown command 'GETT'");
}

TEST(RedisErrorTest, only_what_concerns_redis_as_a_whole_is_an_outage) {
    EXPECT_TRUE(is_outage(no_connection("x")));
    EXPECT_TRUE(is_outage(no_answer_in_time()));
    EXPECT_TRUE(is_outage(deadline_exceeded()));
    EXPECT_TRUE(is_outage(from_reply("LOADING")));
    EXPECT_TRUE(is_outage(from_reply("READONLY")));
    EXPECT_FALSE(is_outage(from_reply("MISCONF")));
    EXPECT_FALSE(is_outage(from_reply("WRONGTYPE")));
    EXPECT_FALSE(is_outage(from_reply("OOM")));
    EXPECT_FALSE(is_outage(cancelled()));
}

}  // namespace
}  // namespace tw::redis
