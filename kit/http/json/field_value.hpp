#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

namespace tw::http {

/// Where a value goes: a singular field, or the end of a repeated one. Internal to kit/http.
struct FieldPlace {
    google::protobuf::Message& message;
    const google::protobuf::FieldDescriptor& field;
    bool add = false;
};

/// What is wrong with a value, for a Violation; nothing when it was stored.
using Refusal = std::optional<std::string>;

/// The field of that name, or of that name in lowerCamelCase; null where there is none.
const google::protobuf::FieldDescriptor* find_field(const google::protobuf::Descriptor& message, const std::string& name);

/// "must be a whole number" and so on: what the field takes.
std::string expectation(const google::protobuf::FieldDescriptor& field);

Refusal store_signed(const FieldPlace& place, std::int64_t value);
Refusal store_unsigned(const FieldPlace& place, std::uint64_t value);
Refusal store_double(const FieldPlace& place, double value);
/// A JSON number (RFC 8259 §6) with a point or an exponent, or beyond 64 bits, as it is written and `nearly` as a double. One
/// that is whole all the same (1.0, 1e3) may go into a whole number's field, to which it is read without rounding.
Refusal store_decimal(const FieldPlace& place, std::string_view number, double nearly);
Refusal store_bool(const FieldPlace& place, bool value);
/// The empty value of a singular scalar, as a value that was given.
void store_default(const FieldPlace& place);
/// A JSON string: text, base64, an enum's name, a well-known type, or a number as JSON writes it. `text` is UTF-8.
Refusal store_string(const FieldPlace& place, std::string_view text);
/// Text from a URL, which stands for numbers and truth values as well. Any bytes.
Refusal store_text(const FieldPlace& place, std::string_view text);

/// Whether the field's message is written as a string (Timestamp, Duration, FieldMask).
bool is_written_as_text(const google::protobuf::Descriptor& type);
/// That string.
std::string well_known_text(const google::protobuf::Message& message);

}  // namespace tw::http
