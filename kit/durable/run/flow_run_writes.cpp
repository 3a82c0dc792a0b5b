#include "kit/async/sleep.hpp"
#include "kit/durable/reasons.hpp"
#include "kit/durable/run/flow_run.hpp"
#include "kit/sql/reasons.hpp"

#include <chrono>
#include <utility>

// What a run writes: steps, waiting, parking, the end. Every write names the fence with which the
// flow was taken, and none is given up before it is known what became of it.

namespace tw::durable {
namespace {

constexpr std::chrono::seconds kJournalTimeout{5};

/// Whether the write was cut off by its deadline before it was sent, as in a process that was
/// paused.
bool was_cut_off(const Error& error) { return error.code() == Code::deadline_exceeded || error.code() == Code::cancelled; }

/// Whether an expectation refused the write, or a step that is there already.
bool was_unexpected(const Error& error) {
    return error.reason() == reason::kRowsUnexpected || sql::violates(error, "flow_steps_pkey");
}

}  // namespace

Task<Result<FlowRun::Written>> FlowRun::write(sql::Unit unit, std::string_view step, State state) {
    if (state == State::running) FlowStore::hold(unit, flow_.id, flow_.fence);
    for (const auto& record : pending_) FlowStore::insert_step(unit, flow_.id, record);
    write_backoff_.reset();
    // An attempt whose outcome is open may take effect later, and then refuses its own repetition.
    bool may_be_written = false;
    while (true) {
        CancelScope scope{ctx().loop(), Deadline::after(ctx().loop().now(), kJournalTimeout), &ctx().scope()};
        auto written = co_await parts_.store.write(ctx().with_scope(scope), unit);
        co_await halt_if_lost();
        if (written) break;
        const auto& error = written.error();
        const bool final = !error.retryable() && !error.outcome_open() && !was_cut_off(error);
        may_be_written = may_be_written || error.outcome_open();
        if (may_be_written || was_unexpected(error)) {
            const auto found = co_await look(step, state);
            co_await halt_if_lost();
            if (found == Written::yes) break;
            if (found && was_unexpected(error) && !error.outcome_open()) co_return Written::refused;
            if (found && final) co_return error;
        } else if (final) {
            co_return error;
        }
        std::ignore = co_await tw::sleep_for(ctx(), write_backoff_.next(parts_.random.uniform()));
        co_await halt_if_lost();
    }
    pending_.clear();
    co_return Written::yes;
}

Task<std::optional<FlowRun::Written>> FlowRun::look(std::string_view step, State state) {
    CancelScope scope{ctx().loop(), Deadline::after(ctx().loop().now(), kJournalTimeout), &ctx().scope()};
    const auto look_ctx = ctx().with_scope(scope);
    const auto flow = co_await parts_.store.find(look_ctx, flow_.id);
    if (!flow) co_return std::nullopt;
    if (!*flow || (**flow).fence != flow_.fence) {
        lose();
        co_return std::nullopt;
    }
    flow_.signals = (**flow).signals;
    if ((**flow).state != state) co_return Written::refused;
    if (step.empty()) co_return state == State::running ? Written::refused : Written::yes;
    const auto steps = co_await parts_.store.steps(look_ctx, flow_.id);
    if (!steps) co_return std::nullopt;
    for (const auto& stored : *steps) {
        if (stored.name == step) co_return Written::yes;
    }
    co_return Written::refused;
}

Task<void> FlowRun::suspend_until(Timestamp due) {
    sql::Unit unit;
    FlowStore::wait(unit, flow_, due);
    auto written = co_await write(std::move(unit), {}, State::waiting);
    if (!written) co_await park(written.error());
    // A signal has come. The caller looks again whether there is anything to wait for.
    if (*written == Written::refused) co_return;
    flow_.state = State::waiting;
    flow_.due_at = due;
    co_await Halt{*this, RunEnd::waiting};
}

Task<void> FlowRun::park(const Error& why) {
    flow_.error = why;
    sql::Unit unit;
    FlowStore::park(unit, flow_.id, flow_.fence, why);
    const auto written = co_await write(std::move(unit), {}, State::parked);
    const bool parked = written && *written == Written::yes;
    // If it could not be parked, the flow is run again when its lease has ended.
    co_await Halt{*this, parked ? RunEnd::parked : RunEnd::lost};
}

Task<void> FlowRun::finish(const Result<std::string>& result) {
    sql::Unit unit;
    FlowStore::finish(unit, flow_.id, flow_.fence, result, parts_.clock.now(), end_state());
    const auto written = co_await write(std::move(unit), {}, end_state());
    if (!written || *written == Written::refused) co_await Halt{*this, RunEnd::lost};
}

Task<void> FlowRun::halt_if_lost() {
    if (ctx().over()) co_await Halt{*this, RunEnd::lost};
}

Task<void> FlowRun::stop_if_asked() {
    while (parts_.stopping) co_await suspend_until(parts_.clock.now());
}

}  // namespace tw::durable
