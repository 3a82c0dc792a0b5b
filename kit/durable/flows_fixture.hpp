#pragma once

#include "kit/async/run.hpp"
#include "kit/async/sleep.hpp"
#include "kit/durable/flows.hpp"
#include "kit/durable/schema.hpp"
#include "kit/testing/failing_database.hpp"
#include "kit/testing/fake_clock.hpp"
#include "kit/testing/temporary_database.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tw::durable {

/// A bank's ledger in another process: it acts once for each key, and can be made to fail.
class FakeBank {
 public:
    Task<Result<std::int64_t>> move(const CallContext& ctx, std::string what, std::int64_t amount) {
        ++calls[what];
        keys[what] = ctx.attributes().idempotency_key;
        if (const auto other = std::exchange(meanwhile, nullptr)) co_await other();
        if (failures > 0) {
            --failures;
            co_return failure;
        }
        if (refuses == what) co_return Error{Code::failed_precondition, "NO_FUNDS", "there is too little money"};
        co_return amount;
    }

    std::map<std::string, int> calls;
    std::map<std::string, std::string> keys;
    /// How many of the next calls fail in a way that may pass.
    int failures = 0;
    Error failure = unavailable("the bank is closed");
    /// Which call is refused.
    std::string refuses;
    /// Called within the next call.
    std::function<Task<void>()> meanwhile;
};

/// Options under which tests need not wait.
inline FlowOptions quick_options() {
    return {.lease = std::chrono::milliseconds{400},
            .poll_interval = std::chrono::milliseconds{5},
            .poll_idle = std::chrono::milliseconds{5}};
}

/// The pauses of steps in tests.
inline StepOptions quick_step() {
    return {.retry_first = std::chrono::milliseconds{1}, .retry_last = std::chrono::milliseconds{4}, .attempts_max = 4};
}

/// A flow of one step, "ask", which makes the call.
template <class Call>
Task<Result<std::string>> ask_once(Flow& flow, const Call& call) {
    const auto answer = co_await flow.step("ask", call, quick_step());
    if (!answer) co_return answer.error();
    co_return std::string{"asked"};
}

/// Moves money in two steps, and gives it back if the second is refused.
inline Task<Result<std::string>> transfer(Flow& flow, FakeBank& bank) {
    const auto withdrawn =
        co_await flow.step("withdraw", [&](const CallContext& ctx) { return bank.move(ctx, "withdraw", 5); }, quick_step());
    if (!withdrawn) co_return withdrawn.error();
    const auto deposited = co_await flow.step(
        "deposit", [&](const CallContext& ctx) { return bank.move(ctx, "deposit", *withdrawn); }, quick_step());
    if (deposited) co_return "moved " + std::to_string(*deposited);
    const auto back = co_await flow.step(
        "give back", [&](const CallContext& ctx) { return bank.move(ctx, "give back", *withdrawn); }, quick_step());
    if (!back) co_return back.error();
    co_return deposited.error();
}

/// Runs flows on a database of both engines. A replica is one Flows object; a test may make several
/// on the same loop.
class FlowsFixture {
 public:
    explicit FlowsFixture(std::string_view url) : db_{url, schema()} {}

    /// Makes a replica with a kind "test" that runs `code`. Start it with `start`.
    std::unique_ptr<Flows> replica(std::function<Task<Result<std::string>>(Flow&, std::string)> code, std::int64_t version = 1,
                                   std::int64_t version_oldest = 1) {
        auto flows =
            std::make_unique<Flows>(db_.loop(), db_.database(), clock_, random_, db_.telemetry(), "replica", quick_options());
        flows->add_kind(flow_kind<std::string, std::string>("test", std::move(code), version, version_oldest));
        return flows;
    }
    Task<Result<void>> begin(Flows& flows, std::string id, std::string input) {
        sql::Unit unit;
        auto added = flows.add(db_.context(), unit, "test", std::move(id), input);
        auto written = co_await db_.database().write(db_.context(), std::move(unit));
        if (!written) co_return written;
        flows.run(db_.context(), std::move(added));
        co_return written;
    }
    /// Starts a flow on a replica that was started, and returns its result.
    Task<Result<std::string>> result_of(Flows& flows, std::string id, std::string input = {}) {
        if (auto begun = co_await begin(flows, id, std::move(input)); !begun) co_return std::move(begun).error();
        co_return co_await wait(flows, std::move(id));
    }
    Task<Result<std::string>> wait(Flows& flows, std::string id) {
        const auto until = Deadline::after(db_.loop().now(), std::chrono::seconds{20});
        auto result = co_await flows.wait<std::string>(db_.context(), std::move(id), until);
        if (!result) co_return std::move(result).error();
        if (!*result) co_return Error{Code::deadline_exceeded, "NOT_ENDED", "the flow has not ended"};
        co_return **std::move(result);
    }
    /// Waits until the flow is in this state.
    Task<FlowRecord> until_state(Flows& flows, std::string id, State state) {
        while (true) {
            auto flow = co_await flows.store().find(db_.context(), id);
            if (flow && *flow && (**flow).state == state) co_return **flow;
            std::ignore = co_await sleep_for(db_.context(), std::chrono::milliseconds{1});
        }
    }
    template <class T>
    T run(Task<T> task) {
        return db_.run(std::move(task));
    }
    static Task<bool> stop(Flows& flows) {
        co_await flows.stop(Deadline::never());
        co_return true;
    }

    test::TemporaryDatabase db_;
    SystemClock clock_;
    Random random_{1};
    FakeBank bank_;
};

class FlowsTest : public testing::TestWithParam<std::string_view>, public FlowsFixture {
 protected:
    FlowsTest() : FlowsFixture{GetParam()} {}
};

}  // namespace tw::durable
