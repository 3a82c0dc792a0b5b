#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace tw::simulation {

/// What SQLite connections hold of one database file at the same time: the locks of the file itself, and the index of its
/// write-ahead log with the locks that SQLite keeps there ("WAL-mode File Format", section 2.3). In SQLite this is memory that
/// processes share; here it is an object that the connections share, and that a new process does not find.
///
/// Results are SQLite's codes: SQLITE_OK or SQLITE_BUSY.
class SqliteLocks {
 public:
    /// One connection's part.
    struct Holder {
        /// SQLITE_LOCK_NONE to SQLITE_LOCK_EXCLUSIVE.
        int level = 0;
        std::uint32_t index_shared = 0;
        std::uint32_t index_exclusive = 0;
        bool uses_index = false;
    };

    /// As xLock, xUnlock and xCheckReservedLock of sqlite3_io_methods.
    int lock(Holder& holder, int level);
    void unlock(Holder& holder, int level);
    bool is_reserved() const { return writer_ != nullptr; }

    /// As xShmMap: the region, zeroed when it is new; null where it does not exist and is not to be made.
    void* index_region(Holder& holder, std::size_t region, std::size_t bytes, bool make);
    /// As xShmLock, for `count` slots from `first`; `flags` as there.
    int lock_index(Holder& holder, int first, int count, int flags);
    /// As xShmUnmap. The index goes with the last connection that uses it.
    void leave_index(Holder& holder);

 private:
    struct Slot {
        int shared = 0;
        const Holder* exclusive = nullptr;
    };
    static constexpr std::size_t kSlots = 8;

    void use_index(Holder& holder);

    int readers_ = 0;
    /// Who has more than a shared lock.
    const Holder* writer_ = nullptr;
    int index_users_ = 0;
    std::vector<std::unique_ptr<std::uint8_t[]>> index_;
    std::array<Slot, kSlots> slots_{};
};

}  // namespace tw::simulation
