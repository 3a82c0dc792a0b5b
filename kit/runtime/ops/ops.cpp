#include "kit/runtime/ops/ops.hpp"

#include "kit/base/encoding.hpp"
#include "kit/http/problem.hpp"
#include "kit/http/reasons.hpp"
#include "kit/http/text.hpp"
#include "kit/runtime/ops/channelz_page.hpp"
#include "kit/runtime/ops/requests_page.hpp"
#include "kit/runtime/ops/telemetry_page.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json.hpp>

namespace tw::runtime {
namespace {

namespace json = boost::json;

constexpr std::string_view kMetricsPath = "/metrics";
constexpr std::string_view kRequestsPath = "/requests";
constexpr std::string_view kChannelzPath = "/channelz";

http::Response respond(int status, const json::value& body) { return {.status = status, .body = json::serialize(body)}; }

json::object to_json(const Health& health) {
    json::array reasons;
    for (const auto& reason : health.reasons) reasons.emplace_back(reason);
    return {{"ready", health.ready}, {"reasons", std::move(reasons)}};
}

http::Response method_not_allowed(const http::Request& request, std::string_view allow) {
    auto response = http::problem(Error{Code::unimplemented, reason::kMethodNotAllowed, "this path takes " + std::string{allow}},
                                  {}, request.path);
    response.status = 405;
    response.headers.add("allow", std::string{allow});
    return response;
}

bool reads(const http::Request& request) { return request.method == "GET" || request.method == "HEAD"; }

Task<http::Response> at_once(http::Response response) { co_return response; }

}  // namespace

http::Handler Ops::handler() {
    return [this](const CallContext& ctx, const http::Request& request) {
        if (http::is_path(request.path, kMetricsPath) && reads(request)) return metrics_.answer(ctx, request);
        if (http::is_path(request.path, kRequestsPath) && reads(request)) return requests_page(ctx, meters_);
        if (http::is_path(request.path, kChannelzPath) && reads(request)) return channelz_page(ctx, *context_.rpc_states);
        return at_once(answer(request));
    };
}

http::Handler Ops::scrape_handler() {
    return [this](const CallContext& ctx, const http::Request& request) {
        if (!http::is_path(request.path, kMetricsPath))
            return at_once(http::problem(not_found("path", request.path), {}, request.path));
        if (!reads(request)) return at_once(method_not_allowed(request, "GET, HEAD"));
        return metrics_.answer(ctx, request);
    };
}

http::Response Ops::answer(const http::Request& request) {
    struct Route {
        std::string_view path;
        http::Response (Ops::*answer)(const http::Request&);
        bool takes_put = false;
    };
    static constexpr std::array kRoutes{
        Route{"/health", &Ops::health},
        Route{"/healthz", &Ops::health},
        Route{"/livez", &Ops::health},
        Route{"/ready", &Ops::readiness},
        Route{"/readyz", &Ops::readiness},
        Route{"/config", &Ops::config},
        Route{"/log_level", &Ops::log_level, true},
        Route{"/loops", &Ops::loops},
        Route{"/telemetry", &Ops::telemetry},
        Route{"/version", &Ops::version},
    };
    for (const auto path : {kMetricsPath, kRequestsPath, kChannelzPath}) {
        if (http::is_path(request.path, path)) return method_not_allowed(request, "GET, HEAD");
    }
    for (const auto& route : kRoutes) {
        if (!http::is_path(request.path, route.path)) continue;
        if (!reads(request) && !(route.takes_put && request.method == "PUT")) {
            return method_not_allowed(request, route.takes_put ? "GET, HEAD, PUT" : "GET, HEAD");
        }
        auto response = (this->*route.answer)(request);
        response.route = route.path;
        return response;
    }
    return http::problem(not_found("path", request.path), {}, request.path);
}

http::Response Ops::health(const http::Request&) { return respond(200, {{"status", "ok"}}); }

http::Response Ops::readiness(const http::Request& request) {
    const auto overall = context_.health.overall();
    auto body = to_json(overall);
    if (request.query.starts_with("verbose")) {
        json::object modules;
        for (const auto& [name, health] : context_.health.by_module()) modules.emplace(name, to_json(health));
        body.emplace("modules", std::move(modules));
    }
    return respond(overall.ready ? 200 : 503, body);
}

http::Response Ops::config(const http::Request&) {
    json::array settings;
    for (const auto& entry : context_.config.entries()) {
        settings.push_back(
            {{"key", entry.setting.key}, {"value", entry.shown()}, {"origin", entry.origin}, {"help", entry.setting.help}});
    }
    return respond(200, {{"settings", std::move(settings)}});
}

http::Response Ops::log_level(const http::Request& request) {
    if (request.method == "PUT") {
        auto text = request.body;
        while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
        if (const auto applied = levels_.apply(text); !applied) return http::problem(applied.error(), {}, request.path);
    }
    json::object levels;
    for (const auto& [name, level] : levels_.all()) levels.emplace(name, ascii_lower(telemetry::severity_name(level)));
    return respond(200, levels);
}

http::Response Ops::loops(const http::Request&) {
    json::array loops;
    for (std::size_t i = 0; i < context_.loops.size(); ++i) {
        const auto lag = std::chrono::duration_cast<std::chrono::microseconds>(context_.loops.at(i).lag());
        loops.push_back({{"index", i}, {"lag_us", lag.count()}});
    }
    return respond(200, {{"loops", std::move(loops)},
                         {"http_connections", context_.http_connections.open()},
                         {"workers", {{"queued", context_.workers.queued()}}}});
}

http::Response Ops::telemetry(const http::Request&) { return telemetry_page(exports_); }

http::Response Ops::version(const http::Request&) { return respond(200, {{"version", context_.version}}); }

}  // namespace tw::runtime
