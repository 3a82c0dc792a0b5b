#include "kit/runtime/ops/operator_request.hpp"

#include "kit/base/encoding.hpp"
#include "kit/runtime/reasons.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tw::runtime {
namespace {

namespace json = boost::json;

constexpr std::string_view kOperatorField = "x-operator";
constexpr std::int64_t kPageSize = 50;
constexpr std::int64_t kPageSizeMax = 500;
constexpr char kPartEnd = '\n';

Error unknown_name(std::string_view name, std::span<const std::string_view> known) {
    return invalid("/" + std::string{name}, fmt::format("is not known here; there are {}", fmt::join(known, ", ")));
}

bool is_known(std::string_view name, std::span<const std::string_view> known) {
    return std::ranges::find(known, name) != known.end();
}

}  // namespace

bool is_from_operator(const http::Request& request) { return request.headers.find(kOperatorField).has_value(); }

Error operator_field_missing() {
    return Error{Code::permission_denied, reason::kOperatorHeader, "a change needs the header field X-Operator, with any value"};
}

Result<OperatorRequest> OperatorRequest::of_query(std::string_view query, std::span<const std::string_view> known) {
    OperatorRequest request;
    while (!query.empty()) {
        const auto parameter = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), parameter.size() + 1));
        if (parameter.empty()) continue;
        const auto equals = parameter.find('=');
        const auto name = percent_decode(parameter.substr(0, equals), true);
        const auto value = percent_decode(equals == std::string_view::npos ? "" : parameter.substr(equals + 1), true);
        if (!name || !value) return invalid("", "the query has a percent sign without two hexadecimal digits");
        if (!is_known(*name, known)) return unknown_name(*name, known);
        request.texts_.insert_or_assign(*name, *value);
    }
    return request;
}

Result<OperatorRequest> OperatorRequest::of_body(const http::Request& http_request, std::span<const std::string_view> known) {
    if (!is_from_operator(http_request)) return operator_field_missing();
    boost::system::error_code fault;
    const auto body = json::parse(http_request.body, fault);
    if (fault || !body.is_object()) return invalid("", "the body must be a JSON object");
    OperatorRequest request;
    for (const auto& [name, value] : body.get_object()) {
        if (!is_known(name, known)) return unknown_name(name, known);
        if (!value.is_string()) return invalid("/" + std::string{name}, "must be a text");
        request.texts_.insert_or_assign(std::string{name}, std::string{value.get_string()});
    }
    return request;
}

const std::string& OperatorRequest::text(std::string_view name) const {
    static const std::string kNone;
    const auto found = texts_.find(name);
    return found == texts_.end() ? kNone : found->second;
}

Result<std::int64_t> read_page_size(const std::string& text) {
    if (text.empty()) return kPageSize;
    std::int64_t size = 0;
    const auto* const end = text.data() + text.size();
    const auto [stop, fault] = std::from_chars(text.data(), end, size);
    if (fault != std::errc{} || stop != end || size < 1 || size > kPageSizeMax) {
        return invalid("/page_size", fmt::format("must be 1 to {}", kPageSizeMax));
    }
    return size;
}

std::string make_page_token(std::span<const std::string> parts) {
    std::string text;
    for (const auto& part : parts) text += part + kPartEnd;
    auto token = base64_encode(text);
    // A token can be put into a URL as it is (RFC 4648 §5).
    std::ranges::replace(token, '+', '-');
    std::ranges::replace(token, '/', '_');
    return token;
}

Result<std::vector<std::string>> read_page_token(const std::string& token, std::size_t parts) {
    auto plain = token;
    std::ranges::replace(plain, '-', '+');
    std::ranges::replace(plain, '_', '/');
    const auto text = base64_decode(plain);
    std::vector<std::string> found;
    std::string_view rest = text ? std::string_view{*text} : std::string_view{};
    while (!rest.empty()) {
        const auto end = rest.find(kPartEnd);
        if (end == std::string_view::npos) break;
        found.emplace_back(rest.substr(0, end));
        rest.remove_prefix(end + 1);
    }
    if (found.size() != parts || !rest.empty()) return invalid("/page_token", "is not a token that this page has given");
    return found;
}

}  // namespace tw::runtime
