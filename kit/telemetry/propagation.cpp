#include "kit/telemetry/propagation.hpp"

#include "kit/base/encoding.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace tw::telemetry {
namespace {

constexpr std::size_t kTraceparentLength = 55;
constexpr std::size_t kStateMembersMax = 32;        // §3.3.1.1
constexpr std::size_t kStateBytesMax = 512;         // §3.3.1.5: at least this much is passed on; we pass on no more
constexpr std::size_t kStateLongMemberBytes = 128;  // §3.3.1.5: longer members go first where the list is too long
constexpr std::size_t kStateKeyBytesMax = 256;
constexpr std::size_t kStateValueBytesMax = 256;

/// The hexadecimal digits of traceparent are lower case only; read_hex takes either.
bool read_lower_hex(std::string_view text, std::span<std::uint8_t> out) {
    const bool upper = std::any_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'F'; });
    return !upper && read_hex(text, out);
}

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool is_state_key(std::string_view key) {
    if (key.empty() || key.size() > kStateKeyBytesMax || !is_lower_or_digit(key[0])) return false;
    return std::all_of(key.begin(), key.end(),
                       [](char c) { return is_lower_or_digit(c) || c == '_' || c == '-' || c == '*' || c == '/' || c == '@'; });
}

bool is_state_value(std::string_view value) {
    if (value.empty() || value.size() > kStateValueBytesMax || value.back() == ' ') return false;
    return std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c <= 0x7E && c != '='; });
}

std::string_view trim(std::string_view text) {
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return text;
}

/// The members of the list, or nothing where one of them is malformed, a key comes twice, or there are too many.
std::optional<std::vector<std::string_view>> split_state(std::string_view text) {
    std::vector<std::string_view> members;
    std::vector<std::string_view> keys;
    for (bool more = true; more;) {
        const auto comma = text.find(',');
        const auto member = trim(text.substr(0, comma));
        more = comma != std::string_view::npos;
        if (more) text.remove_prefix(comma + 1);
        if (member.empty()) continue;  // §3.3.1.1: empty members are allowed

        const auto equals = member.find('=');
        if (equals == std::string_view::npos) return std::nullopt;
        const auto key = member.substr(0, equals);
        if (!is_state_key(key) || !is_state_value(member.substr(equals + 1))) return std::nullopt;
        if (std::find(keys.begin(), keys.end(), key) != keys.end() || members.size() == kStateMembersMax) return std::nullopt;
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

std::shared_ptr<const std::string> read_state(std::string_view text) {
    auto members = split_state(text);
    if (!members || members->empty()) return nullptr;
    if (joined_length(*members) > kStateBytesMax) {
        std::erase_if(*members, [](std::string_view member) { return member.size() > kStateLongMemberBytes; });
    }
    while (joined_length(*members) > kStateBytesMax) members->pop_back();
    if (members->empty()) return nullptr;

    std::string joined;
    joined.reserve(joined_length(*members));
    for (const auto member : *members) {
        if (!joined.empty()) joined += ',';
        joined += member;
    }
    return std::make_shared<const std::string>(std::move(joined));
}

}  // namespace

std::optional<TraceContext> parse_traceparent(std::string_view traceparent, std::string_view tracestate) {
    const auto text = trim(traceparent);
    if (text.size() < kTraceparentLength || text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;

    std::uint8_t version = 0;
    if (!read_lower_hex(text.substr(0, 2), {&version, 1}) || version == 0xFF) return std::nullopt;
    // §3.2.4: a later version may append fields, each after a dash; version 00 has exactly these four.
    if (text.size() > kTraceparentLength && (version == 0 || text[kTraceparentLength] != '-')) return std::nullopt;

    TraceContext trace;
    if (!read_lower_hex(text.substr(3, 32), trace.trace_id) || !read_lower_hex(text.substr(36, 16), trace.span_id) ||
        !read_lower_hex(text.substr(53, 2), {&trace.flags, 1})) {
        return std::nullopt;
    }
    if (!trace.valid()) return std::nullopt;
    // Flags that have no meaning yet are not passed on (§3.2.2.5.3).
    trace.flags &= TraceContext::kSampled | TraceContext::kRandom;
    if (!tracestate.empty()) trace.state = read_state(tracestate);
    return trace;
}

std::string format_traceparent(const TraceContext& trace) {
    std::string out(kTraceparentLength, '-');
    out[0] = out[1] = '0';
    write_hex(trace.trace_id, out.data() + 3);
    write_hex(trace.span_id, out.data() + 36);
    write_hex({&trace.flags, 1}, out.data() + 53);
    return out;
}

}  // namespace tw::telemetry
