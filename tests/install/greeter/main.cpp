#include "greeter.tw.hpp"
#include "kit/async/gate.hpp"
#include "kit/net/listener.hpp"
#include "kit/rpc/server/server.hpp"
#include "kit/rpc/service_table.hpp"
#include "kit/testing/quiet_telemetry.hpp"

#include <future>
#include <iostream>

using namespace std::chrono_literals;

class Greeter final : public greeter::Greeter {
    tw::Task<tw::Result<greeter::Greeting>> greet(const tw::CallContext&, const greeter::GreetRequest& request) override {
        greeter::Greeting greeting;
        greeting.set_text("Hello, " + request.name() + "!");
        co_return greeting;
    }
};

tw::Task<void> drain(tw::rpc::Server& server, std::promise<void>& drained) {
    co_await server.drain(tw::Deadline::after(std::chrono::steady_clock::now(), 1s));
    drained.set_value();
}

// Writes its port, and serves until standard input ends.
int main() {
    tw::test::QuietTelemetry telemetry;
    Greeter greeter;
    tw::rpc::ServiceTable services;
    services.add(greeter, telemetry.get());

    tw::LoopGroup loops{1};
    auto server = tw::rpc::make_server(loops.at(0), services, tw::rpc::ServerLimits{});
    auto listener = tw::net::Listener::bind({.host = "127.0.0.1", .port = 0}).value();
    listener->start(loops, [&](tw::EventLoop&, tw::net::Socket socket) { server->serve(std::move(socket)); });
    loops.start();
    std::cout << listener->local().port << std::endl;
    while (std::cin.get() != std::istream::traits_type::eof()) continue;

    listener->close();
    tw::Gate gate;
    std::promise<void> drained;
    loops.at(0).post([&] { tw::spawn(gate, drain(*server, drained)); });
    drained.get_future().wait();
    loops.stop();
}
