#include "kit/redis/redis_fixture.hpp"

namespace tw::redis {
namespace {

using namespace std::chrono_literals;

/// Tests the errors of `check` for a URL. They name the setting and never show the password.
class CheckTest : public RedisTest {
 protected:
    std::string said(const std::string& url) {
        auto settings = Settings::parse_url(Secret{url}).value();
        settings.named = "redis.url (SHOP_REDIS_URL)";
        Client client{loop, settings, telemetry.get()};
        const auto checked = run(client.check(call.context(), "tw:"));
        if (checked) return "fine";
        const auto& error = checked.error();
        EXPECT_NE(error.detail().find("redis.url (SHOP_REDIS_URL)"), std::string::npos);
        EXPECT_EQ(error.detail().find("hunter2"), std::string::npos);
        EXPECT_EQ(error.cause().find("hunter2"), std::string::npos);
        return error.reason();
    }
    static std::string with(const test::RedisServer& server, const std::string& credentials, const std::string& rest = "") {
        return "redis://" + credentials + "@127.0.0.1:" + std::to_string(server.port()) + rest;
    }
};

TEST_F(CheckTest, a_server_that_can_be_used_is_fine) { EXPECT_EQ(said(test::RedisServer::shared().url()), "fine"); }

TEST_F(CheckTest, nobody_there_is_unavailable) {
    test::RedisServer server;
    server.kill();
    EXPECT_EQ(said(server.url()), "REDIS_UNAVAILABLE");
}

TEST_F(CheckTest, a_wrong_and_a_missing_password_are_told) {
    const test::RedisServer server{{"--requirepass", "right"}};
    EXPECT_EQ(said(server.url()), "REDIS_AUTHENTICATION");
    EXPECT_EQ(said(with(server, ":hunter2")), "REDIS_AUTHENTICATION");
    EXPECT_EQ(said(with(server, ":right")), "fine");
}

TEST_F(CheckTest, a_password_that_the_server_does_not_want_is_told) {
    EXPECT_EQ(said(with(test::RedisServer::shared(), ":hunter2")), "REDIS_AUTHENTICATION");
}

TEST_F(CheckTest, a_database_that_does_not_exist_is_told) {
    EXPECT_EQ(said(test::RedisServer::shared().url(99)), "REDIS_DATABASE");
}

TEST_F(CheckTest, an_acl_user_without_permission_is_told) {
    const test::RedisServer server;
    server.command({"ACL", "SETUSER", "reader", "on", ">hunter2", "~tw:*", "+@read", "+ping"});
    server.command({"ACL", "SETUSER", "stranger", "on", ">hunter2", "~other:*", "+@all"});
    server.command({"ACL", "SETUSER", "shop", "on", ">hunter2", "~tw:*", "+@all", "-@dangerous"});
    EXPECT_EQ(said(with(server, "reader:hunter2")), "REDIS_PERMISSION");
    EXPECT_EQ(said(with(server, "stranger:hunter2")), "REDIS_PERMISSION");
    EXPECT_EQ(said(with(server, "nobody:hunter2")), "REDIS_AUTHENTICATION");
    EXPECT_EQ(said(with(server, "shop:hunter2")), "fine");
}

TEST_F(CheckTest, a_server_without_memory_is_told) {
    const test::RedisServer server{{"--maxmemory", "1"}};
    EXPECT_EQ(said(server.url()), "REDIS_FULL");
}

TEST_F(CheckTest, a_replica_is_told) {
    const test::RedisServer server{{"--replicaof", "127.0.0.1 1", "--replica-serve-stale-data", "yes"}};
    EXPECT_EQ(said(server.url()), "REDIS_READ_ONLY");
}

}  // namespace
}  // namespace tw::redis
