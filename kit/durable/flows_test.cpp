#include "kit/durable/flows.hpp"

#include "kit/durable/flows_fixture.hpp"
#include "kit/durable/reasons.hpp"

#include <stdexcept>

namespace tw::durable {
namespace {

INSTANTIATE_TEST_SUITE_P(Engines, FlowsTest, testing::ValuesIn(test::kDatabases));

TEST_P(FlowsTest, a_flow_runs_its_steps_once_and_answers) {
    auto flows = replica([this](Flow& flow, std::string) { return transfer(flow, bank_); });
    flows->start();
    const auto result = run(result_of(*flows, "transfer-1"));
    ASSERT_TRUE(result) << result.error().detail();
    EXPECT_EQ(*result, "moved 5");
    EXPECT_EQ(bank_.calls["withdraw"], 1);
    EXPECT_EQ(bank_.calls["deposit"], 1);
    EXPECT_EQ(bank_.keys["deposit"], "transfer-1/deposit");
    EXPECT_TRUE(run(stop(*flows)));
    EXPECT_EQ(flows->running(), 0U);
}

TEST_P(FlowsTest, a_refusal_is_an_answer_that_the_flow_acts_on) {
    bank_.refuses = "deposit";
    auto flows = replica([this](Flow& flow, std::string) { return transfer(flow, bank_); });
    flows->start();
    const auto result = run(result_of(*flows, "transfer-1"));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().reason(), "NO_FUNDS");
    EXPECT_EQ(bank_.calls["give back"], 1);
    // Whoever asks later gets the same answer from the database.
    const auto again = run(wait(*flows, "transfer-1"));
    EXPECT_EQ(again.error().reason(), "NO_FUNDS");
    EXPECT_EQ(again.error().code(), Code::failed_precondition);
    EXPECT_TRUE(run(stop(*flows)));
}

TEST_P(FlowsTest, a_failure_that_may_pass_is_tried_again_with_the_same_key) {
    bank_.failures = 3;
    auto flows = replica([this](Flow& flow, std::string) { return transfer(flow, bank_); });
    flows->start();
    EXPECT_EQ(run(result_of(*flows, "transfer-1")).value(), "moved 5");
    EXPECT_EQ(bank_.calls["withdraw"], 4);
    EXPECT_TRUE(run(stop(*flows)));
}

TEST_P(FlowsTest, a_read_that_was_cut_off_is_tried_again) {
    // A read has no effect, so its outcome is not open.
    bank_.failures = 1;
    bank_.failure = deadline_exceeded().with_outcome_open(false);
    auto flows = replica([this](Flow& flow, std::string) { return transfer(flow, bank_); });
    flows->start();
    EXPECT_EQ(run(result_of(*flows, "transfer-1")).value(), "moved 5");
    EXPECT_EQ(bank_.calls["withdraw"], 2);
    EXPECT_TRUE(run(stop(*flows)));
}

TEST_P(FlowsTest, a_step_that_fails_too_often_parks_the_flow_and_retry_continues_it) {
    bank_.failures = 4;
    auto flows = replica([this](Flow& flow, std::string) { return transfer(flow, bank_); });
    flows->start();
    EXPECT_EQ(run(result_of(*flows, "transfer-1")).error().reason(), "NOT_ENDED");
    const auto parked = run(until_state(*flows, "transfer-1", State::parked));
    ASSERT_TRUE(parked.error);
    EXPECT_EQ(parked.error->reason(), "UNAVAILABLE");
    EXPECT_NE(parked.error->detail().find("withdraw"), std::string::npos);

    EXPECT_TRUE(run(flows->store().retry(db_.context(), "transfer-1", clock_.now())).value());
    flows->wake();
    EXPECT_EQ(run(wait(*flows, "transfer-1")).value(), "moved 5");
    EXPECT_TRUE(run(stop(*flows)));
}

TEST_P(FlowsTest, a_second_flow_of_one_id_is_refused) {
    auto flows = replica([this](Flow& flow, std::string) { return transfer(flow, bank_); });
    flows->start();
    EXPECT_TRUE(run(result_of(*flows, "transfer-1")));
    const auto second = run(result_of(*flows, "transfer-1"));
    ASSERT_FALSE(second);
    EXPECT_TRUE(sql::violates(second.error(), "flows_pkey")) << second.error().detail();
    EXPECT_TRUE(run(stop(*flows)));
}

TEST_P(FlowsTest, a_flow_waits_for_a_signal_and_one_that_came_before_counts) {
    const auto code = [](Flow& flow, std::string) -> Task<Result<std::string>> {
        constexpr std::chrono::hours kFar{1};
        const auto first = co_await flow.wait_for("first", kFar);
        const auto second = co_await flow.wait_for("second", kFar);
        co_return first.value_or("none") + " " + second.value_or("none");
    };
    auto flows = replica(code);
    flows->start();
    ASSERT_TRUE(run(begin(*flows, "signals-1", {})));
    run(until_state(*flows, "signals-1", State::waiting));
    const auto send = [this](Flows& to, std::string name, std::string payload) -> Task<Result<void>> {
        sql::Unit unit;
        to.signal(unit, "signals-1", name, payload);
        auto written = co_await db_.database().write(db_.context(), std::move(unit));
        to.wake();
        co_return written;
    };
    EXPECT_TRUE(run(send(*flows, "second", "world")));
    EXPECT_TRUE(sql::violates(run(send(*flows, "second", "again")).error(), "flow_signals_pkey"));
    EXPECT_TRUE(run(send(*flows, "first", "hello")));
    EXPECT_EQ(run(wait(*flows, "signals-1")).value(), "hello world");
    EXPECT_TRUE(run(stop(*flows)));
}

TEST_P(FlowsTest, a_signal_that_does_not_come_is_not_waited_for_for_ever) {
    const auto code = [this](Flow& flow, std::string) -> Task<Result<std::string>> {
        const auto until = (co_await flow.now("started")) + std::chrono::milliseconds{20};
        const auto signal = co_await flow.wait_until("never", until);
        co_await flow.sleep_until("rest", until + std::chrono::milliseconds{20});
        EXPECT_GE(clock_.now(), until + std::chrono::milliseconds{20});
        co_return signal ? "came" : "did not come";
    };
    auto flows = replica(code);
    flows->start();
    EXPECT_EQ(run(result_of(*flows, "signals-1")).value(), "did not come");
    EXPECT_TRUE(run(stop(*flows)));
}

TEST_P(FlowsTest, two_steps_of_one_name_park_the_flow) {
    const auto code = [this](Flow& flow, std::string) -> Task<Result<std::string>> {
        std::ignore = co_await flow.new_id("id");
        co_return (co_await flow.new_id("id")).to_string();
    };
    auto flows = replica(code);
    flows->start();
    EXPECT_EQ(run(result_of(*flows, "flow-1")).error().reason(), "NOT_ENDED");
    EXPECT_EQ(run(until_state(*flows, "flow-1", State::parked)).error->reason(), reason::kFlowChanged);
    EXPECT_TRUE(run(stop(*flows)));
}

TEST_P(FlowsTest, code_that_does_not_ask_for_a_stored_step_parks_the_flow) {
    std::string name = "old name";
    const auto code = [&](Flow& flow, std::string) -> Task<Result<std::string>> {
        std::ignore = co_await flow.step(name, [this](const CallContext& ctx) { return bank_.move(ctx, "once", 1); });
        std::ignore = co_await flow.wait_for("go on", std::chrono::milliseconds{20});
        std::ignore = co_await flow.step("last", [this](const CallContext& ctx) { return bank_.move(ctx, "last", 1); });
        co_return "done";
    };
    auto flows = replica(code);
    flows->start();
    ASSERT_TRUE(run(begin(*flows, "flow-1", {})));
    run(until_state(*flows, "flow-1", State::waiting));
    name = "new name";
    const auto parked = run(until_state(*flows, "flow-1", State::parked));
    EXPECT_EQ(parked.error->reason(), reason::kFlowChanged);
    EXPECT_NE(parked.error->detail().find("old name"), std::string::npos) << parked.error->detail();
    EXPECT_EQ(bank_.calls["once"], 1);
    EXPECT_TRUE(run(stop(*flows)));
}

TEST_P(FlowsTest, an_exception_parks_the_flow) {
    auto flows = replica([](Flow&, std::string) -> Task<Result<std::string>> {
        throw std::runtime_error{"a bug"};
        co_return "never";
    });
    flows->start();
    EXPECT_EQ(run(result_of(*flows, "flow-1")).error().reason(), "NOT_ENDED");
    const auto parked = run(until_state(*flows, "flow-1", State::parked));
    EXPECT_EQ(parked.error->reason(), reason::kFlowFailed);
    EXPECT_EQ(parked.error->detail(), "a bug");
    EXPECT_TRUE(run(stop(*flows)));
}

TEST_P(FlowsTest, versions_that_the_code_does_not_continue_are_parked_or_left_alone) {
    auto old_code = replica([](Flow&, std::string) -> Task<Result<std::string>> { co_return "old"; }, 1);
    auto new_code = replica([](Flow&, std::string) -> Task<Result<std::string>> { co_return "new"; }, 3, 2);
    const auto add_only = [this](Flows& flows, std::string id) -> Task<Result<void>> {
        sql::Unit unit;
        std::ignore = flows.add(db_.context(), unit, "test", std::move(id), std::string{});
        co_return co_await db_.database().write(db_.context(), std::move(unit));
    };
    ASSERT_TRUE(run(add_only(*old_code, "of version 1")));
    ASSERT_TRUE(run(add_only(*new_code, "of version 3")));
    old_code->start();
    EXPECT_EQ(run(wait(*old_code, "of version 1")).value(), "old");
    ASSERT_TRUE(run(add_only(*old_code, "second of version 1")));
    EXPECT_TRUE(run(stop(*old_code)));
    EXPECT_EQ(run(old_code->store().find(db_.context(), "of version 3")).value()->state, State::running);
    new_code->start();
    EXPECT_EQ(run(wait(*new_code, "of version 3")).value(), "new");
    EXPECT_EQ(run(until_state(*new_code, "second of version 1", State::parked)).error->reason(), reason::kFlowTooOld);
    EXPECT_TRUE(run(stop(*new_code)));
}

TEST_P(FlowsTest, the_input_is_kept_until_the_flow_ends) {
    auto flows = replica([](Flow& flow, std::string) -> Task<Result<std::string>> {
        std::ignore = co_await flow.wait_for("go on", std::chrono::hours{1});
        co_return "done";
    });
    flows->start();
    for (const auto* id : {"ends", "is-canceled"}) ASSERT_TRUE(run(begin(*flows, id, "a token")));
    for (const auto* id : {"ends", "is-canceled"}) EXPECT_EQ(run(until_state(*flows, id, State::waiting)).input, "a token");
    ASSERT_TRUE(run(flows->store().cancel(db_.context(), "is-canceled", clock_.now())).value());
    sql::Unit unit;
    flows->signal(unit, "ends", "go on", std::string{});
    ASSERT_TRUE(run(db_.database().write(db_.context(), std::move(unit))));
    EXPECT_EQ(run(until_state(*flows, "ends", State::done)).input, "");
    EXPECT_EQ(run(until_state(*flows, "is-canceled", State::canceled)).input, "");
    EXPECT_TRUE(run(stop(*flows)));
}

TEST_P(FlowsTest, a_flow_that_does_not_exist_is_not_waited_for) {
    auto flows = replica([](Flow&, std::string) -> Task<Result<std::string>> { co_return "old"; });
    EXPECT_EQ(run(wait(*flows, "nobody")).error().reason(), "FLOW_NOT_FOUND");
}

TEST_P(FlowsTest, flows_that_ended_long_ago_are_removed_with_their_steps) {
    auto flows = replica([this](Flow& flow, std::string) { return transfer(flow, bank_); });
    flows->start();
    ASSERT_TRUE(run(result_of(*flows, "transfer-1")));
    EXPECT_EQ(run(flows->store().remove_done(db_.context(), clock_.now() - std::chrono::hours{1}, 10)).value(), 0);
    EXPECT_EQ(run(flows->store().remove_done(db_.context(), clock_.now() + std::chrono::hours{1}, 10)).value(), 1);
    EXPECT_FALSE(run(flows->store().find(db_.context(), "transfer-1")).value());
    EXPECT_TRUE(run(flows->store().steps(db_.context(), "transfer-1")).value().empty());
    EXPECT_TRUE(run(stop(*flows)));
}

}  // namespace
}  // namespace tw::durable
