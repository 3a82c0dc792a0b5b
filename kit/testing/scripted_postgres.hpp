#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tw::test {

/// As much of PostgreSQL's protocol (version 3, extended queries) as the driver speaks, on loopback, for tests of what no real
/// server does at a chosen moment. It keeps the state of the transaction and no data. Thread-safe.
class ScriptedPostgres {
 public:
    enum class Fault : std::uint8_t {
        /// An error, after which the transaction has failed.
        fail,
        /// The same with severity FATAL, and the end of the connection.
        end_session,
        /// The end of the connection, without a word.
        hang_up,
        /// The command is run. After the Sync that follows the server ends the session, as when another of its processes has
        /// crashed: by a warning, and the end of the connection.
        crash_afterwards,
    };

    ScriptedPostgres();
    ~ScriptedPostgres();
    ScriptedPostgres(const ScriptedPostgres&) = delete;
    ScriptedPostgres& operator=(const ScriptedPostgres&) = delete;

    std::string url() const;
    /// What happens to the next command whose text begins so, instead of being run. Once.
    void at(std::string text, Fault fault, std::string sqlstate = {});
    /// How many commands came whose text begins so.
    int count(std::string_view text) const;

 private:
    struct Planned {
        std::string text;
        Fault fault;
        std::string sqlstate;
    };
    class Session;

    void serve(const std::stop_token& stop);
    std::optional<Planned> take_fault(std::string_view text);

    int listener_ = -1;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    std::vector<Planned> planned_;
    std::vector<std::string> commands_;
    std::vector<std::jthread> sessions_;
    std::jthread thread_;
};

}  // namespace tw::test
