#include "kit/http/server/request_work.hpp"

#include "kit/base/reasons.hpp"
#include "kit/http/problem.hpp"
#include "kit/http/server/recorded_path.hpp"
#include "kit/http/server/request_fields.hpp"
#include "kit/http/server/served_stream.hpp"
#include "kit/http/telemetry/known_method.hpp"
#include "kit/telemetry/propagators.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace tw::http {
namespace {

constexpr std::size_t kIdempotencyKeyBytesMax = 255;

bool is_idempotency_key(std::string_view key) {
    return key.size() <= kIdempotencyKeyBytesMax && std::ranges::all_of(key, [](char c) { return c >= 0x20 && c < 0x7f; });
}

Code code_of_failure(int status) {
    switch (status) {
        case 501:
            return Code::unimplemented;
        case 503:
            return Code::unavailable;
        case 504:
            return Code::deadline_exceeded;
        default:
            return Code::internal;
    }
}

std::shared_ptr<const CallAttributes> attributes_of(const net::Stream& stream) {
    CallAttributes attributes;
    attributes.peer = stream.peer().host;
    return std::make_shared<const CallAttributes>(std::move(attributes));
}

ServerMetrics::Exchange exchange_of(bool secure, Version version, const Request* request, const Response& response,
                                    double seconds) {
    return {.method = request != nullptr ? std::string_view{request->method} : std::string_view{},
            .route = response.route,
            .status = response.status,
            .error = response.status >= 500 ? code_name(code_of_failure(response.status)) : std::string_view{},
            .version = version,
            .secure = secure,
            .seconds = seconds,
            .request_body_bytes = request != nullptr ? request->body.size() : 0,
            .response_body_bytes = response.body.size()};
}

double seconds_since(const EventLoop& loop, SteadyTime started) {
    return std::chrono::duration<double>(loop.now() - started).count();
}

void append_log_number(std::string& out, std::int64_t number) {
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
    out.append(digits.begin(), end);
}

/// Returns a line such as "GET /api/users/1 200 0.2 ms". It is written for every request, so it
/// does not use fmt, which would cost a tenth of the whole request.
std::string access_line(std::string_view method, std::string_view path, int status, double seconds) {
    constexpr double kTenthsOfMillis = 10'000;
    const auto tenths = std::llround(seconds * kTenthsOfMillis);
    std::string line;
    line.reserve(method.size() + path.size() + 40);
    line += method;
    line += ' ';
    line += path;
    line += ' ';
    append_log_number(line, status);
    line += ' ';
    append_log_number(line, tenths / 10);
    line += '.';
    append_log_number(line, tenths % 10);
    line += " ms";
    return line;
}

}  // namespace

ClientOrigin::ClientOrigin(const net::Stream& stream, const TrustedProxies& proxies)
    : peer{attributes_of(stream), stream.tls() != nullptr}, behind_proxy_{proxies.trusts(stream.peer().host)} {}

const RequestClient& ClientOrigin::client_of(const TrustedProxies& proxies, const Request& request) {
    if (!behind_proxy_) return peer;
    const auto client = proxies.client_of(request.headers, peer.attributes->peer, peer.secure);
    if (!proxied_.attributes || proxied_.attributes->peer != client.address) {
        auto attributes = *peer.attributes;
        attributes.peer = client.address;
        proxied_.attributes = std::make_shared<const CallAttributes>(std::move(attributes));
    }
    proxied_.secure = client.secure;
    return proxied_;
}

Result<void> ClientOrigin::check_host(const HostRule& rule, const Request& request) {
    const auto host = request.headers.find("host").value_or("");
    if (host == known_host) return {};
    if (auto checked = rule.check(host); !checked) return checked;
    known_host = host;
    return {};
}

std::string what_of(const std::exception_ptr& exception) {
    try {
        std::rethrow_exception(exception);
    } catch (const std::exception& known) {
        return known.what();
    } catch (...) {
        return "an object that is not a std::exception";
    }
}

RequestWork::RequestWork(ConnectionHost& host, ClientOrigin& origin, const Request& request, CancelScope& scope,
                         SteadyTime started)
    : RequestWork{host, origin, request, scope, started, origin.client_of(host.edge.proxies, request)} {}

RequestWork::RequestWork(ConnectionHost& host, ClientOrigin& origin, const Request& request, CancelScope& scope,
                         SteadyTime started, const RequestClient& client)
    : host_{host},
      origin_{origin},
      request_{request},
      started_{started},
      secure_{client.secure},
      span_{host.telemetry.tracer.start(make_context(scope, client), known_method(request.method), telemetry::SpanKind::server)} {
    if (host.edge.request_ids) id_.emplace(request, span_.context().trace());
    host_.metrics.begin(request.method, secure_);
}

Response RequestWork::refuse(const Error& why) const {
    auto response = problem(why, span_.context().trace(), request_.path);
    if (host_.on_refusal) host_.on_refusal(request_, why, response);
    return response;
}

std::optional<Response> RequestWork::answer_without_handler() {
    if (auto checked = origin_.check_host(host_.hosts, request_); !checked) return refuse(checked.error());
    if (!is_idempotency_key(span_.context().attributes().idempotency_key)) {
        return refuse(Error{Code::invalid_argument, reason::kInvalidIdempotencyKey,
                            "Idempotency-Key must be given once and have at most 255 visible ASCII characters"});
    }
    if (request_.path == "*") {
        Response response;
        response.status = 204;
        return response;
    }
    return std::nullopt;
}

Task<Response> RequestWork::call_handler() {
    const auto& ctx = span_.context();
    std::string what;
    try {
        auto task = host_.handler(ctx, request_);
        co_return co_await std::move(task);
    } catch (...) {
        what = what_of(std::current_exception());
    }
    co_return fail(what);
}

Response RequestWork::fail(const std::string& what) {
    failed_ = true;
    host_.telemetry.log.error(span_.context(), "http.handler_failed", {{"exception.message", what}},
                              "the request handler threw an exception: " + what);
    return refuse(internal(what));
}

void RequestWork::finish(const Response& response, const ServedStream* stream) {
    if (span_.recording()) describe(response);
    host_.metrics.end(request_.method, secure_);
    const auto seconds = seconds_since(host_.loop, started_);
    auto exchange = exchange_of(secure_, request_.version, &request_, response, seconds);
    if (stream != nullptr) {
        describe_stream(response, *stream, seconds);
        // A stream that lasts is not a slow request: its client waited for the head only.
        exchange.seconds = std::chrono::duration<double>(stream->head_at() - started_).count();
        exchange.response_body_bytes = stream->bytes();
    }
    host_.metrics.record(exchange, span_.context().trace());
    if (host_.access_log) log_access(response, exchange.response_body_bytes, seconds);
}

void RequestWork::count_refusal(ConnectionHost& host, bool secure, Version version, const Request* request,
                                const Response& response, SteadyTime started) {
    host.metrics.record(exchange_of(secure, version, request, response, seconds_since(host.loop, started)), {});
}

CallContext RequestWork::make_context(CancelScope& scope, const RequestClient& client) const {
    const auto& headers = request_.headers;
    const auto& propagators = host_.telemetry.propagators;
    const RequestFields fields{headers};
    CallContext ctx{host_.loop, scope};
    if (auto trace = propagators.extract_trace(fields)) ctx = ctx.with_trace(std::move(*trace));
    std::string baggage;
    if (host_.limits.baggage_bytes_max > 0) {
        baggage = propagators.extract_baggage(fields);
        if (baggage.size() > host_.limits.baggage_bytes_max) baggage.clear();
    }
    const bool has_key = headers.find("idempotency-key").has_value();
    if (!has_key && baggage.empty()) return ctx.with_attributes(client.attributes);
    auto attributes = *client.attributes;
    if (has_key) attributes.idempotency_key = headers.joined("idempotency-key");
    attributes.baggage = std::move(baggage);
    return ctx.with_attributes(std::make_shared<const CallAttributes>(std::move(attributes)));
}

void RequestWork::describe(const Response& response) {
    const auto method = known_method(request_.method);
    if (!response.route.empty()) {
        std::string name{method};
        name += ' ';
        name += response.route;
        span_.rename(name);
    }
    span_.set(origin_.span_attributes.of(request_, client_address(), secure_));
    if (!response.route.empty()) span_.set("http.route", response.route);
    span_.set("http.request.method", method);
    span_.set("url.path", recorded_path(request_.path).text());
    span_.set("http.response.status_code", response.status);
    // Without an id from the client, the id is that of the trace, which the span has anyway.
    if (id_ && id_->given()) span_.set("tw.http.request.id", id_->text());
    if (response.status >= 500) {
        const auto code = code_of_failure(response.status);
        span_.fail(Error{code, std::string{code_name(code)}, ""});
    }
}

void RequestWork::describe_stream(const Response& response, const ServedStream& stream, double seconds) {
    const auto end = *stream.ended();
    host_.metrics.record_stream(response.route, name_of(end), seconds);
    if (span_.recording()) span_.set("tw.http.stream.end", name_of(end));
    if (end == StreamEnd::failed) span_.fail(internal("the stream broke off"));
    if (end != StreamEnd::stalled || !host_.access_log) return;
    host_.telemetry.log.limited(telemetry::Severity::info, "http.stream_stalled",
                                {{"http.route", response.route}, {"client.address", client_address()}},
                                "the client of a streamed answer did not read it");
}

void RequestWork::log_access(const Response& response, std::size_t body_bytes, double seconds) const {
    const auto& log = host_.telemetry.log;
    if (!log.enabled(telemetry::Severity::info)) return;
    const auto method = known_method(request_.method);
    const auto path = recorded_path(request_.path);
    const auto agent = request_.headers.find("user-agent").value_or(std::string_view{});
    const auto body = access_line(method, path.text(), response.status, seconds);
    const auto write = [&](auto... more) {
        log.info(span_.context(), "http.request",
                 {{"http.request.method", method},
                  {"http.route", response.route},
                  {"url.path", path.text()},
                  {"http.response.status_code", response.status},
                  {"http.server.request.duration", seconds},
                  {"http.response.body.size", static_cast<std::uint64_t>(body_bytes)},
                  {"client.address", client_address()},
                  {"user_agent.original", agent.substr(0, kRecordedTextBytesMax)},
                  more...},
                 body);
    };
    // Without an id from the client, the id is that of the trace, which the record has anyway.
    if (!id_ || !id_->given()) return write();
    write(telemetry::Attribute{"tw.http.request.id", id_->text()});
}

}  // namespace tw::http
