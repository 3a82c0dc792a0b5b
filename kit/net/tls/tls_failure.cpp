#include "kit/net/tls/tls_failure.hpp"

#include "kit/net/tls/tls_handles.hpp"

#include <array>
#include <openssl/sslerr.h>
#include <string_view>

#include <fmt/format.h>

namespace tw::net {
namespace {

struct Meaning {
    int reason;
    std::string_view text;
};

constexpr std::string_view kOurCertificate = "the peer does not accept this side's certificate";
constexpr std::string_view kNoTls = "the peer does not speak TLS";
constexpr std::string_view kVersion = "the two sides have no version of TLS in common";
constexpr std::string_view kProtocol = "the two sides have no application protocol (ALPN) in common";
constexpr std::string_view kNoCertificate = "the peer shows no certificate";

constexpr int alert(int number) { return SSL_AD_REASON_OFFSET + number; }

constexpr std::array kMeanings{
    Meaning{alert(SSL_AD_BAD_CERTIFICATE), kOurCertificate},
    Meaning{alert(SSL_AD_UNSUPPORTED_CERTIFICATE), kOurCertificate},
    Meaning{alert(SSL_AD_CERTIFICATE_REVOKED), kOurCertificate},
    Meaning{alert(SSL_AD_CERTIFICATE_EXPIRED), kOurCertificate},
    Meaning{alert(SSL_AD_CERTIFICATE_UNKNOWN), kOurCertificate},
    Meaning{alert(SSL_AD_UNKNOWN_CA), kOurCertificate},
    Meaning{alert(SSL_AD_ACCESS_DENIED), kOurCertificate},
    Meaning{alert(SSL_AD_CERTIFICATE_REQUIRED), "the peer asks for a certificate and this side has none"},
    Meaning{alert(SSL_AD_PROTOCOL_VERSION), kVersion},
    Meaning{alert(SSL_AD_NO_APPLICATION_PROTOCOL), kProtocol},
    Meaning{SSL_R_WRONG_VERSION_NUMBER, kNoTls},
    Meaning{SSL_R_HTTP_REQUEST, kNoTls},
    Meaning{SSL_R_HTTPS_PROXY_REQUEST, kNoTls},
    Meaning{SSL_R_UNSUPPORTED_PROTOCOL, kVersion},
    Meaning{SSL_R_NO_APPLICATION_PROTOCOL, kProtocol},
    Meaning{SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, kNoCertificate},
};

}  // namespace

std::string take_tls_failure() {
    const auto code = ERR_peek_last_error();
    const auto said = take_tls_error();
    if (ERR_GET_LIB(code) != ERR_LIB_SSL) return said;
    for (const auto& meaning : kMeanings) {
        if (meaning.reason == ERR_GET_REASON(code)) return fmt::format("{} ({})", meaning.text, said);
    }
    return said;
}

}  // namespace tw::net
