#pragma once

#include "kit/base/clock.hpp"
#include "kit/http/client.hpp"
#include "kit/otlp/settings.hpp"
#include "kit/otlp/transport/transport.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tw::otlp {

/// OTLP/HTTP, with protobuf or JSON, with gzip or without (OTLP specification, "OTLP/HTTP").
///
/// An answer of 2xx counts only if its body is empty or an OTLP response: a proxy's page is a
/// failure. The redirects 307 and 308 are followed, up to three for one request. They are never
/// followed from https to http. The configured headers may be credentials and are not sent to
/// another origin. Every failure names the URL that was called.
class HttpTransport final : public Transport {
 public:
    using MakeClient = std::function<Result<std::unique_ptr<http::Client>>(const http::Url&)>;

    /// Makes a transport by `settings`. Fails with TLS_FILES if https is configured with files that
    /// cannot be used.
    static Result<std::unique_ptr<Transport>> make(EventLoop& loop, const SignalExport& settings, const Clock& clock);
    /// `make_client` is called for the endpoint and for each other origin that redirects lead to.
    static Result<std::unique_ptr<Transport>> make(MakeClient make_client, const SignalExport& settings, const Clock& clock);

    Task<SendOutcome> send(const CallContext& ctx, telemetry::Signal signal, std::string_view request) override;

 private:
    /// A receiver, with the URL that is called and the client for it.
    struct Receiver {
        std::string url;
        std::string target;
        std::unique_ptr<http::Client> client;
    };
    HttpTransport(MakeClient make_client, Receiver home, const SignalExport& settings, const Clock& clock);

    Result<Receiver*> find_receiver(const std::string& url);
    http::ClientRequest make_request(const Receiver& receiver, const std::string& body) const;
    SendOutcome judge(telemetry::Signal signal, const std::string& url, const http::ClientResponse& response) const;
    SendOutcome judge_success(telemetry::Signal signal, const std::string& url, const http::ClientResponse& response) const;

    MakeClient make_client_;
    Receiver home_;
    /// The receiver at another origin that the last redirect led to.
    std::optional<Receiver> elsewhere_;
    bool json_;
    bool gzip_;
    std::string user_agent_;
    std::vector<std::pair<std::string, Secret>> headers_;
    const Clock& clock_;
};

}  // namespace tw::otlp
