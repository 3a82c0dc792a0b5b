#pragma once

#include "kit/base/clock.hpp"

#include <memory>
#include <string>
#include <vector>

struct x509_st;

namespace tw::net {

/// What people ask about a certificate.
struct TlsCertificate {
    /// The PEM file it came from.
    std::string file;
    /// "CN=gateway".
    std::string subject;
    /// The names it is good for: host names and addresses, then URIs.
    std::vector<std::string> hosts;
    std::vector<std::string> uris;
    Timestamp not_after{};
};

/// Reads these out of OpenSSL's form; `file` is left empty.
TlsCertificate describe_certificate(const x509_st& certificate);

/// The URI names alone.
std::vector<std::string> uri_names(const x509_st& certificate);

}  // namespace tw::net
