// The echo service on Tradewind, on one loop. Prints its port when it listens, and the CPU time that it has used when it is
// told (benchmarks/measured.hpp).
//
//   rpc_echo_server [CERTIFICATE KEY]
//
// With the two PEM files it serves over TLS.

#include "benchmarks/bench_server.hpp"
#include "benchmarks/measured.hpp"
#include "benchmarks/rpc/echo.tw.hpp"

#include <array>
#include <cstdio>

namespace {

class EchoService final : public bench::EchoService {
 private:
    tw::Task<tw::Result<bench::Payload>> echo(const tw::CallContext&, const bench::Payload& request) override {
        co_return request;
    }

    tw::Task<tw::Result<void>> pour(const tw::CallContext&, const bench::PourRequest& request,
                                    tw::rpc::Writer<bench::Payload>& writer) override {
        bench::Payload message;
        message.set_body(std::string(request.body_bytes(), 'x'));
        for (std::uint32_t i = 0; i < request.messages(); ++i) {
            if (auto written = co_await writer.write(message); !written) co_return written;
        }
        co_return tw::Result<void>{};
    }
};

}  // namespace

int main(int argc, char** argv) {
    std::shared_ptr<tw::net::TlsContext> tls;
    if (argc == 3) {
        auto made = tw::net::TlsContext::make_server({.identities = {{argv[1], argv[2]}}, .alpn = {"h2"}});
        if (!made) {
            std::fprintf(stderr, "%s\n", made.error().detail().c_str());
            return 66;
        }
        tls = *made;
    }
    EchoService service;
    const std::array<tw::rpc::Service*, 1> services{&service};
    return tw::bench::serve(services, [] { std::printf("%.6f\n", tw::bench::cpu_seconds()); }, tls);
}
