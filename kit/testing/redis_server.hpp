#pragma once

#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace tw::test {

/// A Redis (or Valkey) server of one's own, on a free port of the loopback in a temporary folder: never the machine's. Goes
/// with the object, and with the test program however that ends. Without persistence unless asked for.
///
/// The program is $TW_REDIS_BIN, else redis-server or valkey-server of the PATH; without any the constructor throws and says
/// how to get one.
class RedisServer {
 public:
    /// `arguments` are added to the command line, such as {"--requirepass", "secret"}. Returns when it answers.
    explicit RedisServer(std::vector<std::string> arguments = {});
    ~RedisServer();
    RedisServer(const RedisServer&) = delete;
    RedisServer& operator=(const RedisServer&) = delete;

    /// One for the whole test program, started at its first use. Tests share it: they take a database or keys of their own.
    static RedisServer& shared();

    int port() const { return port_; }
    /// "redis://127.0.0.1:port", with "/database" where it is not 0.
    std::string url(int database = 0) const;

    /// A command by a connection of its own, and its answer as it came over the wire; throws where none comes within
    /// five seconds. For setting things up.
    std::string command(const std::vector<std::string>& parts) const;

    /// kill -9, and the same server again on the same port and folder.
    void kill();
    void start();
    /// Stops the process without ending it (SIGSTOP): connections stay, nothing answers.
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
