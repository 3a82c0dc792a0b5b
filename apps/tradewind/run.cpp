#include "apps/tradewind/commands.hpp"
#include "apps/tradewind/program.hpp"

#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

namespace tw::app {
namespace {

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
               program().version, api, ports, listening.ops.to_string(),
               std::filesystem::absolute(config.text("data.folder")).lexically_normal().string(), api, api);
    std::fflush(stderr);
}

}  // namespace

int run(const runtime::Config& config, std::span<const runtime::ModuleSpec> chosen, bool banner) {
    return runtime::serve(program(), config, chosen, [&](const runtime::Listening& listening) {
        if (banner) print_banner(listening, config);
    });
}

}  // namespace tw::app
