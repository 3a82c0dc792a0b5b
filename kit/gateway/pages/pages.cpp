#include "kit/gateway/pages/pages.hpp"

#include "kit/base/json_text.hpp"
#include "kit/gateway/pages/landing_page.hpp"
#include "kit/runtime/config.hpp"

#include <utility>

namespace tw::gateway {
namespace {

http::Response json_page(std::string body, int status = 200) {
    http::Response response{.status = status};
    response.headers.add("cache-control", "no-store");
    response.body = std::move(body);
    return response;
}

Result<void> add_viewer(Gateway& gateway, ApiViewer& viewer) {
    for (const auto& path : ApiViewer::paths()) {
        auto added = gateway.add_page(path, [&viewer](const http::Request& request) { return viewer.answer(request); });
        if (!added) return added;
    }
    return {};
}

}  // namespace

http::Response health_page() { return json_page(R"({"status":"ok"})"); }

http::Response ready_page(const runtime::Health& health, bool verbose) {
    std::string body = health.ready ? R"({"status":"ready")" : R"({"status":"unready")";
    if (verbose) {
        body += R"(,"reasons":[)";
        for (std::size_t i = 0; i < health.reasons.size(); ++i) {
            if (i > 0) body += ',';
            append_json_string(body, health.reasons[i]);
        }
        body += ']';
    }
    return json_page(body + "}", health.ready ? 200 : 503);
}

http::Response version_page(std::string_view program, std::string_view version) {
    std::string body = R"({"name":)";
    append_json_string(body, program);
    body += R"(,"version":)";
    append_json_string(body, version);
    return json_page(body + "}");
}

Result<void> add_pages(Gateway& gateway, runtime::LoopHost& host, SharedOpenApi& document, PagesOptions options) {
    Landing shown{.program = host.config().all().program().text(),
                  .title = options.title,
                  .version = std::string{host.version()},
                  .console_url = std::move(options.console_url),
                  .has_viewer = options.viewer != nullptr};
    const auto landing = [shown = std::move(shown)](const http::Request& request) { return landing_page(shown, request); };
    const auto health = [](const http::Request&) { return health_page(); };
    const auto ready = [&host](const http::Request& request) {
        return ready_page(host.overall_health(), request.query.starts_with("verbose"));
    };
    const auto version = [&host](const http::Request&) {
        return version_page(host.config().all().program().text(), host.version());
    };
    const auto openapi = [&host, &document, title = std::move(options.title)](const http::Request&) {
        return json_page(document.text(title, host.version()));
    };

    const std::pair<std::string_view, Gateway::Page> pages[]{
        {"/", landing},    {"/health", health}, {"/healthz", health},  {"/livez", health},
        {"/ready", ready}, {"/readyz", ready},  {"/version", version}, {"/openapi.json", openapi}};
    for (const auto& [path, page] : pages) {
        if (auto added = gateway.add_page(path, page); !added) return added;
    }
    return options.viewer == nullptr ? Result<void>{} : add_viewer(gateway, *options.viewer);
}

}  // namespace tw::gateway
