#pragma once

#include "kit/base/clock.hpp"

#include <atomic>

namespace tw::test {

/// A clock that stands still until it is moved. It is thread-safe.
class FakeClock final : public Clock {
 public:
    explicit FakeClock(Timestamp now = Timestamp::from_unix_micros(1'767'225'600'000'000)) : micros_{now.unix_micros()} {}

    Timestamp now() const override { return Timestamp::from_unix_micros(micros_.load()); }
    SteadyTime steady_now() const override { return SteadyTime{std::chrono::microseconds{micros_.load()}}; }
    void advance(std::chrono::microseconds delta) { micros_ += delta.count(); }

 private:
    std::atomic<std::int64_t> micros_;
};

}  // namespace tw::test
