#pragma once

#include "kit/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tw {

/// Which part of a list is asked for. Lists are ordered by key and cut after a key, so that a page stays right while rows
/// come and go (unlike an offset).
struct PageRequest {
    std::int32_t size = 0;
    /// Only what comes after this key; empty for the first page.
    std::string after;
};

/// One part of a list.
template <class T>
struct Page {
    std::vector<T> items;
    /// The key to go on after; nothing on the last page.
    std::optional<std::string> next;
};

constexpr std::int32_t kPageSizeDefault = 50;
constexpr std::int32_t kPageSizeMax = 1000;

/// The token that continues after `key`. Opaque to clients; letters and digits only, so that it needs no escape in a URL.
std::string page_token(std::string_view key);

/// Whether `read_page_request` would take the token of this key: not empty, UTF-8, without NUL and no longer than any key of
/// ours.
bool fits_page_token(std::string_view key);

/// INVALID_FIELD (/page_size, /page_token) for a size outside 0 to 1000 or a token that `page_token` did not make.
Result<PageRequest> read_page_request(std::int32_t page_size, std::string_view token);

/// Makes a page of up to `size` + 1 items that were read: the one too many says that there is more.
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
