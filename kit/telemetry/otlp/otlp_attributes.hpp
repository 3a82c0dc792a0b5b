#pragma once

#include "kit/telemetry/attribute.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace tw::telemetry {

/// How many attributes a span, event, link or log record may have, and how long (OpenTelemetry
/// specification, "Attribute Limits").
struct AttributeLimits {
    std::size_t count_max = 128;
    /// The longest value in bytes, for strings only. Longer ones are cut at a character.
    std::size_t value_bytes_max = std::numeric_limits<std::size_t>::max();
};

/// Appends `attribute` as field `field` of type opentelemetry.proto.common.v1.KeyValue.
void append_key_value(std::string& out, std::uint32_t field, const Attribute& attribute, std::size_t value_bytes_max);

/// A growing list of KeyValue fields with distinct keys. Setting a key again replaces its value.
/// Attributes beyond the limit are counted as dropped. The memory is kept when the list is cleared.
class OtlpAttributes {
 public:
    void clear() {
        bytes_.clear();
        places_.clear();
        dropped_ = 0;
    }
    void set(std::uint32_t field, const Attribute& attribute, const AttributeLimits& limits);
    /// Copies all of `others` unchanged; they were encoded without limits. Returns false and
    /// changes nothing if that is not possible: there are attributes already, or the limits might
    /// cut something.
    bool begin_with(const OtlpAttributes& others, const AttributeLimits& limits);

    /// The encoded fields, one after the other.
    std::string_view bytes() const { return bytes_; }
    std::uint32_t dropped() const { return dropped_; }

 private:
    struct Place {
        std::uint32_t begin;
        std::uint32_t end;
        std::uint32_t key_size;
        /// A fingerprint of the key. Most comparisons of keys end with it.
        std::uint32_t fingerprint;
    };
    std::string_view key_at(const Place& place) const;
    void replace(std::size_t index, std::uint32_t field, const Attribute& attribute, std::size_t value_bytes_max);

    std::string bytes_;
    std::vector<Place> places_;
    std::uint32_t dropped_ = 0;
};

}  // namespace tw::telemetry
