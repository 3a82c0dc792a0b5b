#include "services/gateway/pages.hpp"

#include "kit/base/json_text.hpp"
#include "proto/openapi.tw.hpp"

namespace tw::gateway {
namespace {

http::Response json(std::string body, int status = 200) {
    http::Response response{.status = status};
    response.headers.add("cache-control", "no-store");
    response.body = std::move(body);
    return response;
}

}  // namespace

http::Response health_page() { return json(R"({"status":"ok"})"); }

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
    return json(body + "}", health.ready ? 200 : 503);
}

http::Response version_page(std::string_view version) {
    std::string body = R"({"name":"tradewind","version":)";
    append_json_string(body, version);
    return json(body + "}");
}

Result<void> add_pages(Gateway& gateway, runtime::LoopHost& host) {
    const auto health = [](const http::Request&) { return health_page(); };
    const auto ready = [&host](const http::Request& request) {
        return ready_page(host.overall_health(), request.query.starts_with("verbose"));
    };
    const auto version = [&host](const http::Request&) { return version_page(host.version()); };
    const auto openapi = [](const http::Request&) { return json(std::string{tradewind::openapi_json()}); };

    const std::pair<std::string_view, Gateway::Page> pages[]{
        {"/health", health}, {"/healthz", health},  {"/livez", health},        {"/ready", ready},
        {"/readyz", ready},  {"/version", version}, {"/openapi.json", openapi}};
    for (const auto& [path, page] : pages) {
        if (auto added = gateway.add_page(path, page); !added) return added;
    }
    return {};
}

}  // namespace tw::gateway
