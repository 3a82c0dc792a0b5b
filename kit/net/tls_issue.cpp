#include "kit/net/tls_issue.hpp"

#include "kit/net/tls/tls_handles.hpp"

#include <algorithm>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string_view>

namespace tw::net {
namespace {

using NumberHandle = std::unique_ptr<BIGNUM, TlsFree<BN_free>>;
using AddressHandle = std::unique_ptr<ASN1_OCTET_STRING, TlsFree<ASN1_OCTET_STRING_free>>;
using ExtensionHandle = std::unique_ptr<X509_EXTENSION, TlsFree<X509_EXTENSION_free>>;

Error failed(std::string_view what) { return internal("OpenSSL: " + std::string{what} + ": " + take_tls_error()); }

Error bad_request(std::string why) { return Error{Code::invalid_argument, "TLS_REQUEST", std::move(why)}; }

std::string bio_text(BIO& bio) {
    const char* data = nullptr;
    const auto size = BIO_get_mem_data(&bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

Result<TlsPem> to_pem(X509& certificate, EVP_PKEY& key) {
    const BioHandle first{BIO_new(BIO_s_mem())};
    const BioHandle second{BIO_new(BIO_s_mem())};
    if (PEM_write_bio_X509(first.get(), &certificate) != 1) return failed("write a certificate");
    if (PEM_write_bio_PrivateKey(second.get(), &key, nullptr, nullptr, 0, nullptr, nullptr) != 1) return failed("write a key");
    return TlsPem{.certificate = bio_text(*first), .key = bio_text(*second)};
}

BioHandle bio_of(const std::string& text) { return BioHandle{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))}; }

bool set_time(ASN1_TIME* to, Timestamp time) {
    const std::chrono::microseconds since_epoch = time - Timestamp::from_unix_micros(0);
    return ASN1_TIME_set(to, std::chrono::duration_cast<std::chrono::seconds>(since_epoch).count()) != nullptr;
}

bool set_serial(X509& certificate) {
    constexpr int kBits = 127;  // RFC 5280 §4.1.2.2: at most 20 octets, positive
    const NumberHandle number{BN_new()};
    return BN_rand(number.get(), kBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
           BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(&certificate)) != nullptr;
}

bool add_extension(X509& certificate, X509& issuer, int what, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
    const ExtensionHandle extension{X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str())};
    return extension && X509_add_ext(&certificate, extension.get(), -1) == 1;
}

/// Accepts names that can stand in a list with commas and colons.
bool is_plain(const std::string& name) {
    const auto fits = [](char c) { return c > ' ' && c < 0x7F && c != ',' && c != '\\' && c != '"' && c != ';'; };
    return !name.empty() && std::ranges::all_of(name, fits);
}

Result<std::string> list_names(const TlsCertificateRequest& request) {
    std::string list;
    const auto add = [&list](std::string_view kind, const std::string& name) {
        list.append(list.empty() ? "" : ",").append(kind).append(":").append(name);
    };
    for (const auto& host : request.hosts) {
        if (!is_plain(host)) return bad_request("\"" + host + "\" is no host");
        const AddressHandle literal{a2i_IPADDRESS(host.c_str())};
        add(literal ? "IP" : "DNS", host);
    }
    for (const auto& uri : request.uris) {
        if (!is_plain(uri)) return bad_request("\"" + uri + "\" is no URI");
        add("URI", uri);
    }
    ERR_clear_error();
    return list;
}

/// Fills in everything but extensions, issuer and signature.
bool fill(X509& certificate, EVP_PKEY& key, const std::string& common_name, Timestamp not_before, Timestamp not_after) {
    auto* const subject = X509_get_subject_name(&certificate);
    const auto* const name = reinterpret_cast<const unsigned char*>(common_name.c_str());
    return X509_set_version(&certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
           set_time(X509_getm_notBefore(&certificate), not_before) && set_time(X509_getm_notAfter(&certificate), not_after) &&
           X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8, name, -1, -1, 0) == 1 &&
           X509_set_pubkey(&certificate, &key) == 1;
}

}  // namespace

Result<TlsPem> make_authority(const std::string& common_name, Timestamp not_before, Timestamp not_after) {
    ERR_clear_error();
    const KeyHandle key{EVP_EC_gen("P-256")};
    const CertificateHandle made{X509_new()};
    if (!key || !made) return failed("make a key");
    auto& certificate = *made;
    const bool good = fill(certificate, *key, common_name, not_before, not_after) &&
                      X509_set_issuer_name(&certificate, X509_get_subject_name(&certificate)) == 1 &&
                      add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                      add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                      add_extension(certificate, certificate, NID_subject_key_identifier, "hash") &&
                      X509_sign(&certificate, key.get(), EVP_sha256()) > 0;
    if (!good) return failed("make an authority");
    return to_pem(certificate, *key);
}

Result<TlsPem> issue_certificate(const TlsPem& authority, const TlsCertificateRequest& request) {
    ERR_clear_error();
    const auto names = list_names(request);
    if (!names) return names.error();
    const CertificateHandle issuer{PEM_read_bio_X509(bio_of(authority.certificate).get(), nullptr, nullptr, nullptr)};
    const KeyHandle issuer_key{PEM_read_bio_PrivateKey(bio_of(authority.key).get(), nullptr, nullptr, nullptr)};
    if (!issuer || !issuer_key || X509_check_private_key(issuer.get(), issuer_key.get()) != 1) {
        ERR_clear_error();
        return bad_request("the authority's certificate and key are not in PEM, or not each other's");
    }
    const KeyHandle key{EVP_EC_gen("P-256")};
    const CertificateHandle made{X509_new()};
    if (!key || !made) return failed("make a key");
    auto& certificate = *made;
    const bool good = fill(certificate, *key, request.common_name, request.not_before, request.not_after) &&
                      X509_set_issuer_name(&certificate, X509_get_subject_name(issuer.get())) == 1 &&
                      add_extension(certificate, *issuer, NID_basic_constraints, "critical,CA:FALSE") &&
                      add_extension(certificate, *issuer, NID_key_usage, "critical,digitalSignature") &&
                      add_extension(certificate, *issuer, NID_ext_key_usage, "serverAuth,clientAuth") &&
                      add_extension(certificate, *issuer, NID_subject_key_identifier, "hash") &&
                      add_extension(certificate, *issuer, NID_authority_key_identifier, "keyid") &&
                      (names->empty() || add_extension(certificate, *issuer, NID_subject_alt_name, *names)) &&
                      X509_sign(&certificate, issuer_key.get(), EVP_sha256()) > 0;
    if (!good) return failed("issue a certificate");
    return to_pem(certificate, *key);
}

}  // namespace tw::net
