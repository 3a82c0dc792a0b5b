#pragma once

#include "kit/net/address.hpp"
#include "kit/runtime/config.hpp"

#include <string>

namespace tw::app {

/// The arguments with which curl reaches the HTTP port from this machine.
struct CurlHint {
    /// The options. They end with a space if there are any: "--cacert certs/ca.crt ".
    std::string options;
    /// The start of the URL: "https://localhost:8080".
    std::string base;
};

/// Returns the hint for the port that is being served at `address`. With TLS, the function connects
/// to the port to find the CA file that verifies the certificate and a name that the certificate
/// has. If none fits, the hint lets curl accept any certificate. The function blocks for a moment.
CurlHint curl_hint(const runtime::Config& config, const net::Address& address);

}  // namespace tw::app
