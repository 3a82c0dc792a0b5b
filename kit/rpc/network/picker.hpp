#pragma once

#include "kit/base/clock.hpp"
#include "kit/rpc/state.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tw::rpc {

/// How a channel chooses among the addresses of its callee.
enum class BalancingPolicy : std::uint8_t {
    automatic,    ///< round_robin if there are several addresses, else pick_first
    pick_first,   ///< the first address that answers, until its connection is lost; connects when there is a call
    round_robin,  ///< all addresses in turn; keeps a connection to each
};

/// The name of a policy in settings and in ChannelState. The name of `automatic` is "auto".
std::string_view policy_name(BalancingPolicy policy);

/// Decides which subchannel gets a call, and which ones are to connect. It is a state machine
/// without I/O. Its owner reports the state of each subchannel, by index.
class Picker {
 public:
    enum class Advice : std::uint8_t {
        connect,  ///< connect the subchannel `index`, and ask again
        wait,     ///< an attempt is under way, or all connections are full
        fail,     ///< the callee cannot be reached at present
    };
    struct Step {
        Advice advice = Advice::fail;
        std::size_t index = 0;
    };

    /// Makes a picker of `states.size()` subchannels. The first turn is that of `start`. Callers
    /// that start at the same time should pass different values, so that they do not all begin with
    /// the same subchannel.
    Picker(BalancingPolicy policy, std::vector<Connectivity> states, std::size_t start = 0);

    /// Sets the state of a subchannel. `retry_at` is when a subchannel in transient_failure may be
    /// tried again.
    void set(std::size_t index, Connectivity state, SteadyTime retry_at = SteadyTime::max());

    /// Picks the subchannel for the next call: one that is ready and for which `has_room(index)` is
    /// true.
    template <std::predicate<std::size_t> HasRoom>
    std::optional<std::size_t> pick(const HasRoom& has_room) {
        for (std::size_t i = 0; i < states_.size(); ++i) {
            const auto index = round_robin_ ? turn() : i;
            if (states_[index] != Connectivity::ready) continue;
            // pick_first does not spread calls. If its connection is full, calls wait for it.
            if (has_room(index)) return index;
            if (!round_robin_) return std::nullopt;
        }
        return std::nullopt;
    }
    /// Returns what a call must do if `pick` found no subchannel.
    Step step(SteadyTime now) const;
    /// Returns the subchannel to try next in the same attempt after connecting `index` has failed.
    /// Returns nothing if there is none.
    std::optional<std::size_t> after_failure(std::size_t index, SteadyTime now) const;

    /// Whether every subchannel is to be connected at all times.
    bool keeps_connected() const { return round_robin_; }
    Connectivity overall() const;
    /// When the first of the failed subchannels may be tried again.
    SteadyTime retry_at() const;
    std::string_view name() const;

 private:
    bool may_connect(std::size_t index, SteadyTime now) const;
    std::size_t turn() {
        const auto index = next_;
        next_ = next_ + 1 == states_.size() ? 0 : next_ + 1;
        return index;
    }

    bool round_robin_;
    std::vector<Connectivity> states_;
    std::vector<SteadyTime> retry_at_;
    std::size_t next_;
};

}  // namespace tw::rpc
