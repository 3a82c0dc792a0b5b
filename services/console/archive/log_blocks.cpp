#include "services/console/archive/log_blocks.hpp"

namespace tw::console {

void LogBlocks::start(std::int64_t next_record) {
    bits_.clear();
    // The first record of a file has the number 1.
    whole_ = next_record == 1;
}

void LogBlocks::add(std::int64_t record, const LogEntry& log) {
    if (record % kLogBlockRecords == 0) {
        bits_.clear();
        whole_ = true;
    }
    if (!whole_) return;
    bits_.add(log);
    if (record % kLogBlockRecords == kLogBlockRecords - 1)
        database_.run("INSERT INTO log_block (id, bits) VALUES (?1, ?2)", record / kLogBlockRecords, bits_.bytes());
}

}  // namespace tw::console
