#pragma once

#include "kit/net/connector.hpp"
#include "kit/otlp/settings.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tw::otlp {

/// Makes the TLS context of one signal's endpoint. It trusts the CAs of
/// OTEL_EXPORTER_OTLP_CERTIFICATE, or the system's, and has the client's certificate if there is
/// one. `alpn` lists the offered protocols, the most wanted first. Fails with INVALID_ARGUMENT,
/// TLS_FILES.
Result<std::shared_ptr<net::TlsContext>> make_tls(const SignalExport& settings, std::vector<std::string> alpn);

/// Makes a connector like net::make_connector. Before each connection it checks whether the files
/// have changed, which blocks only the exporter's own loop.
net::Connector make_following_connector(EventLoop& loop, const net::Address& address, std::chrono::nanoseconds timeout,
                                        std::shared_ptr<net::TlsContext> tls);

}  // namespace tw::otlp
