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

/// The outcome of one attempt to send.
struct SendOutcome {
    enum class Kind : std::uint8_t {
        accepted,  ///< accepted, except for `rejected` records
        again,     ///< may succeed later
        refused,   ///< will not succeed, however often
    };
    Kind kind = Kind::accepted;
    /// How many records the receiver refused of a request that it accepted (partial success).
    std::uint64_t rejected = 0;
    /// The reason of a failure. With `accepted` it is a warning of the receiver.
    std::string message;
    /// When the receiver wants the next attempt.
    std::optional<std::chrono::milliseconds> retry_after;

    static SendOutcome refusal(std::string why) { return {.kind = Kind::refused, .message = std::move(why)}; }
    static SendOutcome delay(std::string why) { return {.kind = Kind::again, .message = std::move(why)}; }
};

/// Sends export requests
/// (opentelemetry.proto.collector.{trace,metrics,logs}.v1.Export…ServiceRequest, encoded) out of
/// the process. It belongs to the exporter's loop and sends one request at a time.
class Transport {
 public:
    virtual ~Transport() = default;
    /// Makes one attempt. It ends soon after its context is over. `request` must stay valid until
    /// the task ends.
    virtual Task<SendOutcome> send(const CallContext& ctx, telemetry::Signal signal, std::string_view request) = 0;
    /// Ends a round, in which all records that were there were sent. A transport that holds records
    /// back passes on those that are ready, and all of them when the round is the `last` one.
    virtual void end_round(bool last) { static_cast<void>(last); }
};

}  // namespace tw::otlp
