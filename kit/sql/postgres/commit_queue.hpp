#pragma once

#include "kit/async/gate.hpp"
#include "kit/async/one_shot.hpp"
#include "kit/sql/postgres/batch.hpp"
#include "kit/sql/postgres/group_attempt.hpp"
#include "kit/sql/postgres/read_lines.hpp"
#include "kit/telemetry/trace_ids.hpp"

#include <deque>
#include <memory>
#include <vector>

namespace tw::sql::pg {

/// Collects a loop's units into commits. One commit is under way at a time, and the units that
/// arrive meanwhile share the next one. If a unit of a group fails, the server has undone the whole
/// group. The others are then tried again without that unit, which gets its own transaction and
/// fails, or succeeds, alone. A unit that waited too long for a lock leaves its group and is tried
/// again a little later, together with others of that kind. A caller is told of success only after
/// the COMMIT was answered.
class CommitQueue {
 public:
    CommitQueue(PoolParts& parts, ReadLines& lines);

    /// Adds a unit. Fails with DATABASE_BUSY when there are too many.
    Result<void> add(std::shared_ptr<UnitJob> job);
    /// The unit's caller does not wait any more. Returns whether the unit may still take effect.
    bool give_up(UnitJob& job);
    /// The connections have changed, so a commit may be possible now.
    void changed() { pump(); }
    void close();

 private:
    using Group = std::vector<std::shared_ptr<UnitJob>>;

    void pump();
    Task<void> serve(std::shared_ptr<PipelinedConnection> link);
    Group take();
    Task<void> commit(std::shared_ptr<PipelinedConnection> link, Group group);
    void set_aside(std::shared_ptr<UnitJob> job, const UnitFailure& failure, Group& aside);
    void try_later(std::shared_ptr<UnitJob> job);
    Task<void> commit_alone(std::shared_ptr<PipelinedConnection> link, std::shared_ptr<UnitJob> job);
    Task<std::optional<GroupFailure>> attempt(std::shared_ptr<PipelinedConnection> link, const Group& group);
    void succeed(const Group& group, Timestamp began);
    void fail(const Group& group, const Error& why);
    void try_elsewhere(Group group, const GroupFailure& failure);
    Task<void> pause();
    std::chrono::milliseconds lock_wait();
    Task<void> clean_up(std::shared_ptr<PipelinedConnection> link);

    PoolParts& parts_;
    ReadLines& lines_;
    SystemClock clock_;
    telemetry::TraceIds ids_;
    std::deque<std::shared_ptr<UnitJob>> queue_;
    /// Units that waited too long for a lock. They wait in `later_` until the timer fires, and then
    /// in `apart_`, to share a commit of their own.
    Group later_;
    Group apart_;
    Timer later_timer_;
    /// The batch under way, if its units may still be given up.
    std::shared_ptr<Batch> current_;
    std::shared_ptr<PipelinedConnection> link_;
    bool closed_ = false;
    Gate gate_;
    TurnEnd turn_end_;
    OneShot<bool>* pause_ = nullptr;
    Timer pause_timer_;
};

}  // namespace tw::sql::pg
