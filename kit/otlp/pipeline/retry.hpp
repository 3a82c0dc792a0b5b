#pragma once

#include "kit/async/deadline.hpp"
#include "kit/base/backoff.hpp"
#include "kit/base/clock.hpp"
#include "kit/base/error.hpp"

#include <chrono>
#include <optional>
#include <string_view>

/// Decides when a failed export is retried (OTLP specification, "Failures" of OTLP/gRPC and
/// OTLP/HTTP), without I/O.
namespace tw::otlp {

/// `retry_info` says whether the status said when to retry. Without it RESOURCE_EXHAUSTED is final.
bool is_retryable_code(Code code, bool retry_info);
bool is_retryable_http_status(int status);

/// Parses a Retry-After field: seconds, or a date in one of HTTP's three forms (RFC 9110 §5.6.7,
/// §10.2.3). A date that has passed means at once. Returns nothing for any other text.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value, Timestamp now);

struct RetryOptions {
    std::chrono::milliseconds first_delay{1'000};
    std::chrono::milliseconds last_delay{5'000};
    double growth = 1.5;
};

/// The pauses between the attempts of one export. They grow, and each varies by up to a fifth, so
/// that many exporters do not retry at the same moment.
class RetrySchedule {
 public:
    RetrySchedule(const RetryOptions& options, Deadline give_up)
        : backoff_{{.first = options.first_delay,
                    .last = options.last_delay,
                    .growth = options.growth,
                    .part_least = 0.8,
                    .part_most = 1.2}},
          give_up_{give_up} {}

    /// Returns how long to wait now, or nothing when the next attempt would come after the export's
    /// deadline. `asked` is the pause that the receiver asked for, which is used exactly. `random`
    /// lies in [0, 1).
    std::optional<std::chrono::nanoseconds> next(SteadyTime now, std::optional<std::chrono::milliseconds> asked, double random);

 private:
    Backoff backoff_;
    Deadline give_up_;
};

}  // namespace tw::otlp
