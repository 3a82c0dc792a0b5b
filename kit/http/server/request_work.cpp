#include "kit/http/server/request_work.hpp"

#include "kit/http/problem.hpp"
#include "kit/http/server/recorded_path.hpp"
#include "kit/http/server/request_fields.hpp"
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

ClientOrigin::ClientOrigin(const net::Stream& stream) : attributes{attributes_of(stream)}, secure{stream.tls() != nullptr} {}

Result<void> ClientOrigin::check_host(const HostRule& rule, const Request& request) {
    const auto host = request.headers.find("host").value_or("");
    if (host == known_host) return {};
    if (auto checked = rule.check(host); !checked) return checked;
    known_host = host;
    return {};
}

RequestWork::RequestWork(ConnectionHost& host, ClientOrigin& origin, const Request& request, CancelScope& scope,
                         SteadyTime started)
    : host_{host},
      origin_{origin},
      request_{request},
      started_{started},
      span_{host.telemetry.tracer.start(make_context(scope), known_method(request.method), telemetry::SpanKind::server)} {
    host_.metrics.begin(request.method, origin.secure);
}

Response RequestWork::refuse(const Error& why) const {
    auto response = problem(why, span_.context().trace(), request_.path);
    if (host_.on_refusal) host_.on_refusal(request_, why, response);
    return response;
}

std::optional<Response> RequestWork::answer_without_handler() {
    if (auto checked = origin_.check_host(host_.hosts, request_); !checked) return refuse(checked.error());
    if (!is_idempotency_key(span_.context().attributes().idempotency_key)) {
        return refuse(Error{Code::invalid_argument, "INVALID_IDEMPOTENCY_KEY",
                            "Idempotency-Key is at most 255 visible ASCII characters, once"});
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
    } catch (const std::exception& exception) {
        what = exception.what();
    } catch (...) {
        what = "something that is no std::exception";
    }
    failed_ = true;
    host_.telemetry.log.error(ctx, "http.handler_failed", {{"exception.message", what}},
                              "the handler threw an exception: " + what);
    co_return refuse(internal(what));
}

void RequestWork::finish(const Response& response) {
    if (span_.recording()) describe(response);
    host_.metrics.end(request_.method, origin_.secure);
    const auto seconds = seconds_since(host_.loop, started_);
    host_.metrics.record(exchange_of(origin_.secure, request_.version, &request_, response, seconds), span_.context().trace());
    if (host_.access_log) log_access(response, seconds);
}

void RequestWork::count_refusal(ConnectionHost& host, bool secure, Version version, const Request* request,
                                const Response& response, SteadyTime started) {
    host.metrics.record(exchange_of(secure, version, request, response, seconds_since(host.loop, started)), {});
}

CallContext RequestWork::make_context(CancelScope& scope) const {
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
    if (!has_key && baggage.empty()) return ctx.with_attributes(origin_.attributes);
    auto attributes = *origin_.attributes;
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
    span_.set(origin_.span_attributes.of(request_, origin_.attributes->peer, origin_.secure));
    if (!response.route.empty()) span_.set("http.route", response.route);
    span_.set("http.request.method", method);
    span_.set("url.path", recorded_path(request_.path).text());
    span_.set("http.response.status_code", response.status);
    if (response.status >= 500) {
        const auto code = code_of_failure(response.status);
        span_.fail(Error{code, std::string{code_name(code)}, ""});
    }
}

void RequestWork::log_access(const Response& response, double seconds) const {
    const auto& log = host_.telemetry.log;
    if (!log.enabled(telemetry::Severity::info)) return;
    const auto method = known_method(request_.method);
    const auto path = recorded_path(request_.path);
    const auto agent = request_.headers.find("user-agent").value_or(std::string_view{});
    const auto body = access_line(method, path.text(), response.status, seconds);
    log.info(span_.context(), "http.request",
             {{"http.request.method", method},
              {"http.route", response.route},
              {"url.path", path.text()},
              {"http.response.status_code", response.status},
              {"http.server.request.duration", seconds},
              {"http.response.body.size", static_cast<std::uint64_t>(response.body.size())},
              {"client.address", origin_.attributes->peer},
              {"user_agent.original", agent.substr(0, kRecordedTextBytesMax)}},
             body);
}

}  // namespace tw::http
