#include "kit/auth/key_set.hpp"
#include "kit/auth/token/base64url.hpp"
#include "kit/auth/token/claims_reader.hpp"
#include "kit/auth/token/compact_token.hpp"
#include "kit/auth/token/strict_json.hpp"
#include "kit/testing/fuzz_input.hpp"

#include <boost/json/serialize.hpp>

namespace tw::auth {
namespace {

using test::require;

constexpr std::int64_t kFuzzNow = 1'767'225'600;

/// A text is read as a token, or not at all. What is read is written the same way again.
void try_token(std::string_view text) {
    const auto token = read_token(text, 8'192);
    if (!token) return;
    require(text.size() <= 8'192, "a token is bounded");
    const auto written = std::string{token->signed_text} + '.' + base64url_encode(token->signature);
    require(written == text, "a token has one form");
    static_cast<void>(is_accepted_type(*token, TokenType::access_token));
}

/// A text is read as claims that an issuer has signed.
void try_claims(std::string_view text) {
    const auto object = read_strict_json(text);
    if (!object) return;
    const auto written = boost::json::serialize(*object);
    require(read_strict_json(written).has_value(), "what was read can be written and read again");
    const auto now = Timestamp::from_unix_micros(kFuzzNow * 1'000'000);
    IssuerRules rules{.issuer = "https://id.example", .audiences = {"https://shop.example"}};
    rules.claims.roles = "realm_access.roles";
    rules.required = {{"token_use", "access"}};
    for (int i = 0; i < 2; ++i) {
        const auto claims = read_claims(*object, rules, now);
        rules.required.clear();
        if (!claims) continue;
        const auto& principal = claims->principal;
        require(!principal.id.empty() && principal.id.size() <= 255, "a subject is bounded");
        require(principal.id.find('\n') == std::string::npos, "a subject has one line");
        require(principal.roles.size() <= 256 && principal.scopes.size() <= 256, "roles and scopes are bounded");
        require(now < claims->expires_at + rules.skew, "an expired token is refused");
        require(now - claims->issued_at < rules.age_max + rules.skew, "an old token is refused");
    }
}

void try_key_set(std::string_view text) {
    const auto keys = KeySet::parse(text);
    if (!keys) return;
    require(keys->size() >= 1 && keys->size() <= KeySet::kKeysMax, "the number of keys is bounded");
    const auto again = KeySet::parse(text);
    require(again && again->number() == keys->number(), "the same text is the same set");
    if (const auto* const key = keys->find(std::nullopt))
        require(!key->verifies("text", text.substr(0, 64)), "no text is a signature");
}

}  // namespace
}  // namespace tw::auth

// Fuzzes the readers of tokens, of their claims and of key sets. The first byte says which.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace tw;
    test::FuzzInput input{bytes, size};
    const auto kind = input.byte();
    const auto text = input.rest();
    if (const auto decoded = auth::base64url_decode(text)) {
        test::require(auth::base64url_encode(*decoded) == text, "base64url has one form");
    }
    switch (kind % 3) {
        case 0:
            auth::try_token(text);
            break;
        case 1:
            auth::try_claims(text);
            break;
        default:
            auth::try_key_set(text);
            break;
    }
    return 0;
}
