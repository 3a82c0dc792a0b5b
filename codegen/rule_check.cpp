#include "codegen/rule_check.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace tw::codegen {

namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

bool is_integer(const FieldDescriptor& field) {
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_INT32:
        case FieldDescriptor::CPPTYPE_INT64:
        case FieldDescriptor::CPPTYPE_UINT32:
        case FieldDescriptor::CPPTYPE_UINT64:
            return true;
        default:
            return false;
    }
}

template <class Number>
bool reads_as(const std::string& text) {
    Number number{};
    const auto end = text.data() + text.size();
    const auto [rest, fault] = std::from_chars(text.data(), end, number);
    return fault == std::errc{} && rest == end;
}

bool example_fits(const FieldDescriptor& field, const std::string& example) {
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_INT32:
        case FieldDescriptor::CPPTYPE_INT64:
            return reads_as<std::int64_t>(example);
        case FieldDescriptor::CPPTYPE_UINT32:
        case FieldDescriptor::CPPTYPE_UINT64:
            return reads_as<std::uint64_t>(example);
        case FieldDescriptor::CPPTYPE_FLOAT:
        case FieldDescriptor::CPPTYPE_DOUBLE:
            return reads_as<double>(example);
        case FieldDescriptor::CPPTYPE_BOOL:
            return example == "true" || example == "false";
        case FieldDescriptor::CPPTYPE_ENUM:
            return field.enum_type()->FindValueByName(example) != nullptr;
        case FieldDescriptor::CPPTYPE_STRING:
            return true;
        case FieldDescriptor::CPPTYPE_MESSAGE:
            return false;
    }
    return false;
}

void check_value_rules(const FieldDescriptor& field, const tradewind::FieldRules& rules, Problems& problems) {
    const bool text = field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
    if ((rules.min_length() > 0 || rules.max_length() > 0) && !text) {
        problems.add(field, "min_length and max_length are for strings and bytes");
    }
    if (rules.max_length() > 0 && rules.min_length() > rules.max_length()) problems.add(field, "min_length is above max_length");
    if ((rules.has_min() || rules.has_max()) && !is_integer(field)) problems.add(field, "min and max are for integers");
    if (rules.has_min() && rules.has_max() && rules.min() > rules.max()) problems.add(field, "min is above max");
    if (rules.format() != tradewind::FORMAT_UNSPECIFIED) {
        if (field.type() != FieldDescriptor::TYPE_STRING) problems.add(field, "format is for strings");
        if (!tradewind::Format_IsValid(rules.format())) problems.add(field, "format names one that does not exist");
    }
    if ((rules.one_of_size() > 0 || !rules.pattern().empty()) && field.type() != FieldDescriptor::TYPE_STRING) {
        problems.add(field, "one_of and pattern are for strings");
    }
    if (!rules.pattern().empty() && !rules.stated_only()) {
        problems.add(field, "a pattern is checked by the service alone, so its field is `stated_only`");
    }
    for (const auto& value : rules.one_of()) {
        if (value.empty() || value.find(", ") != std::string::npos) {
            problems.add(field, fmt::format("one_of has the value \"{}\", which is empty or has a comma", value));
        }
    }
    if (rules.one_of_size() > 0 && !rules.example().empty() && std::ranges::count(rules.one_of(), rules.example()) == 0) {
        problems.add(field, fmt::format("its example \"{}\" is none of one_of", rules.example()));
    }
    if (!rules.example().empty() && !example_fits(field, rules.example())) {
        problems.add(field, fmt::format("its example \"{}\" is no value of its type", rules.example()));
    }
}

void check_field(const FieldDescriptor& field, Problems& problems) {
    const auto& rules = rules_of(field);
    if (rules.max_items() > 0 && !field.is_repeated()) problems.add(field, "max_items is for repeated fields and maps");
    if (rules.required() && field.type() == FieldDescriptor::TYPE_BOOL && !field.is_repeated()) {
        problems.add(field, "required is not for bool: false is a value");
    }
    if (rules.required() && field.type() == FieldDescriptor::TYPE_MESSAGE && is_optional(field)) {
        problems.add(field, "a message cannot be both optional and required");
    }
    if (rules.unversioned() && (field.type() != FieldDescriptor::TYPE_MESSAGE || field.is_repeated() ||
                                field.containing_type()->FindFieldByName("version") == nullptr)) {
        problems.add(field, "unversioned is for a single message beside a field `version`");
    }
    if (!rules.telemetry().empty() && (field.type() != FieldDescriptor::TYPE_STRING || field.is_repeated() || rules.personal())) {
        problems.add(field, "telemetry is for single strings that are no personal data");
    }
    if (!field.is_map()) return check_value_rules(field, rules, problems);
    if (rules.min_length() > 0 || rules.max_length() > 0 || rules.has_min() || rules.has_max() || !rules.example().empty() ||
        rules.format() != tradewind::FORMAT_UNSPECIFIED || rules.one_of_size() > 0 || !rules.pattern().empty()) {
        problems.add(field, "a map has no rules but required, max_items and personal");
    }
}

void check_sets(const Descriptor& message, Problems& problems) {
    const auto& either = message.options().GetExtension(tradewind::message).either();
    if (either.size() == 1) problems.add(*message.field(0), "`either` of its message has one set, which is no choice");
    for (const auto& set : either) {
        for (const auto& name : set.fields()) {
            if (message.FindFieldByName(name) != nullptr) continue;
            problems.add(*message.field(0), fmt::format("`either` of its message names {}, which is no field of it", name));
        }
    }
}

void check_message(const Descriptor& message, Problems& problems) {
    if (message.field_count() > 0) check_sets(message, problems);
    for (int i = 0; i < message.field_count(); ++i) check_field(*message.field(i), problems);
    for (int i = 0; i < message.nested_type_count(); ++i) check_message(*message.nested_type(i), problems);
}

}  // namespace

const tradewind::FieldRules& rules_of(const FieldDescriptor& field) { return field.options().GetExtension(tradewind::field); }

bool is_optional(const FieldDescriptor& field) {
    return field.has_optional_keyword() || field.real_containing_oneof() != nullptr;
}

void check_field_rules(const google::protobuf::FileDescriptor& file, Problems& problems) {
    for (int i = 0; i < file.message_type_count(); ++i) check_message(*file.message_type(i), problems);
}

}  // namespace tw::codegen
