#include "kit/runtime/ops/ops.hpp"

#include "kit/base/encoding.hpp"
#include "kit/http/problem.hpp"
#include "kit/http/reasons.hpp"
#include "kit/http/text.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/ops/channelz_page.hpp"
#include "kit/runtime/ops/dead_events_page.hpp"
#include "kit/runtime/ops/flows_page.hpp"
#include "kit/runtime/ops/index_page.hpp"
#include "kit/runtime/ops/operator_request.hpp"
#include "kit/runtime/ops/requests_page.hpp"
#include "kit/runtime/ops/telemetry_page.hpp"
#include "kit/runtime/ops/token_page.hpp"
#include "kit/runtime/reasons.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>

namespace tw::runtime {
namespace {

namespace json = boost::json;

constexpr std::string_view kMetricsPath = "/metrics";
constexpr std::string_view kRequestsPath = "/requests";
constexpr std::string_view kChannelzPath = "/channelz";
constexpr std::string_view kReads = "GET, HEAD";
constexpr std::string_view kReadsPostAndPut = "GET, HEAD, POST, PUT";
constexpr std::string_view kReadsAndPost = "GET, HEAD, POST";
constexpr std::string_view kPosts = "POST";
constexpr std::string_view kFlowsPath = "/flows";
constexpr std::string_view kDeadEventsPath = "/events/dead";
constexpr std::string_view kTokenPath = "/token";

/// Every path that the port answers, in the order of the index. docs/reference/operations.md has
/// the same list.
constexpr std::array kPaths{
    OpsPath{"/", kReads, "This list."},
    OpsPath{"/health", kReads, "200 while the process answers, whatever its dependencies do. For liveness probes."},
    OpsPath{"/healthz", kReads, "Another name of /health."},
    OpsPath{"/livez", kReads, "Another name of /health."},
    OpsPath{"/ready", kReads,
            "200 when the process can serve requests, else 503 with the reasons. For readiness probes. "
            "/ready?verbose shows each module."},
    OpsPath{"/readyz", kReads, "Another name of /ready."},
    OpsPath{kMetricsPath, kReads, "All metrics, as Prometheus text or OpenMetrics."},
    OpsPath{"/telemetry", kReads, "Where traces, metrics and logs are sent, what waits, what was lost, and the last error."},
    OpsPath{kRequestsPath, kReads, "How many requests and calls each service is serving now."},
    OpsPath{kChannelzPath, kReads, "Connections, channels and calls of each module, on each event loop."},
    OpsPath{kFlowsPath, kReadsAndPost,
            "Durable flows that have not ended, with the reason why they wait or are parked. POST retries or cancels one."},
    OpsPath{kDeadEventsPath, kReadsAndPost,
            "Events that a consumer could not apply, with the error. POST publishes one again, or drops it."},
    OpsPath{kTokenPath, kPosts, "POST signs an access token for development, in the development profile alone."},
    OpsPath{"/loops", kReads, "How late each event loop is, open HTTP connections, and tasks that wait for a thread."},
    OpsPath{"/config", kReads, "Every setting with its value and where the value comes from. Passwords are hidden."},
    OpsPath{"/log_level", kReadsPostAndPut,
            "Log levels of each part of the process. POST or PUT changes them: info,order=debug."},
    OpsPath{"/faults", kReadsPostAndPut,
            "Faults that hit the calls of this process, for development. POST or PUT replaces them: "
            "order.OrderService/*;latency_ms=200. An empty body removes them."},
    OpsPath{"/version", kReads, "The version of the program."},
};

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

std::string without_line_end(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    return text;
}

Error fault_injection_off() {
    return {Code::permission_denied, reason::kFaultInjectionOff,
            "This process injects no faults. Start it with fault_injection = true, in the development profile."};
}

bool reads(const http::Request& request) { return request.method == "GET" || request.method == "HEAD"; }

Task<http::Response> at_once(http::Response response) { co_return response; }

}  // namespace

http::Handler Ops::handler() {
    return [this](const CallContext& ctx, const http::Request& request) {
        if (http::is_path(request.path, kMetricsPath) && reads(request)) return metrics_.answer(ctx, request);
        if (http::is_path(request.path, kRequestsPath) && reads(request)) return requests_page(ctx, meters_);
        if (http::is_path(request.path, kChannelzPath) && reads(request)) return channelz_page(ctx, *context_.rpc_states);
        const bool reads_or_posts = reads(request) || request.method == "POST";
        if (http::is_path(request.path, kFlowsPath) && reads_or_posts)
            return flows_page(ctx, *context_.operated, context_.clock, request);
        if (http::is_path(request.path, kDeadEventsPath) && reads_or_posts)
            return dead_events_page(ctx, *context_.operated, context_.clock, request);
        if (http::is_path(request.path, kTokenPath) && request.method == "POST")
            return at_once(token_page(context_.auth.get(), request));
        return at_once(answer(request));
    };
}

http::Handler Ops::scrape_handler() {
    return [this](const CallContext& ctx, const http::Request& request) {
        if (!http::is_path(request.path, kMetricsPath))
            return at_once(http::problem(not_found("path", request.path), {}, request.path));
        if (!reads(request)) return at_once(method_not_allowed(request, kReads));
        return metrics_.answer(ctx, request);
    };
}

http::Response Ops::answer(const http::Request& request) {
    using Answer = http::Response (Ops::*)(const http::Request&);
    // The paths of handler() are not here: they are answered there unless their method is wrong.
    static constexpr std::array kAnswers{
        std::pair<std::string_view, Answer>{"/", &Ops::index},
        std::pair<std::string_view, Answer>{"/health", &Ops::health},
        std::pair<std::string_view, Answer>{"/healthz", &Ops::health},
        std::pair<std::string_view, Answer>{"/livez", &Ops::health},
        std::pair<std::string_view, Answer>{"/ready", &Ops::readiness},
        std::pair<std::string_view, Answer>{"/readyz", &Ops::readiness},
        std::pair<std::string_view, Answer>{"/config", &Ops::config},
        std::pair<std::string_view, Answer>{"/log_level", &Ops::log_level},
        std::pair<std::string_view, Answer>{"/faults", &Ops::faults},
        std::pair<std::string_view, Answer>{"/loops", &Ops::loops},
        std::pair<std::string_view, Answer>{"/telemetry", &Ops::telemetry},
        std::pair<std::string_view, Answer>{"/version", &Ops::version},
    };
    const auto asked = [&request](std::string_view path) { return http::is_path(request.path, path); };
    const auto* const path = std::ranges::find_if(kPaths, asked, &OpsPath::path);
    if (path == kPaths.end()) return http::problem(not_found("path", request.path), {}, request.path);
    const bool changes = path->methods == kReadsPostAndPut && (request.method == "POST" || request.method == "PUT");
    const auto* const found = std::ranges::find_if(kAnswers, asked, &std::pair<std::string_view, Answer>::first);
    if (found == kAnswers.end() || (!reads(request) && !changes)) {
        return method_not_allowed(request, path->methods);
    }
    auto response = (this->*found->second)(request);
    response.route = path->path;
    return response;
}

http::Response Ops::index(const http::Request& request) {
    return index_page(request, context_.config.program().text(), context_.version, kPaths);
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
    // A form of a page can send POST, but no header field of its own. It cannot send PUT.
    if (request.method == "POST" && !is_from_operator(request)) return http::problem(operator_field_missing(), {}, request.path);
    if (!reads(request)) {
        if (const auto applied = levels_.apply(without_line_end(request.body)); !applied)
            return http::problem(applied.error(), {}, request.path);
    }
    json::object levels;
    for (const auto& [name, level] : levels_.all()) levels.emplace(name, ascii_lower(telemetry::severity_name(level)));
    return respond(200, levels);
}

http::Response Ops::faults(const http::Request& request) {
    if (request.method == "POST" && !is_from_operator(request)) return http::problem(operator_field_missing(), {}, request.path);
    auto& standing = *context_.standing_faults;
    if (!reads(request)) {
        if (!injects_faults(context_.config)) return http::problem(fault_injection_off(), {}, request.path);
        const auto text = without_line_end(request.body);
        auto read = text.empty() ? Result<std::vector<rpc::Fault>>{std::vector<rpc::Fault>{}} : rpc::read_faults(text);
        if (!read) return http::problem(read.error(), {}, request.path);
        standing.set(std::move(read).value());
    }
    json::array faults;
    const auto now = standing.get();
    for (const auto& fault : *now) faults.emplace_back(fault.text());
    return respond(200, {{"faults", std::move(faults)}});
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
