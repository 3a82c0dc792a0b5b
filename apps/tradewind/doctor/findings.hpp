#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace tw::app {

enum class CheckState : std::uint8_t {
    ok,
    /// It works, and somebody should look at it.
    warn,
    /// It does not work, or is unsafe.
    fail,
    /// There was nothing to check.
    skipped,
};

/// Returns "ok", "warn", "fail" or "skipped".
std::string_view state_name(CheckState state);

/// One thing that a check has found.
struct Finding {
    std::string check;
    CheckState state = CheckState::ok;
    /// What was found, as a clause. It shows no secret.
    std::string what;
    /// What to do; empty if there is nothing to do.
    std::string remedy;
};

/// What one check finds. Thread-safe, because a check that takes too long goes on while its
/// findings are shown.
class Findings {
 public:
    explicit Findings(std::string check) : check_{std::move(check)} {}

    void ok(std::string what) { add(CheckState::ok, std::move(what), {}); }
    void warn(std::string what, std::string remedy) { add(CheckState::warn, std::move(what), std::move(remedy)); }
    void fail(std::string what, std::string remedy) { add(CheckState::fail, std::move(what), std::move(remedy)); }
    void skipped(std::string what) { add(CheckState::skipped, std::move(what), {}); }

    /// Says what the check does next, such as "connecting to db:5432". If the check takes too long,
    /// the finding about that names it and has the state `if_late`.
    void begin(std::string step, CheckState if_late = CheckState::fail);

    /// Returns the findings. Later ones are dropped.
    std::vector<Finding> take();
    /// Returns the findings so far, and one that says that the check was given up after `time`.
    std::vector<Finding> take_late(std::chrono::milliseconds time);

 private:
    void add(CheckState state, std::string what, std::string remedy);

    std::mutex mutex_;
    std::string check_;
    std::vector<Finding> found_;
    std::string step_;
    CheckState if_late_ = CheckState::fail;
    bool taken_ = false;
};

}  // namespace tw::app
