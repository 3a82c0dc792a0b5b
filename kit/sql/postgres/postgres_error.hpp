#pragma once

#include "kit/base/error.hpp"

#include <string_view>

typedef struct pg_result PGresult;

namespace tw::sql::pg {

/// The field of a result's error that has this code (PG_DIAG_…). Empty where the server sent none.
std::string_view result_field(const PGresult* result, int code);

/// What a failed result means, by its SQLSTATE. `doing` is a statement's text, for the cause, which also names the SQLSTATE.
/// 57014 becomes INTERRUPTED, or DEADLINE_EXCEEDED where statement_timeout was the reason; 40001 and 40P01 become ABORTED with
/// SERIALIZATION_FAILURE or DEADLOCK, 40003 UNAVAILABLE with OUTCOME_UNKNOWN.
Error postgres_error(const PGresult* result, std::string_view doing);
Error sqlstate_error(std::string_view sqlstate, std::string_view constraint, std::string_view message, std::string_view doing);

/// What a FATAL or PANIC result means: the session is over. As `postgres_error` where the transaction took too long, otherwise
/// DATABASE_UNREACHABLE.
Error end_of_session_error(const PGresult* result, std::string_view doing);

/// CANCELLED, INTERRUPTED: somebody cancelled the statement.
bool is_interrupted(const Error& error);
/// The statement's plan is gone or of another time; preparing it anew mends that.
bool is_stale_plan(const Error& error);
/// The connection is lost, or of no use any more.
bool is_lost_connection(const Error& error);
/// The session may only read (25006): the server is a standby, or was made read-only.
bool is_read_only(const Error& error);
/// Whether the server rolled back in favour of another transaction.
bool lost_to_another(const Error& error);
/// Whether a transaction that failed so was rolled back for a reason that repeating its body mends: it lost to another, was
/// cancelled by somebody who is not its caller, met a stale plan, or its connection ended before COMMIT was sent.
bool is_worth_repeating(const Error& error);
/// What a caller is told of an error that remains after the last attempt: who did not cancel is not told of a cancellation.
Error for_caller(Error error);
/// Whether trying the whole again, soon, is the remedy: a lost race, a deadlock, a stale plan.
bool is_transient(const Error& error);

}  // namespace tw::sql::pg
