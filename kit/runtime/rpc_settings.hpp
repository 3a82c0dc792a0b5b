#pragma once

#include "kit/rpc/make_network_channel.hpp"
#include "kit/rpc/server.hpp"
#include "kit/runtime/config.hpp"
#include "kit/runtime/module_spec.hpp"

#include <vector>

namespace tw::runtime {

/// The settings of gRPC, which all modules have in common: how this process is called, and how it calls others.
void add_rpc_settings(std::vector<Setting>& all);

rpc::ServerLimits rpc_limits(const Config& config);
rpc::ChannelOptions channel_options(const Config& config);

/// Where a module that runs elsewhere is.
rpc::Target upstream_target(const Config& config, const ModuleSpec& module);

}  // namespace tw::runtime
