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

/// What a step of a transaction answers: rows or a count, as was asked.
struct StepAnswer {
    Rows rows;
    std::int64_t rows_changed = 0;
};

/// One transaction's hold of the writer: the loop pushes steps, the writer's thread does them, so that nobody else's writes come
/// between. Ends with commit, rollback, the first step that fails, or when its time is up.
class Session {
 public:
    /// However far the call's deadline is: others wait.
    static constexpr std::chrono::seconds kHoldMax{10};

    /// `writer` is woken when there is a step. `health` outlives the turns.
    Session(std::shared_ptr<LoopInbox> inbox, Deadline deadline, StorageHealth& health, std::shared_ptr<TurnThread> writer,
            std::chrono::nanoseconds hold = kHoldMax)
        : inbox_{std::move(inbox)}, deadline_{deadline}, health_{health}, writer_{std::move(writer)}, hold_{hold} {}

    // On the loop.
    /// Succeeds when the writer is reserved and BEGIN is done.
    const std::shared_ptr<JobFor<void>>& begun() const { return begun_; }
    std::shared_ptr<JobFor<StepAnswer>> query(const Statement& statement, std::vector<Value> parameters);
    std::shared_ptr<JobFor<StepAnswer>> execute(const Statement& statement, std::vector<Value> parameters);
    std::shared_ptr<JobFor<StepAnswer>> commit();
    /// Asks for it and does not wait: nobody sees what was not committed. May be called in any state.
    void roll_back();

    // On the writer's thread.
    /// Begins the transaction, or does its next step. As TurnThread::Turn: nothing when it has ended.
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

    /// Set when it has begun: when its time is up. The writer's thread alone uses it.
    std::optional<SteadyTime> until_;

    std::mutex mutex_;
    std::deque<std::shared_ptr<Step>> steps_;
    /// What a step hears that comes after the end.
    std::optional<Error> ended_;
};

}  // namespace tw::sql
