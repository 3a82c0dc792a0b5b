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
        fmt::format("The configuration file; by default {} in the working folder, if it exists", program.settings_file());
    return {
        {"profile",
         &S::profile,
         {{"dev", Profile::dev}, {"production", Profile::production}},
         "Purpose of the process: dev creates demo data and listens on loopback only; production refuses to start with unsafe "
         "settings",
         {.option = "--profile"}},
        {"config.file", &S::config_file, file_help, {.option = "--config"}},
        {"data.folder", &S::data_folder, "The folder for SQLite databases; created if it does not exist", {.option = "--data"}},
        {"database.url",
         &S::database_url,
         database_schemes(),
         "The database of all modules; by default each module has a SQLite file in the data folder",
         {.alias = "DATABASE_URL"}},
        {"fault_injection", &S::fault_injection,
         "Whether the header field x-tw-fault and the path /faults of the operations port make calls slow or fail, for "
         "development; refused in the production profile"},
    };
}

SettingTable<RedisSettings> redis_table() {
    using S = RedisSettings;
    return {
        {"redis.url",
         &S::url,
         UrlSchemes{{"redis://", "rediss://"}},
         "Redis for the cache and for rate limits that all replicas share: redis://[user:password@]host:port/0, or rediss:// for "
         "TLS",
         {.alias = "REDIS_URL"}},
        {"redis.ca", &S::ca, "PEM file of the CA certificates for a rediss:// server; by default those of the system"},
        {"redis.certificate", &S::certificate, "PEM file of the client certificate for a rediss:// server"},
        {"redis.key", &S::key, "PEM file of the private key of redis.certificate"},
        {"cache.mode",
         &S::keeps_rows,
         {{"auto", true}, {"off", false}},
         "auto caches rows in Redis, or in memory when no other process uses the database; off caches nothing"},
    };
}

SettingTable<EventsSettings> events_table() {
    using S = EventsSettings;
    return {
        {"events.bus",
         &S::bus,
         {{"auto", EventsBus::automatic}, {"local", EventsBus::local}, {"redis", EventsBus::redis}},
         "How events reach their consumers: local within each process, redis also between processes, by the server of "
         "redis.url; auto means local"},
    };
}

SettingTable<RuntimeSettings> runtime_table() {
    using S = RuntimeSettings;
    return {
        {"runtime.loops", &S::loops, 0, 256, Unit::count,
         "Number of event loops, each with its own thread; 0 means one per processor"},
        {"runtime.workers", &S::workers, 1, 64, Unit::count,
         "Number of threads for blocking work, such as files and compression"},
        {"runtime.ports",
         &S::free_ports,
         {{"fixed", false}, {"auto", true}},
         "auto uses free ports for all addresses that no flag sets",
         {.option = "--ports"}},
        {"runtime.ready_file",
         &S::ready_file,
         "A file to write when the process is ready, with its ports as JSON",
         {.option = "--ready-file"}},
        {"idempotency.kept_minutes", &S::keys_kept, 1, 366 * 24 * 60, Unit::minutes,
         "How long an idempotency key is kept after its call; a call with the same key after that has its effect again"},
        {"runtime.replicas", &S::replicas, 1, 10'000, Unit::count,
         "How many replicas of this process there are; with more than one, profile = production refuses SQLite, which serves one "
         "process only"},
        {"runtime.published_at", &S::published_at,
         "The address of the host at which the ports of this container are published, such as 127.0.0.1; with profile = dev the "
         "process listens beyond loopback only if this is a loopback address"},
        {"ops.address",
         &S::ops,
         "The address of the operations port: health, metrics, settings, log levels",
         {.option = "--ops"}},
    };
}

SettingTable<LogSettings> log_table() {
    using S = LogSettings;
    return {
        {"log.level",
         &S::level,
         "The log level for all parts, or for single ones: info,order=debug",
         {.alias = "LOG_LEVEL", .option = "--log-level"}},
        {"log.format",
         &S::format,
         {{"auto", LogFormat::automatic}, {"json", LogFormat::json}, {"text", LogFormat::text}},
         "The format of the log; auto means text on a terminal and JSON elsewhere"},
        {"log.buffer_bytes_max", &S::buffer_bytes_max, 4 * kKiB, 256 * kMiB, Unit::bytes,
         "How many bytes of log lines may wait for standard output; more are dropped and counted"},
        {"log.repeats_max", &S::repeats_max, 0, 1'000'000, Unit::count,
         "How many log records of the same warning or error are written in ten seconds; log.repeated says how many more there "
         "were; 0 means no limit"},
    };
}

SettingTable<TelemetrySettings> telemetry_table() {
    using S = TelemetrySettings;
    return {
        {"telemetry.otlp_endpoint",
         &S::otlp_endpoint,
         UrlSchemes{{"http://", "https://"}},
         "The collector that receives traces, metrics and logs; OTEL_ variables win over it",
         {.alias = "OTLP_ENDPOINT"}},
        {"telemetry.receiver",
         &S::receiver_optional,
         {{"expected", false}, {"optional", true}},
         "expected logs lost telemetry from the start, optional only after a receiver has answered once"},
    };
}

SettingTable<ShutdownSettings> shutdown_table() {
    using S = ShutdownSettings;
    return {
        {"shutdown.grace_ms", &S::grace, 0, 20'000, Unit::milliseconds,
         "How long to serve requests after SIGTERM while /ready says 503, so that load balancers notice"},
        {"shutdown.timeout_ms",
         &S::time,
         1'000,
         kHourMs,
         Unit::milliseconds,
         "How long a shutdown may take, shutdown.grace_ms included",
         {.was = "shutdown.time_ms"}},
    };
}

SettingTable<HttpSettings> http_table() {
    using S = HttpSettings;
    return {
        {"http.address", &S::address, "The address of the HTTP port, for HTTP/JSON, gRPC and gRPC-Web", {.option = "--http"}},
        {"http.hosts", &S::hosts,
         "Host names that requests to the HTTP and operations ports may have, separated by commas; loopback and the port's own "
         "address are always allowed. * allows all. The default allows all, or only loopback if profile = dev listens on "
         "loopback"},
        {"http.header_bytes_max", &S::header_bytes_max, kKiB, kMiB, Unit::bytes, "Size of the header fields of a request"},
        {"http.uri_bytes_max", &S::uri_bytes_max, 256, kMiB, Unit::bytes, "Length of the path and query of a request"},
        {"http.path_bytes_max", &S::path_bytes_max, 256, kMiB, Unit::bytes, "Length of the path of a request"},
        {"http.path_segments_max", &S::path_segments_max, 8, 1'000, Unit::count,
         "Number of segments that the path of a request may have"},
        {"http.query_bytes_max", &S::query_bytes_max, 256, kMiB, Unit::bytes, "Length of the query of a request"},
        {"http.query_parameters_max", &S::query_parameters_max, 1, 10'000, Unit::count,
         "Number of parameters that the query of a request may have"},
        {"http.body_bytes_max", &S::body_bytes_max, 1, 256 * kMiB, Unit::bytes,
         "Size of the body of a request; a larger one gets 413"},
        {"http.connections_max", &S::connections_max, 1, 1'000'000, Unit::count,
         "Number of open connections; the next one gets 503"},
        {"http.connections_per_address_max", &S::connections_per_address_max, 0, 1'000'000, Unit::count,
         "Number of open connections per client, which is an IPv4 address or an IPv6 /64 network; 0 means no limit"},
        {"http.header_timeout_ms",
         &S::header_time_max,
         10,
         kHourMs,
         Unit::milliseconds,
         "How long the header fields of a request may take to arrive, from its first byte",
         {.was = "http.header_time_ms"}},
        {"http.request_timeout_ms",
         &S::request_time_max,
         10,
         kHourMs,
         Unit::milliseconds,
         "How long a request may take, from its first byte to the answer",
         {.was = "http.request_time_ms"}},
        {"http.idle_timeout_ms",
         &S::idle_time_max,
         10,
         kHourMs,
         Unit::milliseconds,
         "How long a connection may be open without a request",
         {.was = "http.idle_time_ms"}},
        {"http.keepalive_time_ms", &S::keepalive_time, 0, 24 * kHourMs, Unit::milliseconds,
         "How long an HTTP/2 client may be silent before the server sends a keepalive ping; 0 means no pings"},
        {"http.streams_max", &S::answer_streams_max, 1, 1'000'000, Unit::count,
         "Number of event streams that are sent at once; the next one gets 503"},
        {"http.streams_per_address_max", &S::answer_streams_per_address_max, 0, 1'000'000, Unit::count,
         "Number of event streams per client, which is an IPv4 address or an IPv6 /64 network; 0 means no limit"},
        {"http.stream_stall_timeout_ms", &S::stream_stall_time_max, 10, kHourMs, Unit::milliseconds,
         "How long the client of an event stream may read nothing before it is cut off"},
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
        if (module.make != nullptr) {
            table.add({"address", &S::address, "The address of the module's gRPC port", {.option = option}});
        }
        table.add({"url",
                   &S::url,
                   "The address of the module if another process runs it; by default its usual port on this machine",
                   {.alias = alias}});
    }
    if (module.make != nullptr && module.schema != nullptr) {
        table.add({"database_url", &S::database_url, database_schemes(), "The module's own database; wins over database.url"});
    }
    return table;
}

ModuleSettings default_module_settings(const ModuleSpec& module) { return {.address = {"127.0.0.1", module.grpc_port}}; }

std::string section_of(const ModuleSpec& module) { return std::string{module.name} + "."; }

}  // namespace

ProcessSettings process_settings(const Config& config) { return process_table(config.program()).read(config); }
RedisSettings redis_settings(const Config& config) { return redis_table().read(config); }
EventsSettings events_settings(const Config& config) { return events_table().read(config); }
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
    append(all, events_table().declare());
    append(all, runtime_table().declare());
    append(all, log_table().declare());
    append(all, telemetry_table().declare());
    append(all, shutdown_table().declare());
}

void add_http_settings(std::vector<Setting>& all) { append(all, http_table().declare()); }

void add_module_settings(std::vector<Setting>& all, const ModuleSpec& module) {
    auto settings = module_table(module).declare(default_module_settings(module));
    if (module.make != nullptr) append(settings, module.make()->settings());
    for (auto& setting : settings) {
        setting.key = key_in(section_of(module), setting.key);
        setting.former_key = key_in(section_of(module), setting.former_key);
        all.push_back(std::move(setting));
    }
}

}  // namespace tw::runtime
