#pragma once

#include "kit/rpc/adaptive_limit.hpp"
#include "kit/rpc/make_network_channel.hpp"
#include "kit/rpc/server.hpp"
#include "kit/runtime/config.hpp"
#include "kit/runtime/module_spec.hpp"

#include <cstdint>
#include <vector>

namespace tw::runtime {

/// What the modules of a process grant their callers.
struct RpcLimits : rpc::ServerLimits {
    /// How many calls a module serves at once, on all its loops; 0 means any number.
    std::uint32_t concurrent_calls_max = 0;
};

/// The settings of gRPC, which all modules have in common: how this process is called, and how it
/// calls others.
void add_rpc_settings(std::vector<Setting>& all);

RpcLimits rpc_limits(const Config& config);
rpc::ChannelOptions channel_options(const Config& config);
rpc::AdaptiveLimitOptions adaptive_limit_options(const Config& config);

/// Where a module that runs elsewhere is.
rpc::Target upstream_target(const Config& config, const ModuleSpec& module);

}  // namespace tw::runtime
