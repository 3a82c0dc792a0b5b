#include "kit/http/connection.hpp"
#include "kit/http/known_method.hpp"
#include "kit/http/problem.hpp"
#include "kit/http/request_fields.hpp"
#include "kit/telemetry/propagators.hpp"

#include <algorithm>

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

/// The answer's place, filled by a coroutine of its own.
Task<void> fill(Task<Response> response, std::optional<Response>& out) { out.emplace(co_await std::move(response)); }

}  // namespace

Task<void> Connection::answer() {
    phase_ = Phase::handling;
    CancelScope scope{host_.loop, Deadline::at(started_ + host_.limits.request_time_max)};
    if (ended_) scope.cancel(cancelled());
    scope_ = &scope;
    const auto& request = parser_.request();
    auto span = host_.telemetry.tracer.start(make_context(scope), known_method(request.method), telemetry::SpanKind::server);
    host_.metrics.begin(request.method);
    auto response = answer_without_handler(span.context());
    if (!response && output_.empty()) {
        response.emplace(co_await call_handler(span.context()));
    } else if (!response) {
        // Answers to earlier requests have been collected: they must not wait for a handler that waits for something.
        Gate gate;
        spawn(gate, fill(call_handler(span.context()), response));
        if (!response) co_await flush();
        co_await close_and_wait(gate);
    }
    scope_ = nullptr;
    keep_alive_ = wants_keep_alive_ && !draining_ && !ended_ && !failed_;
    if (span.recording()) describe(span, *response);
    host_.metrics.end(request.method);
    const auto seconds = seconds_so_far();
    measure(span.context().trace(), request.method, *response, seconds);
    if (host_.access_log) log_access(span.context(), *response, seconds);
    append(*response, request.method == "HEAD");
    phase_ = Phase::idle;
}

Task<Response> Connection::call_handler(const CallContext& ctx) {
    std::string what;
    try {
        auto task = host_.handler(ctx, parser_.request());
        co_return co_await std::move(task);
    } catch (const std::exception& exception) {
        what = exception.what();
    } catch (...) {
        what = "something that is no std::exception";
    }
    failed_ = true;
    host_.telemetry.log.error(ctx, "http.handler_failed", {{"exception.message", what}});
    co_return problem(internal(what), ctx.trace(), parser_.request().path);
}

/// What concerns the protocol and not the handler.
std::optional<Response> Connection::answer_without_handler(const CallContext& ctx) {
    const auto& request = parser_.request();
    if (!is_idempotency_key(ctx.attributes().idempotency_key)) {
        const Error error{Code::invalid_argument, "INVALID_IDEMPOTENCY_KEY",
                          "Idempotency-Key is at most 255 visible ASCII characters, once"};
        return problem(error, ctx.trace(), request.path);
    }
    if (request.path == "*") {
        Response response;
        response.status = 204;
        return response;
    }
    return std::nullopt;
}

CallContext Connection::make_context(CancelScope& scope) {
    const auto& headers = parser_.request().headers;
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
    if (!has_key && baggage.empty()) return ctx.with_attributes(attributes_);
    auto attributes = *attributes_;
    if (has_key) attributes.idempotency_key = headers.joined("idempotency-key");
    attributes.baggage = std::move(baggage);
    return ctx.with_attributes(std::make_shared<const CallAttributes>(std::move(attributes)));
}

void Connection::describe(telemetry::Span& span, const Response& response) {
    const auto& request = parser_.request();
    const auto method = known_method(request.method);
    if (!response.route.empty()) {
        std::string name{method};
        name += ' ';
        name += response.route;
        span.rename(name);
    }
    span.set(client_attributes_.of(request, attributes_->peer, http_1_1_));
    if (!response.route.empty()) span.set("http.route", response.route);
    span.set("http.request.method", method);
    span.set("url.path", request.path);
    span.set("http.response.status_code", response.status);
    if (response.status >= 500) {
        const auto code = code_of_failure(response.status);
        span.fail(Error{code, std::string{code_name(code)}, ""});
    }
}

double Connection::seconds_so_far() const { return std::chrono::duration<double>(host_.loop.now() - started_).count(); }

void Connection::measure(const TraceContext& trace, std::string_view method, const Response& response, double seconds) {
    const auto error = response.status >= 500 ? code_name(code_of_failure(response.status)) : std::string_view{};
    host_.metrics.record({.method = method,
                          .route = response.route,
                          .status = response.status,
                          .error = error,
                          .http_1_1 = http_1_1_,
                          .seconds = seconds,
                          // Without a method the parser still has the request before.
                          .request_body_bytes = method.empty() ? 0 : parser_.request().body.size(),
                          .response_body_bytes = response.body.size()},
                         trace);
}

void Connection::log_access(const CallContext& ctx, const Response& response, double seconds) const {
    host_.telemetry.log.info(ctx, "http.request",
                             {{"http.request.method", known_method(parser_.request().method)},
                              {"http.route", response.route},
                              {"http.response.status_code", response.status},
                              {"http.server.request.duration", seconds},
                              {"http.response.body.size", static_cast<std::uint64_t>(response.body.size())}});
}

void Connection::append(const Response& response, bool head_only) {
    append_response(
        output_, response,
        {.head_only = head_only, .keep_alive = keep_alive_, .http_1_1 = http_1_1_, .date = host_.dates.at(std::time(nullptr))});
}

}  // namespace tw::http
