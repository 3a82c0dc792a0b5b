#include "tests/simulation/databases.hpp"
#include <sqlite3.h>
#include <filesystem>
#include <unistd.h>
namespace tw::shop {
namespace {
class Temp final : public Databases {
 public:
    Temp() { folder_ = "/dev/shm/tw-sim-" + std::to_string(::getpid()); std::filesystem::remove_all(folder_); std::filesystem::create_directories(folder_); }
    ~Temp() override { std::filesystem::remove_all(folder_); }
    Result<std::unique_ptr<sql::Store>> open(std::string_view module, const std::string&, WorkerPool& workers) override {
        return sql::open_store("sqlite:" + folder_ + "/" + std::string{module} + ".db", workers);
    }
    void cut(const std::vector<std::string>&, const std::string&) override {}
    std::vector<Row> rows(std::string_view module, const std::string& query) const override {
        sqlite3* db = nullptr;
        sqlite3_open_v2((folder_ + "/" + std::string{module} + ".db").c_str(), &db, SQLITE_OPEN_READWRITE, nullptr);
        sqlite3_stmt* s = nullptr;
        std::vector<Row> out;
        if (sqlite3_prepare_v2(db, query.c_str(), -1, &s, nullptr) != SQLITE_OK) throw std::runtime_error{sqlite3_errmsg(db)};
        while (sqlite3_step(s) == SQLITE_ROW) {
            Row row;
            for (int i = 0; i < sqlite3_column_count(s); ++i) { auto* t = sqlite3_column_text(s, i); row.emplace_back(t ? (const char*)t : ""); }
            out.push_back(row);
        }
        sqlite3_finalize(s);
        sqlite3_close(db);
        return out;
    }
    std::string folder_;
};
}
std::unique_ptr<Databases> make_sqlite_databases(simulation::Simulation&) { return std::make_unique<Temp>(); }
std::unique_ptr<Databases> make_postgres_databases(simulation::Simulation&) { return std::make_unique<Temp>(); }
}
