#include "kit/async/timer_wheel.hpp"

#include <algorithm>

namespace tw {
namespace {

/// The longest time that is counted in ticks. A later moment could overflow the count.
constexpr std::chrono::hours kFurthest{24 * 365 * 100};

}  // namespace

Timer::~Timer() {
    cancel();
    if (wheel_.firing_ == this) wheel_.firing_ = nullptr;
}

void Timer::arm(SteadyTime when) {
    cancel();
    when_ = when;
    wheel_.add(*this);
}

std::uint64_t TimerWheel::tick_of(SteadyTime when) const {
    if (when <= start_) return 0;
    // A timer that is further away waits in the slot of this moment. The slot is then looked at
    // early, and the timer stays in it.
    const auto delay = std::min<SteadyTime::duration>(when - start_, kFurthest);
    // The tick is rounded up, so that no timer fires early.
    return static_cast<std::uint64_t>((delay + kTick - SteadyTime::duration{1}) / kTick);
}

void TimerWheel::add(Timer& timer) {
    const auto tick = std::max(tick_of(timer.when_), next_tick_);
    const auto slot = tick % kSlots;
    timer.insert_before(slots_[slot]);
    occupied_.set(slot);
    const auto due = start_ + tick * kTick;
    if (due < wake_at_) {
        wake_at_ = due;
        wake_(due);
    }
}

void TimerWheel::fire_slot(std::size_t slot, SteadyTime now) {
    // Timers that are due move to a local ring first, so that a timer that arms itself again does
    // not fire twice.
    detail::RingNode due;
    auto& head = slots_[slot];
    for (auto* node = head.next; node != &head;) {
        auto* const following = node->next;
        if (static_cast<Timer*>(node)->when_ <= now) {
            node->unlink();
            node->insert_before(due);
        }
        node = following;
    }
    if (!head.linked()) occupied_.reset(slot);
    while (due.linked()) {
        auto& timer = static_cast<Timer&>(*due.next);
        timer.unlink();
        // A timer may be destroyed by the function it calls, so the function runs from a local
        // variable. It is moved back if the timer still exists.
        firing_ = &timer;
        auto on_fire = std::move(timer.on_fire_);
        on_fire();
        if (firing_ != nullptr) timer.on_fire_ = std::move(on_fire);
        firing_ = nullptr;
    }
}

void TimerWheel::advance(SteadyTime now) {
    wake_at_ = SteadyTime::max();
    const auto last = now <= start_ ? 0 : static_cast<std::uint64_t>((now - start_) / kTick);
    // After a pause longer than a turn of the wheel, each slot is looked at once.
    const auto first = std::max(next_tick_, last >= kSlots ? last - kSlots + 1 : 0);
    next_tick_ = last + 1;
    for (auto tick = first; tick <= last; ++tick) {
        if (occupied_.test(tick % kSlots)) fire_slot(tick % kSlots, now);
    }
}

bool TimerWheel::any_due(std::size_t slot, SteadyTime when) const {
    const auto& head = slots_[slot];
    for (const auto* node = head.next; node != &head; node = node->next) {
        if (static_cast<const Timer*>(node)->when_ <= when) return true;
    }
    return false;
}

std::optional<SteadyTime> TimerWheel::next_wake() {
    for (std::size_t i = 0; i < kSlots && occupied_.any(); ++i) {
        const auto slot = (next_tick_ + i) % kSlots;
        if (!occupied_.test(slot)) continue;
        if (!slots_[slot].linked()) {
            occupied_.reset(slot);
            continue;
        }
        const auto when = start_ + (next_tick_ + i) * kTick;
        // A slot whose timers are all for later turns of the wheel does not wake an idle process.
        if (any_due(slot, when)) return wake_at_ = when;
    }
    if (occupied_.any()) return wake_at_ = start_ + (next_tick_ + kSlots) * kTick;
    wake_at_ = SteadyTime::max();
    return std::nullopt;
}

}  // namespace tw
