#include "kit/cache/cache_aside_fixture.hpp"

#include <set>
#include <stdexcept>
#include <vector>

namespace tw::cache {
namespace {

using namespace std::chrono_literals;

/// The first call waits, so that other callers join it, and then throws. Later calls read the row.
Task<Result<std::optional<Row>>> throw_first(const CallContext& ctx, int& reads) {
    const bool first = ++reads == 1;
    static_cast<void>(co_await sleep_for(ctx, 5ms));
    if (first) throw std::runtime_error{"a damaged row"};
    co_return std::optional{Row{"one"}};
}

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

TEST_F(CacheAsideTest, a_read_that_throws_fails_alone_and_those_who_waited_for_it_read_themselves) {
    auto rows = aside(local);
    int reads = 0;
    const auto load = [&](const CallContext& ctx) -> Task<Result<std::optional<Row>>> { return throw_first(ctx, reads); };
    const auto guarded = [&]() -> Task<std::string> { return guard(rows, load); };
    std::vector<Task<std::string>> asked;
    for (int i = 0; i < 5; ++i) asked.push_back(guarded());
    const auto got = run(all(std::move(asked)));
    EXPECT_EQ(got, (std::vector<std::string>{"a damaged row", "one", "one", "one", "one"}));
    EXPECT_EQ(reads, 2);
    EXPECT_EQ(get(rows), "one");
}

TEST_F(CacheAsideTest, nobody_who_comes_after_a_change_shares_a_read_from_before_it) {
    auto rows = aside(local);
    source.slow = 30ms;
    const auto late = [](CacheAsideTest& self, Aside& from) -> Task<Aside::Row> {
        // At this point the first read is under way and has seen the old row.
        static_cast<void>(co_await sleep_for(self.call.context(), 5ms));
        self.source.row = Row{"two", 2};
        co_await from.changed(self.call.context(), "a", 2);
        co_return co_await from.get(self.call.context(), "a", self.source);
    };
    const auto results = run(both(rows.get(call.context(), "a", source), late(*this, rows)));
    EXPECT_EQ((*results.first)->text, "one");
    EXPECT_EQ((*results.second)->text, "two");
    // The fill of the first read may come before or after the second one. The new row stays in
    // either case.
    EXPECT_EQ(get(rows), "two");
}

TEST_F(CacheAsideTest, a_change_reaches_the_cache_although_its_caller_has_gone) {
    /// A cache that checks whether its context may still work, as a cache over a network does.
    class AskingCache final : public Cache {
     public:
        explicit AskingCache(LocalCache& inner) : inner_{inner} {}
        std::optional<Lookup> get_now(std::string_view key) override { return inner_.get_now(key); }
        Task<Lookup> get(const CallContext& ctx, std::string_view key) override { return inner_.get(ctx, key); }
        Task<FillOutcome> fill(const CallContext& ctx, std::string_view key, const Fill& fill) override {
            return inner_.fill(ctx, key, fill);
        }
        Task<bool> invalidate(const CallContext& ctx, std::string_view key, std::int64_t version) override {
            const auto slept = co_await sleep_for(ctx, 1ms);
            if (!slept) co_return false;
            inner_.forget(key, version);
            co_return true;
        }

     private:
        LocalCache& inner_;
    } asking{local};
    auto rows = aside(asking);
    EXPECT_EQ(get(rows), "one");
    source.row = Row{"two", 2};
    RootCall gone{loop};
    gone.scope().cancel(cancelled());
    run_until_done(loop, rows.changed(gone.context(), "a", 2));
    EXPECT_EQ(get(rows), "two");
    EXPECT_EQ(telemetry.sum("tw.cache.invalidations", "done"), 1);
}

TEST_F(CacheAsideTest, bytes_that_cannot_be_read_are_a_miss) {
    auto rows = aside(local);
    const auto lease = local.lookup("row:a").lease;
    local.put("row:a", {lease, 1, std::make_shared<const std::string>("rubbish"), 30s});
    EXPECT_EQ(get(rows), "one");
}

TEST_F(CacheAsideTest, entries_that_were_filled_together_run_out_at_different_times_and_never_late) {
    /// A cache that records how long each entry is to stay.
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

}  // namespace
}  // namespace tw::cache
