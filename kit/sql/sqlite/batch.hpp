#pragma once

#include "kit/sql/shared/shared_commit.hpp"
#include "kit/sql/sqlite/connection.hpp"
#include "kit/sql/sqlite/job.hpp"
#include "kit/sql/statement.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <utility>

namespace tw::sql {

/// A unit that waits for its commit by the writer.
class UnitJob : public JobFor<void> {
 public:
    UnitJob(Unit unit, std::shared_ptr<LoopInbox> inbox, TraceContext span)
        : unit{std::move(unit)}, inbox{std::move(inbox)}, span{std::move(span)} {}

    const Unit unit;
    const std::shared_ptr<LoopInbox> inbox;
    /// The context of the unit's span.
    const TraceContext span;
    /// The commit that it shared with others, if that is to be recorded, and whether this unit
    /// records the commit's span. The writer sets both together with the outcome.
    std::shared_ptr<const SharedCommit> commit;
    bool tells_commit = false;
};

/// Commits the units with as few commits as possible, and sets each unit's outcome. All units
/// first share one transaction, in which a unit that fails is undone alone. If that transaction
/// is lost or refused as a whole, for a reason that one unit may have caused, each unit gets its
/// own transaction. When storage fails, no unit of the shared transaction has taken effect. A
/// unit that it had refused then gets its own transaction, too, if the refusal may come from rows
/// of other units that were not committed. Abandoned units are skipped.
///
/// Returns the number of commits.
std::uint64_t commit_units(Connection& connection, std::span<const std::shared_ptr<UnitJob>> units);

}  // namespace tw::sql
