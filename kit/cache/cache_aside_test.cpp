#include "kit/cache/cache_aside.hpp"

#include "kit/cache/local_cache.hpp"
#include "kit/cache/redis_cache.hpp"
#include "kit/redis/redis_fixture.hpp"
#include "kit/testing/fake_clock.hpp"

#include <set>

namespace tw::cache {
namespace {

using namespace std::chrono_literals;

/// A row with its version.
struct Row {
    std::string text;
    std::int64_t version = 1;
    bool operator==(const Row&) const = default;
};

RowCodec<Row> codec() {
    return {.encode = [](const Row& row) { return std::to_string(row.version) + "," + row.text; },
            .decode = [](std::string_view bytes) -> std::optional<Row> {
                const auto comma = bytes.find(',');
                if (comma == std::string_view::npos) return std::nullopt;
                return Row{std::string{bytes.substr(comma + 1)}, std::stoll(std::string{bytes.substr(0, comma)})};
            },
            .version = [](const Row& row) { return row.version; }};
}

/// The table that rows come from.
struct Source {
    EventLoop& loop;
    std::optional<Row> row = Row{"one"};
    int reads = 0;
    std::chrono::milliseconds slow{0};
    std::optional<Error> failure;

    Task<Result<std::optional<Row>>> operator()(const CallContext& ctx) {
        ++reads;
        const auto read = row;
        if (slow.count() > 0) {
            if (auto fine = co_await sleep_for(ctx, slow); !fine) co_return std::move(fine).error();
        }
        if (failure) co_return *failure;
        co_return read;
    }
};

class CacheAsideTest : public redis::RedisTest {
 public:
    using Aside = CacheAside<Row>;
    Aside aside(Cache& cache, CacheAsideOptions options = {.name = "row"}) {
        return {cache, codec(), invalidations, telemetry.get(), std::move(options)};
    }
    std::string get(Aside& rows, std::string_view id = "a") {
        const auto row = run(rows.get(call.context(), id, source));
        if (!row) return row.error().reason();
        return *row ? (*row)->text : "none";
    }
    void change(Aside& rows, std::string text) {
        source.row = Row{std::move(text), source.row->version + 1};
        run_until_done(loop, rows.changed(call.context(), "a", source.row->version));
    }

    test::FakeClock clock;
    LocalCache local{clock};
    std::shared_ptr<Invalidations> invalidations = std::make_shared<Invalidations>();
    Source source{loop};
};

TEST_F(CacheAsideTest, a_row_is_read_once_and_again_after_it_was_changed) {
    auto rows = aside(local);
    EXPECT_EQ(get(rows), "one");
    EXPECT_EQ(get(rows), "one");
    EXPECT_EQ(source.reads, 1);
    change(rows, "two");
    EXPECT_EQ(get(rows), "two");
    EXPECT_EQ(get(rows), "two");
    EXPECT_EQ(source.reads, 2);
    EXPECT_EQ(telemetry.sum("tw.cache.requests", "hit"), 2);
    EXPECT_EQ(telemetry.sum("tw.cache.requests", "miss"), 2);
    EXPECT_EQ(telemetry.sum("tw.cache.fills", "stored"), 2);
    EXPECT_EQ(telemetry.sum("tw.cache.invalidations", "done"), 1);
}

TEST_F(CacheAsideTest, absence_is_believed_for_a_short_time) {
    source.row.reset();
    auto rows = aside(local, {.name = "row", .ttl = 30s, .absent_ttl = 2s});
    EXPECT_EQ(get(rows), "none");
    EXPECT_EQ(get(rows), "none");
    EXPECT_EQ(source.reads, 1);
    clock.advance(2s);
    source.row = Row{"new"};
    EXPECT_EQ(get(rows), "new");
    EXPECT_EQ(telemetry.sum("tw.cache.requests", "absent"), 1);
}

TEST_F(CacheAsideTest, an_error_of_the_source_is_not_kept) {
    auto rows = aside(local);
    source.failure = unavailable("later");
    EXPECT_EQ(get(rows), "UNAVAILABLE");
    source.failure.reset();
    EXPECT_EQ(get(rows), "one");
}

TEST_F(CacheAsideTest, callers_at_the_same_time_share_one_read) {
    auto rows = aside(local);
    source.slow = 20ms;
    std::vector<Task<Aside::Row>> asked;
    for (int i = 0; i < 50; ++i) asked.push_back(rows.get(call.context(), "a", source));
    for (const auto& row : run(all(std::move(asked)))) EXPECT_EQ((*row)->text, "one");
    EXPECT_EQ(source.reads, 1);
    EXPECT_EQ(telemetry.sum("tw.cache.shared_loads"), 49);
}

TEST_F(CacheAsideTest, when_the_first_caller_goes_away_another_one_reads) {
    auto rows = aside(local);
    source.slow = 40ms;
    const RootCall hurried{loop, Deadline::after(loop.now(), 10ms)};
    const auto results = run(both(rows.get(hurried.context(), "a", source), rows.get(call.context(), "a", source)));
    EXPECT_EQ(results.first.error().code(), Code::deadline_exceeded);
    EXPECT_EQ((*results.second)->text, "one");
    EXPECT_EQ(source.reads, 2);
}

TEST_F(CacheAsideTest, a_caller_who_only_waits_goes_when_his_time_is_over) {
    auto rows = aside(local);
    source.slow = 60ms;
    const RootCall hurried{loop, Deadline::after(loop.now(), 10ms)};
    const redis::Stopwatch watch;
    const auto results = run(both(rows.get(call.context(), "a", source), rows.get(hurried.context(), "a", source)));
    EXPECT_EQ((*results.first)->text, "one");
    EXPECT_EQ(results.second.error().code(), Code::deadline_exceeded);
    EXPECT_EQ(source.reads, 1);
}

TEST_F(CacheAsideTest, nobody_who_comes_after_a_change_shares_a_read_from_before_it) {
    auto rows = aside(local);
    source.slow = 30ms;
    const auto late = [](CacheAsideTest& self, Aside& from) -> Task<Aside::Row> {
        // The first read is under way and has seen the old row.
        static_cast<void>(co_await sleep_for(self.call.context(), 5ms));
        self.source.row = Row{"two", 2};
        co_await from.changed(self.call.context(), "a", 2);
        co_return co_await from.get(self.call.context(), "a", self.source);
    };
    const auto results = run(both(rows.get(call.context(), "a", source), late(*this, rows)));
    EXPECT_EQ((*results.first)->text, "one");
    EXPECT_EQ((*results.second)->text, "two");
    // And the first one's fill came before or after: what stays is the new row.
    EXPECT_EQ(get(rows), "two");
}

TEST_F(CacheAsideTest, bytes_that_cannot_be_read_are_a_miss) {
    auto rows = aside(local);
    const auto lease = local.lookup("row:a").lease;
    local.put("row:a", {lease, 1, std::make_shared<const std::string>("rubbish"), 30s});
    EXPECT_EQ(get(rows), "one");
}

TEST_F(CacheAsideTest, entries_that_were_filled_together_run_out_at_different_times_and_never_late) {
    /// Notes how long entries are to stay.
    class NotingCache final : public Cache {
     public:
        std::optional<Lookup> get_now(std::string_view) override { return Lookup{.lease = 1}; }
        Task<Lookup> get(const CallContext&, std::string_view) override { co_return Lookup{}; }
        Task<FillOutcome> fill(const CallContext&, std::string_view, const Fill& fill) override {
            times.insert(fill.ttl);
            co_return FillOutcome::stored;
        }
        Task<bool> invalidate(const CallContext&, std::string_view, std::int64_t) override { co_return true; }
        std::set<std::chrono::milliseconds> times;
    } noting;
    auto rows = aside(noting, {.name = "row", .ttl = 10s, .jitter = 0.2});
    for (int i = 0; i < 200; ++i) get(rows);
    EXPECT_GT(noting.times.size(), 100U);
    EXPECT_GE(*noting.times.begin(), 8s);
    EXPECT_LE(*noting.times.rbegin(), 10s);
    EXPECT_LT(*noting.times.begin(), 8500ms);
    EXPECT_GT(*noting.times.rbegin(), 9500ms);
}

/// The same against a Redis that has something the matter with it: no result may change, and time is bounded.
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
                         redis::Breaker::Limits{.failures_max = 3, .probe_first = 30ms, .probe_last = 60ms});
        cache_.emplace(*guarded_, invalidations, std::move(options));
    }
    void TearDown() override {
        cache_.reset();
        guarded_.reset();
        client_.reset();
        RedisTest::TearDown();
    }
    /// Reads and changes for a while; every read says what the source says, within its bound.
    void expect_right_results(int rounds = 20) {
        auto rows = aside(*cache_);
        for (int i = 0; i < rounds; ++i) {
            const redis::Stopwatch watch;
            ASSERT_EQ(get(rows), source.row->text);
            ASSERT_EQ(get(rows), source.row->text);
            change(rows, "round " + std::to_string(i));
            ASSERT_EQ(get(rows), source.row->text);
            // A command's time for each of what it may ask for.
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
    server.command({"LPUSH", "tradewind:row:a", "x"});
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
    // What was there before the change is gone all the same.
    EXPECT_EQ(server.command({"GET", "tradewind:row:a"}), "$-1\r\n");
    server.command({"CONFIG", "SET", "maxmemory", "0"});
    expect_right_results(3);
}

TEST_F(CacheAsideFaultTest, a_wrong_password_database_or_permission_changes_nothing) {
    test::RedisServer server;
    server.command({"ACL", "SETUSER", "reader", "on", ">pw", "~tradewind:*", "+@read", "+client"});
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
    const redis::Stopwatch patience;
    while (invalidations->doubts() != 0 && patience.elapsed() < 5s) ASSERT_EQ(get(rows), "two");
    EXPECT_EQ(invalidations->doubts(), 0U);
    EXPECT_EQ(server.command({"GET", "tradewind:row:a"}).find("one"), std::string::npos);
}

}  // namespace
}  // namespace tw::cache
