#include "services/console/archive/time_blocks.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>
#include <utility>

namespace tw::console {
namespace {

static_assert(sizeof(TraceTime) == 16 && std::endian::native == std::endian::little);

using UseTime = std::function<bool(std::int64_t, const TraceTime&)>;

/// The traces from `first` to the one before `end`, as their rows say. Returns whether `use` wants
/// more.
bool each_time_of_rows(Database& database, std::int64_t first, std::int64_t end, const UseTime& use) {
    auto rows = database.query(
        "SELECT id, start_us, duration_ns FROM trace WHERE id < ?1 AND id >= ?2 AND moved = 0 ORDER BY id DESC", end, first);
    while (rows.next()) {
        if (!use(rows.integer(0), {rows.integer(1), rows.integer(2)})) return false;
    }
    return true;
}

/// The traces of a block whose numbers are below `end`.
bool each_time_of_block(std::string_view times, std::int64_t first, std::int64_t end, const UseTime& use) {
    for (auto row = std::min(end, first + kTimeBlockTraces) - 1; row >= first; --row) {
        TraceTime time;
        std::memcpy(&time, times.data() + static_cast<std::size_t>(row - first) * sizeof time, sizeof time);
        // No trace has the number 0.
        if (row > 0 && !use(row, time)) return false;
    }
    return true;
}

}  // namespace

void TimeBlocks::start(std::int64_t next_trace) {
    before_ = {};
    last_ = {};
    last_.number = next_trace / kTimeBlockTraces;
    // The first trace of a file has the number 1.
    last_.whole = next_trace == 1;
}

void TimeBlocks::set(std::int64_t trace, const TraceTime& time) {
    const auto number = trace / kTimeBlockTraces;
    if (number > last_.number) {
        if (before_.whole) write(before_);
        std::swap(before_, last_);
        last_.number = number;
        last_.whole = true;
    }
    for (auto* const block : {&last_, &before_}) {
        if (block->number != number) continue;
        block->times[static_cast<std::size_t>(trace % kTimeBlockTraces)] = time;
        return;
    }
    database_.run("DELETE FROM time_block WHERE id = ?1", number);
}

void TimeBlocks::hide(std::int64_t trace) {
    const auto number = trace / kTimeBlockTraces;
    for (auto* const block : {&last_, &before_}) {
        if (block->number == number) block->whole = false;
    }
    database_.run("DELETE FROM time_block WHERE id = ?1", number);
}

void TimeBlocks::write(const Block& block) {
    const std::string_view bytes{reinterpret_cast<const char*>(block.times.data()), sizeof block.times};
    database_.run("INSERT INTO time_block (id, times) VALUES (?1, ?2)", block.number, bytes);
}

void each_time(Database& database, std::int64_t before, const UseTime& use) {
    auto end = before;
    auto blocks = database.query("SELECT id, times FROM time_block WHERE id <= ?1 ORDER BY id DESC", before / kTimeBlockTraces);
    while (blocks.next()) {
        const auto first = blocks.integer(0) * kTimeBlockTraces;
        const auto times = blocks.blob(1);
        if (times.size() != kTimeBlockTraces * sizeof(TraceTime)) continue;
        if (!each_time_of_rows(database, first + kTimeBlockTraces, end, use)) return;
        if (!each_time_of_block(times, first, end, use)) return;
        end = std::min(end, first);
    }
    each_time_of_rows(database, 0, end, use);
}

}  // namespace tw::console
