#include "codegen/validation_writer.hpp"

#include "codegen/names.hpp"
#include "codegen/rule_check.hpp"

#include <limits>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <google/protobuf/compiler/cpp/names.h>

namespace tw::codegen {

namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr std::size_t kCheckColumnsMax = 128;

/// The rules that generated code checks. Empty if the contract only states the rules.
const tradewind::FieldRules& checked_rules(const FieldDescriptor& field) {
    const auto& rules = rules_of(field);
    return rules.stated_only() ? tradewind::FieldRules::default_instance() : rules;
}

bool is_text(const FieldDescriptor& field) { return field.type() == FieldDescriptor::TYPE_STRING; }

/// Whether the field's value, or an item of a list, is checked by itself. Text always is, because
/// it must not contain a NUL.
bool has_value_rules(const FieldDescriptor& field) {
    const auto& rules = checked_rules(field);
    return is_text(field) || rules.required() || rules.min_length() > 0 || rules.max_length() > 0 || rules.has_min() ||
           rules.has_max() || rules.format() != tradewind::FORMAT_UNSPECIFIED;
}

bool has_text(const FieldDescriptor& map) {
    return is_text(*map.message_type()->map_key()) || is_text(*map.message_type()->map_value());
}

bool is_ruled(const FieldDescriptor& field) {
    return has_value_rules(field) || checked_rules(field).max_items() > 0 || (field.is_map() && has_text(field));
}

/// The message that a field holds, or that the values of a map are. Null for other fields.
const Descriptor* held_message(const FieldDescriptor& field) {
    return field.is_map() ? field.message_type()->map_value()->message_type() : field.message_type();
}

/// Whether a message of this type, or a message within it, has a field with rules.
bool reaches_rules(const Descriptor& message, std::set<const Descriptor*>& seen) {
    if (!seen.insert(&message).second) return false;
    for (int i = 0; i < message.field_count(); ++i) {
        const auto* held = held_message(*message.field(i));
        if (is_ruled(*message.field(i)) || (held && reaches_rules(*held, seen))) return true;
    }
    return false;
}

std::string_view format_name(tradewind::Format format) {
    switch (format) {
        case tradewind::EMAIL:
            return "email";
        case tradewind::UUID:
            return "uuid";
        case tradewind::CURRENCY:
            return "currency";
        case tradewind::TIMESTAMP:
            return "timestamp";
        case tradewind::SLUG:
            return "slug";
        default:
            return "none";
    }
}

std::string literal(std::int64_t number) {
    // C++ has no literal of the lowest value.
    return number == std::numeric_limits<std::int64_t>::min() ? "INT64_MIN" : std::to_string(number);
}

/// Breaks a call that is too long for its line before its last argument but one, which is the
/// rules.
std::string wrapped(std::string call, std::size_t indent) {
    const auto rules = call.find(" {.");
    if (indent + call.size() > kCheckColumnsMax && rules != std::string::npos) {
        call.replace(rules, 1, "\n" + std::string(indent + call.find('(') + 1, ' '));
    }
    return call;
}

/// The initialiser of TextRules, NumberRules or ListRules. It names only the rules that are set.
class Initialiser {
 public:
    void add(std::string_view member, std::string_view value) {
        text_ += fmt::format("{}.{} = {}", text_.empty() ? "" : ", ", member, value);
    }
    std::string text() const { return "{" + text_ + "}"; }

 private:
    std::string text_;
};

std::string text_rules(const FieldDescriptor& field, const tradewind::FieldRules& rules, bool given) {
    Initialiser text;
    // `required` of a list means that the list must not be empty.
    if (rules.required() && !field.is_repeated()) text.add("required", "true");
    if (rules.min_length() > 0) text.add("length_min", std::to_string(rules.min_length()));
    if (rules.max_length() > 0) text.add("length_max", std::to_string(rules.max_length()));
    if (rules.format() != tradewind::FORMAT_UNSPECIFIED)
        text.add("format", fmt::format("rules::Format::{}", format_name(rules.format())));
    if (rules.one_of_size() > 0) text.add("one_of", quoted(fmt::format("{}", fmt::join(rules.one_of(), ", "))));
    if (field.type() == FieldDescriptor::TYPE_BYTES) text.add("bytes", "true");
    if (given) text.add("given", "true");
    return text.text();
}

std::string number_rules(const FieldDescriptor& field, const tradewind::FieldRules& rules, bool given) {
    Initialiser text;
    if (rules.required() && !field.is_repeated()) text.add("required", "true");
    if (rules.has_min()) text.add("min", literal(rules.min()));
    if (rules.has_max()) text.add("max", literal(rules.max()));
    if (given) text.add("given", "true");
    return text.text();
}

}  // namespace

ValidationWriter::ValidationWriter(const FileModel& file) : file_{*file.descriptor} {
    std::set<const Descriptor*> seen;
    for (const auto& service : file.services) {
        for (const auto& method : service.methods) visit(*method.descriptor->input_type(), seen);
    }
}

void ValidationWriter::visit(const Descriptor& message, std::set<const Descriptor*>& seen) {
    if (!seen.insert(&message).second) return;
    std::set<const Descriptor*> path;
    if (!reaches_rules(message, path)) return;
    checked_.insert(&message);
    order_.push_back(&message);
    for (int i = 0; i < message.field_count(); ++i) {
        if (const auto* held = held_message(*message.field(i))) visit(*held, seen);
    }
}

std::string ValidationWriter::signature(const Descriptor& message) const {
    return fmt::format("void check_fields(const {}& message, const rules::Place& at, rules::Violations& found)",
                       class_name(message, file_));
}

std::string ValidationWriter::text() const {
    if (order_.empty()) return {};
    std::string text =
        "// The contract's field rules, with one function for each message.\n\nnamespace rules = tw::rpc::rules;\n\n";
    for (const auto* message : order_) text += signature(*message) + ";\n";
    for (const auto* message : order_) text += fmt::format("\n{} {{\n{}}}\n", signature(*message), body(*message));
    text +=
        "\ntemplate <class Request>\n"
        "void validate(const tw::rpc::Message& request, rules::Violations& found) {\n"
        "    check_fields(static_cast<const Request&>(request), {}, found);\n"
        "}\n";
    return text;
}

std::string ValidationWriter::body(const Descriptor& message) const {
    std::string text;
    for (int i = 0; i < message.field_count(); ++i) text += field_text(*message.field(i));
    return text;
}

std::string ValidationWriter::value_check(const FieldDescriptor& field, const std::string& place, const std::string& value,
                                          bool given) const {
    const auto& rules = checked_rules(field);
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_MESSAGE:
            return is_checked(*field.message_type()) ? fmt::format("check_fields({}, {}, found);\n", value, place) : "";
        case FieldDescriptor::CPPTYPE_BOOL:
            return {};
        default:
            break;
    }
    if (!has_value_rules(field)) return {};
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_STRING:
            // `required` of a list concerns the list and not its items.
            if (field.is_repeated() && !is_text(field) && rules.min_length() == 0 && rules.max_length() == 0) return {};
            return fmt::format("rules::check_text({}, {}, {}, found);\n", place, value, text_rules(field, rules, given));
        case FieldDescriptor::CPPTYPE_ENUM:
            return field.is_repeated() ? "" : fmt::format("rules::check_specified({}, {}, found);\n", place, value);
        default:
            if (field.is_repeated() && !rules.has_min() && !rules.has_max()) return {};
            return fmt::format("rules::check_number({}, {}, {}, found);\n", place, value, number_rules(field, rules, given));
    }
}

std::string ValidationWriter::map_text(const FieldDescriptor& field, const std::string& place,
                                       const std::string& accessor) const {
    const auto& key = *field.message_type()->map_key();
    const auto& value = *field.message_type()->map_value();
    const auto at = fmt::format("{{rules::Place{}, {}}}", place, is_text(key) ? "key" : "std::to_string(key)");
    std::string checks;
    if (is_text(key)) checks += fmt::format("        rules::check_text({}, key, {{}}, found);\n", at);
    if (is_text(value)) checks += fmt::format("        rules::check_text({}, value, {{}}, found);\n", at);
    if (value.message_type() && is_checked(*value.message_type())) {
        checks += fmt::format("        check_fields(value, {}, found);\n", at);
    }
    if (checks.empty()) return {};
    return fmt::format("    for ([[maybe_unused]] const auto& [key, value] : message.{}()) {{\n{}    }}\n", accessor, checks);
}

std::string ValidationWriter::list_text(const FieldDescriptor& field, const std::string& place,
                                        const std::string& accessor) const {
    const auto& rules = checked_rules(field);
    std::string text;
    if (rules.required() || rules.max_items() > 0) {
        Initialiser list;
        if (rules.required()) list.add("required", "true");
        if (rules.max_items() > 0) list.add("items_max", std::to_string(rules.max_items()));
        text += fmt::format("    rules::check_list({}, message.{}_size(), {}, found);\n", place, accessor, list.text());
    }
    if (field.is_map()) return text + map_text(field, place, accessor);
    const auto item =
        value_check(field, fmt::format("{{rules::Place{}, i}}", place), fmt::format("message.{}(i)", accessor), true);
    if (item.empty()) return text;
    return text +
           fmt::format("    for (int i = 0; i < message.{}_size(); ++i) {{\n        {}    }}\n", accessor, wrapped(item, 8));
}

std::string ValidationWriter::field_text(const FieldDescriptor& field) const {
    const auto& rules = checked_rules(field);
    const auto accessor = google::protobuf::compiler::cpp::FieldName(&field);
    const auto place = fmt::format("{{at, {}}}", quoted(field.name()));
    if (field.is_repeated()) return list_text(field, place, accessor);
    std::string text;
    const bool message = field.type() == FieldDescriptor::TYPE_MESSAGE || field.type() == FieldDescriptor::TYPE_GROUP;
    if (message && rules.required())
        text += fmt::format("    rules::check_present({}, message.has_{}(), found);\n", place, accessor);
    const auto check = value_check(field, place, fmt::format("message.{}()", accessor), field.has_presence());
    if (check.empty()) return text;
    if (!field.has_presence()) return text + "    " + wrapped(check, 4);
    const auto condition = fmt::format("    if (message.has_{}())", accessor);
    const bool fits = condition.size() + check.size() < kCheckColumnsMax;
    return text + condition + (fits ? " " + check : " {\n        " + wrapped(check, 8) + "    }\n");
}

}  // namespace tw::codegen
