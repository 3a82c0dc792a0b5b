#include "services/console/server.hpp"

#include "kit/async/sleep.hpp"
#include "kit/async/thread_priority.hpp"
#include "kit/http/server.hpp"
#include "kit/http/text.hpp"
#include "kit/rpc/make_local_channel.hpp"
#include "kit/rpc/server.hpp"
#include "kit/rpc/service_table.hpp"
#include "services/console/endpoints/console_service.hpp"
#include "services/console/endpoints/otlp_grpc.hpp"
#include "services/console/endpoints/otlp_http.hpp"
#include "services/console/endpoints/page_port.hpp"
#include "services/console/endpoints/watchers.hpp"

#include <utility>

namespace tw::console {
namespace {

http::ServerLimits page_limits() {
    http::ServerLimits limits;
    limits.connections_max = 1'000;
    limits.connections_per_address_max = 0;
    limits.answer_streams_per_address_max = 0;
    return limits;
}

http::ServerLimits intake_limits() {
    auto limits = page_limits();
    limits.body_bytes_max = OtlpHttp::kRequestBytesMax;
    limits.request_time_max = std::chrono::seconds{30};
    return limits;
}

rpc::ServerLimits export_limits() {
    rpc::ServerLimits limits;
    limits.message_bytes_max = OtlpHttp::kRequestBytesMax;
    limits.connections_max = 1'000;
    limits.connections_per_address_max = 0;
    return limits;
}

}  // namespace

/// The objects of the loop. They are made and destroyed on its thread.
struct ConsoleServer::Served {
    Served(ConsoleServer& server, EventLoop& loop, ShopProxy shop_proxy, Processes known)
        : telemetry{server.tracer_, server.log_, server.meter_},
          watchers{loop, server.workers_, server.archive_, [&server] { return server.status(); }},
          processes{std::move(known)},
          service{server.archive_, server.workers_, watchers, processes, [&server] { return server.status(); }},
          channel{rpc::make_local_channel(loop, calls, telemetry)},
          routes{telemetry},
          shop{std::move(shop_proxy)},
          assets{server.options_.settings.assets, server.options_.settings.base_path},
          page{server.archive_, server.workers_, routes, shop, assets},
          otlp_http{server.archive_, server.workers_, server.options_.settings.cors_origins},
          otlp_services{make_otlp_services(server.archive_)} {
        calls.add(service, telemetry);
        for (const auto& each : otlp_services) exports.add(*each, telemetry);
        routes.set_heartbeat(server.options_.heartbeat);
    }

    telemetry::Telemetry telemetry;
    Watchers watchers;
    Processes processes;
    ConsoleService service;
    rpc::ServiceTable calls;
    std::unique_ptr<rpc::Channel> channel;
    gateway::JsonRoutes routes;
    ShopProxy shop;
    Assets assets;
    PagePort page;
    OtlpHttp otlp_http;
    std::vector<std::unique_ptr<rpc::Service>> otlp_services;
    rpc::ServiceTable exports;
    std::unique_ptr<http::Server> page_server;
    std::unique_ptr<http::Server> otlp_http_server;
    std::unique_ptr<rpc::Server> otlp_grpc_server;
};

ConsoleServer::ConsoleServer(Archive& archive, Ports ports, Options options, const Clock& clock, const telemetry::Logger& log)
    : archive_{archive},
      ports_{std::move(ports)},
      options_{std::move(options)},
      clock_{clock},
      log_{log},
      started_{clock.now()},
      tracer_{clock, random_} {
    loops_.start();
    loops_.at(0).post([] { lower_thread_priority(); });
}

ConsoleServer::~ConsoleServer() { loops_.stop(); }

Result<::console::Status> ConsoleServer::status() {
    auto status = archive_.get_status({});
    if (!status) return status;
    status->set_version(options_.version);
    status->set_started_us(started_.unix_micros());
    status->set_shop_url(options_.gateway_url);
    if (options_.has_tap) status->add_receivers()->set_name("this process");
    for (const auto& receiver : ports_.receivers) *status->add_receivers() = receiver;
    return status;
}

Result<void> ConsoleServer::open() {
    auto& loop = loops_.at(0);
    auto shop = ShopProxy::make(loop, options_.gateway_url);
    if (!shop) return std::move(shop).error();
    auto processes = Processes::make(loop, std::move(options_.operations));
    if (!processes) return std::move(processes).error();
    served_ = std::make_unique<Served>(*this, loop, std::move(*shop), std::move(*processes));
    auto& served = *served_;
    if (auto added = served.routes.add(::console::console_service_routes(), *served.channel); !added) return added;
    std::vector<std::string> hosts;
    http::for_each_element(options_.settings.hosts, [&hosts](std::string_view host) { hosts.emplace_back(host); });
    const auto rule = [&](const net::Listener& port) { return http::HostRule::of(port.local(), hosts, options_.hosts_setting); };

    served.page_server = http::make_server(
        loop, page_limits(), served.telemetry,
        [&served](const CallContext& ctx, const http::Request& request) { return served.page.answer(ctx, request); }, false, {},
        {.hosts = rule(*ports_.page),
         .on_refusal = [](const http::Request&, const Error&, http::Response& response) { PagePort::protect(response); }});
    if (ports_.otlp_http) {
        served.otlp_http_server = http::make_server(
            loop, intake_limits(), served.telemetry,
            [&served](const CallContext& ctx, const http::Request& request) { return served.otlp_http.answer(ctx, request); },
            false, {},
            {.hosts = rule(*ports_.otlp_http),
             .on_refusal = [&served](const http::Request& request, const Error& why, http::Response& response) {
                 served.otlp_http.complete_refusal(request, why, response);
             }});
    }
    if (ports_.otlp_grpc) served.otlp_grpc_server = rpc::make_server(loop, served.exports, export_limits());
    return {};
}

void ConsoleServer::listen() {
    auto& served = *served_;
    ports_.page->start(loops_, [&served](EventLoop&, net::Socket socket) { served.page_server->serve(std::move(socket)); });
    if (ports_.otlp_http) {
        ports_.otlp_http->start(loops_,
                                [&served](EventLoop&, net::Socket socket) { served.otlp_http_server->serve(std::move(socket)); });
    }
    if (ports_.otlp_grpc) {
        ports_.otlp_grpc->start(loops_,
                                [&served](EventLoop&, net::Socket socket) { served.otlp_grpc_server->serve(std::move(socket)); });
    }
}

Task<Result<void>> ConsoleServer::serve(EventLoop& home) {
    co_await hop_to(loops_.at(0));
    auto opened = open();
    if (opened) listen();
    co_await hop_to(home);
    co_return opened;
}

Task<void> ConsoleServer::close(Deadline deadline) {
    for (auto* const port : {ports_.page.get(), ports_.otlp_http.get(), ports_.otlp_grpc.get()}) {
        if (port != nullptr) port->close();
    }
    auto& loop = loops_.at(0);
    // A connection that has been accepted gets its turn.
    co_await hop_to(loop);
    auto& served = *served_;
    co_await served.page_server->drain(deadline);
    if (served.otlp_http_server) co_await served.otlp_http_server->drain(deadline);
    if (served.otlp_grpc_server) co_await served.otlp_grpc_server->drain(deadline);
    co_await served.watchers.stop();
    // A caller that has gone does not wait for its handler, which uses these objects.
    constexpr std::chrono::milliseconds kPoll{2};
    RootCall wait{loop, deadline};
    while (served.calls.running() + served.exports.running() > 0) {
        auto slept = co_await sleep_for(wait.context(), kPoll);
        if (!slept) co_return;
    }
    served_.reset();
}

Task<void> ConsoleServer::stop(EventLoop& home, Deadline deadline) {
    if (!served_) co_return;
    co_await hop_to(loops_.at(0));
    co_await close(deadline);
    co_await hop_to(home);
}

void ConsoleServer::arrived(const Arrived& what) {
    loops_.at(0).post([this, what = std::make_shared<const Arrived>(what)] {
        if (served_) served_->watchers.arrived(*what);
    });
}

}  // namespace tw::console
