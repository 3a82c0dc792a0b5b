#pragma once

#include "apps/tradewind/findings.hpp"
#include "apps/tradewind/instruments.hpp"
#include "kit/runtime/config.hpp"

namespace tw::app {

/// Whether the modules that other processes run can be reached as calls would reach them: with the TLS handshake, both ways.
void check_upstreams(const runtime::Config& config, Instruments& tools, Findings& findings);

}  // namespace tw::app
