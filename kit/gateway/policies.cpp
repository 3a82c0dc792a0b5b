#include "kit/gateway/policies.hpp"

#include "kit/gateway/conditional_requests.hpp"
#include "kit/gateway/gzip_answers.hpp"
#include "kit/gateway/rate_limit.hpp"
#include "kit/gateway/settings/gateway_settings.hpp"
#include "kit/rpc/fault_injection.hpp"
#include "kit/runtime/core_settings.hpp"

#include <chrono>
#include <utility>

namespace tw::gateway {

runtime::PolicyLists default_policies() {
    return {.server = runtime::server_policies, .edge = edge_policies, .channel = nullptr};
}

std::vector<std::unique_ptr<rpc::Policy>> edge_policies(runtime::LoopHost& host) {
    std::vector<std::unique_ptr<rpc::Policy>> list;
    // Pages of other origins may read answers of all kinds, even refusals.
    if (auto cors = make_cors(host)) list.push_back(std::move(cors));
    // Later policies may know who calls.
    for (auto& policy : runtime::caller_policies(host)) list.push_back(std::move(policy));
    // Calls beyond the rate limit are refused before anything is read or looked up. Each caller
    // has a limit, so it follows authentication.
    if (auto limit = make_rate_limit(host)) list.push_back(std::move(limit));
    if (runtime::injects_faults(host.config().all())) list.push_back(std::make_unique<rpc::FaultRequests>());
    // The ETag of a compressed answer differs, so answers meet this policy after the one below.
    if (auto gzip = make_gzip_answers(host)) list.push_back(std::move(gzip));
    // If-Match and If-None-Match are evaluated next to the call. This policy also adds the ETag to
    // the answer.
    list.push_back(make_conditional_requests());
    return list;
}

std::unique_ptr<rpc::Policy> make_cors(runtime::LoopHost& host) {
    // The module has already refused to start if its settings are wrong.
    auto cors = cors_of(host.config()).value();
    return cors.allows_any() ? std::make_unique<Cors>(std::move(cors)) : nullptr;
}

std::unique_ptr<rpc::Policy> make_rate_limit(runtime::LoopHost& host) {
    const auto settings = host.config().read(gateway_settings());
    if (settings.requests_per_second_max == 0) return nullptr;
    const auto rate = cache::Rate::of(settings.requests_per_second_max, std::chrono::seconds{1}, settings.requests_burst_max);
    return std::make_unique<RateLimit>(host.rate_limiter(), rate);
}

std::unique_ptr<rpc::Policy> make_gzip_answers(runtime::LoopHost& host) {
    const auto bytes_min = host.config().read(gateway_settings()).gzip_bytes_min;
    return bytes_min > 0 ? std::make_unique<GzipAnswers>(bytes_min) : nullptr;
}

std::unique_ptr<rpc::Policy> make_conditional_requests() { return std::make_unique<ConditionalRequests>(); }

}  // namespace tw::gateway
