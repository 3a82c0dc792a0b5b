#include "kit/redis/client.hpp"

#include "kit/redis/connection/connection.hpp"
#include "kit/redis/connection/errors.hpp"
#include "kit/redis/connection/observe.hpp"
#include "kit/redis/reasons.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace tw::redis {

namespace {

Task<Result<std::unique_ptr<net::Stream>>> refuse(Error why) { co_return why; }

Connector make_connector(EventLoop& loop, const Settings& settings) {
    auto tls = settings.tls;
    if (settings.secure && !tls) {
        auto made = net::TlsContext::make_client({});
        if (!made) {
            return [why = made.error()](const CallContext&) -> Task<Result<std::unique_ptr<net::Stream>>> { return refuse(why); };
        }
        tls = std::move(*made);
    }
    return net::make_connector(loop, settings.address, settings.connect_time_max, settings.secure ? std::move(tls) : nullptr);
}

/// How often a client looks whether its connection has the current user and password.
constexpr std::chrono::seconds kRenewEvery{1};

std::size_t mark_of_url(const Settings& settings) {
    return settings.current_url ? std::hash<std::string>{}(settings.current_url().reveal()) : 0;
}

/// The answer to HELLO is a list that alternates names and values.
bool says_replica(const ReplyView& hello) {
    for (std::size_t i = 0; i + 1 < hello.size(); i += 2) {
        if (hello.at(i).text() == "role") return hello.at(i + 1).text() == "replica" || hello.at(i + 1).text() == "slave";
    }
    return false;
}

}  // namespace

struct Client::Home {
    EventLoop& loop;
    Settings settings;
    Connector connector;
    /// The client, or null when it has been destroyed.
    Client* client;
    /// The attempts that are under way, by their purpose.
    std::array<CancelScope*, 2> connecting{};

    CancelScope*& attempt(Purpose purpose) { return connecting[static_cast<std::size_t>(purpose)]; }
};

/// A command that waits for a connection.
class Client::Waiter : public WaitList::Waiter {
 public:
    Waiter(Client& client, CancelScope& scope) : WaitList::Waiter{client.waiters_, client.loop_, scope}, client_{client} {
        ++client.waiting_;
    }
    ~Waiter() { --client_.waiting_; }

 private:
    Client& client_;
};

Client::Client(EventLoop& loop, Settings settings, telemetry::Telemetry telemetry, Connector connector)
    : loop_{loop},
      settings_{std::move(settings)},
      observer_{std::make_unique<Observer>(telemetry, settings_)},
      reconnect_{settings_.backoff_first, settings_.backoff_last},
      renew_timer_{loop.timers(), [this] { renew(); }},
      last_failure_{no_connection("not connected yet")} {
    if (!connector) connector = make_connector(loop, settings_);
    home_.reset(new Home{loop, settings_, std::move(connector), this});
    if (settings_.current_url) renew_timer_.arm(loop_.now() + kRenewEvery);
}

Client::~Client() {
    home_->client = nullptr;
    for (auto* const attempt : home_->connecting) {
        if (attempt != nullptr) attempt->cancel(cancelled());
    }
    if (connection_) connection_->close(no_connection("the client was closed"));
    auto* const gate = gate_.release();
    gate->close([gate] { delete gate; });
}

Task<Result<Reply>> Client::run(const CallContext& ctx, Command command, std::chrono::milliseconds server_waits) {
    auto operation = observer_->begin(ctx, command.name());
    const auto give_up_at = loop_.now() + settings_.command_time_max + server_waits;
    auto reply = co_await exchange(operation.context(), command, give_up_at);
    if (reply && reply->kind() == ReplyView::Kind::error) {
        auto refused = from_reply(reply->text());
        operation.fail(refused, error_prefix(reply->text()));
        co_return std::move(refused);
    }
    if (!reply) operation.fail(reply.error());
    co_return reply;
}

Task<Result<Reply>> Client::exchange(const CallContext& ctx, const Command& command, SteadyTime give_up_at) {
    auto connection = connection_;
    if (!connection) {
        auto acquired = co_await acquire(ctx, give_up_at);
        if (!acquired) co_return std::move(acquired).error();
        connection = *std::move(acquired);
    }
    Exchange exchange{*connection, ctx, command, give_up_at};
    auto reply = co_await exchange;
    // A primary that became a replica keeps its connections, so this one is closed. The next
    // connection goes to the server that the name then resolves to.
    if (reply && reply->kind() == ReplyView::Kind::error && is_read_only(from_reply(reply->text()))) {
        connection->close(from_reply(reply->text()));
    }
    co_return reply;
}

Task<Result<std::shared_ptr<Connection>>> Client::acquire(const CallContext& ctx, SteadyTime give_up_at) {
    CancelScope limited{loop_, Deadline::at(give_up_at), &ctx.scope()};
    while (true) {
        if (ctx.over()) co_return *ctx.over();
        if (limited.error()) co_return no_connection("none in time; before: " + last_failure_.cause());
        switch (reconnect_.on_demand(loop_.now())) {
            case net::Reconnect::Advice::use:
                co_return connection_;
            case net::Reconnect::Advice::connect:
                spawn(*gate_, run_connection(home_, Purpose::first));
                continue;
            case net::Reconnect::Advice::fail:
                co_return last_failure_;
            case net::Reconnect::Advice::wait:
                break;
        }
        if (waiting_ >= settings_.in_flight_max) co_return too_busy();
        Waiter waiter{*this, limited};
        co_await waiter;
    }
}

Task<void> Client::run_connection(std::shared_ptr<Home> home, Purpose purpose) {
    RootCall attempt{home->loop, Deadline::after(home->loop.now(), home->settings.connect_time_max)};
    home->attempt(purpose) = &attempt.scope();
    auto stream = co_await home->connector(attempt.context());
    if (!stream) {
        home->attempt(purpose) = nullptr;
        const auto& failed = stream.error();
        const auto cause = no_connection(failed.cause().empty() ? failed.detail() : failed.cause());
        if (home->client != nullptr) home->client->on_ended(nullptr, purpose, cause);
        co_return;
    }
    const auto connection = std::make_shared<Connection>(home->loop, *std::move(stream), home->settings);
    Gate greeting;
    spawn(greeting, greet(home, connection, purpose, attempt.context()));
    const auto why = co_await connection->run();
    // The connection is taken out of use before its waiting commands are notified, since they may
    // retry at once.
    if (home->client != nullptr) home->client->on_ended(connection.get(), purpose, why);
    connection->abandon(why.reason() == reason::kRedisUnavailable ? why : no_connection(why.detail() + ": " + why.cause()));
    co_await close_and_wait(greeting);
}

std::vector<Command> Client::greeting(const Settings& settings) {
    std::vector<Command> commands;
    if (!settings.user.empty()) {
        commands.emplace_back("AUTH", std::initializer_list<std::string_view>{settings.user, settings.password.reveal()});
    } else if (!settings.password.empty()) {
        commands.emplace_back("AUTH", std::initializer_list<std::string_view>{settings.password.reveal()});
    }
    if (settings.database != 0) {
        const auto number = std::to_string(settings.database);
        commands.emplace_back("SELECT", std::initializer_list<std::string_view>{number});
    }
    commands.emplace_back("CLIENT", std::initializer_list<std::string_view>{"SETNAME", settings.client_name});
    // HELLO names the role in its answer, and every ACL user may send it, unlike ROLE.
    commands.emplace_back("HELLO", std::initializer_list<std::string_view>{});
    return commands;
}

std::optional<Error> Client::fault_of(const Command& command, const Result<Reply>& reply) {
    if (!reply) {
        return reply.error().reason() == reason::kRedisUnavailable ? reply.error()
                                                                   : no_connection("the server did not greet in time");
    }
    if (reply->kind() != ReplyView::Kind::error) {
        if (command.name() == "HELLO" && says_replica(*reply)) return read_only("the server says that it is a replica");
        return std::nullopt;
    }
    auto refused = from_reply(reply->text());
    // A server that refuses CLIENT SETNAME or does not know HELLO can still be used. A server that
    // wants a password cannot.
    const bool harmless =
        (command.name() == "CLIENT" || command.name() == "HELLO") && refused.reason() != reason::kRedisAuthentication;
    if (harmless) return std::nullopt;
    return refused;
}

Task<void> Client::greet(std::shared_ptr<Home> home, std::shared_ptr<Connection> connection, Purpose purpose,
                         const CallContext& ctx) {
    const auto url_mark = mark_of_url(home->settings);
    const auto settings = home->settings.with_current_credentials();
    const auto commands = greeting(settings);
    for (const auto& command : commands) {
        Exchange exchange{*connection, ctx, command, ctx.deadline().when()};
        const auto reply = co_await exchange;
        auto fault = fault_of(command, reply);
        if (!fault) continue;
        home->attempt(purpose) = nullptr;
        co_return connection->close(*std::move(fault));
    }
    home->attempt(purpose) = nullptr;
    if (home->client == nullptr) co_return connection->close(no_connection("the client was closed"));
    home->client->on_connected(std::move(connection), purpose, url_mark);
}

void Client::on_connected(std::shared_ptr<Connection> connection, Purpose purpose, std::size_t url_mark) {
    if (purpose == Purpose::replacement) replacing_ = false;
    // A connection that was lost meanwhile is made again by whoever needs one.
    if (purpose == Purpose::replacement && !connection_) return connection->close(no_connection("there is nothing to replace"));
    url_mark_ = url_mark;
    const auto replaced = std::exchange(connection_, std::move(connection));
    if (replaced) replaced->retire();
    reconnect_.on_connected();
    wake_all();
}

/// `connection` is null if none was made.
void Client::on_ended(const Connection* connection, Purpose purpose, const Error& why) {
    const bool in_use = connection != nullptr && connection == connection_.get();
    if (purpose == Purpose::replacement && !in_use && (connection == nullptr || !connection->retiring())) replacing_ = false;
    // The end of another connection than the one in use changes nothing for commands.
    if (!in_use && (purpose == Purpose::replacement || (connection != nullptr && connection->retiring()))) return;
    last_failure_ = why;
    connection_.reset();
    // A connection counts as made when the server has accepted its greeting.
    const bool answered = reconnect_.state() == net::Reconnect::State::connected;
    reconnect_.on_lost(loop_.now(), answered, random_.uniform());
    wake_all();
}

void Client::renew() {
    renew_timer_.arm(loop_.now() + kRenewEvery);
    if (!connection_ || replacing_ || mark_of_url(settings_) == url_mark_) return;
    replacing_ = true;
    spawn(*gate_, run_connection(home_, Purpose::replacement));
}

void Client::wake_all() { waiters_.wake_all(); }

Task<Result<Reply>> Client::eval(const CallContext& ctx, const Script& script, std::span<const std::string_view> keys,
                                 std::span<const std::string_view> arguments) {
    const auto count = std::to_string(keys.size());
    std::vector<std::string_view> parts{script.name(), count};
    parts.insert(parts.end(), keys.begin(), keys.end());
    parts.insert(parts.end(), arguments.begin(), arguments.end());
    Command by_name{"EVALSHA", parts};
    auto reply = co_await run(ctx, std::move(by_name));
    if (reply || reply.error().reason() != reason::kRedisNoScript) co_return reply;
    parts.front() = script.text();
    Command by_text{"EVAL", parts};
    co_return co_await run(ctx, std::move(by_text));
}

}  // namespace tw::redis
