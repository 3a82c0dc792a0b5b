#include "apps/tradewind/doctor/findings.hpp"

#include <utility>

#include <fmt/format.h>

namespace tw::app {

std::string_view state_name(CheckState state) {
    switch (state) {
        case CheckState::ok:
            return "ok";
        case CheckState::warn:
            return "warn";
        case CheckState::fail:
            return "fail";
        case CheckState::skipped:
            return "skipped";
    }
    return "fail";
}

void Findings::begin(std::string step, CheckState if_late) {
    const std::lock_guard lock{mutex_};
    step_ = std::move(step);
    if_late_ = if_late;
}

std::vector<Finding> Findings::take() {
    const std::lock_guard lock{mutex_};
    taken_ = true;
    return std::move(found_);
}

std::vector<Finding> Findings::take_late(std::chrono::milliseconds time) {
    const std::lock_guard lock{mutex_};
    if (!taken_) {
        auto what = fmt::format("no result within {} s", std::chrono::duration<double>{time}.count());
        if (!step_.empty()) what += ": " + step_;
        found_.push_back({check_, if_late_, std::move(what), "find out what delays it, then check again"});
    }
    taken_ = true;
    return std::move(found_);
}

void Findings::add(CheckState state, std::string what, std::string remedy) {
    const std::lock_guard lock{mutex_};
    if (!taken_) found_.push_back({check_, state, std::move(what), std::move(remedy)});
}

}  // namespace tw::app
