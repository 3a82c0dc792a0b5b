#pragma once

#include "kit/gateway/cors.hpp"
#include "kit/runtime/config.hpp"
#include "kit/runtime/module.hpp"
#include "kit/runtime/setting_table.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace tw::gateway {

/// Whether the HTTP port has the page /docs. `automatic` means: in the development profile.
enum class Docs : std::uint8_t { automatic, on, off };

/// The settings of the gateway's module.
struct GatewaySettings {
    /// How many requests per second one client may make to one route over time. 0 means no limit.
    std::uint32_t requests_per_second_max = 100'000;
    std::uint32_t requests_burst_max = 200'000;
    /// Lists separated by commas, as Cors::allowing takes them.
    std::string cors_origins;
    std::string cors_headers;
    std::string cors_exposed_headers;
    std::chrono::seconds cors_age{600};
    /// How long an event stream may be silent before the client gets a comment line.
    std::chrono::seconds heartbeat{15};
    /// The size from which answers are compressed. 0 means that none is.
    std::size_t gzip_bytes_min = 1024;
    Docs docs = Docs::automatic;
};

runtime::SettingTable<GatewaySettings> gateway_settings();

/// Returns whether a program with these settings and this profile has the page /docs.
bool shows_api(const GatewaySettings& settings, runtime::Profile profile);

/// Returns the policy that the settings describe. Fails as Cors::allowing does.
Result<Cors> cors_of(const runtime::ModuleConfig& config);

}  // namespace tw::gateway
