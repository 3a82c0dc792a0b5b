#include "kit/net/tls/tls_certificate.hpp"

#include "kit/net/tls/tls_handles.hpp"

#include <arpa/inet.h>
#include <array>
#include <cstdint>
#include <ctime>
#include <openssl/x509v3.h>

#include <fmt/format.h>

namespace tw::net {
namespace {

std::string asn1_text(const ASN1_STRING* string) {
    const auto* const bytes = reinterpret_cast<const char*>(ASN1_STRING_get0_data(string));
    return {bytes, static_cast<std::size_t>(ASN1_STRING_length(string))};
}

/// Returns the address as text, or an empty text for a length that no address has.
std::string address_of(const ASN1_OCTET_STRING* octets) {
    constexpr int kIpv4Bytes = 4;
    constexpr int kIpv6Bytes = 16;
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int size = ASN1_STRING_length(octets);
    if (size != kIpv4Bytes && size != kIpv6Bytes) return {};
    const int family = size == kIpv4Bytes ? AF_INET : AF_INET6;
    return ::inet_ntop(family, ASN1_STRING_get0_data(octets), text.data(), text.size()) == nullptr ? "" : text.data();
}

std::string subject_of(const X509& certificate) {
    const BioHandle bio{BIO_new(BIO_s_mem())};
    if (!bio) return {};
    X509_NAME_print_ex(bio.get(), X509_get_subject_name(&certificate), 0, XN_FLAG_RFC2253);
    const char* data = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

Timestamp time_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
    constexpr std::int64_t kMicros = 1'000'000;
    return Timestamp::from_unix_micros(std::int64_t{::timegm(&parts)} * kMicros);
}

void add_names(const X509& certificate, std::vector<std::string>* hosts, std::vector<std::string>& uris) {
    auto* const names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
        const auto* const name = sk_GENERAL_NAME_value(names, i);
        if (name->type == GEN_URI) uris.push_back(asn1_text(name->d.uniformResourceIdentifier));
        if (hosts == nullptr) continue;
        if (name->type == GEN_DNS) hosts->push_back(asn1_text(name->d.dNSName));
        if (name->type == GEN_IPADD) hosts->push_back(address_of(name->d.iPAddress));
    }
    GENERAL_NAMES_free(names);
}

}  // namespace

TlsCertificate describe_certificate(const X509& certificate) {
    TlsCertificate described{.subject = subject_of(certificate),
                             .not_before = time_of(X509_get0_notBefore(&certificate)),
                             .not_after = time_of(X509_get0_notAfter(&certificate))};
    add_names(certificate, &described.hosts, described.uris);
    return described;
}

std::vector<std::string> find_faults(const TlsCertificate& certificate, Timestamp now, std::chrono::days soon) {
    std::vector<std::string> faults;
    const auto add = [&](std::string what) {
        faults.push_back(fmt::format("{}: the certificate ({}) {}", certificate.file, certificate.subject, what));
    };
    if (certificate.not_after <= now) {
        add(fmt::format("expired at {}", certificate.not_after.to_string()));
    } else if (certificate.not_after - now < soon) {
        const auto days = std::chrono::floor<std::chrono::days>(certificate.not_after - now).count();
        add(fmt::format("expires in {} day(s), at {}", days, certificate.not_after.to_string()));
    }
    if (certificate.not_before > now) add(fmt::format("is not valid before {}", certificate.not_before.to_string()));
    if (!certificate.ca_problem.empty()) add(fmt::format("is not signed by a CA of the CA file: {}", certificate.ca_problem));
    return faults;
}

std::vector<std::string> uri_names(const X509& certificate) {
    std::vector<std::string> uris;
    add_names(certificate, nullptr, uris);
    return uris;
}

}  // namespace tw::net
