#include "kit/http/field_value.hpp"
#include "kit/http/json_mapping.hpp"
#include "kit/http/json_text.hpp"

namespace tw::http {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

Refusal set_once(Message& message, const FieldDescriptor& field, std::string_view text) {
    const auto* reflection = message.GetReflection();
    if (field.is_repeated()) return store_text({message, field, true}, text);
    if (!reflection->HasField(message, &field)) return store_text({message, field}, text);
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING && reflection->GetString(message, &field) == text) return {};
    return "is given twice";
}

}  // namespace

void set_field_from_text(Message& message, std::string_view path, std::string_view text, std::vector<Violation>& violations) {
    std::string pointer;
    const auto refuse = [&](std::string detail) { violations.push_back({pointer, std::move(detail)}); };
    auto* target = &message;
    while (true) {
        const auto dot = path.find('.');
        const auto name = path.substr(0, dot);
        append_pointer_token(pointer, name);
        const auto* field = target->GetDescriptor()->FindFieldByName(std::string{name});
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
