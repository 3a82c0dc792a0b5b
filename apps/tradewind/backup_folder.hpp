#pragma once

#include "kit/runtime/config.hpp"
#include "kit/runtime/data_folder.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tw::app {

/// A SQLite database, and the modules that keep their data in it.
struct SqliteFile {
    std::string path;
    std::vector<std::string> modules;

    /// Returns the name of the copy.
    std::string name() const;
};

/// Returns the SQLite files of all modules, each file once. Fails with INVALID_ARGUMENT, reason
/// BAD_CONFIG, if two files have the same name in different folders, since their copies would be
/// one file.
Result<std::vector<SqliteFile>> sqlite_files(const runtime::Config& config);
/// Returns the modules whose data is not in SQLite.
std::vector<std::string> modules_elsewhere(const runtime::Config& config);

/// Makes sure that no process uses the file for as long as the returned locks exist. Fails with
/// reason DATA_FOLDER_IN_USE if a process does.
Result<std::vector<runtime::FolderLock>> lock_file(const runtime::Config& config, const SqliteFile& file);

/// Makes the folder of a backup, which only this user may access. Fails with FAILED_PRECONDITION,
/// reason BACKUP_EXISTS, if the folder is not empty.
Result<void> make_backup_folder(const std::string& folder);
/// Writes the list of copies into the folder, as the last step of a backup. A folder without the
/// list is not a backup.
Result<void> write_manifest(const std::string& folder, const std::vector<SqliteFile>& files);
/// Returns the names of the copies. Fails with FAILED_PRECONDITION, reason NO_BACKUP, if the folder
/// is not a backup.
Result<std::vector<std::string>> read_manifest(const std::string& folder);

/// Checks whether a database may be put in the place of the file. Fails with reason DATABASE_EXISTS
/// if the file exists, unless `force` is true.
Result<void> check_target(const SqliteFile& file, bool force);
/// Syncs a file to disk and makes it accessible only to its owner.
Result<void> sync_private(const std::string& path);
Error cannot_restore(const std::string& path, std::string_view why);

}  // namespace tw::app
