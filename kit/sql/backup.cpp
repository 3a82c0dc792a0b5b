#include "kit/sql/backup.hpp"

#include <cstdio>
#include <memory>
#include <utility>
#include <vector>

namespace tw::sql {
namespace {

/// Removes the copies on destruction unless keep() was called.
class Copies {
 public:
    ~Copies() {
        for (const auto& path : paths_) std::remove(path.c_str());
    }
    void add(const std::string& path) { paths_.push_back(path); }
    void keep() { paths_.clear(); }

 private:
    std::vector<std::string> paths_;
};

}  // namespace

Result<void> back_up(std::span<const BackupItem> items, const std::atomic<bool>& abandoned) {
    std::vector<std::unique_ptr<Snapshot>> snapshots;
    {
        std::vector<std::shared_ptr<void>> held;
        for (const auto& item : items) {
            auto hold = item.store->hold_writes();
            if (!hold) return std::move(hold).error();
            held.push_back(std::move(*hold));
        }
        for (const auto& item : items) {
            auto snapshot = item.store->snapshot();
            if (!snapshot) return std::move(snapshot).error();
            snapshots.push_back(std::move(*snapshot));
        }
    }
    Copies copies;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (auto written = snapshots[i]->write_to(items[i].path, abandoned); !written) return written;
        copies.add(items[i].path);
        // The log of the database cannot be shortened while a snapshot exists.
        snapshots[i].reset();
    }
    copies.keep();
    return {};
}

}  // namespace tw::sql
