#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace tw::telemetry {

/// A text as it may stand in a protobuf string: well-formed UTF-8. What is not is replaced by U+FFFD, because a receiver refuses
/// a whole batch for one bad string. Text that is plain ASCII, as nearly all is, costs a look at each word of it.
///
/// Refers to the text that it was made from.
class Utf8Text {
 public:
    explicit Utf8Text(std::string_view text) : text_{text} {
        if (!is_ascii(text)) [[unlikely]] {
            repair();
        }
    }
    Utf8Text(const Utf8Text&) = delete;
    Utf8Text& operator=(const Utf8Text&) = delete;

    std::string_view get() const { return text_; }

 private:
    static bool is_ascii(std::string_view text) {
        constexpr std::uint64_t kHighBits = 0x8080'8080'8080'8080;
        const char* at = text.data();
        auto left = text.size();
        std::uint64_t seen = 0;
        for (; left >= sizeof seen; at += sizeof seen, left -= sizeof seen) {
            std::uint64_t word = 0;
            std::memcpy(&word, at, sizeof word);
            seen |= word;
        }
        for (; left > 0; ++at, --left) seen |= static_cast<unsigned char>(*at);
        return (seen & kHighBits) == 0;
    }
    void repair();

    std::string_view text_;
    std::string repaired_;
};

}  // namespace tw::telemetry
