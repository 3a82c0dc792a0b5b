#pragma once

#include <string_view>

/// Reasons of errors of databases. database.hpp and shared/errors.hpp say what they mean.
namespace tw::reason {

inline constexpr std::string_view kBackupFailed = "BACKUP_FAILED";
inline constexpr std::string_view kCheckViolation = "CHECK_VIOLATION";
inline constexpr std::string_view kDatabaseBusy = "DATABASE_BUSY";
inline constexpr std::string_view kDatabaseCorrupt = "DATABASE_CORRUPT";
inline constexpr std::string_view kDatabaseNotDurable = "DATABASE_NOT_DURABLE";
inline constexpr std::string_view kDatabaseRefused = "DATABASE_REFUSED";
inline constexpr std::string_view kDatabaseUnreachable = "DATABASE_UNREACHABLE";
inline constexpr std::string_view kDeadlock = "DEADLOCK";
inline constexpr std::string_view kForeignKeyViolation = "FOREIGN_KEY_VIOLATION";
inline constexpr std::string_view kInterrupted = "INTERRUPTED";
inline constexpr std::string_view kInvalidText = "INVALID_TEXT";
inline constexpr std::string_view kNotNullViolation = "NOT_NULL_VIOLATION";
inline constexpr std::string_view kOutcomeUnknown = "OUTCOME_UNKNOWN";
inline constexpr std::string_view kRowsUnexpected = "ROWS_UNEXPECTED";
inline constexpr std::string_view kSerializationFailure = "SERIALIZATION_FAILURE";
inline constexpr std::string_view kStorageFailed = "STORAGE_FAILED";
inline constexpr std::string_view kTransactionExpired = "TRANSACTION_EXPIRED";
inline constexpr std::string_view kTransactionFailed = "TRANSACTION_FAILED";
inline constexpr std::string_view kUniqueViolation = "UNIQUE_VIOLATION";
inline constexpr std::string_view kUnknownDatabase = "UNKNOWN_DATABASE";

}  // namespace tw::reason
