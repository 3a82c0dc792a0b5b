#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tw::auth {

/// Decodes base64url without padding (RFC 7515 §2), in its one canonical form. Returns nothing for
/// any other text: other characters, padding, an impossible length, or unused bits that are not
/// zero. So two different texts never have the same meaning.
std::optional<std::string> base64url_decode(std::string_view text);
/// Encodes base64url without padding.
std::string base64url_encode(std::string_view bytes);

}  // namespace tw::auth
