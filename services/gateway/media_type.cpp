#include "services/gateway/media_type.hpp"

#include "kit/http/text.hpp"

namespace tw::gateway {
namespace {

/// Whether a parameter of the media type (RFC 9110 §8.3.1) lets the body be UTF-8.
bool is_fine_parameter(std::string_view parameter) {
    const auto equals = parameter.find('=');
    if (!http::equals_ignoring_case(parameter.substr(0, equals), "charset")) return true;
    if (equals == std::string_view::npos) return false;
    auto value = parameter.substr(equals + 1);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    return http::equals_ignoring_case(value, "utf-8");
}

bool is_json(std::string_view content_type) {
    auto semicolon = content_type.find(';');
    if (!http::equals_ignoring_case(http::trimmed(content_type.substr(0, semicolon)), "application/json")) return false;
    while (semicolon != std::string_view::npos) {
        content_type.remove_prefix(semicolon + 1);
        semicolon = content_type.find(';');
        if (!is_fine_parameter(http::trimmed(content_type.substr(0, semicolon)))) return false;
    }
    return true;
}

Error unsupported(std::string detail) { return Error{Code::invalid_argument, "UNSUPPORTED_MEDIA_TYPE", std::move(detail)}; }

}  // namespace

std::optional<Error> json_fault(const http::Headers& headers) {
    const auto encoding = headers.find("content-encoding");
    if (encoding && !http::equals_ignoring_case(http::trimmed(*encoding), "identity")) {
        return unsupported("the body must not be encoded");
    }
    const auto content_type = headers.find("content-type");
    if (!content_type || !is_json(*content_type)) return unsupported("the body must be application/json in UTF-8");
    return std::nullopt;
}

}  // namespace tw::gateway
