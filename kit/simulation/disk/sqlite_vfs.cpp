#include "kit/simulation/disk/sqlite_vfs.hpp"

#include "kit/base/simulated_machine.hpp"
#include "kit/simulation/disk/disk_storage.hpp"
#include "kit/simulation/run/sequence.hpp"
#include "kit/sql/simulated_vfs.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <string_view>

#include <sqlite3.h>

namespace tw::simulation {
namespace {

constexpr int kPathMax = 512;

/// SQLite allocates the memory, and knows only the head.
struct VfsFile {
    sqlite3_file head;
    OpenFile open;
};

OpenFile& open_of(sqlite3_file* file) { return reinterpret_cast<VfsFile*>(file)->open; }

int close_file(sqlite3_file* file) {
    auto& open = open_of(file);
    open.locks->leave_index(open.holder);
    open.locks->unlock(open.holder, SQLITE_LOCK_NONE);
    if (open.disk != nullptr) open.disk->close(open);
    std::destroy_at(&open);
    return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* out, int bytes, sqlite3_int64 offset) {
    auto& open = open_of(file);
    if (open.disk == nullptr) return SQLITE_IOERR_READ;
    return open.disk->read(open, static_cast<std::size_t>(offset),
                           {static_cast<std::uint8_t*>(out), static_cast<std::size_t>(bytes)});
}

int write_file(sqlite3_file* file, const void* data, int bytes, sqlite3_int64 offset) {
    auto& open = open_of(file);
    if (open.disk == nullptr) return SQLITE_IOERR_WRITE;
    return open.disk->write(open, static_cast<std::size_t>(offset),
                            {static_cast<const std::uint8_t*>(data), static_cast<std::size_t>(bytes)});
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    auto& open = open_of(file);
    return open.disk == nullptr ? SQLITE_IOERR_TRUNCATE : open.disk->truncate(open, static_cast<std::size_t>(size));
}

int sync_file(sqlite3_file* file, int) {
    auto& open = open_of(file);
    return open.disk == nullptr ? SQLITE_IOERR_FSYNC : open.disk->sync(open);
}

int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
    const auto& open = open_of(file);
    if (open.disk == nullptr) return SQLITE_IOERR_FSTAT;
    *size = static_cast<sqlite3_int64>(open.file->content.size());
    return SQLITE_OK;
}

int lock_file(sqlite3_file* file, int level) {
    auto& open = open_of(file);
    return open.disk == nullptr ? SQLITE_IOERR_LOCK : open.disk->lock(open, level);
}

int unlock_file(sqlite3_file* file, int level) {
    auto& open = open_of(file);
    open.locks->unlock(open.holder, level);
    return SQLITE_OK;
}

int check_reserved_lock(sqlite3_file* file, int* reserved) {
    const auto& open = open_of(file);
    *reserved = open.locks->is_reserved() ? 1 : 0;
    return open.disk == nullptr ? SQLITE_IOERR_CHECKRESERVEDLOCK : SQLITE_OK;
}

int control_file(sqlite3_file* file, int operation, void* argument) {
    const auto& open = open_of(file);
    switch (operation) {
        case SQLITE_FCNTL_HAS_MOVED:
            *static_cast<int*>(argument) = open.disk == nullptr || !open.disk->exists(open.file->name) ? 1 : 0;
            return SQLITE_OK;
        case sql::kBusyUntilControl:
            if (open.disk != nullptr) *static_cast<SteadyTime*>(argument) = open.disk->busy_until();
            return SQLITE_OK;
        default:
            return SQLITE_NOTFOUND;
    }
}

/// The size is that of SQLite's VFS for Unix.
int sector_size(sqlite3_file*) { return 4096; }

/// A torn write does not damage the bytes beside it.
int device_characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

int map_index(sqlite3_file* file, int region, int bytes, int make, void volatile** out) {
    auto& open = open_of(file);
    *out = nullptr;
    if (open.disk == nullptr) return SQLITE_IOERR_SHMMAP;
    *out = open.locks->index_region(open.holder, static_cast<std::size_t>(region), static_cast<std::size_t>(bytes), make != 0);
    return SQLITE_OK;
}

int lock_index(sqlite3_file* file, int first, int count, int flags) {
    auto& open = open_of(file);
    if (open.disk != nullptr) return open.disk->lock_index(open, first, count, flags);
    if ((flags & SQLITE_SHM_LOCK) != 0) return SQLITE_IOERR_SHMLOCK;
    return open.locks->lock_index(open.holder, first, count, flags);
}

void order_index(sqlite3_file*) {}

int unmap_index(sqlite3_file* file, int) {
    auto& open = open_of(file);
    open.locks->leave_index(open.holder);
    return SQLITE_OK;
}

constexpr sqlite3_io_methods kMethods{
    .iVersion = 2,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = size_of_file,
    .xLock = lock_file,
    .xUnlock = unlock_file,
    .xCheckReservedLock = check_reserved_lock,
    .xFileControl = control_file,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = device_characteristics,
    .xShmMap = map_index,
    .xShmLock = lock_index,
    .xShmBarrier = order_index,
    .xShmUnmap = unmap_index,
};

// Temporary files have no name and are on no disk. No faults happen to them.

int read_temporary(sqlite3_file* file, void* out, int bytes, sqlite3_int64 offset) {
    const std::span all{static_cast<std::uint8_t*>(out), static_cast<std::size_t>(bytes)};
    const auto count = open_of(file).file->content.read(static_cast<std::size_t>(offset), all);
    std::ranges::fill(all.subspan(count), std::uint8_t{0});
    return count == all.size() ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int write_temporary(sqlite3_file* file, const void* data, int bytes, sqlite3_int64 offset) {
    auto& content = open_of(file).file->content;
    content.write(static_cast<std::size_t>(offset), {static_cast<const std::uint8_t*>(data), static_cast<std::size_t>(bytes)});
    content.sync();
    return SQLITE_OK;
}

int truncate_temporary(sqlite3_file* file, sqlite3_int64 size) {
    open_of(file).file->content.resize(static_cast<std::size_t>(size));
    return SQLITE_OK;
}

int size_of_temporary(sqlite3_file* file, sqlite3_int64* size) {
    *size = static_cast<sqlite3_int64>(open_of(file).file->content.size());
    return SQLITE_OK;
}

constexpr sqlite3_io_methods kTemporaryMethods{
    .iVersion = 1,
    .xClose = close_file,
    .xRead = read_temporary,
    .xWrite = write_temporary,
    .xTruncate = truncate_temporary,
    .xSync = [](sqlite3_file*, int) { return SQLITE_OK; },
    .xFileSize = size_of_temporary,
    .xLock = [](sqlite3_file*, int) { return SQLITE_OK; },
    .xUnlock = [](sqlite3_file*, int) { return SQLITE_OK; },
    .xCheckReservedLock =
        [](sqlite3_file*, int* reserved) {
            *reserved = 0;
            return SQLITE_OK;
        },
    .xFileControl = [](sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; },
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = device_characteristics,
};

int open_file(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* flags_out) {
    file->pMethods = nullptr;
    if (flags_out != nullptr) *flags_out = flags;
    auto& open = *new (&reinterpret_cast<VfsFile*>(file)->open) OpenFile{};
    if (path == nullptr) {
        open.file = std::make_shared<StoredFile>();
        open.locks = open.file->locks;
        file->pMethods = &kTemporaryMethods;
        return SQLITE_OK;
    }
    auto* const disk = DiskStorage::of_path(path);
    const int code = disk == nullptr ? SQLITE_CANTOPEN : disk->open(DiskStorage::file_of_path(path), flags, open);
    if (code == SQLITE_OK) {
        file->pMethods = &kMethods;
    } else {
        std::destroy_at(&open);
    }
    return code;
}

int delete_file(sqlite3_vfs*, const char* path, int sync_directory) {
    auto* const disk = DiskStorage::of_path(path);
    return disk == nullptr ? SQLITE_IOERR_DELETE : disk->remove(DiskStorage::file_of_path(path), sync_directory != 0);
}

int access_file(sqlite3_vfs*, const char* path, int, int* exists) {
    const auto* const disk = DiskStorage::of_path(path);
    *exists = disk != nullptr && disk->exists(DiskStorage::file_of_path(path)) ? 1 : 0;
    return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* path, int bytes, char* out) {
    const std::string_view text{path};
    if (text.size() >= static_cast<std::size_t>(bytes)) return SQLITE_CANTOPEN;
    std::ranges::copy(text, out);
    out[text.size()] = 0;
    return SQLITE_OK;
}

int random_bytes(sqlite3_vfs*, int bytes, char* out) {
    auto* const machine = SimulatedMachine::current();
    auto state = machine == nullptr ? 0 : machine->next_seed();
    std::generate_n(out, bytes, [&state] { return static_cast<char>(next_in_sequence(state)); });
    return bytes;
}

int sleep_for(sqlite3_vfs*, int micros) {
    DiskStorage::wait_for_lock(std::chrono::microseconds{micros});
    return micros;
}

/// Returns milliseconds since noon in Greenwich on November 24, 4714 B.C.
int current_time_millis(sqlite3_vfs*, sqlite3_int64* millis) {
    constexpr sqlite3_int64 kUnixEpoch = 210'866'760'000'000;
    *millis = kUnixEpoch + SystemClock{}.now().unix_millis();
    return SQLITE_OK;
}

int current_time(sqlite3_vfs* vfs, double* days) {
    constexpr double kMillisOfDay = 86'400'000;
    sqlite3_int64 millis = 0;
    current_time_millis(vfs, &millis);
    *days = static_cast<double>(millis) / kMillisOfDay;
    return SQLITE_OK;
}

int last_error(sqlite3_vfs*, int, char*) { return 0; }

sqlite3_vfs* make_vfs() {
    static sqlite3_vfs vfs{
        .iVersion = 2,
        .szOsFile = sizeof(VfsFile),
        .mxPathname = kPathMax,
        .zName = sql::kSimulatedVfs,
        .xOpen = open_file,
        .xDelete = delete_file,
        .xAccess = access_file,
        .xFullPathname = full_path,
        .xRandomness = random_bytes,
        .xSleep = sleep_for,
        .xCurrentTime = current_time,
        .xGetLastError = last_error,
        .xCurrentTimeInt64 = current_time_millis,
    };
    return &vfs;
}

}  // namespace

void register_sqlite_vfs() {
    static const int kCode = sqlite3_vfs_register(make_vfs(), 0);
    if (kCode != SQLITE_OK) throw std::runtime_error{"SQLite does not take the VFS of the simulation"};
}

}  // namespace tw::simulation
