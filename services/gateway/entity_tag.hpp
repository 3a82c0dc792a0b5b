#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tw::gateway {

/// The version of an object as a strong entity tag (RFC 9110 §8.8.3): "7" with its quotes.
std::string entity_tag(std::int64_t version);

/// The version that `tag` stands for; nothing for what `entity_tag` did not make, weak tags and lists included.
std::optional<std::int64_t> parse_entity_tag(std::string_view tag);

}  // namespace tw::gateway
