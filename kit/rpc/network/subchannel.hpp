#pragma once

#include "kit/async/lasting_gate.hpp"
#include "kit/async/timer_wheel.hpp"
#include "kit/base/random.hpp"
#include "kit/net/connector.hpp"
#include "kit/net/h2_connection.hpp"
#include "kit/net/reconnect.hpp"
#include "kit/rpc/network/health_watch.hpp"
#include "kit/rpc/network/network_call.hpp"
#include "kit/rpc/state.hpp"

#include <memory>
#include <string>

namespace tw::rpc {

class Subchannel;

/// A connection and what is known about it. It exists as long as its calls do.
class Link final : public net::H2Events {
 public:
    Link(EventLoop& loop, Subchannel& home, std::unique_ptr<net::Stream> stream, const net::H2Limits& limits,
         std::shared_ptr<Replica> replica);

    net::H2Connection& connection() { return connection_; }
    net::H2Session& session() { return connection_.session(); }
    Replica& replica() { return *replica_; }
    const Subchannel* home() const { return &home_; }
    bool peer_answered() const { return peer_answered_; }
    bool has_room() {
        const auto& session = connection_.session();
        const auto streams_max = peer_answered_ ? session.remote_streams_max() : kStreamsBeforeSettings;
        return session.streams() + streams_reserved_ < streams_max;
    }
    /// Reserves a stream for a call that was woken and has not started yet.
    void reserve_stream() { ++streams_reserved_; }
    void release_reserved_stream() {
        --streams_reserved_;
        if (closes_when_unused_) close_when_unused();
    }

    /// Takes no new calls from now on.
    void leave();
    /// Called when a call has found that the connection takes no more calls, or is closed.
    void give_up();
    bool leaving() const { return leaving_; }
    /// The number of open calls, without the health watch.
    std::size_t calls_open() { return session().streams() - (watch_ != nullptr && watch_->has_stream ? 1 : 0); }
    void close_when_unused();
    /// Sets the health watch; null if it has ended.
    void set_watch(HealthWatch* watch) { watch_ = watch; }
    void stop_watch() {
        if (watch_ != nullptr) watch_->call.scope().cancel(cancelled());
    }

 private:
    /// The number of streams that a peer is assumed to allow until its settings come. RFC 9113
    /// §6.5.2 recommends no smaller limit.
    static constexpr std::size_t kStreamsBeforeSettings = 100;

    void on_stream_gone() override;
    void on_goaway(net::H2Code code, std::string_view debug) override;
    void on_settings() override;
    void on_silence() override { connection_.ask_peer(); }

    Subchannel& home_;
    std::shared_ptr<Replica> replica_;
    net::H2Connection connection_;
    HealthWatch* watch_ = nullptr;
    bool peer_answered_ = false;
    bool leaving_ = false;
    bool closes_when_unused_ = false;
    std::size_t streams_reserved_ = 0;
};

/// The connection to one address. There is one at a time, and it is made when the owner asks. The
/// coroutines of a subchannel keep it alive while a connection exists, which may be longer than the
/// channel exists. It belongs to a loop.
class Subchannel final : public std::enable_shared_from_this<Subchannel> {
 public:
    enum class Change : std::uint8_t {
        connecting,
        ready,      ///< calls can be made
        lost,       ///< a good connection has ended, or takes no more calls
        failed,     ///< no connection was made, or the peer never answered on it
        unhealthy,  ///< the callee reports that it does not serve
    };
    /// Receives the events of subchannels, and chooses among them.
    class Events {
     public:
        virtual void on_change(Subchannel& which, Change change) = 0;
        /// A connection may have room for more calls.
        virtual void on_room() = 0;
        /// The breaker of the replica opened or closed, or a call failed (Change::none).
        virtual void on_replica(Subchannel& which, Breaker::Change change) = 0;

     protected:
        ~Events() = default;
    };

    Subchannel(EventLoop& loop, net::Address address, net::Connector connector, std::shared_ptr<const CallSettings> settings,
               Events& events);

    const net::Address& address() const { return address_; }
    /// Connects, unless there is a connection, an attempt is under way, or the last attempt failed
    /// a moment ago.
    void connect();
    /// Connects as soon as that is allowed. If a good connection ended soon after it was made, the
    /// next attempt waits.
    void connect_when_allowed();
    /// Connects, unless there is a connection or an attempt is under way.
    void connect_now();
    /// Turns health checking on or off. If it is on, only a callee that is healthy gets calls. An
    /// existing connection counts as healthy until the callee reports otherwise.
    void watch_health(bool watch);

    Replica& replica() const { return *replica_; }
    /// Null if there is no connection that takes calls.
    const std::shared_ptr<Link>& link() const { return link_; }
    /// Whether there is a connection, and the callee reports on it that it does not serve.
    bool unhealthy() const { return link_ != nullptr && watches_ && health_ == Health::not_serving; }
    Connectivity connectivity() const;
    /// When connecting is allowed again after a failure. SteadyTime::max() if nothing has failed.
    SteadyTime retry_at() const;
    /// Why the last connection, or the last attempt to connect, ended.
    const std::string& last_failure() const { return last_failure_; }
    SubchannelState state() const;

    /// Called when the channel needs the subchannel no longer. There are no more events. Calls
    /// under way may finish, and then the connection is closed.
    void retire();
    /// Retires the subchannel and closes its connection at once.
    void close();

 private:
    friend Link;
    static Task<void> run(std::shared_ptr<Subchannel> self);
    static Task<void> watch(std::shared_ptr<Subchannel> self, std::shared_ptr<Link> link);
    void on_connected(std::shared_ptr<Link> link);
    void on_failed(const Error& why);
    /// Called when `link` takes no more new calls.
    void on_leaving(Link& link, std::string why);
    void on_health(Link& link, Health health);
    void tell(Change change);

    EventLoop& loop_;
    net::Address address_;
    net::Connector connector_;
    std::shared_ptr<const CallSettings> settings_;
    /// The limits of the next connections. If a callee complains of too many pings, later
    /// connections send fewer.
    net::H2Limits limits_;
    /// Null after `retire`.
    Events* events_;
    Random random_;
    net::Reconnect reconnect_;
    Timer retry_;
    CancelScope* connecting_ = nullptr;
    std::shared_ptr<Link> link_;
    bool watches_ = false;
    Health health_ = Health::unknown;
    /// Calls keep it, and may last longer than this object.
    std::shared_ptr<Replica> replica_;
    std::uint64_t connections_ = 0;
    SteadyTime connected_at_{};
    std::string last_failure_;
    LastingGate gate_;
};

}  // namespace tw::rpc
