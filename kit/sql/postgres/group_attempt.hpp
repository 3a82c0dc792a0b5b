#pragma once

#include "kit/async/deadline.hpp"
#include "kit/async/one_shot.hpp"
#include "kit/sql/postgres/batch.hpp"
#include "kit/sql/postgres/group_plan.hpp"
#include "kit/sql/shared_commit.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace tw::sql::pg {

/// A unit on its way to its commit and back.
struct UnitJob {
    UnitJob(Unit unit, Deadline deadline, TraceContext span) : unit{std::move(unit)}, deadline{deadline}, span{std::move(span)} {}

    const Unit unit;
    const Deadline deadline;
    /// The unit's span.
    const TraceContext span;
    OneShot<Result<void>> outcome;
    /// Nobody waits any more.
    bool abandoned = false;
    /// Part of the transaction under way.
    bool under_way = false;
    /// Part of a transaction whose COMMIT has been sent and not been answered.
    bool commit_sent = false;
    /// Grows when its transaction is lost with the connection, by more where its statements had begun to run.
    int losses = 0;
    /// How often it waited in vain for a lock.
    int lock_waits = 0;
    /// The commit that it shared with others, if it did and that is to be recorded, and whether it is this unit's part to tell.
    std::shared_ptr<const SharedCommit> commit;
    bool tells_commit = false;
};

/// What one unit did to its group.
struct UnitFailure {
    /// The place in the group.
    std::size_t unit;
    Error error;
    /// The unit would fail on its own too.
    bool certain = false;
};

/// Why a group was not committed.
struct GroupFailure {
    Error error;
    /// The units that failed; none where it is everybody's failure.
    std::vector<UnitFailure> units{};
    /// The connection is gone or the storage fails: nothing more is to be tried here.
    bool final = false;
    /// Certainly nothing was done, and another connection may do better.
    bool elsewhere = false;
    /// The server did not even see the first statement, as far as it said.
    bool never_ran = false;
};

/// The transaction of one group as statements, and what their answers mean. Without I/O.
class GroupAttempt {
 public:
    using Jobs = std::span<const std::shared_ptr<UnitJob>>;

    /// COMMIT goes along at once unless a unit has row counts to be checked before. No statement waits for a lock for longer than
    /// `lock_wait`.
    GroupAttempt(Jobs jobs, SteadyTime now, std::chrono::milliseconds lock_wait, const PostgresOptions& options);

    const std::shared_ptr<Batch>& batch() const { return batch_; }
    bool commits_at_once() const { return ending_ == nullptr; }
    /// What follows once the rows of `batch` were counted: the additions, and COMMIT. Null where the batch has them.
    const std::shared_ptr<Batch>& ending() const { return ending_; }

    /// Once the batch has ended: what went wrong, if something did.
    std::optional<GroupFailure> failure() const;
    /// Once the ending has ended: what went wrong, if something did.
    std::optional<GroupFailure> failure_of_ending() const { return failure_in(*ending_, true); }
    /// Once a COMMIT on its own has ended.
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
    /// Where the plan's statements begin in the batch.
    std::size_t first_ = 1;
};

}  // namespace tw::sql::pg
