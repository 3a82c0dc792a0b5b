#include "kit/testing/temporary_database.hpp"

#include <cstdio>
#include <mutex>

namespace tw::test {

std::vector<std::string_view> available_databases() {
    std::vector<std::string_view> databases;
    for (const auto database : kDatabases) {
        if (database != kPostgres || PostgresServer::available()) databases.push_back(database);
    }
    static std::once_flag said;
    if (databases.size() < std::size(kDatabases)) {
        std::call_once(said, [] {
            std::fputs("no PostgreSQL server is installed (Debian: postgresql); these tests run on SQLite only\n", stderr);
        });
    }
    return databases;
}

}  // namespace tw::test
