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
/// FAILED_PRECONDITION, ROWS_UNEXPECTED: see Unit::add_one_row.
Error rows_unexpected(std::string cause);

/// Whether the storage itself is at fault, so that the database is of no use until that is repaired.
bool is_storage_failure(const Error& error);

}  // namespace tw::sql
