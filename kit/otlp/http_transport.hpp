#pragma once

#include "kit/base/clock.hpp"
#include "kit/http/client/client.hpp"
#include "kit/otlp/settings.hpp"
#include "kit/otlp/transport.hpp"

#include <memory>
#include <string>

namespace tw::otlp {

/// OTLP/HTTP, protobuf or JSON, gzip or plain (OTLP specification, "OTLP/HTTP").
class HttpTransport final : public Transport {
 public:
    /// As `settings` say. TLS_FILES where https is to be spoken by files that cannot be used.
    static Result<std::unique_ptr<Transport>> make(EventLoop& loop, const SignalExport& settings, const Clock& clock);
    HttpTransport(std::unique_ptr<http::Client> client, std::string target, const SignalExport& settings, const Clock& clock);

    Task<SendOutcome> send(const CallContext& ctx, telemetry::Signal signal, std::string_view request) override;

 private:
    SendOutcome judge(telemetry::Signal signal, const http::ClientResponse& response) const;

    std::unique_ptr<http::Client> client_;
    std::string target_;
    bool json_;
    bool gzip_;
    http::Headers headers_;
    const Clock& clock_;
};

}  // namespace tw::otlp
