#pragma once

#include "kit/base/clock.hpp"

#include <chrono>
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
    Timestamp not_before{};
    Timestamp not_after{};
    /// Why the CA bundle of the side that shows it does not vouch for it, for people; empty where it does, or where there is
    /// none. Modules that trust the same bundle refuse such a certificate.
    std::string ca_problem{};
};

/// What is to be said about a certificate at `now`, in sentences that begin with its file: it has expired, it is not valid yet,
/// it ends within `soon`, its CA bundle does not vouch for it.
std::vector<std::string> find_faults(const TlsCertificate& certificate, Timestamp now,
                                     std::chrono::days soon = std::chrono::days{14});

/// Reads these out of OpenSSL's form; `file` is left empty.
TlsCertificate describe_certificate(const x509_st& certificate);

/// The URI names alone.
std::vector<std::string> uri_names(const x509_st& certificate);

}  // namespace tw::net
