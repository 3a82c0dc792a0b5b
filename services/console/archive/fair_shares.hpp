#pragma once

#include "kit/base/clock.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace tw::console {

/// Divides what can be stored in a second between services. A service that sends less than its fair
/// share loses nothing. The others share what is left equally.
class FairShares {
 public:
    /// Services beyond these count as one.
    static constexpr std::size_t kServicesMax = 1000;

    /// `per_second_max` 0: everything can be stored.
    explicit FairShares(std::size_t per_second_max) : per_second_max_{per_second_max} {}

    /// Goes on to this time. What came more than a second before it counts no more.
    void advance(SteadyTime now);
    void count(std::string_view service, std::size_t records);
    /// Divides anew by what was counted. Called after `count`.
    void divide();

    /// The share of a service's records that can be stored, up to 1.
    double of(std::string_view service) const;
    /// The share of all records that can be stored.
    double of_all() const { return share_of_all_; }

 private:
    static constexpr std::chrono::milliseconds kSlot{200};
    static constexpr std::size_t kSlots = 5;

    struct Service {
        std::array<std::uint64_t, kSlots> records{};
        double share = 1;

        std::uint64_t sum() const;
    };

    void clear_slot();

    const std::size_t per_second_max_;
    std::map<std::string, Service, std::less<>> services_;
    std::size_t slot_ = 0;
    SteadyTime slot_began_;
    double share_of_all_ = 1;
};

}  // namespace tw::console
