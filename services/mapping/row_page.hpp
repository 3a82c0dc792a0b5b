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

/// Reads the row that a query found, if it found one. An error of the query, and DATA_LOSS of a row
/// that cannot be read, are passed on.
template <class Read>
auto read_if_found(const CallContext& ctx, sql::RowReader& reader, Result<std::optional<sql::Row>> found, Read read)
    -> Result<std::optional<std::invoke_result_t<Read&, const sql::Row&>>> {
    using Item = std::invoke_result_t<Read&, const sql::Row&>;
    if (!found) return std::move(found).error();
    if (!found->has_value()) return std::optional<Item>{};
    auto item = reader.read(ctx, **found, read);
    if (!item) return std::move(item).error();
    return std::optional<Item>{*std::move(item)};
}

/// Returns the key after which the next page begins, when `rows` are those of this page. It is the
/// key of the last row whose key fits into a page token. If no row has such a key, there is no next
/// page, since it would begin at the front again.
std::optional<std::string> key_to_go_on_after(std::span<const sql::Row> rows);

/// Makes a page of up to `size` + 1 rows that were read in the order of their keys. Rows that
/// cannot be read are left out (see sql::RowReader), so a page may have fewer items than were asked
/// for although there is a next page.
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
