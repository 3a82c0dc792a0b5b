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

/// Turns rows of one table into what they stand for. A row that cannot be read, because somebody wrote it past this program or
/// the storage is damaged, concerns the request that asked for it and no other: a single read fails with DATA_LOSS, a list
/// leaves the row out. Each such row is counted (metric `tw.db.unreadable_rows`), and the log names its table and key
/// (`db.row_unreadable`), at most once in `kLogPause` for a row.
///
/// Belongs to one loop. Every statement whose rows go through a reader has the row's key in its first column.
class RowReader {
 public:
    static constexpr std::chrono::minutes kLogPause{1};
    /// Rows whose pause is remembered; of more than these no line is written until a pause ends.
    static constexpr std::size_t kLoggedRowsMax = 256;

    /// `table` is a constant.
    RowReader(telemetry::Telemetry telemetry, std::string_view table) : telemetry_{telemetry}, table_{table} {}

    /// What `read` makes of the row: a function `T(const Row&)`, which throws UnreadableValue (as Row::get and Row::parsed do)
    /// where a column holds what it should not. DATA_LOSS, ROW_UNREADABLE then. A list takes the rows that can be read.
    template <class Read>
    auto read(const CallContext& ctx, const Row& row, Read read) -> Result<std::invoke_result_t<Read&, const Row&>> {
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
    /// Until when no line is written about a row.
    std::unordered_map<std::string, SteadyTime> logged_;
};

/// The text of a row's key, for logs and page tokens; empty where it is no text or number, or no UTF-8.
std::string key_text(const Row& row);

}  // namespace tw::sql
