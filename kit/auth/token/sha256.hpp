#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

namespace tw::auth {

using Sha256Digest = std::array<std::uint8_t, 32>;

/// Computes SHA-256. An object keeps OpenSSL's state, so that a digest costs neither an allocation
/// nor a search for the algorithm. It is not thread-safe.
class Sha256 {
 public:
    Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;
    ~Sha256();

    Sha256Digest of(std::string_view bytes);

 private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tw::auth
