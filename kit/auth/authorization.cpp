#include "kit/auth/authorization.hpp"

#include "kit/auth/auth_metrics.hpp"
#include "kit/auth/calls/call_refusal.hpp"
#include "kit/auth/reasons.hpp"
#include "kit/rpc/standard_method.hpp"

#include <algorithm>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace tw::auth {
namespace {

using rpc::CallerSet;
using rpc::set_of;

CallerSet set_of_all(std::span<const rpc::Caller> callers) {
    CallerSet all = 0;
    for (const auto caller : callers) all |= set_of(caller);
    return all;
}

bool is_staff(const Grant& grant) {
    return !grant.name.empty() && (grant.caller == rpc::Caller::support || grant.caller == rpc::Caller::merchant ||
                                   grant.caller == rpc::Caller::operator_);
}

}  // namespace

Authorization::Authorization(telemetry::Telemetry telemetry, AuthorizationOptions options)
    : telemetry_{telemetry},
      options_{std::move(options)},
      granted_{options_.roles, options_.scopes},
      no_token_{telemetry.meter.counter(kCallsAuthenticated, {{"tw.auth.outcome", "token_required"}})},
      not_allowed_{telemetry.meter.counter(kCallsAuthenticated, {{"tw.auth.outcome", "not_allowed"}})} {
    if (!std::ranges::all_of(options_.roles, is_staff) || !std::ranges::all_of(options_.scopes, is_staff)) {
        throw std::logic_error{"a role or a scope may make its user support, merchant or operator, and nothing else"};
    }
}

rpc::Policy::Part Authorization::part_in(const rpc::Method&) const { return {.before = true}; }

ValueTask<Result<void>> Authorization::before(const CallContext& ctx, rpc::CallInfo& call) {
    const auto& shared = call.principal ? call.principal : ctx.attributes().principal;
    const auto& principal = *shared;
    const auto wanted = allowed(call.method);
    const bool open = needs_no_caller(wanted, principal);
    if (open && call.method.hide_fields == nullptr) return {};
    const bool is_user = principal.kind == Principal::Kind::user;
    const auto callers = callers_of(call.method, principal, is_user ? granted_.of(shared) : 0, ctx.attributes().peer_identity);
    const auto found = open ? Verdict::all_objects : verdict(wanted, callers);
    if (found == Verdict::refused) return Result<void>{refuse(ctx, call, principal)};
    call.own_objects_only = found == Verdict::own_objects;
    if (call.method.hide_fields != nullptr) call.answered_to = answered_to(call, principal, callers);
    return {};
}

bool Authorization::allows(const rpc::Method& method, const Principal& principal, std::string_view peer_identity) const {
    const auto wanted = allowed(method);
    if (needs_no_caller(wanted, principal)) return true;
    return verdict(wanted, callers_of(method, principal, granted_.find(principal), peer_identity)) != Verdict::refused;
}

rpc::CallerSet Authorization::answered_to(const rpc::CallInfo& call, const Principal& principal, CallerSet callers) const {
    if (options_.all_without_token && principal.proof != Principal::Proof::token) return rpc::kEveryCaller;
    if (!call.own_objects_only) callers &= ~set_of(rpc::Caller::owner);
    return (callers & call.method.see_all_fields) != 0 ? rpc::kEveryCaller : callers;
}

CallerSet Authorization::allowed(const rpc::Method& method) const {
    return set_of_all(rpc::is_standard(method) ? std::span<const rpc::Caller>{options_.standard_methods} : method.allow);
}

bool Authorization::needs_no_caller(CallerSet wanted, const Principal& principal) const {
    if (options_.all_without_token && principal.proof != Principal::Proof::token) return true;
    return (wanted & set_of(rpc::Caller::anyone)) != 0;
}

Authorization::Verdict Authorization::verdict(CallerSet wanted, CallerSet callers) {
    const auto reasons = wanted & callers;
    if (reasons == 0) return Verdict::refused;
    return reasons == set_of(rpc::Caller::owner) ? Verdict::own_objects : Verdict::all_objects;
}

CallerSet Authorization::callers_of(const rpc::Method& method, const Principal& principal, CallerSet granted,
                                    std::string_view peer_identity) const {
    CallerSet callers = set_of(rpc::Caller::anyone);
    if (principal.kind == Principal::Kind::user) callers |= set_of(rpc::Caller::owner) | granted;
    if (principal.kind == Principal::Kind::operator_) callers |= set_of(rpc::Caller::operator_);
    if (!peer_identity.empty() && options_.is_service && options_.is_service(method, peer_identity)) {
        callers |= set_of(rpc::Caller::service);
    }
    return callers;
}

Error Authorization::refuse(const CallContext& ctx, rpc::CallInfo& call, const Principal& principal) {
    const bool unknown = principal.kind == Principal::Kind::anonymous;
    (unknown ? no_token_ : not_allowed_).add();
    auto error = unknown ? Error{Code::unauthenticated, reason::kTokenRequired, "This call needs an access token."}
                         : Error{Code::permission_denied, reason::kCallerNotAllowed, "The caller may not call this method."};
    report_refusal(telemetry_.log, ctx, call, "auth.call_refused", error,
                   unknown ? "the caller is unknown" : "the contract does not allow the caller");
    if (options_.on_refusal) options_.on_refusal(ctx, call, principal, error);
    return error;
}

}  // namespace tw::auth
