#include "kit/cache/cache_aside_fixture.hpp"
#include "kit/cache/redis_cache.hpp"

namespace tw::cache {
namespace {

using namespace std::chrono_literals;

/// Tests CacheAside with a Redis that has faults: no result may change, and each call takes bounded
/// time.
class CacheAsideFaultTest : public CacheAsideTest {
 protected:
    static redis::Settings quick(redis::Settings settings) {
        settings.command_time_max = 60ms;
        settings.connect_time_max = 150ms;
        settings.late_time_max = 200ms;
        settings.backoff_first = 5ms;
        settings.backoff_last = 20ms;
        return settings;
    }
    void connect(const redis::Settings& settings, RedisCache::Options options = {}) {
        client_.emplace(loop, quick(settings), telemetry.get());
        guarded_.emplace(*client_, telemetry.get(), alarm_,
                         Breaker::Limits{.failures_max = 3, .probe_first = 30ms, .probe_last = 60ms});
        cache_.emplace(*guarded_, invalidations, std::move(options));
    }
    void TearDown() override {
        cache_.reset();
        guarded_.reset();
        client_.reset();
        RedisTest::TearDown();
    }
    /// Reads and changes a row repeatedly. Every read returns what the source holds, within a
    /// bounded time.
    void expect_right_results(int rounds = 20) {
        auto rows = aside(*cache_);
        for (int i = 0; i < rounds; ++i) {
            const redis::Stopwatch watch;
            ASSERT_EQ(get(rows), source.row->text);
            ASSERT_EQ(get(rows), source.row->text);
            change(rows, "round " + std::to_string(i));
            ASSERT_EQ(get(rows), source.row->text);
            // The bound allows for one command timeout for each command that a read may send.
            ASSERT_LT(watch.elapsed(), 1s);
        }
    }

    std::shared_ptr<redis::OutageAlarm> alarm_ = std::make_shared<redis::OutageAlarm>();
    std::optional<redis::Client> client_;
    std::optional<redis::GuardedClient> guarded_;
    std::optional<RedisCache> cache_;
};

TEST_F(CacheAsideFaultTest, a_sound_redis_serves_rows_and_changes) {
    test::RedisServer::shared().command({"FLUSHALL"});
    connect(settings_of(test::RedisServer::shared()));
    expect_right_results();
    EXPECT_GE(telemetry.sum("tw.cache.requests", "hit"), 19);
}

TEST_F(CacheAsideFaultTest, a_redis_that_is_emptied_now_and_then_changes_nothing) {
    auto& server = test::RedisServer::shared();
    connect(settings_of(server));
    for (int i = 0; i < 10; ++i) {
        server.command({"FLUSHALL"});
        expect_right_results(3);
    }
}

TEST_F(CacheAsideFaultTest, a_redis_that_is_not_there_changes_nothing) {
    test::RedisServer server;
    connect(settings_of(server));
    server.kill();
    expect_right_results();
}

TEST_F(CacheAsideFaultTest, a_redis_that_is_killed_and_comes_back_changes_nothing) {
    test::RedisServer server;
    connect(settings_of(server));
    expect_right_results(3);
    server.kill();
    expect_right_results(5);
    server.start();
    expect_right_results(5);
}

TEST_F(CacheAsideFaultTest, a_redis_that_answers_after_five_seconds_changes_nothing_and_is_skipped) {
    test::RedisServer server;
    connect(settings_of(server));
    expect_right_results(3);
    server.freeze();
    const redis::Stopwatch watch;
    expect_right_results(20);
    EXPECT_LT(watch.elapsed(), 5s);
    EXPECT_GT(telemetry.sum("tw.cache.requests", "skipped"), 20);
    server.thaw();
    expect_right_results(5);
}

TEST_F(CacheAsideFaultTest, something_else_at_the_key_changes_nothing) {
    auto& server = test::RedisServer::shared();
    server.command({"FLUSHALL"});
    server.command({"LPUSH", "tw:cache:row:a", "x"});
    connect(settings_of(server));
    auto rows = aside(*cache_);
    EXPECT_EQ(get(rows), "one");
    EXPECT_EQ(telemetry.sum("tw.cache.requests", "error"), 1);
    expect_right_results(3);
}

TEST_F(CacheAsideFaultTest, a_redis_without_memory_changes_nothing) {
    test::RedisServer server;
    connect(settings_of(server));
    expect_right_results(3);
    server.command({"CONFIG", "SET", "maxmemory", "1"});
    expect_right_results(10);
    // The row that was cached before the change has been removed nevertheless.
    EXPECT_EQ(server.command({"GET", "tw:cache:row:a"}), "$-1\r\n");
    server.command({"CONFIG", "SET", "maxmemory", "0"});
    expect_right_results(3);
}

TEST_F(CacheAsideFaultTest, a_wrong_password_database_or_permission_changes_nothing) {
    test::RedisServer server;
    server.command({"ACL", "SETUSER", "reader", "on", ">pw", "~tw:*", "+@read", "+client"});
    for (const auto* const change : {"password", "database", "permission"}) {
        auto settings = settings_of(server);
        if (std::string_view{change} == "password") settings.password = Secret{"wrong"};
        if (std::string_view{change} == "database") settings.database = 99;
        if (std::string_view{change} == "permission") settings.user = "reader", settings.password = Secret{"pw"};
        cache_.reset(), guarded_.reset(), client_.reset();
        invalidations = std::make_shared<Invalidations>();
        connect(settings);
        expect_right_results(10);
    }
}

TEST_F(CacheAsideFaultTest, a_change_that_redis_did_not_hear_of_is_told_as_soon_as_it_answers) {
    test::RedisServer server;
    connect(settings_of(server));
    auto rows = aside(*cache_);
    EXPECT_EQ(get(rows), "one");
    server.freeze();
    change(rows, "two");
    EXPECT_EQ(telemetry.sum("tw.cache.invalidations", "error"), 1);
    EXPECT_EQ(invalidations->doubts(), 1U);
    server.thaw();
    const redis::Stopwatch watch;
    while (invalidations->doubts() != 0 && watch.elapsed() < 5s) ASSERT_EQ(get(rows), "two");
    EXPECT_EQ(invalidations->doubts(), 0U);
    EXPECT_EQ(server.command({"GET", "tw:cache:row:a"}).find("one"), std::string::npos);
}

}  // namespace
}  // namespace tw::cache
