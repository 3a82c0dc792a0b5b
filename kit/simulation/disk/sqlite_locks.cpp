#include "kit/simulation/disk/sqlite_locks.hpp"

#include <algorithm>
#include <span>

#include <sqlite3.h>

namespace tw::simulation {

int SqliteLocks::lock(Holder& holder, int level) {
    if (holder.level >= level) return SQLITE_OK;
    if (level == SQLITE_LOCK_SHARED) {
        // A writer that waits for the last reader, or has seen it go, excludes all others.
        if (writer_ != nullptr && writer_->level >= SQLITE_LOCK_PENDING) return SQLITE_BUSY;
        ++readers_;
        holder.level = level;
        return SQLITE_OK;
    }
    if (writer_ != nullptr && writer_ != &holder) return SQLITE_BUSY;
    writer_ = &holder;
    // The holder is one of the readers.
    const bool refused = level == SQLITE_LOCK_EXCLUSIVE && readers_ > 1;
    holder.level = refused ? SQLITE_LOCK_PENDING : level;
    return refused ? SQLITE_BUSY : SQLITE_OK;
}

void SqliteLocks::unlock(Holder& holder, int level) {
    if (holder.level <= level) return;
    if (writer_ == &holder) writer_ = nullptr;
    if (level == SQLITE_LOCK_NONE) --readers_;
    holder.level = level;
}

void SqliteLocks::use_index(Holder& holder) {
    if (holder.uses_index) return;
    holder.uses_index = true;
    ++index_users_;
}

void* SqliteLocks::index_region(Holder& holder, std::size_t region, std::size_t bytes, bool make) {
    use_index(holder);
    if (region >= index_.size() && !make) return nullptr;
    while (region >= index_.size()) index_.push_back(std::make_unique<std::uint8_t[]>(bytes));
    return index_[region].get();
}

int SqliteLocks::lock_index(Holder& holder, int first, int count, int flags) {
    use_index(holder);
    const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
    const bool unlocks = (flags & SQLITE_SHM_UNLOCK) != 0;
    const auto bits = ((1U << count) - 1) << first;
    auto& held = exclusive ? holder.index_exclusive : holder.index_shared;
    const std::span slots{slots_.data() + first, static_cast<std::size_t>(count)};
    if (!unlocks && (held & bits) == bits) return SQLITE_OK;
    if (unlocks && (held & bits) == 0) return SQLITE_OK;

    const auto refuses = [&](const Slot& slot) { return slot.exclusive != nullptr || (exclusive && slot.shared > 0); };
    if (!unlocks && std::ranges::any_of(slots, refuses)) return SQLITE_BUSY;
    for (auto& slot : slots) {
        if (exclusive) {
            slot.exclusive = unlocks ? nullptr : &holder;
        } else {
            slot.shared += unlocks ? -1 : 1;
        }
    }
    held = unlocks ? held & ~bits : held | bits;
    return SQLITE_OK;
}

void SqliteLocks::leave_index(Holder& holder) {
    if (!holder.uses_index) return;
    for (int i = 0; i < static_cast<int>(kSlots); ++i) {
        lock_index(holder, i, 1, SQLITE_SHM_UNLOCK | SQLITE_SHM_SHARED);
        lock_index(holder, i, 1, SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE);
    }
    holder.uses_index = false;
    if (--index_users_ == 0) index_.clear();
}

}  // namespace tw::simulation
