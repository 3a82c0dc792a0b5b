#include "kit/http/json/field_value.hpp"
#include "kit/http/json/json_pointer.hpp"
#include "kit/http/json_mapping.hpp"

namespace tw::http {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

Refusal set_once(Message& message, const FieldDescriptor& field, std::string_view text) {
    const auto& reflection = *message.GetReflection();
    if (field.is_repeated()) return store_text({message, reflection, field, true}, text);
    if (!reflection.HasField(message, &field)) return store_text({message, reflection, field}, text);
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING && reflection.GetString(message, &field) == text) return {};
    return "is given twice";
}

/// Returns the JSON pointer of a path with dots.
std::string pointer_to(std::string_view path) {
    std::string pointer;
    while (true) {
        const auto dot = path.find('.');
        append_pointer_token(pointer, path.substr(0, dot));
        if (dot == std::string_view::npos) return pointer;
        path.remove_prefix(dot + 1);
    }
}

}  // namespace

void set_field_from_text(Message& message, std::string_view path, std::string_view text, std::vector<Violation>& violations) {
    const auto* const begin = path.data();
    std::string_view name;
    const auto refuse = [&](std::string detail) {
        // The violation points to the last name that was looked at.
        const std::string_view told{begin, name.data() + name.size()};
        violations.push_back({pointer_to(told), std::move(detail)});
    };
    auto* target = &message;
    while (true) {
        const auto dot = path.find('.');
        name = path.substr(0, dot);
        const auto* field = find_field(*target->GetDescriptor(), std::string{name});
        if (field == nullptr || field->is_map()) return refuse("is not a field here");
        if (dot == std::string_view::npos) {
            if (auto refusal = set_once(*target, *field, text)) refuse(std::move(*refusal));
            return;
        }
        if (field->is_repeated() || field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE)
            return refuse("has no fields of its own");
        target = target->GetReflection()->MutableMessage(target, field);
        path.remove_prefix(dot + 1);
    }
}

}  // namespace tw::http
