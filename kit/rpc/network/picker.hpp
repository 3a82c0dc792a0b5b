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
    automatic,    ///< round_robin where there are several, else pick_first
    pick_first,   ///< the first one that answers, until it goes away; connects when there is a call
    round_robin,  ///< all of them in turn; keeps a connection to each
};

/// As in settings and in ChannelState; `automatic` is "auto".
std::string_view policy_name(BalancingPolicy policy);

/// Decides which subchannel a call goes to, and which are to connect: a state machine without I/O. It is told what has become
/// of each subchannel, by index.
class Picker {
 public:
    enum class Advice : std::uint8_t {
        connect,  ///< start connecting that one, and ask again
        wait,     ///< something is under way, or all connections are full
        fail,     ///< there is no way to the callee at present
    };
    struct Step {
        Advice advice = Advice::fail;
        std::size_t index = 0;
    };

    /// Of `states.size()` subchannels; the first turn is that of `start`, so that callers which start together do not all begin
    /// with the same one.
    Picker(BalancingPolicy policy, std::vector<Connectivity> states, std::size_t start = 0);

    /// `retry_at`: for transient_failure, from when on it may be tried again.
    void set(std::size_t index, Connectivity state, SteadyTime retry_at = SteadyTime::max());

    /// The one to take the next call, among those that are ready and of which `has_room(index)` is true.
    template <std::predicate<std::size_t> HasRoom>
    std::optional<std::size_t> pick(const HasRoom& has_room) {
        for (std::size_t i = 0; i < states_.size(); ++i) {
            const auto index = round_robin_ ? turn() : i;
            if (states_[index] != Connectivity::ready) continue;
            // Who picks the first does not spread calls: those that are too many wait for it.
            if (has_room(index)) return index;
            if (!round_robin_) return std::nullopt;
        }
        return std::nullopt;
    }
    /// What a call does for which there was none.
    Step step(SteadyTime now) const;
    /// Connecting `index` has failed: the one to try next in the same attempt, if there is one.
    std::optional<std::size_t> after_failure(std::size_t index, SteadyTime now) const;

    /// Whether every subchannel is to be connected at all times.
    bool keeps_connected() const { return round_robin_; }
    Connectivity overall() const;
    /// When the first of those that failed may be tried again.
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
