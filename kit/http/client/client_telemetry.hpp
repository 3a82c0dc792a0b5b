#pragma once

#include "kit/http/client.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace tw::http {

/// The spans and metrics of one client (OpenTelemetry semantic conventions 1.44, "HTTP client").
/// Internal to the client.
class ClientTelemetry {
 public:
    ClientTelemetry(telemetry::Telemetry telemetry, const std::string& authority, bool secure);

    const telemetry::Propagators& propagators() const { return telemetry_.propagators; }
    telemetry::Span start(const CallContext& ctx, const ClientRequest& request) const;
    /// Records the end of the request.
    void finish(telemetry::Span& span, const ClientRequest& request, const Result<ClientResponse>& outcome, SteadyTime started);

 private:
    /// The key of a time series. With status 0 there was no answer, and `error` says why.
    struct Key {
        int status;
        Code error;
        std::uint8_t method;
        Version version;
        auto operator<=>(const Key&) const = default;
    };
    telemetry::Histogram& duration(const Key& key);

    telemetry::Telemetry telemetry_;
    std::string base_url_;
    std::string host_;
    /// The port; 0 if the authority has none.
    int port_ = 0;
    SystemClock clock_;
    std::map<Key, telemetry::Histogram> durations_;
};

}  // namespace tw::http
