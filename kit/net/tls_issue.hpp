#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/result.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace tw::net {

/// A certificate and its private key (ECDSA on P-256), in PEM. The key is secret.
struct TlsPem {
    std::string certificate;
    std::string key;
};

/// The content of a certificate to be issued.
struct TlsCertificateRequest {
    std::string common_name;
    /// Host names and IP literals.
    std::vector<std::string> hosts;
    std::vector<std::string> uris;
    Timestamp not_before;
    Timestamp not_after;
};

/// Makes a certificate authority for development and tests. It may sign leaf certificates only.
/// Fails with INTERNAL if OpenSSL fails.
Result<TlsPem> make_authority(const std::string& common_name, Timestamp not_before, Timestamp not_after);

/// Issues a leaf certificate for servers and clients, signed by `authority`. Fails with
/// INVALID_ARGUMENT, reason TLS_REQUEST, for names that cannot be in a certificate, or if
/// `authority` is not an authority.
Result<TlsPem> issue_certificate(const TlsPem& authority, const TlsCertificateRequest& request);

}  // namespace tw::net
