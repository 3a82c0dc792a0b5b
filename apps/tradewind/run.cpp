#include "apps/tradewind/commands.hpp"
#include "apps/tradewind/modules.hpp"
#include "apps/tradewind/sources.hpp"
#include "apps/tradewind/version.hpp"
#include "kit/runtime/descriptors.hpp"
#include "kit/runtime/process.hpp"
#include "kit/runtime/signals.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <malloc.h>
#include <unistd.h>

#include <fmt/format.h>

namespace tw::app {
namespace {

using runtime::Process;

std::string_view edge_scheme(const runtime::Config& config) {
    const bool tls = config.text("edge.tls") == "auto" && !config.text("edge.certificate").empty();
    return tls ? "https://" : "http://";
}

void print_banner(const runtime::Listening& listening, const runtime::Config& config) {
    const auto api = std::string{edge_scheme(config)} + (listening.http ? listening.http->to_string() : "");
    std::string ports;
    for (const auto& [module, address] : listening.grpc)
        ports += fmt::format("{}{} {}", ports.empty() ? "" : ", ", module, address.to_string());
    fmt::print(stderr,
               "\nTradewind {} is ready.\n"
               "  API         {}\n"
               "  gRPC        {}\n"
               "  operations  http://{} (/metrics, /telemetry, /requests, /channelz, /ready, /config, /log_level, /loops)\n"
               "  data        {}\n"
               "Try:\n"
               "  curl -X POST {}/api/users -H 'Content-Type: application/json' -d "
               "'{{\"email\":\"alice@example.com\",\"name\":\"Alice\"}}'\n"
               "  curl {}/api/products/prod-123\n"
               "Ctrl-C ends it.\n\n",
               version(), api, ports, listening.ops.to_string(),
               std::filesystem::absolute(config.text("data.folder")).lexically_normal().string(), api, api);
    std::fflush(stderr);
}

/// Arenas beyond one for each thread that allocates much only spread the memory out.
void limit_arenas(const runtime::Config& config) {
    const auto wanted = config.integer("runtime.loops");
    const auto loops = wanted > 0 ? wanted : ::sysconf(_SC_NPROCESSORS_ONLN);
    ::mallopt(M_ARENA_MAX, static_cast<int>(loops) + 1);
}

/// Returns when a signal asks for the end. Meanwhile it looks after the certificates. SIGHUP is the end, too, where it means that
/// the terminal has gone.
void wait_for_end(Process& process, const runtime::Config& config) {
    const bool terminal = ::isatty(STDIN_FILENO) == 1;
    while (true) {
        const auto signal = runtime::Signals::wait_for(config.duration("tls.check_ms"));
        if (signal && (*signal != SIGHUP || terminal)) return;
        process.refresh_certificates(signal.has_value());
    }
}

}  // namespace

int run(const runtime::Config& config, std::span<const runtime::ModuleSpec> chosen, bool banner) {
    limit_arenas(config);
    runtime::allow_all_descriptors();
    if (const auto& file = config.text("runtime.ready_file"); !file.empty()) ::unlink(file.c_str());

    // Threads inherit what is held, so those of the process are made while it is; this one may be interrupted meanwhile.
    runtime::Signals::hold();
    auto starting =
        std::async(std::launch::async, [&] { return Process::start(config, modules(), chosen, version(), environment()); });
    runtime::Signals::release();
    auto process = starting.get();
    if (!process) return report(process.error());
    runtime::Signals::hold();
    if (const auto announced = (*process)->announce(); !announced) return report(announced.error());
    if (banner) print_banner((*process)->listening(), config);

    wait_for_end(**process, config);
    constexpr std::chrono::seconds kSpare{2};
    const auto time = std::chrono::duration_cast<std::chrono::seconds>(config.duration("shutdown.time_ms"));
    runtime::Signals::exit_on_next(time + kSpare);
    if (!(*process)->stop()) std::_Exit(0);
    return 0;
}

}  // namespace tw::app
