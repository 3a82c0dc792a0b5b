#include "services/console/archive/database.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

namespace tw::console {
namespace {

// This VFS keeps the index of the write-ahead log in memory, and refuses other processes. The
// readers of this process then need no system calls to agree with the writer.
constexpr const char* kOneProcess = "unix-excl";

// What is kept can be sent again, so a commit does not wait for the disk. The end of the process
// loses nothing; the end of the machine may cost the file that is written to.
constexpr const char* kWriterPragmas =
    "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA secure_delete=OFF;"
    "PRAGMA temp_store=MEMORY; PRAGMA cell_size_check=ON; PRAGMA cache_size=-8192; PRAGMA wal_autocheckpoint=512;"
    "PRAGMA journal_size_limit=8388608; PRAGMA busy_timeout=5000;";
constexpr const char* kReaderPragmas =
    "PRAGMA temp_store=MEMORY; PRAGMA cell_size_check=ON; PRAGMA cache_size=-256; PRAGMA busy_timeout=2000;"
    "PRAGMA query_only=ON;";

/// Turns off SQLite's statistics of memory, which cost a lock of the whole process at each
/// allocation. The kit's driver does so too. Whoever is first must, as it is too late once a
/// connection was made.
void stop_memory_statistics() { [[maybe_unused]] static const int kCode = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

/// Makes a new file that only its owner can read, as it holds personal data.
void create_private_file(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file >= 0) ::close(file);
}

}  // namespace

bool Fault::damaged() const {
    const int kind = code & 0xff;
    return kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB;
}

Error Fault::error() const {
    const auto what = (code & 0xff) == SQLITE_FULL ? "the disk is full" : "the disk does not take or give data";
    return unavailable(fmt::format("the console cannot use its files: {}", what)).with_cause(text);
}

Rows::~Rows() {
    if (statement_ == nullptr) return;
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
}

bool Rows::next() { return statement_ != nullptr && database_->step(statement_); }

std::int64_t Rows::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view Rows::blob(int column) const {
    // The pointer is fetched before the length, as fetching it may convert the value.
    const auto* const bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Database::Database(const std::string& path, Role role) {
    stop_memory_statistics();
    if (role == Role::writer) create_private_file(path);
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int code = sqlite3_open_v2(path.c_str(), &handle_, flags, kOneProcess);
    if (code != SQLITE_OK) fail(code);
    run_script(role == Role::writer ? kWriterPragmas : kReaderPragmas);
}

Database::~Database() {
    statements_.clear();
    sqlite3_close_v2(handle_);
}

bool Database::run_script(const char* sql) {
    if (fault_) return false;
    if (const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr); code != SQLITE_OK) fail(code);
    return !fault_;
}

void Database::release_memory() { sqlite3_db_release_memory(handle_); }

sqlite3_stmt* Database::prepare(const char* sql) {
    if (fault_) return nullptr;
    auto& statement = statements_[sql];
    if (statement) return statement.get();
    sqlite3_stmt* compiled = nullptr;
    const int code = sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &compiled, nullptr);
    if (code != SQLITE_OK) fail(code);
    statement.reset(compiled);
    return compiled;
}

void Database::bind(sqlite3_stmt* statement, int index, std::int64_t value) {
    if (fault_) return;
    if (const int code = sqlite3_bind_int64(statement, index, value); code != SQLITE_OK) fail(code);
}

void Database::bind(sqlite3_stmt* statement, int index, std::string_view value) {
    if (fault_) return;
    const int code =
        sqlite3_bind_blob64(statement, index, value.data() == nullptr ? "" : value.data(), value.size(), SQLITE_STATIC);
    if (code != SQLITE_OK) fail(code);
}

void Database::bind(sqlite3_stmt* statement, int index, std::nullptr_t) {
    if (fault_) return;
    if (const int code = sqlite3_bind_null(statement, index); code != SQLITE_OK) fail(code);
}

bool Database::step(sqlite3_stmt* statement) {
    if (fault_) return false;
    const int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) fail(code);
    return false;
}

void Database::fail(int code) {
    if (fault_) return;
    const char* const message = handle_ == nullptr ? "out of memory" : sqlite3_errmsg(handle_);
    fault_ = Fault{code, fmt::format("SQLite {}: {}", code, message)};
}

void Database::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

}  // namespace tw::console
