#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

namespace tw::http {

/// The destination of a value: a singular field, or the end of a repeated one. Internal to
/// kit/http.
struct FieldPlace {
    google::protobuf::Message& message;
    /// That of the message: to fetch it for each value costs as much as to store a number.
    const google::protobuf::Reflection& reflection;
    const google::protobuf::FieldDescriptor& field;
    bool add = false;
};

/// What is wrong with a value, for a Violation. It is empty when the value was stored.
using Refusal = std::optional<std::string>;

/// Returns the field with that name, in the contract's form or in lowerCamelCase, or null if there
/// is none.
const google::protobuf::FieldDescriptor* find_field(const google::protobuf::Descriptor& message, const std::string& name);

/// Returns what the field accepts, such as "must be a whole number".
std::string expectation(const google::protobuf::FieldDescriptor& field);

Refusal store_signed(const FieldPlace& place, std::int64_t value);
Refusal store_unsigned(const FieldPlace& place, std::uint64_t value);
Refusal store_double(const FieldPlace& place, double value);
/// Stores a JSON number (RFC 8259 §6) with a point or an exponent, or beyond 64 bits. `number` is
/// its
/// text, and `nearly` its value as a double. A number that is whole nevertheless (1.0, 1e3) may be
/// stored in a field for whole numbers; it is read without rounding.
Refusal store_decimal(const FieldPlace& place, std::string_view number, double nearly);
Refusal store_bool(const FieldPlace& place, bool value);
/// Stores the empty value of a singular scalar, as a value that was set.
void store_default(const FieldPlace& place);
/// Stores a JSON string: text, base64, an enum's name, a well-known type, or a number in JSON's
/// form. `text` is UTF-8.
Refusal store_string(const FieldPlace& place, std::string_view text);
/// Stores text from a URL, which may also be a number or a truth value. It may hold any bytes.
Refusal store_text(const FieldPlace& place, std::string_view text);

/// Whether the field's message is written as a string (Timestamp, Duration, FieldMask).
bool is_written_as_text(const google::protobuf::Descriptor& type);
/// Returns the string of such a message.
std::string well_known_text(const google::protobuf::Message& message);

}  // namespace tw::http
