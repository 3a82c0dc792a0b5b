#include "kit/gateway/conditions/entity_tag.hpp"

#include "kit/http/text.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace tw::gateway {
namespace {

/// Returns the FNV-1a hash. It has no seed, so that all replicas give an object the same tag.
std::uint64_t hash_of(std::string_view bytes) {
    std::uint64_t hash = 14'695'981'039'346'656'037U;
    for (const char c : bytes) {
        hash ^= static_cast<std::uint8_t>(c);
        hash *= 1'099'511'628'211U;
    }
    return hash;
}

/// Removes the next element and the comma behind it from `rest`, and returns the element.
std::string_view take_element(std::string_view& rest) {
    bool quoted = false;
    std::size_t end = 0;
    for (; end < rest.size() && (quoted || rest[end] != ','); ++end) quoted = quoted != (rest[end] == '"');
    const auto element = http::trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return element;
}

constexpr std::string_view kCompressed = "-gzip\"";

/// Returns the tag without the quote at its end and what marks the compressed form.
std::string_view stem_of(std::string_view tag) {
    if (tag.ends_with(kCompressed)) return tag.substr(0, tag.size() - kCompressed.size());
    if (tag.ends_with('"')) tag.remove_suffix(1);
    return tag;
}

bool is_opaque_tag(std::string_view text) {
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
    return text.substr(1, text.size() - 2).find('"') == std::string_view::npos;
}

}  // namespace

std::string entity_tag(std::int64_t version) { return '"' + std::to_string(version) + '"'; }

std::string entity_tag(std::int64_t version, std::string_view unversioned) {
    return fmt::format("\"{}-{:016x}\"", version, hash_of(unversioned));
}

std::string compressed_tag(std::string_view tag) { return std::string{stem_of(tag)} + std::string{kCompressed}; }

bool same_representation(std::string_view tag, std::string_view other) { return stem_of(tag) == stem_of(other); }

std::optional<std::int64_t> parse_entity_tag(std::string_view tag) {
    if (tag.size() < 3 || tag.front() != '"' || tag.back() != '"') return std::nullopt;
    tag = stem_of(tag).substr(1);
    if (tag.empty()) return std::nullopt;
    std::int64_t version = 0;
    const auto [end, error] = std::from_chars(tag.data(), tag.data() + tag.size(), version);
    if (error != std::errc{} || end != tag.data() + tag.size() || version <= 0 || tag.front() == '0') return std::nullopt;
    return version;
}

EntityTags read_entity_tags(std::string_view list) {
    EntityTags read;
    while (!list.empty()) {
        auto element = take_element(list);
        if (element == "*") read.any = true;
        const bool weak = element.starts_with("W/");
        if (weak) element.remove_prefix(2);
        if (is_opaque_tag(element)) read.tags.push_back({weak, element});
    }
    return read;
}

}  // namespace tw::gateway
