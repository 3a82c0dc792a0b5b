#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tw::gateway {

/// The version of an object as a strong entity tag (RFC 9110 §8.8.3): "7" with its quotes.
std::string entity_tag(std::int64_t version);
/// The tag of an object some of whose fields change without its version: the version and a hash of those fields as they are
/// shown, "7-9f86d081884c7d65" with its quotes. It is another one whenever anything that is shown is.
std::string entity_tag(std::int64_t version, std::string_view unversioned);

/// The version that `tag` stands for; nothing for what `entity_tag(version)` did not make, weak tags and lists included.
std::optional<std::int64_t> parse_entity_tag(std::string_view tag);

/// What If-Match or If-None-Match names.
struct EntityTags {
    struct Tag {
        bool weak = false;
        /// With its quotes.
        std::string_view text;
    };

    /// "*".
    bool any = false;
    /// Elements that are no entity tags are left out: they match nothing.
    std::vector<Tag> tags;
};

/// Reads a list of entity tags, in which commas may stand within tags. The tags refer to `list`.
EntityTags read_entity_tags(std::string_view list);

}  // namespace tw::gateway
