#pragma once

#include "kit/base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace google::protobuf {
class Message;
}

namespace tw::http {

// JSON ⇄ messages, by descriptor. Differs from protobuf's own mapping where an API is better off strict or plain: fields
// have their names from the contract (snake_case) only, unknown and duplicate members are refused, 64-bit integers are
// numbers, enums are names only, and an answer has all its fields, defaults too. google.protobuf.Timestamp is RFC 3339 with
// microseconds, Duration "1.5s", FieldMask "name,email"; other well-known types are read and written like any message.

struct JsonLimits {
    std::size_t bytes_max = 1024 * 1024;
    std::size_t depth_max = 32;
    std::size_t elements_max = 10'000;  ///< of all lists and maps of a document together: a few bytes each make a message each
};

/// Fills `out`, an empty message, from a JSON object; null is the same as absent. What is wrong with single fields is added
/// to `violations` (at most 64), with pointers (RFC 6901), and the rest is read on; use `out` only when none came. An Error
/// says that there was nothing to read: INVALID_ARGUMENT, reason MALFORMED_JSON (with line and column) or BODY_TOO_LARGE.
Result<void> parse_json(std::string_view json, google::protobuf::Message& out, std::vector<Violation>& violations,
                        const JsonLimits& limits = {});

/// Appends `message` as a JSON object. Scalars, lists and maps are there even when they have their default; messages,
/// `optional` fields and members of a oneof are there when set.
void write_json(const google::protobuf::Message& message, std::string& out);

/// Sets the field at `path` ("name", or "filter.name" within a message) from a path variable or query parameter. A list
/// takes one element a call. An unknown path is a violation, and so is a second value for a field that has one, unless a
/// string says the same again.
void set_field_from_text(google::protobuf::Message& message, std::string_view path, std::string_view text,
                         std::vector<Violation>& violations);

}  // namespace tw::http
