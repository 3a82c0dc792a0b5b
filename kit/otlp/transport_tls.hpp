#pragma once

#include "kit/net/connector.hpp"
#include "kit/otlp/settings.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tw::otlp {

/// The TLS of one signal's endpoint: whom OTEL_EXPORTER_OTLP_CERTIFICATE trusts, or the system, and the client's certificate
/// where there is one. `alpn`: the protocols offered, most wanted first. INVALID_ARGUMENT, TLS_FILES.
Result<std::shared_ptr<net::TlsContext>> make_tls(const SignalExport& settings, std::vector<std::string> alpn);

/// As net::make_connector; looks before each connection whether the files have changed, which blocks the exporter's own loop for
/// as long as that takes.
net::Connector make_following_connector(EventLoop& loop, const net::Address& address, std::chrono::nanoseconds timeout,
                                        std::shared_ptr<net::TlsContext> tls);

}  // namespace tw::otlp
