#pragma once

#include "kit/telemetry/resource.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::otlp {

/// Gives a part of this process all telemetry that the process records, as export requests of OTLP
/// (protobuf), without a socket. An exporter that has a tap passes each record on once: to the tap,
/// and to the receiver if there is one. A receiver that is away does not delay the tap. It is
/// thread-safe.
class Tap {
 public:
    /// Takes a request. `lost` is how many records were lost since the request before, because
    /// they came faster than they were passed on. It is called on the exporter's thread and must
    /// return at once.
    using Listener = std::function<void(telemetry::Signal signal, std::string_view request, std::uint64_t lost)>;

    /// Sets the listener. The first one gets what came before it, as far as that was kept; an empty
    /// one ends the listening. The call returns when the listener before is not running any more.
    void listen(Listener listener);

    /// Passes a request on to the listener.
    void pass_on(telemetry::Signal signal, std::string_view request, std::uint64_t lost);

    /// How many bytes of requests are kept until there is a listener.
    static constexpr std::size_t kEarlyBytesMax = 1024 * 1024;

 private:
    std::mutex mutex_;
    Listener listener_;
    bool listened_ = false;
    std::vector<std::pair<telemetry::Signal, std::string>> early_;
    std::size_t early_bytes_ = 0;
};

}  // namespace tw::otlp
