#include "kit/http/json/field_value.hpp"

#include "kit/base/encoding.hpp"
#include "kit/http/json/number_text.hpp"
#include "kit/http/json/well_known.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
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

/// Stores an enum's value. `value` is null if the contract has no such value.
Refusal store_enum(const FieldPlace& place, const google::protobuf::EnumValueDescriptor* value) {
    if (value == nullptr) return expectation(place.field);
    auto& [message, reflection, field, add] = place;
    add ? reflection.AddEnum(&message, &field, value) : reflection.SetEnum(&message, &field, value);
    return {};
}

/// Stores a whole number if it fits the field's type.
template <class Number>
Refusal store_whole(const FieldPlace& place, Number value) {
    auto& [message, reflection, field, add] = place;
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_INT32:
            if (!std::in_range<std::int32_t>(value)) return "must be from -2147483648 to 2147483647";
            add ? reflection.AddInt32(&message, &field, static_cast<std::int32_t>(value))
                : reflection.SetInt32(&message, &field, static_cast<std::int32_t>(value));
            return {};
        case FieldDescriptor::CPPTYPE_INT64:
            if (!std::in_range<std::int64_t>(value)) return "must be from -9223372036854775808 to 9223372036854775807";
            add ? reflection.AddInt64(&message, &field, static_cast<std::int64_t>(value))
                : reflection.SetInt64(&message, &field, static_cast<std::int64_t>(value));
            return {};
        case FieldDescriptor::CPPTYPE_UINT32:
            if (!std::in_range<std::uint32_t>(value)) return "must be from 0 to 4294967295";
            add ? reflection.AddUInt32(&message, &field, static_cast<std::uint32_t>(value))
                : reflection.SetUInt32(&message, &field, static_cast<std::uint32_t>(value));
            return {};
        case FieldDescriptor::CPPTYPE_UINT64:
            if (!std::in_range<std::uint64_t>(value)) return "must be from 0 to 18446744073709551615";
            add ? reflection.AddUInt64(&message, &field, static_cast<std::uint64_t>(value))
                : reflection.SetUInt64(&message, &field, static_cast<std::uint64_t>(value));
            return {};
        case FieldDescriptor::CPPTYPE_DOUBLE:
        case FieldDescriptor::CPPTYPE_FLOAT:
            return store_double(place, static_cast<double>(value));
        case FieldDescriptor::CPPTYPE_ENUM:
            if (!std::in_range<std::int32_t>(value)) return expectation(field);
            return store_enum(place, field.enum_type()->FindValueByNumber(static_cast<std::int32_t>(value)));
        default:
            return expectation(field);
    }
}

/// Converts to the standard alphabet: JSON may have either alphabet of RFC 4648.
std::string in_standard_base64(std::string_view text) {
    std::string standard{text};
    std::ranges::replace(standard, '-', '+');
    std::ranges::replace(standard, '_', '/');
    return standard;
}

Refusal store_bytes(const FieldPlace& place, std::string value) {
    auto& [message, reflection, field, add] = place;
    add ? reflection.AddString(&message, &field, std::move(value)) : reflection.SetString(&message, &field, std::move(value));
    return {};
}

Refusal store_well_known(const FieldPlace& place, std::string_view text) {
    auto& [message, reflection, field, add] = place;
    if (!is_written_as_text(*field.message_type())) return expectation(field);
    auto* const value = add ? reflection.AddMessage(&message, &field) : reflection.MutableMessage(&message, &field);
    if (!read_well_known(text, *value)) return expectation(field);
    return {};
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number{};
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

bool takes_fraction(const FieldDescriptor& field) {
    return field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE || field.cpp_type() == FieldDescriptor::CPPTYPE_FLOAT;
}

/// Stores a number from the text of a URL.
Refusal store_number_text(const FieldPlace& place, std::string_view text) {
    if (const auto number = parse_number<std::int64_t>(text)) return store_signed(place, *number);
    if (const auto number = parse_number<std::uint64_t>(text)) return store_unsigned(place, *number);
    const auto number = takes_fraction(place.field) ? parse_number<double>(text) : std::nullopt;
    return number ? store_double(place, *number) : Refusal{expectation(place.field)};
}

/// Stores a value that store_double would refuse, since JSON's own numbers have no such values.
Refusal store_not_finite(const FieldPlace& place, double value) {
    auto& [message, reflection, field, add] = place;
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
        add ? reflection.AddDouble(&message, &field, value) : reflection.SetDouble(&message, &field, value);
    } else {
        const auto narrow = static_cast<float>(value);
        add ? reflection.AddFloat(&message, &field, narrow) : reflection.SetFloat(&message, &field, narrow);
    }
    return {};
}

/// Stores a number in a JSON string. 64-bit integers may be written so, for readers whose numbers
/// are doubles.
Refusal store_quoted_number(const FieldPlace& place, std::string_view text) {
    if (takes_fraction(place.field)) {
        if (text == "NaN") return store_not_finite(place, std::numeric_limits<double>::quiet_NaN());
        if (text == "Infinity") return store_not_finite(place, std::numeric_limits<double>::infinity());
        if (text == "-Infinity") return store_not_finite(place, -std::numeric_limits<double>::infinity());
    }
    if (!is_json_number(text)) return expectation(place.field);
    if (text.find_first_of(".eE") == std::string_view::npos && text != "-0") return store_number_text(place, text);
    return store_decimal(place, text, std::strtod(std::string{text}.c_str(), nullptr));
}

}  // namespace

const FieldDescriptor* find_field(const google::protobuf::Descriptor& message, const std::string& name) {
    if (const auto* field = message.FindFieldByName(name)) return field;
    for (int i = 0; i < message.field_count(); ++i) {
        if (message.field(i)->json_name() == name) return message.field(i);
    }
    return nullptr;
}

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
    auto& [message, reflection, field, add] = place;
    if (!std::isfinite(value)) return "is out of range";
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_DOUBLE:
            add ? reflection.AddDouble(&message, &field, value) : reflection.SetDouble(&message, &field, value);
            return {};
        case FieldDescriptor::CPPTYPE_FLOAT: {
            // From half a step above the largest float on, the nearest float is infinity.
            constexpr double kBeyondFloat = 0x1.ffffffp127;
            if (std::abs(value) >= kBeyondFloat) return "is out of range";
            const auto narrow = static_cast<float>(value);
            add ? reflection.AddFloat(&message, &field, narrow) : reflection.SetFloat(&message, &field, narrow);
            return {};
        }
        default:
            return expectation(field);
    }
}

Refusal store_decimal(const FieldPlace& place, std::string_view number, double nearly) {
    if (takes_fraction(place.field)) {
        auto value = nearly;
        const auto [end, failure] = std::from_chars(number.data(), number.data() + number.size(), value);
        if (failure == std::errc::result_out_of_range && std::abs(nearly) > 1) value = HUGE_VAL;
        return store_double(place, value);
    }
    const auto whole = read_whole(number);
    if (!whole) return expectation(place.field);
    if (!number.starts_with('-')) return store_unsigned(place, *whole);
    constexpr auto kLeast = std::uint64_t{1} << 63;
    return *whole <= kLeast ? store_signed(place, static_cast<std::int64_t>(-*whole)) : Refusal{expectation(place.field)};
}

Refusal store_bool(const FieldPlace& place, bool value) {
    if (place.field.cpp_type() != FieldDescriptor::CPPTYPE_BOOL) return expectation(place.field);
    auto& [message, reflection, field, add] = place;
    add ? reflection.AddBool(&message, &field, value) : reflection.SetBool(&message, &field, value);
    return {};
}

Refusal store_string(const FieldPlace& place, std::string_view text) {
    switch (place.field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_STRING: {
            if (place.field.type() != FieldDescriptor::TYPE_BYTES) return store_bytes(place, std::string{text});
            auto bytes = base64_decode(in_standard_base64(text));
            return bytes ? store_bytes(place, std::move(*bytes)) : Refusal{expectation(place.field)};
        }
        case FieldDescriptor::CPPTYPE_ENUM:
            return store_enum(place, place.field.enum_type()->FindValueByName(std::string{text}));
        case FieldDescriptor::CPPTYPE_MESSAGE:
            return store_well_known(place, text);
        case FieldDescriptor::CPPTYPE_BOOL:
            return expectation(place.field);
        default:
            return store_quoted_number(place, text);
    }
}

void store_default(const FieldPlace& place) {
    auto& [message, reflection, field, add] = place;
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_BOOL:
            return reflection.SetBool(&message, &field, false);
        case FieldDescriptor::CPPTYPE_STRING:
            return reflection.SetString(&message, &field, "");
        case FieldDescriptor::CPPTYPE_ENUM:
            return reflection.SetEnumValue(&message, &field, 0);
        case FieldDescriptor::CPPTYPE_MESSAGE:
            return;
        default:
            store_whole(place, std::int64_t{0});
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
            if (!is_utf8(text)) return "must be valid UTF-8";
            return store_string(place, text);
        default:
            return store_number_text(place, text);
    }
}

}  // namespace tw::http
