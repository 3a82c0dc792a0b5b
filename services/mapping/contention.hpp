#pragma once

#include "kit/async/task.hpp"
#include "kit/base/error.hpp"

#include <type_traits>
#include <utility>

namespace tw {

/// How often a change is tried when others change the same object at the same time.
inline constexpr int kChangeAttemptsMax = 3;

/// Makes ABORTED, reason CONTENDED: others changed the object between reading and writing it.
Error contended();

bool is_contended(const Error& error);

/// Turns the error of an update into CONTENDED if its row was not in the expected state
/// (sql::Unit::add_one_row). Other errors stay as they are.
Error explain_update(Error error);

/// Runs a change that reads an object, decides and writes, until its outcome is anything but
/// CONTENDED, at most kChangeAttemptsMax times. The last outcome is the result. `attempt` is a
/// function that makes the Task<Result<T>> of one attempt, and is called on each attempt. What it
/// refers to must outlive the call.
template <class Attempt>
std::invoke_result_t<Attempt&> retry_contended(Attempt attempt) {
    for (int number = 1;; ++number) {
        auto attempting = attempt();
        auto outcome = co_await std::move(attempting);
        const bool again = !outcome && is_contended(outcome.error()) && number < kChangeAttemptsMax;
        if (!again) co_return outcome;
    }
}

}  // namespace tw
