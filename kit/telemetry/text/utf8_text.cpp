#include "kit/telemetry/text/utf8_text.hpp"

#include "kit/base/encoding.hpp"

#include <algorithm>

namespace tw::telemetry {
namespace {

/// Returns the size of the character at the front, or zero if there is none.
std::size_t character_size(std::string_view text) {
    constexpr std::size_t kBytesMax = 4;
    for (std::size_t size = 1; size <= std::min(kBytesMax, text.size()); ++size) {
        if (is_utf8(text.substr(0, size))) return size;
    }
    return 0;
}

}  // namespace

void Utf8Text::repair() {
    constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
    if (is_utf8(text_)) return;
    for (auto rest = text_; !rest.empty();) {
        const auto size = character_size(rest);
        repaired_ += size == 0 ? kReplacement : rest.substr(0, size);
        rest.remove_prefix(std::max<std::size_t>(size, 1));
    }
    text_ = repaired_;
}

}  // namespace tw::telemetry
