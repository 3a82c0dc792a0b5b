#include "codegen/openapi_schema.hpp"

#include "codegen/names.hpp"
#include "codegen/rule_check.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

namespace tw::codegen {

namespace {

namespace json = boost::json;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

/// The schemas of protobuf's own messages, which JSON writes in a form of their own; null for other messages.
const json::object* well_known(const Descriptor& message) {
    static const std::map<std::string_view, json::object> schemas{
        {"google.protobuf.Timestamp", {{"type", "string"}, {"format", "date-time"}}},
        {"google.protobuf.Duration", {{"type", "string"}, {"pattern", "^-?[0-9]+(\\.[0-9]{1,9})?s$"}}},
        {"google.protobuf.FieldMask", {{"type", "string"}}},
        {"google.protobuf.Empty", {{"type", "object"}}},
        {"google.protobuf.Struct", {{"type", "object"}}},
        {"google.protobuf.Any", {{"type", "object"}}},
        {"google.protobuf.Value", {}},
        {"google.protobuf.ListValue", {{"type", "array"}}},
        {"google.protobuf.StringValue", {{"type", "string"}}},
        {"google.protobuf.BytesValue", {{"type", "string"}, {"contentEncoding", "base64"}}},
        {"google.protobuf.BoolValue", {{"type", "boolean"}}},
        {"google.protobuf.Int32Value", {{"type", "integer"}, {"format", "int32"}}},
        {"google.protobuf.Int64Value", {{"type", "integer"}, {"format", "int64"}}},
        {"google.protobuf.UInt32Value", {{"type", "integer"}, {"minimum", 0}}},
        {"google.protobuf.UInt64Value", {{"type", "integer"}, {"minimum", 0}}},
        {"google.protobuf.FloatValue", {{"type", "number"}, {"format", "float"}}},
        {"google.protobuf.DoubleValue", {{"type", "number"}, {"format", "double"}}},
    };
    const auto found = schemas.find(message.full_name());
    return found == schemas.end() ? nullptr : &found->second;
}

json::object text_schema(const FieldDescriptor& field, const tradewind::FieldRules& rules) {
    json::object schema{{"type", "string"}};
    if (field.type() == FieldDescriptor::TYPE_BYTES) {
        // Its bounds count bytes, which a schema of base64 text cannot say.
        schema["contentEncoding"] = "base64";
        return schema;
    }
    switch (rules.format()) {
        case tradewind::EMAIL:
            schema["format"] = "email";
            break;
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
    const bool filled = rules.required() && !field.is_repeated();
    const auto length_min = std::max<std::uint32_t>(rules.min_length(), filled ? 1 : 0);
    if (length_min > 0) schema["minLength"] = length_min;
    if (rules.max_length() > 0) schema["maxLength"] = rules.max_length();
    return schema;
}

json::object integer_schema(const tradewind::FieldRules& rules, std::string_view format, bool is_unsigned) {
    json::object schema{{"type", "integer"}};
    if (!format.empty()) schema["format"] = format;
    if (rules.has_min()) {
        schema["minimum"] = rules.min();
    } else if (is_unsigned) {
        schema["minimum"] = 0;
    }
    if (rules.has_max()) schema["maximum"] = rules.max();
    return schema;
}

json::object enum_schema(const FieldDescriptor& field, bool required) {
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

}  // namespace

bool is_demanded(const FieldDescriptor& field) { return rules_of(field).required() && !is_optional(field); }

Schemas::Schemas(const Contract& contract) {
    for (const auto& file : contract.files) {
        for (const auto& service : file.services) {
            for (const auto& method : service.methods) {
                if (method.http) find_answers(*method.descriptor->output_type());
            }
        }
    }
}

void Schemas::find_answers(const Descriptor& message) {
    if (!answers_.insert(&message).second) return;
    for (int i = 0; i < message.field_count(); ++i) {
        if (const auto* held = message.field(i)->message_type()) find_answers(*held);
    }
}

json::object Schemas::reference(const Descriptor& message) {
    if (const auto* schema = well_known(message)) return *schema;
    if (!components_.contains(message.full_name())) {
        // Holds the place while the message is read: it may contain itself.
        components_[message.full_name()] = nullptr;
        auto schema = this->message(message, nullptr);
        components_[message.full_name()] = std::move(schema);
    }
    return {{"$ref", "#/components/schemas/" + message.full_name()}};
}

json::object Schemas::body_reference(const Descriptor& message, const HttpRoute& route) {
    if (route.variables.empty()) return reference(message);
    auto name = message.full_name() + ".Body";
    auto schema = this->message(message, &route);
    // The same request may have two routes with other variables.
    for (int i = 2; components_.contains(name) && components_.at(name) != schema; ++i) {
        name = fmt::format("{}.Body{}", message.full_name(), i);
    }
    components_[name] = std::move(schema);
    return {{"$ref", "#/components/schemas/" + name}};
}

json::object Schemas::message(const Descriptor& message, const HttpRoute* route) {
    json::object schema{{"type", "object"}};
    if (const auto comment = comment_of(message); !comment.empty()) schema["description"] = comment;
    json::object properties;
    json::array demanded;
    for (int i = 0; i < message.field_count(); ++i) {
        const auto& field = *message.field(i);
        if (route && route->is_variable(field.name())) continue;
        properties[field.name()] = this->field(field);
        if (is_demanded(field)) demanded.emplace_back(field.name());
    }
    schema["properties"] = std::move(properties);
    if (!demanded.empty()) schema["required"] = std::move(demanded);
    if (!answers_.contains(&message)) schema["additionalProperties"] = false;
    return schema;
}

json::object Schemas::value(const FieldDescriptor& field) {
    const auto& rules = rules_of(field);
    json::object schema;
    switch (field.type()) {
        case FieldDescriptor::TYPE_MESSAGE:
        case FieldDescriptor::TYPE_GROUP:
            schema = reference(*field.message_type());
            break;
        case FieldDescriptor::TYPE_ENUM:
            schema = enum_schema(field, rules.required());
            break;
        case FieldDescriptor::TYPE_BOOL:
            schema = {{"type", "boolean"}};
            break;
        case FieldDescriptor::TYPE_FLOAT:
            schema = {{"type", "number"}, {"format", "float"}};
            break;
        case FieldDescriptor::TYPE_DOUBLE:
            schema = {{"type", "number"}, {"format", "double"}};
            break;
        case FieldDescriptor::TYPE_STRING:
        case FieldDescriptor::TYPE_BYTES:
            schema = text_schema(field, rules);
            break;
        case FieldDescriptor::TYPE_UINT32:
        case FieldDescriptor::TYPE_FIXED32:
        case FieldDescriptor::TYPE_UINT64:
        case FieldDescriptor::TYPE_FIXED64:
            schema = integer_schema(rules, "", true);
            break;
        case FieldDescriptor::TYPE_INT32:
        case FieldDescriptor::TYPE_SINT32:
        case FieldDescriptor::TYPE_SFIXED32:
            schema = integer_schema(rules, "int32", false);
            break;
        case FieldDescriptor::TYPE_INT64:
        case FieldDescriptor::TYPE_SINT64:
        case FieldDescriptor::TYPE_SFIXED64:
            schema = integer_schema(rules, "int64", false);
            break;
    }
    if (!rules.example().empty()) schema["examples"] = json::array{example_value(field, rules.example())};
    return schema;
}

json::object Schemas::field(const FieldDescriptor& field) {
    const auto& rules = rules_of(field);
    json::object schema;
    if (field.is_map()) {
        schema = {{"type", "object"}, {"additionalProperties", value(*field.message_type()->map_value())}};
        if (rules.required()) schema["minProperties"] = 1;
        if (rules.max_items() > 0) schema["maxProperties"] = rules.max_items();
    } else if (field.is_repeated()) {
        schema = {{"type", "array"}, {"items", value(field)}};
        if (rules.required()) schema["minItems"] = 1;
        if (rules.max_items() > 0) schema["maxItems"] = rules.max_items();
    } else {
        schema = value(field);
    }
    if (const auto comment = comment_of(field); !comment.empty()) schema["description"] = comment;
    return schema;
}

}  // namespace tw::codegen
