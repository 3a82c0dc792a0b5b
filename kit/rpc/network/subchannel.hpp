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

/// A connection with what is known about it. Lasts as long as its calls.
class Link final : public net::H2Events {
 public:
    Link(EventLoop& loop, Subchannel& home, std::unique_ptr<net::Stream> stream, const net::H2Limits& limits,
         std::shared_ptr<CallCounts> counts);

    net::H2Connection& connection() { return connection_; }
    net::H2Session& session() { return connection_.session(); }
    CallCounts& counts() { return *counts_; }
    const Subchannel* home() const { return &home_; }
    bool peer_answered() const { return peer_answered_; }
    bool has_room() {
        const auto& session = connection_.session();
        const auto streams_max = peer_answered_ ? session.remote_streams_max() : kStreamsBeforeSettings;
        return session.streams() + promised_ < streams_max;
    }
    /// A place is kept for a call that was woken and has not started yet.
    void promise() { ++promised_; }
    void redeem() {
        --promised_;
        if (closes_when_unused_) close_when_unused();
    }

    /// Takes no new calls from now on.
    void leave();
    /// A call has found that it takes no more, or is no more.
    void give_up();
    bool leaving() const { return leaving_; }
    /// Calls only; the health watch is none.
    std::size_t calls_open() { return session().streams() - (watch_ != nullptr && watch_->asking ? 1 : 0); }
    void close_when_unused();
    /// Null when there is none any more.
    void set_watch(HealthWatch* watch) { watch_ = watch; }
    void stop_watch() {
        if (watch_ != nullptr) watch_->call.scope().cancel(cancelled());
    }

 private:
    /// What a peer is taken to allow until it says (RFC 9113 §6.5.2 recommends no less).
    static constexpr std::size_t kStreamsBeforeSettings = 100;

    void on_stream_gone() override;
    void on_goaway(net::H2Code code, std::string_view debug) override;
    void on_settings() override;

    Subchannel& home_;
    std::shared_ptr<CallCounts> counts_;
    net::H2Connection connection_;
    HealthWatch* watch_ = nullptr;
    bool peer_answered_ = false;
    bool leaving_ = false;
    bool closes_when_unused_ = false;
    std::size_t promised_ = 0;
};

/// The way to one address: one connection at a time, made when it is told to. Its coroutines keep it for as long as a connection
/// lasts, which may be longer than the channel does. Belongs to a loop.
class Subchannel final : public std::enable_shared_from_this<Subchannel> {
 public:
    enum class Change : std::uint8_t {
        connecting,
        ready,   ///< calls can be made
        lost,    ///< a connection that was good has ended, or takes no more calls
        failed,  ///< no connection came about, or nobody answered on it
        unwell,  ///< the callee says that it does not serve
    };
    /// Whoever chooses among subchannels.
    class Events {
     public:
        virtual void on_change(Subchannel& which, Change change) = 0;
        /// A connection may have room for more calls.
        virtual void on_room() = 0;

     protected:
        ~Events() = default;
    };

    Subchannel(EventLoop& loop, net::Address address, net::Connector connector, std::shared_ptr<const CallSettings> settings,
               Events& events);

    const net::Address& address() const { return address_; }
    /// Unless it is connected or connecting, or failed a moment ago.
    void connect();
    /// As soon as that is allowed; after a connection that was good, but gone in a moment, not within the same moment.
    void connect_when_allowed();
    /// Whether the callee is asked for its health, and calls depend on it. A connection that there is counts as healthy until it
    /// says otherwise.
    void watch_health(bool watch);

    /// Null without a connection that takes calls.
    const std::shared_ptr<Link>& link() const { return link_; }
    Connectivity connectivity() const;
    /// For a failure: from when on connecting is allowed; SteadyTime::max() otherwise.
    SteadyTime retry_at() const;
    /// Why the last connection, or attempt at one, ended.
    const std::string& last_failure() const { return last_failure_; }
    SubchannelState state() const;

    /// No longer of use to the channel: no events any more; calls that are under way may finish, after which it is closed.
    void retire();
    /// The same, at once.
    void close();

 private:
    friend Link;
    static Task<void> run(std::shared_ptr<Subchannel> self);
    static Task<void> watch(std::shared_ptr<Subchannel> self, std::shared_ptr<Link> link);
    void on_connected(std::shared_ptr<Link> link);
    void on_failed(const Error& why);
    /// `link` takes no new calls.
    void on_leaving(Link& link, std::string why);
    void on_health(Link& link, Health health);
    void tell(Change change);

    EventLoop& loop_;
    net::Address address_;
    net::Connector connector_;
    std::shared_ptr<const CallSettings> settings_;
    /// Of the connections to come: the callee may have had enough of our pings.
    net::H2Limits limits_;
    /// Null when the channel has let go of it.
    Events* events_;
    Random random_;
    net::Reconnect reconnect_;
    Timer retry_;
    CancelScope* connecting_ = nullptr;
    std::shared_ptr<Link> link_;
    bool watches_ = false;
    Health health_ = Health::unknown;
    std::shared_ptr<CallCounts> counts_ = std::make_shared<CallCounts>();
    std::uint64_t connections_ = 0;
    SteadyTime connected_at_{};
    std::string last_failure_;
    LastingGate gate_;
};

}  // namespace tw::rpc
