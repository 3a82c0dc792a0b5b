#include "kit/runtime/loop_room.hpp"

#include "kit/async/gate.hpp"
#include "kit/async/sleep.hpp"
#include "kit/net/tls_acceptor.hpp"
#include "kit/rpc/local/make_local_channel.hpp"
#include "kit/rpc/network/make_network_channel.hpp"
#include "kit/rpc/standard/port_services.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/loop_caches.hpp"
#include "kit/runtime/rpc_settings.hpp"
#include "kit/runtime/runtime_metrics.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace tw::runtime {

/// What one module has on one loop. Goes in an order that leaves nothing referring to what is gone: servers, services and
/// what they are made of (last made first), channels, database.
class Seat final : public LoopHost {
 public:
    Seat(LoopRoom& room, ModuleRoom& module)
        : room_{room},
          module_{module},
          log_{module.log().recorded_by(module.outlet().logs(room.index_))},
          tracer_{room.around_.clock, room.random_, module.outlet().spans(room.index_), module.outlet().sampler()},
          meter_{module.meter(room.index_)},
          caches_{room.loop_, room.around_.caches, telemetry(), rows_of(module), keeps_rows(room.around_.config)} {}
    ~Seat() override;

    Result<void> open();
    std::string_view name() const { return module_.spec().name; }
    const rpc::ServiceTable& services() const { return table_; }
    bool serves_http() const { return http_server_ != nullptr; }
    bool serves_rpc() const { return rpc_server_ != nullptr; }
    void serve_http(net::Socket socket) { hand_over(std::move(socket), http_tls_.get(), *http_server_); }
    void serve_rpc(net::Socket socket) { hand_over(std::move(socket), rpc_tls_.get(), *rpc_server_); }
    Task<void> drain_http(Deadline deadline);
    Task<void> drain_rpc(Deadline deadline);
    ModuleRpcState rpc_state() const;
    rpc::PortServices* port_services() { return port_services_.get(); }

    EventLoop& loop() override { return room_.loop_; }
    telemetry::Telemetry telemetry() override { return {tracer_, log_, meter_, room_.around_.propagators}; }
    const Clock& clock() const override { return room_.around_.clock; }
    Random& random() override { return room_.random_; }
    const ModuleConfig& config() const override { return module_.config(); }
    sql::Database& database() override;
    rpc::Channel& channel(std::string_view module) override;
    cache::Cache& cache() override { return caches_.cache(); }
    std::shared_ptr<cache::Invalidations> invalidations() override { return caches_.invalidations(); }
    cache::RateLimiter& rate_limiter() override { return caches_.rate_limiter(); }
    void add_service(std::unique_ptr<rpc::Service> service) override;
    void set_http_handler(http::Handler handler) override { http_handler_ = std::move(handler); }
    Health overall_health() const override { return room_.around_.board.overall(); }
    std::string_view version() const override { return room_.around_.version; }

 private:
    void keep_alive(std::shared_ptr<void> object) override { kept_.push_back(std::move(object)); }
    std::unique_ptr<rpc::Channel> make_channel(std::string_view module);
    void count_calls();
    std::unique_ptr<net::TlsAcceptor> make_acceptor(std::shared_ptr<net::TlsContext> context, std::string_view port);
    template <class Server>
    void hand_over(net::Socket socket, net::TlsAcceptor* tls, Server& server);
    static LoopCaches::Rows rows_of(const ModuleRoom& module);

    LoopRoom& room_;
    ModuleRoom& module_;
    telemetry::Logger log_;
    telemetry::Tracer tracer_;
    telemetry::Meter& meter_;
    std::unique_ptr<sql::Database> database_;
    LoopCaches caches_;
    std::map<std::string, std::unique_ptr<rpc::Channel>, std::less<>> channels_;
    rpc::ServiceTable table_;
    /// The meter outlasts this, and so whoever reads the table for it.
    std::shared_ptr<const rpc::ServiceTable*> counted_;
    std::vector<std::shared_ptr<void>> kept_;
    std::unique_ptr<rpc::PortServices> port_services_;
    http::Handler http_handler_;
    std::unique_ptr<rpc::Server> rpc_server_;
    std::unique_ptr<http::Server> http_server_;
    /// Null where the port is served in the clear.
    std::unique_ptr<net::TlsAcceptor> rpc_tls_;
    std::unique_ptr<net::TlsAcceptor> http_tls_;
};

Seat::~Seat() {
    http_tls_.reset();
    rpc_tls_.reset();
    http_server_.reset();
    rpc_server_.reset();
    http_handler_ = nullptr;
    port_services_.reset();
    while (!kept_.empty()) kept_.pop_back();
}

LoopCaches::Rows Seat::rows_of(const ModuleRoom& module) {
    const auto& config = module.config().all();
    const bool ours = module.spec().schema != nullptr && database_url(config, module.spec().name).starts_with("sqlite:");
    return ours && keeps_rows(config) ? LoopCaches::Rows::in_memory : LoopCaches::Rows::nowhere;
}

Result<void> Seat::open() {
    if (auto served = module_.module().serve(*this); !served) return served;
    const auto& around = room_.around_;
    if (module_.spec().grpc_port != 0) {
        port_services_ = std::make_unique<rpc::PortServices>(room_.loop_, table_, telemetry(), [this] {
            return room_.around_.board.serving() && module_.module().health().ready;
        });
        count_calls();
        rpc_server_ = rpc::make_server(room_.loop_, table_, rpc_limits(around.config), {}, module_.rpc_connections());
        rpc_tls_ = make_acceptor(around.tls.server_of(name()), name());
    }
    if (http_handler_) {
        http_server_ =
            http::make_server(room_.loop_, http_limits(around.config), telemetry(), http_handler_, true, around.http_connections);
        http_tls_ = make_acceptor(around.tls.edge(), "http");
    }
    return {};
}

std::unique_ptr<net::TlsAcceptor> Seat::make_acceptor(std::shared_ptr<net::TlsContext> context, std::string_view port) {
    if (!context) return nullptr;
    return std::make_unique<net::TlsAcceptor>(room_.loop_, std::move(context), net::TlsAcceptorOptions{.port = std::string{port}},
                                              telemetry());
}

template <class Server>
void Seat::hand_over(net::Socket socket, net::TlsAcceptor* tls, Server& server) {
    if (tls == nullptr) return server.serve(std::move(socket));
    tls->accept(net::make_tcp_stream(room_.loop_, std::move(socket)),
                [&server](std::unique_ptr<net::Stream> stream) { server.serve_stream(std::move(stream)); });
}

Task<void> Seat::drain_http(Deadline deadline) {
    if (http_tls_) co_await http_tls_->close();
    co_await http_server_->drain(deadline);
}

Task<void> Seat::drain_rpc(Deadline deadline) {
    if (rpc_tls_) co_await rpc_tls_->close();
    co_await rpc_server_->drain(deadline);
}

ModuleRpcState Seat::rpc_state() const {
    ModuleRpcState state{.module = std::string{name()}, .loop = room_.index_};
    for (const auto& [module, channel] : channels_) state.channels.push_back(channel->state());
    if (rpc_server_) state.server = rpc_server_->state();
    return state;
}

void Seat::count_calls() {
    counted_ = std::make_shared<const rpc::ServiceTable*>(&table_);
    meter_.on_collect([active = meter_.counter(kActiveCalls), table = std::weak_ptr{counted_}] {
        const auto here = table.lock();
        active.set(here ? static_cast<double>((*here)->running()) : 0.0);
    });
}

sql::Database& Seat::database() {
    if (!database_) database_ = module_.store().connect(room_.loop_, telemetry());
    return *database_;
}

rpc::Channel& Seat::channel(std::string_view module) {
    const auto found = channels_.find(module);
    if (found != channels_.end()) return *found->second;
    return *channels_.emplace(std::string{module}, make_channel(module)).first->second;
}

std::unique_ptr<rpc::Channel> Seat::make_channel(std::string_view module) {
    if (const auto* neighbour = room_.find(module))
        return rpc::make_local_channel(room_.loop_, neighbour->services(), telemetry());
    const auto known = room_.around_.known;
    const auto spec = std::find_if(known.begin(), known.end(), [&](const ModuleSpec& one) { return one.name == module; });
    if (spec == known.end() || spec->grpc_port == 0) throw std::logic_error{"no module " + std::string{module} + " serves calls"};
    const auto& config = room_.around_.config;
    auto options = channel_options(config);
    options.tls = room_.around_.tls.client_of(name());
    options.tls_target.uri = std::string{kIdentityPrefix} + std::string{module};
    return rpc::make_network_channel(room_.loop_, upstream_target(config, *spec), options, telemetry());
}

void Seat::add_service(std::unique_ptr<rpc::Service> service) {
    table_.add(*service, telemetry());
    keep_alive(std::move(service));
}

LoopRoom::LoopRoom(std::size_t index, const Surroundings& around)
    : index_{index}, loop_{around.loops.at(index)}, around_{around} {
    around_.rpc_board->set(index_, [this](auto& states) { tell(states); });
}

LoopRoom::~LoopRoom() {
    around_.rpc_board->set(index_, nullptr);
    while (!seats_.empty()) seats_.pop_back();
}

Result<void> LoopRoom::open(std::span<const std::unique_ptr<ModuleRoom>> modules) {
    // All seats first: a module may ask for the channel to one that serves after it.
    for (const auto& module : modules) seats_.push_back(std::make_unique<Seat>(*this, *module));
    for (const auto& seat : seats_) {
        if (auto opened = seat->open(); !opened) return opened;
    }
    return {};
}

Seat* LoopRoom::find(std::string_view module) const {
    const auto found = std::find_if(seats_.begin(), seats_.end(), [&](const auto& seat) { return seat->name() == module; });
    return found == seats_.end() ? nullptr : found->get();
}

void LoopRoom::tell(std::vector<ModuleRpcState>& states) const {
    for (const auto& seat : seats_) states.push_back(seat->rpc_state());
}

void LoopRoom::serve_http(net::Socket socket) {
    for (const auto& seat : seats_) {
        if (seat->serves_http()) return seat->serve_http(std::move(socket));
    }
}

void LoopRoom::serve_rpc(std::string_view module, net::Socket socket) {
    auto* seat = find(module);
    if (seat != nullptr && seat->serves_rpc()) seat->serve_rpc(std::move(socket));
}

Task<Result<void>> LoopRoom::drain(Deadline deadline) {
    // Balancers hear it before they see the connections go, and no open question keeps the others waiting.
    for (const auto& seat : seats_) {
        if (auto* services = seat->port_services()) services->shut_down();
    }
    Gate gate;
    for (const auto& seat : seats_) {
        if (seat->serves_http()) spawn(gate, seat->drain_http(deadline));
        if (seat->serves_rpc()) spawn(gate, seat->drain_rpc(deadline));
    }
    co_await close_and_wait(gate);
    co_await handlers_ended(deadline);
    co_return Result<void>{};
}

Task<void> LoopRoom::handlers_ended(Deadline deadline) {
    // Looking now and then will do once in a process's life, and handlers call others while they end.
    constexpr std::chrono::milliseconds kPause{1};
    const auto at_work = [](const auto& seat) { return seat->services().running() > 0; };
    RootCall call{loop_, deadline};
    while (std::ranges::any_of(seats_, at_work)) {
        const auto waited = co_await sleep_for(call.context(), kPause);
        if (!waited) co_return;
    }
}

}  // namespace tw::runtime
