#pragma once

#include "kit/http/message.hpp"
#include "kit/telemetry/fixed_attributes.hpp"

#include <string>
#include <string_view>

namespace tw::http {

/// The attributes that all server spans of one connection's requests share: client, host, and
/// version. They are encoded again only if a client changes its Host or User-Agent between two
/// requests, which is rare, or if a proxy sends requests of several clients.
class ClientAttributes {
 public:
    /// Returns the attributes (OpenTelemetry semantic conventions 1.44, "HTTP server"). `peer` is
    /// the client's address, and `secure` says whether it uses TLS.
    const telemetry::FixedAttributes& of(const Request& request, std::string_view peer, bool secure);

 private:
    std::string peer_;
    bool secure_ = false;
    std::string host_;
    std::string agent_;
    Version version_ = Version::http_1_1;
    bool known_ = false;
    telemetry::FixedAttributes attributes_;
};

}  // namespace tw::http
