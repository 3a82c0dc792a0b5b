#include "kit/telemetry/baggage.hpp"

#include "kit/telemetry/propagation/propagation_text.hpp"
#include "kit/telemetry/text/utf8_text.hpp"

#include <array>
#include <memory>
#include <utility>

namespace tw::telemetry {
namespace {

bool is_letter_or_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_token(std::string_view text) {
    static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    const auto fits = [](char c) { return is_letter_or_digit(c) || kMarks.find(c) != std::string_view::npos; };
    return !text.empty() && std::ranges::all_of(text, fits);
}

/// A baggage-octet is visible ASCII without quote, comma, semicolon and backslash.
bool is_octet(char c) { return c > 0x20 && c < 0x7F && c != '"' && c != ',' && c != ';' && c != '\\'; }

struct KeyAndValue {
    std::string_view key;
    std::string_view value;
    bool has_value = false;
};

/// Splits `key OWS "=" OWS value`, or `key` alone.
KeyAndValue split_pair(std::string_view text) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) return {trim_blanks(text), {}, false};
    return {trim_blanks(text.substr(0, equals)), trim_blanks(text.substr(equals + 1)), true};
}

bool is_sound(const KeyAndValue& pair) { return is_token(pair.key) && std::ranges::all_of(pair.value, is_octet); }

void append_pair(std::string& out, const KeyAndValue& pair) {
    out += pair.key;
    if (pair.has_value) out.append("=").append(pair.value);
}

/// Returns the properties without blanks, or nothing if one is malformed.
std::optional<std::string> clean_properties(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto pair = split_pair(take_until(';', text));
        if (!is_sound(pair)) return std::nullopt;
        if (!out.empty()) out += ';';
        append_pair(out, pair);
    }
    return out;
}

struct RawMember {
    KeyAndValue pair;
    std::string properties;
};

std::optional<RawMember> read_member(std::string_view text) {
    RawMember member{.pair = split_pair(take_until(';', text))};
    if (!member.pair.has_value || !is_sound(member.pair)) return std::nullopt;
    auto properties = clean_properties(text);
    if (!properties) return std::nullopt;
    member.properties = std::move(*properties);
    return member;
}

/// Returns the well-formed members, or none if there are too many.
std::vector<RawMember> read_members(std::string_view field) {
    std::vector<RawMember> members;
    if (field.size() > Baggage::kBytesMax) return members;
    while (!field.empty()) {
        auto member = read_member(take_until(',', field));
        if (!member) continue;
        if (members.size() == Baggage::kMembersMax) return {};
        members.push_back(std::move(*member));
    }
    return members;
}

std::string decode(std::string_view value) {
    const auto decoded = percent_decode(value);
    return std::string{Utf8Text{decoded ? std::string_view{*decoded} : value}.get()};
}

void append_encoded(std::string& out, std::string_view value) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    for (const char c : value) {
        // "+" is encoded, since some decoders take it for a space, as in forms.
        if (is_octet(c) && c != '%' && c != '+') {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out.append({'%', kDigits[byte >> 4], kDigits[byte & 0xF]});
        }
    }
}

}  // namespace

Baggage Baggage::parse(std::string_view field) {
    Baggage baggage;
    for (auto& member : read_members(field)) {
        baggage.members_.push_back({std::string{member.pair.key}, decode(member.pair.value), std::move(member.properties)});
    }
    return baggage;
}

std::optional<std::string_view> Baggage::find(std::string_view key) const {
    for (auto member = members_.rbegin(); member != members_.rend(); ++member) {
        if (member->key == key) return member->value;
    }
    return std::nullopt;
}

bool Baggage::set(std::string_view key, std::string_view value, std::string_view properties) {
    auto sound = clean_properties(properties);
    if (!is_token(key) || !is_utf8(value) || !sound) return false;
    auto changed = *this;
    Member member{std::string{key}, std::string{value}, std::move(*sound)};
    const auto place = std::ranges::find(changed.members_, key, &Member::key);
    if (place == changed.members_.end()) {
        changed.members_.push_back(std::move(member));
    } else {
        *place = std::move(member);
        const auto same = [key](const Member& other) { return other.key == key; };
        changed.members_.erase(std::remove_if(place + 1, changed.members_.end(), same), changed.members_.end());
    }
    if (changed.members_.size() > kMembersMax || changed.to_string().size() > kBytesMax) return false;
    *this = std::move(changed);
    return true;
}

void Baggage::remove(std::string_view key) {
    std::erase_if(members_, [key](const Member& member) { return member.key == key; });
}

std::string Baggage::to_string() const {
    std::string out;
    for (const auto& member : members_) {
        if (!out.empty()) out += ',';
        out.append(member.key).append("=");
        append_encoded(out, member.value);
        if (!member.properties.empty()) out.append(";").append(member.properties);
    }
    return out;
}

std::string clean_baggage(std::string_view field) {
    std::string out;
    for (const auto& member : read_members(field)) {
        if (!out.empty()) out += ',';
        append_pair(out, member.pair);
        if (!member.properties.empty()) out.append(";").append(member.properties);
    }
    return out;
}

CallContext with_baggage(const CallContext& ctx, const Baggage& baggage) {
    auto attributes = std::make_shared<CallAttributes>(ctx.attributes());
    attributes->baggage = baggage.to_string();
    return ctx.with_attributes(std::move(attributes));
}

}  // namespace tw::telemetry
