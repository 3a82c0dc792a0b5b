#pragma once

#include "kit/sql/errors.hpp"
#include "kit/sql/sqlite/connection.hpp"
#include "kit/sql/sqlite/sqlite_error.hpp"

#include <utility>

namespace tw::sql {

/// Takes SQLite's write lock at once, so that what is read inside stays true until the commit.
inline constexpr Statement kBegin{"BEGIN", "BEGIN IMMEDIATE"};
inline constexpr Statement kCommit{"COMMIT", "COMMIT"};
inline constexpr Statement kRollback{"ROLLBACK", "ROLLBACK"};

/// Leaves the transaction open where it fails and SQLite did not end it: roll back then. The outcome of one that could not be
/// synced to the disk is open: its pages are in the log, and may be found there at the next start. Refuses to commit into files
/// that were deleted: nobody would find what was acknowledged.
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
    // A rollback that fails has ended the transaction nevertheless, so there is nobody to tell.
    if (connection.in_transaction()) static_cast<void>(connection.execute(kRollback));
}

}  // namespace tw::sql
