#include "kit/durable/flows.hpp"
#include "kit/durable/flows_fixture.hpp"
#include "kit/durable/reasons.hpp"

// These tests cover flows that an operator cancels.
namespace tw::durable {
namespace {

using CanceledFlowsTest = FlowsTest;

INSTANTIATE_TEST_SUITE_P(Engines, CanceledFlowsTest, testing::ValuesIn(test::kDatabases));

TEST_P(CanceledFlowsTest, a_canceled_flow_is_ended_by_its_cancel_code_with_the_input) {
    auto flows =
        std::make_unique<Flows>(db_.loop(), db_.database(), clock_, random_, db_.telemetry(), "replica", quick_options());
    auto kind = flow_kind<std::string, std::string>("test", [this](Flow& flow, std::string) -> Task<Result<std::string>> {
        const auto taken =
            co_await flow.step("withdraw", [&](const CallContext& ctx) { return bank_.move(ctx, "withdraw", 5); }, quick_step());
        if (!taken) co_return taken.error();
        std::ignore = co_await flow.wait_for("never", std::chrono::hours{1});
        co_return "done";
    });
    // A step may have the name of one that the flow has stored.
    const auto undo = [this](Flow& flow, std::string input) -> Task<Result<Done>> {
        const auto back = co_await flow.step(
            "withdraw", [&](const CallContext& ctx) { return bank_.move(ctx, "give back to " + input, 5); }, quick_step());
        if (!back) co_return back.error();
        co_return Done{};
    };
    flows->add_kind(with_cancel<std::string, Done>(std::move(kind), undo));
    flows->start();
    ASSERT_TRUE(run(begin(*flows, "flow-1", "Ada")));
    run(until_state(*flows, "flow-1", State::waiting));
    // The first attempts fail, and the flow is parked and retried as any other.
    bank_.failures = 4;
    EXPECT_TRUE(run(flows->store().cancel(db_.context(), "flow-1", clock_.now())).value());
    EXPECT_FALSE(run(flows->store().cancel(db_.context(), "flow-1", clock_.now())).value());
    EXPECT_EQ(run(until_state(*flows, "flow-1", State::parked)).input, "Ada");
    EXPECT_FALSE(run(flows->store().cancel(db_.context(), "flow-1", clock_.now())).value());
    EXPECT_TRUE(run(flows->store().retry(db_.context(), "flow-1", clock_.now())).value());
    const auto ended = run(until_state(*flows, "flow-1", State::canceled));
    EXPECT_EQ(ended.input, "");
    EXPECT_EQ(bank_.calls["withdraw"], 1);
    EXPECT_EQ(bank_.calls["give back to Ada"], 5);
    EXPECT_EQ(bank_.keys["give back to Ada"], "flow-1/withdraw");
    const auto steps = run(flows->store().steps(db_.context(), "flow-1")).value();
    ASSERT_EQ(steps.size(), 4U);
    EXPECT_EQ(steps[2].name, kCanceledStep);
    EXPECT_EQ(steps[3].name, "cancel: withdraw");
    EXPECT_TRUE(run(stop(*flows)));
}

TEST_P(CanceledFlowsTest, a_flow_whose_cancel_is_refused_is_parked) {
    auto flows =
        std::make_unique<Flows>(db_.loop(), db_.database(), clock_, random_, db_.telemetry(), "replica", quick_options());
    auto kind = flow_kind<std::string, std::string>("test", [](Flow& flow, std::string) -> Task<Result<std::string>> {
        std::ignore = co_await flow.wait_for("never", std::chrono::hours{1});
        co_return "done";
    });
    const auto undo = [](Flow&, std::string) -> Task<Result<Done>> {
        co_return Error{Code::failed_precondition, "NO_FUNDS", "there is too little money"};
    };
    flows->add_kind(with_cancel<std::string, Done>(std::move(kind), undo));
    flows->start();
    ASSERT_TRUE(run(begin(*flows, "flow-1", {})));
    run(until_state(*flows, "flow-1", State::waiting));
    EXPECT_TRUE(run(flows->store().cancel(db_.context(), "flow-1", clock_.now())).value());
    EXPECT_EQ(run(until_state(*flows, "flow-1", State::parked)).error->reason(), "NO_FUNDS");
    EXPECT_TRUE(run(stop(*flows)));
}

TEST_P(CanceledFlowsTest, a_flow_that_is_too_old_to_continue_can_be_canceled) {
    const auto code = [](Flow& flow, std::string) -> Task<Result<std::string>> {
        std::ignore = co_await flow.wait_for("never", std::chrono::hours{1});
        co_return "done";
    };
    auto old_code = replica(code, 1);
    old_code->start();
    ASSERT_TRUE(run(begin(*old_code, "flow-1", {})));
    run(until_state(*old_code, "flow-1", State::waiting));
    EXPECT_TRUE(run(stop(*old_code)));
    auto new_code = replica(code, 2, 2);
    EXPECT_TRUE(run(new_code->store().cancel(db_.context(), "flow-1", clock_.now())).value());
    new_code->start();
    EXPECT_FALSE(run(until_state(*new_code, "flow-1", State::canceled)).error);
    EXPECT_TRUE(run(stop(*new_code)));
}

TEST_P(CanceledFlowsTest, a_run_of_a_canceled_flow_writes_nothing_more) {
    auto flows = replica([this](Flow& flow, std::string) -> Task<Result<std::string>> {
        const auto taken =
            co_await flow.step("withdraw", [&](const CallContext& ctx) { return bank_.move(ctx, "withdraw", 5); }, quick_step());
        co_return taken ? "done" : "refused";
    });
    flows->start();
    bank_.meanwhile = [&]() -> Task<void> {
        std::ignore = co_await flows->store().cancel(db_.context(), "flow-1", clock_.now());
    };
    ASSERT_TRUE(run(begin(*flows, "flow-1", {})));
    run(until_state(*flows, "flow-1", State::canceled));
    const auto steps = run(flows->store().steps(db_.context(), "flow-1")).value();
    ASSERT_EQ(steps.size(), 1U);
    EXPECT_EQ(steps.front().name, kCanceledStep);
    EXPECT_TRUE(run(stop(*flows)));
}

TEST_P(CanceledFlowsTest, a_canceled_flow_stops_where_it_is) {
    const auto code = [](Flow& flow, std::string) -> Task<Result<std::string>> {
        std::ignore = co_await flow.wait_for("never", std::chrono::hours{1});
        co_return "done";
    };
    auto flows = replica(code);
    flows->start();
    ASSERT_TRUE(run(begin(*flows, "flow-1", {})));
    run(until_state(*flows, "flow-1", State::waiting));
    EXPECT_TRUE(run(flows->store().cancel(db_.context(), "flow-1", clock_.now())).value());
    EXPECT_FALSE(run(flows->store().cancel(db_.context(), "flow-1", clock_.now())).value());
    run(until_state(*flows, "flow-1", State::canceled));
    EXPECT_FALSE(run(flows->store().retry(db_.context(), "flow-1", clock_.now())).value());
    EXPECT_EQ(run(wait(*flows, "flow-1")).error().reason(), "NOT_ENDED");
    EXPECT_TRUE(run(stop(*flows)));
}

}  // namespace
}  // namespace tw::durable
