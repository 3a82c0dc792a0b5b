#include "kit/sql/sqlite/connection.hpp"

#include "kit/sql/script.hpp"
#include "kit/sql/shared/errors.hpp"
#include "kit/sql/simulated_vfs.hpp"
#include "kit/sql/sqlite/copy_file.hpp"
#include "kit/sql/sqlite/rewrite_log.hpp"
#include "kit/sql/sqlite/sqlite_error.hpp"

#include <algorithm>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

namespace tw::sql {
namespace {

// This VFS locks the file for this process once, and keeps the log's index in memory instead of a
// shared file. The connections of the process then need no system calls to agree, which halves the
// cost of a point read. A second process is refused.
constexpr const char* kOneProcessVfs = "unix-excl";

constexpr int kProgressSteps = 1000;
// Statements are constants, so there are as many as the program has. The bound protects against a
// program that breaks that rule.
constexpr std::size_t kPreparedMax = 512;

constexpr std::string_view kCommonPragmas =
    "PRAGMA trusted_schema=OFF;"
    "PRAGMA cell_size_check=ON;"
    "PRAGMA foreign_keys=ON;"
    "PRAGMA temp_store=MEMORY;"
    // Memory mapping is off, since an I/O error would arrive as a signal instead of an error code.
    "PRAGMA mmap_size=0;";

std::string pragmas(Connection::Role role) {
    std::string text{kCommonPragmas};
    switch (role) {
        case Connection::Role::writer:
            // A negative cache size is in KiB. The log shrinks to its limit when it starts anew.
            return text +
                   "PRAGMA busy_timeout=5000; PRAGMA synchronous=FULL; PRAGMA cache_size=-2048; PRAGMA "
                   "journal_size_limit=16777216;";
        case Connection::Role::loop_reader:
            return text + "PRAGMA busy_timeout=0; PRAGMA query_only=ON; PRAGMA cache_size=-2048;";
        case Connection::Role::scan_reader:
            break;
    }
    return text + "PRAGMA busy_timeout=2000; PRAGMA query_only=ON; PRAGMA cache_size=-512;";
}

/// Turns off SQLite's statistics of memory. They cost a lock of the whole process at each
/// allocation, and nothing reads them. This must be called before the first connection is made.
void forgo_memory_statistics() { [[maybe_unused]] static const int kCode = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

/// Makes a new file that only its owner can read, as it holds personal data. SQLite gives the log
/// the same permissions.
void create_private(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file >= 0) ::close(file);
}

}  // namespace

/// One run of a prepared statement. It is bound when the run begins and reset when it ends, so that
/// no read transaction stays open.
class Connection::Run {
 public:
    Run(Connection& connection, const Prepared& prepared, const Limit& limit) : connection_{connection}, prepared_{prepared} {
        connection_.limit_ = limit;
        connection_.kilo_steps_ = 0;
    }
    ~Run() {
        sqlite3_reset(prepared_.handle());
        sqlite3_clear_bindings(prepared_.handle());
        connection_.limit_ = {};
    }
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    Result<void> bind(const Statement& statement, std::span<const Value> parameters) {
        return prepared_.bind(connection_.handle_, statement, parameters);
    }
    /// Returns whether there is another row.
    Result<bool> step(const Statement& statement) {
        const int code = sqlite3_step(prepared_.handle());
        if (code == SQLITE_ROW) return true;
        if (code == SQLITE_DONE) return false;
        return sqlite_error(connection_.handle_, statement.text);
    }

 private:
    Connection& connection_;
    const Prepared& prepared_;
};

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, Role role) {
    forgo_memory_statistics();
    const bool simulated = is_simulated(path);
    if (role == Role::writer && !simulated) create_private(path);
    sqlite3* handle = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int code = sqlite3_open_v2(path.c_str(), &handle, flags, simulated ? kSimulatedVfs : kOneProcessVfs);
    if (handle == nullptr) return internal("out of memory while opening SQLite");
    std::unique_ptr<Connection> connection{new Connection{handle, role, path}};
    if (code != SQLITE_OK) return sqlite_error(handle, path);
    if (auto configured = connection->configure(); !configured) return configured.error();
    return connection;
}

Connection::Connection(sqlite3* handle, Role role, const std::string& path)
    : handle_{handle}, role_{role}, simulated_{is_simulated(path)}, files_{path} {}

Connection::~Connection() {
    prepared_.clear();
    sqlite3_close_v2(handle_);
}

Result<void> Connection::configure() {
    sqlite3_progress_handler(handle_, kProgressSteps, &Connection::on_progress, this);
    // With these settings "text" is always an identifier, as in PostgreSQL, even if no such column
    // exists.
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    if (role_ != Role::writer) return run_script(pragmas(role_));

    // The journal mode is set before the time to wait for locks, since another process keeps its
    // lock for as long as it runs.
    static constexpr Statement kWal{"PRAGMA journal_mode", "PRAGMA journal_mode=WAL"};
    // The query runs to its end: SQLite returns the row before it has committed the change, which
    // may fail.
    const auto mode = query(kWal);
    if (!mode) return mode.error();
    if (mode->empty() || mode->front().get<std::string>(0) != "wal")
        return storage_failed("the file system does not support SQLite's write-ahead log");
    if (auto durable = rewrite_log(handle_); !durable) return durable;
    // This hook replaces automatic checkpoints, which would happen inside of commits. The writer
    // makes checkpoints between them.
    sqlite3_wal_hook(handle_, &Connection::on_commit, this);
    return run_script(pragmas(role_));
}

int Connection::on_progress(void* self) {
    auto& connection = *static_cast<Connection*>(self);
    const auto& limit = connection.limit_;
    if (++connection.kilo_steps_ > limit.kilo_steps_max) return 1;
    if (limit.abandoned != nullptr && limit.abandoned->load(std::memory_order_relaxed)) return 1;
    return limit.until != SteadyTime::max() && steady_now() >= limit.until ? 1 : 0;
}

int Connection::on_commit(void* self, sqlite3*, const char*, int pages) {
    static_cast<Connection*>(self)->wal_pages_ = pages;
    return SQLITE_OK;
}

Result<const Prepared*> Connection::prepare(const Statement& statement) {
    const auto found = prepared_.find(&statement);
    // The text is compared too: a Statement that was not a constant may have left its address to
    // another.
    if (found != prepared_.end() && found->second.is_of(statement)) return &found->second;
    auto compiled = Prepared::compile(handle_, statement);
    if (!compiled) return compiled.error();
    if (role_ != Role::writer && !compiled->read_only()) {
        return internal(fmt::format("a read was asked for, but this writes: {}", statement.text));
    }
    if (prepared_.size() >= kPreparedMax) prepared_.clear();
    return &prepared_.insert_or_assign(&statement, std::move(*compiled)).first->second;
}

Result<Rows> Connection::query(const Statement& statement, std::span<const Value> parameters, const Limit& limit) {
    const auto prepared = prepare(statement);
    if (!prepared) return prepared.error();
    Run run{*this, **prepared, limit};
    if (auto bound = run.bind(statement, parameters); !bound) return bound.error();
    Rows rows;
    while (true) {
        const auto more = run.step(statement);
        if (!more) return more.error();
        if (!*more) return rows;
        rows.push_back((*prepared)->read_row());
    }
}

Result<void> Connection::visit(const Statement& statement, const std::function<Result<void>(const Row&)>& use) {
    const auto prepared = prepare(statement);
    if (!prepared) return prepared.error();
    Run run{*this, **prepared, {}};
    while (true) {
        const auto more = run.step(statement);
        if (!more) return more.error();
        if (!*more) return {};
        if (auto used = use((*prepared)->read_row()); !used) return used;
    }
}

Result<std::optional<Row>> Connection::query_row(const Statement& statement, std::span<const Value> parameters,
                                                 const Limit& limit) {
    const auto prepared = prepare(statement);
    if (!prepared) return prepared.error();
    Run run{*this, **prepared, limit};
    if (auto bound = run.bind(statement, parameters); !bound) return bound.error();
    const auto more = run.step(statement);
    if (!more) return more.error();
    if (!*more) return std::optional<Row>{};
    return std::optional<Row>{(*prepared)->read_row()};
}

Result<std::int64_t> Connection::execute(const Statement& statement, std::span<const Value> parameters, const Limit& limit) {
    const auto prepared = prepare(statement);
    if (!prepared) return prepared.error();
    Run run{*this, **prepared, limit};
    if (auto bound = run.bind(statement, parameters); !bound) return bound.error();
    const auto before = sqlite3_total_changes64(handle_);
    while (true) {
        const auto more = run.step(statement);
        if (!more) return more.error();
        if (!*more) break;
    }
    // sqlite3_changes keeps its old value after a statement that cannot change rows.
    return sqlite3_total_changes64(handle_) == before ? 0 : sqlite3_changes64(handle_);
}

Result<void> Connection::run_script(const std::string& text) {
    const char* rest = text.c_str();
    const char* const end = rest + text.size();
    while (rest < end) {
        const char* const begin = rest;
        sqlite3_stmt* handle = nullptr;
        int code = sqlite3_prepare_v2(handle_, begin, static_cast<int>(end - begin), &handle, &rest);
        while (code == SQLITE_OK || code == SQLITE_ROW) {
            // A text of blanks and comments only makes no statement.
            code = handle == nullptr ? SQLITE_DONE : sqlite3_step(handle);
        }
        sqlite3_finalize(handle);
        if (code != SQLITE_DONE) return script_failure(text, static_cast<std::size_t>(begin - text.c_str()));
    }
    return {};
}

/// Makes the error of the statement at `begin`. The line comes before SQLite's message, and the
/// statement's text after it.
Error Connection::script_failure(const std::string& script, std::size_t begin) const {
    // The text that SQLite got for a statement includes the blanks and comments before it.
    const auto all = split_script(script);
    const auto found = std::ranges::find_if(all, [begin](const auto& statement) { return statement.offset >= begin; });
    const auto statement = found == all.end() ? statement_at(script, begin) : *found;
    auto error = sqlite_error(handle_, statement.summary());
    auto cause = fmt::format("line {}: {}", statement.line, error.cause());
    return std::move(error).with_cause(std::move(cause));
}

Result<void> Connection::copy_to(const std::string& path, const std::atomic<bool>& abandoned) {
    return copy_to_file(handle_, path, abandoned);
}

bool Connection::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

Result<void> Connection::checkpoint(Checkpoint mode) {
    const int how = mode == Checkpoint::truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
    if (sqlite3_wal_checkpoint_v2(handle_, nullptr, how, nullptr, nullptr) != SQLITE_OK)
        return sqlite_error(handle_, "checkpoint");
    return {};
}

SteadyTime Connection::busy_until() const {
    auto until = SteadyTime::min();
    if (simulated_) sqlite3_file_control(handle_, "main", kBusyUntilControl, &until);
    return until;
}

}  // namespace tw::sql
