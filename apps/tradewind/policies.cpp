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

/// Around the calls that come in at the HTTP port.
Policies edge(runtime::LoopHost& host) {
    Policies list;
    if (auto limit = gateway::make_rate_limit(host)) list.push_back(std::move(limit));
    return list;
}

}  // namespace

runtime::PolicyLists policies() { return {.server = server, .edge = edge, .channel = nullptr}; }

}  // namespace tw::app
