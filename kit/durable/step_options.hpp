#pragma once

#include "kit/base/error.hpp"

#include <chrono>
#include <cstdint>

namespace tw::durable {

/// When the answer of a step is stored.
enum class Journal : std::uint8_t {
    /// The answer is stored before the flow goes on, by a commit of its own.
    at_once,
    /// The answer is stored together with the next one. A crash before that lets the step run
    /// again. Choose it for a step whose callee gives the same answer again to the same key, and
    /// for reads.
    with_next,
};

/// Returns whether the error says nothing about what was asked for, so that another attempt may be
/// answered otherwise. That includes a read that failed or was cut off by the attempt's deadline:
/// its outcome is not open, and all the same it is no answer.
constexpr bool may_pass(Code code) {
    switch (code) {
        case Code::cancelled:
        case Code::unknown:
        case Code::deadline_exceeded:
        case Code::internal:
        case Code::data_loss:
            return true;
        default:
            return false;
    }
}

/// How a step is run.
struct StepOptions {
    Journal journal = Journal::at_once;
    /// How long one attempt may take.
    std::chrono::milliseconds attempt_timeout{10'000};
    /// The pauses between attempts. They double from the first to the last.
    std::chrono::milliseconds retry_first{100};
    std::chrono::milliseconds retry_last{60'000};
    /// After this many attempts the flow is parked. With the default pauses that is after about
    /// 15 minutes.
    int attempts_max = 24;
    /// Returns whether a step that failed with this error is run again. Other errors are the step's
    /// answer: they are stored and given to the flow.
    bool (*retried)(const Error& error) = [](const Error& error) {
        return error.retryable() || error.outcome_open() || may_pass(error.code());
    };
};

}  // namespace tw::durable
