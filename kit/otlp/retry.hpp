#pragma once

#include "kit/async/deadline.hpp"
#include "kit/base/clock.hpp"
#include "kit/base/error.hpp"

#include <chrono>
#include <optional>
#include <string_view>

/// When a failed export is tried again (OTLP specification, "Failures" of OTLP/gRPC and OTLP/HTTP). Pure.
namespace tw::otlp {

/// `retry_info`: whether the status said when to come back, without which RESOURCE_EXHAUSTED is final.
bool is_retryable_code(Code code, bool retry_info);
bool is_retryable_http_status(int status);

/// A Retry-After field: seconds or a date in one of HTTP's three forms (RFC 9110 §5.6.7, §10.2.3). A date that has passed
/// means at once. Nothing for anything else.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value, Timestamp now);

struct RetryOptions {
    std::chrono::milliseconds first_delay{1'000};
    std::chrono::milliseconds last_delay{5'000};
    double growth = 1.5;
};

/// The waits between the attempts of one export: they grow, each varied by up to a fifth, so that many exporters do not
/// come back at the same moment.
class Backoff {
 public:
    Backoff(const RetryOptions& options, Deadline give_up) : options_{options}, give_up_{give_up}, next_{options.first_delay} {}

    /// How long to wait now; nothing when the next attempt would come after the export's time. `asked` is what the receiver
    /// wants, and is waited for exactly; `random` lies in [0, 1).
    std::optional<std::chrono::nanoseconds> next(SteadyTime now, std::optional<std::chrono::milliseconds> asked, double random);

 private:
    RetryOptions options_;
    Deadline give_up_;
    std::chrono::duration<double, std::milli> next_;
};

}  // namespace tw::otlp
