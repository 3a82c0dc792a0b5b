#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

/// Texts of statements that share lists of columns. The columns that a row is read from are listed
/// once: SELECT and INSERT take the list, and the function that reads the row finds each column in
/// it by its name. All of it is computed by the compiler, and lint reads the same texts
/// (tests/lint/statements_texts.py).
///
///     constexpr sql::Text kColumns{"id, name, version"};
///     constexpr sql::Statement kFind{.summary = "SELECT users",
///                                    .text = sql::text<"SELECT ", kColumns, " FROM users">};
///     constexpr sql::Statement kInsert{.summary = "INSERT users",
///                                      .text = sql::insert<"users", kColumns>};
///     … row.get<std::string>(kColumns.at("name")) …
namespace tw::sql {

/// A text that can be an argument of a template. A list of columns has ", " between its names.
template <std::size_t kSize>
struct Text {
    std::array<char, kSize> chars{};

    constexpr Text() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): a literal is a Text.
    constexpr Text(const char (&literal)[kSize + 1]) { std::copy_n(literal, kSize, chars.begin()); }

    constexpr std::string_view view() const { return {chars.data(), kSize}; }

    /// Returns how many columns a list has.
    constexpr std::size_t count() const { return static_cast<std::size_t>(std::ranges::count(chars, ',')) + 1; }

    /// Returns the position of a column in a list. A name that is not in it does not compile.
    consteval std::size_t at(std::string_view name) const {
        // UBSan makes GCC doubt that an object with static storage has an address. A copy has one.
        const Text copy = *this;
        auto rest = copy.view();
        for (std::size_t position = 0;; ++position) {
            const auto end = rest.find(", ");
            if (rest.substr(0, end) == name) return position;
            if (end == std::string_view::npos) throw "there is no such column";
            rest.remove_prefix(end + 2);
        }
    }
};

template <std::size_t kLiteralSize>
Text(const char (&)[kLiteralSize]) -> Text<kLiteralSize - 1>;

namespace detail {

template <Text... kParts>
constexpr auto joined() {
    Text<(kParts.chars.size() + ... + 0)> whole;
    auto end = whole.chars.begin();
    ((end = std::ranges::copy(kParts.chars, end).out), ...);
    return whole;
}

constexpr std::size_t digits_in(std::size_t number) { return number < 10 ? 1 : 1 + digits_in(number / 10); }

/// "$1, $2, $3" of as many parameters as there are columns.
template <std::size_t kCount>
constexpr auto parameters() {
    constexpr auto kSize = [] {
        std::size_t size = 0;
        for (std::size_t number = 1; number <= kCount; ++number) size += 3 + digits_in(number);
        return size - 2;
    }();
    Text<kSize> list;
    std::size_t end = 0;
    for (std::size_t number = 1; number <= kCount; ++number) {
        if (number > 1)
            end = static_cast<std::size_t>(std::ranges::copy(std::string_view{", "}, list.chars.begin() + end).out -
                                           list.chars.begin());
        list.chars[end] = '$';
        end += digits_in(number);
        std::size_t at = end++;
        for (auto left = number; left > 0; left /= 10) list.chars[at--] = static_cast<char>('0' + left % 10);
    }
    return list;
}

/// "$1, $2), ($3, $4" of `kRows` rows with `kColumns` parameters each.
template <std::size_t kRows, std::size_t kColumns>
constexpr auto rows() {
    constexpr auto kList = parameters<kRows * kColumns>();
    Text<kList.chars.size() + 2 * (kRows - 1)> list;
    const auto whole = kList;
    auto from = whole.chars.begin();
    auto to = list.chars.begin();
    std::size_t commas = 0;
    for (; from != whole.chars.end(); ++from) {
        const bool ends_row = *from == ',' && ++commas % kColumns == 0;
        if (ends_row) *to++ = ')';
        *to++ = *from;
        // The space after the comma has been passed when the next row begins.
        if (!ends_row) continue;
        *to++ = *++from;
        *to++ = '(';
    }
    return list;
}

template <Text kAlias, Text kColumns>
constexpr auto qualified() {
    constexpr auto kPrefixSize = kAlias.chars.size() + 1;
    Text<kColumns.chars.size() + kColumns.count() * kPrefixSize> list;
    auto end = list.chars.begin();
    const auto put = [&end](std::string_view part) { end = std::ranges::copy(part, end).out; };
    // Copies, for the reason that Text::at names.
    const auto alias = kAlias;
    const auto columns = kColumns;
    auto rest = columns.view();
    while (true) {
        const auto comma = rest.find(", ");
        put(alias.view());
        put(".");
        put(rest.substr(0, comma));
        if (comma == std::string_view::npos) return list;
        put(", ");
        rest.remove_prefix(comma + 2);
    }
}

template <Text... kParts>
inline constexpr auto kJoined = joined<kParts...>();

}  // namespace detail

/// The parts, one after the other.
template <Text... kParts>
inline constexpr std::string_view text = detail::kJoined<kParts...>.view();

/// The columns of two lists.
template <Text kFirst, Text kSecond>
inline constexpr auto list = detail::kJoined<kFirst, ", ", kSecond>;

/// The columns of a list as those of a table with this alias: "o.id, o.status".
template <Text kAlias, Text kColumns>
inline constexpr auto qualified = detail::qualified<kAlias, kColumns>();

/// "INSERT INTO table (columns) VALUES ($1, $2, …)", with a parameter for each column.
template <Text kTable, Text kColumns>
inline constexpr std::string_view insert =
    text<"INSERT INTO ", kTable, " (", kColumns, ") VALUES (", detail::parameters<kColumns.count()>(), ")">;

/// How many rows a statement of insert_many adds.
inline constexpr std::size_t kRowsMany = 16;

/// "INSERT INTO table (columns) VALUES ($1, $2, …), ($3, $4, …), …", with 16 rows. See
/// Unit::add_rows.
template <Text kTable, Text kColumns>
inline constexpr std::string_view insert_many =
    text<"INSERT INTO ", kTable, " (", kColumns, ") VALUES (", detail::rows<kRowsMany, kColumns.count()>(), ")">;

}  // namespace tw::sql
