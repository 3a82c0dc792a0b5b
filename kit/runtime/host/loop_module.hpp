#pragma once

#include "kit/audit/audit_trail.hpp"
#include "kit/audit/auditing_database.hpp"
#include "kit/audit/denial_reporter.hpp"
#include "kit/http/proxy_acceptor.hpp"
#include "kit/http/server.hpp"
#include "kit/net/tls_acceptor.hpp"
#include "kit/rpc/port_services.hpp"
#include "kit/rpc/server.hpp"
#include "kit/rpc/service_table.hpp"
#include "kit/runtime/host/loop_background.hpp"
#include "kit/runtime/host/loop_caches.hpp"
#include "kit/runtime/host/operated_modules.hpp"
#include "kit/runtime/loop_modules.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tw::runtime {

/// One module's objects on one event loop. They are destroyed in dependency order: servers,
/// services and their parts (in reverse order of creation), channels, database.
class LoopModule final : public LoopHost {
 public:
    LoopModule(LoopModules& loop_modules, ModuleInstance& module);
    ~LoopModule() override;

    /// Lets the module serve, and puts servers in front of what it serves. The error of a module
    /// that cannot.
    Result<void> open();
    std::string_view name() const { return module_.spec().name; }
    const rpc::ServiceTable& services() const { return table_; }
    bool serves_http() const { return http_server_ != nullptr; }
    bool serves_rpc() const { return rpc_server_ != nullptr; }
    /// Takes over a connection to the port that this module serves.
    void serve_http(net::Socket socket);
    void serve_rpc(net::Socket socket);
    void serve_http(std::unique_ptr<net::Stream> stream);
    void serve_rpc(std::unique_ptr<net::Stream> stream);
    /// At the deadline, connections that are left are cut.
    Task<void> drain_http(Deadline deadline);
    Task<void> drain_rpc(Deadline deadline);
    ModuleRpcState rpc_state() const;
    /// Tells those who watch that this is the end, and ends what would go on for good.
    void begin_drain();
    /// How many handlers are at work.
    std::size_t running() const;
    LoopBackground& background() { return background_; }
    /// What an operator may look at. The module has a database.
    OperatedModule operated();

    EventLoop& loop() override { return loop_modules_.loop_; }
    telemetry::Telemetry telemetry() override { return {tracer_, log_, meter_, loop_modules_.context_.propagators}; }
    const Clock& clock() const override { return loop_modules_.context_.clock; }
    Random& random() override { return loop_modules_.random_; }
    const ModuleConfig& config() const override { return module_.config(); }
    sql::Database& database() override;
    rpc::Channel& channel(std::string_view module) override;
    cache::Cache& cache() override { return caches_.cache(); }
    std::shared_ptr<cache::Invalidations> invalidations() override { return caches_.invalidations(); }
    cache::RateLimiter& rate_limiter() override { return caches_.rate_limiter(); }
    durable::Flows& flows() override { return background_.flows(); }
    events::Bus& events() override { return background_.events(); }
    void consume(std::string stream, std::string name, events::Handler handler, events::BatchHandler batch_handler) override {
        background_.consume(std::move(stream), std::move(name), std::move(handler), std::move(batch_handler));
    }
    void add_service(std::unique_ptr<rpc::Service> service) override;
    void set_http_handler(http::Handler handler, http::RefusalHook on_refusal, http::StreamTaker* streams) override {
        http_handler_ = std::move(handler);
        on_refusal_ = std::move(on_refusal);
        streams_ = streams;
    }
    std::span<rpc::Policy* const> edge_policies() override { return edge_policies_; }
    std::shared_ptr<std::atomic<std::uint32_t>> shared_call_count() override { return module_.call_count(); }
    std::shared_ptr<idempotency::KeysInProgress> keys_in_progress() override { return module_.keys_in_progress(); }
    void listen_to_drain(DrainListener& listener) override { drain_listeners_.push_back(&listener); }
    LoopAuth* auth() override { return loop_modules_.auth_.get(); }
    audit::AuditTrail* audit_trail_of(const rpc::Method& method) override;
    audit::AuditTrail* audit_trail() override;
    audit::DenialReporter* denial_reporter() override { return denial_reporter_.get(); }
    std::shared_ptr<const rpc::StandingFaults> standing_faults() override { return loop_modules_.context_.standing_faults; }
    /// Stores what waits for the audit log.
    Task<void> stop_audit();
    Health overall_health() const override { return loop_modules_.context_.health.overall(); }
    std::string_view version() const override { return loop_modules_.context_.version; }

 private:
    void make_policies();
    void open_audit_trail(sql::Database& database);
    void open_denial_reporter();
    void serve_denials();
    void keep_alive(std::shared_ptr<void> object) override { kept_.push_back(std::move(object)); }
    std::unique_ptr<rpc::Channel> make_channel(std::string_view module);
    /// Returns the beginning of the URI that the certificate of `module` must have.
    std::string identity_prefix(const ModuleSpec& module) const;
    /// Returns the identity that this module shows to modules of the same process.
    std::string own_identity() const;
    void count_calls();
    std::unique_ptr<net::TlsAcceptor> make_acceptor(std::shared_ptr<net::TlsContext> context, std::string_view port,
                                                    net::TlsAnswerInClear answer_in_clear = {});
    template <class Server>
    void hand_over(net::Socket socket, net::TlsAcceptor* tls, Server& server);
    template <class Server>
    void hand_over(std::unique_ptr<net::Stream> stream, net::TlsAcceptor* tls, Server& server);
    /// Returns an error if the module serves a KEYED method and keeps no keys.
    Result<void> check_keyed(const rpc::Service& service) const;
    static LoopCaches::Rows rows_of(const ModuleInstance& module);
    EventsPlace events_place() const;
    /// Names this loop of this start of the process among all replicas.
    std::string owner_name() const;

    LoopModules& loop_modules_;
    ModuleInstance& module_;
    telemetry::Logger log_;
    telemetry::Tracer tracer_;
    telemetry::Meter& meter_;
    /// The module's database and the decorators around it. The last one is what `database` returns.
    std::vector<std::unique_ptr<sql::Database>> databases_;
    /// Null if the module keeps no audit log.
    std::unique_ptr<audit::AuditTrail> audit_trail_;
    /// Null if the module is no gateway, or if no audit log is kept.
    std::unique_ptr<audit::DenialReporter> denial_reporter_;
    /// Records what operators change; null in the same case.
    std::unique_ptr<audit::AuditingDatabase> operated_database_;
    LoopCaches caches_;
    LoopBackground background_;
    /// Made of caches; used by channels, services and servers.
    PolicyList<rpc::Policy> server_policies_;
    PolicyList<rpc::Policy> edge_policies_;
    PolicyList<rpc::Interceptor> interceptors_;
    std::map<std::string, std::unique_ptr<rpc::Channel>, std::less<>> channels_;
    rpc::ServiceTable table_;
    /// Why a service that the module has added cannot be served.
    std::optional<Error> fault_;
    /// The meter lives longer than this object, and so does the callback that reads the table.
    std::shared_ptr<const rpc::ServiceTable*> counted_;
    std::vector<std::shared_ptr<void>> kept_;
    /// The listeners among the objects kept.
    std::vector<DrainListener*> drain_listeners_;
    /// Null where the module serves no gRPC port.
    std::unique_ptr<rpc::PortServices> port_services_;
    http::Handler http_handler_;
    http::RefusalHook on_refusal_;
    http::StreamTaker* streams_ = nullptr;
    std::unique_ptr<rpc::Server> rpc_server_;
    std::unique_ptr<http::Server> http_server_;
    /// Null where the port is served in the clear.
    std::unique_ptr<net::TlsAcceptor> rpc_tls_;
    std::unique_ptr<net::TlsAcceptor> http_tls_;
    /// The proxies before the HTTP port, and what reads from them who their clients are; null if
    /// they use header fields.
    http::TrustedProxies proxies_;
    std::unique_ptr<http::ProxyAcceptor> from_proxies_;
};

}  // namespace tw::runtime
