#pragma once

#include "kit/http/server.hpp"
#include "kit/net/tls_acceptor.hpp"
#include "kit/rpc/port_services.hpp"
#include "kit/rpc/server.hpp"
#include "kit/rpc/service_table.hpp"
#include "kit/runtime/host/loop_caches.hpp"
#include "kit/runtime/loop_modules.hpp"

#include <map>
#include <memory>
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
    void add_service(std::unique_ptr<rpc::Service> service) override;
    void set_http_handler(http::Handler handler, http::RefusalHook on_refusal, http::StreamTaker* streams) override {
        http_handler_ = std::move(handler);
        on_refusal_ = std::move(on_refusal);
        streams_ = streams;
    }
    std::span<rpc::Policy* const> edge_policies() override { return edge_policies_; }
    std::shared_ptr<std::atomic<std::uint32_t>> shared_call_count() override { return module_.call_count(); }
    void listen_to_drain(DrainListener& listener) override { drain_listeners_.push_back(&listener); }
    Health overall_health() const override { return loop_modules_.context_.health.overall(); }
    std::string_view version() const override { return loop_modules_.context_.version; }

 private:
    void make_policies();
    void keep_alive(std::shared_ptr<void> object) override { kept_.push_back(std::move(object)); }
    std::unique_ptr<rpc::Channel> make_channel(std::string_view module);
    void count_calls();
    std::unique_ptr<net::TlsAcceptor> make_acceptor(std::shared_ptr<net::TlsContext> context, std::string_view port,
                                                    net::TlsAnswerInClear answer_in_clear = {});
    template <class Server>
    void hand_over(net::Socket socket, net::TlsAcceptor* tls, Server& server);
    template <class Server>
    void hand_over(std::unique_ptr<net::Stream> stream, net::TlsAcceptor* tls, Server& server);
    static LoopCaches::Rows rows_of(const ModuleInstance& module);

    LoopModules& loop_modules_;
    ModuleInstance& module_;
    telemetry::Logger log_;
    telemetry::Tracer tracer_;
    telemetry::Meter& meter_;
    std::unique_ptr<sql::Database> database_;
    LoopCaches caches_;
    /// Made of caches; used by channels, services and servers.
    PolicyList<rpc::Policy> server_policies_;
    PolicyList<rpc::Policy> edge_policies_;
    PolicyList<rpc::Interceptor> interceptors_;
    std::map<std::string, std::unique_ptr<rpc::Channel>, std::less<>> channels_;
    rpc::ServiceTable table_;
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
};

}  // namespace tw::runtime
