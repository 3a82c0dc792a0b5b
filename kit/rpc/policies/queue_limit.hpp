#pragma once

#include "kit/base/clock.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace tw::rpc {

/// Decides which calls that find no room may wait for it. It is a state machine without I/O.
///
/// In a burst, calls may wait, because there will soon be room. In overload, a queue that stands
/// only makes every call late (the idea of CoDel, RFC 8289), so calls are refused at once. A queue
/// that stays short is no overload, however long calls find no room: clients that each send a call
/// after an answer keep it for ever.
///
/// A call may not wait if, at the rate at which calls end, its turn would come too late. How many
/// calls that is depends on the module: at 5,000 calls in a second, 100 of them are little.
class QueueLimit {
 public:
    /// No call waits for longer than `wait_max`.
    explicit QueueLimit(std::chrono::milliseconds wait_max) : wait_max_{wait_max} {}

    /// Returns whether a call that finds no room may wait, with so many calls ahead of it. A caller
    /// that refuses it says so by `on_refused`.
    bool lets_wait(std::size_t ahead, SteadyTime now) {
        measure_rate(now);
        return !overload_lasts(now) && turn_comes_in_time(ahead);
    }
    /// Returns whether calls have been refused for longer than a burst. Then no call is to wait.
    bool overload_lasts(SteadyTime now) const {
        const auto lasted = now - first_refused_;
        return refused_ && now - last_refused_ <= kBurst && lasted >= kBurst && lasted < kBurst + kLookAgain;
    }
    /// Records that a call was refused, at once or after it had waited.
    void on_refused(SteadyTime now) {
        if (!refused_ || now - last_refused_ > kBurst) {
            first_refused_ = now;
        } else if (now - first_refused_ >= kBurst + kLookAgain) {
            first_refused_ = now - kBurst;
        }
        refused_ = true;
        last_refused_ = now;
    }
    /// Records that a call ended, and so made room.
    void on_end() { ++ended_; }

 private:
    /// A burst is over by then. So overload lasts once calls have been refused for this time. It is
    /// over when none has been for as long.
    static constexpr std::chrono::milliseconds kBurst{100};
    /// Calls may wait again after this time, until one is refused: clients that are refused at once
    /// may be so few that none of them would wait for long.
    static constexpr std::chrono::seconds kLookAgain{30};

    bool turn_comes_in_time(std::size_t ahead) const {
        const double in_time = per_second_ * std::chrono::duration<double>{wait_max_}.count();
        return !rate_known_ || static_cast<double>(ahead) < in_time;
    }
    /// Measures how many calls end while others find no room. After a pause nothing is known.
    void measure_rate(SteadyTime now) {
        if (now - last_without_room_ > kBurst) {
            rate_known_ = false;
            begin_measuring(now);
        }
        last_without_room_ = now;
        const auto time = now - measured_since_;
        if (time < (ended_ > 0 ? kBurst / 2 : kBurst)) return;
        const double per_second = static_cast<double>(ended_) / std::chrono::duration<double>{time}.count();
        per_second_ = rate_known_ ? (per_second_ + per_second) / 2 : per_second;
        rate_known_ = true;
        begin_measuring(now);
    }
    void begin_measuring(SteadyTime now) {
        measured_since_ = now;
        ended_ = 0;
    }

    std::chrono::milliseconds wait_max_;
    bool refused_ = false;
    SteadyTime first_refused_{};
    SteadyTime last_refused_{};
    bool rate_known_ = false;
    double per_second_ = 0;
    SteadyTime last_without_room_{};
    SteadyTime measured_since_{};
    std::uint64_t ended_ = 0;
};

}  // namespace tw::rpc
