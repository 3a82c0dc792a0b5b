#pragma once

#include "kit/net/tls/tls_handshake.hpp"
#include "kit/telemetry/log.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace tw::net {

/// Limits repeated messages: a message that equals the last one passes once in `kInterval`.
class RepeatLimit {
 public:
    static constexpr std::chrono::seconds kInterval{60};

    bool admits(std::string_view what, SteadyTime now) {
        if (said_at_ && said_ == what && now - *said_at_ < kInterval) return false;
        said_ = what;
        said_at_ = now;
        return true;
    }

 private:
    std::string said_;
    std::optional<SteadyTime> said_at_;
};

/// Returns a report that logs the TLS failures of one target's connections (tls.failed). A client
/// tries again every few seconds, so a failure that stays the same is logged once in
/// RepeatLimit::kInterval. `loop`, and the objects that `log` writes to, must outlive the report.
TlsFailureReport log_tls_failures(EventLoop& loop, telemetry::Logger log);

}  // namespace tw::net
