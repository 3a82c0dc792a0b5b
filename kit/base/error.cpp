#include "kit/base/error.hpp"

#include "kit/base/reasons.hpp"

#include <array>
#include <utility>

namespace tw {
namespace {

constexpr std::array<std::string_view, 17> kNames{
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

std::string upper(std::string_view text) {
    std::string out{text};
    for (char& c : out) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return out;
}

}  // namespace

std::string_view code_name(Code code) { return kNames[static_cast<std::size_t>(code)]; }

Code code_from_number(int number) {
    if (number < 0 || number >= static_cast<int>(kNames.size())) return Code::unknown;
    return static_cast<Code>(number);
}

Error::Error(Code code, std::string_view reason, std::string detail)
    : code_{code}, parts_{std::make_unique<Parts>(Parts{.reason = std::string{reason}, .detail = std::move(detail)})} {}

Error::Error(const Error& other) : code_{other.code_}, parts_{std::make_unique<Parts>(*other.parts_)} {}

Error& Error::operator=(const Error& other) {
    if (this != &other) *this = Error{other};
    return *this;
}

bool Error::retryable() const {
    if (parts_->retryable) return *parts_->retryable;
    return code_ == Code::unavailable || code_ == Code::resource_exhausted || code_ == Code::aborted;
}

bool Error::outcome_open() const {
    if (parts_->outcome_open) return *parts_->outcome_open;
    switch (code_) {
        case Code::cancelled:
        case Code::unknown:
        case Code::deadline_exceeded:
        case Code::internal:
        case Code::data_loss:
            return true;
        default:
            return false;
    }
}

Error Error::with_cause(std::string cause) && {
    parts_->cause = std::move(cause);
    return std::move(*this);
}

Error Error::with_detail(std::string detail) && {
    parts_->detail = std::move(detail);
    return std::move(*this);
}

Error Error::with_violation(std::string pointer, std::string detail) && {
    parts_->violations.push_back({std::move(pointer), std::move(detail)});
    return std::move(*this);
}

Error Error::with_retryable(bool retryable) && {
    parts_->retryable = retryable;
    return std::move(*this);
}

Error Error::with_outcome_open(bool open) && {
    parts_->outcome_open = open;
    return std::move(*this);
}

Error Error::with_retry_after(std::chrono::milliseconds delay) && {
    parts_->retry_after = delay;
    return std::move(*this);
}

Error invalid(std::string pointer, std::string detail) {
    std::vector<Violation> violations;
    violations.push_back({std::move(pointer), std::move(detail)});
    return invalid(std::move(violations));
}

Error invalid(std::vector<Violation> violations) {
    std::string detail;
    for (const auto& violation : violations) {
        if (!detail.empty()) detail += "; ";
        if (!violation.pointer.empty()) detail.append(violation.pointer, 1).append(": ");
        detail += violation.detail;
    }
    Error error{Code::invalid_argument, reason::kInvalidField, std::move(detail)};
    for (auto& violation : violations) {
        error = std::move(error).with_violation(std::move(violation.pointer), std::move(violation.detail));
    }
    return error;
}

Error not_found(std::string_view what, std::string_view id) {
    // A malformed id may be anything, so only a bounded part of it is repeated.
    return Error{Code::not_found, upper(what) + "_NOT_FOUND",
                 "no " + std::string{what} + " \"" + std::string{id.substr(0, 64)} + "\""};
}

Error internal(std::string cause) {
    return Error{Code::internal, reason::kInternal, "internal error"}.with_cause(std::move(cause));
}

Error unavailable(std::string detail) { return Error{Code::unavailable, reason::kUnavailable, std::move(detail)}; }

Error deadline_exceeded() { return Error{Code::deadline_exceeded, reason::kDeadlineExceeded, "the deadline passed"}; }

Error cancelled() { return Error{Code::cancelled, reason::kCancelled, "the call was cancelled"}; }

}  // namespace tw
