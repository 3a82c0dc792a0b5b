#include "apps/tradewind/commands.hpp"
#include "apps/tradewind/curl_hint.hpp"
#include "apps/tradewind/program.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/standard_error.hpp"

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

void print_banner(const runtime::Listening& listening, const runtime::Config& config,
                  std::span<const runtime::ModuleSpec> chosen) {
    const auto curl = curl_hint(config, *listening.http);
    std::string ports;
    for (const auto& [module, address] : listening.grpc)
        ports += fmt::format("{}{} {}", ports.empty() ? "" : ", ", module, address.to_string());
    const auto operations = listening.ops.is_local_socket() ? listening.ops.to_string() : "http://" + listening.ops.to_string();
    runtime::print_error(
        "\nTradewind {} is ready.\n"
        "  API         {}\n"
        "  gRPC        {}\n"
        "  operations  {} (/metrics, /telemetry, /requests, /channelz, /ready, /config, /log_level, /loops)\n"
        "  data        {}\n"
        "Try:\n"
        "  curl {}-X POST {}/api/users -H 'Content-Type: application/json' -d "
        "'{{\"email\":\"alice@example.com\",\"name\":\"Alice\"}}'\n"
        "  curl {}{}/api/products/prod-123\n"
        "Ctrl-C ends it.\n\n",
        program().version, listening.http->is_local_socket() ? listening.http->to_string() : curl.base, ports, operations,
        data_of(config, chosen), curl.options, curl.base, curl.options, curl.base);
}

}  // namespace

int run(const runtime::Config& config, std::span<const runtime::ModuleSpec> chosen, bool banner) {
    if (!banner) return runtime::serve(program(), config, chosen);
    return runtime::serve(program(), config, chosen,
                          [&](const runtime::Listening& listening) { print_banner(listening, config, chosen); });
}

}  // namespace tw::app
