#include "services/console/endpoints/shop_proxy.hpp"

#include "kit/base/encoding.hpp"
#include "kit/http/problem.hpp"
#include "services/console/endpoints/same_origin.hpp"
#include "services/console/reasons.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tw::console {
namespace {

constexpr std::string_view kPrefix = "/shop";
constexpr std::string_view kApi = "/shop/api/";
constexpr std::string_view kDocument = "/shop/openapi.json";

constexpr std::array<std::string_view, 9> kPassedOn{
    "accept",        "accept-language", "authorization", "idempotency-key", "if-match",
    "if-none-match", "traceparent",     "tracestate",    "x-request-id",
};
constexpr std::array<std::string_view, 9> kPassedBack{
    "etag", "location", "retry-after", "allow", "idempotent-replayed", "www-authenticate", "x-request-id", "deprecation", "link",
};

/// Whether the path has a segment that could lead out of /shop/api.
bool leads_elsewhere(std::string_view path) {
    const auto decoded = percent_decode(path);
    if (!decoded || decoded->find('\\') != std::string::npos) return true;
    const auto text = *decoded + "/";
    return text.find("/../") != std::string::npos || text.find("/./") != std::string::npos ||
           text.find("//") != text.rfind("//") || decoded->find("//") != std::string::npos;
}

http::ClientRequest request_of(const http::Request& request) {
    http::ClientRequest out{.method = request.method, .target = request.path.substr(kPrefix.size())};
    if (!request.query.empty()) out.target += "?" + request.query;
    for (const auto name : kPassedOn) {
        if (auto value = request.headers.joined(name); !value.empty()) out.headers.add(std::string{name}, std::move(value));
    }
    out.content_type = request.headers.find("content-type").value_or("");
    out.body = request.body;
    return out;
}

http::Response response_of(http::ClientResponse answer) {
    http::Response response{.status = answer.status};
    response.content_type = answer.headers.find("content-type").value_or("");
    for (const auto name : kPassedBack) {
        if (auto value = answer.headers.joined(name); !value.empty()) response.headers.add(std::string{name}, std::move(value));
    }
    response.headers.add("cache-control", "no-store");
    response.body = std::move(answer.body);
    return response;
}

}  // namespace

Result<ShopProxy> ShopProxy::make(EventLoop& loop, const std::string& url) {
    ShopProxy proxy;
    if (url.empty()) return proxy;
    auto parsed = http::Url::parse(url);
    if (!parsed) return std::move(parsed).error();
    auto client = http::Client::make(loop, *parsed);
    if (!client) return std::move(client).error();
    proxy.client_ = std::move(*client);
    return proxy;
}

bool ShopProxy::takes(const http::Request& request) { return request.path.starts_with(kApi) || request.path == kDocument; }

Task<http::Response> ShopProxy::answer(const CallContext& ctx, const http::Request& request) const {
    auto passing = pass_on(ctx, request);
    auto response = co_await std::move(passing);
    if (response) co_return std::move(*response);
    co_return http::problem(response.error(), ctx.trace(), request.path);
}

Task<Result<http::Response>> ShopProxy::pass_on(const CallContext& ctx, const http::Request& request) const {
    if (leads_elsewhere(request.path))
        co_return Error{Code::not_found, reason::kPageNotFound, "the path leads out of the shop's API"};
    if (changes_something(request)) {
        auto checked = check_same_origin(request);
        if (!checked) co_return std::move(checked).error();
    }
    if (!client_) {
        co_return Error{Code::unavailable, reason::kShopNotReached,
                        "the console does not know where the shop's HTTP port is; set console.gateway_url"};
    }
    auto sent = request_of(request);
    auto answer = co_await client_->send(ctx, std::move(sent));
    if (answer) co_return response_of(std::move(*answer));
    if (answer.error().code() != Code::unavailable) co_return std::move(answer).error();
    co_return Error{Code::unavailable, reason::kShopNotReached,
                    "the shop's HTTP port does not answer: " + answer.error().detail()};
}

}  // namespace tw::console
