#pragma once

#include "kit/async/loop_group.hpp"
#include "kit/async/task.hpp"
#include "kit/async/worker_pool.hpp"
#include "kit/base/random.hpp"
#include "kit/telemetry/telemetry.hpp"
#include "services/console/archive.hpp"
#include "services/console/endpoints/processes.hpp"
#include "services/console/ports.hpp"
#include "services/console/settings.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tw::console {

/// What the console serves: its ports, on a thread and a loop of its own, so that the page and the
/// services of the process do not slow each other down.
class ConsoleServer {
 public:
    struct Options {
        ConsoleSettings settings;
        /// "console.hosts (TRADEWIND_CONSOLE_HOSTS)", for refusals.
        std::string hosts_setting;
        /// Where the shop's HTTP port is; empty if that is not known.
        std::string gateway_url;
        /// The operations ports of the processes to show.
        std::vector<OperationsPort> operations;
        std::string version;
        /// How often a silent event stream sends a comment line.
        std::chrono::milliseconds heartbeat{15'000};
        /// Whether the telemetry of this process comes in, too.
        bool has_tap = false;
    };

    /// Starts the thread. The archive, clock and log outlive the server.
    ConsoleServer(Archive& archive, Ports ports, Options options, const Clock& clock, const telemetry::Logger& log);
    /// Stops the thread. Call `stop` before.
    ~ConsoleServer();
    ConsoleServer(const ConsoleServer&) = delete;
    ConsoleServer& operator=(const ConsoleServer&) = delete;

    /// Serves the ports from now on. It is awaited on the loop `home`, where it continues. Call it
    /// once.
    Task<Result<void>> serve(EventLoop& home);
    /// Ends the connections, and cuts them off at the deadline. It is awaited on `home`, too.
    Task<void> stop(EventLoop& home, Deadline deadline);
    /// What has arrived is told to the clients that watch. Thread-safe.
    void arrived(const Arrived& what);

 private:
    struct Served;

    Result<::console::Status> status();
    Result<void> open();
    void listen();
    Task<void> close(Deadline deadline);

    Archive& archive_;
    Ports ports_;
    Options options_;
    const Clock& clock_;
    const telemetry::Logger& log_;
    Timestamp started_;
    Random random_;
    /// Nobody records these: what the console does is no part of what it shows.
    telemetry::Tracer tracer_;
    telemetry::Meter meter_;
    LoopGroup loops_{1};
    WorkerPool workers_{2};
    std::unique_ptr<Served> served_;
};

}  // namespace tw::console
