#include "kit/runtime/policies.hpp"

#include "kit/audit/audit_policy.hpp"
#include "kit/audit/denial_reporter.hpp"
#include "kit/cache/changed_row.hpp"
#include "kit/idempotency/keyed_policy.hpp"
#include "kit/rpc/adaptive_limit.hpp"
#include "kit/rpc/concurrency_limit.hpp"
#include "kit/rpc/deadline_limit.hpp"
#include "kit/rpc/fault_injection.hpp"
#include "kit/runtime/callers/loop_auth.hpp"
#include "kit/runtime/config.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/module.hpp"
#include "kit/runtime/rpc_settings.hpp"

namespace tw::runtime {

std::vector<std::unique_ptr<rpc::Policy>> caller_policies(LoopHost& host) {
    auto* const auth = host.auth();
    if (auth == nullptr) return {};
    return auth->make_policies(host.telemetry(), [&host](const CallContext& ctx, const rpc::CallInfo& call,
                                                         const Principal& principal, const Error& error) {
        auto* const trail = host.audit_trail_of(call.method);
        auto* const reporter = host.denial_reporter();
        if (trail != nullptr) {
            trail->note_denial(audit::denial_of(ctx, call.method.path, principal, error));
        } else if (reporter != nullptr) {
            reporter->note(call.method.service, audit::denial_of(ctx, call.method.path, principal, error));
        }
    });
}

std::vector<std::unique_ptr<rpc::Policy>> standard_policies(LoopHost& host) {
    auto* const auth = host.auth();
    if (auth == nullptr || !auth->process().closes_standard_methods()) return {};
    return auth->make_policies(host.telemetry());
}

std::vector<std::unique_ptr<rpc::Policy>> server_policies(LoopHost& host) {
    std::vector<std::unique_ptr<rpc::Policy>> list;
    const auto calls_max = rpc_limits(host.config().all()).concurrent_calls_max;
    if (calls_max > 0) list.push_back(std::make_unique<rpc::ConcurrencyLimit>(host.shared_call_count(), calls_max));
    for (auto& policy : caller_policies(host)) list.push_back(std::move(policy));
    list.push_back(std::make_unique<rpc::DeadlineLimit>());
    if (const auto options = adaptive_limit_options(host.config().all()); options.limits_calls || options.checks_deadlines) {
        list.push_back(std::make_unique<rpc::AdaptiveLimit>(host.loop(), host.telemetry().meter, options));
    }
    if (auto* const trail = host.audit_trail()) list.push_back(std::make_unique<audit::AuditPolicy>(*trail));
    // A call that a fault delays counts as a slow one for the limit above.
    if (injects_faults(host.config().all())) {
        list.push_back(std::make_unique<rpc::FaultInjection>(host.random(), host.telemetry(), host.standing_faults()));
    }
    if (auto keys = host.keys_in_progress()) {
        // The module's cache is made when it is needed: many modules have none.
        auto tell_cache = [&host](const CallContext& ctx, std::string key, std::int64_t version) {
            return cache::tell_changed(host.cache(), host.invalidations())(ctx, std::move(key), version);
        };
        list.push_back(std::make_unique<idempotency::KeyedPolicy>(host.database(), host.clock(), std::move(keys),
                                                                  host.telemetry(), std::move(tell_cache)));
    }
    return list;
}

}  // namespace tw::runtime
