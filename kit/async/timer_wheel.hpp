#pragma once

#include "kit/base/clock.hpp"

#include <array>
#include <bitset>
#include <cstddef>
#include <functional>
#include <optional>

namespace tw {

class TimerWheel;

namespace detail {
/// A node of a ring; a ring's head is a node too.
struct RingNode {
    RingNode* previous = this;
    RingNode* next = this;

    RingNode() = default;
    RingNode(const RingNode&) = delete;
    RingNode& operator=(const RingNode&) = delete;

    bool linked() const { return next != this; }
    void unlink() {
        previous->next = next;
        next->previous = previous;
        previous = next = this;
    }
    void insert_before(RingNode& node) {
        previous = node.previous;
        next = &node;
        previous->next = this;
        node.previous = this;
    }
};
}  // namespace detail

/// Calls back once, at or up to a tick (8 ms) after the time it was armed for. Made for deadlines and idle times: arming and
/// cancelling touch two pointers and make no system call. Not copied or moved; cancels itself on destruction.
class Timer : private detail::RingNode {
 public:
    Timer(TimerWheel& wheel, std::move_only_function<void()> on_fire) : wheel_{wheel}, on_fire_{std::move(on_fire)} {}
    ~Timer();

    /// Replaces an earlier arming.
    void arm(SteadyTime when);
    void cancel() {
        if (linked()) unlink();
    }
    bool armed() const { return linked(); }

 private:
    friend TimerWheel;
    TimerWheel& wheel_;
    SteadyTime when_{};
    std::move_only_function<void()> on_fire_;
};

/// A hashed timing wheel (Varghese and Lauck, 1987): a slot a tick; timers further away than one turn stay in their slot
/// and are passed over until their turn comes. Pure: it is told the time and says when it wants to be called next.
class TimerWheel {
 public:
    static constexpr std::chrono::milliseconds kTick{8};
    static constexpr std::size_t kSlots = 1024;

    /// `wake` is called when a timer was armed for an earlier moment than the last one that `next_wake` named.
    TimerWheel(SteadyTime start, std::move_only_function<void(SteadyTime)> wake) : start_{start}, wake_{std::move(wake)} {}

    /// Fires what is due at `now`. A timer may arm and cancel any timer while it fires, itself too.
    void advance(SteadyTime now);
    /// When to call `advance` next; nothing when no timer is armed.
    std::optional<SteadyTime> next_wake();

 private:
    friend Timer;
    void add(Timer& timer);
    std::uint64_t tick_of(SteadyTime when) const;
    void fire_slot(std::size_t slot, SteadyTime now);
    bool any_due(std::size_t slot, SteadyTime when) const;

    SteadyTime start_;
    std::move_only_function<void(SteadyTime)> wake_;
    std::array<detail::RingNode, kSlots> slots_;
    /// Slots that may hold a timer; a cancelled timer leaves its bit behind until the slot is next looked at.
    std::bitset<kSlots> occupied_;
    std::uint64_t next_tick_ = 0;
    SteadyTime wake_at_ = SteadyTime::max();
    Timer* firing_ = nullptr;
};

}  // namespace tw
