#include "services/mapping/page.hpp"

#include "kit/base/encoding.hpp"

#include <span>

namespace tw {
namespace {

/// The first character of a token says which form it has, so that later forms can be told apart.
constexpr char kForm = '1';
/// No key that this program makes is as long. Rows that were written by hand may have longer ids.
constexpr std::size_t kKeyBytesMax = 255;

std::span<const std::uint8_t> bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::optional<std::string> read_token(std::string_view token) {
    if (token.size() < 3 || token.size() > 1 + 2 * kKeyBytesMax || token.size() % 2 == 0 || token.front() != kForm) return {};
    token.remove_prefix(1);
    std::string key(token.size() / 2, '\0');
    if (!read_hex(token, {reinterpret_cast<std::uint8_t*>(key.data()), key.size()}) || !fits_page_token(key)) return {};
    return key;
}

}  // namespace

std::string page_token(std::string_view key) {
    std::string token(1 + 2 * key.size(), kForm);
    write_hex(bytes_of(key), token.data() + 1);
    return token;
}

bool fits_page_token(std::string_view key) {
    return !key.empty() && key.size() <= kKeyBytesMax && key.find('\0') == std::string_view::npos && is_utf8(key);
}

Result<PageRequest> read_page_request(std::int32_t page_size, std::string_view token, bool newest_first) {
    std::vector<Violation> violations;
    PageRequest page{.size = page_size == 0 ? kPageSizeDefault : page_size,
                     .after = std::string{newest_first ? kAfterAllIds : std::string_view{}},
                     .newest_first = newest_first};
    if (page_size < 0 || page_size > kPageSizeMax) violations.push_back({"/page_size", "must be from 1 to 1000"});
    if (!token.empty()) {
        auto key = read_token(token);
        if (!key) violations.push_back({"/page_token", "is not a next_page_token of a list"});
        if (key) page.after = std::move(*key);
    }
    if (!violations.empty()) return invalid(std::move(violations));
    return page;
}

}  // namespace tw
