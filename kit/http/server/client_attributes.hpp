#pragma once

#include "kit/http/message.hpp"
#include "kit/telemetry/fixed_attributes.hpp"

#include <string>
#include <string_view>

namespace tw::http {

/// The attributes that the server spans of one connection's requests have alike: who asks, whom and how. Encoded anew only
/// where a client changes its Host or User-Agent between two requests, as none does.
class ClientAttributes {
 public:
    /// OpenTelemetry semantic conventions 1.44, "HTTP server". `peer` is the client's address, `secure` whether it came
    /// by TLS; both are the same for every call.
    const telemetry::FixedAttributes& of(const Request& request, std::string_view peer, bool secure);

 private:
    std::string host_;
    std::string agent_;
    Version version_ = Version::http_1_1;
    bool known_ = false;
    telemetry::FixedAttributes attributes_;
};

}  // namespace tw::http
