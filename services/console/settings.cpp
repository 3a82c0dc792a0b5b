#include "services/console/settings.hpp"

#include "kit/http/text.hpp"
#include "kit/runtime/reasons.hpp"

#include <algorithm>

namespace tw::console {
namespace {

/// Marks of tokens that would need an escape in HTML or in a URL.
constexpr std::string_view kMarksLeftOut = "!#$%&'*+^`|";

}  // namespace

runtime::SettingTable<ConsoleSettings> console_settings() {
    using S = ConsoleSettings;
    using runtime::kMiB;
    using runtime::Unit;
    return {
        {"telemetry.console",
         &S::presence,
         {{"auto", Presence::automatic}, {"on", Presence::on}, {"off", Presence::off}},
         "Whether `tradewind up` runs the console, which records and shows all requests; auto means in the development profile"},
        {"address", &S::address, "The address of the console's page; if the default port is taken, the next free one of ten"},
        {"otlp_grpc_address", &S::otlp_grpc_address, "Where other programs send telemetry to the console by OTLP/gRPC"},
        {"otlp_http_address", &S::otlp_http_address, "Where other programs send telemetry to the console by OTLP/HTTP"},
        {"keep_bytes", &S::keep_bytes, 64 * kMiB, 1024 * 1024 * kMiB, Unit::bytes,
         "How much telemetry the console keeps on the disk; the oldest is removed first"},
        {"keep_hours", &S::keep_hours, 1, 24 * 366, Unit::count, "How many hours the console keeps telemetry"},
        {"hosts", &S::hosts,
         "Host names, separated by commas, for which the console accepts requests, as well as localhost: console.example"},
        {"cors_origins", &S::cors_origins,
         "Origins, separated by commas, whose pages may send telemetry to the OTLP/HTTP port, as well as those of localhost: "
         "https://shop.example"},
        {"base_path", &S::base_path,
         "The path below which a proxy shows the console's page, with a slash at both ends: /tradewind/; the proxy removes it"},
        {"assets", &S::assets, "A folder with the files of the console's page, served in the place of the built-in ones"},
        {"gateway_url", &S::gateway_url, runtime::UrlSchemes{{"http://", "https://"}},
         "The HTTP port of the shop that the console's page calls; by default that of the same process"},
        {"ops_urls", &S::ops_urls,
         "The operations ports of other processes, separated by commas, for the page about services: http://127.0.0.1:9465"},
        {"ops_token", &S::ops_token, "The token of the operations ports in console.ops_urls, as ops.token of those processes"},
        {"ops_ca", &S::ops_ca,
         "PEM file of the CA certificates for the operations ports in console.ops_urls; by default those of the system"},
    };
}

Result<void> check_base_path(std::string_view path) {
    const auto allowed = [](char c) {
        return c == '/' || (http::is_token_char(c) && kMarksLeftOut.find(c) == std::string_view::npos);
    };
    const bool good = path.starts_with('/') && path.ends_with('/') && path.find("//") == std::string_view::npos;
    if (good && std::ranges::all_of(path, allowed)) return {};
    return Error{Code::invalid_argument, tw::reason::kBadConfig,
                 "console.base_path is a path with a slash at both ends, such as /tradewind/"};
}

}  // namespace tw::console
