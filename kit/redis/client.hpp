#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/gate.hpp"
#include "kit/async/task.hpp"
#include "kit/async/wait_list.hpp"
#include "kit/base/random.hpp"
#include "kit/net/connector.hpp"
#include "kit/net/reconnect.hpp"
#include "kit/redis/command.hpp"
#include "kit/redis/reply.hpp"
#include "kit/redis/script.hpp"
#include "kit/redis/settings.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace tw::redis {

using Connector = net::Connector;

class Connection;
class Observer;

/// Talks to one Redis server from one loop, over one connection. The connection is made when it is
/// first needed. It is made again, with exponential back-off, when it is lost or the server turns
/// out to be a replica; the name is resolved each time. All commands of one turn of the loop share
/// a write.
///
/// When the user or the password changes (Settings::current_url), another connection is made and
/// takes the place of the one that is there, which ends when its commands have been answered. While
/// the new one is refused, the old one stays and the attempt is repeated every second.
///
/// A Client belongs to its loop, which outlives it. Destroy it when no command is under way.
///
/// Errors: those of errors.hpp, or the context's own. A command ends when its context is over or
/// after `Settings::command_time_max`, whichever comes first; its effect is then unknown.
class Client {
 public:
    /// Tests may pass a `connector` of their own.
    Client(EventLoop& loop, Settings settings, telemetry::Telemetry telemetry, Connector connector = {});
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Runs a command and returns the server's answer; an error reply becomes an error.
    /// `server_waits` is how long the command itself may block (`XREADGROUP BLOCK`), and is added
    /// to its time. Later commands on the same client wait for a blocking one, so give blocking
    /// commands a client of their own.
    Task<Result<Reply>> run(const CallContext& ctx, Command command, std::chrono::milliseconds server_waits = {});

    /// Runs a script by its name (EVALSHA), and by its text if the server does not know the name.
    Task<Result<Reply>> eval(const CallContext& ctx, const Script& script, std::span<const std::string_view> keys,
                             std::span<const std::string_view> arguments);

    /// Checks that Redis can be reached, accepts the user, and allows to write and to run scripts
    /// below `key_prefix`. `doctor` and the start of a process use it. Fails with
    /// FAILED_PRECONDITION or UNAVAILABLE. The detail is meant for the operator: it begins
    /// with Settings::named and shows no secret.
    Task<Result<void>> check(const CallContext& ctx, std::string_view key_prefix);

    const Settings& settings() const { return settings_; }
    EventLoop& loop() const { return loop_; }

 private:
    /// The state that the connection's coroutines share with the client, which may be destroyed
    /// before them.
    struct Home;
    class Waiter;

    Task<Result<Reply>> exchange(const CallContext& ctx, const Command& command, SteadyTime give_up_at);
    Task<Result<std::shared_ptr<Connection>>> acquire(const CallContext& ctx, SteadyTime give_up_at);
    /// What a connection is made for.
    enum class Purpose : bool { first, replacement };
    static Task<void> run_connection(std::shared_ptr<Home> home, Purpose purpose);
    /// Returns the commands that are sent on a new connection before all others.
    static std::vector<Command> greeting(const Settings& settings);
    /// Returns why the connection cannot be used, judging by the reply to a command of the
    /// greeting. Returns nothing if it can be used.
    static std::optional<Error> fault_of(const Command& command, const Result<Reply>& reply);
    static Task<void> greet(std::shared_ptr<Home> home, std::shared_ptr<Connection> connection, Purpose purpose,
                            const CallContext& ctx);
    void on_connected(std::shared_ptr<Connection> connection, Purpose purpose, std::size_t url_mark);
    void on_ended(const Connection* connection, Purpose purpose, const Error& why);
    void renew();
    void wake_all();

    EventLoop& loop_;
    Settings settings_;
    std::unique_ptr<Observer> observer_;
    Random random_;
    net::Reconnect reconnect_;
    std::shared_ptr<Home> home_;
    std::shared_ptr<Connection> connection_;
    /// Stands for the URL that the connection was made with.
    std::size_t url_mark_ = 0;
    /// Whether another connection is being made that is to replace this one.
    bool replacing_ = false;
    Timer renew_timer_;
    /// Why there is no connection.
    Error last_failure_;
    WaitList waiters_;
    std::size_t waiting_ = 0;
    /// The gate is destroyed with the last connection, which may be after the client.
    std::unique_ptr<Gate> gate_ = std::make_unique<Gate>();
};

}  // namespace tw::redis
