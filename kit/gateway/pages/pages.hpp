#pragma once

#include "kit/gateway/calls/gateway.hpp"
#include "kit/gateway/pages/api_viewer.hpp"
#include "kit/gateway/pages/openapi_document.hpp"
#include "kit/runtime/module.hpp"

#include <string>
#include <string_view>

namespace tw::gateway {

/// Returns the page of liveness: the process answers, whatever the state of its dependencies is.
http::Response health_page();
/// Returns the page of readiness: 200, or 503 if the process cannot do its work now. With `verbose`
/// the page lists the reasons.
http::Response ready_page(const runtime::Health& health, bool verbose);
http::Response version_page(std::string_view program, std::string_view version);

/// What the pages show.
struct PagesOptions {
    /// The title of the OpenAPI document.
    std::string title;
    /// For the page at the root; empty if there is no console.
    std::string console_url;
    /// The page /docs, which outlives the gateway; null if there is none.
    ApiViewer* viewer = nullptr;
};

/// Adds the page at the root, /health, /livez, /ready, /readyz, /version, /openapi.json and /docs.
/// `host` and `document` outlive the gateway.
Result<void> add_pages(Gateway& gateway, runtime::LoopHost& host, SharedOpenApi& document, PagesOptions options);

}  // namespace tw::gateway
