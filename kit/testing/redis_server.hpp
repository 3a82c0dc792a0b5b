#pragma once

#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace tw::test {

/// A Redis (or Valkey) server for the test, on a free port of loopback and in a temporary folder.
/// It is never a server that the machine runs already. It ends with the object, and with the test
/// program in whatever way that ends. It has no persistence unless asked for.
///
/// The program is $TW_REDIS_BIN or, if that is unset, redis-server or valkey-server from the PATH.
/// Without a program the constructor throws and says how to get one.
class RedisServer {
 public:
    /// `arguments` are added to the command line, such as {"--requirepass", "secret"}. Returns when
    /// the server answers.
    explicit RedisServer(std::vector<std::string> arguments = {});
    ~RedisServer();
    RedisServer(const RedisServer&) = delete;
    RedisServer& operator=(const RedisServer&) = delete;

    /// Returns the server of the whole test program, started at first use. Tests share it, so each
    /// uses its own database or keys.
    static RedisServer& shared();

    int port() const { return port_; }
    /// Returns "redis://127.0.0.1:port", with "/database" unless the database is 0.
    std::string url(int database = 0) const;

    /// Sends a command on a connection of its own and returns the answer as it came over the wire.
    /// Throws if no answer comes within five seconds. It is meant for setting up tests.
    std::string command(const std::vector<std::string>& parts) const;

    /// `kill` ends the server by SIGKILL. `start` starts it again on the same port and folder.
    void kill();
    void start();
    /// Stops the process without ending it (SIGSTOP). Connections stay open, and nothing answers
    /// until `thaw`.
    void freeze() const;
    void thaw() const;

 private:
    void wait_until_it_answers();

    std::vector<std::string> arguments_;
    std::string folder_;
    int port_ = 0;
    pid_t pid_ = -1;
};

}  // namespace tw::test
