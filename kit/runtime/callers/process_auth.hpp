#pragma once

#include "kit/auth/authentication.hpp"
#include "kit/auth/authorization.hpp"
#include "kit/auth/development_issuer.hpp"
#include "kit/runtime/auth_settings.hpp"
#include "kit/runtime/module_spec.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tw::net {
class TlsContext;  // kit/net/tls_context.hpp
}

namespace tw::runtime {

/// What a process knows of its callers, from the settings. It is immutable, and all loops use it.
class ProcessAuth {
 public:
    /// `known` are all modules of the program. Fails with INVALID_ARGUMENT, BAD_CONFIG, and names
    /// the setting. Reads files, so it blocks. `clock` must outlive the object.
    static Result<std::shared_ptr<const ProcessAuth>> make(const Config& config, std::span<const ModuleSpec> known,
                                                           const Clock& clock);

    /// Whether callers must show who they are.
    bool required() const { return required_; }
    const std::vector<ConfiguredIssuer>& issuers() const { return issuers_; }
    const auth::KeyRefreshOptions& refresh() const { return refresh_; }
    std::size_t remembered_max() const { return settings_.remembered_max; }
    /// Whether keys may be read over http from this machine.
    bool http_on_loopback() const { return is_development_; }
    /// For the issuers' servers; null if the CAs of the system are trusted.
    const std::shared_ptr<net::TlsContext>& tls() const { return tls_; }
    /// The issuer within this process, for development; null in production, and if operators of
    /// other machines can reach the operations port.
    const auth::DevelopmentIssuer* development() const { return development_.get(); }
    /// The name that a token gives the role "support", "merchant" or "operator"; nothing for
    /// another role, and for one that no token can give.
    std::optional<std::string> name_of_role(std::string_view role) const;

    auth::AuthenticationOptions authentication() const;
    /// The object must outlive the options.
    auth::AuthorizationOptions authorization() const;
    /// Whether gRPC's own methods, such as health and reflection, are closed to those who are
    /// neither a service nor an operator.
    bool closes_standard_methods() const { return !is_development_; }

 private:
    ProcessAuth() = default;
    Result<void> read(const Config& config, std::span<const ModuleSpec> known, const Clock& clock);

    AuthSettings settings_;
    std::vector<ConfiguredIssuer> issuers_;
    auth::KeyRefreshOptions refresh_;
    std::shared_ptr<net::TlsContext> tls_;
    std::unique_ptr<auth::DevelopmentIssuer> development_;
    std::vector<std::string> services_;
    bool required_ = false;
    bool is_development_ = false;
};

}  // namespace tw::runtime
