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

/// Around the calls that a module serves.
Policies server(runtime::LoopHost& host) {
    Policies list;
    const auto calls_max = runtime::rpc_limits(host.config().all()).concurrent_calls_max;
    if (calls_max > 0) {
        list.push_back(std::make_unique<rpc::ConcurrencyLimit>(host.shared_call_count(), calls_max));
    }
    list.push_back(std::make_unique<rpc::DeadlineLimit>());
    return list;
}

/// Around what comes in at the HTTP port, from top to bottom: requests meet the first one first, answers meet it last.
Policies edge(runtime::LoopHost& host) {
    Policies list;
    // Answers of all kinds, refusals included, may be read by pages of other origins.
    if (auto cors = gateway::make_cors(host)) list.push_back(std::move(cors));
    // Who calls too often is refused before anything is read or looked up.
    if (auto limit = gateway::make_rate_limit(host)) list.push_back(std::move(limit));
    // If-Match and If-None-Match are judged next to the call, whose answer gets its ETag here.
    list.push_back(gateway::make_conditional_requests());
    return list;
}

}  // namespace

runtime::PolicyLists policies() { return {.server = server, .edge = edge, .channel = nullptr}; }

}  // namespace tw::app
