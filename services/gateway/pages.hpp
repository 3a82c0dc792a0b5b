#pragma once

#include "kit/runtime/module.hpp"
#include "services/gateway/gateway.hpp"

namespace tw::gateway {

/// Liveness: the process answers, whatever its dependencies do.
http::Response health_page();
/// Readiness: 200, or 503 where the process is of no use now. With `verbose` it says why.
http::Response ready_page(const runtime::Health& health, bool verbose);
http::Response version_page(std::string_view version);

/// Adds /health, /livez, /ready, /readyz, /version and /openapi.json. `host` outlives the gateway.
Result<void> add_pages(Gateway& gateway, runtime::LoopHost& host);

}  // namespace tw::gateway
