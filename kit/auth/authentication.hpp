#pragma once

#include "kit/auth/on_refusal.hpp"
#include "kit/auth/token_verifier.hpp"
#include "kit/rpc/policy.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace tw::auth {

struct AuthenticationOptions {
    /// Who makes the calls that come without a token and without a client certificate. It is meant
    /// for development, where such calls may be the operator's. Without it they are nobody's.
    std::optional<Principal> without_token;
    /// Is told of each call whose token is refused. Optional.
    OnRefusal on_refusal{};
};

/// Says who makes a call: reads `authorization: Bearer …` (RFC 6750 §2.1) from the metadata and
/// sets the call's principal. A call without a token passes, as whoever its connection says. A call
/// with a token that is refused does not pass, whatever the method allows: UNAUTHENTICATED, with
/// the challenge in the metadata of the answer.
///
/// A stream ends with UNAUTHENTICATED when the token that opened it expires, with the skew that the
/// issuer's rules grant. The caller then opens it again with a new token.
///
/// This policy decides nothing else. Authorization comes after it in the list of policies.
class Authentication final : public rpc::Policy {
 public:
    /// `verifier` must outlive the policy, and so must what `telemetry` refers to.
    Authentication(TokenVerifier& verifier, telemetry::Telemetry telemetry, AuthenticationOptions options = {});

    Part part_in(const rpc::Method& method) const override;
    std::span<const std::string_view> metadata_names() const override;
    bool reads_lent_metadata() const override { return true; }
    ValueTask<Result<void>> before(const CallContext& ctx, rpc::CallInfo& call) override;
    Task<Result<void>> around_stream(const CallContext& ctx, rpc::CallInfo& call, rpc::ServerStream& stream,
                                     NextStream next) override;

 private:
    using Verified = Result<std::shared_ptr<const Claims>>;

    Task<Result<void>> await_token(const CallContext& ctx, rpc::CallInfo& call, ValueTask<Verified> verified);
    Result<void> conclude(const CallContext& ctx, rpc::CallInfo& call, const Verified& verified);
    Error refuse(const CallContext& ctx, rpc::CallInfo& call, Error error);

    TokenVerifier& verifier_;
    telemetry::Telemetry telemetry_;
    AuthenticationOptions options_;
    SharedPrincipal without_token_;
    telemetry::Counter accepted_;
    telemetry::Counter refused_;
    telemetry::Counter unavailable_;
};

}  // namespace tw::auth
