#pragma once

#include "kit/base/secret.hpp"
#include "kit/net/address.hpp"
#include "kit/runtime/setting_table.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace tw::console {

/// Whether `tradewind up` runs the console. `automatic` means: in the development profile.
enum class Presence : std::uint8_t { automatic, on, off };

/// The settings of the console's module.
struct ConsoleSettings {
    Presence presence = Presence::automatic;
    net::Address address{"127.0.0.1", 8090};
    net::Address otlp_grpc_address{"127.0.0.1", 4317};
    net::Address otlp_http_address{"127.0.0.1", 4318};
    /// How much is kept on the disk, and for how long.
    std::size_t keep_bytes = std::size_t{1024} * 1024 * 1024;
    std::uint32_t keep_hours = 168;
    /// Lists separated by commas.
    std::string hosts;
    std::string cors_origins;
    /// The path below which a browser sees the page.
    std::string base_path = "/";
    /// A folder whose files are served in the place of those in the program; empty for none.
    std::string assets;
    /// Where the shop's HTTP port is; empty for that of this process.
    std::string gateway_url;
    /// Where the operations ports of other processes are: URLs separated by commas.
    std::string ops_urls;
    /// What those ports ask for.
    Secret ops_token;
    std::string ops_ca;
};

runtime::SettingTable<ConsoleSettings> console_settings();

/// Fails with INVALID_ARGUMENT if the path does not begin and end with a slash, or has characters
/// other than letters, digits, slashes, `-`, `_`, `.` and `~`.
Result<void> check_base_path(std::string_view path);

}  // namespace tw::console
