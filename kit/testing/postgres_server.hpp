#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>

namespace tw::test {

/// A PostgreSQL server of the test program's own, on a free port of loopback, in a folder that goes with it; synced to disk as in
/// production. Its programs are those of `pg_config --bindir`, or of TW_POSTGRES_BIN. It dies with the test program, however
/// that ends. Throws where it cannot be had: tests are never skipped for want of it.
class PostgresServer {
 public:
    /// The program's one server, started at first use.
    static PostgresServer& shared();

    PostgresServer();
    ~PostgresServer();
    PostgresServer(const PostgresServer&) = delete;
    PostgresServer& operator=(const PostgresServer&) = delete;

    /// The URL of an empty database: a schema of its own, which costs a hundredth of what CREATE DATABASE does.
    std::string empty_database();
    /// As above, on another port, such as a proxy's.
    std::string empty_database(std::uint16_t port);
    /// Of the role "locked", which needs the password "open sesame"; every other role is let in.
    std::string url_of(std::string_view user_and_password, std::string_view database) const;
    std::uint16_t port() const { return port_; }

    /// Runs SQL as superuser; throws where it fails. The first column of the first row, where there is one.
    std::string run(const std::string& sql);
    /// What the server has logged so far.
    std::string log() const;

    /// As a crash: no connection is ended properly, and the log is replayed at the next start.
    void crash();
    /// After `crash`; returns when it takes connections.
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
