#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace tw::telemetry {

/// A text that is valid in a protobuf string: well-formed UTF-8. Other bytes are replaced by
/// U+FFFD, because a receiver refuses a whole batch for one bad string. Nearly all text is plain
/// ASCII, for which only each word of eight bytes is checked.
///
/// A Utf8Text refers to the text that it was made from.
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

    static bool is_ascii(std::string_view text) {
        constexpr std::uint64_t kHighBits = 0x8080'8080'8080'8080;
        const char* const at = text.data();
        const auto size = text.size();
        std::uint64_t seen = 0;
        if (size >= sizeof seen) {
            for (std::size_t i = 0; i + sizeof seen < size; i += sizeof seen) seen |= word<std::uint64_t>(at + i);
            // The last word may overlap the one before it, which is cheaper than checking single
            // bytes.
            seen |= word<std::uint64_t>(at + size - sizeof seen);
        } else if (size >= sizeof(std::uint32_t)) {
            seen = word<std::uint32_t>(at) | word<std::uint32_t>(at + size - sizeof(std::uint32_t));
        } else {
            for (const char c : text) seen |= static_cast<unsigned char>(c);
        }
        return (seen & kHighBits) == 0;
    }

 private:
    template <class Word>
    static Word word(const char* at) {
        Word word{};
        std::memcpy(&word, at, sizeof word);
        return word;
    }
    void repair();

    std::string_view text_;
    std::string repaired_;
};

}  // namespace tw::telemetry
