#include "services/gateway/entity_tag.hpp"

#include <charconv>

namespace tw::gateway {

std::string entity_tag(std::int64_t version) { return '"' + std::to_string(version) + '"'; }

std::optional<std::int64_t> parse_entity_tag(std::string_view tag) {
    if (tag.size() < 3 || tag.front() != '"' || tag.back() != '"') return std::nullopt;
    tag = tag.substr(1, tag.size() - 2);
    std::int64_t version = 0;
    const auto [end, error] = std::from_chars(tag.data(), tag.data() + tag.size(), version);
    if (error != std::errc{} || end != tag.data() + tag.size() || version <= 0 || tag.front() == '0') return std::nullopt;
    return version;
}

}  // namespace tw::gateway
