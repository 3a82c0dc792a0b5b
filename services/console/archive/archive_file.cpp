#include "services/console/archive/archive_file.hpp"

#include <algorithm>
#include <utility>

namespace tw::console {

void FileContents::include(std::int64_t from_us, std::int64_t to_us) {
    first_us = first_us == 0 ? from_us : std::min(first_us, from_us);
    last_us = std::max(last_us, to_us);
}

bool FileContents::overlaps(std::int64_t from_us, std::int64_t to_us) const {
    return !empty() && last_us >= from_us && (to_us == 0 || first_us <= to_us);
}

FileContents read_contents(Database& database) {
    FileContents contents;
    auto rows = database.query("SELECT first_us, last_us, traces, spans, logs, begun_us, stored_us FROM contents WHERE id = 1");
    if (!rows.next()) return contents;
    contents.first_us = rows.integer(0);
    contents.last_us = rows.integer(1);
    contents.traces = rows.integer(2);
    contents.spans = rows.integer(3);
    contents.logs = rows.integer(4);
    contents.begun_us = rows.integer(5);
    contents.stored_us = rows.integer(6);
    return contents;
}

FileContents ArchiveFile::contents() const {
    const std::scoped_lock lock{mutex_};
    return contents_;
}

void ArchiveFile::set_contents(const FileContents& contents) {
    const std::scoped_lock lock{mutex_};
    contents_ = contents;
}

void ArchiveFile::close_idle_readers() {
    std::vector<std::unique_ptr<Reader>> closed;
    const std::scoped_lock lock{mutex_};
    idle_max_ = 0;
    closed.swap(idle_);
}

ReaderLease::ReaderLease(std::shared_ptr<ArchiveFile> file) : file_{std::move(file)} {
    {
        const std::scoped_lock lock{file_->mutex_};
        if (!file_->idle_.empty()) {
            reader_ = std::move(file_->idle_.back());
            file_->idle_.pop_back();
        }
    }
    if (reader_ == nullptr) reader_ = std::make_unique<ArchiveFile::Reader>(file_->path_);
    reader_->stored.trim();
}

ReaderLease::~ReaderLease() {
    if (const auto fault = reader_->database.take_fault()) {
        if (fault->damaged()) file_->mark_damaged();
        return;
    }
    // There are many files, and few of them are read again soon.
    reader_->stored.forget_pack();
    reader_->database.release_memory();
    const std::scoped_lock lock{file_->mutex_};
    if (file_->idle_.size() < file_->idle_max_) file_->idle_.push_back(std::move(reader_));
}

}  // namespace tw::console
