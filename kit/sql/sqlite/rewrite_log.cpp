#include "kit/sql/sqlite/rewrite_log.hpp"

#include "kit/sql/shared/errors.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <sqlite3.h>

namespace tw::sql {
namespace {

int rewrite(sqlite3_file& log) {
    // SQLite itself never asks for more bytes at once: its VFS for Unix accepts less than 128 KiB.
    constexpr sqlite3_int64 kChunkBytes = 65'536;
    sqlite3_int64 size = 0;
    int code = log.pMethods->xFileSize(&log, &size);
    if (code != SQLITE_OK || size == 0) return code;
    std::vector<char> chunk(static_cast<std::size_t>(std::min(kChunkBytes, size)));
    for (sqlite3_int64 at = 0; code == SQLITE_OK && at < size; at += kChunkBytes) {
        const auto bytes = static_cast<int>(std::min(kChunkBytes, size - at));
        code = log.pMethods->xRead(&log, chunk.data(), bytes, at);
        if (code == SQLITE_OK) code = log.pMethods->xWrite(&log, chunk.data(), bytes, at);
    }
    return code == SQLITE_OK ? log.pMethods->xSync(&log, SQLITE_SYNC_NORMAL) : code;
}

}  // namespace

Result<void> rewrite_log(sqlite3* database) {
    sqlite3_file* log = nullptr;
    const int asked = sqlite3_file_control(database, "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&log));
    if (asked != SQLITE_OK || log == nullptr || log->pMethods == nullptr) return {};
    if (const int code = rewrite(*log); code != SQLITE_OK) {
        return storage_failed(
            fmt::format("the write-ahead log cannot be made durable: {} (SQLite {})", sqlite3_errstr(code), code));
    }
    return {};
}

}  // namespace tw::sql
