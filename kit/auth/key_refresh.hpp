#pragma once

#include "kit/base/result.hpp"

#include <chrono>

namespace tw::auth {

/// When the keys of an issuer are read again, and how long they may be used.
struct KeyRefreshOptions {
    /// How long after a success the keys are read again, ± 10%, so that replicas do not ask at the
    /// same time; at least 1 s.
    std::chrono::milliseconds period{600'000};
    /// How long keys may be used after they were last read, while the issuer cannot be reached. It
    /// is at least the period and a fifth.
    std::chrono::milliseconds age_max{3'600'000};
    /// The least time between two readings that unknown key names cause. Callers choose the names,
    /// so it protects the issuer; at least 1 s.
    std::chrono::milliseconds unknown_pause{30'000};
    /// The pauses after failures grow from the first to the last; at least 1 ms.
    std::chrono::milliseconds retry_first{1'000};
    std::chrono::milliseconds retry_last{30'000};
    /// How long one reading may take; at least 1 ms.
    std::chrono::milliseconds timeout{5'000};

    /// Fails with INVALID_ARGUMENT, naming the field, if a value is out of its bounds.
    Result<void> validate() const;
};

}  // namespace tw::auth
