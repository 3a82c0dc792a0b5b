#pragma once

#include "apps/tradewind/doctor/findings.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace tw::app {

struct Check {
    std::string name;
    /// Adds what it finds. It owns what it uses, since it may run longer than the program waits.
    std::function<void(Findings&)> run;
};

struct CheckResults {
    /// In the order of the checks.
    std::vector<Finding> findings;
    /// Whether a check still runs. Leave the process without destructors then.
    bool late = false;
};

/// Runs all checks at the same time, each on a thread of its own, and waits for them for at most
/// `time_max`. A check that takes longer is given up. An exception is a finding, too.
CheckResults run_checks(std::vector<Check> checks, std::chrono::milliseconds time_max);

/// Returns whether a finding has the state fail.
bool has_failed(const std::vector<Finding>& findings);
/// Returns the findings as a table for people, with a line that counts what is wrong at its end.
std::string findings_table(const std::vector<Finding>& findings);
/// Returns {"ok":true,"checks":[{"check":"redis","state":"ok","what":"…","remedy":""}]}, indented.
std::string findings_json(const std::vector<Finding>& findings);

}  // namespace tw::app
