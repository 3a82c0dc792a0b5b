#include "greeter.tw.hpp"
#include "kit/async/gate.hpp"
#include "kit/rpc/make_network_channel.hpp"
#include "kit/simulation/process.hpp"
#include "kit/simulation/runner.hpp"
#include "kit/simulation/simulation.hpp"
#include "kit/testing/quiet_telemetry.hpp"
#include "module.hpp"

#include <optional>
#include <string>

namespace {

using namespace std::chrono_literals;
using tw::simulation::Process;
using tw::simulation::RunOptions;
using tw::simulation::RunOutcome;
using tw::simulation::Simulation;

/// Asks for greetings one after the other and notes what is wrong with an answer.
tw::Task<void> ask(tw::EventLoop& loop, const greeter::GreeterClient& greeter, RunOutcome& outcome, bool& done) {
    for (int i = 0; i < 20; ++i) {
        tw::RootCall call{loop, tw::Deadline::after(loop.now(), 2s)};
        greeter::GreetRequest request;
        request.set_name("Ann");
        const auto begun = loop.now();
        const auto greeting = co_await greeter.greet(call.context(), request);
        ++outcome.requests;
        if (greeting && greeting->text() != "Hello, Ann!") outcome.violations.push_back("an answer to nobody's question");
        if (loop.now() - begun > 3s) outcome.violations.push_back("a call outlived its deadline");
    }
    done = true;
}

/// A greeter and somebody who calls it, from the first to the last moment, on the seed's terms.
RunOutcome run(const RunOptions& options) {
    RunOutcome outcome;
    Simulation simulation{options.seed};
    simulation.history().listen(options.listener);
    simulation.faults().suppress(options.without);
    simulation.network().name("greeter", {"10.0.0.1"});

    // The service, as the real program runs it.
    Process greeter{simulation,
                    {.name = "greeter-1", .address = "10.0.0.1", .known = greeter::modules(), .modules = {"greeter"}}};
    greeter.start();
    simulation.run_until([&] { return greeter.ready(); }, 10s);

    // Its client, on a host of its own.
    tw::simulation::Owner host{.name = "client"};
    std::optional<tw::EventLoop> loop;
    simulation.as(host, [&] { loop.emplace(); });
    tw::test::QuietTelemetry telemetry;
    auto channel = tw::rpc::make_network_channel(*loop, *tw::rpc::Target::parse("greeter:50061"), {}, telemetry.get());
    const greeter::GreeterClient client{*channel};
    tw::Gate gate;
    bool done = false;
    loop->post([&] { tw::spawn(gate, ask(*loop, client, outcome, done)); });

    // What goes wrong: the network by itself, and the process now and then.
    simulation.faults().set_intensity(options.faults ? 1 : 0);
    for (int tick = 0; tick < 100 && !done; ++tick) {
        simulation.run_for(500ms);
        if (greeter.state() == Process::State::down) greeter.start();
        if (simulation.faults().happens("crash", "greeter-1", 0.05)) greeter.crash();
    }

    // What must hold in the end.
    simulation.faults().set_intensity(0);
    if (!simulation.run_until([&] { return done; }, 60s)) outcome.violations.push_back("the client waits for ever");
    channel.reset();
    greeter.stop();
    const auto over = [&] { return greeter.state() == Process::State::down && greeter.winding_down() == 0; };
    if (!simulation.run_until(over, 120s)) outcome.violations.push_back("the greeter does not end");

    outcome.digest = simulation.history().digest();
    outcome.virtual_time = simulation.time();
    outcome.faults = simulation.faults().count();
    outcome.coverage = simulation.faults().coverage();
    return outcome;
}

}  // namespace

int main(int argc, char** argv) { return tw::simulation::run_main(argc, argv, "greeter-simulation replay", run); }
