#pragma once

#include "kit/base/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tw::sql {

/// Every driver maps its engine's error codes to these errors. `message` and `cause` hold the
/// engine's text, for the log.

enum class Constraint : std::uint8_t { unique, check, foreign_key, not_null };

/// A constraint refused a write. `violates` compares with `name`, which is empty if the engine does
/// not say it.
Error constraint_violated(Constraint constraint, std::string_view name, std::string_view message);
/// UNAVAILABLE, DATABASE_BUSY: another session holds a lock, or too much is queued.
Error database_busy(std::string cause);
/// UNAVAILABLE, STORAGE_FAILED: the disk is full, gone, or fails.
Error storage_failed(std::string cause);
/// DATA_LOSS, DATABASE_CORRUPT: stored pages are damaged.
Error database_corrupt(std::string cause);
/// UNAVAILABLE, DATABASE_UNREACHABLE: the server is away, or ended the connection; nothing was
/// done.
Error database_unreachable(std::string cause);
/// UNAVAILABLE, OUTCOME_UNKNOWN: the connection was lost between a commit and its answer. It must
/// not be retried blindly.
Error outcome_unknown(std::string cause);
/// Marks the error of a write that certainly had no effect, because it was rolled back or never
/// sent.
Error not_done(Error error);
/// INVALID_ARGUMENT, INVALID_TEXT: a text that not every engine can keep, such as one with a NUL.
Error invalid_text(std::string cause);
/// FAILED_PRECONDITION, ROWS_UNEXPECTED: a unit changed another number of rows than expected
/// (Unit::add_one_row).
Error rows_unexpected(std::string cause);

/// The text that stands before the SQLSTATE in causes of the PostgreSQL driver. sqlstate_of returns
/// the SQLSTATE that a cause names, or an empty text.
inline constexpr std::string_view kSqlstateMark = "(SQLSTATE ";
std::string_view sqlstate_of(const Error& error);

/// Whether the storage itself is at fault, so that the database cannot be used until it is
/// repaired.
bool is_storage_failure(const Error& error);

}  // namespace tw::sql
