#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tw {

/// Writes two lower-case hexadecimal digits a byte to `out`, which has space for twice as many
/// characters as there are bytes.
void write_hex(std::span<const std::uint8_t> bytes, char* out);
/// Fills `out` from exactly twice as many hexadecimal digits (either case). Returns false if `text`
/// is anything else.
bool read_hex(std::string_view text, std::span<std::uint8_t> out);

/// Encodes RFC 4648 §4 without padding, as gRPC writes binary metadata.
std::string base64_encode(std::string_view bytes);
/// Decodes RFC 4648 §4, padded or not. Returns nothing for other characters or an impossible
/// length.
std::optional<std::string> base64_decode(std::string_view text);

/// Percent-decodes one URI path segment or query part (RFC 3986 §2.1). Returns nothing for a
/// malformed escape. With `plus_is_space`, "+" is read as a space, as in
/// application/x-www-form-urlencoded.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

/// Whether `text` is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing past
/// U+10FFFF).
bool is_utf8(std::string_view text);
/// Returns how many bytes at the front of `text` a JSON string holds without an escape. A control
/// character (DEL too, for terminals), a quote, a backslash and a byte beyond ASCII end the count.
std::size_t json_plain_length(std::string_view text);
/// The number of code points in well-formed UTF-8.
std::size_t utf8_length(std::string_view text);
/// Returns `text` with its ASCII letters in lower case; other bytes stay. This is enough for header
/// names, e-mail domains and addresses as people type them.
std::string ascii_lower(std::string_view text);

}  // namespace tw
