#include "kit/runtime/program.hpp"

#include "kit/redis/reasons.hpp"
#include "kit/runtime/config_sources.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/host/descriptors.hpp"
#include "kit/runtime/host/process.hpp"
#include "kit/runtime/ops_settings.hpp"
#include "kit/runtime/process_tls.hpp"
#include "kit/runtime/signals.hpp"
#include "kit/runtime/standard_error.hpp"
#include "kit/sql/reasons.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <future>
#include <malloc.h>
#include <unistd.h>

#include <fmt/format.h>

namespace tw::runtime {
namespace {

/// Arenas beyond one for each thread that allocates much only spread the memory out.
void limit_arenas(const Config& config) {
    const auto wanted = static_cast<long>(runtime_settings(config).loops);
    const auto loops = wanted > 0 ? wanted : ::sysconf(_SC_NPROCESSORS_ONLN);
    ::mallopt(M_ARENA_MAX, static_cast<int>(loops) + 1);
}

/// Threads inherit what is held, so those of the process are made while it is; this one may be
/// interrupted meanwhile.
Result<std::unique_ptr<Process>> start(const Program& program, const Config& config, std::span<const ModuleSpec> chosen) {
    Signals::hold();
    auto starting = std::async(std::launch::async, [&] { return Process::start(program, config, chosen, environment()); });
    Signals::release();
    auto process = starting.get();
    Signals::hold();
    return process;
}

/// Returns when a signal asks for the end. Meanwhile it checks the certificates and the
/// records that the log has left out. SIGHUP is the end, too, where it means that the terminal has
/// gone.
void wait_for_end(Process& process, const Config& config) {
    const bool terminal = ::isatty(STDIN_FILENO) == 1;
    const std::chrono::milliseconds check = tls_settings(config).check;
    const std::chrono::milliseconds window{telemetry::RepeatLimit::kWindow};
    auto checked = std::chrono::steady_clock::now();
    while (true) {
        const auto signal = Signals::wait_for(std::min(check, window));
        if (signal && (*signal != SIGHUP || terminal)) return;
        process.report_left_out();
        const auto now = std::chrono::steady_clock::now();
        if (!signal && now - checked < check) continue;
        checked = now;
        process.refresh_certificates(signal.has_value());
    }
}

}  // namespace

int serve(const Program& program, const Config& config, std::span<const ModuleSpec> chosen,
          const std::function<void(const Listening&)>& on_ready) {
    limit_arenas(config);
    allow_all_descriptors();
    for (const auto& warning : config.warnings()) print_error("{}: warning: {}\n", program.name.text(), warning);
    if (const auto file = runtime_settings(config).ready_file; !file.empty()) {
        if (const auto prepared = prepare_ready_file(file); !prepared) return report(program.name, prepared.error());
    }

    auto process = start(program, config, chosen);
    if (!process) return report(program.name, process.error());
    if (const auto announced = (*process)->announce(); !announced) return report(program.name, announced.error());
    if (on_ready) {
        on_ready((*process)->listening());
    } else {
        print_error("{}: ready: {}\n", program.name.text(),
                    describe((*process)->listening(), edge_scheme(config), ops_scheme(config)));
    }

    wait_for_end(**process, config);
    constexpr std::chrono::seconds kSpare{2};
    const auto time = std::chrono::duration_cast<std::chrono::seconds>(shutdown_settings(config).time);
    Signals::exit_on_next(time + kSpare);
    if (!(*process)->stop()) std::_Exit(0);
    return 0;
}

int report(const ProgramName& program, const Error& error) {
    print_error("{}: {}\n", program.text(), error.detail());
    for (const auto& violation : error.violations()) print_error("  {}\n", violation.detail);
    return exit_code_of(error);
}

int exit_code_of(const Error& error) {
    constexpr int kUnavailable = 69;
    constexpr int kSoftware = 70;
    constexpr int kConfig = 78;
    // What a server refuses because of who or what it was asked for is mended in a setting, not by
    // waiting.
    constexpr std::array<std::string_view, 6> kSettings{reason::kDatabaseRefused, reason::kDatabaseNotDurable,
                                                        reason::kRedisCluster,    reason::kRedisAuthentication,
                                                        reason::kRedisPermission, reason::kRedisDatabase};
    if (error.code() == Code::invalid_argument || std::ranges::find(kSettings, error.reason()) != kSettings.end()) return kConfig;
    return error.code() == Code::internal ? kSoftware : kUnavailable;
}

}  // namespace tw::runtime
