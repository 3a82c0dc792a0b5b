#include "kit/rpc/network/picker.hpp"

#include <algorithm>
#include <utility>

namespace tw::rpc {

std::string_view policy_name(BalancingPolicy policy) {
    switch (policy) {
        case BalancingPolicy::automatic:
            return "auto";
        case BalancingPolicy::pick_first:
            return "pick_first";
        case BalancingPolicy::round_robin:
            return "round_robin";
    }
    return "";
}

Picker::Picker(BalancingPolicy policy, std::vector<Connectivity> states, std::size_t start)
    : round_robin_{policy == BalancingPolicy::round_robin || (policy == BalancingPolicy::automatic && states.size() > 1)},
      states_{std::move(states)},
      retry_at_(states_.size(), SteadyTime::max()),
      next_{states_.empty() ? 0 : start % states_.size()} {}

void Picker::set(std::size_t index, Connectivity state, SteadyTime retry_at) {
    states_[index] = state;
    retry_at_[index] = retry_at;
}

bool Picker::may_connect(std::size_t index, SteadyTime now) const {
    if (states_[index] == Connectivity::idle) return true;
    // With round robin, timers reconnect the failed subchannels, so a call need not.
    return !round_robin_ && states_[index] == Connectivity::transient_failure && now >= retry_at_[index];
}

Picker::Step Picker::step(SteadyTime now) const {
    const auto any = [this](Connectivity state) { return std::ranges::find(states_, state) != states_.end(); };
    if (any(Connectivity::ready)) return {Advice::wait};
    if (!round_robin_ && any(Connectivity::connecting)) return {Advice::wait};
    for (std::size_t i = 0; i < states_.size(); ++i) {
        if (may_connect(i, now)) return {Advice::connect, i};
    }
    return {any(Connectivity::connecting) ? Advice::wait : Advice::fail};
}

std::optional<std::size_t> Picker::after_failure(std::size_t index, SteadyTime now) const {
    if (round_robin_) return std::nullopt;
    for (auto next = index + 1; next < states_.size(); ++next) {
        if (may_connect(next, now)) return next;
    }
    // A new list of addresses may have put one in front that has not been tried.
    const auto untried = std::ranges::find(states_, Connectivity::idle);
    if (untried == states_.end()) return std::nullopt;
    return static_cast<std::size_t>(untried - states_.begin());
}

Connectivity Picker::overall() const {
    for (const auto state : {Connectivity::ready, Connectivity::connecting, Connectivity::transient_failure}) {
        if (std::ranges::find(states_, state) != states_.end()) return state;
    }
    return Connectivity::idle;
}

SteadyTime Picker::retry_at() const { return retry_at_.empty() ? SteadyTime::max() : *std::ranges::min_element(retry_at_); }

std::string_view Picker::name() const {
    return policy_name(round_robin_ ? BalancingPolicy::round_robin : BalancingPolicy::pick_first);
}

}  // namespace tw::rpc
