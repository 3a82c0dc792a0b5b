#pragma once

#include "kit/base/error.hpp"

#include <string_view>

typedef struct pg_result PGresult;

namespace tw::sql::pg {

/// The field of a result's error that has this code (PG_DIAG_…). Empty where the server sent none.
std::string_view result_field(const PGresult* result, int code);

/// Converts a failed result by its SQLSTATE. `doing` is a statement's text, for the cause, which
/// also names the SQLSTATE. 57014 becomes INTERRUPTED, or DEADLINE_EXCEEDED if the reason was
/// statement_timeout. 40001 and 40P01 become ABORTED with SERIALIZATION_FAILURE or DEADLOCK. 40003
/// becomes UNAVAILABLE with OUTCOME_UNKNOWN.
Error postgres_error(const PGresult* result, std::string_view doing);
Error sqlstate_error(std::string_view sqlstate, std::string_view constraint, std::string_view message, std::string_view doing);

/// Converts a FATAL or PANIC result, after which the session is over. If the transaction took too
/// long, the error is that of `postgres_error`, otherwise DATABASE_UNREACHABLE.
Error end_of_session_error(const PGresult* result, std::string_view doing);

/// Whether the error is CANCELLED, INTERRUPTED: somebody cancelled the statement.
bool is_interrupted(const Error& error);
/// Whether the statement's plan is gone or out of date. Preparing the statement again repairs that.
bool is_stale_plan(const Error& error);
/// Whether the connection is lost or cannot be used any more.
bool is_lost_connection(const Error& error);
/// Whether the session may only read (25006): the server is a standby, or was made read-only.
bool is_read_only(const Error& error);
/// Whether the server rolled back in favour of another transaction.
bool lost_to_another(const Error& error);
/// Whether a transaction that failed with this error may succeed if its body is repeated: it lost
/// to another transaction, was cancelled by somebody other than its caller, met an outdated plan,
/// or its connection ended before COMMIT was sent.
bool is_worth_repeating(const Error& error);
/// Returns the error that a caller gets after the last attempt. A cancellation by somebody else
/// becomes DATABASE_BUSY, since the caller did not cancel.
Error for_caller(Error error);
/// Whether a retry of the whole transaction, soon, may succeed: it lost a race, met a deadlock or
/// an outdated plan, or was cancelled.
bool is_transient(const Error& error);

}  // namespace tw::sql::pg
