#include "apps/tradewind/policies.hpp"

#include "kit/rpc/concurrency_limit.hpp"
#include "kit/rpc/deadline_limit.hpp"
#include "kit/runtime/config.hpp"
#include "kit/runtime/module.hpp"
#include "kit/runtime/rpc_settings.hpp"
#include "services/gateway/module.hpp"

namespace tw::app {
namespace {

using Policies = std::vector<std::unique_ptr<rpc::Policy>>;

/// Returns the policies around the calls that a module serves.
Policies server(runtime::LoopHost& host) {
    Policies list;
    const auto calls_max = runtime::rpc_limits(host.config().all()).concurrent_calls_max;
    if (calls_max > 0) {
        list.push_back(std::make_unique<rpc::ConcurrencyLimit>(host.shared_call_count(), calls_max));
    }
    list.push_back(std::make_unique<rpc::DeadlineLimit>());
    return list;
}

/// Returns the policies of the HTTP port. Requests meet the first policy first, and answers meet it
/// last.
Policies edge(runtime::LoopHost& host) {
    Policies list;
    // Pages of other origins may read answers of all kinds, even refusals.
    if (auto cors = gateway::make_cors(host)) list.push_back(std::move(cors));
    // Calls beyond the rate limit are refused before anything is read or looked up.
    if (auto limit = gateway::make_rate_limit(host)) list.push_back(std::move(limit));
    // If-Match and If-None-Match are evaluated next to the call. This policy also adds the ETag to
    // the answer.
    list.push_back(gateway::make_conditional_requests());
    return list;
}

}  // namespace

runtime::PolicyLists policies() { return {.server = server, .edge = edge, .channel = nullptr}; }

}  // namespace tw::app
