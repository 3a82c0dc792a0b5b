#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tw {

/// Who makes a call, as far as it has been proved. A default one is nobody in particular.
struct Principal {
    enum class Kind : std::uint8_t {
        anonymous,  ///< nothing is known of the caller
        user,       ///< a person or a program with an account, with `roles`
        service,    ///< another service of the system
        operator_,  ///< whoever runs the system
    };
    enum class Proof : std::uint8_t {
        none,
        certificate,  ///< a TLS client certificate
        token,        ///< a bearer token
    };

    Kind kind = Kind::anonymous;
    Proof proof = Proof::none;
    /// A user's id, or a service's URI name ("spiffe://shop/order"); empty where anonymous.
    std::string id{};
    std::vector<std::string> roles{};
};

}  // namespace tw
