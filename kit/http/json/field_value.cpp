#include "kit/http/json/field_value.hpp"

#include "kit/base/encoding.hpp"
#include "kit/http/json/well_known.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace tw::http {
namespace {

using google::protobuf::FieldDescriptor;

std::string enum_names(const google::protobuf::EnumDescriptor& type) {
    constexpr int kListed = 20;
    std::string names;
    for (int i = 0; i < type.value_count() && i < kListed; ++i) names += (i == 0 ? "" : ", ") + type.value(i)->name();
    return type.value_count() > kListed ? names + ", …" : names;
}

/// A whole number that fits the field's own type.
template <class Number>
Refusal store_whole(const FieldPlace& place, Number value) {
    auto& [message, field, add] = place;
    const auto* reflection = message.GetReflection();
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_INT32:
            if (!std::in_range<std::int32_t>(value)) return "must be from -2147483648 to 2147483647";
            add ? reflection->AddInt32(&message, &field, static_cast<std::int32_t>(value))
                : reflection->SetInt32(&message, &field, static_cast<std::int32_t>(value));
            return {};
        case FieldDescriptor::CPPTYPE_INT64:
            if (!std::in_range<std::int64_t>(value)) return "must be from -9223372036854775808 to 9223372036854775807";
            add ? reflection->AddInt64(&message, &field, static_cast<std::int64_t>(value))
                : reflection->SetInt64(&message, &field, static_cast<std::int64_t>(value));
            return {};
        case FieldDescriptor::CPPTYPE_UINT32:
            if (!std::in_range<std::uint32_t>(value)) return "must be from 0 to 4294967295";
            add ? reflection->AddUInt32(&message, &field, static_cast<std::uint32_t>(value))
                : reflection->SetUInt32(&message, &field, static_cast<std::uint32_t>(value));
            return {};
        case FieldDescriptor::CPPTYPE_UINT64:
            if (!std::in_range<std::uint64_t>(value)) return "must be from 0 to 18446744073709551615";
            add ? reflection->AddUInt64(&message, &field, static_cast<std::uint64_t>(value))
                : reflection->SetUInt64(&message, &field, static_cast<std::uint64_t>(value));
            return {};
        case FieldDescriptor::CPPTYPE_DOUBLE:
        case FieldDescriptor::CPPTYPE_FLOAT:
            return store_double(place, static_cast<double>(value));
        default:
            return expectation(field);
    }
}

Refusal store_enum(const FieldPlace& place, std::string_view name) {
    const auto* value = place.field.enum_type()->FindValueByName(std::string{name});
    if (value == nullptr) return expectation(place.field);
    const auto* reflection = place.message.GetReflection();
    place.add ? reflection->AddEnum(&place.message, &place.field, value)
              : reflection->SetEnum(&place.message, &place.field, value);
    return {};
}

Refusal store_bytes(const FieldPlace& place, std::string value) {
    const auto* reflection = place.message.GetReflection();
    place.add ? reflection->AddString(&place.message, &place.field, std::move(value))
              : reflection->SetString(&place.message, &place.field, std::move(value));
    return {};
}

Refusal store_well_known(const FieldPlace& place, std::string_view text) {
    const auto* reflection = place.message.GetReflection();
    if (!is_written_as_text(*place.field.message_type())) return expectation(place.field);
    auto* message = place.add ? reflection->AddMessage(&place.message, &place.field)
                              : reflection->MutableMessage(&place.message, &place.field);
    if (!read_well_known(text, *message)) return expectation(place.field);
    return {};
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number{};
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

Refusal store_number_text(const FieldPlace& place, std::string_view text) {
    if (const auto number = parse_number<std::int64_t>(text)) return store_signed(place, *number);
    if (const auto number = parse_number<std::uint64_t>(text)) return store_unsigned(place, *number);
    const auto type = place.field.cpp_type();
    const bool takes_fraction = type == FieldDescriptor::CPPTYPE_DOUBLE || type == FieldDescriptor::CPPTYPE_FLOAT;
    const auto number = takes_fraction ? parse_number<double>(text) : std::nullopt;
    return number ? store_double(place, *number) : Refusal{expectation(place.field)};
}

}  // namespace

std::string expectation(const FieldDescriptor& field) {
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_STRING:
            return field.type() == FieldDescriptor::TYPE_BYTES ? "must be a string in base64" : "must be a string";
        case FieldDescriptor::CPPTYPE_BOOL:
            return "must be true or false";
        case FieldDescriptor::CPPTYPE_DOUBLE:
        case FieldDescriptor::CPPTYPE_FLOAT:
            return "must be a number";
        case FieldDescriptor::CPPTYPE_ENUM:
            return "must be one of " + enum_names(*field.enum_type());
        case FieldDescriptor::CPPTYPE_MESSAGE:
            return std::string{well_known_expectation(*field.message_type())};
        default:
            return "must be a whole number";
    }
}

Refusal store_signed(const FieldPlace& place, std::int64_t value) { return store_whole(place, value); }
Refusal store_unsigned(const FieldPlace& place, std::uint64_t value) { return store_whole(place, value); }

Refusal store_double(const FieldPlace& place, double value) {
    auto& [message, field, add] = place;
    const auto* reflection = message.GetReflection();
    if (!std::isfinite(value)) return "is out of range";
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_DOUBLE:
            add ? reflection->AddDouble(&message, &field, value) : reflection->SetDouble(&message, &field, value);
            return {};
        case FieldDescriptor::CPPTYPE_FLOAT: {
            if (std::abs(value) > std::numeric_limits<float>::max()) return "is out of range";
            const auto narrow = static_cast<float>(value);
            add ? reflection->AddFloat(&message, &field, narrow) : reflection->SetFloat(&message, &field, narrow);
            return {};
        }
        default: {
            // 1.0 and 1e3 are whole numbers too (JSON Schema says so), as far as a double holds every one of them.
            constexpr double kExact = 9007199254740992.0;
            if (value != std::trunc(value) || std::abs(value) > kExact) return expectation(field);
            return store_whole(place, static_cast<std::int64_t>(value));
        }
    }
}

Refusal store_bool(const FieldPlace& place, bool value) {
    if (place.field.cpp_type() != FieldDescriptor::CPPTYPE_BOOL) return expectation(place.field);
    const auto* reflection = place.message.GetReflection();
    place.add ? reflection->AddBool(&place.message, &place.field, value)
              : reflection->SetBool(&place.message, &place.field, value);
    return {};
}

Refusal store_string(const FieldPlace& place, std::string_view text) {
    switch (place.field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_STRING: {
            if (place.field.type() != FieldDescriptor::TYPE_BYTES) return store_bytes(place, std::string{text});
            auto bytes = base64_decode(text);
            return bytes ? store_bytes(place, std::move(*bytes)) : Refusal{expectation(place.field)};
        }
        case FieldDescriptor::CPPTYPE_ENUM:
            return store_enum(place, text);
        case FieldDescriptor::CPPTYPE_MESSAGE:
            return store_well_known(place, text);
        default:
            return expectation(place.field);
    }
}

Refusal store_text(const FieldPlace& place, std::string_view text) {
    switch (place.field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_BOOL:
            if (text != "true" && text != "false") return expectation(place.field);
            return store_bool(place, text == "true");
        case FieldDescriptor::CPPTYPE_STRING:
        case FieldDescriptor::CPPTYPE_ENUM:
        case FieldDescriptor::CPPTYPE_MESSAGE:
            if (!is_utf8(text)) return "must be UTF-8";
            return store_string(place, text);
        default:
            return store_number_text(place, text);
    }
}

}  // namespace tw::http
