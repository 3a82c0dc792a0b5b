#include "kit/sql/sqlite/sqlite_error.hpp"

#include "kit/sql/reasons.hpp"
#include "kit/sql/shared/errors.hpp"
#include "kit/sql/sqlite/constraint_name.hpp"

#include <cstring>
#include <string>

#include <fmt/format.h>
#include <sqlite3.h>

namespace tw::sql {
namespace {

Error constraint_error(sqlite3* database, int code, const std::string& message, std::string cause) {
    const auto name = constraint_name(database, code, message);
    switch (code) {
        case SQLITE_CONSTRAINT_UNIQUE:
        case SQLITE_CONSTRAINT_PRIMARYKEY:
        case SQLITE_CONSTRAINT_ROWID:
            return constraint_violated(Constraint::unique, name, cause);
        case SQLITE_CONSTRAINT_CHECK:
            return constraint_violated(Constraint::check, name, cause);
        case SQLITE_CONSTRAINT_FOREIGNKEY:
            return constraint_violated(Constraint::foreign_key, name, cause);
        case SQLITE_CONSTRAINT_NOTNULL:
            return constraint_violated(Constraint::not_null, name, cause);
        // Other codes, such as a value of the wrong type in a STRICT table, mean that the statement
        // is wrong, not the data.
        default:
            return internal(std::move(cause));
    }
}

}  // namespace

Error sqlite_error(sqlite3* database, std::string_view doing) {
    const int code = sqlite3_extended_errcode(database);
    const int system = sqlite3_system_errno(database);
    const std::string message = sqlite3_errmsg(database);
    auto cause = fmt::format("{} (SQLite {}): {}", message, code, doing);

    switch (code & 0xff) {
        case SQLITE_CONSTRAINT:
            return constraint_error(database, code, message, std::move(cause));
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return database_busy(std::move(cause));
        case SQLITE_FULL:
        case SQLITE_IOERR:
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
        case SQLITE_PROTOCOL:
            if (system != 0) cause += fmt::format(" ({})", std::strerror(system));
            return storage_failed(std::move(cause));
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return database_corrupt(std::move(cause));
        case SQLITE_INTERRUPT:
            return Error{Code::cancelled, reason::kInterrupted, "the statement was stopped"}.with_cause(std::move(cause));
        default:
            return internal(std::move(cause));
    }
}

bool is_unsynced(const Error& error) {
    const auto says = [&error](int code) { return error.cause().find(fmt::format("(SQLite {})", code)) != std::string::npos; };
    return says(SQLITE_IOERR_FSYNC) || says(SQLITE_IOERR_DIR_FSYNC);
}

bool is_interrupted(const Error& error) { return error.reason() == reason::kInterrupted; }

}  // namespace tw::sql
