#include "kit/simulation/sqlite_disk.hpp"
#include "kit/sql/simulated_vfs.hpp"
#include "tests/simulation/databases.hpp"
#include "tests/simulation/store_decorator.hpp"

#include <map>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

namespace tw::shop {
namespace {

using simulation::SqliteDisk;

/// A connection beside those of the process.
class Connection {
 public:
    explicit Connection(const std::string& path) {
        code_ = sqlite3_open_v2(path.c_str(), &database_, SQLITE_OPEN_READWRITE, sql::kSimulatedVfs);
    }
    ~Connection() {
        statements_.clear();
        sqlite3_close(database_);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    sqlite3* database() const { return database_; }
    /// Whether it could be opened.
    int code() const { return code_; }
    /// Returns the query, prepared. Null if it cannot be prepared.
    sqlite3_stmt* prepare(const std::string& query) {
        auto& kept = statements_[query];
        if (!kept && code_ == SQLITE_OK) {
            sqlite3_stmt* statement = nullptr;
            sqlite3_prepare_v2(database_, query.c_str(), -1, &statement, nullptr);
            kept.reset(statement);
        }
        return kept.get();
    }

 private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };

    sqlite3* database_ = nullptr;
    int code_ = SQLITE_OK;
    std::map<std::string, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;
};

/// The connections with which databases are read past everything under test. A connection stays open
/// for many reads, because SQLite reads the schema when it opens one, which takes longer than most
/// queries.
class Readers {
 public:
    explicit Readers(simulation::Simulation& simulation) : simulation_{simulation} {}

    Connection& to(const std::string& path) {
        auto& reader = readers_[path];
        if (!reader) reader = std::make_unique<Connection>(path);
        return *reader;
    }
    /// Closes the connection, so that a process that opens or closes the database is alone with it.
    void close(const std::string& path) {
        const simulation::Calm calm{simulation_.faults()};
        readers_.erase(path);
    }

 private:
    simulation::Simulation& simulation_;
    /// By path.
    std::map<std::string, std::unique_ptr<Connection>> readers_;
};

/// A store that the process closes last, because SQLite writes a checkpoint when the last connection
/// is closed.
class AloneStore final : public StoreDecorator {
 public:
    AloneStore(std::unique_ptr<sql::Store> store, Readers& readers, std::string path)
        : StoreDecorator{std::move(store)}, readers_{readers}, path_{std::move(path)} {}
    ~AloneStore() override { readers_.close(path_); }

 private:
    Readers& readers_;
    std::string path_;
};

/// A disk for each process, since an SQLite file belongs to one.
class SqliteDatabases final : public Databases {
 public:
    explicit SqliteDatabases(simulation::Simulation& simulation) : simulation_{simulation}, readers_{simulation} {}

    Result<std::unique_ptr<sql::Store>> open(std::string_view module, const std::string& process, WorkerPool& workers) override {
        auto& disk = disks_[process];
        if (!disk) disk = std::make_unique<SqliteDisk>(simulation_, process + " disk");
        const auto path = disk->path(std::string{module} + ".db");
        paths_[std::string{module}] = path;
        disk_of_[std::string{module}] = disk.get();
        readers_.close(path);
        auto store = sql::open_store("sqlite:" + path, workers);
        if (!store) return store;
        return std::make_unique<AloneStore>(std::move(*store), readers_, path);
    }

    void cut(const std::vector<std::string>& modules, const std::string& process) override {
        const auto disk = disks_.find(process);
        if (disk == disks_.end()) return;
        for (const auto& module : modules) {
            if (const auto path = paths_.find(module); path != paths_.end()) readers_.close(path->second);
        }
        // The process alone, or the machine with it.
        if (simulation_.faults().pick(2) == 0) {
            disk->second->kill_process();
        } else {
            simulation_.history().tell([&] { return disk->second->name() + " loses power"; });
            disk->second->crash();
        }
    }

    bool write(std::string_view module, const std::string& statement) override {
        const auto path = paths_.find(module);
        if (path == paths_.end()) return true;
        const simulation::Calm calm{simulation_.faults()};
        const Connection connection{path->second};
        char* why = nullptr;
        const int code = sqlite3_exec(connection.database(), statement.c_str(), nullptr, nullptr, &why);
        const std::string cause = why == nullptr ? "" : why;
        sqlite3_free(why);
        if (code != SQLITE_OK && code != SQLITE_BUSY) throw std::runtime_error{fmt::format("{}: {}", statement, cause)};
        return code == SQLITE_OK;
    }

    std::vector<Rows> read(std::string_view module, std::initializer_list<std::string> queries) const override {
        std::vector<Rows> answers;
        const auto path = paths_.find(module);
        if (path == paths_.end()) {
            answers.resize(queries.size());
            return answers;
        }
        const simulation::Calm calm{simulation_.faults()};
        auto& connection = readers_.to(path->second);
        for (const auto& query : queries) answers.push_back(rows_of(connection, query, nullptr));
        return answers;
    }

    bool busy(std::string_view module) const override {
        const auto disk = disk_of_.find(module);
        return disk != disk_of_.end() && disk->second->busy();
    }

    Rows rows_with(std::string_view module, const std::string& query, const std::string& parameter) const override {
        const auto path = paths_.find(module);
        if (path == paths_.end()) return {};
        const simulation::Calm calm{simulation_.faults()};
        return rows_of(readers_.to(path->second), query, &parameter);
    }

 private:
    static Rows rows_of(Connection& connection, const std::string& query, const std::string* parameter) {
        auto* const statement = connection.prepare(query);
        int code = statement == nullptr ? SQLITE_ERROR : SQLITE_OK;
        if (parameter != nullptr && statement != nullptr)
            sqlite3_bind_text64(statement, 1, parameter->data(), parameter->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
        Rows rows;
        while (statement != nullptr && (code = sqlite3_step(statement)) == SQLITE_ROW) rows.push_back(row_of(*statement));
        const std::string why = code == SQLITE_DONE ? "" : sqlite3_errmsg(connection.database());
        sqlite3_reset(statement);
        if (code != SQLITE_DONE) throw std::runtime_error{fmt::format("{}: {}", query, why)};
        return rows;
    }

    static Row row_of(sqlite3_stmt& statement) {
        Row row;
        const int columns = sqlite3_column_count(&statement);
        row.reserve(static_cast<std::size_t>(columns));
        for (int column = 0; column < columns; ++column) {
            const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(&statement, column));
            row.emplace_back(text == nullptr ? "" : text);
        }
        return row;
    }

    simulation::Simulation& simulation_;
    std::map<std::string, std::unique_ptr<SqliteDisk>> disks_;
    mutable Readers readers_;
    /// By module.
    std::map<std::string, std::string, std::less<>> paths_;
    /// By modules.
    std::map<std::string, SqliteDisk*, std::less<>> disk_of_;
};

}  // namespace

std::unique_ptr<Databases> make_sqlite_databases(simulation::Simulation& simulation) {
    return std::make_unique<SqliteDatabases>(simulation);
}

}  // namespace tw::shop
