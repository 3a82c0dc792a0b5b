#include "services/mapping/card_number.hpp"

#include "kit/base/uuid.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unictype.h>
#include <unistr.h>
#include <vector>

namespace tw {
namespace {

constexpr std::size_t kCardDigitsMin = 12;
constexpr std::size_t kCardDigitsMax = 19;
/// A longer row of separators ends a number. Three are enough for " - ".
constexpr std::size_t kCardSeparatorsMax = 3;
/// The shortest group that cards are printed in. A group that is shorter counts only if it is not
/// next to another number, so that a list of small numbers is no card number.
constexpr std::size_t kCardGroupDigitsMin = 3;
constexpr std::size_t kUuidLength = 36;

/// Checks the last digit by the Luhn formula (ISO/IEC 7812-1 annex B).
bool check_digit_fits(std::string_view digits) {
    int sum = 0;
    bool twice = false;
    for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, twice = !twice) {
        const int value = (*digit - '0') * (twice ? 2 : 1);
        sum += value / 10 + value % 10;
    }
    return sum % 10 == 0;
}

bool is_card_number(std::string_view digits) {
    return digits.size() >= kCardDigitsMin && digits.size() <= kCardDigitsMax && digits.front() >= '2' && digits.front() <= '6' &&
           check_digit_fits(digits);
}

/// Whether people put this character between the groups of a number.
bool separates_digits(ucs4_t character) {
    // Spaces of all kinds, dashes of all kinds, and invisible characters.
    constexpr std::uint32_t kCategories = UC_CATEGORY_MASK_Z | UC_CATEGORY_MASK_Pd | UC_CATEGORY_MASK_Cf;
    constexpr std::u32string_view kOthers = U".\t\r\n\u00B7\u2022\u2212\u3002\uFF0E";
    return kOthers.find(character) != std::u32string_view::npos || uc_is_general_category_withtable(character, kCategories);
}

/// Digits in groups, as they follow each other in a text with nothing but separators in between.
class DigitGroups {
 public:
    void add_digit(int digit) {
        if (separators_ > 0 || groups_.empty()) groups_.emplace_back();
        groups_.back() += static_cast<char>('0' + digit);
        separators_ = 0;
    }
    /// Returns false if the number has ended before this separator.
    bool add_separator() { return !groups_.empty() && ++separators_ <= kCardSeparatorsMax; }

    void clear() {
        groups_.clear();
        separators_ = 0;
    }

    bool have_card_number() const {
        std::string whole;
        for (const auto& group : groups_) whole += group;
        if (is_card_number(whole)) return true;
        for (std::size_t first = 0; first < groups_.size(); ++first) {
            if (card_begins_with(std::span{groups_}.subspan(first))) return true;
        }
        return false;
    }

 private:
    static bool card_begins_with(std::span<const std::string> groups) {
        std::string digits;
        for (const auto& group : groups) {
            if (group.size() < kCardGroupDigitsMin || digits.size() > kCardDigitsMax) return false;
            digits += group;
            if (is_card_number(digits)) return true;
        }
        return false;
    }

    std::vector<std::string> groups_;
    std::size_t separators_ = 0;
};

bool is_hex_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// Whether a UUID begins at `at`, and not in the middle of a longer row of hexadecimal digits.
bool uuid_begins_at(std::string_view text, std::size_t at) {
    const auto end = at + kUuidLength;
    if (end > text.size() || text[at + 8] != '-' || !is_hex_digit(text[at])) return false;
    const bool alone = (at == 0 || !is_hex_digit(text[at - 1])) && (end == text.size() || !is_hex_digit(text[end]));
    return alone && Uuid::parse(text.substr(at, kUuidLength)).has_value();
}

}  // namespace

bool has_card_number(std::string_view utf8) {
    if (utf8.size() < kCardDigitsMin) return false;
    DigitGroups groups;
    for (std::size_t at = 0; at < utf8.size();) {
        if (uuid_begins_at(utf8, at)) {
            if (groups.have_card_number()) return true;
            groups.clear();
            at += kUuidLength;
            continue;
        }
        ucs4_t character = 0;
        // A byte that is not UTF-8 is read as U+FFFD.
        at += static_cast<std::size_t>(
            u8_mbtouc(&character, reinterpret_cast<const std::uint8_t*>(utf8.data() + at), utf8.size() - at));
        const int digit = uc_digit_value(character);
        if (digit >= 0) {
            groups.add_digit(digit);
        } else if (!separates_digits(character) || !groups.add_separator()) {
            if (groups.have_card_number()) return true;
            groups.clear();
        }
    }
    return groups.have_card_number();
}

}  // namespace tw
