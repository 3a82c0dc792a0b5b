#include "kit/sql/sqlite/sqlite_store.hpp"

#include "kit/async/loop_driver.hpp"
#include "kit/sql/reasons.hpp"
#include "kit/sql/shared/errors.hpp"
#include "kit/sql/sqlite/database_files.hpp"
#include "kit/sql/sqlite/migrate.hpp"
#include "kit/sql/sqlite/reader_pool.hpp"
#include "kit/sql/sqlite/sqlite_database.hpp"
#include "kit/sql/sqlite/writer.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <optional>
#include <string>
#include <system_error>
#include <type_traits>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tw::sql {
namespace {

/// A temporary folder that is removed with this object. A default-made object has none.
class TemporaryFolder {
 public:
    TemporaryFolder() = default;
    TemporaryFolder(TemporaryFolder&& other) noexcept : path_{std::exchange(other.path_, {})} {}
    TemporaryFolder& operator=(TemporaryFolder&&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
    }

    static Result<TemporaryFolder> make() {
        std::error_code error;
        // The folder is in memory if the system has such a folder.
        const std::filesystem::path memory{"/dev/shm"};
        const auto parent = ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path(error);
        std::string path = parent / "tw-sqlite-XXXXXX";
        if (error || ::mkdtemp(path.data()) == nullptr) return storage_failed("cannot make a folder for a temporary database");
        TemporaryFolder folder;
        folder.path_ = std::move(path);
        return folder;
    }
    const std::string& path() const { return path_; }

 private:
    std::string path_;
};

constexpr Statement kBeginReading{"BEGIN", "BEGIN"};
/// The first read of a transaction decides which state of the database it sees.
constexpr Statement kLook{"SELECT sqlite_schema", "SELECT count(*) FROM sqlite_schema"};

class SqliteSnapshot final : public Snapshot {
 public:
    static Result<std::unique_ptr<Snapshot>> begin(const std::string& path) {
        auto connection = Connection::open(path, Connection::Role::scan_reader);
        if (!connection) return std::move(connection).error();
        if (auto begun = (*connection)->query_row(kBeginReading); !begun) return std::move(begun).error();
        if (auto looked = (*connection)->query_row(kLook); !looked) return std::move(looked).error();
        return std::make_unique<SqliteSnapshot>(std::move(*connection));
    }
    explicit SqliteSnapshot(std::unique_ptr<Connection> connection) : connection_{std::move(connection)} {}

    Result<void> write_to(const std::string& path, const std::atomic<bool>& abandoned) override {
        return connection_->copy_to(path, abandoned);
    }

 private:
    std::unique_ptr<Connection> connection_;
};

/// The writer waits until this object is destroyed.
class WriterHold {
 public:
    ~WriterHold() { released_.set_value(); }
    std::future<void> released() { return released_.get_future(); }

 private:
    std::promise<void> released_;
};

class SqliteStore final : public Store {
 public:
    SqliteStore(std::string path, TemporaryFolder folder, std::unique_ptr<Connection> connection, WorkerPool& workers)
        : folder_{std::move(folder)},
          path_{std::move(path)},
          files_{path_},
          workers_{workers},
          readers_{std::make_shared<ReaderPool>(path_)},
          writer_{std::move(connection)} {}

    /// The writer syncs each commit, whatever the file.
    Result<void> check_durability() override { return {}; }

    std::unique_ptr<Database> connect(EventLoop& loop, telemetry::Telemetry telemetry) override {
        auto reader = Connection::open(path_, Connection::Role::loop_reader);
        DatabaseName name{.system = "sqlite", .name_space = std::filesystem::path{path_}.filename()};
        return std::make_unique<SqliteDatabase>(loop, telemetry, std::move(name), writer_, workers_, readers_,
                                                reader ? std::move(*reader) : nullptr);
    }

    Result<void> health() const override {
        // The files are checked before the next write, since everything that is written after they
        // were deleted is lost.
        if (auto there = files_.check(); !there) return there;
        return writer_.health().get();
    }
    StoreStats stats() const override { return writer_.stats(); }

    Result<std::shared_ptr<void>> hold_writes() override {
        // A simulation has only one thread, which would wait for itself.
        if (LoopDriver::current() != nullptr) return Error{Code::unimplemented, "SIMULATED", "a simulation makes no copies"};
        constexpr std::chrono::seconds kWaitMax{10};
        auto hold = std::make_shared<WriterHold>();
        auto held = std::make_shared<std::promise<void>>();
        auto ready = held->get_future();
        Writer::Work item{Writer::Exclusive{[held, released = hold->released()](Connection&) {
            held->set_value();
            released.wait();
        }}};
        writer_.submit(std::span{&item, 1});
        if (ready.wait_for(kWaitMax) != std::future_status::ready) return database_busy("the writer is still busy");
        return std::shared_ptr<void>{std::move(hold)};
    }
    Result<std::unique_ptr<Snapshot>> snapshot() override { return SqliteSnapshot::begin(path_); }

 private:
    Result<void> do_migrate(const Schema& schema) override {
        return on_writer([&](Connection& connection) { return apply_migrations(connection, schema); });
    }
    Result<std::vector<MigrationState>> do_migrations(const Schema& schema) override {
        return on_writer([&](Connection& connection) { return list_migrations(connection, schema); });
    }

    /// Runs `work` on the writer and waits for the result.
    template <class Work>
    std::invoke_result_t<Work&, Connection&> on_writer(Work work) {
        std::optional<std::invoke_result_t<Work&, Connection&>> answer;
        auto done = writer_.do_exclusively([&](Connection& connection) { answer = work(connection); });
        if (!done) return std::move(done).error();
        return std::move(*answer);
    }

    TemporaryFolder folder_;
    std::string path_;
    DatabaseFiles files_;
    WorkerPool& workers_;
    std::shared_ptr<ReaderPool> readers_;
    Writer writer_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite_store(std::string_view path, WorkerPool& workers) {
    std::string file{path};
    TemporaryFolder folder;
    if (path.empty())
        return Error{Code::invalid_argument, reason::kUnknownDatabase, "sqlite: has no file name; write sqlite:PATH"};
    if (path == ":memory:") {
        auto made = TemporaryFolder::make();
        if (!made) return made.error();
        file = made->path() + "/memory.db";
        auto connection = Connection::open(file, Connection::Role::writer);
        if (!connection) return std::move(connection.error());
        return std::make_unique<SqliteStore>(std::move(file), std::move(*made), std::move(*connection), workers);
    }
    auto connection = Connection::open(file, Connection::Role::writer);
    if (!connection) {
        auto error = std::move(connection.error());
        const auto why = error.reason() == reason::kDatabaseBusy ? std::string{"another process uses it"} : error.cause();
        return std::move(error).with_detail(fmt::format("cannot open the database {}: {}", path, why));
    }
    return std::make_unique<SqliteStore>(std::move(file), TemporaryFolder{}, std::move(*connection), workers);
}

}  // namespace tw::sql
