#pragma once

#include "kit/runtime/module.hpp"
#include "services/gateway/gateway.hpp"

namespace tw::gateway {

/// Returns the page of liveness: the process answers, whatever the state of its dependencies is.
http::Response health_page();
/// Returns the page of readiness: 200, or 503 if the process cannot do its work now. With `verbose`
/// the page lists the reasons.
http::Response ready_page(const runtime::Health& health, bool verbose);
http::Response version_page(std::string_view version);

/// Adds /health, /livez, /ready, /readyz, /version and /openapi.json. `host` outlives the gateway.
Result<void> add_pages(Gateway& gateway, runtime::LoopHost& host);

}  // namespace tw::gateway
