#include "kit/simulation/sqlite_disk.hpp"
#include "kit/sql/simulated_vfs.hpp"
#include "tests/simulation/databases.hpp"

#include <map>
#include <stdexcept>

#include <fmt/format.h>
#include <sqlite3.h>

namespace tw::shop {
namespace {

using simulation::SqliteDisk;

/// A disk for each process, since an SQLite file belongs to one.
class SqliteDatabases final : public Databases {
 public:
    explicit SqliteDatabases(simulation::Simulation& simulation) : simulation_{simulation} {}

    Result<std::unique_ptr<sql::Store>> open(std::string_view module, const std::string& process, WorkerPool& workers) override {
        auto& disk = disks_[process];
        if (!disk) disk = std::make_unique<SqliteDisk>(simulation_, process + " disk");
        const auto path = disk->path(std::string{module} + ".db");
        paths_[std::string{module}] = path;
        return sql::open_store("sqlite:" + path, workers);
    }

    void cut(const std::vector<std::string>&, const std::string& process) override {
        const auto disk = disks_.find(process);
        if (disk == disks_.end()) return;
        // The process alone, or the machine with it.
        if (simulation_.faults().pick(2) == 0) {
            disk->second->kill_process();
        } else {
            simulation_.history().tell([&] { return disk->second->name() + " loses power"; });
            disk->second->crash();
        }
    }

    void write(std::string_view module, const std::string& statement) override { static_cast<void>(rows(module, statement)); }

    std::vector<Rows> read(std::string_view module, std::initializer_list<std::string> queries) const override {
        std::vector<Rows> answers;
        const auto path = paths_.find(module);
        if (path == paths_.end()) {
            answers.resize(queries.size());
            return answers;
        }
        const simulation::Calm calm{simulation_.faults()};
        // One connection for all: to open one and to read its schema takes longer than most queries.
        const Connection connection{path->second};
        for (const auto& query : queries) answers.push_back(rows_of(connection, query));
        return answers;
    }

 private:
    /// A connection beside those of the process.
    class Connection {
     public:
        explicit Connection(const std::string& path) {
            code_ = sqlite3_open_v2(path.c_str(), &database_, SQLITE_OPEN_READWRITE, sql::kSimulatedVfs);
        }
        ~Connection() { sqlite3_close(database_); }
        Connection(const Connection&) = delete;
        Connection& operator=(const Connection&) = delete;

        sqlite3* database() const { return database_; }
        /// Whether it could be opened.
        int code() const { return code_; }

     private:
        sqlite3* database_ = nullptr;
        int code_ = SQLITE_OK;
    };

    static Rows rows_of(const Connection& connection, const std::string& query) {
        sqlite3_stmt* statement = nullptr;
        Rows rows;
        int code = connection.code();
        if (code == SQLITE_OK) code = sqlite3_prepare_v2(connection.database(), query.c_str(), -1, &statement, nullptr);
        if (code == SQLITE_OK) {
            while ((code = sqlite3_step(statement)) == SQLITE_ROW) rows.push_back(row_of(*statement));
        }
        const std::string why = sqlite3_errmsg(connection.database());
        sqlite3_finalize(statement);
        if (code != SQLITE_DONE) throw std::runtime_error{fmt::format("{}: {}", query, why)};
        return rows;
    }

    static Row row_of(sqlite3_stmt& statement) {
        Row row;
        for (int column = 0; column < sqlite3_column_count(&statement); ++column) {
            const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(&statement, column));
            row.emplace_back(text == nullptr ? "" : text);
        }
        return row;
    }

    simulation::Simulation& simulation_;
    std::map<std::string, std::unique_ptr<SqliteDisk>> disks_;
    /// By module.
    std::map<std::string, std::string, std::less<>> paths_;
};

}  // namespace

std::unique_ptr<Databases> make_sqlite_databases(simulation::Simulation& simulation) {
    return std::make_unique<SqliteDatabases>(simulation);
}

}  // namespace tw::shop
