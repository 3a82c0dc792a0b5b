#include "services/gateway/request_reader.hpp"

#include "kit/base/encoding.hpp"
#include "kit/http/json/json_mapping.hpp"
#include "services/gateway/entity_tag.hpp"
#include "services/gateway/media_type.hpp"

#include <algorithm>
#include <optional>

#include <google/protobuf/message.h>

namespace tw::gateway {
namespace {

using google::protobuf::FieldDescriptor;

using Violations = std::vector<Violation>;

/// The field that an If-Match fills, where a request has it.
constexpr const char* kExpectedVersion = "expected_version";

/// The message that the body is: the request itself, or the field that the route names.
rpc::Message& body_of(const rpc::Route& route, rpc::Message& message) {
    if (route.body == "*") return message;
    const auto* field = message.GetDescriptor()->FindFieldByName(std::string{route.body});
    return *message.GetReflection()->MutableMessage(&message, field);
}

Result<void> read_body(const rpc::Route& route, const http::Request& request, rpc::Message& message, Violations& violations) {
    if (route.body.empty()) return {};
    // What has no body has no type either: it is told below that there must be a JSON object.
    if (!request.body.empty()) {
        if (auto fault = json_fault(request.headers)) return std::move(*fault);
    }
    auto parsed = http::parse_json(request.body, body_of(route, message), violations);
    if (parsed || parsed.error().reason() != "MALFORMED_JSON") return parsed;
    // The place that is wrong is the whole body, which is the pointer without tokens.
    auto detail = parsed.error().detail();
    return std::move(parsed).error().with_violation("", std::move(detail));
}

/// Bytes that are no text as a field can hold them: percent-encoded, so that they name nothing that exists.
std::string as_text(std::string_view value) {
    std::string text;
    for (const char c : value) {
        const auto byte = static_cast<std::uint8_t>(c);
        if (byte < 0x80) {
            text += c;
            continue;
        }
        char digits[2];
        write_hex({&byte, 1}, digits);
        text.append("%").append(digits, 2);
    }
    return text;
}

void read_parameter(std::string_view name_text, std::string_view value_text, bool allowed, rpc::Message& message,
                    Violations& violations) {
    const auto name = percent_decode(name_text, true);
    const auto value = percent_decode(value_text, true);
    if (!name || !is_utf8(*name)) return violations.push_back({"", "a query parameter's name is not readable"});
    if (!value || !is_utf8(*value)) return violations.push_back({"/" + *name, "is not readable"});
    if (!allowed) return violations.push_back({"/" + *name, "is not a query parameter here"});
    http::set_field_from_text(message, *name, *value, violations);
}

void read_query(const rpc::Route& route, std::string_view query, rpc::Message& message, Violations& violations) {
    // A body that is the whole request leaves nothing for the query to say.
    const bool allowed = route.body != "*";
    while (!query.empty()) {
        const auto parameter = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), parameter.size() + 1));
        if (parameter.empty()) continue;
        const auto equals = parameter.find('=');
        const auto value = equals == std::string_view::npos ? std::string_view{} : parameter.substr(equals + 1);
        read_parameter(parameter.substr(0, equals), value, allowed, message, violations);
    }
}

Result<void> read_if_match(const http::Request& request, rpc::Message& message, Violations& violations) {
    const auto header = request.headers.joined("if-match");
    if (header.empty() || header == "*") return {};
    const auto* field = message.GetDescriptor()->FindFieldByName(kExpectedVersion);
    if (field == nullptr || field->cpp_type() != FieldDescriptor::CPPTYPE_INT64) return {};

    const auto version = parse_entity_tag(header);
    if (!version)
        return Error{Code::aborted, "VERSION_MISMATCH", "If-Match names no version of this object"}.with_retryable(false);
    const auto* reflection = message.GetReflection();
    const auto given = reflection->GetInt64(message, field);
    if (given != 0 && given != *version) violations.push_back({std::string{"/"} + kExpectedVersion, "differs from If-Match"});
    reflection->SetInt64(&message, field, *version);
    return {};
}

/// Whether one of the pointers is, or is within, what the other points to.
bool overlap(std::string_view a, std::string_view b) {
    if (a.size() > b.size()) std::swap(a, b);
    return b.starts_with(a) && (b.size() == a.size() || b[a.size()] == '/');
}

/// All that is wrong: what could not be read, and what the contract says of the rest.
Error all_faults(const rpc::Route& route, const rpc::Message& message, Violations violations) {
    Violations more;
    route.method->validate(message, more);
    const auto read_faults = violations.size();
    for (auto& violation : more) {
        const auto known = [&](const Violation& other) { return overlap(other.pointer, violation.pointer); };
        const bool told = std::any_of(violations.begin(), violations.begin() + static_cast<std::ptrdiff_t>(read_faults), known);
        if (!told) violations.push_back(std::move(violation));
    }
    return invalid(std::move(violations));
}

}  // namespace

Result<std::unique_ptr<rpc::Message>> read_request(const rpc::Route& route, const http::Request& request,
                                                   std::span<const PathVariable> variables) {
    std::unique_ptr<rpc::Message> message{route.method->request_prototype().New()};
    Violations violations;
    if (auto read = read_body(route, request, *message, violations); !read) return std::move(read).error();
    read_query(route, request.query, *message, violations);
    for (const auto& [name, value] : variables) {
        if (is_utf8(value)) {
            http::set_field_from_text(*message, name, value, violations);
        } else {
            http::set_field_from_text(*message, name, as_text(value), violations);
        }
    }
    if (auto read = read_if_match(request, *message, violations); !read) return std::move(read).error();
    if (!violations.empty()) return all_faults(route, *message, std::move(violations));
    return message;
}

}  // namespace tw::gateway
