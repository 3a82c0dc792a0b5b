#include "kit/sql/postgres/postgres_error.hpp"

#include "kit/sql/reasons.hpp"
#include "kit/sql/shared/errors.hpp"

#include <string>
#include <utility>

#include <fmt/format.h>
#include <libpq-fe.h>

namespace tw::sql::pg {
namespace {

constexpr std::string_view kCauseMark = kSqlstateMark;

Error integrity_error(std::string_view sqlstate, std::string_view constraint, const std::string& cause) {
    if (sqlstate == "23505" || sqlstate == "23P01") return constraint_violated(Constraint::unique, constraint, cause);
    if (sqlstate == "23514") return constraint_violated(Constraint::check, constraint, cause);
    if (sqlstate == "23503" || sqlstate == "23001") return constraint_violated(Constraint::foreign_key, constraint, cause);
    if (sqlstate == "23502") return constraint_violated(Constraint::not_null, constraint, cause);
    return internal(cause);
}

/// Converts errors of class 53 (insufficient resources), 57 (operator intervention) and 58 (system
/// error).
Error operational_error(std::string_view sqlstate, std::string cause) {
    if (sqlstate == "57014" && cause.find("statement timeout") < cause.find(kCauseMark)) {
        return deadline_exceeded().with_cause(std::move(cause));
    }
    if (sqlstate == "57014") {
        return Error{Code::cancelled, reason::kInterrupted, "the statement was stopped"}.with_cause(std::move(cause));
    }
    // These codes mean full disks and failing files. The other codes of class 53 are about
    // connections and memory.
    if (sqlstate == "53100" || sqlstate.starts_with("58")) return storage_failed(std::move(cause));
    if (sqlstate.starts_with("53")) return database_busy(std::move(cause));
    return database_unreachable(std::move(cause));
}

}  // namespace

std::string_view result_field(const PGresult* result, int code) {
    const char* const text = PQresultErrorField(result, code);
    return text == nullptr ? std::string_view{} : std::string_view{text};
}

Error sqlstate_error(std::string_view sqlstate, std::string_view constraint, std::string_view message, std::string_view doing) {
    const auto category = sqlstate.substr(0, 2);
    // The messages of data exceptions quote the data, which must not get into a log.
    if (category == "22") message = "a value does not match the type of its column";
    auto cause = fmt::format("{} {}{}): {}", message, kCauseMark, sqlstate, doing);
    if (sqlstate == "08P01") return internal(std::move(cause));
    if (category == "23") return integrity_error(sqlstate, constraint, cause);
    if (category == "53" || category == "57" || category == "58") return operational_error(sqlstate, std::move(cause));
    if (category == "08" || category == "28" || sqlstate == "3D000") return database_unreachable(std::move(cause));
    // The session is in a failed transaction that is not the statement's own, so it cannot be used.
    if (sqlstate == "25P02") return database_unreachable(std::move(cause));
    if (category == "XX" && sqlstate != "XX000") return database_corrupt(std::move(cause));
    if (sqlstate == "40P01") {
        return Error{Code::aborted, reason::kDeadlock, "others changed the same data at the same time"}.with_cause(
            std::move(cause));
    }
    // statement_completion_unknown: the server itself does not know whether a commit took place.
    if (sqlstate == "40003") return outcome_unknown(std::move(cause));
    if (category == "40") {
        return Error{Code::aborted, reason::kSerializationFailure, "others changed the same data at the same time"}.with_cause(
            std::move(cause));
    }
    if (sqlstate == "55P03") return database_busy(std::move(cause));
    // The server is read-only: it is a standby that has not been promoted yet, or its disk is being
    // protected.
    if (sqlstate == "25006") return storage_failed(std::move(cause));
    if (sqlstate == "25P03" || sqlstate == "25P04") {
        return Error{Code::aborted, reason::kTransactionExpired, "the transaction took too long and was rolled back"}.with_cause(
            std::move(cause));
    }
    if (sqlstate == "22021") return invalid_text(std::move(cause));
    return internal(std::move(cause));
}

Error postgres_error(const PGresult* result, std::string_view doing) {
    const auto sqlstate = result_field(result, PG_DIAG_SQLSTATE);
    const auto message = result_field(result, PG_DIAG_MESSAGE_PRIMARY);
    // Errors of libpq itself have no SQLSTATE: it lost the connection.
    if (sqlstate.empty()) return database_unreachable(fmt::format("{}: {}", PQresultErrorMessage(result), doing));
    auto constraint = result_field(result, PG_DIAG_CONSTRAINT_NAME);
    std::string column;
    if (sqlstate == "23502") {
        // NOT NULL has no name of its own in PostgreSQL 15, so the driver makes the same name as
        // SQLite's driver does.
        column =
            fmt::format("{}_{}_not_null", result_field(result, PG_DIAG_TABLE_NAME), result_field(result, PG_DIAG_COLUMN_NAME));
        constraint = column;
    }
    return sqlstate_error(sqlstate, constraint, message, doing);
}

Error end_of_session_error(const PGresult* result, std::string_view doing) {
    auto error = postgres_error(result, doing);
    if (error.reason() == reason::kTransactionExpired) return error;
    return database_unreachable(error.cause());
}

bool is_interrupted(const Error& error) { return error.reason() == reason::kInterrupted; }

bool is_stale_plan(const Error& error) {
    const auto sqlstate = sqlstate_of(error);
    return sqlstate == "26000" || (sqlstate == "0A000" && error.cause().starts_with("cached plan must not change result type"));
}

bool is_lost_connection(const Error& error) { return error.reason() == reason::kDatabaseUnreachable; }

bool is_read_only(const Error& error) { return sqlstate_of(error) == "25006"; }

bool lost_to_another(const Error& error) {
    return error.reason() == reason::kSerializationFailure || error.reason() == reason::kDeadlock;
}

bool is_worth_repeating(const Error& error) {
    return lost_to_another(error) || is_interrupted(error) || is_stale_plan(error) || is_lost_connection(error);
}

Error for_caller(Error error) {
    return is_interrupted(error) ? database_busy(error.cause()).with_outcome_open(false) : std::move(error);
}

bool is_transient(const Error& error) { return error.code() == Code::aborted || is_interrupted(error) || is_stale_plan(error); }

}  // namespace tw::sql::pg
