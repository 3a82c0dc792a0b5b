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

/// What a certificate is to say.
struct TlsCertificateRequest {
    std::string common_name;
    /// Names and IP literals.
    std::vector<std::string> hosts;
    std::vector<std::string> uris;
    Timestamp not_before;
    Timestamp not_after;
};

/// An authority for development and tests: it signs leaves and nothing else. INTERNAL where OpenSSL fails.
Result<TlsPem> make_authority(const std::string& common_name, Timestamp not_before, Timestamp not_after);

/// A leaf for servers and clients, signed by `authority`. INVALID_ARGUMENT, reason TLS_REQUEST, for names that cannot be in a
/// certificate, or an authority that is none.
Result<TlsPem> issue_certificate(const TlsPem& authority, const TlsCertificateRequest& request);

}  // namespace tw::net
