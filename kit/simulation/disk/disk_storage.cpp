#include "kit/simulation/disk/disk_storage.hpp"

#include "kit/simulation/run/sequence.hpp"
#include "kit/simulation/scheduler.hpp"
#include "kit/sql/simulated_vfs.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

namespace tw::simulation {
namespace {

using Fault = DiskFaults::Kind;

/// Returns whether a write to a write-ahead log completes a commit. The header of a frame has 24
/// bytes, and its second four bytes are not 0 in the last frame of a commit ("WAL-mode File
/// Format", section 2.2).
bool completes_commit(std::span<const std::uint8_t> bytes) {
    constexpr std::size_t kFrameHeaderBytes = 24;
    return bytes.size() == kFrameHeaderBytes && std::ranges::any_of(bytes.subspan(4, 4), [](auto byte) { return byte != 0; });
}

/// Returns the disks of the calling thread, by name. SQLite's virtual file systems belong to the
/// process, so ours finds the simulation by the thread.
std::map<std::string, DiskStorage*, std::less<>>& disks_of_thread() {
    static thread_local std::map<std::string, DiskStorage*, std::less<>> disks;
    return disks;
}

void seed_sqlite(std::uint64_t seed) {
    sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, static_cast<int>(seed & 0x7FFFFFFF), nullptr);
}

}  // namespace

DiskStorage::DiskStorage(Scheduler& scheduler, std::string name)
    : scheduler_{scheduler}, name_{std::move(name)}, faults_{scheduler, name_}, choices_{scheduler.next_seed()} {
    // The seed 0 would make SQLite use real randomness.
    seed_sqlite(scheduler.next_seed() | 1);
    disks_of_thread().insert_or_assign(name_, this);
}

DiskStorage::~DiskStorage() {
    forget_process();
    disks_of_thread().erase(name_);
    if (disks_of_thread().empty()) seed_sqlite(0);
}

DiskStorage* DiskStorage::of_path(std::string_view path) {
    if (!sql::is_simulated(path)) return nullptr;
    path.remove_prefix(sql::kSimulatedPath.size());
    const auto found = disks_of_thread().find(path.substr(0, path.find('/')));
    return found == disks_of_thread().end() ? nullptr : found->second;
}

std::string_view DiskStorage::file_of_path(std::string_view path) { return path.substr(path.find('/') + 1); }

std::uint64_t DiskStorage::choose(std::uint64_t below) {
    const auto chosen = next_in_sequence(choices_) % below;
    scheduler_.history().mix(chosen);
    return chosen;
}

int DiskStorage::open(std::string_view name, int flags, OpenFile& open) {
    auto found = names_.find(name);
    if (found == names_.end()) {
        if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
        found = names_.emplace(name, std::make_shared<StoredFile>(std::string{name})).first;
    }
    open.disk = this;
    open.file = found->second;
    open.locks = open.file->locks;
    open.is_log = (flags & SQLITE_OPEN_WAL) != 0;
    open_.insert(&open);
    return SQLITE_OK;
}

void DiskStorage::wait_for_lock(std::chrono::nanoseconds time) {
    for (const auto& [name, disk] : disks_of_thread()) disk->wait(time);
}

void DiskStorage::wait(std::chrono::nanoseconds time) {
    if (waits_ == Waits::nobody) return;
    faults_.wait(time);
    // Reads take no time. Only the wait of a writer makes the database busy.
    if (waits_ == Waits::writer) busy_until_ = std::max(busy_until_, scheduler_.steady_now()) + time;
}

bool DiskStorage::is_held_elsewhere(const OpenFile& open, Waits who) {
    for (const auto& [name, disk] : disks_of_thread()) disk->waits_ = Waits::nobody;
    const bool held = faults_.strikes(Fault::busy, open.file->name);
    waits_ = held ? who : Waits::nobody;
    return held;
}

void DiskStorage::close(OpenFile& open) { open_.erase(&open); }

int DiskStorage::remove(std::string_view name, bool sync_directory) {
    const auto found = names_.find(name);
    if (found == names_.end()) return SQLITE_IOERR_DELETE_NOENT;
    if (faults_.strikes(Fault::write_error, name)) return SQLITE_IOERR_DELETE;
    names_.erase(found);
    if (sync_directory) durable_names_ = names_;
    return SQLITE_OK;
}

void DiskStorage::erase(std::string_view name) {
    if (const auto found = names_.find(name); found != names_.end()) names_.erase(found);
    durable_names_ = names_;
}

int DiskStorage::read(const OpenFile& open, std::size_t offset, std::span<std::uint8_t> out) {
    if (faults_.strikes(Fault::read_error, open.file->name)) return SQLITE_IOERR_READ;
    const auto count = open.file->content.read(offset, out);
    std::ranges::fill(out.subspan(count), std::uint8_t{0});
    return count == out.size() ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int DiskStorage::write(OpenFile& open, std::size_t offset, std::span<const std::uint8_t> bytes) {
    auto& content = open.file->content;
    scheduler_.history().mix(offset);
    const bool commits = open.is_log && completes_commit(bytes);
    if (commits && faults_.strikes(Fault::failed_commit, open.file->name)) return SQLITE_IOERR_WRITE;
    if (faults_.strikes(Fault::write_error, open.file->name)) {
        content.write(offset, bytes.first(choose(bytes.size() + 1)));
        return SQLITE_IOERR_WRITE;
    }
    if (offset + bytes.size() > content.size() && faults_.strikes(Fault::full, open.file->name)) return SQLITE_FULL;
    content.write(offset, bytes);
    return loses_power(open.file->name) ? SQLITE_IOERR_WRITE : SQLITE_OK;
}

int DiskStorage::truncate(const OpenFile& open, std::size_t size) {
    if (faults_.strikes(Fault::write_error, open.file->name)) return SQLITE_IOERR_TRUNCATE;
    open.file->content.resize(size);
    return SQLITE_OK;
}

int DiskStorage::sync(OpenFile& open) {
    const auto& name = open.file->name;
    if (loses_power(name)) return SQLITE_IOERR_FSYNC;
    if (const auto delay = faults_.delay_of_sync(name); delay > std::chrono::nanoseconds{0}) {
        busy_until_ = std::max(busy_until_, scheduler_.steady_now()) + delay;
    }
    if (faults_.strikes(Fault::sync_error, name)) {
        open.file->content.sync_partly([this](std::uint64_t below) { return choose(below); });
        return SQLITE_IOERR_FSYNC;
    }
    open.file->content.sync();
    // SQLite's own VFS for Unix syncs the folder when it syncs a file that it made. All earlier
    // changes of the folder are durable from then on.
    const auto durable = durable_names_.find(name);
    if (durable == durable_names_.end() || durable->second != open.file) durable_names_ = names_;
    return loses_power(name) ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

int DiskStorage::lock(OpenFile& open, int level) {
    if (level == SQLITE_LOCK_SHARED && is_held_elsewhere(open, Waits::reader)) return SQLITE_BUSY;
    return open.locks->lock(open.holder, level);
}

int DiskStorage::lock_index(OpenFile& open, int first, int count, int flags) {
    // The first slot is the right to write. The other slots are held only for an instant, so SQLite
    // waits for them in any case.
    const bool to_write = first == 0 && flags == (SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE);
    if (to_write && is_held_elsewhere(open, Waits::writer)) return SQLITE_BUSY;
    return open.locks->lock_index(open.holder, first, count, flags);
}

bool DiskStorage::loses_power(std::string_view file) {
    if (!note_power_loss_ || !faults_.strikes(Fault::power_loss, file)) return false;
    note_power_loss_();
    crash();
    return true;
}

void DiskStorage::forget_process() {
    for (auto* const open : open_) open->disk = nullptr;
    open_.clear();
    for (const auto& [name, file] : names_) file->locks = std::make_shared<SqliteLocks>();
    busy_until_ = {};
}

bool DiskStorage::busy() const { return busy_until_ > scheduler_.steady_now(); }

void DiskStorage::kill_process() {
    scheduler_.history().tell([&] { return fmt::format("{}: the process that uses it is killed", name_); });
    forget_process();
}

void DiskStorage::crash() {
    scheduler_.history().tell([&] { return fmt::format("{}: power is lost, with {} changes not synced", name_, unsynced()); });
    forget_process();
    lose_names();
    for (const auto& [name, file] : names_) {
        file->content.lose_power([this](std::uint64_t below) { return choose(below); });
    }
}

std::shared_ptr<StoredFile> DiskStorage::find(const Names& names, std::string_view name) {
    const auto found = names.find(name);
    return found == names.end() ? nullptr : found->second;
}

/// Applies a power loss to the folder. The seed decides for each name whose current and durable
/// state differ.
void DiskStorage::lose_names() {
    auto all = names_;
    all.insert(durable_names_.begin(), durable_names_.end());
    Names left;
    for (const auto& [name, file] : all) {
        const auto now = find(names_, name);
        const auto before = find(durable_names_, name);
        const auto kept = now == before || choose(2) == 0 ? now : before;
        if (kept) left.emplace(name, kept);
    }
    names_ = left;
    durable_names_ = std::move(left);
    // A file that comes back was deleted with its locks.
    for (const auto& [name, file] : names_) file->locks = std::make_shared<SqliteLocks>();
}

std::map<std::string, std::vector<std::uint8_t>> DiskStorage::files() const {
    std::map<std::string, std::vector<std::uint8_t>> files;
    for (const auto& [name, file] : names_) files.emplace(name, file->content.content());
    return files;
}

std::size_t DiskStorage::unsynced() const {
    std::size_t changes = 0;
    for (const auto& [name, file] : names_) changes += file->content.unsynced();
    return changes;
}

}  // namespace tw::simulation
