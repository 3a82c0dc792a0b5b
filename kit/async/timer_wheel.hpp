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
/// A node of a circular list. The head of the list is a node too.
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

/// Calls back once, at the time it was armed for or up to a tick (8 ms) later. Timers are made for
/// deadlines and idle times: arming and cancelling touch two pointers and make no system call. A
/// Timer is not copied or moved. It cancels itself on destruction.
class Timer : private detail::RingNode {
 public:
    Timer(TimerWheel& wheel, std::move_only_function<void()> on_fire) : wheel_{wheel}, on_fire_{std::move(on_fire)} {}
    ~Timer();

    /// Arms the timer for `when`, in place of an earlier time.
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

/// A hashed timing wheel (Varghese and Lauck, 1987) with a slot for each tick. A timer further away
/// than one turn of the wheel stays in its slot and is passed over until its turn comes. The wheel
/// does no I/O: `advance` gives it the time, and `next_wake` says when to call `advance` next.
class TimerWheel {
 public:
    static constexpr std::chrono::milliseconds kTick{8};
    static constexpr std::size_t kSlots = 1024;

    /// `wake` is called when a timer is armed for a moment earlier than the one that `next_wake`
    /// returned last.
    TimerWheel(SteadyTime start, std::move_only_function<void(SteadyTime)> wake) : start_{start}, wake_{std::move(wake)} {}

    /// Fires the timers that are due at `now`. While a timer fires, it may arm and cancel any
    /// timer, including itself.
    void advance(SteadyTime now);
    /// Returns when to call `advance` next, or nothing when no timer is armed.
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
    /// Slots that may hold a timer. The bit of a cancelled timer stays set until the slot is looked
    /// at again.
    std::bitset<kSlots> occupied_;
    std::uint64_t next_tick_ = 0;
    SteadyTime wake_at_ = SteadyTime::max();
    Timer* firing_ = nullptr;
};

}  // namespace tw
