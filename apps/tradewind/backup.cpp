#include "kit/sql/backup.hpp"

#include "apps/tradewind/backup_folder.hpp"
#include "apps/tradewind/commands.hpp"
#include "apps/tradewind/program.hpp"
#include "kit/runtime/backup_control.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/data_folder.hpp"
#include "kit/runtime/database_settings.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>

namespace tw::app {
namespace {

namespace fs = std::filesystem;

/// Copies the databases that no process uses. All copies are of one moment.
Result<void> copy_idle(const runtime::Config& config, const std::vector<SqliteFile>& files, const std::string& folder) {
    WorkerPool workers{1};
    std::vector<runtime::FolderLock> locks;
    std::vector<std::unique_ptr<sql::Store>> stores;
    std::vector<sql::BackupItem> items;
    for (const auto& file : files) {
        auto locked = lock_file(config, file);
        if (!locked) return std::move(locked).error();
        for (auto& lock : *locked) locks.push_back(std::move(lock));
        auto store = sql::open_store("sqlite:" + file.path, workers);
        if (!store) return std::move(store).error();
        items.push_back({store->get(), (fs::path{folder} / file.name()).string()});
        stores.push_back(std::move(*store));
    }
    return sql::back_up(items, std::atomic<bool>{false});
}

/// Copies every file. If a process uses a file, that process makes the copy.
Result<void> copy_all(const runtime::Config& config, const std::vector<SqliteFile>& files, const std::string& folder) {
    std::vector<SqliteFile> idle;
    std::vector<std::string> copied;
    int moments = 0;
    for (const auto& file : files) {
        if (std::ranges::find(copied, file.name()) != copied.end()) continue;
        auto asked = runtime::request_backup(file.path, folder);
        if (!asked) return std::move(asked).error();
        if (!*asked) {
            idle.push_back(file);
            continue;
        }
        ++moments;
        copied.insert(copied.end(), (*asked)->begin(), (*asked)->end());
    }
    if (!idle.empty()) {
        if (auto done = copy_idle(config, idle, folder); !done) return done;
        ++moments;
    }
    if (moments > 1) {
        fmt::print(
            "{} processes use the databases: the copies of one process are of one moment, the copies of different processes are "
            "not\n",
            moments);
    }
    return {};
}

Result<void> back_up(const runtime::Config& config, const std::string& folder) {
    const auto files = sqlite_files(config);
    if (!files) return files.error();
    if (files->empty()) {
        return Error{Code::failed_precondition, "NO_BACKUP",
                     "no module uses SQLite here; back up PostgreSQL with pg_dump (docs/guide/backup.md)"};
    }
    if (auto made = make_backup_folder(folder); !made) return made;
    if (auto copied = copy_all(config, *files, folder); !copied) return copied;
    if (auto listed = write_manifest(folder, *files); !listed) return listed;
    for (const auto& file : *files) {
        fmt::print("{}: {} bytes ({})\n", (fs::path{folder} / file.name()).string(),
                   fs::file_size(fs::path{folder} / file.name()), fmt::join(file.modules, ", "));
    }
    for (const auto& module : modules_elsewhere(config)) {
        fmt::print("{}: not copied, because it uses PostgreSQL; use pg_dump (docs/guide/backup.md)\n", module);
    }
    return {};
}

/// Puts the copies in the place of the databases. Every copy is complete before the first one is
/// renamed.
Result<void> put_back(const std::vector<SqliteFile>& files, const fs::path& folder) {
    for (const auto& file : files) {
        std::error_code failure;
        fs::copy_file(folder / file.name(), file.path + ".restored", fs::copy_options::overwrite_existing, failure);
        if (failure) return cannot_restore(file.path, failure.message());
        if (auto synced = sync_private(file.path + ".restored"); !synced) return synced;
    }
    for (const auto& file : files) {
        std::error_code failure;
        for (const auto* part : {"-wal", "-shm", "-journal"}) fs::remove(file.path + part, failure);
        fs::rename(file.path + ".restored", file.path, failure);
        if (failure) return cannot_restore(file.path, failure.message());
        fmt::print("{}: restored ({})\n", file.path, fmt::join(file.modules, ", "));
    }
    return {};
}

Result<void> restore_all(const runtime::Config& config, const std::string& folder, bool force) {
    const auto files = sqlite_files(config);
    if (!files) return files.error();
    const auto listed = read_manifest(folder);
    if (!listed) return listed.error();
    std::vector<runtime::FolderLock> locks;
    std::vector<SqliteFile> wanted;
    for (const auto& file : *files) {
        if (std::ranges::find(*listed, file.name()) == listed->end()) continue;
        if (auto whole = sql::check_backup((fs::path{folder} / file.name()).string()); !whole) return whole;
        if (auto free = check_target(file, force); !free) return free;
        auto locked = lock_file(config, file);
        if (!locked) return std::move(locked).error();
        for (auto& lock : *locked) locks.push_back(std::move(lock));
        wanted.push_back(file);
    }
    if (wanted.empty()) {
        return Error{Code::failed_precondition, "NO_BACKUP",
                     fmt::format("{} has no copy of a database that uses SQLite here", folder)};
    }
    return put_back(wanted, folder);
}

}  // namespace

int backup(const runtime::Config& config, const std::string& folder) {
    const auto done = back_up(config, fs::absolute(folder).lexically_normal().string());
    return done ? 0 : report(done.error());
}

int restore(const runtime::Config& config, const std::string& folder, bool force) {
    const auto done = restore_all(config, folder, force);
    return done ? 0 : report(done.error());
}

}  // namespace tw::app
