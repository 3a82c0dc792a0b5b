#include "kit/auth/token/compact_token.hpp"

#include "kit/auth/key_set.hpp"
#include "kit/auth/token/base64url.hpp"
#include "kit/auth/token/strict_json.hpp"

namespace tw::auth {
namespace {

using boost::json::object;

constexpr std::size_t kHeaderBytesMax = 2'048;

/// Fills `out` with a member that is a string or not there. Returns false if it is anything else.
bool take_text(const object& header, std::string_view name, std::optional<std::string>& out) {
    if (!header.contains({name.data(), name.size()})) return true;
    const auto text = string_member(header, name);
    if (!text) return false;
    out = *text;
    return true;
}

std::optional<TokenFault> read_header(const object& header, CompactToken& token) {
    // RFC 7515 §4.1.11: no extension is known here, so a token that needs one must be refused.
    if (header.contains("crit")) return TokenFault::critical_header;
    const auto algorithm = string_member(header, "alg");
    if (!algorithm || !take_text(header, "kid", token.kid) || !take_text(header, "typ", token.type)) {
        return TokenFault::malformed_header;
    }
    if (token.kid && token.kid->size() > KeySet::kKidBytesMax) return TokenFault::malformed_header;
    token.algorithm = *algorithm;
    return std::nullopt;
}

std::optional<object> decoded_object(std::string_view part) {
    const auto json = base64url_decode(part);
    return json ? read_strict_json(*json) : std::nullopt;
}

}  // namespace

std::expected<CompactToken, TokenFault> read_token(std::string_view text, std::size_t bytes_max) {
    if (text.size() > bytes_max) return std::unexpected{TokenFault::too_large};
    const auto first = text.find('.');
    if (first == std::string_view::npos) return std::unexpected{TokenFault::malformed};
    const auto second = text.find('.', first + 1);
    if (second == std::string_view::npos) return std::unexpected{TokenFault::malformed};
    if (first > kHeaderBytesMax) return std::unexpected{TokenFault::malformed_header};
    CompactToken token;
    token.signed_text = text.substr(0, second);
    // A dot is no character of base64url, so a token of more parts (JWE has five) is refused here.
    auto signature = base64url_decode(text.substr(second + 1));
    if (!signature) return std::unexpected{TokenFault::malformed};
    token.signature = std::move(*signature);
    const auto header = decoded_object(text.substr(0, first));
    if (!header) return std::unexpected{TokenFault::malformed_header};
    if (const auto fault = read_header(*header, token)) return std::unexpected{*fault};
    auto claims = decoded_object(text.substr(first + 1, second - first - 1));
    if (!claims) return std::unexpected{TokenFault::malformed_claims};
    token.claims = std::move(*claims);
    return token;
}

}  // namespace tw::auth
