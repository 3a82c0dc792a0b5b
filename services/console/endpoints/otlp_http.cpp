#include "services/console/endpoints/otlp_http.hpp"

#include "kit/base/gzip.hpp"
#include "kit/base/json_text.hpp"
#include "kit/http/client_url.hpp"
#include "kit/http/reasons.hpp"
#include "kit/http/text.hpp"
#include "kit/otlp/otlp_json.hpp"
#include "services/console/endpoints/export_answer.hpp"
#include "services/console/endpoints/intake.hpp"
#include "services/console/reasons.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace tw::console {
namespace {

constexpr std::string_view kProtobuf = "application/x-protobuf";
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kMethods = "POST, OPTIONS";

std::optional<telemetry::Signal> signal_of(std::string_view path) {
    if (path == "/v1/traces") return telemetry::Signal::traces;
    if (path == "/v1/metrics") return telemetry::Signal::metrics;
    if (path == "/v1/logs") return telemetry::Signal::logs;
    return std::nullopt;
}

/// The media type of the body, without its parameters.
std::string_view media_type_of(const http::Request& request) {
    const auto type = request.headers.find("content-type").value_or("");
    return http::trimmed(type.substr(0, type.find(';')));
}

http::Response otlp_refusal(const http::Request& request, int status, const Error& error) {
    const bool json = media_type_of(request) == kJson;
    http::Response response{.status = status, .content_type = std::string{json ? kJson : kProtobuf}};
    response.body = json ? status_json(error) : status_bytes(error);
    if (status == 429 || status == 503) {
        const auto delay = error.retry_after().value_or(std::chrono::seconds{1});
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(delay).count();
        response.headers.add("retry-after", std::to_string(std::max<std::int64_t>(seconds, 1)));
    }
    return response;
}

int http_status_of(const Error& error) {
    if (error.code() == Code::resource_exhausted) return 429;
    return error.code() == Code::invalid_argument ? 400 : 503;
}

/// Reads the body: decompressed, and in protobuf's form.
Result<std::string> read_body(const http::Request& request, telemetry::Signal signal) {
    std::string bytes;
    if (http::equals_ignoring_case(request.headers.find("content-encoding").value_or(""), "gzip")) {
        auto inflated = gunzip(request.body, OtlpHttp::kRequestBytesMax, bytes);
        if (!inflated) return std::move(inflated).error();
    } else {
        bytes = request.body;
    }
    if (media_type_of(request) != kJson) return bytes;
    auto converted = otlp::from_json(signal, bytes);
    if (converted) return std::move(*converted);
    return Error{Code::invalid_argument, tw::reason::kMalformedJson, "the body is no export request of OTLP in JSON"};
}

Error unsupported(std::string detail) {
    return Error{Code::invalid_argument, tw::reason::kUnsupportedMediaType, std::move(detail)};
}

/// Says what is wrong with the head of a request; nothing if it can be read.
std::optional<Error> fault_of_head(const http::Request& request) {
    const auto type = media_type_of(request);
    if (type != kProtobuf && type != kJson) {
        return unsupported(fmt::format("the content type must be {} or {}", kProtobuf, kJson));
    }
    const auto coding = request.headers.find("content-encoding").value_or("identity");
    const bool known = coding.empty() || coding == "identity" || http::equals_ignoring_case(coding, "gzip");
    if (known) return std::nullopt;
    return unsupported("the content encoding must be gzip, or none");
}

http::Response preflight(const http::Request& request) {
    http::Response response{.status = 204};
    response.content_type.clear();
    response.headers.add("allow", std::string{kMethods});
    response.headers.add("access-control-allow-methods", "POST");
    std::string fields;
    http::for_each_element(request.headers.joined("access-control-request-headers"), [&fields](std::string_view field) {
        if (!http::is_token(field)) return;
        fields += fields.empty() ? "" : ", ";
        fields += field;
    });
    if (!fields.empty()) response.headers.add("access-control-allow-headers", std::move(fields));
    response.headers.add("access-control-max-age", "600");
    return response;
}

}  // namespace

OtlpHttp::OtlpHttp(Archive& archive, WorkerPool& workers, std::string_view origins) : archive_{archive}, workers_{workers} {
    http::for_each_element(origins, [this](std::string_view origin) { origins_.emplace(origin); });
}

bool OtlpHttp::admits(std::string_view origin) const {
    if (origins_.contains(origin)) return true;
    const auto scheme = origin.find("://");
    if (scheme == std::string_view::npos) return false;
    auto host = origin.substr(scheme + 3);
    const auto port = host.starts_with('[') ? host.find("]:") : host.find(':');
    if (port != std::string_view::npos) host = host.substr(0, host.starts_with('[') ? port + 1 : port);
    return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

void OtlpHttp::add_origin(const http::Request& request, http::Response& response) const {
    response.headers.add("vary", "origin");
    const auto origin = request.headers.find("origin");
    if (origin && admits(*origin)) response.headers.add("access-control-allow-origin", std::string{*origin});
}

void OtlpHttp::complete_refusal(const http::Request& request, const Error& why, http::Response& response) const {
    auto answer = otlp_refusal(request, response.status, why);
    response.content_type = std::move(answer.content_type);
    response.body = std::move(answer.body);
    add_origin(request, response);
}

Task<http::Response> OtlpHttp::answer(const CallContext& ctx, const http::Request& request) const {
    const auto origin = request.headers.find("origin");
    if (origin && !admits(*origin)) {
        const Error error{Code::permission_denied, reason::kOriginNotAllowed,
                          "pages of this origin may not send telemetry; to allow it, add it to console.cors_origins"};
        co_return otlp_refusal(request, 403, error);
    }
    const auto signal = signal_of(request.path);
    std::optional<http::Response> response;
    if (!signal) {
        response = otlp_refusal(
            request, 404, Error{Code::not_found, reason::kPageNotFound, "the paths are /v1/traces, /v1/metrics and /v1/logs"});
    } else if (request.method == "OPTIONS") {
        response = preflight(request);
    } else if (request.method != "POST") {
        response =
            otlp_refusal(request, 405, Error{Code::unimplemented, tw::reason::kMethodNotAllowed, "telemetry is sent with POST"});
        response->headers.add("allow", std::string{kMethods});
    } else {
        response = co_await take(ctx, request, *signal);
    }
    add_origin(request, *response);
    co_return std::move(*response);
}

Task<http::Response> OtlpHttp::take(const CallContext& ctx, const http::Request& request, telemetry::Signal signal) const {
    if (const auto fault = fault_of_head(request)) co_return otlp_refusal(request, 415, *fault);
    const auto read = [&request, signal] { return read_body(request, signal); };
    auto body = co_await workers_.run(ctx.loop(), read);
    if (!body) {
        const bool large = body.error().code() == Code::resource_exhausted;
        co_return otlp_refusal(request, large ? 413 : 400, body.error());
    }
    auto storing = store(archive_, ctx.loop(), signal, std::move(*body));
    auto accepted = co_await std::move(storing);
    if (!accepted) co_return otlp_refusal(request, http_status_of(accepted.error()), accepted.error());
    const bool json = media_type_of(request) == kJson;
    http::Response response{.content_type = std::string{json ? kJson : kProtobuf}};
    response.body = json ? export_answer_json(signal, *accepted) : export_answer(*accepted);
    co_return response;
}

}  // namespace tw::console
