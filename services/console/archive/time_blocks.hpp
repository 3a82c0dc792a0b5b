#pragma once

#include "services/console/archive/database.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace tw::console {

/// How many traces share one row of `time_block`. Block N begins with the trace
/// N * kTimeBlockTraces.
inline constexpr std::int64_t kTimeBlockTraces = 256;

struct TraceTime {
    std::int64_t start_us = 0;
    std::int64_t duration_ns = 0;
};

/// Writes when the traces of a block began and how long they took, so that the longest ones are
/// found without a look at each row. A block is written when the next one is full, since most
/// traces are complete by then. A block of which a trace changes later is removed, and a block that
/// was not written by one writer from its first trace on is never there. The rows are then looked
/// at.
class TimeBlocks {
 public:
    explicit TimeBlocks(Database& database) : database_{database} {}

    /// Begins with this trace, also after a transaction was rolled back.
    void start(std::int64_t next_trace);
    /// A trace is new, or has changed. A new one has the number after the one before.
    void set(std::int64_t trace, const TraceTime& time);
    /// A trace is not shown any more.
    void hide(std::int64_t trace);

 private:
    struct Block {
        std::int64_t number = -1;
        bool whole = false;
        std::array<TraceTime, kTimeBlockTraces> times{};
    };

    void write(const Block& block);

    Database& database_;
    /// The last one and the one before.
    Block last_;
    Block before_;
};

/// Calls `use` with the row and the times of the traces in the file that are shown, the newest
/// first, from the one before `before`, until it returns false.
void each_time(Database& database, std::int64_t before, const std::function<bool(std::int64_t row, const TraceTime& time)>& use);

}  // namespace tw::console
