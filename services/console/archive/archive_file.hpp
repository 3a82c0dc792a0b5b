#pragma once

#include "services/console/archive/database.hpp"
#include "services/console/archive/stored.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tw::console {

/// How much a file has, and of which time. The times of its records are 0 if it is empty.
struct FileContents {
    std::int64_t first_us = 0;
    std::int64_t last_us = 0;
    std::int64_t traces = 0;
    std::int64_t spans = 0;
    std::int64_t logs = 0;
    std::int64_t bytes = 0;
    /// When the file was made, and when something was stored in it last.
    std::int64_t begun_us = 0;
    std::int64_t stored_us = 0;

    bool empty() const { return spans == 0 && logs == 0; }
    void include(std::int64_t from_us, std::int64_t to_us);
    /// Whether some of it may be between these times; 0 as `to_us` means now.
    bool overlaps(std::int64_t from_us, std::int64_t to_us) const;
};

/// Reads what is said of the contents.
FileContents read_contents(Database& database);

/// One of the archive's files. Thread-safe.
class ArchiveFile {
 public:
    struct Reader {
        explicit Reader(const std::string& path) : database{path, Database::Role::reader} {}

        Database database;
        StoredReader stored{database};
    };

    ArchiveFile(std::int64_t number, std::string path) : number_{number}, path_{std::move(path)} {}

    /// A later file has a greater number.
    std::int64_t number() const { return number_; }
    const std::string& path() const { return path_; }

    FileContents contents() const;
    void set_contents(const FileContents& contents);

    /// Keeps no connections between questions from now on. Each of them has memory of its own, and
    /// an older file is asked seldom.
    void close_idle_readers();

    /// A reader has found that the file is damaged. Nothing more is read from it, and the writer
    /// will set it aside.
    bool damaged() const { return damaged_; }
    void mark_damaged() { damaged_ = true; }

 private:
    friend class ReaderLease;

    const std::int64_t number_;
    const std::string path_;
    std::atomic<bool> damaged_{false};
    mutable std::mutex mutex_;
    FileContents contents_;
    std::vector<std::unique_ptr<Reader>> idle_;
    std::size_t idle_max_ = 2;
};

/// A reader's connection to a file, for as long as the lease lives. If the file turns out to be
/// damaged meanwhile, the file is marked.
class ReaderLease {
 public:
    explicit ReaderLease(std::shared_ptr<ArchiveFile> file);
    ~ReaderLease();
    ReaderLease(const ReaderLease&) = delete;
    ReaderLease& operator=(const ReaderLease&) = delete;

    Database& database() { return reader_->database; }
    StoredReader& stored() { return reader_->stored; }

 private:
    std::shared_ptr<ArchiveFile> file_;
    std::unique_ptr<ArchiveFile::Reader> reader_;
};

}  // namespace tw::console
