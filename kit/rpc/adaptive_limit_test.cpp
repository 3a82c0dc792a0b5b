#include "kit/rpc/adaptive_limit.hpp"

#include "kit/async/combine.hpp"
#include "kit/async/lasting_gate.hpp"
#include "kit/async/sleep.hpp"
#include "kit/rpc/placement_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// These tests cover the limit of a module's calls, over the network and within the loop.
namespace tw::rpc::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

/// Returns a copy of Say with another priority.
Method say_with(Priority priority) {
    auto method = kSay;
    method.priority = priority;
    return method;
}

/// The policy alone, with calls that a test starts and ends.
class AdmittedCallsTest : public testing::Test {
 protected:
    ~AdmittedCallsTest() override {
        for (const auto& root : roots) root->scope().cancel(cancelled());
        run_for(1ms);
    }
    struct Call {
        explicit Call(const Method& method) : info{method, metadata, metadata, metadata} {}
        Metadata metadata{};
        CallInfo info;
        std::string outcome = "waits";
    };

    AdaptiveLimit& limit() {
        if (!limit_) limit_.emplace(loop, meter, options);
        return *limit_;
    }
    /// Starts a call. Returns "admitted", "waits" or the reason of the refusal.
    std::string start(const Method& method, Deadline deadline = Deadline::never()) {
        calls.push_back(std::make_unique<Call>(method));
        auto& call = *calls.back();
        roots.push_back(std::make_unique<RootCall>(loop, deadline));
        auto answer = limit().before(roots.back()->context(), call.info);
        if (answer.ready()) {
            auto outcome = std::move(answer).take();
            call.outcome = outcome ? "admitted" : outcome.error().reason();
        } else {
            spawn(gate.get(), follow(std::move(answer), call));
        }
        return call.outcome;
    }
    std::string fill(const Method& method) {
        std::string outcome;
        while ((outcome = start(method)) == "admitted") {
        }
        return outcome;
    }
    void run_for(std::chrono::milliseconds time) {
        const auto rest = [](EventLoop& on, std::chrono::milliseconds how_long) -> Task<void> {
            RootCall root{on};
            static_cast<void>(co_await sleep_for(root.context(), how_long));
        };
        run_until_done(loop, rest(loop, time));
    }
    static Task<void> follow(ValueTask<Result<void>> answer, Call& call) {
        auto outcome = co_await std::move(answer);
        call.outcome = outcome ? "admitted" : outcome.error().reason();
    }

    EventLoop loop;
    telemetry::Meter meter;
    AdaptiveLimitOptions options{.gradient = {.limit_first = 10, .limit_least = 10, .limit_most = 10}, .wait_max = 50ms};
    Method payment = say_with(Priority::payment);
    Method write = say_with(Priority::write);
    Method read = say_with(Priority::read);
    Method background = say_with(Priority::background);
    std::vector<std::unique_ptr<RootCall>> roots;
    std::vector<std::unique_ptr<Call>> calls;
    std::optional<AdaptiveLimit> limit_;
    LastingGate gate;
};

TEST_F(AdmittedCallsTest, the_last_part_of_the_limit_is_for_calls_that_matter_more) {
    options.calls_waiting_max = 0;
    EXPECT_EQ(fill(background), "OVERLOADED");
    EXPECT_EQ(limit().in_flight(), 5u);
    EXPECT_EQ(fill(read), "OVERLOADED");
    EXPECT_EQ(limit().in_flight(), 8u);
    EXPECT_EQ(fill(write), "OVERLOADED");
    EXPECT_EQ(limit().in_flight(), 9u);
    EXPECT_EQ(fill(payment), "OVERLOADED");
    EXPECT_EQ(limit().in_flight(), 10u);
}

TEST_F(AdmittedCallsTest, a_call_waits_for_room_and_payments_are_first) {
    fill(payment);
    EXPECT_EQ(start(write), "waits");
    EXPECT_EQ(start(payment), "waits");
    limit().after(calls[0]->info);
    limit().after(calls[1]->info);
    run_for(1ms);
    EXPECT_EQ(calls[10]->outcome, "admitted");
    EXPECT_EQ(calls[11]->outcome, "waits");
    EXPECT_EQ(calls[12]->outcome, "admitted");
}

TEST_F(AdmittedCallsTest, a_call_that_finds_no_room_in_time_is_refused) {
    options.wait_max = 300ms;
    fill(payment);
    EXPECT_EQ(start(read), "waits");
    run_for(350ms);
    EXPECT_EQ(calls.back()->outcome, "OVERLOADED");
    EXPECT_EQ(calls[10]->outcome, "waits") << "a payment waits longer";
    run_for(350ms);
    EXPECT_EQ(calls[10]->outcome, "OVERLOADED");
    EXPECT_EQ(limit().in_flight(), 10u);
}

TEST_F(AdmittedCallsTest, only_so_many_calls_of_a_priority_wait) {
    options.calls_waiting_max = 2;
    fill(payment);
    EXPECT_EQ(start(read), "waits");
    EXPECT_EQ(start(read), "waits");
    EXPECT_EQ(start(read), "OVERLOADED");
    EXPECT_EQ(start(write), "waits");
}

TEST_F(AdmittedCallsTest, when_overload_lasts_all_but_payments_are_refused_at_once) {
    options.wait_max = 500ms;
    fill(payment);
    for (int i = 0; i < 1'000 && start(read) == "waits"; ++i) run_for(20ms);
    EXPECT_EQ(start(read), "OVERLOADED");
    EXPECT_EQ(start(write), "OVERLOADED");
    EXPECT_EQ(start(payment), "waits");
}

TEST_F(AdmittedCallsTest, calls_that_wait_are_refused_when_overload_is_seen_to_last) {
    options.wait_max = 1h;
    options.calls_waiting_max = 2;
    fill(payment);
    EXPECT_EQ(start(read), "waits");
    EXPECT_EQ(start(read), "waits");
    for (int i = 0; i < 1'000 && calls[11]->outcome == "waits"; ++i) {
        EXPECT_EQ(start(read), "OVERLOADED");
        run_for(10ms);
    }
    EXPECT_EQ(calls[11]->outcome, "OVERLOADED");
    EXPECT_EQ(calls[12]->outcome, "OVERLOADED");
    EXPECT_EQ(calls[10]->outcome, "waits") << "a payment";
}

TEST_F(AdmittedCallsTest, a_call_whose_turn_would_come_too_late_is_refused_at_once) {
    options.wait_max = 500ms;
    fill(read);
    for (std::size_t i = 0; i < 100 && start(read) == "waits"; ++i) {
        if (i % 10 == 0) limit().after(calls[i / 10]->info);
        run_for(10ms);
    }
    EXPECT_EQ(calls.back()->outcome, "OVERLOADED");
}

TEST_F(AdmittedCallsTest, a_short_queue_is_no_overload_however_long_it_stands) {
    fill(read);
    for (std::size_t i = 0; i < 20; ++i) {
        EXPECT_EQ(start(read), "waits");
        limit().after(calls[i]->info);
        run_for(10ms);
    }
    for (std::size_t i = 0; i + 2 < calls.size(); ++i) EXPECT_EQ(calls[i]->outcome, "admitted") << i;
}

TEST_F(AdmittedCallsTest, a_call_whose_deadline_cannot_be_met_is_refused_before_any_work) {
    for (int i = 0; i < 16; ++i) {
        start(read);
        calls.back()->info.admitted_at = loop.now() - 1s;
        limit().after(calls.back()->info);
    }
    EXPECT_EQ(start(read, Deadline::after(loop.now(), 100ms)), "DEADLINE_EXCEEDED");
    EXPECT_EQ(start(read, Deadline::after(loop.now(), 600ms)), "admitted");
    EXPECT_EQ(start(write, Deadline::after(loop.now(), 100ms)), "admitted") << "nothing is known of that method";
}

TEST_F(AdmittedCallsTest, what_is_off_refuses_nothing) {
    options.limits_calls = false;
    for (int i = 0; i < 20; ++i) EXPECT_EQ(start(background), "admitted");
}

TEST_F(AdmittedCallsTest, refusals_are_counted_by_priority_and_reason) {
    options.calls_waiting_max = 0;
    fill(background);
    std::vector<telemetry::MetricPoint> points;
    meter.collect(points);
    double refused = 0;
    for (const auto& point : points) {
        if (point.instrument->name == "tw.rpc.calls.refused") refused += point.value;
        if (point.instrument->name == "tw.rpc.concurrency.limit") {
            EXPECT_EQ(point.value, 10);
        }
    }
    EXPECT_EQ(refused, 1);
}

class AdaptiveLimitTest : public testing::TestWithParam<bool> {
 protected:
    Placement at{GetParam()};
};

TEST_P(AdaptiveLimitTest, a_refused_call_has_done_nothing_and_says_when_to_come_back) {
    telemetry::Meter meter;
    AdaptiveLimit limit{
        at.loop, meter, {.gradient = {.limit_first = 1, .limit_least = 1, .limit_most = 1}, .calls_waiting_max = 0}};
    at.use_policies({&limit});
    const auto run = [](Placement& on) -> Task<std::vector<std::string>> {
        std::vector<Task<Result<Text>>> both;
        both.push_back(on.say("nap"));
        both.push_back(on.say("nap"));
        std::vector<std::string> outcomes;
        for (const auto& answer : co_await all(std::move(both))) {
            outcomes.push_back(answer ? "served" : answer.error().reason());
            if (answer) continue;
            EXPECT_EQ(answer.error().retry_after(), 1s);
            EXPECT_FALSE(answer.error().outcome_open());
        }
        co_return outcomes;
    };
    EXPECT_THAT(at.run(run(at)), testing::UnorderedElementsAre("served", "OVERLOADED"));
    EXPECT_EQ(limit.in_flight(), 0u);
    EXPECT_TRUE(at.run(at.say("hello")));
}

INSTANTIATE_TEST_SUITE_P(Placements, AdaptiveLimitTest, testing::Values(false, true),
                         [](const auto& info) { return info.param ? "network" : "local"; });

}  // namespace
}  // namespace tw::rpc::test
