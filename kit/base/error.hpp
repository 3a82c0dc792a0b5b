#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tw {

/// The canonical status codes (google.rpc.Code; gRPC statuses carry the same numbers). When to use which:
enum class Code : std::uint8_t {
    ok = 0,                   ///< never inside an Error
    cancelled = 1,            ///< the caller went away
    unknown = 2,              ///< a peer answered something that says no more
    invalid_argument = 3,     ///< the request is wrong whatever the system's state; lists the fields
    deadline_exceeded = 4,    ///< time ran out; the outcome is open
    not_found = 5,            ///< the named object does not exist, or is not the caller's to see
    already_exists = 6,       ///< a uniqueness rule refused a create
    permission_denied = 7,    ///< the caller is known and may not
    resource_exhausted = 8,   ///< a limit or quota; retry later
    failed_precondition = 9,  ///< the system's state forbids it until somebody changes that state
    aborted = 10,             ///< lost a race; retry the whole read-modify-write
    out_of_range = 11,        ///< valid, but past the end
    unimplemented = 12,       ///< no such method here
    internal = 13,            ///< a bug or a broken invariant; the cause is for the log only
    unavailable = 14,         ///< try again soon; nothing was done, unless outcome_open() says otherwise
    data_loss = 15,           ///< stored bytes are gone or corrupt
    unauthenticated = 16,     ///< who is calling is not known
};

/// "NOT_FOUND" and so on, as in the canonical list.
std::string_view code_name(Code code);
/// Numbers outside the list read as Code::unknown, as gRPC clients do.
Code code_from_number(int number);

/// One bad field of a request. `pointer` is a JSON pointer (RFC 6901) into the request, such as "/lines/0/quantity".
struct Violation {
    std::string pointer;
    std::string detail;
    bool operator==(const Violation&) const = default;
};

/// Why something was not done. `code` says what kind, `reason` is a constant that programs test (UPPER_SNAKE_CASE),
/// `detail` is a sentence that may be shown to the caller; `cause` is for the log alone and never leaves the process.
/// A value type as small as a pointer or two, so that a Result is cheap where nothing went wrong.
class [[nodiscard]] Error {
 public:
    Error(Code code, std::string reason, std::string detail);
    Error(const Error& other);
    Error& operator=(const Error& other);
    Error(Error&&) noexcept = default;
    Error& operator=(Error&&) noexcept = default;
    ~Error() = default;

    Code code() const { return code_; }
    const std::string& reason() const { return parts_->reason; }
    const std::string& detail() const { return parts_->detail; }
    const std::string& cause() const { return parts_->cause; }
    /// Whether the same call may succeed a little later. Unless set: true for unavailable, resource_exhausted, aborted.
    bool retryable() const;
    /// Whether the effect that was asked for may have taken place although the call failed. Who compensates or repeats a call
    /// asks this, never the code. Unless set: true for cancelled, deadline_exceeded, unknown, internal and data_loss, false for
    /// the codes that are refusals by their meaning, unavailable among them. A driver that knows more says so: a transaction that
    /// was rolled back is not open, whatever the code; a connection that was lost between COMMIT and its answer is.
    bool outcome_open() const;
    /// How long to wait before a retry, where the refuser knows.
    std::optional<std::chrono::milliseconds> retry_after() const { return parts_->retry_after; }
    const std::vector<Violation>& violations() const { return parts_->violations; }

    Error with_cause(std::string cause) &&;
    Error with_detail(std::string detail) &&;
    Error with_violation(std::string pointer, std::string detail) &&;
    Error with_retryable(bool retryable) &&;
    Error with_outcome_open(bool open) &&;
    Error with_retry_after(std::chrono::milliseconds delay) &&;

 private:
    struct Parts {
        std::string reason;
        std::string detail;
        std::string cause;
        std::vector<Violation> violations;
        std::optional<bool> retryable;
        std::optional<bool> outcome_open;
        std::optional<std::chrono::milliseconds> retry_after;
    };

    Code code_;
    std::unique_ptr<Parts> parts_;
};

/// INVALID_ARGUMENT, reason INVALID_FIELD, with one violation.
Error invalid(std::string pointer, std::string detail);
/// INVALID_ARGUMENT, reason INVALID_FIELD, with all the violations; `violations` is not empty.
Error invalid(std::vector<Violation> violations);
/// NOT_FOUND, reason <WHAT>_NOT_FOUND: `what` is the noun in lower case, such as "user".
Error not_found(std::string_view what, std::string_view id);
/// INTERNAL, reason INTERNAL; the caller learns nothing of `cause`.
Error internal(std::string cause);
/// UNAVAILABLE, reason UNAVAILABLE.
Error unavailable(std::string detail);
/// DEADLINE_EXCEEDED, reason DEADLINE_EXCEEDED.
Error deadline_exceeded();
/// CANCELLED, reason CANCELLED.
Error cancelled();

}  // namespace tw
