#pragma once

#include "kit/runtime/config.hpp"
#include "kit/runtime/data_folder.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tw::app {

/// A database in SQLite, and the modules that keep their data in it.
struct SqliteFile {
    std::string path;
    std::vector<std::string> modules;

    /// Of the copy.
    std::string name() const;
};

/// The SQLite files of all modules, each once. INVALID_ARGUMENT, BAD_CONFIG, where two have the same name in different folders:
/// their copies would be one file.
Result<std::vector<SqliteFile>> sqlite_files(const runtime::Config& config);
/// The modules whose data is not in SQLite.
std::vector<std::string> modules_elsewhere(const runtime::Config& config);

/// Makes sure that no process uses the file, for as long as the locks are kept: DATA_FOLDER_IN_USE otherwise.
Result<std::vector<runtime::FolderLock>> lock_file(const runtime::Config& config, const SqliteFile& file);

/// Makes the folder of a backup, for this user alone. FAILED_PRECONDITION, BACKUP_EXISTS, where there is something in it.
Result<void> make_backup_folder(const std::string& folder);
/// Lists the copies in the folder: a backup without its list is none, because it was not finished.
Result<void> write_manifest(const std::string& folder, const std::vector<SqliteFile>& files);
/// The names of the copies. FAILED_PRECONDITION, NO_BACKUP, where the folder is no backup.
Result<std::vector<std::string>> read_manifest(const std::string& folder);

/// Whether a database may be put in the place of the file. DATABASE_EXISTS where there is one, unless `force`.
Result<void> check_target(const SqliteFile& file, bool force);
/// Syncs a file to disk and makes it its owner's alone.
Result<void> sync_private(const std::string& path);
Error cannot_restore(const std::string& path, std::string_view why);

}  // namespace tw::app
