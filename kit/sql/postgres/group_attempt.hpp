#pragma once

#include "kit/async/deadline.hpp"
#include "kit/async/one_shot.hpp"
#include "kit/sql/postgres/batch.hpp"
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
    /// The commit that it shared with others, if it did and that is to be recorded, and whether it is this unit's part to tell.
    std::shared_ptr<const SharedCommit> commit;
    bool tells_commit = false;
};

/// Why a group was not committed.
struct GroupFailure {
    Error error;
    /// The place in the group of the unit that failed; nothing where it is everybody's failure.
    std::optional<std::size_t> unit;
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

    /// COMMIT goes along at once unless a unit has row counts to be checked before.
    GroupAttempt(Jobs jobs, SteadyTime now, const PostgresOptions& options);

    const std::shared_ptr<Batch>& batch() const { return batch_; }
    bool commits_at_once() const { return commits_at_once_; }

    /// Once the batch has ended: what went wrong, if something did.
    std::optional<GroupFailure> failure() const;
    /// Once a COMMIT on its own has ended.
    static std::optional<GroupFailure> failure_of_commit(const Batch& batch);

 private:
    std::optional<std::size_t> unit_of(std::size_t command) const;
    std::optional<GroupFailure> unexpected_rows() const;
    std::optional<GroupFailure> given_up() const;

    Jobs jobs_;
    std::shared_ptr<Batch> batch_;
    std::vector<Value> limit_;
    std::size_t first_ = 1;
    bool commits_at_once_ = true;
};

}  // namespace tw::sql::pg
