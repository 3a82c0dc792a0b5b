#include "kit/rpc/network/subchannel.hpp"

#include <optional>
#include <utility>

namespace tw::rpc {
namespace {

net::H2Limits channel_h2_limits(const ChannelOptions& options) {
    return {.header_bytes_max = static_cast<std::uint32_t>(options.metadata_bytes_max), .keepalive = options.keepalive};
}

Connectivity connectivity_of(net::Reconnect::State state) {
    switch (state) {
        case net::Reconnect::State::idle:
            return Connectivity::idle;
        case net::Reconnect::State::connecting:
            return Connectivity::connecting;
        case net::Reconnect::State::connected:
            return Connectivity::ready;
        case net::Reconnect::State::backing_off:
            return Connectivity::transient_failure;
    }
    return Connectivity::idle;
}

}  // namespace

Link::Link(EventLoop& loop, Subchannel& home, std::unique_ptr<net::Stream> stream, const net::H2Limits& limits,
           std::shared_ptr<Replica> replica)
    : home_{home},
      replica_{std::move(replica)},
      connection_{loop, std::move(stream), net::H2Session::Side::client, limits, *this} {}

void Link::leave() {
    leaving_ = true;
    // The watch would go on for ever, and the peer would wait for it.
    stop_watch();
}

void Link::give_up() {
    // The subchannel may be gone once the connection is left, because a stream may call this long
    // after its connection has ended.
    if (leaving_) return;
    home_.on_leaving(*this, "the connection ended");
    close_when_unused();
}

void Link::close_when_unused() {
    closes_when_unused_ = true;
    if (calls_open() + streams_reserved_ == 0) connection_.close();
}

void Link::on_stream_gone() {
    if (closes_when_unused_) return close_when_unused();
    if (!leaving_ && home_.events_ != nullptr) home_.events_->on_room();
}

void Link::on_goaway(net::H2Code code, std::string_view debug) {
    if (code == net::H2Code::enhance_your_calm && debug == net::kTooManyPings) home_.limits_.keepalive.slow_down();
    home_.on_leaving(*this, "the called module accepts no more calls on this connection (GOAWAY)");
}

void Link::on_settings() {
    peer_answered_ = true;
    on_stream_gone();
}

Subchannel::Subchannel(EventLoop& loop, net::Address address, net::Connector connector,
                       std::shared_ptr<const CallSettings> settings, Events& events)
    : loop_{loop},
      address_{std::move(address)},
      connector_{std::move(connector)},
      settings_{std::move(settings)},
      limits_{channel_h2_limits(settings_->options)},
      events_{&events},
      reconnect_{settings_->options.backoff_first, settings_->options.backoff_last},
      retry_{loop.timers(), [this] { connect(); }},
      replica_{std::make_shared<Replica>(settings_->options.breaker)} {
    replica_->set_listener([this](Breaker::Change change) {
        if (events_ != nullptr) events_->on_replica(*this, change);
    });
}

void Subchannel::tell(Change change) {
    if (events_ != nullptr) events_->on_change(*this, change);
}

void Subchannel::connect() {
    if (events_ == nullptr || reconnect_.on_demand(loop_.now()) != net::Reconnect::Advice::connect) return;
    tell(Change::connecting);
    spawn(gate_.get(), run(shared_from_this()));
}

void Subchannel::connect_when_allowed() {
    if (reconnect_.state() == net::Reconnect::State::backing_off) return retry_.arm(reconnect_.retry_at());
    const auto allowed_at = connected_at_ + settings_->options.backoff_first;
    if (connections_ > 0 && loop_.now() < allowed_at) return retry_.arm(allowed_at);
    connect();
}

void Subchannel::connect_now() {
    reconnect_.hurry(loop_.now());
    connect();
}

Task<void> Subchannel::run(std::shared_ptr<Subchannel> self) {
    const auto time_max = self->settings_->options.connect_time_max;
    std::optional<RootCall> attempt{std::in_place, self->loop_, Deadline::after(self->loop_.now(), time_max)};
    self->connecting_ = &attempt->scope();
    auto stream = co_await self->connector_(attempt->context());
    self->connecting_ = nullptr;
    attempt.reset();
    if (self->events_ == nullptr) co_return;
    if (!stream) co_return self->on_failed(stream.error());

    const auto link = std::make_shared<Link>(self->loop_, *self, std::move(*stream), self->limits_, self->replica_);
    self->on_connected(link);
    const auto ended = co_await link->connection().run();
    if (!ended) self->last_failure_ = ended.error().cause().empty() ? ended.error().detail() : ended.error().cause();
    self->on_leaving(*link, ended ? "the connection ended" : self->last_failure_);
}

void Subchannel::on_connected(std::shared_ptr<Link> link) {
    ++connections_;
    connected_at_ = loop_.now();
    link_ = std::move(link);
    reconnect_.on_connected();
    replica_->on_connected();
    health_ = Health::unknown;
    if (watches_) spawn(gate_.get(), watch(shared_from_this(), link_));
    if (connectivity() == Connectivity::ready) tell(Change::ready);
}

void Subchannel::on_failed(const Error& why) {
    last_failure_ = why.cause().empty() ? why.detail() : why.cause();
    reconnect_.on_failed(loop_.now(), random_.uniform());
    tell(Change::failed);
}

void Subchannel::on_leaving(Link& link, std::string why) {
    if (link_.get() != &link) return;
    const auto left = std::exchange(link_, nullptr);
    last_failure_ = std::move(why);
    const bool answered = link.peer_answered();
    reconnect_.on_lost(loop_.now(), answered, random_.uniform());
    link.leave();
    tell(answered ? Change::lost : Change::failed);
}

void Subchannel::watch_health(bool watch_it) {
    if (std::exchange(watches_, watch_it) == watch_it || !link_) return;
    health_ = Health::serving;
    if (!watch_it) return link_->stop_watch();
    spawn(gate_.get(), watch(shared_from_this(), link_));
}

Task<void> Subchannel::watch(std::shared_ptr<Subchannel> self, std::shared_ptr<Link> link) {
    HealthWatch watch{RootCall{self->loop_}};
    link->set_watch(&watch);
    co_await follow_health(watch, link->session(), *self->settings_, self->random_,
                           [&self, &link](Health health) { self->on_health(*link, health); });
    link->set_watch(nullptr);
}

void Subchannel::on_health(Link& link, Health health) {
    if (link_.get() != &link || !watches_ || std::exchange(health_, health) == health) return;
    if (health == Health::serving) return tell(Change::ready);
    last_failure_ = "the called module reports NOT_SERVING (grpc.health.v1)";
    tell(Change::unhealthy);
}

Connectivity Subchannel::connectivity() const {
    const auto state = connectivity_of(reconnect_.state());
    if (state != Connectivity::ready || !watches_) return state;
    switch (health_) {
        case Health::unknown:
            return Connectivity::connecting;
        case Health::serving:
            return Connectivity::ready;
        case Health::not_serving:
            return Connectivity::transient_failure;
    }
    return state;
}

SteadyTime Subchannel::retry_at() const {
    return reconnect_.state() == net::Reconnect::State::backing_off ? reconnect_.retry_at() : SteadyTime::max();
}

SubchannelState Subchannel::state() const {
    return {.address = address_.to_string(),
            .connectivity = connectivity(),
            .calls = replica_->counts(),
            .impairment = replica_->impairment(loop_.now()),
            .streams_open = link_ ? link_->calls_open() : 0,
            .connections = connections_,
            .last_failure = last_failure_};
}

void Subchannel::retire() {
    events_ = nullptr;
    replica_->set_listener(nullptr);
    retry_.cancel();
    if (connecting_ != nullptr) connecting_->cancel(cancelled());
    const auto link = std::exchange(link_, nullptr);
    if (!link) return;
    link->leave();
    link->close_when_unused();
}

void Subchannel::close() {
    const auto link = link_;
    retire();
    if (link) link->connection().close();
}

}  // namespace tw::rpc
