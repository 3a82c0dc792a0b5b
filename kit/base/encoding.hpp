#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tw {

/// Lower-case hexadecimal digits, two a byte, written to `out`, which has room for them.
void write_hex(std::span<const std::uint8_t> bytes, char* out);
/// Fills `out` from exactly twice as many hexadecimal digits (either case); false if `text` is anything else.
bool read_hex(std::string_view text, std::span<std::uint8_t> out);

/// RFC 4648 §4 without padding, as gRPC writes binary metadata.
std::string base64_encode(std::string_view bytes);
/// RFC 4648 §4, padded or not; nothing for other characters or an impossible length.
std::optional<std::string> base64_decode(std::string_view text);

/// Percent-decodes one URI path segment or query part (RFC 3986 §2.1); nothing for a bad escape. With `plus_is_space`, as
/// in application/x-www-form-urlencoded.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

/// Whether `text` is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing past U+10FFFF).
bool is_utf8(std::string_view text);
/// How many bytes at the front of `text` a JSON string holds as they are: all but controls (DEL too, for terminals), the quote,
/// the backslash and bytes beyond ASCII.
std::size_t json_plain_length(std::string_view text);
/// The number of code points in well-formed UTF-8.
std::size_t utf8_length(std::string_view text);
/// ASCII letters to lower case; other bytes stay. Enough for header names, e-mail domains and addresses as people type them.
std::string ascii_lower(std::string_view text);

}  // namespace tw
