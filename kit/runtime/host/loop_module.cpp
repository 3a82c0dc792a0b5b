#include "kit/runtime/host/loop_module.hpp"

#include "kit/http/plain_refusal.hpp"
#include "kit/rpc/make_local_channel.hpp"
#include "kit/rpc/make_network_channel.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/export/runtime_metrics.hpp"
#include "kit/runtime/rpc_settings.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace tw::runtime {

LoopModule::LoopModule(LoopModules& loop_modules, ModuleInstance& module)
    : loop_modules_{loop_modules},
      module_{module},
      log_{module.log().recorded_by(module.recorders().logs(loop_modules.index_))},
      tracer_{loop_modules.context_.clock, loop_modules.random_, module.recorders().spans(loop_modules.index_),
              module.recorders().sampler()},
      meter_{module.meter(loop_modules.index_)},
      caches_{loop_modules.loop_, loop_modules.context_.caches, telemetry(), rows_of(module),
              redis_settings(loop_modules.context_.config).keeps_rows} {}

LoopModule::~LoopModule() {
    http_tls_.reset();
    rpc_tls_.reset();
    http_server_.reset();
    rpc_server_.reset();
    http_handler_ = nullptr;
    on_refusal_ = nullptr;
    port_services_.reset();
    while (!kept_.empty()) kept_.pop_back();
}

LoopCaches::Rows LoopModule::rows_of(const ModuleInstance& module) {
    const auto& config = module.config().all();
    const bool ours = module.spec().schema != nullptr && database_url(config, module.spec()).starts_with("sqlite:");
    return ours && redis_settings(config).keeps_rows ? LoopCaches::Rows::in_memory : LoopCaches::Rows::nowhere;
}

/// Before the module serves, since its services and channels use them.
void LoopModule::make_policies() {
    const auto& lists = loop_modules_.context_.policies;
    if (lists.server) server_policies_ = lists.server(*this);
    if (lists.edge && module_.spec().serves_http) edge_policies_ = lists.edge(*this);
    if (lists.channel) interceptors_ = lists.channel(*this);
    table_.set_policies(server_policies_);
}

Result<void> LoopModule::open() {
    make_policies();
    if (auto served = module_.module().serve(*this); !served) return served;
    const auto& context = loop_modules_.context_;
    if (module_.spec().grpc_port != 0) {
        port_services_ = std::make_unique<rpc::PortServices>(loop_modules_.loop_, table_, telemetry(), [this] {
            return loop_modules_.context_.health.serving() && module_.module().health().ready;
        });
        count_calls();
        rpc_server_ = rpc::make_server(loop_modules_.loop_, table_, rpc_limits(context.config), module_.rpc_connections());
        rpc_tls_ = make_acceptor(context.tls.server_of(name()), name());
    }
    if (http_handler_) {
        const auto bound = http_settings(context.config).address;
        http_server_ = http::make_server(loop_modules_.loop_, http_limits(context.config), telemetry(), http_handler_, true,
                                         context.http_connections, {host_rule(context.config, bound), on_refusal_, streams_});
        http_tls_ = make_acceptor(context.tls.edge(), "http", http::plain_http_refusal);
    }
    return {};
}

std::unique_ptr<net::TlsAcceptor> LoopModule::make_acceptor(std::shared_ptr<net::TlsContext> context, std::string_view port,
                                                            net::TlsAnswerInClear answer_in_clear) {
    if (!context) return nullptr;
    net::TlsAcceptorOptions options{.port = std::string{port}, .answer_in_clear = std::move(answer_in_clear)};
    return std::make_unique<net::TlsAcceptor>(loop_modules_.loop_, std::move(context), std::move(options), telemetry());
}

template <class Server>
void LoopModule::hand_over(net::Socket socket, net::TlsAcceptor* tls, Server& server) {
    if (tls == nullptr) return server.serve(std::move(socket));
    hand_over(net::make_tcp_stream(loop_modules_.loop_, std::move(socket)), tls, server);
}

template <class Server>
void LoopModule::hand_over(std::unique_ptr<net::Stream> stream, net::TlsAcceptor* tls, Server& server) {
    if (tls == nullptr) return server.serve_stream(std::move(stream));
    tls->accept(std::move(stream), [&server](std::unique_ptr<net::Stream> secured) { server.serve_stream(std::move(secured)); });
}

void LoopModule::serve_http(net::Socket socket) { hand_over(std::move(socket), http_tls_.get(), *http_server_); }

void LoopModule::serve_rpc(net::Socket socket) { hand_over(std::move(socket), rpc_tls_.get(), *rpc_server_); }

void LoopModule::serve_http(std::unique_ptr<net::Stream> stream) { hand_over(std::move(stream), http_tls_.get(), *http_server_); }

void LoopModule::serve_rpc(std::unique_ptr<net::Stream> stream) { hand_over(std::move(stream), rpc_tls_.get(), *rpc_server_); }

void LoopModule::begin_drain() {
    if (port_services_) port_services_->shut_down();
    for (auto* const listener : drain_listeners_) listener->on_drain();
}

std::size_t LoopModule::running() const {
    auto count = table_.running();
    for (const auto* const listener : drain_listeners_) count += listener->running();
    return count;
}

Task<void> LoopModule::drain_http(Deadline deadline) {
    if (http_tls_) co_await http_tls_->close();
    co_await http_server_->drain(deadline);
}

Task<void> LoopModule::drain_rpc(Deadline deadline) {
    if (rpc_tls_) co_await rpc_tls_->close();
    co_await rpc_server_->drain(deadline);
}

ModuleRpcState LoopModule::rpc_state() const {
    ModuleRpcState state{.module = std::string{name()}, .loop = loop_modules_.index_};
    for (const auto& [module, channel] : channels_) state.channels.push_back(channel->state());
    if (rpc_server_) state.server = rpc_server_->state();
    return state;
}

void LoopModule::count_calls() {
    counted_ = std::make_shared<const rpc::ServiceTable*>(&table_);
    meter_.on_collect([active = meter_.counter(kActiveCalls), table = std::weak_ptr{counted_}] {
        const auto here = table.lock();
        active.set(here ? static_cast<double>((*here)->running()) : 0.0);
    });
}

sql::Database& LoopModule::database() {
    if (!database_) database_ = module_.store().connect(loop_modules_.loop_, telemetry());
    return *database_;
}

rpc::Channel& LoopModule::channel(std::string_view module) {
    const auto found = channels_.find(module);
    if (found != channels_.end()) return *found->second;
    return *channels_.emplace(std::string{module}, make_channel(module)).first->second;
}

std::unique_ptr<rpc::Channel> LoopModule::make_channel(std::string_view module) {
    if (const auto* neighbour = loop_modules_.find(module))
        return rpc::make_local_channel(loop_modules_.loop_, neighbour->services(), telemetry(), interceptors_);
    const auto known = loop_modules_.context_.known;
    const auto spec = std::find_if(known.begin(), known.end(), [&](const ModuleSpec& one) { return one.name == module; });
    if (spec == known.end() || spec->grpc_port == 0) throw std::logic_error{"no module " + std::string{module} + " serves calls"};
    const auto& config = loop_modules_.context_.config;
    auto options = channel_options(config);
    options.tls = loop_modules_.context_.tls.client_of(name());
    options.callee = "the " + std::string{module} + " module";
    options.tls_target.uri = config.program().identity_prefix() + std::string{module};
    return rpc::make_network_channel(loop_modules_.loop_, upstream_target(config, *spec), options, telemetry(), interceptors_);
}

void LoopModule::add_service(std::unique_ptr<rpc::Service> service) {
    table_.add(*service, telemetry());
    keep_alive(std::move(service));
}

}  // namespace tw::runtime
