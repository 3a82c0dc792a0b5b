#pragma once

#include "kit/telemetry/attribute.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace tw::telemetry {

/// How much a span, event, link or log record may hold (OpenTelemetry specification, "Attribute Limits").
struct AttributeLimits {
    std::size_t count_max = 128;
    /// In bytes, cut at a character; strings only.
    std::size_t value_bytes_max = std::numeric_limits<std::size_t>::max();
};

/// Appends `attribute` as field `field` of type opentelemetry.proto.common.v1.KeyValue.
void append_key_value(std::string& out, std::uint32_t field, const Attribute& attribute, std::size_t value_bytes_max);

/// A growing list of KeyValue fields with distinct keys: a key that comes again replaces its value, and what exceeds the
/// limit is counted. Keeps its memory when cleared.
class OtlpAttributes {
 public:
    void clear() {
        bytes_.clear();
        places_.clear();
        dropped_ = 0;
    }
    void set(std::uint32_t field, const Attribute& attribute, const AttributeLimits& limits);
    /// Takes all of `others` over as they are, encoded without limits; false, and nothing is changed, where that would not do:
    /// there are attributes already, or the limits might cut something.
    bool begin_with(const OtlpAttributes& others, const AttributeLimits& limits);

    /// The encoded fields, one after the other.
    std::string_view bytes() const { return bytes_; }
    std::uint32_t dropped() const { return dropped_; }

 private:
    struct Place {
        std::uint32_t begin;
        std::uint32_t end;
        std::uint32_t key_size;
        /// Of the key, so that most comparisons end here.
        std::uint32_t fingerprint;
    };
    std::string_view key_at(const Place& place) const;
    void replace(std::size_t index, std::uint32_t field, const Attribute& attribute, std::size_t value_bytes_max);

    std::string bytes_;
    std::vector<Place> places_;
    std::uint32_t dropped_ = 0;
};

}  // namespace tw::telemetry
