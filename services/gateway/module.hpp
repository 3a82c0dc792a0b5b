#pragma once

#include "kit/rpc/policy.hpp"
#include "kit/runtime/module.hpp"

#include <memory>

namespace tw::gateway {

std::unique_ptr<runtime::Module> make_module();

/// The limit of calls by address and method that the module's settings ask for (requests_per_second_max, requests_burst_max), for
/// the program's list of policies at the edge; null where there is none.
std::unique_ptr<rpc::Policy> make_rate_limit(runtime::LoopHost& host);

}  // namespace tw::gateway
