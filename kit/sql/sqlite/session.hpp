#pragma once

#include "kit/async/deadline.hpp"
#include "kit/sql/sqlite/connection.hpp"
#include "kit/sql/sqlite/job.hpp"
#include "kit/sql/sqlite/storage_health.hpp"
#include "kit/sql/sqlite/turn_thread.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace tw::sql {

/// The answer to a step of a transaction: rows or a count, depending on the step.
struct StepAnswer {
    Rows rows;
    std::int64_t rows_changed = 0;
};

/// One transaction's hold of the writer. The loop pushes steps and the writer's thread does them,
/// so that no other write comes between. The session ends with a commit, a rollback, the first step
/// that fails, or when its time has run out.
class Session {
 public:
    /// The longest time of a transaction, however late the call's deadline is, since others wait.
    static constexpr std::chrono::seconds kHoldMax{10};

    /// `writer` is woken when there is a step. `health` must outlive the session's turns.
    Session(std::shared_ptr<LoopInbox> inbox, Deadline deadline, StorageHealth& health, std::shared_ptr<TurnThread> writer,
            std::chrono::nanoseconds hold = kHoldMax)
        : inbox_{std::move(inbox)}, deadline_{deadline}, health_{health}, writer_{std::move(writer)}, hold_{hold} {}

    // The functions from here on are called on the loop.
    /// A job that succeeds when the writer is reserved and BEGIN is done.
    const std::shared_ptr<JobFor<void>>& begun() const { return begun_; }
    std::shared_ptr<JobFor<StepAnswer>> query(const Statement& statement, std::vector<Value> parameters);
    std::shared_ptr<JobFor<StepAnswer>> execute(const Statement& statement, std::vector<Value> parameters);
    std::shared_ptr<JobFor<StepAnswer>> commit();
    /// Asks for a rollback and does not wait for it, since nobody sees what was not committed. It
    /// may be called in any state.
    void roll_back();

    // The functions from here on are called on the writer's thread.
    /// Begins the transaction, or does its next step. Returns when to call it again, as
    /// TurnThread::Turn does, or nothing when the session has ended.
    std::optional<SteadyTime> turn(Connection& connection);
    /// Ends the transaction between two turns.
    void stop(Connection& connection);

 private:
    enum class Kind : std::uint8_t { query, execute, commit, rollback };
    struct Step : JobFor<StepAnswer> {
        Step(Kind kind, const Statement* statement, std::vector<Value> parameters)
            : kind{kind}, statement{statement}, parameters{std::move(parameters)} {}
        const Kind kind;
        const Statement* const statement;
        const std::vector<Value> parameters;
    };

    std::shared_ptr<JobFor<StepAnswer>> push(Kind kind, const Statement* statement, std::vector<Value> parameters);
    std::shared_ptr<Step> take();
    bool begin(Connection& connection);
    bool serve(Connection& connection, const std::shared_ptr<Step>& step);
    Result<StepAnswer> run(Connection& connection, const Step& step);
    void end(Connection& connection, const Error& why);
    Error expired() const;

    const std::shared_ptr<LoopInbox> inbox_;
    const Deadline deadline_;
    StorageHealth& health_;
    const std::shared_ptr<TurnThread> writer_;
    const std::chrono::nanoseconds hold_;
    const std::shared_ptr<JobFor<void>> begun_ = std::make_shared<JobFor<void>>();

    /// When the session's time runs out; set when it has begun. Only the writer's thread uses it.
    std::optional<SteadyTime> until_;

    std::mutex mutex_;
    std::deque<std::shared_ptr<Step>> steps_;
    /// The answer to steps that come after the end.
    std::optional<Error> ended_;
};

}  // namespace tw::sql
