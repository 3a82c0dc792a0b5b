// Drives one Redis client on one loop: keeps a number of GETs of 200 bytes in flight, and prints the CPU that this process
// spent on each.
//
//   redis_load PORT IN_FLIGHT COMMANDS

#include "kit/async/combine.hpp"
#include "kit/async/run.hpp"
#include "kit/redis/client.hpp"
#include "kit/telemetry/collected_logs.hpp"

#include <atomic>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace {

using namespace tw;

double cpu_seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

struct Load {
    redis::Client& client;
    const CallContext& ctx;
    long left;
    long wrong = 0;
};

Task<bool> keep_asking(Load& load) {
    while (load.left > 0) {
        --load.left;
        redis::Command command{"GET", {"bench:key"}};
        const auto reply = co_await load.client.run(load.ctx, std::move(command));
        if (!reply || reply->text().size() != 200) ++load.wrong;
    }
    co_return true;
}

Task<long> run_load(Load& load, long in_flight) {
    redis::Command command{"SET", {"bench:key", std::string(200, 'x')}};
    if (!co_await load.client.run(load.ctx, std::move(command))) co_return 1;
    std::vector<Task<bool>> askers;
    for (long i = 0; i < in_flight; ++i) askers.push_back(keep_asking(load));
    co_await all(std::move(askers));
    co_return load.wrong;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) {
        fmt::print(stderr, "usage: redis_load PORT IN_FLIGHT COMMANDS\n");
        return 64;
    }
    const auto commands = std::atol(arguments[3]);
    const SystemClock clock;
    Random random;
    telemetry::DiscardedLogs nowhere;
    const telemetry::Tracer tracer{clock, random};
    const telemetry::Logger log{"bench", clock, nowhere,
                                std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::off)};
    telemetry::Meter meter;
    EventLoop loop;
    const RootCall call{loop};
    redis::Settings settings;
    settings.address = {"127.0.0.1", static_cast<std::uint16_t>(std::atoi(arguments[1]))};
    settings.command_time_max = std::chrono::seconds{5};
    redis::Client client{loop, settings, {tracer, log, meter}};
    Load load{client, call.context(), commands};
    const auto before = cpu_seconds();
    const auto wrong = run_until_done(loop, run_load(load, std::atol(arguments[2])));
    fmt::print("{:.3f}\n", (cpu_seconds() - before) * 1e6 / static_cast<double>(commands));
    return wrong == 0 ? 0 : 1;
}
