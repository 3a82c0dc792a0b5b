#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
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
        process,      ///< the caller is a module of the same process
        token,        ///< a bearer token
    };

    Kind kind = Kind::anonymous;
    Proof proof = Proof::none;
    /// A user's id, or a service's URI name ("spiffe://shop/order"); empty where anonymous. The id
    /// of a user is unique among those of one issuer.
    std::string id{};
    std::vector<std::string> roles{};
    /// The issuer of the token (its `iss`). Empty without a token.
    std::string issuer{};
    /// What the token permits, as OAuth 2.0 scopes.
    std::vector<std::string> scopes{};
    /// The program to which the token was issued; empty if the token does not say.
    std::string client_id{};
};

/// A principal that several owners share, so that a copy costs no allocation. One that is not set
/// is nobody in particular.
class SharedPrincipal {
 public:
    SharedPrincipal() = default;
    SharedPrincipal(Principal principal) : shared_{std::make_shared<const Principal>(std::move(principal))} {}
    explicit SharedPrincipal(std::shared_ptr<const Principal> shared) : shared_{std::move(shared)} {}

    explicit operator bool() const { return shared_ != nullptr; }
    const Principal& operator*() const { return shared_ ? *shared_ : nobody(); }
    const Principal* operator->() const { return &**this; }

 private:
    static const Principal& nobody() {
        static const Principal kNobody;
        return kNobody;
    }

    std::shared_ptr<const Principal> shared_;
};

}  // namespace tw
