#pragma once

#include "kit/rpc/policy.hpp"
#include "kit/runtime/module.hpp"

#include <memory>

namespace tw::gateway {

std::unique_ptr<runtime::Module> make_module();

// What the program's list of policies at the edge (runtime::PolicyLists::edge) is made of.

/// Lets pages of other origins use the API from a browser, as the module's settings say (cors_origins and others); null where no
/// origin is allowed.
std::unique_ptr<rpc::Policy> make_cors(runtime::LoopHost& host);
/// Gives answers their ETag, and holds If-Match and If-None-Match.
std::unique_ptr<rpc::Policy> make_conditional_requests();
/// The limit of calls by address and method that the module's settings ask for (requests_per_second_max, requests_burst_max);
/// null where there is none.
std::unique_ptr<rpc::Policy> make_rate_limit(runtime::LoopHost& host);

}  // namespace tw::gateway
