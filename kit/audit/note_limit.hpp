#pragma once

#include "kit/base/clock.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace tw::audit {

struct NoteLimitOptions {
    std::chrono::milliseconds window{10'000};
    /// How many records one caller gets in a window, and all callers together.
    std::uint32_t of_caller_max = 20;
    std::uint32_t all_max = 200;
};

/// Limits how many records are made of calls that changed nothing, so that nobody can fill the
/// database by failing calls. It has no I/O and no clock.
class NoteLimit {
 public:
    explicit NoteLimit(NoteLimitOptions options) : options_{options} {}

    /// Returns whether this caller's call is recorded. A call that is not is counted.
    bool admit(std::string_view caller, SteadyTime now);
    /// Counts a record that is left out for another reason.
    void leave_out() { ++left_out_; }
    /// Returns how many were left out in a window that has ended, and forgets it. With `all` it
    /// includes the window that has not ended.
    std::uint64_t take_left_out(SteadyTime now, bool all);

 private:
    bool window_is_over(SteadyTime now) const { return now - window_start_ >= options_.window; }

    NoteLimitOptions options_;
    SteadyTime window_start_{};
    std::uint32_t admitted_ = 0;
    std::map<std::string, std::uint32_t, std::less<>> by_caller_;
    std::uint64_t left_out_ = 0;
};

}  // namespace tw::audit
