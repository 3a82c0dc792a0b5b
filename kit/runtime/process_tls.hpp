#pragma once

#include "kit/net/tls_context.hpp"
#include "kit/runtime/config.hpp"
#include "kit/runtime/module_spec.hpp"
#include "kit/telemetry/log.hpp"
#include "kit/telemetry/metrics.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::runtime {

/// How the HTTP port is secured: with a certificate where one is set, not at all, or by a proxy in
/// front of it.
enum class EdgeTls : std::uint8_t { automatic, off, terminated_upstream };

struct TlsSettings {
    EdgeTls edge = EdgeTls::automatic;
    /// Paths of PEM files; those of the HTTP port are lists.
    std::string edge_certificate;
    std::string edge_key;
    std::string rpc_certificate;
    std::string rpc_key;
    std::string rpc_ca;
    /// How often the files are read for changes.
    std::chrono::milliseconds check{5'000};
};

TlsSettings tls_settings(const Config& config);
/// Declares the settings above.
void add_tls_settings(std::vector<Setting>& all);

/// What secures the ports and the channels of a process: one context for the HTTP port, one for the
/// operations port, two for each module. Thread-safe once made; keep it as long as what uses its
/// contexts.
class ProcessTls {
 public:
    using Context = std::shared_ptr<net::TlsContext>;

    /// By the settings; nothing is secured where they name no files. INVALID_ARGUMENT, BAD_CONFIG,
    /// naming the settings. Reads the files, so it blocks.
    static Result<ProcessTls> make(const Config& config, std::span<const ModuleSpec> modules);

    /// The context of the HTTP port: TLS 1.2 or later. Null where it is served in the clear.
    const Context& edge() const { return edge_; }
    /// The context of the operations port: TLS 1.2 or later. Null where it is served in the clear.
    const Context& ops() const { return ops_; }
    /// The context of a module's gRPC port: TLS 1.3, for clients that show a certificate of another
    /// module. Null where it is served in the clear.
    Context server_of(std::string_view module) const { return find(servers_, module); }
    /// The context of a module's channels to others: TLS 1.3. Null where they are in the clear.
    Context client_of(std::string_view module) const { return find(clients_, module); }
    bool any() const { return edge_ || ops_ || !servers_.empty(); }

    /// Has another's context looked after, too: a client's, whose certificates are nobody's to
    /// count.
    void follow(Context context) { followed_.push_back(std::move(context)); }

    /// Reads again what has changed, or all; for new connections. What cannot be used is logged
    /// once, and the former stays. `now` is what new certificates are looked at with, as by warn().
    void refresh(bool always, Timestamp now, const telemetry::Logger& log) const;

    /// Logs what is to be said about each certificate in use: it has expired or soon will, or
    /// rpc.ca does not vouch for it.
    void warn(Timestamp now, const telemetry::Logger& log) const;

    /// Those in use, each file once.
    std::vector<net::TlsCertificate> certificates() const;

    /// Has `meter` show when each certificate ends. `clock` outlives the meter.
    void observe(telemetry::Meter& meter, const Clock& clock) const;

 private:
    using Contexts = std::map<std::string, Context, std::less<>>;
    static Context find(const Contexts& contexts, std::string_view module);
    Result<void> add_edge(const Config& config);
    Result<void> add_ops(const Config& config, std::span<const ModuleSpec> modules);
    Result<void> add_module(const Config& config, const ModuleSpec& module);
    std::vector<Context> all() const;

    Context edge_;
    Context ops_;
    Contexts servers_;
    Contexts clients_;
    std::vector<Context> followed_;
};

}  // namespace tw::runtime
