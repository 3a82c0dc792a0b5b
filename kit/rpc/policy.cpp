#include "kit/rpc/policy.hpp"

#include "kit/rpc/method_policies.hpp"

namespace tw::rpc {

ValueTask<Result<void>> Policy::before(const CallContext&, CallInfo&) { return {}; }

void Policy::after(CallInfo&) noexcept {}

Task<Result<void>> Policy::around(const CallContext& ctx, CallInfo&, const Message&, Message&, Next next) {
    co_return co_await next(ctx);
}

Task<Result<void>> Policy::around_stream(const CallContext& ctx, CallInfo&, ServerStream& stream, NextStream next) {
    co_return co_await next(ctx, stream);
}

MethodPolicies MethodPolicies::of(std::span<Policy* const> policies, const Method& method) {
    MethodPolicies chosen;
    bool reads_any = false;
    bool all_read_lent = true;
    for (auto* const policy : policies) {
        const auto part = policy->part_in(method);
        if (part.before) chosen.before.push_back(policy);
        if (part.around) chosen.around.push_back(policy);
        if ((!part.before && !part.around) || !policy->reads_metadata()) continue;
        chosen.reads_metadata = true;
        const auto names = policy->metadata_names();
        chosen.metadata_names.insert(chosen.metadata_names.end(), names.begin(), names.end());
        reads_any = reads_any || names.empty();
        all_read_lent = all_read_lent && policy->reads_lent_metadata();
    }
    if (reads_any) chosen.metadata_names.clear();
    chosen.reads_lent_metadata = all_read_lent && !chosen.metadata_names.empty();
    return chosen;
}

}  // namespace tw::rpc
