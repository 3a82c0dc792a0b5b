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

/// The chances of a disk's faults. Each is the chance that the fault begins at one operation of its
/// kind.
struct DiskChances {
    double full = 0.001;
    double read_error = 0.0003;
    double write_error = 0.0005;
    double failed_commit = 0.003;
    double sync_error = 0.002;
    double slow_sync = 0.01;
    double busy = 0.002;
    /// The chance at a write or a sync. The fault happens only if SqliteDisk::on_power_loss was
    /// called.
    double power_loss = 0;
};

/// Decides which operations of a disk fail. Some faults continue for a while in virtual time, so
/// that operations that are tried again fail too. All faults end when the intensity of faults
/// becomes 0.
class DiskFaults {
 public:
    enum class Kind : std::uint8_t { full, read_error, write_error, failed_commit, sync_error, slow_sync, busy, power_loss };

    DiskFaults(Scheduler& scheduler, std::string place) : scheduler_{scheduler}, place_{std::move(place)} {}

    void set_chances(const DiskChances& chances) { chances_ = chances; }
    /// Returns whether the operation on `file` fails with this kind of fault.
    bool strikes(Kind kind, std::string_view file);
    /// Returns how long a sync takes; 0 if its time is negligible.
    std::chrono::nanoseconds delay_of_sync(std::string_view file);
    /// A database waits for a lock within the call. The time passes only for the lock that is held,
    /// and virtual time stands still for everything else.
    void wait(std::chrono::nanoseconds time);

 private:
    struct Rule;
    static const Rule& rule_of(Kind kind);
    SteadyTime now();
    std::chrono::milliseconds pick(std::chrono::milliseconds from, std::chrono::milliseconds to);

    Scheduler& scheduler_;
    std::string place_;
    DiskChances chances_;
    /// The time until which each fault continues, by Kind.
    std::array<SteadyTime, 8> until_{};
    /// How long databases have waited since `waited_at_`. Virtual time stands still at that moment.
    std::chrono::nanoseconds waited_{0};
    SteadyTime waited_at_{};
};

}  // namespace tw::simulation
