#pragma once

#include "kit/base/clock.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

struct x509_st;

namespace tw::net {

/// A certificate's properties, for people.
struct TlsCertificate {
    /// The PEM file of the certificate.
    std::string file;
    /// The subject, such as "CN=gateway".
    std::string subject;
    /// The names that it is valid for: host names and addresses, and URIs.
    std::vector<std::string> hosts;
    std::vector<std::string> uris;
    Timestamp not_before{};
    Timestamp not_after{};
    /// Why the CA bundle of the side that presents the certificate does not verify it, for people.
    /// It is empty if the bundle does, or if there is none. Modules that trust the same bundle
    /// refuse such a certificate.
    std::string ca_problem{};
};

/// Returns the problems of a certificate at `now`, in sentences that begin with its file: it has
/// expired, it is not valid yet, it ends within `soon`, its CA bundle does not verify it.
std::vector<std::string> find_faults(const TlsCertificate& certificate, Timestamp now,
                                     std::chrono::days soon = std::chrono::days{14});

/// Reads the properties from OpenSSL's form. `file` is left empty.
TlsCertificate describe_certificate(const x509_st& certificate);

/// Returns the URI names only.
std::vector<std::string> uri_names(const x509_st& certificate);

}  // namespace tw::net
