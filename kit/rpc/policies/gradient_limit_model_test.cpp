#include "kit/rpc/policies/gradient_limit.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

/// The limit in front of a model of a module: so many workers, each of which serves one call at a
/// time. Calls beyond the limit are refused. The time is the model's own.
namespace tw::rpc {
namespace {

using namespace std::chrono_literals;
using Micros = std::chrono::microseconds;

class ModelServer {
 public:
    struct Outcome {
        double served_per_second = 0;
        double refused_per_second = 0;
        Micros p99{0};
    };

    ModelServer(std::size_t workers, Micros service) : workers_{workers}, service_{service} {}

    GradientLimit limit{{}};
    /// How long a call is under way before it needs a worker, such as in calls of other modules.
    Micros before_service{4'000};
    void set_service(Micros service) { service_ = service; }
    /// Whether the time before a worker varies: by half for each call, and in three of ten periods
    /// of 300 ms it is four times as long, as where other programs use the processor.
    bool varies = false;

    /// Calls come at equal distances for that time.
    Outcome run(double per_second, std::chrono::seconds duration) {
        latencies_.clear();
        refused_ = 0;
        const auto begun = now_;
        for (std::uint64_t i = 0; now_ < begun + duration; ++i) {
            now_ = begun + std::chrono::duration_cast<Micros>(std::chrono::duration<double>{static_cast<double>(i) / per_second});
            end_calls();
            arrive();
        }
        std::ranges::sort(latencies_);
        const auto seconds = static_cast<double>(duration.count());
        return {.served_per_second = static_cast<double>(latencies_.size()) / seconds,
                .refused_per_second = static_cast<double>(refused_) / seconds,
                .p99 = latencies_.empty() ? Micros{0} : latencies_[latencies_.size() * 99 / 100]};
    }

 private:
    struct Call {
        Micros ends;
        Micros began;
        bool operator>(const Call& other) const { return ends > other.ends; }
    };

    void arrive() {
        // As AdaptiveLimit does it for calls that write.
        const auto room = std::max(1U, static_cast<std::uint32_t>(0.9 * limit.limit()));
        if (calls_.size() >= room) {
            limit.on_full();
            ++refused_;
            return;
        }
        // Services differ by 10%.
        const auto service = service_ * (95 + static_cast<int>(++count_ * 7 % 11)) / 100;
        auto starts = now_ + (varies ? varied(before_service) : before_service);
        if (busy_until_.size() == workers_) {
            starts = std::max(starts, busy_until_.top());
            busy_until_.pop();
        }
        busy_until_.push(starts + service);
        calls_.push({starts + service, now_});
    }
    Micros varied(Micros time) const {
        const auto period = static_cast<std::uint64_t>(now_ / 300ms) * 7919 % 10;
        return time * (50 + static_cast<int>(count_ * 37 % 101)) / 100 * (period < 3 ? 4 : 1);
    }
    void end_calls() {
        while (!calls_.empty() && calls_.top().ends <= now_) {
            const auto call = calls_.top();
            const auto latency = call.ends - call.began;
            latencies_.push_back(latency);
            limit.on_end(method_, latency, static_cast<std::uint32_t>(calls_.size()), SteadyTime{1h} + call.ends);
            calls_.pop();
        }
    }

    template <class T>
    using Soonest = std::priority_queue<T, std::vector<T>, std::greater<>>;

    std::size_t workers_;
    Micros service_;
    std::size_t method_ = limit.add_method();
    Micros now_{0};
    std::uint64_t count_ = 0;
    Soonest<Call> calls_;
    Soonest<Micros> busy_until_;
    std::vector<Micros> latencies_;
    std::uint64_t refused_ = 0;
};

TEST(GradientLimitModel, ten_times_the_load_of_one_worker_is_served_at_its_capacity_within_twice_the_time) {
    ModelServer server{1, 10ms};
    const auto usual = server.run(80, 20s);
    const auto overloaded = server.run(1000, 60s);
    EXPECT_GE(overloaded.served_per_second, 95);
    EXPECT_LE(overloaded.p99, 2 * usual.p99);
}

TEST(GradientLimitModel, an_overload_of_ten_minutes_does_not_become_usual) {
    ModelServer server{1, 10ms};
    const auto usual = server.run(80, 20s);
    server.run(1000, 540s);
    const auto overloaded = server.run(1000, 60s);
    EXPECT_GE(overloaded.served_per_second, 95);
    EXPECT_LE(overloaded.p99, 2 * usual.p99);
}

TEST(GradientLimitModel, eight_workers_are_all_kept_busy_within_twice_the_time) {
    ModelServer server{8, 20ms};
    const auto usual = server.run(320, 20s);
    const auto overloaded = server.run(4000, 60s);
    EXPECT_GE(overloaded.served_per_second, 390);
    EXPECT_LE(overloaded.p99, 2 * usual.p99);
    EXPECT_GE(server.limit.limit(), 9U);
    EXPECT_LE(server.limit.limit(), 20U);
}

TEST(GradientLimitModel, after_overload_everything_is_served_again_within_seconds) {
    ModelServer server{1, 10ms};
    server.run(80, 20s);
    server.run(1000, 60s);
    server.run(80, 2s);
    const auto after = server.run(80, 10s);
    EXPECT_EQ(after.refused_per_second, 0);
    EXPECT_LE(after.p99, 20ms);
    EXPECT_GE(server.limit.limit(), 40U) << "there is room for a burst";
}

TEST(GradientLimitModel, a_process_that_starts_in_overload_finds_its_limit) {
    ModelServer server{1, 10ms};
    server.run(1000, 180s);
    const auto overloaded = server.run(1000, 60s);
    EXPECT_GE(overloaded.served_per_second, 95);
    EXPECT_LE(overloaded.p99, 30ms);
}

TEST(GradientLimitModel, a_slow_callee_lowers_the_limit_for_less_than_a_minute) {
    // Such a callee answers any number of calls at once.
    ModelServer server{1'000, 20ms};
    server.run(50, 20s);
    server.set_service(2s);
    server.run(50, 55s);
    const auto later = server.run(50, 20s);
    EXPECT_EQ(later.refused_per_second, 0);
    server.set_service(20ms);
    server.run(50, 5s);
    const auto again = server.run(50, 10s);
    EXPECT_EQ(again.refused_per_second, 0);
    EXPECT_LE(again.p99, 25ms);
}

TEST(GradientLimitModel, a_module_that_has_become_slower_is_served_at_its_new_capacity) {
    ModelServer server{8, 20ms};
    server.run(320, 20s);
    server.set_service(60ms);
    server.run(1300, 60s);
    const auto slower = server.run(1300, 60s);
    EXPECT_GE(slower.served_per_second, 0.95 * 133);
    EXPECT_LE(slower.p99, 130ms);
}

TEST(GradientLimitModel, a_module_whose_latency_varies_by_itself_is_not_held_back) {
    ModelServer server{1, 10ms};
    server.varies = true;
    server.before_service = 20ms;
    server.run(60, 20s);
    // Refusals use the processor, too, so calls take twice as long before they need the worker.
    server.before_service = 40ms;
    const auto overloaded = server.run(750, 60s);
    EXPECT_GE(overloaded.served_per_second, 75);
}

/// A module whose calls share commits, and a number of clients, each of which sends a call as soon
/// as it has the answer to the one before. One processor prepares calls and refuses them. A commit
/// takes the same time for any number of calls. So many calls at once take longer than one, but
/// more of them are served.
class ModelSharedCommits {
 public:
    struct Outcome {
        std::uint64_t served = 0;
        std::uint64_t refused = 0;
    };

    GradientLimit limit{{}};

    Outcome run(std::size_t clients, std::chrono::seconds duration) {
        outcome_ = {};
        for (std::size_t i = 0; i < clients; ++i) arrivals_.push(now_);
        const auto end = now_ + duration;
        for (;;) {
            const auto arrives = arrivals_.empty() ? Micros::max() : arrivals_.top();
            if (std::min(arrives, commit_ends_) > end) break;
            if (commit_ends_ <= arrives) {
                end_commit();
            } else {
                now_ = arrives;
                arrivals_.pop();
                arrive();
            }
        }
        arrivals_ = {};
        while (!committing_.empty()) end_commit();
        arrivals_ = {};
        return outcome_;
    }

 private:
    static constexpr Micros kPrepare{200};
    static constexpr Micros kRefuse{20};
    static constexpr Micros kCommit{5'000};
    static constexpr Micros kTravel{100};

    void arrive() {
        const auto begun = std::max(now_, processor_free_);
        const auto room = std::max<std::size_t>(1, limit.limit() * 9 / 10);
        if (waiting_.size() + committing_.size() >= room) {
            limit.on_full();
            ++outcome_.refused;
            processor_free_ = begun + kRefuse;
            arrivals_.push(processor_free_ + kTravel);
            return;
        }
        processor_free_ = begun + kPrepare;
        waiting_.push_back(now_);
        if (committing_.empty()) begin_commit(processor_free_);
    }
    void begin_commit(Micros at) {
        committing_.swap(waiting_);
        commit_ends_ = committing_.empty() ? Micros::max() : at + kCommit;
    }
    void end_commit() {
        now_ = std::max(now_, std::exchange(commit_ends_, Micros::max()));
        auto in_flight = static_cast<std::uint32_t>(waiting_.size() + committing_.size());
        for (const auto begun : committing_) {
            limit.on_end(method_, now_ - begun, in_flight--, SteadyTime{1h} + now_);
            arrivals_.push(now_ + kTravel);
            ++outcome_.served;
        }
        committing_.clear();
        begin_commit(std::max(now_, processor_free_));
    }

    std::size_t method_ = limit.add_method();
    Micros now_{0};
    Micros processor_free_{0};
    Micros commit_ends_ = Micros::max();
    std::priority_queue<Micros, std::vector<Micros>, std::greater<>> arrivals_;
    std::vector<Micros> waiting_;
    std::vector<Micros> committing_;
    Outcome outcome_;
};

TEST(GradientLimitModel, calls_that_share_commits_are_not_refused_because_one_alone_was_faster) {
    ModelSharedCommits server;
    const auto alone = server.run(1, 2s);
    ASSERT_EQ(alone.refused, 0U);
    const auto some = server.run(40, 10s);
    EXPECT_GE(some.served, 40 * alone.served);
    EXPECT_EQ(some.refused, 0U);
    server.run(200, 10s);
    const auto many = server.run(200, 10s);
    EXPECT_GE(many.served, 40 * alone.served);
}

}  // namespace
}  // namespace tw::rpc
