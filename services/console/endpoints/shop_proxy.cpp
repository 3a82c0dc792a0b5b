#include "services/console/endpoints/shop_proxy.hpp"

#include "kit/base/encoding.hpp"
#include "kit/http/client_stream.hpp"
#include "kit/http/event_source.hpp"
#include "kit/http/problem.hpp"
#include "kit/http/streamed_body.hpp"
#include "kit/http/text.hpp"
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

constexpr std::array<std::string_view, 10> kPassedOn{
    "accept",        "accept-language", "authorization", "idempotency-key", "if-match",
    "if-none-match", "last-event-id",   "traceparent",   "tracestate",      "x-request-id",
};
constexpr std::array<std::string_view, 10> kPassedBack{
    "etag",        "location", "retry-after",       "allow", "idempotent-replayed", "www-authenticate", "x-request-id",
    "deprecation", "link",     "x-accel-buffering",
};
/// The shop sends a heartbeat every 15 s, unless http.heartbeat_seconds says otherwise.
constexpr std::chrono::minutes kSilenceTimeMax{2};

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

/// Whether the answer may be a stream of events. What the page reads at once, it asks for as
/// application/json.
bool may_be_answered_with_events(const http::Request& request) {
    if (request.method != "GET") return false;
    const auto accept = request.headers.joined("accept");
    bool accepts = http::trimmed(accept).empty();
    http::for_each_element(accept, [&accepts](std::string_view element) {
        const auto range = http::trimmed(element.substr(0, element.find(';')));
        for (const std::string_view events : {"*/*", "text/*", "text/event-stream"}) {
            accepts = accepts || http::equals_ignoring_case(range, events);
        }
    });
    return accepts;
}

Error not_reached(const Error& error) {
    if (error.code() != Code::unavailable) return error;
    return Error{Code::unavailable, reason::kShopNotReached, "the shop's HTTP port does not answer: " + error.detail()};
}

/// Makes `head` the answer, and keeps the fields that every answer of the page's port has.
void answer_with(http::Response answer, http::Response& head) {
    head.status = answer.status;
    head.content_type = std::move(answer.content_type);
    head.body = std::move(answer.body);
    for (const auto& [name, value] : answer.headers.fields()) head.headers.replace(name, value);
}

/// An answer of the shop that is passed on while it comes. If it turns out to be no stream of
/// events, it is a usual answer.
class ForwardedAnswer final : public http::StreamedBody {
 public:
    /// `request` is what came, and outlives the answer.
    ForwardedAnswer(std::unique_ptr<http::ClientStream> stream, const http::Request& request)
        : stream_{std::move(stream)}, request_{request} {}

    Task<void> begin(const CallContext& ctx, http::Response& head) override {
        auto sent = request_of(request_);
        auto answer = co_await stream_->open(ctx, std::move(sent));
        if (answer && http::is_event_stream(*answer)) co_return answer_with(response_of(std::move(*answer)), head);
        head.stream = nullptr;
        if (answer) {
            auto body = co_await stream_->read_rest(ctx);
            if (body) answer->body = std::move(*body);
            if (!body) answer = std::move(body).error();
        }
        if (answer) co_return answer_with(response_of(std::move(*answer)), head);
        answer_with(http::problem(not_reached(answer.error()), ctx.trace(), request_.path), head);
    }

    Task<Result<void>> run(const CallContext& ctx, http::BodyWriter& body) override {
        while (true) {
            const auto part = co_await stream_->next(ctx);
            if (!part) co_return part.error();
            if (part->empty()) co_return Result<void>{};
            auto written = co_await body.write(*part);
            if (!written) co_return written;
        }
    }

 private:
    std::unique_ptr<http::ClientStream> stream_;
    const http::Request& request_;
};

}  // namespace

Result<ShopProxy> ShopProxy::make(EventLoop& loop, const std::string& url) {
    ShopProxy proxy;
    if (url.empty()) return proxy;
    auto parsed = http::Url::parse(url);
    if (!parsed) return std::move(parsed).error();
    auto client = http::Client::make(loop, *parsed);
    if (!client) return std::move(client).error();
    proxy.client_ = std::move(*client);
    http::ClientOptions options{.silence_time_max = kSilenceTimeMax};
    if (parsed->tls) {
        auto tls = net::TlsContext::make_client({.alpn = {"http/1.1"}});
        if (!tls) return std::move(tls).error();
        options.tls = std::move(*tls);
    }
    proxy.make_stream_ = [&loop, url = std::move(*parsed), options] { return http::ClientStream::make(loop, url, options); };
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
    if (may_be_answered_with_events(request)) {
        auto stream = make_stream_();
        if (!stream) co_return std::move(stream).error();
        co_return http::Response{.stream = std::make_shared<ForwardedAnswer>(std::move(*stream), request)};
    }
    auto sent = request_of(request);
    auto answer = co_await client_->send(ctx, std::move(sent));
    if (answer) co_return response_of(std::move(*answer));
    co_return not_reached(answer.error());
}

}  // namespace tw::console
