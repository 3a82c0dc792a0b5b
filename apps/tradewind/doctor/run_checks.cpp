#include "apps/tradewind/doctor/run_checks.hpp"

#include "kit/base/json_text.hpp"

#include <algorithm>
#include <exception>
#include <future>
#include <iterator>
#include <memory>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace tw::app {
namespace {

/// A check, its thread and its findings. The thread shares it, because it may outlive the wait.
struct RunningCheck {
    explicit RunningCheck(Check started) : check{std::move(started)}, findings{check.name} {}

    Check check;
    Findings findings;
    std::promise<void> done;
    std::thread thread;
};

void run_check(const std::shared_ptr<RunningCheck>& running) {
    try {
        running->check.run(running->findings);
    } catch (const std::exception& bug) {
        running->findings.fail(fmt::format("internal error: {}", bug.what()), "report this as a bug");
    }
    running->done.set_value();
}

std::string count_of(std::size_t number, std::string_view noun) {
    return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

}  // namespace

CheckResults run_checks(std::vector<Check> checks, std::chrono::milliseconds time_max) {
    std::vector<std::shared_ptr<RunningCheck>> all;
    for (auto& check : checks) {
        all.push_back(std::make_shared<RunningCheck>(std::move(check)));
        all.back()->thread = std::thread{[running = all.back()] { run_check(running); }};
    }
    CheckResults results;
    const auto give_up_at = std::chrono::steady_clock::now() + time_max;
    for (const auto& running : all) {
        const bool done = running->done.get_future().wait_until(give_up_at) == std::future_status::ready;
        auto found = done ? running->findings.take() : running->findings.take_late(time_max);
        std::ranges::move(found, std::back_inserter(results.findings));
        if (done) {
            running->thread.join();
        } else {
            running->thread.detach();
            results.late = true;
        }
    }
    return results;
}

bool has_failed(const std::vector<Finding>& findings) {
    return std::ranges::any_of(findings, [](const Finding& finding) { return finding.state == CheckState::fail; });
}

std::string findings_table(const std::vector<Finding>& findings) {
    constexpr std::string_view kCheck = "CHECK";
    std::size_t width = kCheck.size();
    for (const auto& finding : findings) width = std::max(width, finding.check.size());
    std::string table = fmt::format("{:<{}}  STATE    WHAT\n", kCheck, width);
    std::string_view before;
    for (const auto& finding : findings) {
        const auto name = finding.check == before ? std::string_view{} : std::string_view{finding.check};
        table += fmt::format("{:<{}}  {:<7}  {}\n", name, width, state_name(finding.state), finding.what);
        if (!finding.remedy.empty()) table += fmt::format("{:<{}}           remedy: {}\n", "", width, finding.remedy);
        before = finding.check;
    }
    const auto count = [&](CheckState state) {
        return static_cast<std::size_t>(std::ranges::count(findings, state, &Finding::state));
    };
    const auto failures = count(CheckState::fail);
    const auto warnings = count(CheckState::warn);
    table += failures == 0 ? std::string{"No problems found"} : count_of(failures, "problem") + " found";
    if (warnings > 0) table += ", " + count_of(warnings, "warning");
    return table + ".\n";
}

std::string findings_json(const std::vector<Finding>& findings) {
    std::string json = fmt::format("{{\"ok\":{},\"checks\":[", !has_failed(findings));
    bool first = true;
    for (const auto& finding : findings) {
        json += first ? "{\"check\":" : ",{\"check\":";
        first = false;
        append_json_string(json, finding.check);
        json += fmt::format(",\"state\":\"{}\",\"what\":", state_name(finding.state));
        append_json_string(json, finding.what);
        json += ",\"remedy\":";
        append_json_string(json, finding.remedy);
        json += '}';
    }
    return indented_json(json + "]}");
}

}  // namespace tw::app
