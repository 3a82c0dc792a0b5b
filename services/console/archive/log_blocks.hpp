#pragma once

#include "services/console/archive/database.hpp"
#include "services/console/archive/text_bits.hpp"

#include <cstdint>

namespace tw::console {

/// Writes the TextBits of each block of log records when the block is full. A block that was not
/// written by one writer from its first record to its last has none, and is searched as a whole.
class LogBlocks {
 public:
    explicit LogBlocks(Database& database) : database_{database} {}

    /// Begins with this record, also after a transaction was rolled back.
    void start(std::int64_t next_record);
    void add(std::int64_t record, const LogEntry& log);

 private:
    Database& database_;
    TextBits bits_;
    bool whole_ = false;
};

}  // namespace tw::console
