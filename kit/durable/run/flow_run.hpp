#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/one_shot.hpp"
#include "kit/base/backoff.hpp"
#include "kit/base/random.hpp"
#include "kit/durable/flow.hpp"
#include "kit/durable/flow_kind.hpp"
#include "kit/durable/flow_store.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tw::durable {

/// How a run of a flow has ended.
enum class RunEnd : std::uint8_t {
    done,     ///< the flow has its result
    waiting,  ///< it goes on later, in another run
    parked,
    lost,  ///< another replica has the flow, or the run could not write for too long
};

/// What a run uses of its replica. Everything outlives the run.
struct RunParts {
    FlowStore& store;
    const Clock& clock;
    Random& random;
    telemetry::Telemetry telemetry;
    /// Whether the replica is stopping. A run then stops before its next step.
    const bool& stopping;
};

/// Runs a flow from its stored steps until it ends, waits, is parked or is lost. The lease is taken
/// and renewed by the owner of the run, who calls `lose` when it is over.
class FlowRun final : public Flow {
 public:
    /// `parent` is the context of the request that starts the flow, for the trace; null in later
    /// runs.
    FlowRun(EventLoop& loop, const RunParts& parts, const FlowKind& kind, FlowRecord flow, std::vector<StepRecord> steps,
            const CallContext* parent);

    /// Call it once. The object stays in place until the task has ended.
    Task<RunEnd> run();
    /// The lease is over: the run ends its calls, and writes nothing more.
    void lose();

    const FlowRecord& record() const { return flow_; }
    /// Whether an operator has canceled the flow, which this run ends.
    bool is_canceled() const { return canceled_; }
    /// The result, once the flow is done.
    const Result<std::string>& result() const { return result_; }

    // Flow
    const std::string& id() const override { return flow_.id; }
    std::int64_t version() const override { return flow_.version; }
    Task<void> sleep_until(std::string_view name, Timestamp until) override;
    Task<Timestamp> now(std::string_view name) override;
    Task<Uuid> new_id(std::string_view name) override;

 private:
    struct StoredStep {
        StepRecord record;
        bool asked_for = false;
    };
    /// Suspends the flow's code for good. The run's owner destroys it in a later turn.
    struct Halt {
        FlowRun& run;
        RunEnd end;
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<>) const { run.end_later(end); }
        void await_resume() const noexcept {}
    };
    enum class Written : std::uint8_t { yes, refused };

    Task<Result<std::string>> do_step(std::string_view name, StepOptions options, StepBody body) override;
    Task<Result<std::string>> do_commit(std::string_view name, CommitBody body, bool last) override;
    Task<std::optional<std::string>> do_wait_until(std::string_view signal, Timestamp until) override;

    /// Runs the flow's code and stores its result.
    Task<void> execute();
    /// Runs the code of the flow, or that of its cancel.
    Task<Result<std::string>> run_code();
    /// Returns the name with which a step is stored. The steps of a cancel have names of their own,
    /// since the steps that the flow had before stay.
    std::string stored_name(std::string_view step) const;
    State end_state() const { return canceled_ ? State::canceled : State::done; }
    void end_later(RunEnd end);

    /// Returns the stored answer of the step; nothing if it has to be run. Parks the flow if its
    /// code is not the one that stored the steps.
    Task<std::optional<Result<std::string>>> recall(std::string_view name);
    /// Returns why the code cannot ask for this step now: it is not the code that stored the steps.
    std::optional<Error> objection_to(std::string_view name) const;
    /// Starts the span of one attempt of a step.
    telemetry::Span start_step(const CallContext& parent, std::string_view name);
    /// Runs one attempt of a step's body.
    Task<Result<std::string>> attempt(std::string_view name, const StepOptions& options, StepBody& body);
    /// Waits before the next attempt of a step, or parks the flow.
    Task<void> back_off(std::string_view name, const StepOptions& options, const Error& why);
    /// Remembers the answer of a step. It is stored now, or together with the next one.
    Task<void> keep(std::string_view name, Result<std::string> answer, Journal journal);
    /// Makes one attempt of a commit. Nothing means that it has to be made again.
    Task<std::optional<Result<std::string>>> attempt_commit(std::string_view name, CommitBody& body, bool last);

    /// Writes a unit that holds the flow, together with the answers that are not stored yet, and
    /// repeats that until it is known what became of it. `step` is a step that the unit stores, or
    /// empty; `state` is the state in which the unit leaves the flow. Refused means that an
    /// expectation of the unit does not hold. The error is that of a unit that can never be
    /// written. Does not return if the lease is lost.
    Task<Result<Written>> write(sql::Unit unit, std::string_view step, State state);
    /// Finds out whether a write took effect. Nothing means that this could not be found out yet.
    Task<std::optional<Written>> look(std::string_view step, State state);
    Task<void> suspend_until(Timestamp due);
    Task<void> park(const Error& why);
    Task<void> finish(const Result<std::string>& result);
    Task<void> halt_if_lost();
    Task<void> stop_if_asked();

    const CallContext& ctx() const { return context_; }

    RunParts parts_;
    const FlowKind& kind_;
    FlowRecord flow_;
    bool canceled_ = false;
    std::map<std::string, StoredStep, std::less<>> steps_;
    /// How many of the stored steps the code has not asked for yet.
    std::size_t not_asked_for_ = 0;
    /// Answers that are not stored yet.
    std::vector<StepRecord> pending_;
    std::int64_t next_position_ = 0;
    RootCall root_;
    CallContext context_;
    Backoff write_backoff_;
    OneShot<RunEnd> ended_;
    bool finished_ = false;
    Result<std::string> result_{std::string{}};
};

}  // namespace tw::durable
