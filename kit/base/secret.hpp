#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tw {

/// A string that must not leave the process in a log, a message or a configuration dump. It is
/// printed as "***" everywhere. Only `reveal()` returns the text.
class Secret {
 public:
    Secret() = default;
    explicit Secret(std::string text) : text_{std::move(text)} {}

    const std::string& reveal() const { return text_; }
    bool empty() const { return text_.empty(); }
    static constexpr std::string_view masked() { return "***"; }

 private:
    std::string text_;
};

inline std::ostream& operator<<(std::ostream& out, const Secret&) { return out << Secret::masked(); }

}  // namespace tw

template <>
struct fmt::formatter<tw::Secret> : fmt::formatter<std::string_view> {
    auto format(const tw::Secret&, fmt::format_context& out) const {
        return fmt::formatter<std::string_view>::format(tw::Secret::masked(), out);
    }
};
