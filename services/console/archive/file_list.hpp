#pragma once

#include "kit/base/result.hpp"
#include "kit/telemetry/log.hpp"
#include "services/console/archive.hpp"
#include "services/console/archive/archive_file.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace tw::console {

using FilePtr = std::shared_ptr<ArchiveFile>;

/// The files of the archive's folder, which are numbered in the order of time. `newest_first` may
/// be called by any thread, the other functions by the writer's thread only.
class FileList {
 public:
    /// Locks the folder, makes it if it is not there, and opens its files. Files that cannot be
    /// read are set aside. Fails with FAILED_PRECONDITION: CONSOLE_FOLDER_IN_USE if another process
    /// has the folder, CONSOLE_FOLDER_UNUSABLE if it cannot be written.
    static Result<std::unique_ptr<FileList>> open(const ArchiveOptions& options, const telemetry::Logger& log);
    ~FileList();
    FileList(const FileList&) = delete;
    FileList& operator=(const FileList&) = delete;

    /// The files as they are now. They can be read for as long as the caller has them.
    std::vector<FilePtr> newest_first() const;
    /// The size of all files, with those that are set aside.
    std::int64_t bytes() const;

    /// The last file, if it may still be written to; otherwise null.
    FilePtr writable() const;
    /// Ends the last file: nothing more is written to it.
    void end_last() { last_ended_ = true; }
    /// Adds a new file at the end, without making it.
    FilePtr add();
    /// Renames a file to NUMBER.bad, and reports it.
    void set_aside(const FilePtr& file, std::string_view why);
    /// Sets aside the files that readers have found damaged. Returns whether there were any.
    bool set_aside_damaged();
    /// Removes the oldest files until the others keep to the limits of size and age. The last file
    /// stays.
    void remove_old(std::int64_t now_us);

 private:
    static constexpr std::size_t kFilesAtHand = 4;

    struct Aside {
        std::filesystem::path path;
        std::int64_t bytes = 0;
    };

    FileList(const ArchiveOptions& options, const telemetry::Logger& log) : options_{options}, log_{log} {}
    Result<void> lock_folder();
    void find_files();
    /// Only the newest files have readers at hand.
    void close_old_readers();
    void open_file(std::int64_t number);
    std::string path_of(std::int64_t number) const;
    void rename_aside(const std::string& path, std::string_view why);
    std::int64_t closed_bytes() const;

    ArchiveOptions options_;
    const telemetry::Logger& log_;
    int lock_file_ = -1;
    mutable std::mutex mutex_;
    /// The oldest first.
    std::vector<FilePtr> files_;
    std::vector<Aside> aside_;
    std::int64_t next_number_ = 1;
    bool last_ended_ = false;
};

}  // namespace tw::console
