#pragma once

#include "kit/http/server.hpp"
#include "kit/net/address.hpp"
#include "kit/rpc/target.hpp"
#include "kit/runtime/config.hpp"
#include "kit/runtime/module_spec.hpp"
#include "kit/telemetry/log.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The settings that every program of modules has. The tables in process_settings.cpp say which key
/// fills which member, with its range and its help.
namespace tw::runtime {

struct ProcessSettings {
    Profile profile = Profile::dev;
    std::string config_file;
    std::string data_folder;
    std::string database_url;
    /// Whether callers may inject faults. It counts in the development profile alone.
    bool fault_injection = false;
};

struct RedisSettings {
    std::string url;
    std::string ca;
    std::string certificate;
    std::string key;
    /// Whether modules may keep rows beside their databases.
    bool keeps_rows = true;
};

enum class EventsBus : std::uint8_t { automatic, local, redis };

struct EventsSettings {
    EventsBus bus = EventsBus::automatic;
};

struct RuntimeSettings {
    /// 0 means one loop for each processor.
    std::size_t loops = 0;
    std::size_t workers = 2;
    /// Whether ports that no flag names are free ones that the system chooses.
    bool free_ports = false;
    std::string ready_file;
    /// For how long idempotency keys are kept.
    std::chrono::minutes keys_kept{30 * 24 * 60};
    net::Address ops{"127.0.0.1", 9464};
    /// How many processes run the same modules on the same databases.
    std::size_t replicas = 1;
    /// Where the ports of a container are published; empty outside of containers.
    std::string published_at;
};

enum class LogFormat : std::uint8_t { automatic, json, text };

struct LogSettings {
    std::string level = "info";
    LogFormat format = LogFormat::automatic;
    std::size_t buffer_bytes_max = 1024 * 1024;
    std::uint32_t repeats_max = telemetry::Logger::kRepeatsMax;
};

struct TelemetrySettings {
    std::string otlp_endpoint;
    bool receiver_optional = false;
};

struct ShutdownSettings {
    std::chrono::milliseconds grace{0};
    std::chrono::milliseconds time{25'000};
};

struct HttpSettings : http::ServerLimits {
    net::Address address{"127.0.0.1", 8080};
    std::string hosts;
};

/// Settings that each module has in its section, beside those that it declares.
struct ModuleSettings {
    /// The address of its gRPC port.
    net::Address address;
    /// Where it is when another process runs it.
    std::optional<rpc::Target> url;
    std::string database_url;
};

ProcessSettings process_settings(const Config& config);
RedisSettings redis_settings(const Config& config);
EventsSettings events_settings(const Config& config);
RuntimeSettings runtime_settings(const Config& config);
LogSettings log_settings(const Config& config);
TelemetrySettings telemetry_settings(const Config& config);
ShutdownSettings shutdown_settings(const Config& config);
HttpSettings http_settings(const Config& config);
/// A member has its default where the module has no such setting: without a gRPC port there are
/// neither address nor URL, without a schema there is no database.
ModuleSettings module_settings(const Config& config, const ModuleSpec& module);

/// Declare the settings above. `data_folder` is the default of data.folder.
void add_process_settings(std::vector<Setting>& all, const ProgramName& program, std::string data_folder);
void add_http_settings(std::vector<Setting>& all);
/// Declares ModuleSettings and what the module itself declares.
void add_module_settings(std::vector<Setting>& all, const ModuleSpec& module);

}  // namespace tw::runtime
