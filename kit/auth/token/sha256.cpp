#include "kit/auth/token/sha256.hpp"

#include "kit/auth/keys/crypto_handles.hpp"

#include <stdexcept>

namespace tw::auth {

struct Sha256::State {
    std::unique_ptr<EVP_MD, CryptoFree<EVP_MD_free>> algorithm{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
    DigestHandle context{EVP_MD_CTX_new()};
};

Sha256::Sha256() : state_{std::make_unique<State>()} {
    if (!state_->algorithm || !state_->context) throw std::runtime_error{"OpenSSL has no SHA-256"};
}

Sha256::~Sha256() = default;

Sha256Digest Sha256::of(std::string_view bytes) {
    Sha256Digest digest{};
    if (EVP_DigestInit_ex2(state_->context.get(), state_->algorithm.get(), nullptr) != 1 ||
        EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) != 1 ||
        EVP_DigestFinal_ex(state_->context.get(), digest.data(), nullptr) != 1) {
        throw std::runtime_error{"SHA-256 failed"};
    }
    return digest;
}

}  // namespace tw::auth
