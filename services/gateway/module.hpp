#pragma once

#include "kit/rpc/policy.hpp"
#include "kit/runtime/module.hpp"

#include <memory>

namespace tw::gateway {

std::unique_ptr<runtime::Module> make_module();

// These functions make the policies of the program's list at the edge (runtime::PolicyLists::edge).

/// Makes the policy that lets pages of other origins use the API from a browser, by the module's
/// settings (cors_origins and others). Returns null if no origin is allowed.
std::unique_ptr<rpc::Policy> make_cors(runtime::LoopHost& host);
/// Makes the policy that adds the ETag to answers, and enforces If-Match and If-None-Match.
std::unique_ptr<rpc::Policy> make_conditional_requests();
/// Makes the limit of calls for each address and method, by the module's settings
/// (requests_per_second_max, requests_burst_max). Returns null if there is no limit.
std::unique_ptr<rpc::Policy> make_rate_limit(runtime::LoopHost& host);

}  // namespace tw::gateway
