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

// Conversion between JSON and messages, by descriptor.
//
// The reader accepts what any client of protobuf's JSON mapping writes: fields by their names in
// the contract (user_id) or in lowerCamelCase (userId), numbers as numbers or as strings, enums by
// name or number. It is stricter where a mistake would pass unnoticed: unknown and duplicate
// members are refused, and so are two spellings of one field.
//
// The writer has one form only, for clients without protobuf: names of the contract, 64-bit
// integers as numbers, enums as names, and all fields, defaults too. google.protobuf.Timestamp is
// RFC 3339 with microseconds, Duration "1.5s", FieldMask "name,email". Other well-known types are
// written like any message.

struct JsonOptions {
    /// The most bytes of a document. There is no bound by default: the receiver of the text has
    /// bounded it already.
    std::size_t bytes_max = SIZE_MAX;
    std::size_t depth_max = 32;
    std::size_t elements_max = 10'000;  ///< all lists and maps of a document together: a few bytes can make a whole message
    /// Whether the document is a JSON merge patch (RFC 7396): null sets a field with presence to
    /// its empty value.
    bool null_clears = false;
};

/// Fills `out`, an empty message, from a JSON object. A byte order mark before it is skipped, and
/// null means absent. Problems of single fields are added to `violations` (at most 64), with
/// pointers (RFC 6901) in the contract's names, and reading continues. Use `out` only if there are
/// no violations. An Error means that the text could not be read at all: INVALID_ARGUMENT, reason
/// MALFORMED_JSON (with line and column) or BODY_TOO_LARGE.
Result<void> parse_json(std::string_view json, google::protobuf::Message& out, std::vector<Violation>& violations,
                        const JsonOptions& options = {});

/// Appends `message` as a JSON object. Scalars, lists and maps are written even if they have their
/// default. Messages, `optional` fields and members of a oneof are written when set.
void write_json(const google::protobuf::Message& message, std::string& out);

/// Sets the field at `path` ("name", or "filter.name" within a message; lowerCamelCase is accepted
/// too) from a path variable or query parameter. Each call adds one element to a list. An unknown
/// path is a violation. A second value for a singular field is one too, unless it repeats the same
/// string.
void set_field_from_text(google::protobuf::Message& message, std::string_view path, std::string_view text,
                         std::vector<Violation>& violations);

}  // namespace tw::http
