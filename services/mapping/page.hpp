#pragma once

#include "kit/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tw {

/// Which part of a list is asked for. Lists are ordered by key, and a page begins after a key.
/// Unlike an offset, a key stays right while rows are added and deleted.
struct PageRequest {
    std::int32_t size = 0;
    /// The page begins after this key. It is empty for the first page, or kAfterAllIds.
    std::string after;
    /// Whether the list begins with the greatest key. Only lists whose keys are UUIDv7 can be asked
    /// for like this; their greatest key is the newest one.
    bool newest_first = false;
};

/// A key that is greater than each UUID in every collation.
constexpr std::string_view kAfterAllIds = "g";

/// One part of a list.
template <class T>
struct Page {
    std::vector<T> items;
    /// The key after which the next page begins. The last page has none.
    std::optional<std::string> next;
};

constexpr std::int32_t kPageSizeDefault = 50;
constexpr std::int32_t kPageSizeMax = 1000;

/// Returns the token of the page that begins after `key`. It is opaque to clients, and consists of
/// letters and digits, so that a URL needs no escapes.
std::string page_token(std::string_view key);

/// Whether `read_page_request` accepts the token of this key. The key must be UTF-8 without NUL,
/// must not be empty, and must be at most 255 bytes long.
bool fits_page_token(std::string_view key);

/// Fails with INVALID_FIELD (/page_size, /page_token) if the size is not within 0 to 1000, or if
/// `page_token` did not make the token.
Result<PageRequest> read_page_request(std::int32_t page_size, std::string_view token, bool newest_first = false);

/// Makes a page of up to `size` + 1 items that were read. An item beyond `size` is not shown; it
/// says that there is a next page.
template <class T, class KeyOf>
Page<T> cut_page(std::vector<T> items, std::int32_t size, KeyOf key_of) {
    Page<T> page{.items = std::move(items), .next = {}};
    if (page.items.size() > static_cast<std::size_t>(size)) {
        page.items.erase(page.items.begin() + size, page.items.end());
        page.next = key_of(page.items.back());
    }
    return page;
}

}  // namespace tw
