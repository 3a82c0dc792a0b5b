#include "kit/cache/local_cache.hpp"
#include "kit/cache/redis_cache.hpp"
#include "kit/redis/redis_fixture.hpp"
#include "kit/testing/fake_clock.hpp"

#include <algorithm>
#include <functional>

namespace tw::cache {
namespace {

using namespace std::chrono_literals;
using Outcome = Lookup::Outcome;

std::shared_ptr<const std::string> bytes(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

/// Tests what every cache promises, with each implementation.
class CacheContractTest : public redis::RedisTest, public testing::WithParamInterface<std::string> {
 protected:
    void SetUp() override {
        if (GetParam() == "local") {
            cache_ = std::make_unique<LocalCache>(clock_);
            return;
        }
        client_.emplace(loop, settings_of(test::RedisServer::shared()), telemetry.get());
        guarded_.emplace(*client_, telemetry.get(), std::make_shared<redis::OutageAlarm>());
        cache_ = std::make_unique<RedisCache>(*guarded_, std::make_shared<Invalidations>());
        clear();
    }
    void TearDown() override {
        cache_.reset();
        guarded_.reset();
        client_.reset();
        RedisTest::TearDown();
    }
    /// Empties the cache, as a restart without persistence or FLUSHALL does.
    void clear() {
        if (GetParam() == "local") {
            static_cast<LocalCache&>(*cache_).clear();
        } else {
            run(*client_, "FLUSHDB").value();
        }
    }
    Lookup get(std::string_view key) {
        const auto at_once = cache_->get_now(key);
        return at_once ? *at_once : run(cache_->get(call.context(), key));
    }
    FillOutcome fill(std::string_view key, std::uint64_t lease, std::int64_t version, std::chrono::milliseconds ttl = 20s) {
        const Fill row{lease, version, version == 0 ? nullptr : bytes("v" + std::to_string(version)), ttl};
        return run(cache_->fill(call.context(), key, row));
    }
    bool invalidate(std::string_view key, std::int64_t version) { return run(cache_->invalidate(call.context(), key, version)); }

    SystemClock clock_;
    std::optional<redis::Client> client_;
    std::optional<redis::GuardedClient> guarded_;
    std::unique_ptr<Cache> cache_;
};

INSTANTIATE_TEST_SUITE_P(Caches, CacheContractTest, testing::Values("local", "redis"),
                         [](const auto& info) { return info.param; });

TEST_P(CacheContractTest, what_was_filled_is_found_until_its_time_is_over) {
    const auto miss = get("a");
    EXPECT_EQ(miss.outcome, Outcome::miss);
    EXPECT_EQ(fill("a", miss.lease, 3, 40ms), FillOutcome::stored);
    const auto hit = get("a");
    EXPECT_EQ(hit.outcome, Outcome::hit);
    EXPECT_EQ(hit.version, 3);
    EXPECT_EQ(*hit.value, "v3");
    run(sleep_for(call.context(), 60ms)).value();
    EXPECT_EQ(get("a").outcome, Outcome::miss);
}

TEST_P(CacheContractTest, absence_is_remembered_too) {
    EXPECT_EQ(fill("a", get("a").lease, 0), FillOutcome::stored);
    EXPECT_EQ(get("a").outcome, Outcome::absent);
    EXPECT_TRUE(invalidate("a", 1));
    EXPECT_EQ(get("a").outcome, Outcome::miss);
}

TEST_P(CacheContractTest, bytes_are_kept_as_they_are) {
    const auto row = bytes(std::string{"l7\n\0%d\n\xff", 8});
    run(cache_->fill(call.context(), "a", {get("a").lease, 1, row, 20s}));
    EXPECT_EQ(*get("a").value, *row);
}

TEST_P(CacheContractTest, no_fill_without_the_lease_that_is_out_is_taken) {
    const auto lease = get("a").lease;
    EXPECT_NE(lease, 0U);
    EXPECT_EQ(fill("a", lease + 2, 1), FillOutcome::refused);
    EXPECT_EQ(fill("other", lease, 1), FillOutcome::refused);
    EXPECT_EQ(fill("a", lease, 1), FillOutcome::stored);
    EXPECT_EQ(fill("a", lease, 2), FillOutcome::refused);
}

TEST_P(CacheContractTest, a_reader_that_began_before_a_change_cannot_put_the_old_row_back) {
    const auto lease = get("a").lease;
    EXPECT_TRUE(invalidate("a", 2));
    EXPECT_EQ(fill("a", lease, 1), FillOutcome::refused);
    // A reader that begins later, and reads from a standby that lags behind, cannot fill the old
    // row either.
    const auto later = get("a").lease;
    EXPECT_EQ(fill("a", later, 1), FillOutcome::refused);
    EXPECT_EQ(fill("a", later, 2), FillOutcome::stored);
}

TEST_P(CacheContractTest, a_cache_that_forgot_everything_takes_no_late_fill_either) {
    const auto lease = get("a").lease;
    invalidate("a", 2);
    clear();
    EXPECT_EQ(fill("a", lease, 1), FillOutcome::refused);
    EXPECT_EQ(get("a").outcome, Outcome::miss);
}

TEST_P(CacheContractTest, an_announcement_that_comes_late_does_not_take_away_what_is_newer) {
    fill("a", get("a").lease, 5);
    EXPECT_TRUE(invalidate("a", 4));
    EXPECT_TRUE(invalidate("a", 5));
    EXPECT_EQ(get("a").outcome, Outcome::hit);
    EXPECT_TRUE(invalidate("a", 6));
    EXPECT_TRUE(invalidate("a", 3));
    EXPECT_EQ(fill("a", get("a").lease, 5), FillOutcome::refused);
}

TEST_P(CacheContractTest, an_older_announcement_does_not_let_a_lagging_reader_below_a_newer_one) {
    // First case: a lease exists when the older invalidation comes.
    EXPECT_TRUE(invalidate("a", 6));
    const auto early = get("a").lease;
    EXPECT_TRUE(invalidate("a", 3));
    EXPECT_EQ(fill("a", early, 6), FillOutcome::refused);
    const auto lagging = get("a").lease;
    EXPECT_EQ(fill("a", lagging, 5), FillOutcome::refused);
    EXPECT_EQ(fill("a", lagging, 6), FillOutcome::stored);

    // Second case: the older invalidation finds the tombstone of the newer one.
    EXPECT_TRUE(invalidate("b", 6));
    EXPECT_TRUE(invalidate("b", 3));
    EXPECT_EQ(fill("b", get("b").lease, 5), FillOutcome::refused);
}

/// Runs every order in which the steps of two readers, a writer that changes the row and a cache
/// that forgets can happen.
class Interleavings {
 public:
    static void each(const std::vector<std::size_t>& lengths, const std::function<void(const std::vector<std::size_t>&)>& visit) {
        std::vector<std::size_t> order;
        std::vector<std::size_t> left = lengths;
        extend(left, order, visit);
    }

 private:
    static void extend(std::vector<std::size_t>& left, std::vector<std::size_t>& order,
                       const std::function<void(const std::vector<std::size_t>&)>& visit) {
        bool done = true;
        for (std::size_t actor = 0; actor < left.size(); ++actor) {
            if (left[actor] == 0) continue;
            done = false;
            --left[actor];
            order.push_back(actor);
            extend(left, order, visit);
            order.pop_back();
            ++left[actor];
        }
        if (done) visit(order);
    }
};

TEST_P(CacheContractTest, in_no_order_of_events_is_an_older_row_found_after_its_change_was_announced) {
    std::size_t orders = 0;
    std::size_t hits = 0;
    const auto play = [&](const std::vector<std::size_t>& order) {
        const auto key = "k" + std::to_string(orders++);
        std::int64_t row = 1;
        std::int64_t announced = 0;
        struct Reader {
            int step = 0;
            Lookup lookup;
            std::int64_t read = 0;
        } readers[2];
        int written = 0;
        for (const auto actor : order) {
            if (actor == 2) {
                if (written++ == 0) {
                    row = 2;
                } else {
                    ASSERT_TRUE(invalidate(key, 2));
                    announced = 2;
                }
            } else if (actor == 3) {
                clear();
            } else {
                auto& reader = readers[actor];
                switch (reader.step++) {
                    case 0:
                        reader.lookup = get(key);
                        break;
                    case 1:
                        reader.read = row;
                        break;
                    default:
                        if (reader.lookup.lease != 0) fill(key, reader.lookup.lease, reader.read);
                }
            }
            if (announced == 0) continue;
            const auto now = get(key);
            if (now.outcome == Outcome::hit) {
                ++hits;
                ASSERT_GE(now.version, announced) << testing::PrintToString(order);
            }
        }
    };
    if (GetParam() == "local") {
        Interleavings::each({3, 3, 2, 1}, play);
        EXPECT_EQ(orders, 5040U);
    } else {
        // A server takes longer, so two smaller sets are run: one without the forgetting cache, one
        // without the second reader.
        Interleavings::each({3, 3, 2, 0}, play);
        Interleavings::each({3, 0, 2, 1}, play);
        EXPECT_EQ(orders, 560U + 60U);
    }
    EXPECT_GT(hits, 100U);
}

TEST_P(CacheContractTest, in_no_order_of_two_changes_does_a_reader_from_a_standby_bring_an_older_row_back) {
    std::size_t orders = 0;
    std::size_t hits = 0;
    // The actors are a reader, a reader whose source lags behind by one change, and two changes.
    // The invalidations of the two changes may overtake each other.
    const auto play = [&](const std::vector<std::size_t>& order) {
        const auto key = "t" + std::to_string(orders++);
        std::int64_t row = 1;
        std::int64_t announced = 0;
        struct Reader {
            int step = 0;
            Lookup lookup;
            std::int64_t read = 0;
        } readers[2];
        struct Change {
            std::int64_t version = 0;
        } changes[2];
        for (const auto actor : order) {
            if (actor >= 2) {
                auto& change = changes[actor - 2];
                if (change.version == 0) {
                    change.version = ++row;
                } else {
                    ASSERT_TRUE(invalidate(key, change.version));
                    announced = std::max(announced, change.version);
                }
            } else {
                auto& reader = readers[actor];
                switch (reader.step++) {
                    case 0:
                        reader.lookup = get(key);
                        break;
                    case 1:
                        reader.read = actor == 0 ? row : std::max<std::int64_t>(row - 1, 1);
                        break;
                    default:
                        if (reader.lookup.lease != 0) fill(key, reader.lookup.lease, reader.read);
                }
            }
            if (announced == 0) continue;
            const auto now = get(key);
            if (now.outcome != Outcome::hit) continue;
            ++hits;
            ASSERT_GE(now.version, announced) << testing::PrintToString(order);
        }
    };
    if (GetParam() == "local") {
        Interleavings::each({3, 3, 2, 2}, play);
        EXPECT_EQ(orders, 25'200U);
    } else {
        // A server takes longer, so only one reader takes part at a time.
        Interleavings::each({3, 0, 2, 2}, play);
        Interleavings::each({0, 3, 2, 2}, play);
        EXPECT_EQ(orders, 2U * 210U);
    }
    EXPECT_GT(hits, 50U);
}

}  // namespace
}  // namespace tw::cache
