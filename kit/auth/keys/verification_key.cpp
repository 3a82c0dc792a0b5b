#include "kit/auth/key_set.hpp"
#include "kit/auth/keys/crypto_handles.hpp"

#include <array>
#include <cstdint>
#include <openssl/err.h>
#include <span>

namespace tw::auth {
namespace {

constexpr std::size_t kEs256Bytes = 64;
/// A sequence of two integers of at most 33 bytes, each with two bytes before it.
constexpr std::size_t kEs256DerBytesMax = 72;

/// Writes an integer of DER: without leading zeros, and with one zero where the first bit is set.
std::size_t write_der_integer(std::string_view number, unsigned char* out) {
    while (number.size() > 1 && number.front() == '\0') number.remove_prefix(1);
    const bool padded = static_cast<std::uint8_t>(number.front()) >= 0x80;
    std::size_t size = 0;
    out[size++] = 0x02;
    out[size++] = static_cast<unsigned char>(number.size() + (padded ? 1 : 0));
    if (padded) out[size++] = 0;
    for (const char c : number) out[size++] = static_cast<unsigned char>(c);
    return size;
}

/// Writes r and s as the DER that OpenSSL reads, and returns its length.
std::size_t write_es256_der(std::string_view signature, std::array<unsigned char, kEs256DerBytesMax>& der) {
    std::size_t size = 2;
    size += write_der_integer(signature.substr(0, kEs256Bytes / 2), der.data() + size);
    size += write_der_integer(signature.substr(kEs256Bytes / 2), der.data() + size);
    der[0] = 0x30;
    der[1] = static_cast<unsigned char>(size - 2);
    return size;
}

bool openssl_verifies(EVP_PKEY* key, const char* digest, std::string_view text, std::span<const unsigned char> signature) {
    const DigestHandle context{EVP_MD_CTX_new()};
    const bool valid = context && EVP_DigestVerifyInit_ex(context.get(), nullptr, digest, nullptr, nullptr, key, nullptr) == 1 &&
                       EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                                        reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
    if (!valid) ERR_clear_error();
    return valid;
}

}  // namespace

bool VerificationKey::verifies(std::string_view text, std::string_view signature) const {
    const std::span given{reinterpret_cast<const unsigned char*>(signature.data()), signature.size()};
    if (algorithm_ != Algorithm::es256) {
        return openssl_verifies(key_.get(), algorithm_ == Algorithm::rs256 ? "SHA256" : nullptr, text, given);
    }
    if (signature.size() != kEs256Bytes) return false;
    std::array<unsigned char, kEs256DerBytesMax> der{};
    const auto size = write_es256_der(signature, der);
    return openssl_verifies(key_.get(), "SHA256", text, std::span{der}.first(size));
}

}  // namespace tw::auth
