#include "services/catalog/product_folding.hpp"

#include "kit/sql/reasons.hpp"
#include "services/mapping/unicode.hpp"

#include <string>

namespace tw::catalog {
namespace {

constexpr sql::Statement kFindUnfolded{
    .summary = "SELECT products unfolded",
    .text = "SELECT id, name FROM products WHERE id > $1 AND folding < 1 ORDER BY id LIMIT $2"};

constexpr sql::Statement kFold{.summary = "UPDATE products fold",
                               .text = "UPDATE products SET name_folded = $3, folding = 1 WHERE id = $1 AND name = $2"};

/// How many rows are read at once.
constexpr std::int64_t kFoldedAtOnce = 500;

}  // namespace

Task<Result<void>> fold_names_again(const CallContext& ctx, sql::Database& database) {
    std::string after;
    while (true) {
        auto rows = co_await database.query(ctx, kFindUnfolded, after, kFoldedAtOnce);
        if (!rows) co_return std::move(rows).error();
        for (const auto& row : *rows) {
            const auto id = std::get<std::string>(row.at(0));
            const auto name = std::get<std::string>(row.at(1));
            sql::Unit unit;
            unit.add(kFold, id, name, unicode::fold(name));
            auto written = co_await database.write(ctx, std::move(unit));
            // Text that is no UTF-8 cannot be written. Its product is reported when it is read.
            if (!written && written.error().reason() != reason::kInvalidText) co_return written;
            after = id;
        }
        if (rows->size() < static_cast<std::size_t>(kFoldedAtOnce)) co_return Result<void>{};
    }
}

}  // namespace tw::catalog
