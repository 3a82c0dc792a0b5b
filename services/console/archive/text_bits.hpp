#pragma once

#include "services/console/record.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tw::console {

/// How many log records share one TextBits. Block N begins with the record N * kLogBlockRecords.
inline constexpr std::int64_t kLogBlockRecords = 512;

/// Tells whether some texts may contain another one, in upper or lower case: a Bloom filter of all
/// pieces of three bytes (trigrams) of the texts. It never says no wrongly.
class TextBits {
 public:
    /// The places of a text's trigrams. A text of fewer than three bytes has none.
    static void append_places(std::string_view text, std::vector<std::uint16_t>& places);
    /// Whether all places are set in the bytes of such a filter. Bytes of another size have all.
    static bool has_all(std::string_view bytes, std::span<const std::uint16_t> places);

    void clear() { bytes_.fill(0); }
    /// Adds the texts in which a bare word of a query is looked for.
    void add(const LogEntry& log);
    std::string_view bytes() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }

 private:
    void add(std::string_view text);

    static constexpr std::size_t kBytes = 8'192;
    std::array<std::uint8_t, kBytes> bytes_{};
};

}  // namespace tw::console
