#pragma once

#include "kit/base/random.hpp"
#include "kit/http/client.hpp"
#include "kit/http/server.hpp"
#include "kit/rpc/client.hpp"
#include "kit/rpc/echo_service_fixture.hpp"
#include "kit/rpc/make_network_channel.hpp"
#include "kit/rpc/server.hpp"
#include "kit/rpc/service_table.hpp"
#include "kit/rpc/standard/health_service.hpp"
#include "kit/simulation/network/network_fixture.hpp"
#include "kit/testing/quiet_telemetry.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

/// Callers and the servers that they call, by gRPC or HTTP over the simulated network, for tests
/// and benchmarks.
namespace tw::simulation {

/// The parameters of a run.
struct CallsSpec {
    std::uint64_t seed = 1;
    /// The intensity of faults. With 0 no fault happens.
    double intensity = 1;
    /// The number of callers at the same time. Each makes `calls_each` calls.
    int callers = 6;
    int calls_each = 12;
    /// If true, all calls are small and unary, and each caller makes them without a pause.
    bool plain = false;
    /// Whether servers crash and start again.
    bool crashes = true;
    History::Listener listener{};
};

/// The outcome of a run.
struct CallsOutcome {
    int succeeded = 0;
    int failed = 0;
    /// A sentence for each call that ended later than a second after its deadline or with a wrong
    /// answer, and for everything that was left at the end.
    std::vector<std::string> complaints;
    std::uint64_t digest = 0;
    std::uint64_t steps = 0;
    std::uint64_t lines = 0;
    Faults::Coverage coverage;
};

/// A process with the echo service and the health service.
class RpcReplica {
 public:
    RpcReplica(Simulation& simulation, const std::string& name);

    /// From now on nobody can reach the process. Its objects end in later turns.
    void crash();
    void end();
    /// Returns the number of calls and connections that have not ended.
    std::size_t left() const { return table_.running() + (server_ ? server_->state().connections_open : 0); }

 private:
    Simulation& simulation_;
    TestProcess process_;
    test::QuietTelemetry telemetry_;
    rpc::test::EchoService service_;
    std::unique_ptr<rpc::HealthService> health_;
    rpc::ServiceTable table_;
    std::unique_ptr<rpc::Server> server_;
};

/// A process that answers a POST with its body.
class HttpReplica {
 public:
    HttpReplica(Simulation& simulation, const std::string& name);

    void crash();
    void end();
    std::size_t left() const { return running_ + (drained_ ? 0 : 1); }

 private:
    Task<http::Response> answer(const CallContext& ctx, const http::Request& request);
    Task<void> drain();

    Simulation& simulation_;
    TestProcess process_;
    test::QuietTelemetry telemetry_;
    std::unique_ptr<http::Server> server_;
    Gate gate_;
    std::size_t running_ = 0;
    bool drained_ = false;
};

CallsOutcome run_rpc_calls(const CallsSpec& spec);
CallsOutcome run_http_calls(const CallsSpec& spec);

}  // namespace tw::simulation
