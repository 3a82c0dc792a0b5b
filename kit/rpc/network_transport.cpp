#include "kit/rpc/network_transport.hpp"

#include "kit/async/sleep.hpp"
#include "kit/net/connector.hpp"

#include <optional>
#include <utility>

namespace tw::rpc {
namespace {

/// What a peer is taken to allow until it says (RFC 9113 §6.5.2 recommends no less).
constexpr std::size_t kStreamsBeforeSettings = 100;

net::H2Limits h2_limits(const ChannelOptions& options) {
    return {.header_bytes_max = static_cast<std::uint32_t>(options.metadata_bytes_max), .keepalive = options.keepalive};
}

}  // namespace

struct NetworkTransport::Home {
    EventLoop& loop;
    Connector connector;
    std::chrono::nanoseconds connect_time_max;
    /// Null when the transport is gone.
    NetworkTransport* transport;
    CancelScope* connecting = nullptr;
    /// Of the connections to come: the callee may have had enough of our pings.
    net::H2Limits limits{};
};

class NetworkTransport::Link final : public net::H2Events {
 public:
    Link(std::shared_ptr<Home> home, std::unique_ptr<net::Stream> stream)
        : home_{std::move(home)},
          connection_{home_->loop, std::move(stream), net::H2Session::Side::client, home_->limits, *this} {}

    net::H2Connection& connection() { return connection_; }
    bool peer_answered() const { return peer_answered_; }
    bool has_room() {
        const auto& session = connection_.session();
        const auto streams_max = peer_answered_ ? session.remote_streams_max() : kStreamsBeforeSettings;
        return session.streams() + promised_ < streams_max;
    }
    /// A place is kept for a call that was woken and has not started yet.
    void promise() { ++promised_; }
    void redeem() { --promised_; }

 private:
    void on_stream_gone() override {
        if (home_->transport != nullptr) home_->transport->on_room(*this);
    }
    void on_goaway(net::H2Code code, std::string_view debug) override {
        if (code == net::H2Code::enhance_your_calm && debug == net::kTooManyPings) home_->limits.keepalive.slow_down();
        if (home_->transport != nullptr) home_->transport->on_leaving(*this, "the callee let the connection go");
    }
    void on_settings() override {
        peer_answered_ = true;
        on_stream_gone();
    }

    std::shared_ptr<Home> home_;
    net::H2Connection connection_;
    bool peer_answered_ = false;
    std::size_t promised_ = 0;
};

class NetworkTransport::Waiter : public WaitList::Waiter {
 public:
    Waiter(NetworkTransport& transport, const CallContext& ctx)
        : WaitList::Waiter{transport.waiters_, transport.loop_, ctx.scope()} {}

    /// Set by who wakes: a place on this link, or that there is no way to the callee.
    std::shared_ptr<Link> link;
    bool failed = false;
};

NetworkTransport::NetworkTransport(EventLoop& loop, std::string authority, const ChannelOptions& options, Connector connector,
                                   const telemetry::Propagators& propagators)
    : loop_{loop},
      authority_{std::move(authority)},
      options_{options},
      propagators_{propagators},
      reconnect_{options.backoff_first, options.backoff_last},
      home_{new Home{loop, std::move(connector), options.connect_time_max, this, nullptr, h2_limits(options)}} {}

NetworkTransport::~NetworkTransport() {
    home_->transport = nullptr;
    if (home_->connecting != nullptr) home_->connecting->cancel(cancelled());
    if (link_) link_->connection().close();
}

Task<Result<void>> NetworkTransport::unary(const CallContext& ctx, CallInfo& call, const Message& request, Message& response) {
    return exchange(ctx, call, {.request = &request, .response = &response});
}

Task<Result<void>> NetworkTransport::unary_bytes(const CallContext& ctx, CallInfo& call, std::string_view request,
                                                 std::string& response) {
    return exchange(ctx, call, {.request_bytes = request, .response_bytes = &response});
}

Task<Result<void>> NetworkTransport::exchange(const CallContext& ctx, CallInfo& call, UnaryExchange unary) {
    for (bool last = false;; last = true) {
        auto link = co_await acquire(ctx, call);
        if (!link) co_return std::move(link).error();
        NetworkCall stream{ctx, call, authority_, options_, propagators_};
        if (!stream.start((*link)->connection().session())) co_return unreachable();
        auto outcome = co_await stream.exchange(unary);
        // Once more is safe when the callee has not even looked at it.
        if (outcome || last || !stream.unprocessed() || ctx.over()) co_return outcome;
    }
}

Task<Result<std::unique_ptr<ClientStream>>> NetworkTransport::open(const CallContext& ctx, CallInfo& call) {
    auto link = co_await acquire(ctx, call);
    if (!link) co_return std::move(link).error();
    auto stream = std::make_unique<NetworkCall>(ctx, call, authority_, options_, propagators_);
    if (!stream->start((*link)->connection().session())) co_return unreachable();
    co_return std::unique_ptr<ClientStream>{std::move(stream)};
}

bool NetworkTransport::waits_for_ready(const CallInfo& call) const {
    return call.options != nullptr ? call.options->wait_for_ready.value_or(options_.wait_for_ready) : options_.wait_for_ready;
}

Task<Result<std::shared_ptr<NetworkTransport::Link>>> NetworkTransport::acquire(const CallContext& ctx, const CallInfo& call) {
    while (true) {
        if (ctx.over()) co_return *ctx.over();
        switch (reconnect_.on_call(loop_.now())) {
            case Reconnect::Advice::use:
                // Nobody overtakes those who wait.
                if (waiters_.empty() && link_->has_room()) co_return link_;
                break;
            case Reconnect::Advice::connect:
                spawn(gate_.get(), run_link(home_));
                continue;
            case Reconnect::Advice::wait:
                break;
            case Reconnect::Advice::fail:
                if (!waits_for_ready(call)) co_return unreachable();
                if (auto rested = co_await sleep_for(ctx, reconnect_.retry_at() - loop_.now()); !rested) {
                    co_return std::move(rested).error();
                }
                continue;
        }
        Waiter waiter{*this, ctx};
        co_await waiter;
        if (waiter.link) {
            waiter.link->redeem();
            if (waiter.link == link_ && !ctx.over()) co_return link_;
            if (waiter.link == link_) on_room(*link_);
        }
        if (waiter.failed && !waits_for_ready(call)) co_return unreachable();
    }
}

Task<void> NetworkTransport::run_link(std::shared_ptr<Home> home) {
    std::optional<RootCall> attempt{std::in_place, home->loop, Deadline::after(home->loop.now(), home->connect_time_max)};
    home->connecting = &attempt->scope();
    auto stream = co_await home->connector(attempt->context());
    home->connecting = nullptr;
    attempt.reset();
    if (home->transport == nullptr) co_return;
    if (!stream) co_return home->transport->on_connect_failed(stream.error());

    const auto link = std::make_shared<Link>(home, std::move(*stream));
    home->transport->on_connected(link);
    const auto ended = co_await link->connection().run();
    const auto& why = ended || ended.error().code() == Code::cancelled ? "the connection ended" : ended.error().detail();
    if (home->transport != nullptr) home->transport->on_leaving(*link, why);
}

void NetworkTransport::on_connected(std::shared_ptr<Link> link) {
    link_ = std::move(link);
    ++connections_;
    reconnect_.on_connected();
    wake_all(false);
}

void NetworkTransport::on_connect_failed(const Error& why) {
    last_failure_ = why.cause().empty() ? why.detail() : why.cause();
    reconnect_.on_failed(loop_.now(), random_.uniform());
    wake_all(true);
}

void NetworkTransport::on_leaving(Link& link, std::string why) {
    if (link_.get() != &link) return;
    last_failure_ = std::move(why);
    reconnect_.on_lost(loop_.now(), link.peer_answered(), random_.uniform());
    link_.reset();
    wake_all(!link.peer_answered());
}

void NetworkTransport::on_room(Link& link) {
    if (link_.get() != &link) return;
    while (!waiters_.empty() && link.has_room()) {
        auto& waiter = static_cast<Waiter&>(waiters_.first());
        link.promise();
        waiter.link = link_;
        waiter.wake();
    }
}

void NetworkTransport::wake_all(bool failed) {
    while (!waiters_.empty()) {
        auto& waiter = static_cast<Waiter&>(waiters_.first());
        waiter.failed = failed;
        waiter.wake();
    }
}

std::optional<SubchannelState> NetworkTransport::subchannel() const {
    SubchannelState state{.address = authority_, .connections = connections_, .last_failure = last_failure_};
    if (link_) {
        state.connectivity = Connectivity::ready;
        state.streams_open = link_->connection().session().streams();
    } else if (home_->connecting != nullptr) {
        state.connectivity = Connectivity::connecting;
    } else if (loop_.now() < reconnect_.retry_at()) {
        state.connectivity = Connectivity::transient_failure;
    }
    return state;
}

Error NetworkTransport::unreachable() const { return unavailable(authority_ + " cannot be reached.").with_cause(last_failure_); }

std::unique_ptr<Channel> make_network_channel(EventLoop& loop, net::Address address, const ChannelOptions& options,
                                              telemetry::Telemetry telemetry, std::span<Interceptor* const> interceptors) {
    auto authority = address.to_string();
    const auto timeout = options.connect_time_max;
    auto connector = net::make_connector(loop, std::move(address), timeout, options.tls, options.tls_target);
    auto transport =
        std::make_unique<NetworkTransport>(loop, std::move(authority), options, std::move(connector), telemetry.propagators);
    return std::make_unique<CallerChannel>(loop, std::move(transport), telemetry, interceptors);
}

}  // namespace tw::rpc
