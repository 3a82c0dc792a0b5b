#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace tw {

/// The texts that stand for the values of an enum, in messages and in the database. One table
/// converts in both directions, so that what is written can be read again.
template <class Enum, std::size_t kCount>
class EnumNames {
 public:
    using Entry = std::pair<Enum, std::string_view>;

    constexpr explicit EnumNames(const std::array<Entry, kCount>& entries) : entries_{entries} {}

    /// Returns an empty text for a value that is not in the table.
    constexpr std::string_view name_of(Enum value) const {
        for (const auto& [known, name] : entries_) {
            if (known == value) return name;
        }
        return {};
    }

    /// Returns nothing for a text that is no name.
    constexpr std::optional<Enum> parse(std::string_view text) const {
        for (const auto& [value, name] : entries_) {
            if (name == text) return value;
        }
        return std::nullopt;
    }

 private:
    std::array<Entry, kCount> entries_;
};

/// Makes the table of an enum: `enum_names<Color>({{Color::red, "red"}, {Color::blue, "blue"}})`.
template <class Enum, std::size_t kCount>
constexpr EnumNames<Enum, kCount> enum_names(const std::pair<Enum, std::string_view> (&entries)[kCount]) {
    return EnumNames<Enum, kCount>{std::to_array(entries)};
}

}  // namespace tw
