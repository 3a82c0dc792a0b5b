#include "kit/simulation/run/seed_workers.hpp"

#include "kit/simulation/run/run_limit.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <exception>
#include <malloc.h>
#include <memory>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace tw::simulation {
namespace {

namespace json = boost::json;
using Clock = std::chrono::steady_clock;

void write_line(int descriptor, const json::object& line) {
    const auto text = json::serialize(line) + "\n";
    std::string_view left = text;
    while (!left.empty()) {
        const auto count = ::write(descriptor, left.data(), left.size());
        if (count < 0) ::_exit(3);  // the parent process has closed the pipe
        left.remove_prefix(static_cast<std::size_t>(count));
    }
}

json::array coverage_of(const RunOutcome& outcome) {
    json::array all;
    for (const auto& [where, tries] : outcome.coverage) {
        all.push_back(json::array{where.first, where.second, tries.offered, tries.happened});
    }
    return all;
}

json::object counts_of(const RunOutcome& outcome) {
    json::object all;
    for (const auto& [name, count] : outcome.counts) all[name] = count;
    return all;
}

/// Returns the CPU time of this process.
std::chrono::nanoseconds cpu_time() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

/// `begun` is the CPU time at which the run began.
json::object line_of(std::uint64_t seed, const RunOutcome& outcome, std::chrono::nanoseconds begun) {
    json::array violations;
    for (const auto& violation : outcome.violations) violations.emplace_back(violation);
    return {{"end", seed},
            {"violations", std::move(violations)},
            {"requests", outcome.requests},
            {"counts", counts_of(outcome)},
            {"virtual_ns", outcome.virtual_time.count()},
            {"cpu_ns", (cpu_time() - begun).count()},
            {"coverage", coverage_of(outcome)}};
}

/// Makes a run, and another run of the same seed, which must have the same history.
RunOutcome run_twice(const Run& run, RunOptions options) {
    std::vector<std::string> told;
    options.listener = [&told](std::string_view line) { told.emplace_back(line); };
    auto outcome = run(options);
    std::size_t place = 0;
    options.listener = [&](std::string_view line) {
        const auto number = place++;
        // One difference causes many others, so only the first one is reported.
        if (number > told.size() || (number < told.size() && told[number] == line)) return;
        const auto before = number < told.size() ? told[number] : std::string{"the end"};
        outcome.violations.push_back(
            fmt::format("the same seed tells another history the second time: \"{}\" where it said \"{}\"", line, before));
        place = told.size() + 1;
    };
    run(options);
    if (place < told.size()) {
        outcome.violations.push_back(
            fmt::format("the same seed tells another history the second time: it ends before \"{}\"", told[place]));
    }
    return outcome;
}

/// Makes the process keep the memory that a run gives back, since the next run needs as much.
void keep_memory() {
    constexpr int kKeptBytes = 256 << 20;
    ::mallopt(M_TRIM_THRESHOLD, kKeptBytes);
    ::mallopt(M_MMAP_THRESHOLD, kKeptBytes);
    ::mallopt(M_TOP_PAD, 16 << 20);
}

constexpr int kGoOnInAnother = 9;

/// Returns the pause between two looks at a run. It is short, so that a run that does not end is
/// ended soon after its limit.
std::chrono::milliseconds look_pause(const SeedsPlan& plan) {
    using std::chrono::milliseconds;
    const auto shortest = std::min(plan.cpu_time_max, plan.sleep_time_max);
    return std::clamp(std::chrono::duration_cast<milliseconds>(shortest / 4), milliseconds{5}, milliseconds{1'000});
}

/// Runs a share of the seeds in a child process and reads what the child reports about them.
class SeedWorker {
 public:
    /// `number` is the number of the worker among the plan's jobs.
    SeedWorker(const SeedsPlan& plan, const Run& run, unsigned number) : plan_{plan}, run_{run}, next_{number} { start(); }
    ~SeedWorker() {
        if (!done()) ::kill(child_, SIGKILL);
        stop();
    }
    SeedWorker(const SeedWorker&) = delete;
    SeedWorker& operator=(const SeedWorker&) = delete;

    bool done() const { return child_ < 0; }
    int descriptor() const { return descriptor_; }

    /// Reads from the child, when data has come or the child has ended.
    void read(SeedsOutcome& outcome, const std::function<void(const FailedSeed&)>& on_failure) {
        std::array<char, 65536> block;
        const auto count = ::read(descriptor_, block.data(), block.size());
        if (count > 0) {
            text_.append(block.data(), static_cast<std::size_t>(count));
            for (auto end = text_.find('\n'); end != std::string::npos; end = text_.find('\n')) {
                take(json::parse(std::string_view{text_}.substr(0, end)).as_object(), outcome, on_failure);
                text_.erase(0, end + 1);
            }
            return;
        }
        const int status = stop();
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
        if (current_) fail({.seed = *current_, .violations = {why(status)}}, outcome, on_failure);
        current_.reset();
        next_ += plan_.jobs;
        start();
    }
    /// Ends a run that does not end by itself.
    void look_at_usage(Clock::time_point now) {
        if (done() || !current_ || endless_ || now - looked_at_ < look_pause(plan_)) return;
        looked_at_ = now;
        const auto usage = usage_of(child_);
        if (usage) endless_ = limit_.look(*usage, now);
        if (endless_) ::kill(child_, SIGKILL);
    }

 private:
    void start() {
        if (!more(next_)) return;
        std::array<int, 2> ends{};
        if (::pipe(ends.data()) != 0) throw std::system_error{errno, std::generic_category(), "pipe"};
        endless_.reset();
        text_.clear();
        child_ = ::fork();
        if (child_ < 0) throw std::system_error{errno, std::generic_category(), "fork"};
        if (child_ == 0) {
            ::close(ends[0]);
            work(ends[1]);
        }
        ::close(ends[1]);
        descriptor_ = ends[0];
    }
    /// Returns whether there is a run with that number. The seeds of the list come first.
    bool more(std::uint64_t number) const {
        if (number < plan_.listed.size()) return true;
        return plan_.time ? Clock::now() - begun_ < *plan_.time : number - plan_.listed.size() < plan_.seeds;
    }
    std::uint64_t seed_of(std::uint64_t number) const {
        return number < plan_.listed.size() ? plan_.listed[number] : plan_.from + number - plan_.listed.size();
    }
    [[noreturn]] void work(int descriptor) {
        keep_memory();
        for (auto number = next_; more(number); number += plan_.jobs) {
            const auto seed = seed_of(number);
            write_line(descriptor, {{"begin", seed}, {"number", number}});
            RunOptions options;
            options.seed = seed;
            options.faults = plan_.faults;
            const auto begun = cpu_time();
            try {
                const bool twice = plan_.one_twice_of != 0 && number % plan_.one_twice_of == 0;
                write_line(descriptor, line_of(seed, twice ? run_twice(run_, options) : run_(options), begun));
            } catch (const std::exception& fault) {
                RunOutcome outcome;
                outcome.violations.emplace_back(fmt::format("the run ended with an exception: {}", fault.what()));
                write_line(descriptor, line_of(seed, outcome, begun));
                // The run has left the process in an unknown state.
                ::_exit(kGoOnInAnother);
            }
        }
        ::_exit(0);
    }
    int stop() {
        if (child_ < 0) return 0;
        ::close(descriptor_);
        int status = 0;
        ::waitpid(child_, &status, 0);
        child_ = -1;
        return status;
    }
    void take(const json::object& line, SeedsOutcome& outcome, const std::function<void(const FailedSeed&)>& on_failure) {
        if (const auto* seed = line.if_contains("begin")) {
            current_ = seed->to_number<std::uint64_t>();
            next_ = line.at("number").to_number<std::uint64_t>();
            looked_at_ = Clock::now();
            limit_.begin(usage_of(child_).value_or(ProcessUsage{}), looked_at_);
            return;
        }
        const auto seed = line.at("end").to_number<std::uint64_t>();
        current_.reset();
        ++outcome.seeds;
        outcome.requests += line.at("requests").to_number<std::uint64_t>();
        for (const auto& [name, count] : line.at("counts").as_object()) {
            outcome.counts[std::string{name}] += count.to_number<std::uint64_t>();
        }
        outcome.virtual_time += std::chrono::nanoseconds{line.at("virtual_ns").to_number<std::int64_t>()};
        outcome.cpu_time += std::chrono::nanoseconds{line.at("cpu_ns").to_number<std::int64_t>()};
        for (const auto& one : line.at("coverage").as_array()) {
            const auto& entry = one.as_array();
            auto& tries = outcome.coverage[{std::string{entry[0].as_string()}, std::string{entry[1].as_string()}}];
            tries.offered += entry[2].to_number<std::uint64_t>();
            tries.happened += entry[3].to_number<std::uint64_t>();
        }
        FailedSeed failed{.seed = seed};
        for (const auto& violation : line.at("violations").as_array()) failed.violations.emplace_back(violation.as_string());
        if (!failed.violations.empty()) {
            outcome.failed.push_back(failed);
            on_failure(failed);
        }
    }
    static void fail(FailedSeed failed, SeedsOutcome& outcome, const std::function<void(const FailedSeed&)>& on_failure) {
        ++outcome.seeds;
        on_failure(failed);
        outcome.failed.push_back(std::move(failed));
    }
    std::string why(int status) const {
        if (endless_) return *endless_;
        if (WIFSIGNALED(status)) return fmt::format("the run crashed: {}", ::strsignal(WTERMSIG(status)));
        return fmt::format("the run left the process with exit code {}", WEXITSTATUS(status));
    }

    const SeedsPlan& plan_;
    const Run& run_;
    /// The number of the current run, or of the next one if none is running.
    std::uint64_t next_;
    Clock::time_point begun_ = Clock::now();
    RunLimit limit_{plan_.cpu_time_max, plan_.sleep_time_max};
    Clock::time_point looked_at_ = begun_;
    std::optional<std::uint64_t> current_;
    pid_t child_ = -1;
    int descriptor_ = -1;
    /// Why the current run was ended.
    std::optional<std::string> endless_;
    std::string text_;
};

}  // namespace

SeedsOutcome run_seeds(const SeedsPlan& plan, const Run& run, const std::function<void(const FailedSeed&)>& on_failure) {
    const auto begun = Clock::now();
    SeedsOutcome outcome;
    std::vector<std::unique_ptr<SeedWorker>> workers;
    for (unsigned i = 0; i < plan.jobs; ++i) workers.push_back(std::make_unique<SeedWorker>(plan, run, i));
    while (!plan.first_failure_ends || outcome.failed.empty()) {
        std::vector<pollfd> waits;
        std::vector<SeedWorker*> waiting;
        for (const auto& worker : workers) {
            if (worker->done()) continue;
            waits.push_back({.fd = worker->descriptor(), .events = POLLIN, .revents = 0});
            waiting.push_back(worker.get());
        }
        if (waits.empty()) break;
        ::poll(waits.data(), waits.size(), static_cast<int>(look_pause(plan).count()));
        for (std::size_t i = 0; i < waits.size(); ++i) {
            if (waits[i].revents != 0) waiting[i]->read(outcome, on_failure);
            waiting[i]->look_at_usage(Clock::now());
        }
    }
    outcome.took = Clock::now() - begun;
    std::ranges::sort(outcome.failed, {}, &FailedSeed::seed);
    return outcome;
}

}  // namespace tw::simulation
