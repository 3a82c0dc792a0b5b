#include "kit/simulation/runner.hpp"

#include "kit/simulation/run/seed_workers.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <exception>
#include <fstream>
#include <optional>
#include <string_view>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tw::simulation {
namespace {

constexpr int kUsage = 2;
constexpr std::uint64_t kSeedsUsual = 2'000;

std::string without_text(const std::set<std::uint32_t>& numbers) {
    return numbers.empty() ? std::string{} : fmt::format(" --without {}", fmt::join(numbers, ","));
}

void print_violations(const RunOutcome& outcome) {
    for (const auto& violation : outcome.violations) fmt::print("  {}\n", violation);
}

int replay(RunOptions options, bool trace, const std::string& command, const Run& run) {
    if (trace) options.listener = [](std::string_view line) { fmt::print("{}\n", line); };
    RunOutcome outcome;
    try {
        outcome = run(options);
    } catch (const std::exception& fault) {
        fmt::print("the run ended with an exception: {}\n", fault.what());
        return 1;
    }
    fmt::print("seed {}: {} requests, {} faults, {:.1f} s of virtual time, history {:016x}\n", options.seed, outcome.requests,
               outcome.faults, std::chrono::duration<double>(outcome.virtual_time).count(), outcome.digest);
    if (outcome.violations.empty()) {
        fmt::print("nothing went wrong\n");
        return 0;
    }
    fmt::print("what went wrong:\n");
    print_violations(outcome);
    if (!trace) fmt::print("the history: {} {} --trace{}\n", command, options.seed, without_text(options.without));
    return 1;
}

int shorten_seed(RunOptions options, const std::string& command, const Run& run) {
    fmt::print("seed {}: looking for the faults that matter\n", options.seed);
    options.without = shorten(run, options);
    const auto outcome = run(options);
    if (outcome.violations.empty()) {
        fmt::print("nothing went wrong\n");
        return 0;
    }
    std::uint32_t kept = 0;
    for (std::uint32_t number = 0; number < outcome.faults; ++number) kept += options.without.contains(number) ? 0 : 1;
    fmt::print("goes wrong with {} of its faults:\n", kept);
    print_violations(outcome);
    fmt::print("the history: {} {} --trace{}\n", command, options.seed, without_text(options.without));
    return 1;
}

void print_coverage(const SeedsOutcome& all) {
    fmt::print("\nfaults, by kind and place: tried / happened\n");
    std::string_view kind;
    for (const auto& [where, tries] : all.coverage) {
        if (where.first != kind) fmt::print("  {}\n", where.first);
        kind = where.first;
        fmt::print("    {:<40} {:>12} / {}\n", where.second, tries.offered, tries.happened);
    }
    for (const auto& [where, tries] : all.coverage) {
        if (tries.happened == 0) fmt::print("never happened: {} at {}\n", where.first, where.second);
    }
}

/// Returns the numbers at the starts of the lines. A line may be empty or a comment (#).
std::vector<std::uint64_t> read_list(const std::string& path) {
    std::ifstream file{path};
    if (!file) throw CLI::ValidationError{"--list", "cannot read " + path};
    std::vector<std::uint64_t> seeds;
    for (std::string line; std::getline(file, line);) {
        std::uint64_t seed = 0;
        const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), seed);
        if (error == std::errc{}) {
            seeds.push_back(seed);
        } else if (!line.empty() && line.front() != '#') {
            throw CLI::ValidationError{"--list", path + ": no number: " + line};
        }
    }
    return seeds;
}

std::string xml_text(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

/// Writes one case for all seeds that passed, and one for each seed that failed.
void write_junit(const std::string& path, const SeedsOutcome& outcome) {
    std::ofstream file{path};
    file << "<testsuite name=\"simulation\">\n";
    if (outcome.seeds > outcome.failed.size()) {
        file << fmt::format("<testcase classname=\"simulation\" name=\"{} seeds\"/>\n", outcome.seeds - outcome.failed.size());
    }
    for (const auto& failed : outcome.failed) {
        file << fmt::format("<testcase classname=\"simulation\" name=\"seed {}\"><failure message=\"{}\"/></testcase>\n",
                            failed.seed, xml_text(fmt::format("{}", fmt::join(failed.violations, "; "))));
    }
    file << "</testsuite>\n";
}

int run_many(const SeedsPlan& plan, const std::string& junit, const std::string& command, const Run& run) {
    const auto outcome = run_seeds(plan, run, [&](const FailedSeed& failed) {
        fmt::print("seed {} went wrong:\n", failed.seed);
        for (const auto& violation : failed.violations) fmt::print("  {}\n", violation);
        fmt::print("  replay it: {} {} --trace\n", command, failed.seed);
        std::fflush(stdout);
    });
    print_coverage(outcome);
    const double seconds = std::max(1e-9, std::chrono::duration<double>(outcome.took).count());
    const double cpu_seconds = std::max(1e-9, std::chrono::duration<double>(outcome.cpu_time).count());
    fmt::print("\n{:.0f} s of virtual time in {:.0f} s, {:.0f} times as fast as the clock; {:.1f} s of CPU time\n",
               std::chrono::duration<double>(outcome.virtual_time).count(), seconds,
               std::chrono::duration<double>(outcome.virtual_time).count() / seconds, cpu_seconds);
    const auto print_count = [&](std::string_view name, std::uint64_t count) {
        fmt::print("{} {}, {:.0f} in a second of CPU time\n", count, name, static_cast<double>(count) / cpu_seconds);
    };
    print_count("requests", outcome.requests);
    for (const auto& [name, count] : outcome.counts) print_count(name, count);
    if (!junit.empty()) write_junit(junit, outcome);
    fmt::print("{} seeds passed, {} failed\n", outcome.seeds - outcome.failed.size(), outcome.failed.size());
    return outcome.failed.empty() ? 0 : 1;
}

}  // namespace

int run_main(int argc, char** argv, const std::string& command, const Run& run) {
    CLI::App app{"Runs the system in virtual time, with order and faults from a seed, and says what promises were broken."};
    app.require_subcommand(1);
    SeedsPlan plan{.seeds = kSeedsUsual, .jobs = std::max(1U, std::thread::hardware_concurrency())};
    RunOptions options;
    bool quiet = false;
    bool trace = false;
    std::vector<std::uint32_t> without;
    double minutes = 0;
    std::string list;
    std::string junit;

    auto* many = app.add_subcommand("seeds", "Runs many seeds");
    auto* seeds = many->add_option("--seeds", plan.seeds, "How many")->capture_default_str();
    many->add_option("--from", plan.from, "The first one")->capture_default_str();
    many->add_option("--minutes", minutes, "As many as there is time for, instead")->excludes(seeds)->check(CLI::PositiveNumber);
    many->add_option("--list", list, "A file of seeds that are run first");
    many->add_option("--junit", junit, "Writes a report into this file");
    many->add_option("--jobs", plan.jobs, "Processes at once")->capture_default_str()->check(CLI::Range(1, 256));
    many->add_flag("--quiet", quiet, "Without faults");
    many->add_flag("--first", plan.first_failure_ends, "Ends with the first that goes wrong");

    auto* one = app.add_subcommand("replay", "Runs one seed again");
    one->add_option("seed", options.seed, "Which")->required();
    one->add_flag("--trace", trace, "Prints its history");
    one->add_option("--without", without, "Numbers of faults to leave out: 3,4,9")->delimiter(',');
    one->add_flag("--quiet", quiet, "Without faults");

    auto* less = app.add_subcommand("shorten", "Looks for the fewest faults with which a seed goes wrong");
    less->add_option("seed", options.seed, "Which")->required();

    try {
        app.parse(argc, argv);
        if (!list.empty()) plan.listed = read_list(list);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : kUsage;
    }
    options.faults = plan.faults = !quiet;
    options.without.insert(without.begin(), without.end());
    if (minutes > 0) {
        plan.time = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double, std::ratio<60>>{minutes});
    }
    if (one->parsed()) return replay(options, trace, command, run);
    if (less->parsed()) return shorten_seed(options, command, run);
    return run_many(plan, junit, command, run);
}

}  // namespace tw::simulation
