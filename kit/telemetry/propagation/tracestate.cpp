#include "kit/telemetry/propagation/tracestate.hpp"

#include "kit/telemetry/propagation/propagation_text.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace tw::telemetry {
namespace {

constexpr std::size_t kMembersMax = 32;        // §3.3.2.1
constexpr std::size_t kBytesMax = 512;         // §3.3.3.1: at least this much is passed on; no more is passed on here
constexpr std::size_t kLongMemberBytes = 128;  // §3.3.3.1: longer members go first where the list is too long
constexpr std::size_t kKeyBytesMax = 256;
constexpr std::size_t kValueBytesMax = 256;

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/// Checks a key (§3.3.2.2.1). Level 1 allows "@" only between a tenant and a system. Level 2 allows
/// it everywhere but as the first character.
bool is_key(std::string_view key) {
    const auto is_key_char = [](char c) { return is_lower_or_digit(c) || std::string_view{"_-*/@"}.contains(c); };
    return !key.empty() && key.size() <= kKeyBytesMax && is_lower_or_digit(key[0]) && std::ranges::all_of(key, is_key_char);
}

bool is_value(std::string_view value) {
    if (value.empty() || value.size() > kValueBytesMax || value.back() == ' ') return false;
    return std::ranges::all_of(value, [](char c) { return c >= 0x20 && c <= 0x7E && c != '='; });
}

/// Returns the members of the list, or nothing if one of them is malformed or there are too many.
std::optional<std::vector<std::string_view>> split(std::string_view text) {
    std::vector<std::string_view> members;
    std::vector<std::string_view> keys;
    std::size_t count = 0;
    while (!text.empty()) {
        const auto member = trim_blanks(take_until(',', text));
        if (member.empty()) continue;  // §3.3.2.1: empty members are allowed

        const auto equals = member.find('=');
        if (equals == std::string_view::npos || ++count > kMembersMax) return std::nullopt;
        const auto key = member.substr(0, equals);
        if (!is_key(key) || !is_value(member.substr(equals + 1))) return std::nullopt;
        if (std::ranges::find(keys, key) != keys.end()) continue;
        keys.push_back(key);
        members.push_back(member);
    }
    return members;
}

std::size_t joined_length(const std::vector<std::string_view>& members) {
    std::size_t length = members.empty() ? 0 : members.size() - 1;
    for (const auto member : members) length += member.size();
    return length;
}

}  // namespace

std::shared_ptr<const std::string> parse_tracestate(std::string_view text) {
    auto members = split(text);
    if (!members || members->empty()) return nullptr;
    if (joined_length(*members) > kBytesMax) {
        std::erase_if(*members, [](std::string_view member) { return member.size() > kLongMemberBytes; });
    }
    while (joined_length(*members) > kBytesMax) members->pop_back();
    if (members->empty()) return nullptr;

    std::string joined;
    joined.reserve(joined_length(*members));
    for (const auto member : *members) {
        if (!joined.empty()) joined += ',';
        joined += member;
    }
    return std::make_shared<const std::string>(std::move(joined));
}

}  // namespace tw::telemetry
