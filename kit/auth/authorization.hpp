#pragma once

#include "kit/auth/calls/granted_callers.hpp"
#include "kit/auth/on_refusal.hpp"
#include "kit/rpc/policy.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tw::auth {

struct AuthorizationOptions {
    /// The roles that make a user staff. Other roles mean nothing.
    std::vector<Grant> roles{
        {"support", rpc::Caller::support}, {"merchant", rpc::Caller::merchant}, {"operator", rpc::Caller::operator_}};
    /// Scopes that do the same, for issuers without roles.
    std::vector<Grant> scopes{};
    /// Whether the peer of that identity (the URI name of its TLS client certificate) may call the
    /// method as a service. Without a rule, none may. A gateway is no service: it passes on the
    /// calls of others, and so its own identity must not open anything.
    std::function<bool(const rpc::Method& method, std::string_view identity)> is_service{};
    /// Whether callers that no token names may call every method. It is meant for development
    /// alone.
    bool all_without_token = false;
    /// Who may call gRPC's own methods, such as health and reflection, which belong to no contract.
    std::vector<rpc::Caller> standard_methods{};
    /// Is told of each call that is refused. Optional.
    OnRefusal on_refusal{};
};

/// Lets a call pass if the contract allows its caller (`allow` of the method). Whatever is not
/// allowed is refused:
/// - UNAUTHENTICATED, TOKEN_REQUIRED, if nobody is known to make the call;
/// - PERMISSION_DENIED, CALLER_NOT_ALLOWED, if somebody is.
/// The challenge (RFC 6750 §3) is in the metadata of the answer.
///
/// It also sets CallInfo::answered_to, by which fields of an answer are hidden from callers that
/// the contract does not list (`visible_to` of the field). A user counts as the owner of an answer
/// only where own_objects_only is set, because the service then finds no objects of others.
///
/// `owner` in the contract is every user with a token. If a caller is allowed for no other reason,
/// the policy sets CallInfo::own_objects_only. The service then puts the user into its statements
/// (rpc::owner_limit).
///
/// The policy comes after Authentication in the list of policies.
class Authorization final : public rpc::Policy {
 public:
    /// What `telemetry` refers to must outlive the policy. Throws std::logic_error if a grant would
    /// make its user a service or anyone.
    Authorization(telemetry::Telemetry telemetry, AuthorizationOptions options = {});

    Part part_in(const rpc::Method& method) const override;
    bool reads_metadata() const override { return false; }
    ValueTask<Result<void>> before(const CallContext& ctx, rpc::CallInfo& call) override;

    /// Whether the principal may call the method. `peer_identity` is the identity of the
    /// connection, which may differ from the principal: a service that passes a user's token on.
    bool allows(const rpc::Method& method, const Principal& principal, std::string_view peer_identity) const;

 private:
    enum class Verdict : std::uint8_t { refused, own_objects, all_objects };

    /// The callers that the method is for.
    rpc::CallerSet allowed(const rpc::Method& method) const;
    /// Whether the principal may call a method for the callers `wanted`, whoever it is.
    bool needs_no_caller(rpc::CallerSet wanted, const Principal& principal) const;
    /// Judges a principal that counts as `callers`, for a method that is for the callers `wanted`.
    static Verdict verdict(rpc::CallerSet wanted, rpc::CallerSet callers);
    rpc::CallerSet callers_of(const rpc::Method& method, const Principal& principal, rpc::CallerSet granted,
                              std::string_view peer_identity) const;
    rpc::CallerSet answered_to(const rpc::CallInfo& call, const Principal& principal, rpc::CallerSet callers) const;
    Error refuse(const CallContext& ctx, rpc::CallInfo& call, const Principal& principal);

    telemetry::Telemetry telemetry_;
    AuthorizationOptions options_;
    GrantedCallers granted_;
    telemetry::Counter no_token_;
    telemetry::Counter not_allowed_;
};

}  // namespace tw::auth
