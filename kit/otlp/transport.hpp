#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/base/error.hpp"
#include "kit/telemetry/resource.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tw::otlp {

/// What came of one attempt to send.
struct SendOutcome {
    enum class Kind : std::uint8_t {
        accepted,  ///< but for `rejected` records
        again,     ///< may succeed later
        refused,   ///< will not succeed, however often
    };
    Kind kind = Kind::accepted;
    /// Records that the receiver did not take of a request that it accepted (partial success).
    std::uint64_t rejected = 0;
    /// Why; with `accepted` a warning of the receiver's.
    std::string message;
    /// When the receiver wants the next attempt.
    std::optional<std::chrono::milliseconds> retry_after;

    static SendOutcome refusal(std::string why) { return {.kind = Kind::refused, .message = std::move(why)}; }
    static SendOutcome delay(std::string why) { return {.kind = Kind::again, .message = std::move(why)}; }
};

/// Takes export requests (opentelemetry.proto.collector.{trace,metrics,logs}.v1.Export…ServiceRequest, encoded) out of the
/// process. Belongs to the exporter's loop; one request at a time.
class Transport {
 public:
    virtual ~Transport() = default;
    /// One attempt; ends soon after its context is over. `request` stays until the task ends.
    virtual Task<SendOutcome> send(const CallContext& ctx, telemetry::Signal signal, std::string_view request) = 0;
};

}  // namespace tw::otlp
