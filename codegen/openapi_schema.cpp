#include "codegen/openapi_schema.hpp"

#include "codegen/names.hpp"
#include "codegen/rule_check.hpp"

#include <map>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>

namespace tw::codegen {

namespace {

namespace json = boost::json;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

/// Returns the schema of one of protobuf's own messages that have a special form in JSON. Returns
/// null for other messages.
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

/// Whether the gateway writes the field into every answer. Scalars and lists are written with their
/// default; messages may be absent.
bool is_always_answered(const FieldDescriptor& field) { return field.is_repeated() || !field.has_presence(); }

/// Returns a schema that holds if the field counts as given.
json::object given(const FieldDescriptor& field) {
    if (field.is_repeated())
        return {{"type", field.is_map() ? "object" : "array"}, {field.is_map() ? "minProperties" : "minItems", 1}};
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) return {{"type", "string"}, {"minLength", 1}};
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) return {{"type", "object"}};
    return {{"not", json::object{{"enum", json::array{0, nullptr}}}}};
}

/// Returns a schema that holds if a field that is present counts as not given.
json::object not_given(const FieldDescriptor& field) {
    if (field.is_repeated()) return {{field.is_map() ? "maxProperties" : "maxItems", 0}};
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) return {{"maxLength", 0}};
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) return {{"type", "null"}};
    return {{"enum", json::array{0, nullptr}}};
}

/// Returns one schema for each set of fields of which a request has exactly one.
json::array alternatives(const Descriptor& message) {
    const auto& either = message.options().GetExtension(tradewind::message).either();
    json::array schemas;
    for (const auto& set : either) {
        json::object properties;
        json::array required;
        for (const auto& name : set.fields()) {
            properties[name] = given(*message.FindFieldByName(name));
            required.emplace_back(name);
        }
        for (const auto& other : either) {
            for (const auto& name : other.fields()) {
                if (!properties.contains(name)) properties[name] = not_given(*message.FindFieldByName(name));
            }
        }
        schemas.push_back(json::object{{"required", std::move(required)}, {"properties", std::move(properties)}});
    }
    return schemas;
}

std::string_view caller_text(int caller) {
    switch (caller) {
        case tradewind::OWNER:
            return "the owner";
        case tradewind::SUPPORT:
            return "support";
        case tradewind::MERCHANT:
            return "merchants";
        case tradewind::SERVICE:
            return "services";
        default:
            return "operators";
    }
}

/// Returns the contract's comment on a field and, in an answer, who sees the field.
std::string description(const FieldDescriptor& field, Use use) {
    auto text = comment_of(field);
    const auto& callers = rules_of(field).visible_to();
    if (use != Use::answer || callers.empty()) return text;
    std::string list;
    for (int i = 0; i < callers.size(); ++i) {
        if (i > 0) list += i + 1 == callers.size() ? " and " : ", ";
        list += caller_text(callers.Get(i));
    }
    if (!text.empty()) text += ". ";
    return text + fmt::format("It is empty for callers other than {}.", list);
}

}  // namespace

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

std::string Schemas::name_of(const Descriptor& message, Use use) const {
    if (use == Use::merge_patch) return message.full_name() + ".MergePatch";
    return use == Use::request && answers_.contains(&message) ? message.full_name() + ".Request" : message.full_name();
}

json::object Schemas::reference(const Descriptor& message, Use use) {
    if (const auto* schema = well_known(message)) return *schema;
    const auto name = name_of(message, use);
    if (!components_.contains(name)) {
        // The empty component marks a message that is being read, because a message may contain
        // itself.
        components_[name] = nullptr;
        auto schema = this->message(message, nullptr, use);
        components_[name] = std::move(schema);
    }
    return {{"$ref", "#/components/schemas/" + name}};
}

json::object Schemas::body_reference(const Descriptor& message, const HttpRoute& route, Use use) {
    if (route.variables.empty()) return reference(message, use);
    const auto base = message.full_name() + (use == Use::merge_patch ? ".MergePatch" : ".Body");
    auto name = base;
    auto schema = this->message(message, &route, use);
    // Two routes with different variables may have the same request.
    for (int i = 2; components_.contains(name) && components_.at(name) != schema; ++i) name = fmt::format("{}{}", base, i);
    components_[name] = std::move(schema);
    return {{"$ref", "#/components/schemas/" + name}};
}

json::object Schemas::message(const Descriptor& message, const HttpRoute* route, Use use) {
    json::object schema{{"type", "object"}};
    if (const auto comment = comment_of(message); !comment.empty()) schema["description"] = comment;
    json::object properties;
    json::array demanded;
    for (int i = 0; i < message.field_count(); ++i) {
        const auto& field = *message.field(i);
        if (route && route->is_variable(field.name())) continue;
        properties[field.name()] = this->field(field, use);
        if (use == Use::answer ? is_always_answered(field) : is_demanded(field)) demanded.emplace_back(field.name());
    }
    schema["properties"] = std::move(properties);
    if (!demanded.empty()) schema["required"] = std::move(demanded);
    if (use == Use::answer) return schema;
    schema["additionalProperties"] = false;
    if (auto sets = alternatives(message); !sets.empty()) schema["oneOf"] = std::move(sets);
    return schema;
}

json::object Schemas::value(const FieldDescriptor& field, Use use) {
    const bool message = field.type() == FieldDescriptor::TYPE_MESSAGE || field.type() == FieldDescriptor::TYPE_GROUP;
    return message ? reference(*field.message_type(), use) : scalar_schema(field, use);
}

json::object Schemas::field(const FieldDescriptor& field, Use use) {
    const auto& rules = rules_of(field);
    const bool bound = use != Use::answer;
    json::object schema;
    if (field.is_map()) {
        schema = {{"type", "object"}, {"additionalProperties", value(*field.message_type()->map_value(), use)}};
        if (bound && rules.required()) schema["minProperties"] = 1;
        if (bound && rules.max_items() > 0) schema["maxProperties"] = rules.max_items();
    } else if (field.is_repeated()) {
        schema = {{"type", "array"}, {"items", value(field, use)}};
        if (bound && rules.required()) schema["minItems"] = 1;
        if (bound && rules.max_items() > 0) schema["maxItems"] = rules.max_items();
    } else {
        schema = value(field, use);
    }
    if (may_be_null(field, use)) schema = or_null(std::move(schema));
    if (const auto text = description(field, use); !text.empty()) schema["description"] = text;
    return schema;
}

}  // namespace tw::codegen
