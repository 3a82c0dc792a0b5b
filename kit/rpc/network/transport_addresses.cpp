#include "kit/rpc/network/network_transport.hpp"

#include <algorithm>
#include <utility>

/// The part of NetworkTransport that keeps its addresses: which there are, what has become of each,
/// and which waiting call gets a stream.
namespace tw::rpc {

void NetworkTransport::on_resolved(Result<std::vector<net::Address>> outcome) {
    if (outcome) return set_addresses(*outcome);
    const auto& error = outcome.error();
    last_failure_ = error.cause().empty() ? error.detail() : error.cause();
    // The last known addresses are better than none.
    if (subchannels_.empty()) wake_all(true);
}

void NetworkTransport::set_addresses(const std::vector<net::Address>& addresses) {
    std::vector<std::shared_ptr<Subchannel>> chosen;
    const auto find = [](auto& among, const net::Address& address) {
        return std::ranges::find_if(among, [&](const auto& one) { return one && one->address() == address; });
    };
    for (const auto& address : addresses) {
        if (find(chosen, address) != chosen.end()) continue;
        if (const auto known = find(subchannels_, address); known != subchannels_.end()) {
            chosen.push_back(std::exchange(*known, nullptr));
        } else {
            chosen.push_back(std::make_shared<Subchannel>(loop_, address, connector_to_(address), settings_, *this));
        }
    }
    for (const auto& left : std::exchange(subchannels_, std::move(chosen))) {
        if (!left) continue;
        if (report_ && left->replica().breaker().open()) report_->forget_open();
        left->retire();
    }
    std::vector<Connectivity> states;
    for (const auto& subchannel : subchannels_) states.push_back(subchannel->connectivity());
    picker_ = Picker{settings_->options.policy, std::move(states), random_.next()};
    for (std::size_t i = 0; i < subchannels_.size(); ++i) {
        // Whether health is checked determines the state of a subchannel.
        subchannels_[i]->watch_health(picker_.keeps_connected() && settings_->options.health_checks);
        picker_.set(i, subchannels_[i]->connectivity(), subchannels_[i]->retry_at());
    }
    // If addresses are looked up, a call has been made already. Otherwise the first call connects.
    if (resolver_ && picker_.keeps_connected()) {
        for (const auto& subchannel : subchannels_) subchannel->connect_when_allowed();
    }
    wake_all(false);
}

void NetworkTransport::on_change(Subchannel& which, Subchannel::Change change) {
    const auto found = std::ranges::find_if(subchannels_, [&](const auto& one) { return one.get() == &which; });
    const auto index = static_cast<std::size_t>(found - subchannels_.begin());
    picker_.set(index, which.connectivity(), which.retry_at());
    switch (change) {
        case Subchannel::Change::connecting:
            return;
        case Subchannel::Change::ready:
            return on_room();
        case Subchannel::Change::lost:
        case Subchannel::Change::failed:
        case Subchannel::Change::unhealthy:
            return on_failure(which, index, change);
    }
}

void NetworkTransport::on_failure(Subchannel& which, std::size_t index, Subchannel::Change change) {
    last_failure_ = which.last_failure();
    if (change != Subchannel::Change::unhealthy) {
        if (picker_.keeps_connected()) which.connect_when_allowed();
        if (resolver_) resolver_->want();
    }
    const bool served = change != Subchannel::Change::failed;
    if (served && picker_.keeps_connected() && picker_.overall() != Connectivity::ready) connect_others(which);
    if (change == Subchannel::Change::lost) return wake_all(false);
    // The attempt continues with the next address, and goes on while another address is being
    // connected.
    if (const auto next = picker_.after_failure(index, loop_.now())) return subchannels_[*next]->connect();
    const bool under_way = picker_.keeps_connected() && picker_.step(loop_.now()).advice != Picker::Advice::fail;
    if (!under_way) wake_all(true);
}

void NetworkTransport::connect_others(const Subchannel& than) {
    for (const auto& subchannel : subchannels_) {
        if (subchannel.get() != &than) subchannel->connect_now();
    }
}

void NetworkTransport::on_room() {
    while (!waiters_.empty()) {
        const auto index = picker_.pick([this](std::size_t i) { return has_room(i); });
        if (!index) return;
        auto& waiter = static_cast<Waiter&>(waiters_.first());
        waiter.link = subchannels_[*index]->link();
        waiter.link->reserve_stream();
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

}  // namespace tw::rpc
