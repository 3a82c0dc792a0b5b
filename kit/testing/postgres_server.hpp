#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>

namespace tw::test {

/// A PostgreSQL server for this test program alone, on a free port of loopback, in a folder that is
/// removed with it. It syncs to disk as in production. Its programs come from TW_POSTGRES_BIN or,
/// if that is unset, from `pg_config --bindir`. The server is killed when the test program ends, in
/// whatever way. Throws if there is no server to start, so that no test is skipped unnoticed.
class PostgresServer {
 public:
    /// Whether the machine has a server to start.
    static bool available();
    /// Returns the server of the whole test program, started at first use.
    static PostgresServer& shared();

    PostgresServer();
    ~PostgresServer();
    PostgresServer(const PostgresServer&) = delete;
    PostgresServer& operator=(const PostgresServer&) = delete;

    /// Returns the URL of an empty database. It is a schema of its own, which takes a hundredth of
    /// the time of CREATE DATABASE.
    std::string empty_database();
    /// Returns the URL of an empty database, with another port such as a proxy's.
    std::string empty_database(std::uint16_t port);
    /// Returns a URL. The role "locked" needs the password "open sesame"; every other role needs
    /// none.
    std::string url_of(std::string_view user_and_password, std::string_view database) const;
    std::uint16_t port() const { return port_; }

    /// Runs SQL as superuser. Returns the first column of the first row, if there is a row. Throws
    /// if the SQL fails.
    std::string run(const std::string& sql);
    /// Returns what the server has logged so far.
    std::string log() const;

    /// Ends the server as a crash does: no connection is ended properly, and the next start replays
    /// the log.
    void crash();
    /// Starts the server after `crash`. Returns when the server takes connections.
    void start();
    void restart() {
        crash();
        start();
    }

 private:
    void initialise();
    std::string programs_;
    std::string folder_;
    std::uint16_t port_ = 0;
    pid_t pid_ = -1;
    int schemas_ = 0;
};

}  // namespace tw::test
