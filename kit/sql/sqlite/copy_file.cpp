#include "kit/sql/sqlite/copy_file.hpp"

#include "kit/sql/backup.hpp"
#include "kit/sql/reasons.hpp"
#include "kit/sql/sqlite/sqlite_error.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <unistd.h>

#include <fmt/format.h>
#include <sqlite3.h>

namespace tw::sql {
namespace {

/// How many pages are copied between two checks of `abandoned`.
constexpr int kPagesAtATime = 1024;

struct CloseDatabase {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
using DatabaseHandle = std::unique_ptr<sqlite3, CloseDatabase>;

Error cannot_write(const std::string& path, std::string_view why) {
    return Error{Code::unavailable, reason::kBackupFailed, fmt::format("cannot write {}: {}", path, why)};
}

/// A file under a temporary name. It is removed on destruction unless it got its final name.
class Draft {
 public:
    explicit Draft(const std::string& path) : name_{path}, draft_{path + ".part"} {}
    ~Draft() {
        if (!named_) ::unlink(draft_.c_str());
    }
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;

    const std::string& path() const { return draft_; }

    /// Creates an empty file that only its owner can read, since it holds personal data.
    Result<void> create() const {
        ::unlink(draft_.c_str());
        const int file = ::open(draft_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (file < 0) return cannot_write(name_, std::strerror(errno));
        ::close(file);
        return {};
    }
    /// Syncs the file and its folder, and gives the file its final name.
    Result<void> give_name() {
        const int file = ::open(draft_.c_str(), O_RDONLY | O_CLOEXEC);
        const bool synced = file >= 0 && ::fsync(file) == 0;
        const int why = errno;
        if (file >= 0) ::close(file);
        if (!synced) return cannot_write(name_, std::strerror(why));
        if (::rename(draft_.c_str(), name_.c_str()) != 0) return cannot_write(name_, std::strerror(errno));
        named_ = true;
        const auto folder = std::filesystem::path{name_}.parent_path();
        const int opened = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (opened < 0) return cannot_write(name_, std::strerror(errno));
        const bool folder_synced = ::fsync(opened) == 0;
        ::close(opened);
        return folder_synced ? Result<void>{} : cannot_write(name_, "the folder cannot be synced");
    }

 private:
    std::string name_;
    std::string draft_;
    bool named_ = false;
};

Result<DatabaseHandle> open_plain(const std::string& path, int flags) {
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, "unix");
    DatabaseHandle database{handle};
    if (!database) return internal("out of memory while opening SQLite");
    if (code != SQLITE_OK) return sqlite_error(handle, path);
    return database;
}

Result<void> copy_pages(sqlite3* source, sqlite3* target, const std::string& path, const std::atomic<bool>& abandoned) {
    sqlite3_backup* const backup = sqlite3_backup_init(target, "main", source, "main");
    if (backup == nullptr) return cannot_write(path, sqlite3_errmsg(target));
    int code = SQLITE_OK;
    while (code == SQLITE_OK && !abandoned.load(std::memory_order_relaxed)) code = sqlite3_backup_step(backup, kPagesAtATime);
    const int ended = sqlite3_backup_finish(backup);
    if (code == SQLITE_OK)
        return Error{Code::cancelled, reason::kInterrupted, "the backup was stopped because the process is ending"};
    if (code != SQLITE_DONE || ended != SQLITE_OK) return cannot_write(path, sqlite3_errstr(code != SQLITE_DONE ? code : ended));
    return {};
}

/// Keeps the first column of the first row.
int keep_first(void* out, int columns, char** values, char**) {
    auto& text = *static_cast<std::string*>(out);
    if (text.empty() && columns > 0 && values[0] != nullptr) text = values[0];
    return 0;
}

Result<void> check(sqlite3* database, const std::string& path) {
    std::string said;
    const int code = sqlite3_exec(database, "PRAGMA quick_check(1)", &keep_first, &said, nullptr);
    if (code == SQLITE_OK && said == "ok") return {};
    return Error{
        Code::data_loss, "BACKUP_DAMAGED",
        fmt::format("{} is not a complete SQLite database: {}", path, said.empty() ? sqlite3_errmsg(database) : said.c_str())};
}

}  // namespace

Result<void> copy_to_file(sqlite3* source, const std::string& path, const std::atomic<bool>& abandoned) {
    Draft draft{path};
    if (auto created = draft.create(); !created) return created;
    {
        const auto target = open_plain(draft.path(), SQLITE_OPEN_READWRITE);
        if (!target) return target.error();
        if (auto copied = copy_pages(source, target->get(), path, abandoned); !copied) return copied;
        // The copy is one file that can be moved around, without a log beside it.
        std::string mode;
        if (sqlite3_exec(target->get(), "PRAGMA journal_mode=DELETE", &keep_first, &mode, nullptr) != SQLITE_OK ||
            mode != "delete") {
            return cannot_write(path, sqlite3_errmsg(target->get()));
        }
        if (auto whole = check(target->get(), path); !whole) return whole;
    }
    return draft.give_name();
}

Result<void> check_backup(const std::string& path) {
    const auto database = open_plain(path, SQLITE_OPEN_READONLY);
    if (!database) return database.error();
    return check(database->get(), path);
}

}  // namespace tw::sql
