#include "kit/gateway/calls/request_reader.hpp"

#include "kit/base/encoding.hpp"
#include "kit/gateway/calls/media_type.hpp"
#include "kit/http/json_mapping.hpp"
#include "kit/http/reasons.hpp"

#include <algorithm>
#include <optional>

#include <google/protobuf/message.h>

namespace tw::gateway {
namespace {

using google::protobuf::FieldDescriptor;

using Violations = std::vector<Violation>;

/// The name of the field that an If-Match fills, if the request message has the field.
constexpr const char* kExpectedVersion = "expected_version";

/// Returns the message that the body fills: the request itself, or the field that the route names.
rpc::Message& body_of(const rpc::Route& route, rpc::Message& message) {
    if (route.body == "*") return message;
    const auto* field = message.GetDescriptor()->FindFieldByName(std::string{route.body});
    return *message.GetReflection()->MutableMessage(&message, field);
}

Result<void> read_body(const rpc::Route& route, const http::Request& request, rpc::Message& message, Violations& violations) {
    // A request without a body has no Content-Type to check.
    if (route.body.empty() || request.body.empty()) return {};
    const auto form = json_form(request);
    if (!form) return form.error();
    auto parsed =
        http::parse_json(request.body, body_of(route, message), violations, {.null_clears = *form == JsonForm::merge_patch});
    if (parsed || parsed.error().reason() != reason::kMalformedJson) return parsed;
    // The whole body is wrong. The JSON pointer without tokens stands for all of it.
    auto detail = parsed.error().detail();
    return std::move(parsed).error().with_violation("", std::move(detail));
}

/// Returns `value` as text that a field can hold. Bytes outside ASCII are percent-encoded, so that
/// the text names nothing that exists.
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
    if (!name || !is_utf8(*name))
        return violations.push_back({"", "the name of a query parameter has a percent sign without two hexadecimal digits"});
    if (!value || !is_utf8(*value)) return violations.push_back({"/" + *name, "is not readable"});
    if (!allowed) return violations.push_back({"/" + *name, "is not a query parameter of this route"});
    http::set_field_from_text(message, *name, *value, violations);
}

/// Returns the field of the version that a change expects; null if there is none.
const FieldDescriptor* expected_version_field(const rpc::Message& message) {
    const auto* field = message.GetDescriptor()->FindFieldByName(kExpectedVersion);
    return field != nullptr && field->cpp_type() == FieldDescriptor::CPPTYPE_INT64 ? field : nullptr;
}

/// Returns the error of a missing body; nothing if the contract demands no field of it.
std::optional<Error> missing_body(const rpc::Route& route, const rpc::Message& message) {
    Violations demanded;
    route.method->validate(message, demanded);
    if (demanded.empty()) return std::nullopt;
    const auto* const detail = "the body is empty, but must be a JSON object";
    return Error{Code::invalid_argument, reason::kMalformedJson, detail}.with_violation("", detail);
}

/// Calls `each` with the name and the value of every parameter, as they were sent.
template <class Each>
void for_each_parameter(std::string_view query, Each each) {
    while (!query.empty()) {
        const auto parameter = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), parameter.size() + 1));
        if (parameter.empty()) continue;
        const auto equals = parameter.find('=');
        each(parameter.substr(0, equals), equals == std::string_view::npos ? std::string_view{} : parameter.substr(equals + 1));
    }
}

void read_query(const rpc::Route& route, std::string_view query, rpc::Message& message, Violations& violations) {
    // If the body is the whole request, no field is left for the query.
    const bool allowed = route.body != "*";
    for_each_parameter(
        query, [&](std::string_view name, std::string_view value) { read_parameter(name, value, allowed, message, violations); });
}

/// Returns whether one of the pointers is equal to the other or points into its value.
bool overlap(std::string_view a, std::string_view b) {
    if (a.size() > b.size()) std::swap(a, b);
    return b.starts_with(a) && (b.size() == a.size() || b[a.size()] == '/');
}

/// Returns one error with all faults: the fields that could not be read, and the contract's
/// objections to the others.
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
    if (!violations.empty()) return all_faults(route, *message, std::move(violations));
    if (!route.body.empty() && request.body.empty()) {
        if (auto missing = missing_body(route, *message)) return std::move(*missing);
    }
    return message;
}

std::optional<std::int64_t> expected_version(const rpc::Message& message) {
    const auto* const field = expected_version_field(message);
    if (field == nullptr) return std::nullopt;
    return message.GetReflection()->GetInt64(message, field);
}

void set_expected_version(rpc::Message& message, std::int64_t version) {
    message.GetReflection()->SetInt64(&message, expected_version_field(message), version);
}

Error explain_plus(Error error, std::string_view query) {
    if (query.find('+') == std::string_view::npos) return error;
    for_each_parameter(query, [&error](std::string_view name, std::string_view value) {
        const auto plain = percent_decode(name, true);
        if (value.find('+') == std::string_view::npos || !plain) return;
        const auto pointer = '/' + *plain;
        if (std::ranges::find(error.violations(), pointer, &Violation::pointer) == error.violations().end()) return;
        error = std::move(error).with_violation(pointer, "in a query, + means a space; write a plus sign as %2B");
    });
    return error;
}

}  // namespace tw::gateway
