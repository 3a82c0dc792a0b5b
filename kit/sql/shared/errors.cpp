#include "kit/sql/shared/errors.hpp"

#include "kit/sql/database.hpp"
#include "kit/sql/reasons.hpp"

#include <fmt/format.h>

namespace tw::sql {
namespace {

// The constraint's name stands at the beginning of the cause. Services never show a cause, and
// every other part of an Error is public.
std::string cause_head(std::string_view name) { return fmt::format("constraint \"{}\": ", name); }

}  // namespace

Error constraint_violated(Constraint constraint, std::string_view name, std::string_view message) {
    auto cause = cause_head(name).append(message);
    switch (constraint) {
        case Constraint::unique:
            return Error{Code::already_exists, reason::kUniqueViolation, "it exists already"}.with_cause(std::move(cause));
        case Constraint::check:
            return Error{Code::failed_precondition, reason::kCheckViolation, "a constraint of the database refused the value"}
                .with_cause(std::move(cause));
        case Constraint::foreign_key:
            return Error{Code::failed_precondition, reason::kForeignKeyViolation, "a referenced object does not exist"}
                .with_cause(std::move(cause));
        case Constraint::not_null:
            break;
    }
    return Error{Code::failed_precondition, reason::kNotNullViolation, "a value is missing"}.with_cause(std::move(cause));
}

Error database_busy(std::string cause) {
    return Error{Code::unavailable, reason::kDatabaseBusy, "the database is busy"}.with_cause(std::move(cause));
}

Error storage_failed(std::string cause) {
    return Error{Code::unavailable, reason::kStorageFailed, "the database cannot store or read data now"}.with_cause(
        std::move(cause));
}

Error database_corrupt(std::string cause) {
    return Error{Code::data_loss, reason::kDatabaseCorrupt, "stored data is damaged"}.with_cause(std::move(cause));
}

Error database_unreachable(std::string cause) {
    return Error{Code::unavailable, reason::kDatabaseUnreachable, "the database cannot be reached now"}
        .with_cause(std::move(cause))
        .with_retry_after(std::chrono::seconds{1});
}

Error outcome_unknown(std::string cause) {
    return Error{Code::unavailable, reason::kOutcomeUnknown,
                 "the connection was lost before the database confirmed the change; it may have been made"}
        .with_cause(std::move(cause))
        .with_retryable(false)
        .with_outcome_open(true);
}

Error not_done(Error error) { return std::move(error).with_outcome_open(false); }

Error invalid_text(std::string cause) {
    return Error{Code::invalid_argument, reason::kInvalidText, "text must be valid UTF-8 without NUL"}.with_cause(
        std::move(cause));
}

Error rows_unexpected(std::string cause) {
    return Error{Code::failed_precondition, reason::kRowsUnexpected, "the object is not in the state that the change requires"}
        .with_cause(std::move(cause));
}

std::string_view sqlstate_of(const Error& error) {
    constexpr std::size_t kSize = 5;
    const std::string_view cause = error.cause();
    const auto at = cause.find(kSqlstateMark);
    return at == std::string_view::npos ? std::string_view{} : cause.substr(at + kSqlstateMark.size(), kSize);
}

bool is_storage_failure(const Error& error) {
    return error.reason() == reason::kStorageFailed || error.reason() == reason::kDatabaseCorrupt;
}

bool violates(const Error& error, std::string_view name) {
    return error.reason().ends_with("_VIOLATION") && error.cause().starts_with(cause_head(name));
}

}  // namespace tw::sql
