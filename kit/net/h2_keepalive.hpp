#pragma once

#include "kit/base/clock.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

/// What PING (RFC 9113 §6.7) is good for, and what it is not (gRFC A8, A9): decisions without I/O.
namespace tw::net {

/// When one side asks the other whether it is still there.
struct KeepaliveOptions {
    static constexpr std::chrono::milliseconds kTimeMost{std::chrono::hours{24}};

    /// How long nothing may have come before the peer is asked; 0: it never is.
    std::chrono::milliseconds time{0};
    /// How long it may then take until anything comes, before the connection is given up; more than 0.
    std::chrono::milliseconds timeout{20'000};
    /// Whether it is asked also while there are no streams.
    bool without_streams = false;

    /// The peer has had too many pings: from now on half as many (gRFC A8).
    void slow_down();
};

/// Watches one connection for a peer that has gone without a word: a cable that was pulled, a firewall that forgot. Whatever is
/// received counts as a sign of life, so that on a busy connection nothing is ever sent.
class Keepalive {
 public:
    enum class Action : std::uint8_t { none, ping, give_up };

    explicit Keepalive(const KeepaliveOptions& options) : options_{options} {}

    /// When to call on_timer for the first time; nothing where the peer is never asked.
    std::optional<SteadyTime> start(SteadyTime now);
    /// `received_at`: when something came last. `in_use`: there are streams, or were since the last time. After give_up there is
    /// nothing more to ask.
    Action on_timer(SteadyTime now, SteadyTime received_at, bool in_use);
    /// When to call on_timer next.
    SteadyTime wake_at() const { return wake_at_; }

 private:
    KeepaliveOptions options_;
    SteadyTime wake_at_{};
    /// Of the ping that has not been answered yet.
    std::optional<SteadyTime> asked_at_;
    SteadyTime give_up_at_{};
};

/// How often a peer may ask.
struct PingLimits {
    static constexpr int kStrikesMax = 2;
    /// Without streams, where the peer has no leave to ask then (gRFC A8).
    static constexpr std::chrono::hours kIdleInterval{2};

    /// The least time between two pings; 0: pings are not counted here.
    std::chrono::milliseconds interval_min{0};
    /// Whether that holds without streams too, or kIdleInterval does.
    bool without_streams = false;
};

/// Counts the pings that came too early. Whoever works for the peer forgives them, since it may then measure the connection
/// (gRPC's estimate of its bandwidth).
class PingStrikes {
 public:
    explicit PingStrikes(const PingLimits& limits) : limits_{limits} {}

    /// Notes a ping; true when it was one too many.
    bool note(SteadyTime now, bool has_streams);
    /// Headers or data were sent.
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
