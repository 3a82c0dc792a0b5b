// The server of benchmarks/rpc.sh: unary echo on one loop. Prints its port when it listens, and on SIGTERM the CPU time that
// it has used.

#include "benchmarks/bench_server.hpp"
#include "kit/rpc/adapter.hpp"

#include <array>
#include <cstdio>
#include <sys/resource.h>

#include <google/protobuf/wrappers.pb.h>

namespace {

using google::protobuf::BytesValue;

const tw::rpc::Message& prototype() { return BytesValue::default_instance(); }
void accept_all(const tw::rpc::Message&, std::vector<tw::Violation>&) {}

const tw::rpc::Method kEcho{.path = "/bench.EchoService/Echo",
                            .service = "bench.EchoService",
                            .name = "Echo",
                            .shape = tw::rpc::Shape::unary,
                            .idempotency = tw::rpc::Idempotency::safe,
                            .deadline = std::chrono::seconds{5},
                            .allow = {},
                            .request_prototype = prototype,
                            .response_prototype = prototype,
                            .validate = accept_all};

class EchoService final : public tw::rpc::Service {
 public:
    std::string_view service_name() const override { return "bench.EchoService"; }
    std::span<const tw::rpc::Handler> handlers() const override {
        using Echo = EchoService;
        static const std::array<tw::rpc::Handler, 1> kHandlers{
            {{&kEcho, tw::rpc::serve_unary_bytes<Echo, BytesValue, BytesValue, &Echo::echo, kEcho>,
              tw::rpc::serve_unary<Echo, BytesValue, BytesValue, &Echo::echo, kEcho>, nullptr}}};
        return kHandlers;
    }

 private:
    tw::Task<tw::Result<BytesValue>> echo(const tw::CallContext&, const BytesValue& request) { co_return request; }
};

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

int main() {
    EchoService service;
    const std::array<tw::rpc::Service*, 1> services{&service};
    return tw::bench::serve(services, [] { std::printf("%.6f\n", cpu_seconds()); });
}
