#pragma once

#include "kit/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace google::protobuf {
class Message;
}

namespace tw::http {

// JSON ⇄ messages, by descriptor.
//
// Reads what any client of protobuf's JSON mapping writes: fields by their names in the contract (user_id) or in lowerCamelCase
// (userId), numbers as numbers or as strings, enums by name or number. Is stricter where a mistake would pass unnoticed: unknown
// and duplicate members are refused, and so are two spellings of one field. Writes one form alone, for clients without protobuf:
// names of the contract, 64-bit integers as numbers, enums as names, and all fields, defaults too. google.protobuf.Timestamp is
// RFC 3339 with microseconds, Duration "1.5s", FieldMask "name,email"; other well-known types are like any message.

struct JsonOptions {
    /// No bound by default: whoever received the text has bounded it, and a second limit would surprise.
    std::size_t bytes_max = SIZE_MAX;
    std::size_t depth_max = 32;
    std::size_t elements_max = 10'000;  ///< of all lists and maps of a document together: a few bytes each make a message each
    /// A JSON merge patch (RFC 7396): null sets a field that knows whether it is set to its empty value.
    bool null_clears = false;
};

/// Fills `out`, an empty message, from a JSON object; a byte order mark before it is skipped, and null is the same as absent.
/// What is wrong with single fields is added to `violations` (at most 64), with pointers (RFC 6901) of the contract's names, and
/// the rest is read on; use `out` only when none came. An Error says that there was nothing to read: INVALID_ARGUMENT, reason
/// MALFORMED_JSON (with line and column) or BODY_TOO_LARGE.
Result<void> parse_json(std::string_view json, google::protobuf::Message& out, std::vector<Violation>& violations,
                        const JsonOptions& options = {});

/// Appends `message` as a JSON object. Scalars, lists and maps are there even when they have their default; messages,
/// `optional` fields and members of a oneof are there when set.
void write_json(const google::protobuf::Message& message, std::string& out);

/// Sets the field at `path` ("name", or "filter.name" within a message; lowerCamelCase does as well) from a path variable or
/// query parameter. A list takes one element a call. An unknown path is a violation, and so is a second value for a field that
/// has one, unless a string says the same again.
void set_field_from_text(google::protobuf::Message& message, std::string_view path, std::string_view text,
                         std::vector<Violation>& violations);

}  // namespace tw::http
