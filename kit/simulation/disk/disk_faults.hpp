#pragma once

#include "kit/base/clock.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tw::simulation {

class Scheduler;

/// How likely each fault of a disk is where it could begin: at one operation of the kind.
struct DiskChances {
    double full = 0.001;
    double read_error = 0.0003;
    double write_error = 0.0005;
    double failed_commit = 0.003;
    double sync_error = 0.002;
    double slow_sync = 0.01;
    double busy = 0.002;
    /// At a write or a sync. 0 where nobody has asked to be told (SqliteDisk::on_power_loss).
    double power_loss = 0;
};

/// Decides which operations of a disk fail. Some faults go on for a while in virtual time, so that what is tried again fails too.
/// No fault outlives the moment at which the intensity of faults becomes 0.
class DiskFaults {
 public:
    enum class Kind : std::uint8_t { full, read_error, write_error, failed_commit, sync_error, slow_sync, busy, power_loss };

    DiskFaults(Scheduler& scheduler, std::string place) : scheduler_{scheduler}, place_{std::move(place)} {}

    void set_chances(const DiskChances& chances) { chances_ = chances; }
    /// Whether the operation on `file` fails so.
    bool strikes(Kind kind, std::string_view file);
    /// How long a sync takes; 0 for one that takes no time worth mentioning.
    std::chrono::nanoseconds delay_of_sync(std::string_view file);
    /// A database waits for a lock on the spot: time passes for a lock that is held, and for nothing else.
    void wait(std::chrono::nanoseconds time);

 private:
    struct Rule;
    static const Rule& rule_of(Kind kind);
    SteadyTime now();
    std::chrono::milliseconds pick(std::chrono::milliseconds from, std::chrono::milliseconds to);

    Scheduler& scheduler_;
    std::string place_;
    DiskChances chances_;
    /// By Kind: until when it goes on.
    std::array<SteadyTime, 8> until_{};
    /// How long databases have waited since `waited_at_`, a moment at which virtual time stands still.
    std::chrono::nanoseconds waited_{0};
    SteadyTime waited_at_{};
};

}  // namespace tw::simulation
