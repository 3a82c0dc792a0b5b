#include "kit/rpc/policies/gradient_limit.hpp"
#include "kit/rpc/policies/queue_limit.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <queue>
#include <random>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

/// The limit and the queue, as AdaptiveLimit joins them, in front of a model of a module. The time
/// is the model's own.
namespace tw::rpc {
namespace {

using namespace std::chrono_literals;
using Micros = std::chrono::microseconds;

struct Outcome {
    double served_per_second = 0;
    std::uint64_t refused = 0;
    Micros p99{0};
};

enum class Arrivals { even, random };

/// A module that serves the calls of the limit. How it does that, a derived class says.
class ModelModule {
 public:
    explicit ModelModule(Micros refusal) : refusal_{refusal} {}
    virtual ~ModelModule() = default;

    GradientLimit limit{{}};

    /// Calls come whether others have been answered or not.
    Outcome open(double per_second, std::chrono::seconds duration, Arrivals arrivals = Arrivals::even) {
        std::exponential_distribution<double> gap{per_second};
        const auto end = now_ + duration;
        for (auto at = std::chrono::duration<double, std::micro>{now_}; at < end;) {
            schedule(std::chrono::duration_cast<Micros>(at), [this] { arrive(false); });
            at += std::chrono::duration<double>{arrivals == Arrivals::random ? gap(random_) : 1 / per_second};
        }
        return run(end);
    }
    /// So many clients each send a call as soon as they have the answer to the one before.
    Outcome closed(std::size_t clients, std::chrono::seconds duration) {
        clients_stay_ = true;
        for (std::size_t i = 0; i < clients; ++i) schedule(now_, [this] { arrive(true); });
        const auto outcome = run(now_ + duration);
        clients_stay_ = false;
        return outcome;
    }

 protected:
    struct Call {
        Micros arrived;
        Micros admitted{0};
        bool comes_again;
    };

    virtual void serve(const Call& call) = 0;
    void schedule(Micros at, std::function<void()> what) { events_.push({at, ++scheduled_, std::move(what)}); }
    void end(const Call& call) {
        limit.on_end(method_, now_ - call.admitted, in_flight_, SteadyTime{1h} + now_);
        queue_.on_end();
        --in_flight_;
        latencies_.push_back(now_ - call.arrived);
        if (call.comes_again) come_again(now_);
        while (!waiting_.empty() && in_flight_ < room()) {
            const auto next = waiting_.front();
            waiting_.pop_front();
            admit(next);
        }
    }

    Micros now_{0};
    /// One processor prepares calls and refuses them.
    Micros processor_free_{0};
    std::uint64_t count_ = 0;

 private:
    static constexpr std::chrono::milliseconds kWaitMax{250};
    static constexpr std::size_t kWaitingMax = 200;
    static constexpr Micros kTravel{100};
    static constexpr std::chrono::seconds kRetryAfter{1};

    struct Event {
        Micros at;
        std::uint64_t number;
        std::function<void()> what;
        bool operator>(const Event& other) const { return std::pair{at, number} > std::pair{other.at, other.number}; }
    };

    /// For calls that write.
    std::size_t room() const { return std::max(1U, static_cast<std::uint32_t>(0.9 * limit.limit())); }
    void arrive(bool comes_again) {
        ++count_;
        const Call call{.arrived = now_, .comes_again = comes_again};
        if (in_flight_ < room()) return admit(call);
        const bool may_wait = queue_.lets_wait(waiting_.size(), SteadyTime{1h} + now_);
        if (queue_.overload_lasts(SteadyTime{1h} + now_)) {
            for (const auto& one : std::exchange(waiting_, {})) refuse(one);
        }
        if (!may_wait || waiting_.size() >= kWaitingMax) return refuse(call);
        limit.on_wait();
        waiting_.push_back(call);
        schedule(now_ + kWaitMax, [this] { give_up_waiting(); });
    }
    void give_up_waiting() {
        while (!waiting_.empty() && waiting_.front().arrived + kWaitMax <= now_) {
            refuse(waiting_.front());
            waiting_.pop_front();
        }
    }
    void admit(Call call) {
        ++in_flight_;
        call.admitted = now_;
        serve(call);
    }
    void refuse(const Call& call) {
        limit.on_full();
        queue_.on_refused(SteadyTime{1h} + now_);
        ++refused_;
        processor_free_ = std::max(now_, processor_free_) + refusal_;
        if (call.comes_again) come_again(processor_free_ + kRetryAfter);
    }
    void come_again(Micros at) {
        if (clients_stay_) schedule(at + kTravel, [this] { arrive(true); });
    }
    Outcome run(Micros end) {
        latencies_.clear();
        refused_ = 0;
        const std::chrono::duration<double> seconds = end - now_;
        while (!events_.empty() && events_.top().at <= end) {
            const auto event = events_.top();
            events_.pop();
            now_ = event.at;
            event.what();
        }
        now_ = end;
        std::ranges::sort(latencies_);
        return {.served_per_second = static_cast<double>(latencies_.size()) / seconds.count(),
                .refused = refused_,
                .p99 = latencies_.empty() ? Micros{0} : latencies_[latencies_.size() * 99 / 100]};
    }

    std::size_t method_ = limit.add_method();
    QueueLimit queue_{kWaitMax};
    Micros refusal_;
    std::mt19937_64 random_{1};
    std::uint64_t scheduled_ = 0;
    std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
    std::deque<Call> waiting_;
    std::uint32_t in_flight_ = 0;
    bool clients_stay_ = false;
    std::vector<Micros> latencies_;
    std::uint64_t refused_ = 0;
};

/// So many workers, each of which serves one call at a time.
class ModelWorkers final : public ModelModule {
 public:
    ModelWorkers(std::size_t workers, Micros service) : ModelModule{Micros{0}}, service_{service} {
        for (std::size_t i = 0; i < workers; ++i) busy_until_.push(Micros{0});
    }

    /// How long a call is under way before it needs a worker, such as in calls of other modules.
    Micros before_service{4'000};
    void set_service(Micros service) { service_ = service; }
    /// Whether the time before a worker varies: by half for each call, and in three of ten periods
    /// of 300 ms it is four times as long, as where other programs use the processor.
    bool varies = false;

 private:
    void serve(const Call& call) override {
        // Services differ by 10%.
        const auto service = service_ * (95 + static_cast<int>(count_ * 7 % 11)) / 100;
        const auto starts = std::max(now_ + (varies ? varied(before_service) : before_service), busy_until_.top());
        busy_until_.pop();
        busy_until_.push(starts + service);
        schedule(starts + service, [this, call] { end(call); });
    }
    Micros varied(Micros time) const {
        const auto period = static_cast<std::uint64_t>(now_ / 300ms) * 7919 % 10;
        return time * (50 + static_cast<int>(count_ * 37 % 101)) / 100 * (period < 3 ? 4 : 1);
    }

    Micros service_;
    std::priority_queue<Micros, std::vector<Micros>, std::greater<>> busy_until_;
};

/// Calls share commits: those that come while one is under way are in the next. A commit takes some
/// time, and some more for each call. So many calls at once take longer than one, but more of them
/// are served, as far as the commit's own time matters.
class ModelCommits final : public ModelModule {
 public:
    struct Times {
        Micros commit;
        Micros each{0};
    };
    explicit ModelCommits(const Times& times) : ModelModule{Micros{20}}, times_{times} {}

 private:
    static constexpr Micros kPrepare{200};

    void serve(const Call& call) override {
        processor_free_ = std::max(now_, processor_free_) + kPrepare;
        waiting_.push_back(call);
        if (!commits_) begin_commit();
    }
    void begin_commit() {
        commits_ = !waiting_.empty();
        if (!commits_) return;
        const auto took = times_.commit + times_.each * static_cast<int>(waiting_.size());
        schedule(std::max(now_, processor_free_) + took, [this, calls = std::exchange(waiting_, {})] { end_commit(calls); });
    }
    void end_commit(const std::vector<Call>& calls) {
        for (const auto& call : calls) end(call);
        begin_commit();
    }

    Times times_;
    bool commits_ = false;
    std::vector<Call> waiting_;
};

TEST(OverloadModel, ten_times_the_load_of_one_worker_is_served_at_its_capacity_within_twice_the_time) {
    ModelWorkers module{1, 10ms};
    const auto usual = module.open(80, 20s);
    const auto overloaded = module.open(1000, 60s);
    EXPECT_GE(overloaded.served_per_second, 95);
    EXPECT_LE(overloaded.p99, 2 * usual.p99);
}

TEST(OverloadModel, after_many_clients_an_overload_is_still_met_within_twice_the_time) {
    ModelCommits module{{.commit = 1ms, .each = 10ms}};
    module.closed(16, 6s);
    module.open(76, 1s);
    const auto usual = module.open(76, 20s);
    const auto overloaded = module.open(960, 60s);
    EXPECT_GE(overloaded.served_per_second, 90);
    EXPECT_LE(overloaded.p99, 2 * usual.p99);
}

TEST(OverloadModel, after_random_bursts_calls_take_less_than_a_tenth_of_a_second_in_overload) {
    ModelCommits module{{.commit = 1ms, .each = 10ms}};
    module.closed(16, 6s);
    const auto usual = module.open(76, 20s, Arrivals::random);
    EXPECT_EQ(usual.refused, 0U);
    const auto overloaded = module.open(960, 60s, Arrivals::random);
    EXPECT_GE(overloaded.served_per_second, 90);
    EXPECT_LE(overloaded.p99, 100ms);
}

TEST(OverloadModel, an_overload_of_ten_minutes_does_not_become_usual) {
    ModelWorkers module{1, 10ms};
    const auto usual = module.open(80, 20s);
    module.open(1000, 540s);
    const auto overloaded = module.open(1000, 60s);
    EXPECT_GE(overloaded.served_per_second, 95);
    EXPECT_LE(overloaded.p99, 2 * usual.p99);
}

TEST(OverloadModel, eight_workers_are_all_kept_busy_within_twice_the_time) {
    ModelWorkers module{8, 20ms};
    const auto usual = module.open(320, 20s);
    const auto overloaded = module.open(4000, 60s);
    EXPECT_GE(overloaded.served_per_second, 390);
    EXPECT_LE(overloaded.p99, 2 * usual.p99);
    EXPECT_GE(module.limit.limit(), 9U);
    EXPECT_LE(module.limit.limit(), 20U);
}

TEST(OverloadModel, after_overload_everything_is_served_again_within_seconds) {
    ModelWorkers module{1, 10ms};
    module.open(80, 20s);
    module.open(1000, 60s);
    module.open(80, 2s);
    const auto after = module.open(80, 10s);
    EXPECT_EQ(after.refused, 0U);
    EXPECT_LE(after.p99, 20ms);
    EXPECT_GE(module.limit.limit(), 14U) << "there is room for a burst";
}

TEST(OverloadModel, a_process_that_starts_in_overload_finds_its_limit) {
    ModelWorkers module{1, 10ms};
    module.open(1000, 180s);
    const auto overloaded = module.open(1000, 60s);
    EXPECT_GE(overloaded.served_per_second, 95);
    EXPECT_LE(overloaded.p99, 30ms);
}

TEST(OverloadModel, a_slow_callee_lowers_the_limit_for_less_than_a_minute) {
    // Such a callee answers any number of calls at once.
    ModelWorkers module{1'000, 20ms};
    module.open(50, 20s);
    module.set_service(2s);
    module.open(50, 55s);
    const auto later = module.open(50, 20s);
    EXPECT_EQ(later.refused, 0U);
    module.set_service(20ms);
    module.open(50, 5s);
    const auto again = module.open(50, 10s);
    EXPECT_EQ(again.refused, 0U);
    EXPECT_LE(again.p99, 25ms);
}

TEST(OverloadModel, a_module_that_has_become_slower_is_served_at_its_new_capacity) {
    ModelWorkers module{8, 20ms};
    module.open(320, 20s);
    module.set_service(60ms);
    module.open(1300, 60s);
    const auto slower = module.open(1300, 60s);
    EXPECT_GE(slower.served_per_second, 0.95 * 133);
    EXPECT_LE(slower.p99, 130ms);
}

TEST(OverloadModel, a_module_whose_latency_varies_by_itself_is_not_held_back) {
    ModelWorkers module{1, 10ms};
    module.varies = true;
    module.before_service = 20ms;
    module.open(60, 20s);
    // Refusals use the processor, too, so calls take twice as long before they need the worker.
    module.before_service = 40ms;
    const auto overloaded = module.open(750, 60s);
    EXPECT_GE(overloaded.served_per_second, 75);
}

class ClosedLoopTest : public testing::TestWithParam<Micros> {};

TEST_P(ClosedLoopTest, clients_that_share_commits_are_not_refused_because_one_alone_was_faster) {
    ModelCommits module{{.commit = GetParam()}};
    const auto alone = module.closed(1, 3s);
    for (const std::size_t clients : {40, 64, 110, 200}) {
        module.closed(clients, 2s);
        const auto many = module.closed(clients, 10s);
        EXPECT_EQ(many.refused, 0U) << clients;
        // Half of them are in one commit and half in the next. The processor can prepare 5,000.
        const auto share = 0.4 * static_cast<double>(clients);
        EXPECT_GE(many.served_per_second, std::min(share * alone.served_per_second, 4'900.)) << clients;
    }
}

INSTANTIATE_TEST_SUITE_P(Commits, ClosedLoopTest, testing::Values(5ms, 20ms, 50ms),
                         [](const auto& info) { return std::to_string(info.param.count() / 1000) + "ms"; });

TEST(OverloadModel, sixty_clients_of_a_slow_module_wait_for_each_other_and_are_not_refused) {
    ModelCommits module{{.commit = 5ms, .each = 3ms}};
    module.open(20, 5s, Arrivals::random);
    const auto many = module.closed(60, 20s);
    EXPECT_EQ(many.refused, 0U);
    EXPECT_GE(many.served_per_second, 300);
}

TEST(OverloadModel, more_clients_than_may_wait_do_not_cost_most_of_the_throughput) {
    ModelCommits module{{.commit = 5ms, .each = 3ms}};
    module.open(20, 5s, Arrivals::random);
    const auto most = module.closed(60, 20s);
    module.open(20, 5s, Arrivals::random);
    const auto many = module.closed(150, 20s);
    EXPECT_GE(many.served_per_second, 0.5 * most.served_per_second);
}

TEST(OverloadModel, a_limit_that_is_too_low_is_found_out_within_minutes) {
    ModelCommits module{{.commit = 5ms, .each = 3ms}};
    module.open(20, 5s);
    // One call at a time: 125 in a second. Four at a time: 235.
    module.open(1000, 120s);
    const auto later = module.open(1000, 30s);
    EXPECT_GE(later.served_per_second, 200);
    EXPECT_LE(later.p99, 50ms);
}

class CommitTimesTest : public testing::TestWithParam<std::tuple<Micros, Micros, Arrivals>> {};

TEST_P(CommitTimesTest, most_of_the_capacity_is_served_and_soon) {
    const auto [commit, each, arrivals] = GetParam();
    ModelCommits module{{.commit = commit, .each = each}};
    const auto capacity = module.closed(16, 6s).served_per_second;
    module.open(0.8 * capacity, 20s, arrivals);
    const auto overloaded = module.open(10 * capacity, 60s, arrivals);
    EXPECT_GE(overloaded.served_per_second, 0.7 * capacity);
    EXPECT_LE(overloaded.p99, 16 * (commit + each));
}

INSTANTIATE_TEST_SUITE_P(Times, CommitTimesTest,
                         testing::Combine(testing::Values(0ms, 1ms, 3ms, 6ms, 15ms), testing::Values(2ms, 5ms, 10ms),
                                          testing::Values(Arrivals::even, Arrivals::random)));

}  // namespace
}  // namespace tw::rpc
