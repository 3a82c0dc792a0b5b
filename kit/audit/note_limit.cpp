#include "kit/audit/note_limit.hpp"

#include <utility>

namespace tw::audit {

bool NoteLimit::admit(std::string_view caller, SteadyTime now) {
    if (window_is_over(now)) {
        window_start_ = now;
        admitted_ = 0;
        by_caller_.clear();
    }
    // No more callers are remembered than records are admitted.
    if (admitted_ >= options_.all_max) {
        ++left_out_;
        return false;
    }
    auto& of_caller = by_caller_[std::string{caller}];
    if (of_caller >= options_.of_caller_max) {
        ++left_out_;
        return false;
    }
    ++of_caller;
    ++admitted_;
    return true;
}

std::uint64_t NoteLimit::take_left_out(SteadyTime now, bool all) {
    if (left_out_ == 0 || (!all && !window_is_over(now))) return 0;
    return std::exchange(left_out_, 0);
}

}  // namespace tw::audit
