#include "kit/cache/redis_rate_limiter.hpp"

#include "kit/redis/redis_fixture.hpp"

namespace tw::cache {
namespace {

using namespace std::chrono_literals;

class RedisRateLimiterTest : public redis::RedisTest {
 protected:
    /// A replica with its own client and its own fallback.
    struct Replica {
        redis::Client client;
        redis::GuardedClient guarded;
        SystemClock clock;
        LocalRateLimiter local{clock};
        RedisRateLimiter limiter;

        Replica(EventLoop& loop, const redis::Settings& settings, telemetry::Telemetry telemetry)
            : client{loop, settings, telemetry},
              guarded{client,
                      telemetry,
                      std::make_shared<redis::OutageAlarm>(),
                      {.failures_max = 3, .probe_first = 30ms, .probe_last = 60ms}},
              limiter{guarded, local, telemetry} {}
        Task<RateDecision> take(const CallContext& ctx, std::string_view key, const Rate& rate) {
            if (auto decision = limiter.take_now(key, rate)) co_return *decision;
            co_return co_await limiter.take(ctx, key, rate);
        }
    };
    static redis::Settings quick(redis::Settings settings) {
        settings.command_time_max = 60ms;
        settings.connect_time_max = 150ms;
        settings.late_time_max = 200ms;
        settings.backoff_first = 5ms;
        settings.backoff_last = 20ms;
        return settings;
    }
    std::unique_ptr<Replica> replica(const redis::Settings& settings) {
        return std::make_unique<Replica>(loop, settings, telemetry.get());
    }
    RateDecision take(Replica& from, std::string_view key, const Rate& rate) { return run(from.take(call.context(), key, rate)); }
    /// Expects that a limit holds on a single replica whatever is wrong with Redis. Each switch
    /// between Redis and the fallback may give a second burst.
    void expect_a_limit(Replica& replica, std::uint32_t bursts = 1) {
        const auto rate = Rate::of(5, 1h);
        std::uint32_t allowed = 0;
        const redis::Stopwatch watch;
        for (int i = 0; i < 100; ++i) allowed += take(replica, "fault", rate).allowed ? 1 : 0;
        EXPECT_GE(allowed, 5U);
        EXPECT_LE(allowed, 5U * bursts);
        EXPECT_LT(watch.elapsed(), 3s);
    }

    void SetUp() override { test::RedisServer::shared().command({"FLUSHALL"}); }
};

TEST_F(RedisRateLimiterTest, it_decides_as_the_local_one_does) {
    auto one = replica(settings_of(test::RedisServer::shared()));
    const auto rate = Rate::of(3, 60s);
    for (const auto left : {2U, 1U, 0U}) {
        const auto decision = take(*one, "ann", rate);
        EXPECT_TRUE(decision.allowed);
        EXPECT_EQ(decision.limit, 3U);
        EXPECT_EQ(decision.remaining, left);
        EXPECT_EQ(decision.retry_after, 0us);
    }
    const auto refused = take(*one, "ann", rate);
    EXPECT_FALSE(refused.allowed);
    EXPECT_EQ(refused.remaining, 0U);
    EXPECT_GT(refused.retry_after, 19s);
    EXPECT_LE(refused.retry_after, 20s);
    EXPECT_GT(refused.reset, 59s);
    EXPECT_LE(refused.reset, 60s);
    EXPECT_TRUE(take(*one, "bob", rate).allowed);
    EXPECT_EQ(telemetry.sum("tw.limiter.decisions", "redis"), 5);
}

TEST_F(RedisRateLimiterTest, tokens_come_back_one_by_one) {
    auto one = replica(settings_of(test::RedisServer::shared()));
    const auto rate = Rate::of(2, 200ms);
    take(*one, "ann", rate);
    take(*one, "ann", rate);
    const auto refused = take(*one, "ann", rate);
    ASSERT_FALSE(refused.allowed);
    run(sleep_for(call.context(), refused.retry_after)).value();
    EXPECT_TRUE(take(*one, "ann", rate).allowed);
    EXPECT_FALSE(take(*one, "ann", rate).allowed);
}

TEST_F(RedisRateLimiterTest, replicas_together_get_exactly_the_burst) {
    std::vector<std::unique_ptr<Replica>> replicas;
    for (int i = 0; i < 4; ++i) replicas.push_back(replica(settings_of(test::RedisServer::shared())));
    const auto rate = Rate::of(100, 1h);
    std::vector<Task<RateDecision>> asked;
    for (int i = 0; i < 800; ++i) asked.push_back(replicas[static_cast<std::size_t>(i % 4)]->take(call.context(), "all", rate));
    std::size_t allowed = 0;
    for (const auto& decision : run(all(std::move(asked)))) allowed += decision.allowed ? 1 : 0;
    EXPECT_EQ(allowed, 100U);
}

TEST_F(RedisRateLimiterTest, of_a_large_bucket_several_tokens_are_taken_at_once) {
    auto& server = test::RedisServer::shared();
    auto one = replica(settings_of(server));
    const auto rate = Rate::of(10'240, 1h);
    server.command({"CONFIG", "RESETSTAT"});
    for (std::uint32_t i = 1; i <= 400; ++i) {
        const auto decision = take(*one, "all", rate);
        ASSERT_TRUE(decision.allowed);
        EXPECT_EQ(decision.remaining, 10'240U - i);
    }
    // Two tokens come back in a second, which allows to take several at once.
    EXPECT_NE(server.command({"INFO", "commandstats"}).find("cmdstat_evalsha:calls=200,"), std::string::npos)
        << server.command({"INFO", "commandstats"});
}

TEST_F(RedisRateLimiterTest, replicas_together_never_get_more_than_a_large_burst) {
    std::vector<std::unique_ptr<Replica>> replicas;
    for (int i = 0; i < 4; ++i) replicas.push_back(replica(settings_of(test::RedisServer::shared())));
    // Each replica prefetches ten tokens.
    const Rate rate{.burst = 2'560, .interval = 100ms};
    std::size_t allowed = 0;
    const auto round = [&](int count) {
        std::vector<Task<RateDecision>> asked;
        for (int i = 0; i < count; ++i)
            asked.push_back(replicas[static_cast<std::size_t>(i % 4)]->take(call.context(), "all", rate));
        for (const auto& decision : run(all(std::move(asked)))) allowed += decision.allowed ? 1 : 0;
    };
    const redis::Stopwatch watch;
    for (int i = 0; i < 8; ++i) round(400);
    const auto came_back = static_cast<std::size_t>(watch.elapsed() / rate.interval) + 1;
    EXPECT_LE(allowed, 2'560U + came_back);
    EXPECT_GE(allowed, 2'560U - 4 * 10);
}

TEST_F(RedisRateLimiterTest, a_bucket_that_is_full_again_is_no_key_any_more) {
    auto one = replica(settings_of(test::RedisServer::shared()));
    take(*one, "ann", Rate::of(2, 20ms));
    run(sleep_for(call.context(), 50ms)).value();
    EXPECT_EQ(test::RedisServer::shared().command({"EXISTS", "tw:limit:ann"}), ":0\r\n");
}

TEST_F(RedisRateLimiterTest, rubbish_and_other_types_at_the_key_do_not_lift_the_limit) {
    auto& server = test::RedisServer::shared();
    auto one = replica(settings_of(server));
    server.command({"SET", "tw:limit:fault", "rubbish"});
    expect_a_limit(*one);
    server.command({"DEL", "tw:limit:fault"});
    server.command({"LPUSH", "tw:limit:fault", "x"});
    expect_a_limit(*one);
    EXPECT_GT(telemetry.sum("tw.limiter.decisions", "local"), 0);
}

TEST_F(RedisRateLimiterTest, a_redis_that_is_away_slow_full_or_refuses_us_leaves_the_local_limit) {
    test::RedisServer server;
    auto one = replica(quick(settings_of(server)));
    expect_a_limit(*one);
    server.kill();
    expect_a_limit(*one);
    server.start();
    auto other = replica(quick(settings_of(server)));
    take(*other, "first", Rate::of(1, 1s));
    server.freeze();
    expect_a_limit(*other);
    server.thaw();
    server.command({"CONFIG", "SET", "maxmemory", "1"});
    auto third = replica(quick(settings_of(server)));
    expect_a_limit(*third);
    auto settings = quick(settings_of(server));
    settings.password = Secret{"wrong"};
    auto fourth = replica(settings);
    expect_a_limit(*fourth);
    settings = quick(settings_of(server));
    settings.database = 99;
    auto fifth = replica(settings);
    expect_a_limit(*fifth);
}

}  // namespace
}  // namespace tw::cache
