#include "codegen/openapi_value.hpp"

#include "codegen/rule_check.hpp"
#include "kit/base/money.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace tw::codegen {

namespace {

namespace json = boost::json;
using google::protobuf::FieldDescriptor;

/// Text without NUL. No request may contain a NUL.
constexpr const char* kTextPattern = "^[^\\u0000]*$";

/// The addresses that requests may contain: those that kit/rpc/field_rules.hpp accepts.
constexpr const char* kEmailPattern = "^[^@\\u0000- \\u007f]+@[^@\\u0000- \\u007f]+$";

/// Whether an empty string, zero or an unset enum means that the field is not given. Then only
/// `required` refuses it.
bool empty_is_absent(const FieldDescriptor& field) { return !field.is_repeated() && !field.has_presence(); }

void set_format(json::object& schema, tradewind::Format format) {
    switch (format) {
        case tradewind::UUID:
            schema["format"] = "uuid";
            break;
        case tradewind::TIMESTAMP:
            schema["format"] = "date-time";
            break;
        case tradewind::CURRENCY:
            schema["pattern"] = "^[A-Z]{3}$";
            break;
        case tradewind::SLUG:
            schema["pattern"] = "^[a-z0-9]+(-[a-z0-9]+)*$";
            break;
        default:
            break;
    }
}

/// The currency codes that requests may contain, which are those that the kit knows.
json::array currency_codes() {
    json::array codes;
    for (char a = 'A'; a <= 'Z'; ++a) {
        for (char b = 'A'; b <= 'Z'; ++b) {
            for (char c = 'A'; c <= 'Z'; ++c) {
                const char code[]{a, b, c, '\0'};
                if (Currency::parse(code)) codes.emplace_back(code);
            }
        }
    }
    return codes;
}

json::array values_of(const tradewind::FieldRules& rules) {
    json::array values;
    for (const auto& value : rules.one_of()) values.emplace_back(value);
    return values;
}

json::object answered_text(const tradewind::FieldRules& rules) {
    json::object schema{{"type", "string"}};
    set_format(schema, rules.format());
    if (rules.one_of_size() > 0) schema["enum"] = values_of(rules);
    return schema;
}

/// Returns the schema of text in a request, with at least `length_min` characters.
json::object requested_text(const tradewind::FieldRules& rules, std::uint32_t length_min) {
    auto schema = answered_text(rules);
    if (rules.format() == tradewind::CURRENCY) {
        schema.erase("pattern");
        schema["enum"] = currency_codes();
    }
    if (length_min > 0) schema["minLength"] = length_min;
    if (rules.max_length() > 0) schema["maxLength"] = rules.max_length();
    // `format: email` would refuse addresses in Unicode (RFC 6531), and the services accept them.
    if (rules.format() == tradewind::EMAIL) schema["pattern"] = kEmailPattern;
    if (!rules.pattern().empty()) schema["pattern"] = rules.pattern();
    const bool bound = schema.contains("format") || schema.contains("pattern") || schema.contains("enum");
    if (!bound) schema["pattern"] = kTextPattern;
    return schema;
}

json::object text_schema(const FieldDescriptor& field, Use use) {
    const auto& rules = rules_of(field);
    // The bounds of a bytes field count bytes. A schema of base64 text cannot express that.
    if (field.type() == FieldDescriptor::TYPE_BYTES) return {{"type", "string"}, {"contentEncoding", "base64"}};
    if (use == Use::answer) return answered_text(rules);
    const bool filled = rules.required() && !field.is_repeated();
    auto schema = requested_text(rules, std::max<std::uint32_t>(rules.min_length(), filled ? 1 : 0));
    if (filled || !empty_is_absent(field)) return schema;
    if (auto* values = schema.if_contains("enum")) {
        values->as_array().emplace_back("");
        return schema;
    }
    const auto* pattern = schema.if_contains("pattern");
    const bool strict = rules.min_length() > 0 || schema.contains("format") || (pattern != nullptr && *pattern != kTextPattern);
    if (!strict) return schema;
    return {{"anyOf", json::array{std::move(schema), json::object{{"type", "string"}, {"maxLength", 0}}}}};
}

/// The bounds of an integer: those of its type, narrowed by its rules.
struct Range {
    __int128 min;
    __int128 max;
};

Range type_range(const FieldDescriptor& field) {
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_INT32:
            return {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()};
        case FieldDescriptor::CPPTYPE_UINT32:
            return {0, std::numeric_limits<std::uint32_t>::max()};
        case FieldDescriptor::CPPTYPE_UINT64:
            return {0, std::numeric_limits<std::uint64_t>::max()};
        default:
            return {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
    }
}

json::value number(__int128 value) {
    if (value > std::numeric_limits<std::int64_t>::max()) return static_cast<std::uint64_t>(value);
    return static_cast<std::int64_t>(value);
}

/// Returns a pattern for whole numbers as text that are certainly within the range. It permits
/// fewer digits than the bounds have, in the one canonical spelling.
std::string digits_pattern(const Range& range, bool zero) {
    int more_digits = 0;
    for (auto rest = range.max / 10; rest >= 10; rest /= 10) ++more_digits;
    const auto positive =
        range.max < 10 ? fmt::format("[1-{}]", static_cast<int>(range.max)) : fmt::format("[1-9][0-9]{{0,{}}}", more_digits);
    const auto whole = fmt::format("{}{}", range.min <= -range.max ? "-?" : "", positive);
    return zero ? fmt::format("^(0|{})$", whole) : fmt::format("^{}$", whole);
}

json::object plain_integer(const FieldDescriptor& field) {
    if (type_range(field).min == 0) return {{"type", "integer"}, {"minimum", 0}};
    return {{"type", "integer"}, {"format", field.cpp_type() == FieldDescriptor::CPPTYPE_INT32 ? "int32" : "int64"}};
}

/// Returns the schema of an integer in a request. Zero is permitted if it means "not given", even
/// if the rules exclude it.
json::object requested_integer(const FieldDescriptor& field, Use use) {
    const auto& rules = rules_of(field);
    auto range = type_range(field);
    if (rules.has_min()) range.min = std::max<__int128>(range.min, rules.min());
    if (rules.has_max()) range.max = std::min<__int128>(range.max, rules.max());
    const bool filled = rules.required() && !field.is_repeated();
    const bool zero_allowed = !filled && (empty_is_absent(field) || (range.min <= 0 && range.max >= 0));
    const bool beside = zero_allowed && (range.min > 1 || range.max < 0);
    // Parameters are text in any case, and are read as the values that they stand for.
    const bool as_text = use != Use::parameter && range.max > 0 && range.min <= 1;
    auto schema = plain_integer(field);
    if (as_text) schema["type"] = json::array{"integer", "string"};
    schema["minimum"] = number(zero_allowed && range.min == 1 ? 0 : range.min);
    schema["maximum"] = number(range.max);
    if (as_text) schema["pattern"] = digits_pattern(range, zero_allowed);
    if (filled && range.min <= 0 && range.max >= 0) schema["not"] = json::object{{"const", 0}};
    if (!beside) return schema;
    return {{"anyOf", json::array{std::move(schema), json::object{{"enum", json::array{0}}}}}};
}

json::object enum_schema(const FieldDescriptor& field, Use use) {
    const bool required = use != Use::answer && rules_of(field).required();
    json::array names;
    const auto& type = *field.enum_type();
    for (int i = 0; i < type.value_count(); ++i) {
        if (!required || type.value(i)->number() != 0) names.emplace_back(type.value(i)->name());
    }
    return {{"type", "string"}, {"enum", std::move(names)}};
}

json::value example_value(const FieldDescriptor& field, const std::string& example) {
    const bool text = field.cpp_type() == FieldDescriptor::CPPTYPE_STRING || field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM;
    return text ? json::value(example) : json::parse(example);
}

json::object plain_schema(const FieldDescriptor& field, Use use) {
    switch (field.type()) {
        case FieldDescriptor::TYPE_ENUM:
            return enum_schema(field, use);
        case FieldDescriptor::TYPE_BOOL:
            return {{"type", "boolean"}};
        case FieldDescriptor::TYPE_FLOAT:
            return {{"type", "number"}, {"format", "float"}};
        case FieldDescriptor::TYPE_DOUBLE:
            return {{"type", "number"}, {"format", "double"}};
        case FieldDescriptor::TYPE_STRING:
        case FieldDescriptor::TYPE_BYTES:
            return text_schema(field, use);
        default:
            return use == Use::answer ? plain_integer(field) : requested_integer(field, use);
    }
}

}  // namespace

json::object scalar_schema(const FieldDescriptor& field, Use use) {
    auto schema = plain_schema(field, use);
    if (const auto& example = rules_of(field).example(); !example.empty()) {
        schema["examples"] = json::array{example_value(field, example)};
    }
    return schema;
}

bool is_demanded(const FieldDescriptor& field) { return rules_of(field).required() && !is_optional(field); }

bool may_be_null(const FieldDescriptor& field, Use use) {
    if (use == Use::answer || use == Use::parameter || is_demanded(field)) return false;
    if (use == Use::request) return true;
    if (field.is_repeated() || field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) return false;
    if (!field.has_presence()) return true;
    // Null becomes the empty value, so the rules must permit the empty value.
    const auto& rules = rules_of(field);
    const bool zero = (!rules.has_min() || rules.min() <= 0) && (!rules.has_max() || rules.max() >= 0);
    return zero && !rules.required() && rules.min_length() == 0 && rules.format() == tradewind::FORMAT_UNSPECIFIED &&
           rules.one_of_size() == 0;
}

json::object or_null(json::object schema) {
    if (auto* values = schema.if_contains("enum")) values->as_array().emplace_back(nullptr);
    if (auto* type = schema.if_contains("type")) {
        if (type->is_string()) *type = json::array{*type};
        type->as_array().emplace_back("null");
        return schema;
    }
    json::object null{{"type", "null"}};
    if (auto* any = schema.if_contains("anyOf")) {
        any->as_array().push_back(std::move(null));
        return schema;
    }
    return {{"anyOf", json::array{std::move(schema), std::move(null)}}};
}

}  // namespace tw::codegen
