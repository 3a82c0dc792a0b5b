#pragma once

#include "kit/base/clock.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

/// When PING (RFC 9113 §6.7) is sent, and how many PINGs are accepted (gRFC A8, A9). The classes
/// decide and do no I/O.
namespace tw::net {

/// When one side checks whether the other is still there.
struct KeepaliveOptions {
    static constexpr std::chrono::milliseconds kTimeMost{std::chrono::hours{24}};

    /// How long nothing may have been received before a ping is sent; 0 means that none is sent for
    /// that reason.
    std::chrono::milliseconds time{0};
    /// How long to wait for any data after a ping before the connection is given up; more than 0.
    std::chrono::milliseconds timeout{20'000};
    /// Whether pings are sent also while there are no streams.
    bool without_streams = false;

    /// Halves the rate of pings, after the peer complained of too many (gRFC A8).
    void slow_down();
};

/// Watches one connection for a peer that is gone without closing it, as after a pulled cable or
/// with a firewall that dropped its state. Any received data counts as a sign of life, so no pings
/// are sent on a busy connection. Pings are sent after a time of silence (KeepaliveOptions::time),
/// and when somebody has waited in vain (on_doubt).
class Keepalive {
 public:
    enum class Action : std::uint8_t { none, ping, give_up };

    explicit Keepalive(const KeepaliveOptions& options) : options_{options} {}

    /// Returns when to call on_timer for the first time, or nothing if no pings are sent by time.
    std::optional<SteadyTime> start(SteadyTime now);
    /// Decides what to do after somebody has waited for the peer in vain. Without keepalive, only
    /// this leads to a ping. If the result is a ping, call on_timer at `wake_at`.
    Action on_doubt(SteadyTime now, SteadyTime received_at);
    /// Decides what to do now. `received_at` is the time of the last received data. `in_use` says
    /// that there are streams, or were since the last call. Do not call it again after give_up.
    Action on_timer(SteadyTime now, SteadyTime received_at, bool in_use);
    /// When to call on_timer next. SteadyTime::max() means never.
    SteadyTime wake_at() const { return wake_at_; }

 private:
    /// Whether a ping was sent and nothing has been received since.
    bool waits(SteadyTime received_at) const { return asked_at_ && received_at <= *asked_at_; }
    Action ask(SteadyTime now);

    KeepaliveOptions options_;
    SteadyTime wake_at_{};
    /// When the ping was sent that has not been answered yet.
    std::optional<SteadyTime> asked_at_;
    SteadyTime give_up_at_{};
};

/// How often a peer may send pings.
struct PingLimits {
    static constexpr int kStrikesMax = 2;
    /// The interval while there are no streams, unless `without_streams` is set (gRFC A8).
    static constexpr std::chrono::hours kIdleInterval{2};

    /// The shortest time between two pings; 0 means that pings are not counted.
    std::chrono::milliseconds interval_min{0};
    /// Whether `interval_min` applies also while there are no streams. Otherwise kIdleInterval
    /// does.
    bool without_streams = false;
};

/// Counts the pings that came too early. Headers and data that are sent to the peer reset the
/// count, since the peer may then measure the connection (gRPC's estimate of its bandwidth).
class PingStrikes {
 public:
    explicit PingStrikes(const PingLimits& limits) : limits_{limits} {}

    /// Notes a ping. Returns true if it was one too many.
    bool note(SteadyTime now, bool has_streams);
    /// Resets the count. Call it when headers or data were sent.
    void forgive() {
        last_.reset();
        strikes_ = 0;
    }

 private:
    PingLimits limits_;
    std::optional<SteadyTime> last_;
    int strikes_ = 0;
};

}  // namespace tw::net
