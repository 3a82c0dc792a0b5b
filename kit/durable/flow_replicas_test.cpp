#include "kit/durable/flows.hpp"
#include "kit/durable/flows_fixture.hpp"

// These tests cover flows that go from one replica to another.
namespace tw::durable {
namespace {

using FlowReplicasTest = FlowsTest;

INSTANTIATE_TEST_SUITE_P(Engines, FlowReplicasTest, testing::ValuesIn(test::kDatabases));

TEST_P(FlowReplicasTest, another_replica_continues_after_a_crash_without_repeating_what_is_stored) {
    // The first replica stops in the middle of the second step, as a process does that is killed:
    // it writes nothing more.
    auto first = replica([this](Flow& flow, std::string) { return transfer(flow, bank_); });
    auto second = replica([this](Flow& flow, std::string) { return transfer(flow, bank_); });
    int entered = 0;
    bank_.meanwhile = [&]() -> Task<void> {
        bank_.meanwhile = [&]() -> Task<void> {
            ++entered;
            // The lease ends while the call is under way, since the first replica is not started:
            // nobody renews its leases.
            std::ignore = co_await sleep_for(db_.context(), std::chrono::milliseconds{900});
        };
        co_return;
    };
    ASSERT_TRUE(run(begin(*first, "transfer-1", {})));
    second->start();
    EXPECT_EQ(run(wait(*second, "transfer-1")).value(), "moved 5");
    EXPECT_EQ(entered, 1);
    EXPECT_EQ(bank_.calls["withdraw"], 1);
    EXPECT_EQ(bank_.calls["deposit"], 2);
    const auto flow = run(until_state(*second, "transfer-1", State::done));
    EXPECT_EQ(flow.fence, 2);
    EXPECT_TRUE(run(stop(*second)));
    first->start();
    EXPECT_TRUE(run(stop(*first)));
}

TEST_P(FlowReplicasTest, a_flow_that_was_taken_while_the_clock_was_ahead_is_continued) {
    const FlowRecord ahead{.id = "transfer-1",
                           .kind = "test",
                           .version = 1,
                           .state = State::running,
                           .due_at = clock_.now() + std::chrono::hours{1},
                           .fence = 1,
                           .owner = "dead",
                           .created_at = clock_.now()};
    sql::Unit unit;
    FlowStore::insert(unit, ahead);
    ASSERT_TRUE(run(db_.database().write(db_.context(), std::move(unit))));
    auto flows = replica([this](Flow& flow, std::string) { return transfer(flow, bank_); });
    flows->start();
    EXPECT_EQ(run(wait(*flows, "transfer-1")).value(), "moved 5");
    EXPECT_TRUE(run(stop(*flows)));
}

TEST_P(FlowReplicasTest, a_replica_that_was_paused_past_its_lease_writes_nothing) {
    auto first = replica([this](Flow& flow, std::string) { return transfer(flow, bank_); });
    auto second = replica([this](Flow& flow, std::string) { return transfer(flow, bank_); });
    bool second_done = false;
    // The first replica's call answers only after the second replica has finished the flow.
    bank_.meanwhile = [&]() -> Task<void> {
        while (!second_done) std::ignore = co_await sleep_for(db_.context(), std::chrono::milliseconds{1});
    };
    ASSERT_TRUE(run(begin(*first, "transfer-1", {})));
    second->start();
    EXPECT_EQ(run(wait(*second, "transfer-1")).value(), "moved 5");
    second_done = true;
    first->start();
    EXPECT_TRUE(run(stop(*first)));
    EXPECT_EQ(bank_.calls["withdraw"], 2);
    EXPECT_EQ(bank_.calls["deposit"], 1);
    EXPECT_EQ(run(second->store().steps(db_.context(), "transfer-1")).value().size(), 2U);
    EXPECT_TRUE(run(stop(*second)));
}

TEST_P(FlowReplicasTest, a_replica_that_takes_its_own_flow_again_ends_the_run_of_before) {
    int calls = 0;
    bool cut_off = false;
    const auto call = [&](const CallContext& ctx) -> Task<Result<std::int64_t>> {
        if (++calls > 1) co_return std::int64_t{1};
        const auto slept = co_await sleep_for(ctx, std::chrono::seconds{5});
        cut_off = !slept;
        co_return unavailable("cut off");
    };
    auto flows = replica([&](Flow& flow, std::string) -> Task<Result<std::string>> { return ask_once(flow, call); });
    ASSERT_TRUE(run(begin(*flows, "flow-1", {})));
    // Nobody renews the lease before the replica is started.
    std::ignore = run(sleep_for(db_.context(), 2 * quick_options().lease));
    flows->start();
    EXPECT_EQ(run(wait(*flows, "flow-1")).value(), "asked");
    EXPECT_EQ(calls, 2);
    EXPECT_TRUE(cut_off);
    EXPECT_TRUE(run(stop(*flows)));
}

TEST_P(FlowReplicasTest, a_replica_that_stops_leaves_its_flows_at_their_next_step) {
    auto first = replica([this](Flow& flow, std::string) { return transfer(flow, bank_); });
    auto second = replica([this](Flow& flow, std::string) { return transfer(flow, bank_); });
    bool may_answer = false;
    bank_.meanwhile = [&]() -> Task<void> {
        while (!may_answer) std::ignore = co_await sleep_for(db_.context(), std::chrono::milliseconds{1});
    };
    first->start();
    ASSERT_TRUE(run(begin(*first, "transfer-1", {})));
    const auto stopping = [](Flows& flows, bool& may_answer) -> Task<bool> {
        may_answer = true;
        co_await flows.stop(Deadline::never());
        co_return true;
    };
    EXPECT_TRUE(run(stopping(*first, may_answer)));
    const auto flow = run(until_state(*second, "transfer-1", State::waiting));
    EXPECT_EQ(flow.fence, 1);
    EXPECT_EQ(bank_.calls["deposit"], 0);
    second->start();
    EXPECT_EQ(run(wait(*second, "transfer-1")).value(), "moved 5");
    EXPECT_EQ(bank_.calls["withdraw"], 1);
    EXPECT_TRUE(run(stop(*second)));
}

TEST_P(FlowReplicasTest, a_replica_that_takes_no_more_runs_only_the_new_flows_of_its_own_requests) {
    auto draining = replica([](Flow&, std::string) -> Task<Result<std::string>> { co_return "here"; });
    draining->take_no_more();
    draining->start();
    const auto add_only = [this](Flows& flows, std::string id) -> Task<Result<void>> {
        sql::Unit unit;
        std::ignore = flows.add(db_.context(), unit, "test", std::move(id), std::string{});
        co_return co_await db_.database().write(db_.context(), std::move(unit));
    };
    ASSERT_TRUE(run(add_only(*draining, "waits")));
    EXPECT_EQ(run(result_of(*draining, "of a request")).value(), "here");
    // Nobody runs the flow that was only added, so that it is due when its lease has ended.
    std::ignore = run(sleep_for(db_.context(), 2 * quick_options().lease));
    EXPECT_TRUE(run(stop(*draining)));
    EXPECT_EQ(run(draining->store().find(db_.context(), "waits")).value()->fence, 1);
    auto other = replica([](Flow&, std::string) -> Task<Result<std::string>> { co_return "there"; });
    other->start();
    EXPECT_EQ(run(wait(*other, "waits")).value(), "there");
    EXPECT_TRUE(run(stop(*other)));
}

}  // namespace
}  // namespace tw::durable
