#pragma once

#include "kit/net/address.hpp"
#include "kit/runtime/config.hpp"

#include <string>

namespace tw::app {

/// How curl reaches the HTTP port from this machine.
struct CurlHint {
    /// With a space at the end where there are any: "--cacert certs/ca.crt ".
    std::string options;
    /// "https://localhost:8080"
    std::string base;
};

/// For the port that is being served at `address`. With TLS, the port is asked: the hint names the file that vouches for its
/// certificate and a name that the certificate has, as far as they can be found, else it lets curl accept any certificate. Blocks
/// for a moment.
CurlHint curl_hint(const runtime::Config& config, const net::Address& address);

}  // namespace tw::app
