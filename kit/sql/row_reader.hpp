#pragma once

#include "kit/async/call_context.hpp"
#include "kit/base/result.hpp"
#include "kit/sql/row.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>

namespace tw::sql {

/// Converts rows of one table to objects. A row that cannot be read, because other software wrote
/// it or the storage is damaged, fails only the request that asked for it. A single read fails with
/// DATA_LOSS, and a list leaves the row out. Each such row is counted (metric
/// `tw.db.unreadable_rows`). The log names its table and key (`db.row_unreadable`), at most once in
/// `kLogPause` for a row.
///
/// A RowReader belongs to one loop. Every statement whose rows go through a reader has the row's
/// key in its first column.
class RowReader {
 public:
    static constexpr std::chrono::minutes kLogPause{1};
    /// How many rows' pauses are remembered. Beyond this number no line is written until a pause
    /// ends.
    static constexpr std::size_t kLoggedRowsMax = 256;

    /// `table` is a constant with static storage.
    RowReader(telemetry::Telemetry telemetry, std::string_view table) : telemetry_{telemetry}, table_{table} {}

    /// Returns the result of `read` for the row. `read` is a function `T(const Row&)`, which throws
    /// UnreadableValue (as Row::get and Row::parsed do) if a column holds an unreadable value. The
    /// result is then DATA_LOSS, ROW_UNREADABLE. A list keeps the rows that can be read. If `read`
    /// takes texts out of the row (Row::take), it leaves the first column for the report.
    template <class AnyRow, class Read>
    auto read(const CallContext& ctx, AnyRow& row, Read read) -> Result<std::invoke_result_t<Read&, AnyRow&>> {
        try {
            return read(row);
        } catch (const UnreadableValue& fault) {
            return report(ctx, row, fault);
        }
    }

 private:
    Error report(const CallContext& ctx, const Row& row, const UnreadableValue& fault);
    bool may_log(const std::string& key, SteadyTime now);

    telemetry::Telemetry telemetry_;
    std::string_view table_;
    /// For each row, the time until which no further line is written.
    std::unordered_map<std::string, SteadyTime> logged_;
};

/// Returns the text of a row's key, for logs and page tokens. It is empty if the key is no text or
/// number, or no UTF-8.
std::string key_text(const Row& row);

}  // namespace tw::sql
