#include "kit/gateway/cors.hpp"

#include "kit/http/text.hpp"
#include "kit/runtime/reasons.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

namespace tw::gateway {
namespace {

/// The request's header fields that the API reads. The list does not depend on the propagators that
/// the process is configured with, since a page cannot know them.
constexpr std::string_view kRequestFields =
    "Authorization, Content-Type, Idempotency-Key, X-Request-Id, If-Match, If-None-Match, Last-Event-ID, traceparent, "
    "tracestate, baggage, b3, "
    "X-B3-TraceId, "
    "X-B3-SpanId, X-B3-ParentSpanId, X-B3-Sampled, X-B3-Flags, X-Grpc-Web, X-User-Agent, Grpc-Timeout, Grpc-Encoding, "
    "Grpc-Accept-Encoding";
constexpr std::string_view kResponseFields =
    "ETag, X-Request-Id, Allow, Accept-Post, Accept-Patch, Idempotent-Replayed, RateLimit, RateLimit-Policy, Retry-After, "
    "WWW-Authenticate, "
    "Grpc-Status, Grpc-Message, Grpc-Status-Details-Bin, Grpc-Accept-Encoding";

/// Returns whether `text` is an origin as browsers send it: scheme and host in lower case, a port
/// only if it is not the scheme's default, and nothing after it (RFC 6454 §6.2).
bool is_origin(std::string_view text) {
    const auto scheme_end = text.find("://");
    if (scheme_end == std::string_view::npos || scheme_end == 0) return false;
    const auto host = text.substr(scheme_end + 3);
    return !host.empty() && std::ranges::all_of(text, [](char c) {
        return c > ' ' && c < 0x7f && !std::isupper(static_cast<unsigned char>(c)) && c != '*';
    }) && host.find_first_of("/?#@") == std::string_view::npos;
}

Error no_origin(std::string_view text) {
    return Error{
        Code::invalid_argument, reason::kBadConfig,
        "http.cors_origins: \"" + std::string{text} +
            "\" is not an origin; write scheme, host and port in lower case, such as https://shop.example, or * for all"};
}

/// Returns `base` and the names in `more`. It is an error if one of the names is not valid.
Result<std::string> with_more(std::string_view base, std::string_view more, std::string_view setting) {
    std::string fields{base};
    std::optional<Error> wrong;
    http::for_each_element(more, [&](std::string_view name) {
        if (!http::is_token(name)) {
            wrong.emplace(Code::invalid_argument, reason::kBadConfig,
                          "http." + std::string{setting} + ": \"" + std::string{name} + "\" is not the name of a header field");
        }
        fields.append(", ").append(name);
    });
    if (wrong) return std::move(*wrong);
    return fields;
}

}  // namespace

Result<Cors> Cors::allowing(std::string_view origins, std::chrono::seconds preflight_age, const CorsFields& more) {
    Cors cors;
    auto request_fields = with_more(kRequestFields, more.of_requests, "cors_headers");
    if (!request_fields) return std::move(request_fields).error();
    cors.request_fields_ = std::move(*request_fields);
    auto response_fields = with_more(kResponseFields, more.of_responses, "cors_exposed_headers");
    if (!response_fields) return std::move(response_fields).error();
    cors.response_fields_ = std::move(*response_fields);
    cors.preflight_age_seconds_ = std::to_string(preflight_age.count());
    while (!origins.empty()) {
        const auto comma = std::min(origins.find(','), origins.size());
        const auto origin = http::trimmed(origins.substr(0, comma));
        origins.remove_prefix(std::min(comma + 1, origins.size()));
        if (origin.empty()) continue;
        if (origin == "*") {
            cors.everybody_ = true;
        } else if (is_origin(origin)) {
            cors.origins_.emplace_back(origin);
        } else {
            return no_origin(origin);
        }
    }
    return cors;
}

bool Cors::allows(std::string_view origin) const { return everybody_ || std::ranges::find(origins_, origin) != origins_.end(); }

void Cors::on_answer(const http::Request& request, const ServiceAnswer*, http::Response& response) {
    if (!allows_any()) return;
    // Caches must not reuse the response for one origin for another, even if this origin is not
    // allowed.
    if (!everybody_) response.headers.add("Vary", "Origin");
    const auto origin = request.headers.find("origin");
    if (!origin || !allows(*origin)) return;
    response.headers.add("Access-Control-Allow-Origin", everybody_ ? "*" : std::string{*origin});
    // The response to OPTIONS lists the methods of the path.
    const auto allow = request.method == "OPTIONS" ? response.headers.find("allow") : std::nullopt;
    if (!allow || !request.headers.find("access-control-request-method")) {
        response.headers.add("Access-Control-Expose-Headers", response_fields_);
        return;
    }
    response.headers.add("Access-Control-Allow-Methods", std::string{*allow});
    response.headers.add("Access-Control-Allow-Headers", request_fields_);
    response.headers.add("Access-Control-Max-Age", preflight_age_seconds_);
}

}  // namespace tw::gateway
