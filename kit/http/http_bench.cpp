#include "kit/async/run.hpp"
#include "kit/base/random.hpp"
#include "kit/http/json/json_mapping_test.pb.h"
#include "kit/http/json_mapping.hpp"
#include "kit/http/router.hpp"
#include "kit/http/server/connection.hpp"

#include <benchmark/benchmark.h>

// Measures the cost of a request in this library alone: without system calls and without other
// parts of the product.

namespace tw::http {
namespace {

constexpr std::string_view kGet =
    "GET /api/users/01920000-0000-7000-8000-000000000001 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: bench/1.0\r\nAccept: "
    "*/*\r\n\r\n";
constexpr std::string_view kPost =
    "POST /api/users HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Type: application/json\r\nContent-Length: 41\r\n\r\n"
    R"({"text":"ada@example.test","words":["a"]})";

/// A stream that sends the same request a number of times, and takes the answers.
class RepeatingStream final : public net::Stream {
 public:
    RepeatingStream(EventLoop& loop, std::string_view request, std::size_t times)
        : loop_{loop}, request_{request}, left_{times} {}
    void close() override {
        if (reading_ != nullptr) loop_.post([this] { std::exchange(reading_, nullptr)->complete(cancelled()); });
    }
    void shutdown_write() override {}
    const net::Address& peer() const override { return peer_; }

 private:
    void start_read(std::span<char> buffer, Operation& operation) override {
        reading_ = &operation;
        buffer_ = buffer;
        loop_.post([this] { feed(); });
    }
    void feed() {
        if (reading_ == nullptr) return;
        std::size_t count = 0;
        if (left_ > 0) {
            --left_;
            count = request_.copy(buffer_.data(), buffer_.size());
        }
        std::exchange(reading_, nullptr)->complete(count);
    }
    void start_write(std::span<const char> bytes, Operation& operation) override { operation.complete(bytes.size()); }

    EventLoop& loop_;
    net::Address peer_{"127.0.0.1", 1};
    std::string_view request_;
    std::size_t left_;
    Operation* reading_ = nullptr;
    std::span<char> buffer_;
};

class NoLog final : public telemetry::LogSink {
 public:
    void write(std::string_view) override {}
};

Router routes() {
    Router router;
    std::size_t payload = 0;
    for (const auto* path :
         {"/api/users", "/api/users/{id}", "/api/orders", "/api/orders/{id}", "/api/orders/{id}/pay", "/api/products/{id}"}) {
        (void)router.add("GET", path, payload++);
        (void)router.add("POST", path, payload++);
    }
    return router;
}

test::Everything user() {
    test::Everything message;
    message.set_text("ada@example.test");
    message.set_maybe("Ada Lovelace");
    message.add_words("admin");
    message.set_large(7);
    return message;
}

/// Answers like the gateway: it routes, reads JSON and writes JSON.
Task<Response> answer(const Router& router, const Request& request) {
    const auto match = router.find(request.method, request.path);
    test::Everything message = user();
    if (!request.body.empty()) {
        std::vector<Violation> violations;
        test::Everything input;
        (void)parse_json(request.body, input, violations);
    }
    Response response;
    response.route = match.route;
    write_json(message, response.body);
    co_return response;
}

void serve(benchmark::State& state, std::string_view request) {
    EventLoop loop;
    SystemClock clock;
    Random random{1};
    NoLog sink;
    const telemetry::Tracer tracer{clock, random};
    telemetry::Meter meter;
    const telemetry::Logger logger{"bench", clock, sink,
                                   std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::info)};
    const auto router = routes();
    ConnectionHost host{
        loop, {}, {tracer, logger, meter}, [&router](const CallContext&, const Request& each) { return answer(router, each); },
        true, {}};
    constexpr std::size_t kBatch = 1000;
    for (auto _ : state) {
        Connection connection{host, std::make_unique<RepeatingStream>(loop, request, kBatch)};
        run_until_done(loop, connection.run());
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
}
BENCHMARK_CAPTURE(serve, get, kGet);
BENCHMARK_CAPTURE(serve, post, kPost);

void scan(benchmark::State& state) {
    for (auto _ : state) {
        std::size_t scanned = 0;
        benchmark::DoNotOptimize(find_head_end(kGet, scanned, 16384, 8192));
        benchmark::DoNotOptimize(scan_head(kGet, {}));
    }
}
BENCHMARK(scan);

void parse_head(benchmark::State& state) {
    RequestParser parser;
    for (auto _ : state) {
        parser.begin(16384, 1024);
        benchmark::DoNotOptimize(parser.put(kGet));
    }
}
BENCHMARK(parse_head);

void route(benchmark::State& state) {
    const auto router = routes();
    for (auto _ : state) benchmark::DoNotOptimize(router.find("GET", "/api/users/01920000-0000-7000-8000-000000000001"));
}
BENCHMARK(route);

void read_json(benchmark::State& state) {
    for (auto _ : state) {
        test::Everything message;
        std::vector<Violation> violations;
        benchmark::DoNotOptimize(
            parse_json(R"({"text":"ada@example.test","words":["a","b"],"large":12,"child":{"small":1}})", message, violations));
    }
}
BENCHMARK(read_json);

void write(benchmark::State& state) {
    const auto message = user();
    std::string out;
    for (auto _ : state) {
        out.clear();
        write_json(message, out);
        benchmark::DoNotOptimize(out);
    }
}
BENCHMARK(write);

}  // namespace
}  // namespace tw::http
