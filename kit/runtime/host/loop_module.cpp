#include "kit/runtime/host/loop_module.hpp"

#include "kit/audit/denial_service.hpp"
#include "kit/audit/schema.hpp"
#include "kit/http/plain_refusal.hpp"
#include "kit/idempotency/keyed_policy.hpp"
#include "kit/idempotency/recording_database.hpp"
#include "kit/outbox/waking_database.hpp"
#include "kit/rpc/make_local_channel.hpp"
#include "kit/rpc/make_network_channel.hpp"
#include "kit/runtime/audit_settings.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/edge_settings.hpp"
#include "kit/runtime/export/runtime_metrics.hpp"
#include "kit/runtime/process_tls.hpp"
#include "kit/runtime/reasons.hpp"
#include "kit/runtime/rpc_settings.hpp"

#include <algorithm>
#include <stdexcept>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace tw::runtime {

LoopModule::LoopModule(LoopModules& loop_modules, ModuleInstance& module)
    : loop_modules_{loop_modules},
      module_{module},
      log_{module.log().recorded_by(module.recorders().logs(loop_modules.index_))},
      tracer_{loop_modules.context_.clock, loop_modules.random_, module.recorders().spans(loop_modules.index_),
              module.recorders().sampler()},
      meter_{module.meter(loop_modules.index_)},
      caches_{loop_modules.loop_, loop_modules.context_.caches, telemetry(), rows_of(module),
              redis_settings(loop_modules.context_.config).keeps_rows},
      background_{*this, module.schema(), std::string{module.spec().name}, owner_name(), events_place()} {}

LoopModule::~LoopModule() {
    from_proxies_.reset();
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

EventsPlace LoopModule::events_place() const {
    const auto& caches = loop_modules_.context_.caches;
    EventsPlace place{.redis = {}, .key_prefix = caches.key_prefix + "events:", .consumers = loop_modules_.event_consumers_};
    if (events_settings(loop_modules_.context_.config).bus == EventsBus::redis) place.redis = caches.redis;
    return place;
}

std::string LoopModule::owner_name() const { return fmt::format("{}-{:016x}", name(), loop_modules_.random_.next()); }

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
    if (fault_) return *fault_;
    open_denial_reporter();
    serve_denials();
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
        auto edge = edge_options(context.config);
        if (!edge) return std::move(edge).error();
        const auto limits = http_limits(context.config);
        proxies_ = edge->proxies;
        if (proxies_.header() == http::ProxyHeader::proxy_protocol && proxies_.any()) {
            from_proxies_ = std::make_unique<http::ProxyAcceptor>(loop_modules_.loop_, limits.header_time_max, telemetry());
        }
        http_server_ =
            http::make_server(loop_modules_.loop_, limits, telemetry(), http_handler_, true, context.http_connections,
                              {host_rule(context.config, bound), on_refusal_, streams_, context.http_streams, std::move(*edge)});
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

void LoopModule::serve_http(net::Socket socket) {
    if (!from_proxies_) return hand_over(std::move(socket), http_tls_.get(), *http_server_);
    serve_http(net::make_tcp_stream(loop_modules_.loop_, std::move(socket)));
}

void LoopModule::serve_rpc(net::Socket socket) { hand_over(std::move(socket), rpc_tls_.get(), *rpc_server_); }

void LoopModule::serve_http(std::unique_ptr<net::Stream> stream) {
    if (!from_proxies_ || !proxies_.trusts(stream->peer().host)) {
        return hand_over(std::move(stream), http_tls_.get(), *http_server_);
    }
    from_proxies_->accept(std::move(stream), [this](std::unique_ptr<net::Stream> client) {
        hand_over(std::move(client), http_tls_.get(), *http_server_);
    });
}

void LoopModule::serve_rpc(std::unique_ptr<net::Stream> stream) { hand_over(std::move(stream), rpc_tls_.get(), *rpc_server_); }

void LoopModule::begin_drain() {
    background_.begin_drain();
    if (port_services_) port_services_->shut_down();
    for (auto* const listener : drain_listeners_) listener->on_drain();
}

std::size_t LoopModule::running() const {
    auto count = table_.running();
    for (const auto* const listener : drain_listeners_) count += listener->running();
    return count;
}

Task<void> LoopModule::drain_http(Deadline deadline) {
    if (from_proxies_) co_await from_proxies_->close();
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
    if (databases_.empty()) {
        databases_.push_back(module_.store().connect(loop_modules_.loop_, telemetry()));
        if (background_.has_outbox()) {
            auto wake = [this] { background_.wake_relay(); };
            databases_.push_back(
                std::make_unique<outbox::WakingDatabase>(*databases_.back(), std::string{name()}, std::move(wake)));
        }
        if (module_.keys_in_progress())
            databases_.push_back(std::make_unique<idempotency::RecordingDatabase>(*databases_.back(), clock()));
        open_audit_trail(*databases_.front());
        if (audit_trail_) databases_.push_back(std::make_unique<audit::AuditingDatabase>(*databases_.back(), *audit_trail_));
    }
    return *databases_.back();
}

void LoopModule::open_audit_trail(sql::Database& database) {
    const auto* const schema = module_.schema();
    if (schema == nullptr || !sql::uses(*schema, audit::schema) || !keeps_audit_log(config().all())) return;
    audit_trail_ = std::make_unique<audit::AuditTrail>(loop(), database, clock(), random(), telemetry(), std::string{name()});
    operated_database_ = std::make_unique<audit::AuditingDatabase>(database, *audit_trail_);
    audit_trail_->start();
}

audit::AuditTrail* LoopModule::audit_trail() {
    if (module_.schema() == nullptr) return nullptr;
    std::ignore = database();
    return audit_trail_.get();
}

audit::AuditTrail* LoopModule::audit_trail_of(const rpc::Method& method) {
    for (const auto& neighbour : loop_modules_.loop_modules_) {
        if (neighbour->table_.find(method.path) != nullptr) return neighbour->audit_trail_.get();
    }
    return nullptr;
}

/// A gateway tells the modules of other processes what it has denied. Without a certificate they
/// would not believe it.
void LoopModule::open_denial_reporter() {
    if (!module_.spec().serves_http || !keeps_audit_log(config().all())) return;
    if (tls_settings(config().all()).rpc_certificate.empty()) return;
    denial_reporter_ = std::make_unique<audit::DenialReporter>(loop(), telemetry());
    for (const auto& [module, routes] : module_.module().answered_routes()) {
        if (loop_modules_.find(module) != nullptr) continue;
        for (const auto& route : routes) denial_reporter_->report_by(route.method->service, channel(module));
    }
    denial_reporter_->start();
}

/// A module takes what the gateways of the program tell it.
void LoopModule::serve_denials() {
    if (!audit_trail_ || module_.spec().grpc_port == 0) return;
    std::vector<std::string> gateways;
    for (const auto& spec : loop_modules_.context_.known) {
        if (spec.serves_http) gateways.push_back(identity_prefix(spec) + std::string{spec.name});
    }
    add_service(audit::make_denial_service(*audit_trail_, std::move(gateways),
                                           [this](std::string_view method) { return table_.find(method) != nullptr; }));
}

Task<void> LoopModule::stop_audit() {
    if (denial_reporter_) co_await denial_reporter_->stop();
    if (audit_trail_) co_await audit_trail_->stop();
}

OperatedModule LoopModule::operated() {
    std::ignore = database();
    return {.name = name(),
            .store = &module_.store(),
            // Modules may share a database, and an operator changes what belongs to any of them.
            .database = operated_database_ ? operated_database_.get() : databases_.front().get(),
            .telemetry = telemetry(),
            .has_flows = background_.has_flows(),
            .has_outbox = background_.has_outbox(),
            .wake_flows = [this] { background_.wake_flows(); }};
}

rpc::Channel& LoopModule::channel(std::string_view module) {
    const auto found = channels_.find(module);
    if (found != channels_.end()) return *found->second;
    return *channels_.emplace(std::string{module}, make_channel(module)).first->second;
}

std::string LoopModule::identity_prefix(const ModuleSpec& module) const {
    const auto& own = loop_modules_.context_.config.program();
    return module.program.empty() ? own.identity_prefix() : ProgramName{module.program}.identity_prefix();
}

std::string LoopModule::own_identity() const {
    // A gateway passes on the calls of others, so that its own identity must not open anything.
    return module_.spec().serves_http ? std::string{} : identity_prefix(module_.spec()) + std::string{name()};
}

std::unique_ptr<rpc::Channel> LoopModule::make_channel(std::string_view module) {
    if (const auto* neighbour = loop_modules_.find(module))
        return rpc::make_local_channel(loop_modules_.loop_, neighbour->services(), telemetry(), interceptors_, own_identity());
    const auto known = loop_modules_.context_.known;
    const auto spec = std::find_if(known.begin(), known.end(), [&](const ModuleSpec& one) { return one.name == module; });
    if (spec == known.end() || spec->grpc_port == 0) {
        throw std::logic_error{"the module " + std::string{name()} + " calls the module " + std::string{module} +
                               ", which is not in Program::modules with a gRPC port"};
    }
    const auto& config = loop_modules_.context_.config;
    auto options = channel_options(config);
    options.tls = loop_modules_.context_.tls.client_of(name());
    options.callee = "the " + std::string{module} + " module";
    options.tls_target.uri = identity_prefix(*spec) + std::string{module};
    return rpc::make_network_channel(loop_modules_.loop_, upstream_target(config, *spec), options, telemetry(), interceptors_);
}

Result<void> LoopModule::check_keyed(const rpc::Service& service) const {
    const auto handlers = service.handlers();
    const auto keyed =
        std::ranges::find(handlers, rpc::Idempotency::keyed, [](const auto& handler) { return handler.method->idempotency; });
    if (keyed == handlers.end()) return {};
    const auto refuse = [&](std::string_view remedy) {
        return Error{Code::internal, reason::kBadProgram,
                     fmt::format("the contract says that {}/{} is KEYED, and the module {} keeps no idempotency keys; {}",
                                 keyed->method->service, keyed->method->name, name(), remedy)};
    };
    if (!module_.keys_in_progress()) return refuse("write USES idempotency in tw_migrations of the module");
    const std::span<rpc::Policy* const> policies = server_policies_;
    const auto keeps_keys = [](const rpc::Policy* policy) {
        return dynamic_cast<const idempotency::KeyedPolicy*>(policy) != nullptr;
    };
    if (std::ranges::none_of(policies, keeps_keys))
        return refuse("put the policies of runtime::server_policies into the program's list");
    return {};
}

void LoopModule::add_service(std::unique_ptr<rpc::Service> service) {
    if (auto fine = check_keyed(*service); !fine) fault_ = std::move(fine).error();
    table_.add(*service, telemetry());
    keep_alive(std::move(service));
}

}  // namespace tw::runtime
