#pragma once

#include "kit/async/deadline.hpp"
#include "kit/async/one_shot.hpp"
#include "kit/sql/postgres/batch.hpp"
#include "kit/sql/postgres/group_plan.hpp"
#include "kit/sql/shared/shared_commit.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace tw::sql::pg {

/// A unit that waits for its commit.
struct UnitJob {
    UnitJob(Unit unit, Deadline deadline, TraceContext span) : unit{std::move(unit)}, deadline{deadline}, span{std::move(span)} {}

    const Unit unit;
    const Deadline deadline;
    /// The context of the unit's span.
    const TraceContext span;
    OneShot<Result<void>> outcome;
    /// Whether the caller does not wait any more.
    bool abandoned = false;
    /// Whether it is part of the transaction under way.
    bool under_way = false;
    /// Whether it is part of a transaction whose COMMIT has been sent and not been answered.
    bool commit_sent = false;
    /// How often its transaction was lost with the connection. It grows by more if its statements
    /// had begun to run.
    int losses = 0;
    /// How often it waited in vain for a lock.
    int lock_waits = 0;
    /// The commit that it shared with others, if that is to be recorded, and whether this unit
    /// records the commit's span.
    std::shared_ptr<const SharedCommit> commit;
    bool tells_commit = false;
};

/// The failure of one unit of a group.
struct UnitFailure {
    /// The unit's index in the group.
    std::size_t unit;
    Error error;
    /// Whether the unit would fail on its own too.
    bool certain = false;
};

/// Why a group was not committed.
struct GroupFailure {
    Error error;
    /// The units that failed. It is empty if the failure concerns all of them.
    std::vector<UnitFailure> units{};
    /// Whether the connection is gone or the storage fails, so that nothing more can be tried on
    /// it.
    bool final = false;
    /// Whether certainly nothing was done, so that the group can be tried on another connection.
    bool elsewhere = false;
    /// Whether the server did not even run the first statement, as far as it said.
    bool never_ran = false;
};

/// The transaction of one group as statements, and the meaning of their answers. It does no I/O.
class GroupAttempt {
 public:
    using Jobs = std::span<const std::shared_ptr<UnitJob>>;

    /// COMMIT is sent with the statements unless the row counts of a unit must be checked first. No
    /// statement waits for a lock for longer than `lock_wait`.
    GroupAttempt(Jobs jobs, SteadyTime now, std::chrono::milliseconds lock_wait, const PostgresOptions& options);

    const std::shared_ptr<Batch>& batch() const { return batch_; }
    bool commits_at_once() const { return ending_ == nullptr; }
    /// The additions and COMMIT, to be sent once the rows of `batch` were counted. It is null if
    /// they are in `batch`.
    const std::shared_ptr<Batch>& ending() const { return ending_; }

    /// Returns what went wrong, if anything. Call it once the batch has ended.
    std::optional<GroupFailure> failure() const;
    /// Returns what went wrong, if anything. Call it once the ending has ended.
    std::optional<GroupFailure> failure_of_ending() const { return failure_in(*ending_, true); }
    /// Returns what went wrong, if anything. Call it once a COMMIT on its own has ended.
    static std::optional<GroupFailure> failure_of_commit(const Batch& batch);

 private:
    void add_limits(SteadyTime now, std::chrono::milliseconds lock_wait, const PostgresOptions& options);
    std::optional<GroupFailure> failure_in(const Batch& batch, bool with_commit) const;
    GroupFailure refused(const Batch& batch, std::size_t command, const Error& error) const;
    const PlannedStep* step_of(const Batch& batch, std::size_t command) const;
    std::optional<GroupFailure> unexpected_rows() const;
    std::optional<GroupFailure> given_up() const;

    Jobs jobs_;
    std::vector<const Unit*> units_;
    GroupPlan plan_;
    std::shared_ptr<Batch> batch_;
    std::shared_ptr<Batch> ending_;
    std::vector<Value> limits_;
    /// The index in the batch of the plan's first statement.
    std::size_t first_ = 1;
};

}  // namespace tw::sql::pg
