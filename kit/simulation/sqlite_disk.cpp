#include "kit/simulation/sqlite_disk.hpp"

#include "kit/simulation/disk/disk_storage.hpp"
#include "kit/simulation/disk/sqlite_vfs.hpp"
#include "kit/simulation/scheduler.hpp"
#include "kit/sql/simulated_vfs.hpp"

#include <utility>

#include <fmt/format.h>

namespace tw::simulation {

SqliteDisk::SqliteDisk(Scheduler& scheduler, std::string name) : name_{std::move(name)} {
    register_sqlite_vfs();
    storage_ = std::make_unique<DiskStorage>(scheduler, name_);
}

SqliteDisk::~SqliteDisk() = default;

std::string SqliteDisk::path(std::string_view file) const { return fmt::format("{}{}/{}", sql::kSimulatedPath, name_, file); }

void SqliteDisk::set_chances(const DiskChances& chances) { storage_->set_chances(chances); }

void SqliteDisk::kill_process() { storage_->kill_process(); }

void SqliteDisk::crash() { storage_->crash(); }

void SqliteDisk::on_power_loss(std::move_only_function<void()> note) { storage_->on_power_loss(std::move(note)); }

void SqliteDisk::remove(std::string_view file) { storage_->erase(file); }

std::map<std::string, std::vector<std::uint8_t>> SqliteDisk::files() const { return storage_->files(); }

bool SqliteDisk::busy() const { return storage_->busy(); }

std::size_t SqliteDisk::unsynced() const { return storage_->unsynced(); }

}  // namespace tw::simulation
