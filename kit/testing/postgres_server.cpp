#include "kit/testing/postgres_server.hpp"

#include "kit/testing/child_process.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <vector>

#include <libpq-fe.h>

namespace tw::test {
namespace {

constexpr std::string_view kFolderPrefix = "tw-postgres-";
constexpr const char* kUser = "tw";

/// Returns the folder of PostgreSQL's programs, or nothing where there are none.
std::string folder_of_programs() {
    const char* chosen = std::getenv("TW_POSTGRES_BIN");
    std::string folder = chosen != nullptr ? chosen : output_of("pg_config --bindir 2>/dev/null");
    return ::access((folder + "/postgres").c_str(), X_OK) == 0 ? folder : std::string{};
}

std::string find_programs() {
    auto folder = folder_of_programs();
    if (folder.empty()) {
        throw std::runtime_error{
            "these tests need PostgreSQL's server: install the package postgresql, or name the folder of its programs in "
            "TW_POSTGRES_BIN"};
    }
    return folder;
}

/// Removes the folders of test programs that were killed. A folder's name contains the id of its
/// process.
void remove_leftovers(const std::filesystem::path& parent) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator{parent, ignored}) {
        const auto name = entry.path().filename().string();
        if (!name.starts_with(kFolderPrefix)) continue;
        const auto owner = std::atoi(name.c_str() + kFolderPrefix.size());
        if (owner > 0 && ::kill(owner, 0) != 0 && errno == ESRCH) std::filesystem::remove_all(entry.path(), ignored);
    }
}

std::string make_folder() {
    const auto parent = std::filesystem::temp_directory_path();
    remove_leftovers(parent);
    std::string path = parent / (std::string{kFolderPrefix} + std::to_string(::getpid()) + "-XXXXXX");
    if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error{"cannot make " + path};
    give_to_child_user(path);
    return path;
}

}  // namespace

bool PostgresServer::available() { return !folder_of_programs().empty(); }

PostgresServer& PostgresServer::shared() {
    static PostgresServer server;
    return server;
}

PostgresServer::PostgresServer() : programs_{find_programs()}, folder_{make_folder()} {
    initialise();
    start();
}

PostgresServer::~PostgresServer() {
    crash();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void PostgresServer::initialise() {
    const auto data = folder_ + "/data";
    const auto done = run_child({programs_ + "/initdb", "-D", data, "-U", kUser, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
                                 "--no-sync", "--no-instructions"},
                                folder_ + "/initdb.log");
    if (done != 0) throw std::runtime_error{"initdb failed; see " + folder_ + "/initdb.log"};
    std::ofstream rules{data + "/pg_hba.conf"};
    rules << "host all locked 127.0.0.1/32 scram-sha-256\nhost all barred 127.0.0.1/32 reject\nhost all all 127.0.0.1/32 trust\n";
    std::ofstream settings{data + "/postgresql.auto.conf", std::ios::app};
    settings << "listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\nmax_connections = 200\nshared_buffers = '32MB'\n"
                "fsync = on\nfull_page_writes = on\nsynchronous_commit = on\nlog_min_messages = log\n";
}

void PostgresServer::start() {
    // After a crash the port stays the same, so that clients can connect to it again.
    if (port_ == 0) port_ = free_port();
    pid_ = start_child({programs_ + "/postgres", "-D", folder_ + "/data", "-p", std::to_string(port_)}, folder_ + "/log");
    const auto conninfo = "host=127.0.0.1 dbname=postgres user=tw connect_timeout=2 port=" + std::to_string(port_);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (PQping(conninfo.c_str()) != PQPING_OK) {
        if (has_ended(pid_) || std::chrono::steady_clock::now() > until) {
            throw std::runtime_error{"PostgreSQL does not start:\n" + log()};
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
}

void PostgresServer::crash() {
    // SIGQUIT causes an immediate shutdown, in which the server waits for its own children.
    end_child(pid_, SIGQUIT);
    pid_ = -1;
}

std::string PostgresServer::log() const {
    std::ifstream file{folder_ + "/log"};
    return {std::istreambuf_iterator<char>{file}, {}};
}

std::string PostgresServer::run(const std::string& sql) {
    const auto finish = [](PGconn* connection) { PQfinish(connection); };
    const std::unique_ptr<PGconn, decltype(finish)> connection{PQconnectdb(url_of(kUser, "postgres").c_str()), finish};
    const auto clear = [](PGresult* result) { PQclear(result); };
    const std::unique_ptr<PGresult, decltype(clear)> result{PQexec(connection.get(), sql.c_str()), clear};
    const auto status = PQresultStatus(result.get());
    if (status == PGRES_COMMAND_OK) return {};
    if (status != PGRES_TUPLES_OK) throw std::runtime_error{sql + ": " + PQerrorMessage(connection.get())};
    return PQntuples(result.get()) == 0 ? std::string{} : PQgetvalue(result.get(), 0, 0);
}

std::string PostgresServer::url_of(std::string_view user_and_password, std::string_view database) const {
    return "postgresql://" + std::string{user_and_password} + "@127.0.0.1:" + std::to_string(port_) + "/" + std::string{database};
}

std::string PostgresServer::empty_database() { return empty_database(port_); }

std::string PostgresServer::empty_database(std::uint16_t port) {
    const auto name = "test_" + std::to_string(++schemas_);
    run("CREATE SCHEMA " + name);
    return "postgresql://tw@127.0.0.1:" + std::to_string(port) + "/postgres?options=-csearch_path%3D" + name;
}

}  // namespace tw::test
