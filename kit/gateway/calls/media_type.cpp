#include "kit/gateway/calls/media_type.hpp"

#include "kit/http/reasons.hpp"
#include "kit/http/text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

namespace tw::gateway {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kMergePatch = "application/merge-patch+json";
constexpr std::string_view kJsonAndMergePatch = "application/json, application/merge-patch+json";

/// The names of UTF-8 and of its subset ASCII that clients use (IANA's registry of character sets).
constexpr std::array<std::string_view, 5> kCharsets{"utf-8", "utf8", "unicode-1-1-utf-8", "us-ascii", "ascii"};

/// Returns a parameter's value without its quotes and escapes (RFC 9110 §5.6.4). Single quotes are
/// not part of the syntax, but some clients send them.
std::string unquoted(std::string_view value) {
    if (value.size() >= 2 && value.front() == '\'' && value.back() == '\'') return std::string{value.substr(1, value.size() - 2)};
    if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::string{value};
    std::string text;
    value = value.substr(1, value.size() - 2);
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] == '\\' && i + 1 < value.size()) ++i;
        text += value[i];
    }
    return text;
}

/// Returns whether the body may be UTF-8 with this parameter of the media type (RFC 9110 §8.3.1).
bool is_fine_parameter(std::string_view parameter) {
    const auto equals = parameter.find('=');
    if (!http::equals_ignoring_case(http::trimmed(parameter.substr(0, equals)), "charset")) return true;
    if (equals == std::string_view::npos) return false;
    const auto value = unquoted(http::trimmed(parameter.substr(equals + 1)));
    return std::ranges::any_of(kCharsets, [&](std::string_view name) { return http::equals_ignoring_case(name, value); });
}

/// Removes the part up to the next semicolon outside quotes, and the semicolon, from `rest`.
/// Returns the part.
std::string_view take_part(std::string_view& rest) {
    bool quoted = false;
    std::size_t end = 0;
    for (; end < rest.size(); ++end) {
        if (quoted && rest[end] == '\\') {
            ++end;
        } else if (rest[end] == '"') {
            quoted = !quoted;
        } else if (rest[end] == ';' && !quoted) {
            break;
        }
    }
    const auto part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return http::trimmed(part);
}

std::optional<JsonForm> read_content_type(std::string_view content_type, bool patch) {
    const auto essence = take_part(content_type);
    const bool merge_patch = patch && http::equals_ignoring_case(essence, kMergePatch);
    if (!merge_patch && !http::equals_ignoring_case(essence, kJson)) return std::nullopt;
    while (!content_type.empty()) {
        if (!is_fine_parameter(take_part(content_type))) return std::nullopt;
    }
    return merge_patch ? JsonForm::merge_patch : JsonForm::json;
}

/// Returns how specific a media range is that text/event-stream is part of; 0 if it is not.
int match_with_events(std::string_view range) {
    constexpr std::array<std::string_view, 3> kRanges{"*/*", "text/*", "text/event-stream"};
    for (std::size_t i = 0; i < kRanges.size(); ++i) {
        if (http::equals_ignoring_case(range, kRanges[i])) return static_cast<int>(i) + 1;
    }
    return 0;
}

/// Returns whether a parameter is the weight 0, such as "q=0" or "q=0.000".
bool is_weight_zero(std::string_view parameter) {
    if (!http::equals_ignoring_case(parameter.substr(0, 2), "q=")) return false;
    const auto weight = parameter.substr(2);
    return weight.starts_with('0') && weight.find_first_not_of("0.") == std::string_view::npos;
}

Error unsupported(std::string detail) { return Error{Code::invalid_argument, reason::kUnsupportedMediaType, std::move(detail)}; }

}  // namespace

Result<JsonForm> json_form(const http::Request& request) {
    const auto encoding = request.headers.joined("content-encoding");
    if (const auto named = http::trimmed(encoding); !named.empty() && !http::equals_ignoring_case(named, "identity")) {
        return unsupported("the body must not be encoded");
    }
    const bool patch = request.method == "PATCH";
    const auto content_type = request.headers.find("content-type").value_or("");
    const auto form = read_content_type(content_type, patch);
    if (form) return *form;
    return unsupported(patch ? "the body must be application/json or application/merge-patch+json, in UTF-8"
                             : "the body must be application/json in UTF-8");
}

bool accepts_events(const http::Request& request) {
    const auto accept = request.headers.joined("accept");
    if (http::trimmed(accept).empty()) return true;
    int best = 0;
    bool accepted = false;
    http::for_each_element(accept, [&](std::string_view element) {
        const auto match = match_with_events(take_part(element));
        if (match <= best) return;
        best = match;
        accepted = true;
        while (!element.empty()) accepted = !is_weight_zero(take_part(element)) && accepted;
    });
    return accepted;
}

void tell_accepted(std::string_view method, http::Response& response) {
    const bool patch = method == "PATCH";
    if (!patch && method != "POST" && method != "PUT") return;
    const auto types = std::string{patch ? kJsonAndMergePatch : kJson};
    if (method != "PUT") response.headers.add(patch ? "Accept-Patch" : "Accept-Post", types);
    if (response.status != 415) return;
    response.headers.add("Accept", types);
    response.headers.add("Accept-Encoding", "identity");
}

}  // namespace tw::gateway
