#include "kit/redis/guarded_client.hpp"

#include "kit/redis/connection/errors.hpp"
#include "kit/redis/redis_fixture.hpp"

namespace tw::redis {
namespace {

using namespace std::chrono_literals;

class GuardedClientTest : public RedisTest {
 protected:
    static Settings quick(Settings settings) {
        settings.command_time_max = 50ms;
        settings.connect_time_max = 100ms;
        settings.late_time_max = 200ms;
        settings.backoff_first = 10ms;
        settings.backoff_last = 20ms;
        return settings;
    }
    std::size_t lines_with(std::string_view text) const {
        std::size_t count = 0;
        for (const auto& line : telemetry.logs.lines()) count += line.find(text) != std::string::npos ? 1 : 0;
        return count;
    }
    static constexpr Breaker::Limits kLimits{.failures_max = 3, .probe_first = 50ms, .probe_last = 100ms};
};

TEST_F(GuardedClientTest, a_slow_redis_is_skipped_with_one_line_and_asked_again_with_one_more) {
    test::RedisServer server;
    Client first{loop, quick(settings_of(server)), telemetry.get()};
    Client second{loop, quick(settings_of(server)), telemetry.get()};
    const auto alarm = std::make_shared<OutageAlarm>();
    GuardedClient one{first, telemetry.get(), alarm, kLimits};
    GuardedClient other{second, telemetry.get(), alarm, kLimits};
    run(one.run(call.context(), Command{"PING"})).value();
    server.freeze();
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(run(one.run(call.context(), Command{"PING"})));
        EXPECT_FALSE(run(other.run(call.context(), Command{"PING"})));
    }
    const Stopwatch watch;
    std::size_t skipped = 0;
    for (int i = 0; i < 1000; ++i) {
        const auto reply = run(one.run(call.context(), Command{"PING"}));
        ASSERT_FALSE(reply);
        skipped += was_skipped(reply.error()) ? 1 : 0;
    }
    // Only the few probes among the thousand commands had to wait.
    EXPECT_GT(skipped, 980U);
    EXPECT_LT(watch.elapsed(), 1s);
    EXPECT_EQ(lines_with("redis.unavailable"), 1U);
    EXPECT_EQ(lines_with("redis.available"), 0U);
    EXPECT_EQ(telemetry.sum("tw.breaker.state"), 2);

    server.thaw();
    const auto recover = [this](GuardedClient& client) {
        const Stopwatch waited;
        while (!run(client.run(call.context(), Command{"PING"})) && waited.elapsed() < 5s) settle();
    };
    recover(one);
    EXPECT_EQ(lines_with("redis.available"), 0U);
    recover(other);
    EXPECT_EQ(lines_with("redis.available"), 1U);
    EXPECT_EQ(lines_with("redis.unavailable"), 1U);
    EXPECT_EQ(telemetry.sum("tw.breaker.state"), 0);
}

TEST_F(GuardedClientTest, what_is_wrong_with_one_key_opens_nothing) {
    auto& server = test::RedisServer::shared();
    Client client{loop, settings_of(server), telemetry.get()};
    GuardedClient guarded{client, telemetry.get(), std::make_shared<OutageAlarm>(), kLimits};
    run(guarded.run(call.context(), Command{"LPUSH", {"guarded:list", "x"}})).value();
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(reason_of(run(guarded.run(call.context(), Command{"GET", {"guarded:list"}}))), "REDIS_WRONG_TYPE");
    }
    EXPECT_TRUE(guarded.would_ask());
}

TEST_F(GuardedClientTest, a_redis_that_became_a_replica_is_skipped_and_told_with_the_reason) {
    test::RedisServer server;
    Client client{loop, quick(settings_of(server)), telemetry.get()};
    GuardedClient guarded{client, telemetry.get(), std::make_shared<OutageAlarm>(), kLimits};
    run(guarded.run(call.context(), Command{"SET", {"key", "1"}})).value();
    server.command({"REPLICAOF", "127.0.0.1", "1"});
    for (int i = 0; i < 20 && guarded.would_ask(); ++i) {
        EXPECT_FALSE(run(guarded.run(call.context(), i == 0 ? Command{"SET", {"key", "2"}} : Command{"GET", {"key"}})));
    }
    EXPECT_EQ(lines_with("redis.unavailable"), 1U);
    EXPECT_EQ(lines_with("REDIS_READ_ONLY"), 1U);
    EXPECT_EQ(telemetry.sum("tw.breaker.state"), 1);

    server.command({"REPLICAOF", "NO", "ONE"});
    const Stopwatch waited;
    while (!run(guarded.run(call.context(), Command{"SET", {"key", "3"}})) && waited.elapsed() < 5s) settle();
    EXPECT_EQ(lines_with("redis.available"), 1U);
    EXPECT_EQ(lines_with("redis.unavailable"), 1U);
}

TEST_F(GuardedClientTest, a_permission_that_is_missing_is_told_once_and_opens_nothing) {
    test::RedisServer server;
    server.command({"ACL", "SETUSER", "reader", "on", ">pw", "~*", "+get"});
    auto settings = settings_of(server);
    settings.user = "reader";
    settings.password = Secret{"pw"};
    Client client{loop, settings, telemetry.get()};
    GuardedClient guarded{client, telemetry.get(), std::make_shared<OutageAlarm>(), kLimits};
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(reason_of(run(guarded.run(call.context(), Command{"SET", {"key", "1"}}))), "REDIS_PERMISSION");
    }
    EXPECT_TRUE(guarded.would_ask());
    EXPECT_EQ(lines_with("redis.refused"), 1U);
    EXPECT_EQ(lines_with("REDIS_PERMISSION"), 1U);
}

TEST_F(GuardedClientTest, a_redis_that_cannot_save_is_told_once) {
    test::RedisServer server{{"--enable-protected-configs", "yes"}};
    Client client{loop, settings_of(server), telemetry.get()};
    GuardedClient guarded{client, telemetry.get(), std::make_shared<OutageAlarm>(), kLimits};
    // Nobody can create a file in that folder, so the server cannot save, whoever runs it.
    server.command({"CONFIG", "SET", "dir", "/proc"});
    server.command({"CONFIG", "SET", "save", "3600 1"});
    server.command({"BGSAVE"});
    const Stopwatch waited;
    while (server.command({"INFO", "persistence"}).find("rdb_last_bgsave_status:err") == std::string::npos) {
        ASSERT_LT(waited.elapsed(), 5s);
    }
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(reason_of(run(guarded.run(call.context(), Command{"SET", {"key", "1"}}))), "REDIS_NOT_SAVING");
    }
    EXPECT_EQ(lines_with("redis.refused"), 1U);
}

TEST(RefusalLogTest, each_reason_is_told_once_in_its_pause) {
    CollectedTelemetry telemetry;
    RefusalLog refusals;
    const SteadyTime start{1h};
    const auto full = from_reply("OOM command not allowed");
    const auto denied = from_reply("NOPERM no");
    refusals.tell(telemetry.log, {}, full, start);
    refusals.tell(telemetry.log, {}, full, start + RefusalLog::kPause - 1ns);
    refusals.tell(telemetry.log, {}, denied, start);
    EXPECT_EQ(telemetry.logs.lines().size(), 2U);
    refusals.tell(telemetry.log, {}, full, start + RefusalLog::kPause);
    EXPECT_EQ(telemetry.logs.lines().size(), 3U);
}

}  // namespace
}  // namespace tw::redis
