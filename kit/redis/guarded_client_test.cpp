#include "kit/redis/guarded_client.hpp"

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
    // Of a thousand at most the few probes had to wait.
    EXPECT_GT(skipped, 980U);
    EXPECT_LT(watch.elapsed(), 1s);
    EXPECT_EQ(lines_with("redis.away"), 1U);
    EXPECT_EQ(lines_with("redis.back"), 0U);
    EXPECT_EQ(telemetry.sum("tw.breaker.state"), 2);

    server.thaw();
    const auto recover = [this](GuardedClient& client) {
        const Stopwatch patience;
        while (!run(client.run(call.context(), Command{"PING"})) && patience.elapsed() < 5s) settle();
    };
    recover(one);
    EXPECT_EQ(lines_with("redis.back"), 0U);
    recover(other);
    EXPECT_EQ(lines_with("redis.back"), 1U);
    EXPECT_EQ(lines_with("redis.away"), 1U);
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

}  // namespace
}  // namespace tw::redis
