#include "kit/otlp/transport/transport_tls.hpp"

#include "kit/net/reasons.hpp"

#include <utility>

namespace tw::otlp {

Result<std::shared_ptr<net::TlsContext>> make_tls(const SignalExport& settings, std::vector<std::string> alpn) {
    if (settings.client_key.empty() != settings.client_certificate.empty()) {
        return Error{
            Code::invalid_argument, reason::kTlsFiles,
            "OTEL_EXPORTER_OTLP_CLIENT_KEY and OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE belong together: set both, or none"};
    }
    return net::TlsContext::make_client(
        {.ca = settings.certificate, .identity = {settings.client_certificate, settings.client_key}, .alpn = std::move(alpn)});
}

net::Connector make_following_connector(EventLoop& loop, const net::Address& address, std::chrono::nanoseconds timeout,
                                        std::shared_ptr<net::TlsContext> tls) {
    auto connect = net::make_connector(loop, address, timeout, tls);
    return [tls = std::move(tls), connect = std::move(connect)](const CallContext& ctx) mutable {
        // Files that cannot be read are ignored; the connection fails if the former ones are not
        // accepted any more.
        static_cast<void>(tls->refresh());
        return connect(ctx);
    };
}

}  // namespace tw::otlp
