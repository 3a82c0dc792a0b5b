#include "services/console/endpoints/page_port.hpp"

#include "kit/base/encoding.hpp"
#include "kit/http/problem.hpp"
#include "kit/http/reasons.hpp"
#include "kit/otlp/otlp_json.hpp"
#include "services/console/endpoints/same_origin.hpp"
#include "services/console/jaeger.hpp"
#include "services/console/reasons.hpp"

#include <optional>
#include <utility>

namespace tw::console {
namespace {

constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'self'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

constexpr std::string_view kTraces = "/q/traces/";
constexpr std::string_view kOtlp = "/otlp";

/// The trace whose OTLP form is asked for: TRACE of /q/traces/TRACE/otlp.
std::optional<std::string> otlp_trace_of(const http::Request& request) {
    std::string_view path = request.path;
    if (!path.starts_with(kTraces) || !path.ends_with(kOtlp) || path.size() <= kTraces.size() + kOtlp.size()) return std::nullopt;
    path.remove_prefix(kTraces.size());
    path.remove_suffix(kOtlp.size());
    if (path.find('/') != std::string_view::npos) return std::nullopt;
    return std::string{path};
}

http::Response only_get(const CallContext& ctx, const http::Request& request) {
    auto response = http::problem(Error{Code::unimplemented, tw::reason::kMethodNotAllowed, "this path is for GET"}, ctx.trace(),
                                  request.path);
    response.headers.add("allow", "GET, HEAD");
    return response;
}

}  // namespace

void PagePort::protect(http::Response& response) {
    auto& headers = response.headers;
    headers.add("content-security-policy", std::string{kPolicy});
    headers.add("x-content-type-options", "nosniff");
    headers.add("referrer-policy", "no-referrer");
    headers.add("cross-origin-opener-policy", "same-origin");
    headers.add("cross-origin-resource-policy", "same-origin");
    if (!headers.find("cache-control")) headers.add("cache-control", "no-store");
}

Task<http::Response> PagePort::answer(const CallContext& ctx, const http::Request& request) const {
    auto routed = route(ctx, request);
    auto response = co_await std::move(routed);
    protect(response);
    co_return response;
}

Task<http::Response> PagePort::route(const CallContext& ctx, const http::Request& request) const {
    if (ShopProxy::takes(request)) co_return co_await shop_.answer(ctx, request);
    if (auto trace_id = otlp_trace_of(request)) {
        auto answering = answer_otlp(ctx, request, std::move(*trace_id));
        co_return co_await std::move(answering);
    }
    if (request.path.starts_with("/api/")) co_return co_await ask_jaeger(ctx, request);
    if (request.path.starts_with("/q/")) co_return co_await answer_route(ctx, request);
    auto asset = assets_.answer(request);
    if (asset && request.method != "GET" && request.method != "HEAD") co_return only_get(ctx, request);
    if (asset) co_return std::move(*asset);
    const Error error{Code::not_found, reason::kPageNotFound, "the console has nothing at this path"};
    co_return http::problem(error, ctx.trace(), request.path);
}

Task<http::Response> PagePort::answer_route(const CallContext& ctx, const http::Request& request) const {
    if (changes_something(request)) {
        if (const auto checked = check_same_origin(request); !checked)
            co_return http::problem(checked.error(), ctx.trace(), request.path);
    }
    co_return co_await routes_.answer(ctx, request);
}

Task<http::Response> PagePort::ask_jaeger(const CallContext& ctx, const http::Request& request) const {
    if (request.method != "GET" && request.method != "HEAD") co_return only_get(ctx, request);
    const auto ask = [this, &request] { return answer_jaeger(archive_, request.path, request.query); };
    auto answer = co_await workers_.run(ctx.loop(), ask);
    co_return http::Response{.status = answer.http_status, .body = std::move(answer.body)};
}

Task<http::Response> PagePort::answer_otlp(const CallContext& ctx, const http::Request& request, std::string trace_id) const {
    if (request.method != "GET" && request.method != "HEAD") co_return only_get(ctx, request);
    const auto read = [this, trace_id]() -> Result<std::string> {
        auto bytes = archive_.get_otlp(trace_id);
        if (!bytes) return bytes;
        return otlp::to_json(telemetry::Signal::traces, *bytes);
    };
    auto json = co_await workers_.run(ctx.loop(), read);
    if (!json) co_return http::problem(json.error(), ctx.trace(), request.path);
    http::Response response{.body = std::move(*json)};
    response.headers.add("content-disposition", "attachment; filename=\"trace-" + trace_id + ".json\"");
    co_return response;
}

}  // namespace tw::console
