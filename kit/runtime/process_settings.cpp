#include "kit/runtime/process_settings.hpp"

#include "kit/runtime/setting_table.hpp"

#include <utility>

#include <fmt/format.h>

namespace tw::runtime {
namespace {

UrlSchemes database_schemes() { return {{"sqlite:", "postgresql://", "postgres://"}}; }

SettingTable<ProcessSettings> process_table(const ProgramName& program) {
    using S = ProcessSettings;
    const auto file_help =
        fmt::format("The configuration file; {} of the working folder, if there is one", program.settings_file());
    return {
        {"profile",
         &S::profile,
         {{"dev", Profile::dev}, {"production", Profile::production}},
         "What the process is for; dev seeds demo data",
         {.option = "--profile"}},
        {"config.file", &S::config_file, file_help, {.option = "--config"}},
        {"data.folder", &S::data_folder, "Where embedded databases lie; made when missing", {.option = "--data"}},
        {"database.url",
         &S::database_url,
         database_schemes(),
         "The database of all modules; by default a SQLite file each in the data folder",
         {.alias = "DATABASE_URL"}},
    };
}

SettingTable<RedisSettings> redis_table() {
    using S = RedisSettings;
    return {
        {"redis.url",
         &S::url,
         UrlSchemes{{"redis://", "rediss://"}},
         "Redis, for the cache and for limits that all replicas share: redis://[user:password@]host:port/0, or rediss:// for TLS",
         {.alias = "REDIS_URL"}},
        {"redis.ca", &S::ca, "PEM file of those who vouch for a rediss:// server; by default whom the system trusts"},
        {"redis.certificate", &S::certificate, "PEM file of the certificate that a rediss:// server asks for"},
        {"redis.key", &S::key, "PEM file of its private key"},
        {"cache.mode",
         &S::keeps_rows,
         {{"auto", true}, {"off", false}},
         "auto keeps rows in Redis, or in memory where no other process has the database"},
    };
}

SettingTable<RuntimeSettings> runtime_table() {
    using S = RuntimeSettings;
    return {
        {"runtime.loops", &S::loops, 0, 256, Unit::count, "Event loops, a thread each; 0 means one for each processor"},
        {"runtime.workers", &S::workers, 1, 64, Unit::count, "Threads for what blocks"},
        {"runtime.ports",
         &S::free_ports,
         {{"fixed", false}, {"auto", true}},
         "auto takes free ports for all that no flag names",
         {.option = "--ports"}},
        {"runtime.ready_file",
         &S::ready_file,
         "A file that is written, as JSON, once the process is ready",
         {.option = "--ready-file"}},
        {"ops.address", &S::ops, "The operations port", {.option = "--ops"}},
    };
}

SettingTable<LogSettings> log_table() {
    using S = LogSettings;
    return {
        {"log.level",
         &S::level,
         "A level for all, or for single modules: info,order=debug",
         {.alias = "LOG_LEVEL", .option = "--log-level"}},
        {"log.format",
         &S::format,
         {{"auto", LogFormat::automatic}, {"json", LogFormat::json}, {"text", LogFormat::text}},
         "auto is text on a terminal and JSON elsewhere"},
        {"log.buffer_bytes_max", &S::buffer_bytes_max, 4 * kKiB, 256 * kMiB, Unit::bytes,
         "Log lines waiting for standard output; more are dropped and counted"},
        {"log.repeats_max", &S::repeats_max, 0, 1'000'000, Unit::count,
         "Log records of the same warning, failure or refusal in ten seconds; more are counted and told of by log.repeated; 0 "
         "writes all"},
    };
}

SettingTable<TelemetrySettings> telemetry_table() {
    using S = TelemetrySettings;
    return {
        {"telemetry.otlp_endpoint",
         &S::otlp_endpoint,
         UrlSchemes{{"http://", "https://"}},
         "The collector that traces, metrics and logs are sent to; OTEL_ variables go before it",
         {.alias = "OTLP_ENDPOINT"}},
        {"telemetry.receiver",
         &S::receiver_optional,
         {{"expected", false}, {"optional", true}},
         "Whether lost telemetry is told of in the log from the start, or only once a receiver has answered"},
    };
}

SettingTable<ShutdownSettings> shutdown_table() {
    using S = ShutdownSettings;
    return {
        {"shutdown.grace_ms", &S::grace, 0, 20'000, Unit::milliseconds,
         "How long to go on serving after a signal while unready, so that balancers notice"},
        {"shutdown.time_ms", &S::time, 1'000, kHourMs, Unit::milliseconds,
         "When a shutdown is over at the latest, grace included"},
    };
}

SettingTable<HttpSettings> http_table() {
    using S = HttpSettings;
    return {
        {"http.address", &S::address, "The HTTP port of the gateway", {.option = "--http"}},
        {"http.hosts", &S::hosts,
         "Hosts that the HTTP and the operations port answer for, by comma, beside loopback and the address they are bound to; "
         "by "
         "default all, but only loopback where profile = dev is bound to it; * means all"},
        {"http.header_bytes_max", &S::header_bytes_max, kKiB, kMiB, Unit::bytes, "The header of a request"},
        {"http.uri_bytes_max", &S::uri_bytes_max, 256, kMiB, Unit::bytes, "The target of a request"},
        {"http.body_bytes_max", &S::body_bytes_max, 1, 256 * kMiB, Unit::bytes, "The body of a request"},
        {"http.connections_max", &S::connections_max, 1, 1'000'000, Unit::count, "Connections at a time; the next one gets 503"},
        {"http.connections_per_address_max", &S::connections_per_address_max, 0, 1'000'000, Unit::count,
         "Likewise those of one client: an IPv4 address, the /64 of an IPv6 one; 0 means no limit"},
        {"http.header_time_ms", &S::header_time_max, 10, kHourMs, Unit::milliseconds,
         "From the first byte of a request to the end of its header"},
        {"http.request_time_ms", &S::request_time_max, 10, kHourMs, Unit::milliseconds,
         "The deadline of a request, from its first byte"},
        {"http.idle_time_ms", &S::idle_time_max, 10, kHourMs, Unit::milliseconds, "Between the requests of a connection"},
        {"http.keepalive_time_ms", &S::keepalive_time, 0, 24 * kHourMs, Unit::milliseconds,
         "How long a client of HTTP/2 may be silent before it is asked whether it is still there; 0 means it never is"},
    };
}

/// Keys without the module's section.
SettingTable<ModuleSettings> module_table(const ModuleSpec& module) {
    using S = ModuleSettings;
    SettingTable<S> table;
    const std::string name{module.name};
    if (module.grpc_port != 0) {
        std::string alias;
        for (const char c : name) alias += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
        alias += "_SERVICE_URL";
        const auto option = "--grpc " + name + "=";
        table.add({"address", &S::address, "The gRPC port of the module", {.option = option}});
        table.add({"url",
                   &S::url,
                   "Where the module is when another process runs it; by default its usual port here",
                   {.alias = alias}});
    }
    if (module.schema != nullptr) {
        table.add({"database_url", &S::database_url, database_schemes(), "The module's own database, before database.url"});
    }
    return table;
}

ModuleSettings default_module_settings(const ModuleSpec& module) { return {.address = {"127.0.0.1", module.grpc_port}}; }

std::string section_of(const ModuleSpec& module) { return std::string{module.name} + "."; }

}  // namespace

ProcessSettings process_settings(const Config& config) { return process_table(config.program()).read(config); }
RedisSettings redis_settings(const Config& config) { return redis_table().read(config); }
RuntimeSettings runtime_settings(const Config& config) { return runtime_table().read(config); }
LogSettings log_settings(const Config& config) { return log_table().read(config); }
TelemetrySettings telemetry_settings(const Config& config) { return telemetry_table().read(config); }
ShutdownSettings shutdown_settings(const Config& config) { return shutdown_table().read(config); }
HttpSettings http_settings(const Config& config) { return http_table().read(config); }

ModuleSettings module_settings(const Config& config, const ModuleSpec& module) {
    return module_table(module).read_below(config, section_of(module));
}

void add_process_settings(std::vector<Setting>& all, const ProgramName& program, std::string data_folder) {
    append(all, process_table(program).declare({.data_folder = std::move(data_folder)}));
    append(all, redis_table().declare());
    append(all, runtime_table().declare());
    append(all, log_table().declare());
    append(all, telemetry_table().declare());
    append(all, shutdown_table().declare());
}

void add_http_settings(std::vector<Setting>& all) { append(all, http_table().declare()); }

void add_module_settings(std::vector<Setting>& all, const ModuleSpec& module) {
    auto settings = module_table(module).declare(default_module_settings(module));
    append(settings, module.make()->settings());
    for (auto& setting : settings) {
        setting.key = section_of(module) + setting.key;
        all.push_back(std::move(setting));
    }
}

}  // namespace tw::runtime
