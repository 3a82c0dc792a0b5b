#include "apps/tradewind/commands.hpp"
#include "apps/tradewind/curl_hint.hpp"
#include "apps/tradewind/open_page.hpp"
#include "apps/tradewind/program.hpp"
#include "kit/runtime/auth_settings.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/ops_settings.hpp"
#include "kit/runtime/standard_error.hpp"
#include "services/console/module.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tw::app {
namespace {

/// Returns where the data is: the data folder, or the databases, each of them once.
std::string data_of(const runtime::Config& config, std::span<const runtime::ModuleSpec> chosen) {
    std::vector<std::string> places;
    for (const auto& module : chosen) {
        if (module.schema == nullptr) continue;
        const auto place =
            runtime::keeps_data_in_folder(config, module)
                ? std::filesystem::absolute(runtime::process_settings(config).data_folder).lexically_normal().string()
                : runtime::shown_database_url(config, module);
        if (std::ranges::find(places, place) == places.end()) places.push_back(place);
    }
    return fmt::format("{}", fmt::join(places, ", "));
}

/// Returns who may call what.
std::string callers_of(const runtime::Config& config) {
    if (!runtime::requires_authentication(config))
        return "a call without a token acts as operator, since auth.issuers is not set";
    const auto issuers = runtime::auth_settings(config).issuers;
    if (issuers.empty()) return "public methods only, since auth.issuers is not set";
    return "those with a token of " + issuers;
}

/// Returns the address of the console's page; empty if it does not run.
std::string console_url(const runtime::Listening& listening) {
    const auto found = std::ranges::find(listening.own, "console", [](const auto& port) { return port.first; });
    if (found == listening.own.end()) return {};
    const auto& address = found->second;
    if (address.is_local_socket()) return address.to_string();
    return fmt::format("http://{}",
                       address.host == "127.0.0.1" ? fmt::format("localhost:{}", address.port) : address.to_string());
}

void print_banner(const runtime::Listening& listening, const runtime::Config& config,
                  std::span<const runtime::ModuleSpec> chosen) {
    const auto curl = curl_hint(config, *listening.http);
    const auto console = console_url(listening);
    std::string ports;
    for (const auto& [module, address] : listening.grpc)
        ports += fmt::format("{}{} {}", ports.empty() ? "" : ", ", module, address.to_string());
    const auto operations = listening.ops.is_local_socket()
                                ? listening.ops.to_string()
                                : std::string{runtime::ops_scheme(config)} + listening.ops.to_string();
    runtime::print_error(
        "\nTradewind {} is ready.\n"
        "{}"
        "  API         {}\n"
        "  gRPC        {}\n"
        "  operations  {} (lists its paths: /metrics, /ready, /config, /log_level and more)\n"
        "  data        {}\n"
        "  callers     {}\n"
        "Try:\n"
        "  curl {}-X POST {}/api/users -H 'Content-Type: application/json' -d "
        "'{{\"email\":\"alice@example.com\",\"name\":\"Alice\"}}'\n"
        "  curl {}{}/api/products/prod-123\n"
        "Ctrl-C ends it.\n\n",
        program().version, console.empty() ? "" : fmt::format("  console     {}\n", console),
        listening.http->is_local_socket() ? listening.http->to_string() : curl.base, ports, operations, data_of(config, chosen),
        callers_of(config), curl.options, curl.base, curl.options, curl.base);
}

}  // namespace

int run_all(const runtime::Config& config, std::span<const runtime::ModuleSpec> chosen, UpOptions options) {
    std::vector<runtime::ModuleSpec> running{chosen.begin(), chosen.end()};
    if (options.no_console || !console::runs_in_up(config))
        std::erase_if(running, [](const auto& module) { return module.takes_telemetry; });
    return runtime::serve(program(), config, running, [&](const runtime::Listening& listening) {
        print_banner(listening, config, running);
        if (const auto url = console_url(listening); options.open && !url.empty()) open_page(url);
    });
}

}  // namespace tw::app
