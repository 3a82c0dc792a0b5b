#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/gate.hpp"
#include "kit/async/task.hpp"
#include "kit/async/wait_list.hpp"
#include "kit/base/random.hpp"
#include "kit/net/connector.hpp"
#include "kit/net/stream.hpp"
#include "kit/redis/command.hpp"
#include "kit/redis/connection.hpp"
#include "kit/redis/observe.hpp"
#include "kit/redis/reconnect.hpp"
#include "kit/redis/reply.hpp"
#include "kit/redis/script.hpp"
#include "kit/redis/settings.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace tw::redis {

using Connector = net::Connector;

/// Speaks to one Redis server from one loop, over one connection that is made when it is first needed and made again when it
/// is lost or the server turns out to be a replica, with exponential back-off; its name is looked up each time. All commands of
/// one turn of the loop share a write.
///
/// Belongs to its loop, which outlives it. Destroy it when no command is under way.
///
/// Errors: those of errors.hpp, or the context's own. Each command gives up when its context is over and after
/// `Settings::command_time_max`, whichever comes first; what it then did is not known.
class Client {
 public:
    /// A `connector` of one's own is for tests.
    Client(EventLoop& loop, Settings settings, telemetry::Telemetry telemetry, Connector connector = {});
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// The server's answer; its refusal is an error. `server_waits` is how long the command itself may block (`XREADGROUP
    /// BLOCK`), and adds to its time. What follows on the same client waits for it: give such commands a client of their own.
    Task<Result<Reply>> run(const CallContext& ctx, Command command, std::chrono::milliseconds server_waits = {});

    /// Runs a script by its name, and by its text where the server does not know it.
    Task<Result<Reply>> eval(const CallContext& ctx, const Script& script, std::span<const std::string_view> keys,
                             std::span<const std::string_view> arguments);

    /// Whether Redis is there, lets us in, and lets us write and run scripts below `key_prefix`: for `doctor` and the start.
    /// FAILED_PRECONDITION or UNAVAILABLE with a detail for who runs this process, which names the setting and no secret.
    Task<Result<void>> check(const CallContext& ctx, std::string_view key_prefix);

    const Settings& settings() const { return settings_; }
    EventLoop& loop() const { return loop_; }

 private:
    /// What the connection's coroutines share with the client, which may go before them.
    struct Home;
    class Waiter;

    Task<Result<Reply>> exchange(const CallContext& ctx, const Command& command, SteadyTime give_up_at);
    Task<Result<std::shared_ptr<Connection>>> acquire(const CallContext& ctx, SteadyTime give_up_at);
    static Task<void> run_connection(std::shared_ptr<Home> home);
    /// What is said on a new connection before commands go over it.
    static std::vector<Command> greeting(const Settings& settings);
    /// Why the connection is of no use, by the answer to a command of the greeting.
    static std::optional<Error> fault_of(const Command& command, const Result<Reply>& reply);
    static Task<void> greet(std::shared_ptr<Home> home, std::shared_ptr<Connection> connection, const CallContext& ctx);
    void on_connected(std::shared_ptr<Connection> connection);
    void on_ended(const Error& why);
    void wake_all();

    EventLoop& loop_;
    Settings settings_;
    Observer observer_;
    Random random_;
    Reconnect reconnect_;
    std::shared_ptr<Home> home_;
    std::shared_ptr<Connection> connection_;
    /// Why there is none.
    Error last_failure_;
    WaitList waiters_;
    std::size_t waiting_ = 0;
    /// Goes with the last connection, which may be after the client.
    std::unique_ptr<Gate> gate_ = std::make_unique<Gate>();
};

}  // namespace tw::redis
