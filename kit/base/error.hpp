#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tw {

/// The canonical status codes (google.rpc.Code). gRPC statuses carry the same numbers. Each line
/// says when to use its code.
enum class Code : std::uint8_t {
    ok = 0,                   ///< never inside an Error
    cancelled = 1,            ///< the caller went away
    unknown = 2,              ///< a peer answered with no known code
    invalid_argument = 3,     ///< the request is wrong whatever the system's state; lists the fields
    deadline_exceeded = 4,    ///< time ran out; the outcome is open
    not_found = 5,            ///< the named object does not exist, or is not the caller's to see
    already_exists = 6,       ///< a uniqueness rule refused a create
    permission_denied = 7,    ///< the caller is known but not allowed
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

/// Returns the code's name in the canonical list, such as "NOT_FOUND".
std::string_view code_name(Code code);
/// Converts a number to its code. A number outside the list becomes Code::unknown, as in gRPC
/// clients.
Code code_from_number(int number);

/// One bad field of a request. `pointer` is a JSON pointer (RFC 6901) into the request, such as
/// "/lines/0/quantity".
struct Violation {
    std::string pointer;
    std::string detail;
    bool operator==(const Violation&) const = default;
};

/// Why something was not done. `code` says what kind of error it is. `reason` is a constant that
/// programs test (UPPER_SNAKE_CASE). `detail` is a sentence that may be shown to the caller.
/// `cause` is for the log alone and never leaves the process. An Error is a value type of one or
/// two pointers, so that a successful Result stays cheap.
class [[nodiscard]] Error {
 public:
    Error(Code code, std::string_view reason, std::string detail);
    Error(const Error& other);
    Error& operator=(const Error& other);
    Error(Error&&) noexcept = default;
    Error& operator=(Error&&) noexcept = default;
    ~Error() = default;

    Code code() const { return code_; }
    const std::string& reason() const { return parts_->reason; }
    const std::string& detail() const { return parts_->detail; }
    const std::string& cause() const { return parts_->cause; }
    /// Whether the same call may succeed a little later. Unless it is set, it is true for
    /// unavailable, resource_exhausted and aborted.
    bool retryable() const;
    /// Whether the requested effect may have taken place although the call failed. Code that
    /// compensates or repeats a call asks this function, never the code. Unless it is set, it is
    /// true for cancelled, deadline_exceeded, unknown, internal and data_loss. It is false for the
    /// codes that mean a refusal, and for unavailable. A driver that knows more sets it: the
    /// outcome of a transaction that was rolled back is not open, whatever the code. The outcome is
    /// open when the connection was lost between COMMIT and its answer.
    bool outcome_open() const;
    /// How long to wait before a retry, if the peer that refused the call said so.
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

/// Makes INVALID_ARGUMENT, reason INVALID_FIELD, with one violation.
Error invalid(std::string pointer, std::string detail);
/// Makes INVALID_ARGUMENT, reason INVALID_FIELD, with all the violations. `violations` is not
/// empty.
Error invalid(std::vector<Violation> violations);
/// Makes NOT_FOUND, reason <WHAT>_NOT_FOUND. `what` is the noun in lower case, such as "user".
Error not_found(std::string_view what, std::string_view id);
/// Makes INTERNAL, reason INTERNAL. The caller does not see `cause`.
Error internal(std::string cause);
/// Makes UNAVAILABLE, reason UNAVAILABLE.
Error unavailable(std::string detail);
/// Makes DEADLINE_EXCEEDED, reason DEADLINE_EXCEEDED.
Error deadline_exceeded();
/// Makes CANCELLED, reason CANCELLED.
Error cancelled();

}  // namespace tw
