#pragma once

#include "kit/otlp/settings.hpp"
#include "kit/otlp/transport/transport.hpp"
#include "kit/rpc/bytes_caller.hpp"

#include <memory>
#include <string>

namespace tw::otlp {

/// OTLP/gRPC (OTLP specification, "OTLP/gRPC") over the kit's own transport, without a channel: the
/// exporter's calls have no spans and are in no trace. Every failure names the endpoint that was
/// called.
class GrpcTransport final : public Transport {
 public:
    /// Makes a transport by `settings`. Fails with TLS_FILES if https is configured with files that
    /// cannot be used.
    static Result<std::unique_ptr<Transport>> make(EventLoop& loop, const SignalExport& settings);
    GrpcTransport(EventLoop& loop, std::string authority, const SignalExport& settings, net::Connector connector);
    GrpcTransport(EventLoop& loop, std::string authority, const rpc::ChannelOptions& options, const SignalExport& settings,
                  net::Connector connector);

    Task<SendOutcome> send(const CallContext& ctx, telemetry::Signal signal, std::string_view request) override;

 private:
    rpc::Metadata headers_;
    rpc::BytesCaller caller_;
    /// The endpoint in the form for messages, without secrets.
    std::string endpoint_;
    bool scheme_assumed_;
};

}  // namespace tw::otlp
