#pragma once

#include "kit/sql/shared/errors.hpp"
#include "kit/sql/sqlite/connection.hpp"
#include "kit/sql/sqlite/sqlite_error.hpp"

#include <utility>

namespace tw::sql {

/// Takes SQLite's write lock at once, so that values that are read inside the transaction stay true
/// until the commit.
inline constexpr Statement kBegin{"BEGIN", "BEGIN IMMEDIATE"};
inline constexpr Statement kCommit{"COMMIT", "COMMIT"};
inline constexpr Statement kRollback{"ROLLBACK", "ROLLBACK"};

/// Commits. If the commit fails and SQLite did not end the transaction, it stays open: roll it back
/// then. The outcome of a commit that could not be synced to the disk is open: its pages are in the
/// log, and may be found there at the next start. A commit into files that were deleted is refused,
/// since nobody would find the acknowledged data.
inline Result<void> commit(Connection& connection) {
    if (auto there = connection.check_files(); !there) return there;
    auto done = connection.execute(kCommit);
    if (done) return {};
    auto error = std::move(done).error();
    const bool open = is_unsynced(error);
    return std::move(error).with_outcome_open(open);
}

/// Ends the transaction, if one is open.
inline void roll_back(Connection& connection) {
    // A rollback that fails has ended the transaction nevertheless, so its error is ignored.
    if (connection.in_transaction()) static_cast<void>(connection.execute(kRollback));
}

}  // namespace tw::sql
