#include "services/mapping/unicode.hpp"

#include "kit/base/encoding.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <idn2.h>
#include <memory>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

namespace tw::unicode {
namespace {

struct Free {
    void operator()(void* memory) const { std::free(memory); }
};

const std::uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// The Braille pattern without dots is a symbol by its category, but it is blank.
constexpr ucs4_t kBlankBraille = 0x2800;

/// Whether a character prints nothing: a control, a format or direction, a space, a surrogate.
bool is_invisible(ucs4_t character) {
    constexpr std::uint32_t kCategories = UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cf | UC_CATEGORY_MASK_Z | UC_CATEGORY_MASK_Cs;
    return uc_is_general_category_withtable(character, kCategories) || uc_is_property_default_ignorable_code_point(character) ||
           character == kBlankBraille;
}

/// Whether a character is invisible, or has no meaning that all fonts agree on, as private and
/// unassigned characters have none.
bool is_unseen(ucs4_t character) {
    constexpr std::uint32_t kCategories = UC_CATEGORY_MASK_Co | UC_CATEGORY_MASK_Cn;
    return is_invisible(character) || uc_is_general_category_withtable(character, kCategories);
}

/// Whether `is` is true of some character of the text. It counts as true of bytes that are no
/// UTF-8.
template <class Is>
bool any_character(std::string_view text, Is is) {
    while (!text.empty()) {
        ucs4_t character = 0;
        const auto length = u8_mbtoucr(&character, bytes_of(text), text.size());
        if (length <= 0 || is(character)) return true;
        text.remove_prefix(static_cast<std::size_t>(length));
    }
    return false;
}

bool is_host_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }

bool is_label(std::string_view label) {
    constexpr std::size_t kLabelBytesMax = 63;
    return !label.empty() && label.size() <= kLabelBytesMax && label.front() != '-' && label.back() != '-' &&
           std::ranges::all_of(label, is_host_character);
}

bool is_host(std::string_view name) {
    constexpr std::size_t kNameBytesMax = 253;
    if (name.size() > kNameBytesMax) return false;
    while (true) {
        const auto dot = name.find('.');
        if (!is_label(name.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        name.remove_prefix(dot + 1);
    }
}

}  // namespace

std::string fold(std::string_view text) {
    // Nearly every text is ASCII, and folding it means making it lower case.
    if (is_ascii(text) || !is_utf8(text)) return ascii_lower(text);
    std::size_t length = 0;
    // u8_casefold decomposes the text, folds it and composes the result.
    const std::unique_ptr<std::uint8_t, Free> folded{
        u8_casefold(bytes_of(text), text.size(), nullptr, UNINORM_NFC, nullptr, &length)};
    if (!folded) throw std::bad_alloc{};
    return {reinterpret_cast<const char*>(folded.get()), length};
}

bool has_unseen(std::string_view text) { return any_character(text, is_unseen); }

bool is_blank(std::string_view text) {
    return !any_character(text, [](ucs4_t character) { return !is_invisible(character); });
}

std::optional<std::string> host_to_ascii(std::string_view name) {
    std::string ascii;
    if (is_ascii(name) && ascii_lower(name).find("xn--") == std::string::npos) {
        ascii = ascii_lower(name);
    } else {
        if (name.find('\0') != std::string_view::npos || !is_utf8(name)) return std::nullopt;
        char* made = nullptr;
        const auto outcome = idn2_to_ascii_8z(std::string{name}.c_str(), &made, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
        const std::unique_ptr<char, Free> owned{made};
        if (outcome == IDN2_MALLOC) throw std::bad_alloc{};
        if (outcome != IDN2_OK) return std::nullopt;
        ascii = ascii_lower(made);
    }
    // libidn2 accepts empty labels, and any character in labels that are ASCII.
    if (!is_host(ascii)) return std::nullopt;
    return ascii;
}

}  // namespace tw::unicode
