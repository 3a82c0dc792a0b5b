#include "kit/net/tls_failure_log.hpp"

#include <memory>
#include <utility>

namespace tw::net {

TlsFailureReport log_tls_failures(EventLoop& loop, telemetry::Logger log) {
    // All copies of the report share the message that was logged last.
    return [&loop, log = std::move(log), limit = std::make_shared<RepeatLimit>()](const Address& peer, std::string_view why) {
        const auto body = "TLS connection failed with " + peer.to_string() + ": " + std::string{why};
        if (!limit->admits(body, loop.now())) return;
        log.log(telemetry::Severity::warn, "tls.failed", {{"network.peer.address", peer.host}, {"error.message", why}}, body);
    };
}

}  // namespace tw::net
