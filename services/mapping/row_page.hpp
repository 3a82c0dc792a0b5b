#pragma once

#include "kit/sql/row_reader.hpp"
#include "services/mapping/page.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace tw {

/// The key after which the page that ends with the last of `rows` goes on: that of the last row whose key a page token can
/// carry. Nothing where there is none, since such a list could only begin anew.
std::optional<std::string> key_to_go_on_after(std::span<const sql::Row> rows);

/// Makes a page of up to `size` + 1 rows that were read in the order of their keys. Rows that cannot be read are left out (see
/// sql::RowReader), so a page may hold fewer items than were asked for although there is a next one.
template <class Read>
auto read_page(const CallContext& ctx, sql::RowReader& reader, const sql::Rows& rows, std::int32_t size, Read read) {
    Page<std::invoke_result_t<Read&, const sql::Row&>> page;
    const auto shown = std::span{rows}.first(std::min(rows.size(), static_cast<std::size_t>(size)));
    page.items.reserve(shown.size());
    for (const auto& row : shown) {
        if (auto item = reader.read(ctx, row, read)) page.items.push_back(*std::move(item));
    }
    if (rows.size() > shown.size()) page.next = key_to_go_on_after(shown);
    return page;
}

}  // namespace tw
