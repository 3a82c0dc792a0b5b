#pragma once

#include "kit/base/clock.hpp"
#include "proto/console.pb.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace tw::console {

/// Counts what was received, and what of it is not kept, by reasons. Reasons are constants.
/// Thread-safe.
class Losses {
 public:
    void received(std::uint64_t records) {
        const std::scoped_lock lock{mutex_};
        received_ += records;
    }
    /// Counts records that were received and are not kept.
    void lost(std::string_view reason, std::uint64_t records, Timestamp now) {
        if (records == 0) return;
        const std::scoped_lock lock{mutex_};
        received_ += records;
        auto& loss = losses_.try_emplace(std::string{reason}).first->second;
        loss.records += records;
        loss.last_us = now.unix_micros();
    }
    void fill(::console::Status& status) const {
        const std::scoped_lock lock{mutex_};
        status.set_received(static_cast<std::int64_t>(received_));
        for (const auto& [reason, loss] : losses_) {
            auto& shown = *status.add_losses();
            shown.set_reason(reason);
            shown.set_records(static_cast<std::int64_t>(loss.records));
            shown.set_last_us(loss.last_us);
        }
    }

 private:
    struct Loss {
        std::uint64_t records = 0;
        std::int64_t last_us = 0;
    };

    mutable std::mutex mutex_;
    std::uint64_t received_ = 0;
    std::map<std::string, Loss> losses_;
};

}  // namespace tw::console
