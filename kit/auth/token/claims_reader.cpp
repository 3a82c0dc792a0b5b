#include "kit/auth/token/claims_reader.hpp"

#include "kit/auth/token/strict_json.hpp"
#include "kit/base/encoding.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include <boost/json/array.hpp>

namespace tw::auth {
namespace {

using boost::json::object;
using boost::json::value;
using Fault = std::unexpected<TokenFault>;

/// The bounds of what a claim may have. They keep a principal small.
constexpr std::size_t kNameBytesMax = 255;
constexpr std::size_t kNamesMax = 256;
/// The end of the year 9999, in seconds: the last time that RFC 3339 can write.
constexpr std::int64_t kSecondsMax = 253'402'300'799;
constexpr std::int64_t kMicrosEach = 1'000'000;

std::string_view text_of(const value& text) { return {text.get_string().data(), text.get_string().size()}; }

/// Whether a text may name somebody: not empty, bounded, and without control characters.
bool is_name(std::string_view text) {
    const auto is_control = [](char c) { return static_cast<std::uint8_t>(c) < 0x20 || c == '\x7f'; };
    return !text.empty() && text.size() <= kNameBytesMax && std::ranges::none_of(text, is_control);
}

/// Reads a NumericDate (RFC 7519 §2): a number of seconds, perhaps with a fraction.
std::optional<Timestamp> read_time(const value& number) {
    if (const auto* const seconds = number.if_int64()) {
        if (*seconds < 0 || *seconds > kSecondsMax) return std::nullopt;
        return Timestamp::from_unix_micros(*seconds * kMicrosEach);
    }
    const auto* const seconds = number.if_double();
    // The comparison is also false for what is not a number.
    if (seconds == nullptr || !(*seconds >= 0 && *seconds <= static_cast<double>(kSecondsMax))) return std::nullopt;
    return Timestamp::from_unix_micros(static_cast<std::int64_t>(*seconds * static_cast<double>(kMicrosEach)));
}

/// Reads a time that every token has.
std::expected<Timestamp, TokenFault> needed_time(const object& claims, const char* name) {
    const auto* const number = claims.if_contains(name);
    if (number == nullptr) return Fault{TokenFault::missing_claim};
    const auto time = read_time(*number);
    if (!time) return Fault{TokenFault::malformed_claims};
    return *time;
}

std::optional<TokenFault> check_times(const object& claims, const IssuerRules& rules, Timestamp now, Claims& out) {
    const auto expires_at = needed_time(claims, "exp");
    if (!expires_at) return expires_at.error();
    const auto issued_at = needed_time(claims, "iat");
    if (!issued_at) return issued_at.error();
    if (now >= *expires_at + rules.skew) return TokenFault::expired;
    if (now < *issued_at - rules.skew) return TokenFault::not_yet_valid;
    if (now - *issued_at >= rules.age_max + rules.skew) return TokenFault::too_old;
    if (const auto* const number = claims.if_contains("nbf")) {
        const auto not_before = read_time(*number);
        if (!not_before) return TokenFault::malformed_claims;
        if (now < *not_before - rules.skew) return TokenFault::not_yet_valid;
    }
    out.issued_at = *issued_at;
    out.expires_at = std::min(*expires_at, *issued_at + rules.age_max);
    return std::nullopt;
}

/// Reads names that are one text or a list of texts. With `blanks_separate`, one text has blanks
/// between the names. Returns nothing if the claim has any other form.
std::optional<std::vector<std::string>> read_names(const value& claim, bool blanks_separate) {
    std::vector<std::string> names;
    if (claim.is_string()) {
        auto rest = text_of(claim);
        while (!rest.empty()) {
            const auto end = blanks_separate ? std::min(rest.find(' '), rest.size()) : rest.size();
            if (end > 0) names.emplace_back(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    } else if (claim.is_array()) {
        for (const auto& element : claim.get_array()) {
            if (!element.is_string()) return std::nullopt;
            names.emplace_back(text_of(element));
        }
    } else {
        return std::nullopt;
    }
    if (names.size() > kNamesMax || !std::ranges::all_of(names, is_name)) return std::nullopt;
    return names;
}

/// Fills `out` with the names in a claim that a token need not have.
bool take_names(const object& claims, const std::string& name, bool blanks_separate, std::vector<std::string>& out) {
    const auto* const claim = find_claim(claims, name);
    if (claim == nullptr) return true;
    auto names = read_names(*claim, blanks_separate);
    if (!names) return false;
    out = std::move(*names);
    return true;
}

std::optional<TokenFault> check_audience(const object& claims, const IssuerRules& rules) {
    const auto* const claim = find_claim(claims, rules.claims.audience);
    if (claim == nullptr) return TokenFault::missing_claim;
    const auto audiences = read_names(*claim, false);
    if (!audiences) return TokenFault::malformed_claims;
    const auto is_ours = [&](const std::string& audience) {
        return std::ranges::find(rules.audiences, audience) != rules.audiences.end();
    };
    if (std::ranges::none_of(*audiences, is_ours)) return TokenFault::wrong_audience;
    return std::nullopt;
}

std::optional<TokenFault> check_required(const object& claims, const IssuerRules& rules) {
    for (const auto& required : rules.required) {
        const auto* const claim = find_claim(claims, required.name);
        if (claim == nullptr) return TokenFault::missing_claim;
        if (!claim->is_string() || text_of(*claim) != required.value) return TokenFault::wrong_claim;
    }
    return std::nullopt;
}

std::optional<TokenFault> read_principal(const object& claims, const IssuerRules& rules, Principal& out) {
    const auto& names = rules.claims;
    const auto* const subject = find_claim(claims, names.subject);
    if (subject == nullptr) return TokenFault::missing_claim;
    if (!subject->is_string() || !is_name(text_of(*subject))) return TokenFault::malformed_claims;
    if (!take_names(claims, names.scopes, true, out.scopes) || !take_names(claims, names.roles, false, out.roles)) {
        return TokenFault::malformed_claims;
    }
    if (const auto* const client = find_claim(claims, names.client_id)) {
        if (!client->is_string() || !is_name(text_of(*client))) return TokenFault::malformed_claims;
        out.client_id = text_of(*client);
    }
    out.kind = Principal::Kind::user;
    out.proof = Principal::Proof::token;
    out.id = text_of(*subject);
    out.issuer = rules.issuer;
    return std::nullopt;
}

}  // namespace

const value* find_claim(const object& claims, std::string_view name) {
    const auto* const claim = claims.if_contains({name.data(), name.size()});
    const auto dot = name.find('.');
    // The name of a URL is never a path: its dots are those of the host.
    if (claim != nullptr || dot == std::string_view::npos || name.find('/') != std::string_view::npos) return claim;
    const auto* const inner = claims.if_contains({name.data(), dot});
    if (inner == nullptr || !inner->is_object()) return nullptr;
    return find_claim(inner->get_object(), name.substr(dot + 1));
}

bool is_accepted_type(const CompactToken& token, TokenType accepted) {
    if (!token.type) return accepted == TokenType::any_jwt;
    // RFC 7515 §4.1.9: media types are compared without regard to case, and "application/" may be
    // left out.
    const auto lower = ascii_lower(*token.type);
    auto type = std::string_view{lower};
    if (type.starts_with("application/")) type.remove_prefix(std::string_view{"application/"}.size());
    return type == "at+jwt" || (type == "jwt" && accepted == TokenType::any_jwt);
}

std::expected<Claims, TokenFault> read_claims(const object& claims, const IssuerRules& rules, Timestamp now) {
    Claims out;
    out.skew = rules.skew;
    if (const auto fault = check_times(claims, rules, now, out)) return Fault{*fault};
    if (const auto fault = check_audience(claims, rules)) return Fault{*fault};
    if (const auto fault = check_required(claims, rules)) return Fault{*fault};
    if (const auto fault = read_principal(claims, rules, out.principal)) return Fault{*fault};
    return out;
}

}  // namespace tw::auth
