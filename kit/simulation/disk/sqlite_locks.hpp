#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace tw::simulation {

/// The state that SQLite connections share for one database file: the locks of the file itself, and
/// the index of its write-ahead log with the locks that SQLite keeps there ("WAL-mode File Format",
/// section 2.3). In SQLite the index is memory that processes share. Here it is an object that the
/// connections share, and that a new process does not find.
///
/// Results are SQLite's codes: SQLITE_OK or SQLITE_BUSY.
class SqliteLocks {
 public:
    /// The locks that one connection holds.
    struct Holder {
        /// The level, from SQLITE_LOCK_NONE to SQLITE_LOCK_EXCLUSIVE.
        int level = 0;
        std::uint32_t index_shared = 0;
        std::uint32_t index_exclusive = 0;
        bool uses_index = false;
    };

    /// These functions do what xLock, xUnlock and xCheckReservedLock of sqlite3_io_methods do.
    int lock(Holder& holder, int level);
    void unlock(Holder& holder, int level);
    bool is_reserved() const { return writer_ != nullptr; }

    /// Does what xShmMap does. Returns the region, which is filled with zeros when it is new; null
    /// if it does not exist and `make` is false.
    void* index_region(Holder& holder, std::size_t region, std::size_t bytes, bool make);
    /// Does what xShmLock does, for `count` slots from `first`. `flags` are those of xShmLock.
    int lock_index(Holder& holder, int first, int count, int flags);
    /// Does what xShmUnmap does. The index is deleted when the last connection leaves it.
    void leave_index(Holder& holder);

 private:
    struct Slot {
        int shared = 0;
        const Holder* exclusive = nullptr;
    };
    static constexpr std::size_t kSlots = 8;

    void use_index(Holder& holder);

    int readers_ = 0;
    /// The connection that has more than a shared lock.
    const Holder* writer_ = nullptr;
    int index_users_ = 0;
    std::vector<std::unique_ptr<std::uint8_t[]>> index_;
    std::array<Slot, kSlots> slots_{};
};

}  // namespace tw::simulation
