#pragma once

#include "kit/sql/errors.hpp"
#include "kit/sql/sqlite/connection.hpp"

namespace tw::sql {

/// Takes SQLite's write lock at once, so that what is read inside stays true until the commit.
inline constexpr Statement kBegin{"BEGIN", "BEGIN IMMEDIATE"};
inline constexpr Statement kCommit{"COMMIT", "COMMIT"};
inline constexpr Statement kRollback{"ROLLBACK", "ROLLBACK"};

/// Leaves the transaction open where it fails and SQLite did not end it: roll back then.
inline Result<void> commit(Connection& connection) {
    if (auto done = connection.execute(kCommit); !done) return done.error();
    return {};
}

/// Ends the transaction, if one is open.
inline void roll_back(Connection& connection) {
    // A rollback that fails has ended the transaction nevertheless, so there is nobody to tell.
    if (connection.in_transaction()) static_cast<void>(connection.execute(kRollback));
}

}  // namespace tw::sql
