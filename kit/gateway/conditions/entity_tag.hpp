#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tw::gateway {

/// Returns the version of an object as a strong entity tag (RFC 9110 §8.8.3): "7" with its quotes.
std::string entity_tag(std::int64_t version);
/// Returns the tag of an object that has fields which change without its version: the version and a
/// hash of `unversioned`, the text of those fields, as in "7-9f86d081884c7d65" with its quotes. The
/// tag changes whenever anything that is shown changes.
std::string entity_tag(std::int64_t version, std::string_view unversioned);

/// Returns the tag of the compressed form of the representation that has `tag`: "7-gzip". Two forms
/// differ in their bytes, so a strong tag must differ, too (RFC 9110 §8.8.3.3).
std::string compressed_tag(std::string_view tag);
/// Returns whether the tags name the same representation, compressed or not.
bool same_representation(std::string_view tag, std::string_view other);

/// Returns the version that `tag` stands for, also that of the compressed form. Returns nothing if
/// `entity_tag(version)` did not make the tag, and for weak tags and lists.
std::optional<std::int64_t> parse_entity_tag(std::string_view tag);

/// The content of an If-Match or If-None-Match field.
struct EntityTags {
    struct Tag {
        bool weak = false;
        /// The tag with its quotes.
        std::string_view text;
    };

    /// Whether the field is "*".
    bool any = false;
    /// The tags of the list. Elements that are not valid entity tags are left out, since they match
    /// nothing.
    std::vector<Tag> tags;
};

/// Reads a list of entity tags. Tags may contain commas. The result refers to the memory of `list`.
EntityTags read_entity_tags(std::string_view list);

}  // namespace tw::gateway
