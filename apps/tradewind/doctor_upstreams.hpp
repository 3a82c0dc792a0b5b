#pragma once

#include "apps/tradewind/findings.hpp"
#include "apps/tradewind/instruments.hpp"
#include "kit/runtime/config.hpp"

namespace tw::app {

/// Checks whether the modules that run in other processes can be reached in the way that calls
/// reach them. With TLS, the handshake is made with the certificates of both sides.
void check_upstreams(const runtime::Config& config, Instruments& tools, Findings& findings);

}  // namespace tw::app
