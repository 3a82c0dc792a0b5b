#include "apps/tradewind/backup_folder.hpp"

#include "apps/tradewind/modules.hpp"
#include "apps/tradewind/program.hpp"
#include "kit/base/clock.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/reasons.hpp"
#include "kit/sql/reasons.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

namespace tw::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kScheme = "sqlite:";
constexpr const char* kManifest = "backup.txt";
constexpr std::string_view kTitle = "tradewind backup";

bool in_sqlite(std::string_view url) { return url.starts_with(kScheme) && !url.starts_with("sqlite::"); }

Error cannot_write_backup(const std::string& path, std::string_view why) {
    return Error{Code::unavailable, reason::kBackupFailed, fmt::format("cannot write {}: {}", path, why)};
}

Error no_backup(const std::string& folder, std::string_view why) {
    return Error{Code::failed_precondition, "NO_BACKUP", fmt::format("{} is not a backup: {}", folder, why)};
}

}  // namespace

std::string SqliteFile::name() const { return fs::path{path}.filename().string(); }

Result<std::vector<SqliteFile>> sqlite_files(const runtime::Config& config) {
    std::vector<SqliteFile> files;
    for (const auto& module : modules()) {
        if (module.schema == nullptr) continue;
        const auto url = runtime::database_url(config, module);
        if (!in_sqlite(url)) continue;
        const SqliteFile file{.path = url.substr(kScheme.size()), .modules = {std::string{module.name}}};
        const auto same = std::ranges::find(files, file.path, &SqliteFile::path);
        if (same != files.end()) {
            same->modules.emplace_back(module.name);
            continue;
        }
        const auto alike = std::ranges::find_if(files, [&](const SqliteFile& other) { return other.name() == file.name(); });
        if (alike != files.end()) {
            return Error{
                Code::invalid_argument, reason::kBadConfig,
                fmt::format("{} and {} have the same file name, so their copies would overwrite each other; rename one of them",
                            alike->path, file.path)};
        }
        files.push_back(file);
    }
    return files;
}

std::vector<std::string> modules_elsewhere(const runtime::Config& config) {
    std::vector<std::string> names;
    for (const auto& module : modules()) {
        if (module.schema == nullptr || in_sqlite(runtime::database_url(config, module))) continue;
        names.emplace_back(module.name);
    }
    return names;
}

Result<std::vector<runtime::FolderLock>> lock_file(const runtime::Config& config, const SqliteFile& file) {
    std::vector<runtime::FolderLock> locks;
    const auto folder = runtime::process_settings(config).data_folder;
    for (const auto& module : modules()) {
        const bool uses_file = std::ranges::find(file.modules, module.name) != file.modules.end();
        if (!uses_file || !runtime::keeps_data_in_folder(config, module)) continue;
        if (auto made = runtime::make_data_folder(folder); !made) return std::move(made).error();
        auto lock = runtime::lock_module(config.program(), folder, module.name);
        if (!lock) return std::move(lock).error();
        locks.push_back(std::move(*lock));
    }
    return locks;
}

Result<void> make_backup_folder(const std::string& folder) {
    std::error_code failure;
    fs::create_directories(fs::path{folder}.parent_path(), failure);
    if (failure) return cannot_write_backup(folder, failure.message());
    if (::mkdir(folder.c_str(), 0700) == 0) return {};
    if (errno != EEXIST) return cannot_write_backup(folder, std::strerror(errno));
    const bool empty = fs::is_empty(folder, failure);
    if (failure) return cannot_write_backup(folder, failure.message());
    if (empty) return {};
    return Error{Code::failed_precondition, "BACKUP_EXISTS",
                 fmt::format("{} is not empty; name a folder that does not exist", folder)};
}

Result<void> write_manifest(const std::string& folder, const std::vector<SqliteFile>& files) {
    const auto path = (fs::path{folder} / kManifest).string();
    std::string text = fmt::format("{} {} {}\n", kTitle, program().version, SystemClock{}.now().to_string());
    for (const auto& file : files) text += file.name() + "\n";
    const int handle = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (handle < 0) return cannot_write_backup(path, std::strerror(errno));
    const bool written = ::write(handle, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(handle) == 0;
    const int why = errno;
    ::close(handle);
    return written ? Result<void>{} : cannot_write_backup(path, std::strerror(why));
}

Result<std::vector<std::string>> read_manifest(const std::string& folder) {
    std::ifstream file{fs::path{folder} / kManifest};
    std::string line;
    if (!file || !std::getline(file, line)) return no_backup(folder, fmt::format("it has no readable {}", kManifest));
    if (!line.starts_with(kTitle)) return no_backup(folder, fmt::format("its {} was not written by tradewind", kManifest));
    std::vector<std::string> names;
    while (std::getline(file, line)) names.push_back(line);
    return names;
}

Result<void> check_target(const SqliteFile& file, bool force) {
    std::error_code unreachable;
    const bool there = fs::exists(file.path, unreachable);
    if (unreachable) return cannot_restore(file.path, unreachable.message());
    if (!there || force) return {};
    return Error{Code::failed_precondition, "DATABASE_EXISTS",
                 fmt::format("{} exists already; --force replaces it, --data names another data folder", file.path)};
}

Result<void> sync_private(const std::string& path) {
    const int handle = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    const bool done = handle >= 0 && ::fchmod(handle, 0600) == 0 && ::fsync(handle) == 0;
    const int why = errno;
    if (handle >= 0) ::close(handle);
    return done ? Result<void>{} : cannot_restore(path, std::strerror(why));
}

Error cannot_restore(const std::string& path, std::string_view why) {
    return Error{Code::unavailable, "RESTORE_FAILED", fmt::format("cannot restore {}: {}", path, why)};
}

}  // namespace tw::app
