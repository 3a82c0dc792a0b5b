#pragma once

#include "kit/base/error.hpp"
#include "kit/base/result.hpp"
#include "kit/rpc/method.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tw::rpc {

/// A fault that is injected into calls of a method, to try out what callers do then. It is for
/// development. As text it is the method and its parts, such as
/// "order.OrderService/GetOrder;latency_ms=200;code=UNAVAILABLE;percent=50".
struct Fault {
    static constexpr std::chrono::milliseconds kLatencyMax{60'000};
    /// The most faults of one text, and its most bytes.
    static constexpr std::size_t kFaultsMax = 8;
    static constexpr std::size_t kTextBytesMax = 1024;

    /// The method without the leading slash of its path. "order.OrderService/*" stands for all
    /// methods of a service.
    std::string method;
    /// How long the call waits before anything else happens.
    std::chrono::milliseconds latency{0};
    /// The code with which the call fails, without reaching its handler.
    std::optional<Code> code{};
    /// Whether the call ends without an answer: its stream is reset. A call within the process
    /// fails with UNAVAILABLE.
    bool aborts = false;
    /// The share of calls that the fault hits, from 1 to 100.
    int percent = 100;

    bool concerns(const Method& called) const;
    std::string text() const;
};

/// Reads faults that are separated by commas. Fails with INVALID_ARGUMENT, reason MALFORMED_FAULT.
/// A fault without latency, code or abort is refused, and so are values beyond the bounds.
Result<std::vector<Fault>> read_faults(std::string_view text);

}  // namespace tw::rpc
