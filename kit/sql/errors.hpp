#pragma once

#include "kit/base/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tw::sql {

/// The errors that every driver maps its engine's codes to. `message` and `cause` are the engine's words, for the log.

enum class Constraint : std::uint8_t { unique, check, foreign_key, not_null };

/// A constraint refused a write; `name` is what `violates` compares with, empty where the engine does not say.
Error constraint_violated(Constraint constraint, std::string_view name, std::string_view message);
/// UNAVAILABLE, DATABASE_BUSY: somebody else holds a lock, or too much is queued.
Error database_busy(std::string cause);
/// UNAVAILABLE, STORAGE_FAILED: the disk is full, gone, or fails.
Error storage_failed(std::string cause);
/// DATA_LOSS, DATABASE_CORRUPT.
Error database_corrupt(std::string cause);
/// UNAVAILABLE, DATABASE_UNREACHABLE: the server is away, or cut the connection; nothing was done.
Error database_unreachable(std::string cause);
/// UNAVAILABLE, OUTCOME_UNKNOWN, not to be retried blindly: the connection was lost between a commit and its answer.
Error outcome_unknown(std::string cause);
/// `error` of a write that certainly had no effect, whatever its code: it was rolled back, or never sent.
Error not_done(Error error);
/// INVALID_ARGUMENT, INVALID_TEXT: text that no engine can be trusted to keep, such as with a NUL.
Error invalid_text(std::string cause);
/// FAILED_PRECONDITION, ROWS_UNEXPECTED: see Unit::add_one_row.
Error rows_unexpected(std::string cause);

/// What stands before the SQLSTATE in the causes of the PostgreSQL driver, and the SQLSTATE that a cause names; empty where it
/// names none.
inline constexpr std::string_view kSqlstateMark = "(SQLSTATE ";
std::string_view sqlstate_of(const Error& error);

/// Whether the storage itself is at fault, so that the database is of no use until that is repaired.
bool is_storage_failure(const Error& error);

}  // namespace tw::sql
