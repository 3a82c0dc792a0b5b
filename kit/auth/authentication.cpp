#include "kit/auth/authentication.hpp"

#include "kit/auth/auth_metrics.hpp"
#include "kit/auth/calls/bearer.hpp"
#include "kit/auth/calls/call_refusal.hpp"
#include "kit/auth/token_fault.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>

namespace tw::auth {

Authentication::Authentication(TokenVerifier& verifier, telemetry::Telemetry telemetry, AuthenticationOptions options)
    : verifier_{verifier},
      telemetry_{telemetry},
      options_{std::move(options)},
      without_token_{options_.without_token ? SharedPrincipal{*options_.without_token} : SharedPrincipal{}},
      accepted_{telemetry.meter.counter(kCallsAuthenticated, {{"tw.auth.outcome", "token_accepted"}})},
      refused_{telemetry.meter.counter(kCallsAuthenticated, {{"tw.auth.outcome", "token_refused"}})},
      unavailable_{telemetry.meter.counter(kCallsAuthenticated, {{"tw.auth.outcome", "keys_unavailable"}})} {}

rpc::Policy::Part Authentication::part_in(const rpc::Method& method) const {
    return {.before = true, .around = method.shape != rpc::Shape::unary};
}

std::span<const std::string_view> Authentication::metadata_names() const {
    static constexpr std::array kNames{kAuthorizationField};
    return kNames;
}

ValueTask<Result<void>> Authentication::before(const CallContext& ctx, rpc::CallInfo& call) {
    const auto credentials = find_bearer(call.request_metadata, call.lent_metadata);
    if (credentials.kind == BearerKind::none) {
        const bool unknown = ctx.principal().kind == Principal::Kind::anonymous;
        if (unknown && without_token_) call.principal = without_token_;
        return Result<void>{};
    }
    if (credentials.kind == BearerKind::malformed) {
        return Result<void>{refuse(ctx, call, refused_token(TokenFault::malformed_request))};
    }
    auto verified = verifier_.verify(ctx, credentials.token);
    if (!verified.ready()) return await_token(ctx, call, std::move(verified));
    return conclude(ctx, call, std::move(verified).take());
}

Task<Result<void>> Authentication::await_token(const CallContext& ctx, rpc::CallInfo& call, ValueTask<Verified> verified) {
    auto outcome = co_await std::move(verified);
    co_return conclude(ctx, call, outcome);
}

Result<void> Authentication::conclude(const CallContext& ctx, rpc::CallInfo& call, const Verified& verified) {
    if (!verified) return refuse(ctx, call, verified.error());
    // The claims are shared with all calls that have the token, so nothing is copied.
    const auto& claims = *verified;
    call.principal = SharedPrincipal{std::shared_ptr<const Principal>{claims, &claims->principal}};
    call.authorization = std::shared_ptr<const std::string>{claims, &claims->authorization};
    if (call.method.shape != rpc::Shape::unary) {
        const auto left = claims->expires_at + claims->skew - verifier_.now();
        call.proof_until = Deadline::after(ctx.loop().now(), left);
    }
    accepted_.add();
    return {};
}

Task<Result<void>> Authentication::around_stream(const CallContext& ctx, rpc::CallInfo& call, rpc::ServerStream& stream,
                                                 NextStream next) {
    if (call.proof_until >= ctx.deadline()) co_return co_await next(ctx, stream);
    // The stream has a scope of its own, so that the connection can still send the error.
    CancelScope scope{ctx.loop(), Deadline::never(), &ctx.scope()};
    const auto inner = ctx.with_scope(scope);
    bool expired = false;
    Timer expiry{ctx.loop().timers(), [&] {
                     expired = true;
                     scope.cancel(refused_token(TokenFault::expired).with_outcome_open(true));
                 }};
    expiry.arm(call.proof_until.when());
    auto outcome = co_await next(inner, stream);
    if (!expired) co_return outcome;
    auto error = refused_token(TokenFault::expired).with_outcome_open(true);
    report_refusal(telemetry_.log, ctx, call, "auth.stream_ended", error, error.cause());
    co_return error;
}

Error Authentication::refuse(const CallContext& ctx, rpc::CallInfo& call, Error error) {
    if (error.code() == Code::unavailable) unavailable_.add();
    if (error.code() != Code::unauthenticated) return error;
    refused_.add();
    report_refusal(telemetry_.log, ctx, call, "auth.token_refused", error, error.cause());
    if (options_.on_refusal) options_.on_refusal(ctx, call, ctx.principal(), error);
    return error;
}

}  // namespace tw::auth
